"""What tests of whole comparisons share: one that is finished, the lines that it left, and its checkpoints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reason_arena.scripts.cli import main


def finished(file: Path, folder: Path) -> Path:
    """The folder, in which all of a comparison has been run."""
    assert main(["compare", str(file), "--out", str(folder), "--workers", "1"]) == 0
    return folder


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def checkpoint_of(whole: Path, name: str, seed: int = 3) -> Path:
    """What an agent plays with, of the stage that it was trained in if it has any."""
    cells = f"cells/{name}-*/seed-{seed}"
    (found,) = [*whole.glob(f"{cells}/final"), *whole.glob(f"{cells}/*/checkpoint")]
    return found
