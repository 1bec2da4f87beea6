"""Headless Chromium for the tests: opens a file, is typed to, and says what it shows, asked for and complained about.

It is spoken to through a pipe in the DevTools protocol, so a page is tested as it is, under its own policy.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

PROGRAM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe"]
PATIENCE = 120.0
"""seconds after which an answer that does not come fails the test"""
UNPACKED = """new Promise(done => (function look() {
  const packed = document.querySelector('script[type="application/gzip"]');
  packed && !("unpacked" in document.documentElement.dataset) ? requestAnimationFrame(look) : done();
})())"""
"""until what the page holds compressed has run"""
KEYS = {"ArrowRight": 39, "ArrowLeft": 37, "ArrowDown": 40, "Tab": 9, " ": 32}

needs_chromium = pytest.mark.skipif(PROGRAM is None, reason="needs the chromium package")


@dataclass
class Tab:
    """One page. `complaints` are console errors and exceptions, `requests` what it fetched beside itself."""

    browser: Browser
    session: str
    script: bool = True
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    loaded: bool = False

    def ask(self, method: str, **told: Any) -> Any:
        return self.browser.ask(method, self.session, **told)

    def hear(self, method: str, told: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(told["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
            self.complaints.append(json.dumps(told["args"]))
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.complaints.append(json.dumps(told["entry"]))
        elif method == "Network.requestWillBeSent" and not told["request"]["url"].startswith("data:"):
            self.requests.append(told["request"]["url"])
        elif method == "Page.loadEventFired":
            self.loaded = True

    def open(self, path: Path) -> None:
        self.loaded = False
        self.complaints.clear()
        self.ask("Page.navigate", url=path.resolve().as_uri())
        self.browser.listen(lambda: self.loaded)
        self.requests.remove(path.resolve().as_uri())
        if self.script:
            self.run(UNPACKED)
        self.settle()

    def size(self, width: int, height: int = 900) -> None:
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.settle()

    def media(self, media: str = "", **features: str) -> None:
        told = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.ask("Emulation.setEmulatedMedia", media=media, features=told)

    def settle(self) -> None:
        """Let what is due with the next frames happen: layout, observers, callbacks."""
        if not self.script:
            return
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression; a promise is waited for."""
        done = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def press(self, key: str) -> None:
        """Type one key, as a keyboard does."""
        told = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": KEYS[key]}
        self.ask("Input.dispatchKeyEvent", type="rawKeyDown", **told)
        if key == " ":
            self.ask("Input.dispatchKeyEvent", type="char", text=" ", **told)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **told)
        self.settle()

    def picture(self, path: Path, whole: bool = True) -> None:
        done = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(done["data"]))


class Browser:
    """A Chromium of its own; leave it as a context manager, which ends it."""

    def __init__(self, profile: Path) -> None:
        assert PROGRAM is not None
        theirs_in, self._write = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in os.pipe())
        self._read, theirs_out = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in os.pipe())

        def connect() -> None:
            os.dup2(theirs_in, 3)
            os.dup2(theirs_out, 4)

        self._process = subprocess.Popen(
            [PROGRAM, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(3, 4), preexec_fn=connect, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        self._number, self._rest = 0, b""
        self._answers: dict[int, dict[str, Any]] = {}
        self._tabs: dict[str, Tab] = {}

    def tab(self, script: bool = True) -> Tab:
        """A new page, with or without JavaScript of its own."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        made = self._tabs[session] = Tab(self, session, script)
        for domain in ("Page", "Runtime", "Log", "Network"):
            made.ask(f"{domain}.enable")
        if not script:
            made.ask("Emulation.setScriptExecutionDisabled", value=True)
        return made

    def ask(self, method: str, session: str = "", **told: Any) -> Any:
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": told} | ({"sessionId": session} if session else {})
        os.write(self._write, json.dumps(message).encode() + b"\0")
        self.listen(lambda: number in self._answers)
        answer = self._answers.pop(number)
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def listen(self, enough: Callable[[], bool]) -> None:
        """Take in messages until there is enough."""
        until = time.monotonic() + PATIENCE
        while not enough():
            ready, _, _ = select.select([self._read], [], [], max(0.0, until - time.monotonic()))
            piece = os.read(self._read, 1 << 20) if ready else b""
            assert piece, "the browser ended" if ready else f"the browser said nothing for {PATIENCE:.0f} s"
            *whole, self._rest = (self._rest + piece).split(b"\0")
            for message in map(json.loads, whole):
                if "id" in message:
                    self._answers[message["id"]] = message
                elif message.get("sessionId") in self._tabs:
                    self._tabs[message["sessionId"]].hear(message["method"], message["params"])

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with suppress(AssertionError, OSError):
            self.ask("Browser.close")
        os.close(self._write)
        os.close(self._read)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def opened(path: Path, profile: Path, script: bool = True, width: int = 1440) -> Iterator[Tab]:
    """One file in a browser of its own."""
    with Browser(profile) as browser:
        tab = browser.tab(script)
        tab.size(width)
        tab.open(path)
        yield tab
