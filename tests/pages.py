"""What the tests of the documents share: the pages, and what stands on them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"^reason(?: \S+)*", re.MULTILINE)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def run(words: list[str], folder: Path, rooms: Path | None = None) -> str:
    """Standard output of a command that succeeds; with `rooms`, `reason_arena` is the copy that stands there."""
    env = {**os.environ, "OMP_NUM_THREADS": "1"} | ({"PYTHONPATH": str(rooms)} if rooms else {})
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def blocks(name: str) -> list[tuple[str, str, str]]:
    """(language, content, the text before) of every fenced block."""
    source = text(name)
    return [(found[1], found[2], source[: found.start()]) for found in BLOCK.finditer(source)]


def commands(name: str) -> list[list[str]]:
    """Every `reason …` that a page tells to type, in a block or between backquotes."""
    source = text(name)
    typed = [call for _, content, _ in blocks(name) for call in CALL.findall(content)]
    typed += re.findall(r"`(reason(?: [^`\n]+)?)`", BLOCK.sub("", source))
    return [shlex.split(line.split(" #")[0]) for line in typed]


def first_cells(name: str) -> set[str]:
    """What stands between backquotes in the first column of a page's tables."""
    rows = re.findall(r"^\|([^|]*)\|", text(name), re.MULTILINE)
    return {word for row in rows for word in re.findall(r"`([\w.]+)`", row)}
