"""Play a recorded episode of the Game Boy world again, and make a page of it: its moments and the world it saw.

reason replay --agent solver --level 2 --out replay.html
reason replay games.jsonl --episode 3
reason replay certificate.json
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from ..agents.visible import on_a_line, say
from ..arena.files import write_whole
from ..tasks.errors import BadConfig, BadData, StorageError
from .parsing import parse


@dataclass(frozen=True)
class Replay:
    """Which episode."""

    records: Annotated[Path | None, tyro.conf.Positional] = None
    """lines that `reason play --record`, `reason eval --out` or a comparison (results.jsonl) wrote, or the
    certificate of `reason doctor --rom ROM --out`"""
    episode: int = 1
    """which of the recorded ones in it, from 1 on"""
    agent: str | None = None
    """instead of a file: solver, the scripted player, plays a game of HEARTHWAY now"""
    level: str = "0"
    """of the solver's game: a number of the task's table, or a specification"""
    seed: int = 0
    """of the solver's game"""
    split: str = "test"
    """of the solver's game: train, validation or test"""
    rom_path: Path | None = None
    """the owner's cartridge that the episode is of"""
    allow_unknown_rom: bool = False
    """take a cartridge that is not known"""
    frames: bool = False
    """show pictures of an owner's screen too, as of the free cartridge's; the page is then the owner's to keep"""
    out: Path = Path("replay.html")
    """file for the page"""


def main(words: list[str]) -> None:
    """Write the page."""
    options = parse(Replay, "replay", words, __doc__)
    if (options.records is None) == (options.agent is None):
        raise BadConfig("expected a file of records or --agent solver, one of the two")
    from ..arena.replays import Owned, film, solved
    from ..arena.report.episode import episode_page
    from ..tasks.pokemon.records import read

    if options.records is None:
        if options.agent != "solver":
            raise BadConfig(
                f"--agent: expected solver, got {options.agent!r}; others are recorded by `reason eval --out`"
            )
        level: int | str = int(options.level) if options.level.isdecimal() else options.level
        record, who = solved(options.split, level, options.seed), "the solver"
    else:
        line, who = _chosen(options.records, options.episode)
        record = read(line)
    made = film(record, Owned(options.rom_path, options.allow_unknown_rom), options.frames or None)
    write_whole(options.out, episode_page(made, who))
    say(
        f"{on_a_line(who) or 'episode'}: {len(made.marks)} of {len(made.goals)} milestones in {made.steps:,} steps, "
        f"{'reached' if made.reached else 'not reached'}"
    )
    if not made.exact:
        say(made.difference)
    say(f"page: {options.out}")


def _chosen(file: Path, episode: int) -> tuple[str, str]:
    """The record of an episode of a file, and who played it."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{file}: {getattr(error, 'strerror', None) or error}") from None
    found = [each for where, row in _rows(file, text) if (each := _record(where, row))]
    if not 1 <= episode <= len(found):
        raise BadConfig(f"--episode: {file} has {len(found)} recorded games, got {episode}")
    return found[episode - 1]


def _rows(file: Path, text: str) -> Iterator[tuple[str, Any]]:
    """What stands where: a JSON value a line, or one over several lines, as a certificate is."""
    try:
        whole = [(str(file), json.loads(text))]
    except ValueError:
        whole = []
    yield from whole
    for number, line in enumerate([] if whole else text.splitlines(), 1):
        if line.strip():
            try:
                yield f"{file}, line {number}", json.loads(line)
            except ValueError as error:
                raise BadData(f"{file}, line {number}: not JSON ({error})") from None


def _record(where: str, row: Any) -> tuple[str, str] | None:
    """The record in a row, as it is, among an episode's results or in a certificate; None where there is none."""
    if not isinstance(row, dict):
        raise BadData(f"{where}: expected a JSON object, got {type(row).__name__}")
    if "presses" in row:
        return json.dumps(row), ""
    return (row["record"], str(row.get("agent", ""))) if row.get("record") else None
