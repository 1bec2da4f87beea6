"""The hub: one that answers, served on this machine by its own protocol, and one that does not."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from huggingface_hub import constants
from plain import NAMED, saved, tokenizer

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.tasks.errors import BadCheckpoint

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("good"), tokenizer(**NAMED))


COMMIT = "0" * 40
KEPT = ("Good", "Pickled")
CHILD = """
import sys
from reason_arena.agents.language_model import models
from reason_arena.tasks.errors import ReasonError
for name in sys.argv[1:]:
    try:
        print(models.parameters(models.load(name)[0]), flush=True)
    except ReasonError as error:
        print(type(error).__name__, error, flush=True)
"""


class Hub(BaseHTTPRequestHandler):
    """As much of the hub's protocol as its client needs to fetch the models below `Hub.folder`."""

    folder: Path
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        status, data = self._found()
        self.send_response(status)
        if status == 404:
            known = any(f"/{name}" in self.path for name in KEPT)
            self.send_header("X-Error-Code", "EntryNotFound" if known else "RepoNotFound")
        self.send_header("ETag", f'"{hashlib.sha1(data).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    do_HEAD = do_GET

    def _found(self) -> tuple[int, bytes]:
        match self.path.strip("/").split("/"):
            case [""]:
                return 200, b""
            case ["api", "models", "Some", name] if name in KEPT:
                files = [{"rfilename": file.name} for file in (self.folder / name).iterdir()]
                return 200, json.dumps({"id": f"Some/{name}", "sha": COMMIT, "siblings": files}).encode()
            case ["Some", name, "resolve", _, file] if (self.folder / name / file).is_file():
                return 200, (self.folder / name / file).read_bytes()
        return 404, b""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def hub(good: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a hub with a good model and one whose weights are a pickle."""
    Hub.folder, Hub.asked = tmp_path / "served", []
    for name in KEPT:
        shutil.copytree(good, Hub.folder / name)
    (Hub.folder / "Pickled" / "model.safetensors").rename(Hub.folder / "Pickled" / "pytorch_model.bin")
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_hub_that_answers_is_asked_once_for_safetensors_only(hub: str, good: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "Some/Good", "Some/Good", "Some/Pickled", "Some/Unknown"],
        env={**os.environ, "HF_ENDPOINT": hub, "HF_HOME": str(tmp_path / "hf")},
        capture_output=True,
        text=True,
        check=True,
    )
    first, again, pickled, unknown = done.stdout.splitlines()
    assert int(first) == int(again) == models.parameters(models.load(good)[0])
    assert "BadCheckpoint" in pickled
    assert "no weights in .safetensors" in pickled
    assert "Some/Unknown is not a local folder and is not a valid model identifier" in unknown
    assert done.stderr == ""
    weights = f"/Some/Good/resolve/{COMMIT}/model.safetensors"
    assert [line for line in Hub.asked if "Good" in line and "safetensors" in line] == [
        f"HEAD {weights}",
        f"GET {weights}",
    ]
    assert not [line for line in Hub.asked if line.endswith(".bin") or "commits" in line]


@pytest.fixture
def cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an empty cache, while the hub is a port of this machine that nobody listens to."""
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_without_a_network_a_hub_id_is_told_at_once_with_what_there_is(
    cut_off: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for load in (models.load, LanguageModelAgent.load):
        with pytest.raises(BadCheckpoint) as told:
            load("Nobody/Model")
        assert re.fullmatch(
            r"Nobody/Model is no folder, nor in the cache of the hub, and http://127\.0\.0\.1:9 does not answer "
            r"\(ConnectError: .*\); without a network there are smollm2 \(.*\) and tiny \(from scratch: .*\)",
            str(told.value),
        )
    with pytest.raises(BadCheckpoint, match="not a word/x y is no folder"):
        models.load("not a word/x y")
    assert capfd.readouterr().err == ""  # nothing about tries and retries


def test_a_hub_model_of_an_earlier_day_needs_no_network(cut_off: Path, good: Path) -> None:
    repo = cut_off / "models--Somebody--Model"
    (repo / "refs").mkdir(parents=True)
    (repo / "refs" / "main").write_text(COMMIT)
    snapshot = Path(shutil.copytree(good, repo / "snapshots" / COMMIT))
    assert models.parameters(models.load("Somebody/Model")[0]) == models.parameters(models.load(good)[0])
    (snapshot / "model.safetensors.index.json").write_text(
        '{"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}'
    )
    (snapshot / "model.safetensors").rename(snapshot / "1.safetensors")  # a download that was cut short
    with pytest.raises(BadCheckpoint, match="Somebody/Model is not whole in the cache of the hub"):
        models.load("Somebody/Model")
