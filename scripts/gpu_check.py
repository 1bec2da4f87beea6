"""See and time on one graphics processor, in less than 8 minutes, that all of a language model's training works there.

python -m reason_arena.scripts.gpu_check
python -m reason_arena.scripts.gpu_check --sections packed decode --json
python -m reason_arena.scripts.gpu_check --device cpu --quick

Every section is a process of its own with a limit of time: one that fails or takes too long is a row of the table, and
the others go on. The exit code is 1 if anything was wrong.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import tyro
from rich.console import Console
from rich.table import Table

WRONG = 1


@dataclass(frozen=True)
class GpuCheck:
    """What to look at, and where."""

    device: str = "cuda"
    """as in `reason train llm`"""
    sections: tuple[str, ...] = ()
    """of packed, sampler, decode, train, step; all unless told"""
    quick: bool = False
    """a tiny model, so that a CPU is done soon; its times mean nothing"""
    json: bool = False
    """one JSON object a row instead of a table"""
    alone: bool = False
    """in this process, which is what the processes of the sections are started with"""


@dataclass(frozen=True)
class Row:
    """What a section found, or how it ended."""

    section: str
    row: str
    value: float | None
    unit: str = ""
    most: float | None = None
    wrong: bool = False


def main(words: list[str] | None = None) -> int:
    """Run the sections and print what they found: 0 if nothing was wrong, 1 else, 2 for bad input."""
    options = tyro.cli(GpuCheck, prog="gpu_check", args=words, description=__doc__)
    from ..agents.language_model import devices
    from ..arena.bench.gpu import SECTIONS, Setting
    from ..tasks.errors import ReasonError, UnknownName

    try:
        setting = Setting(devices.device(options.device), options.quick)
        for name in options.sections:
            if name not in SECTIONS:
                raise UnknownName("section", name, SECTIONS)
    except ReasonError as error:
        print(f"gpu_check: {error}", file=sys.stderr)
        return 2
    if options.alone:
        for finding in SECTIONS[options.sections[0]][1](setting):
            print(json.dumps({**finding.as_dict(), "wrong": finding.wrong}), flush=True)
        return 0
    began, rows = time.monotonic(), list[Row]()
    for name in options.sections or SECTIONS:
        for row in _section(name, SECTIONS[name][0], options):
            rows.append(row)
            if options.json:
                print(json.dumps(row.__dict__), flush=True)
            else:
                print(f"{time.monotonic() - began:6.1f} s  {row.section}: {row.row}", file=sys.stderr, flush=True)
    if not options.json:
        Console(width=110).print(_table(rows, devices.name(setting.device)))
    return WRONG if any(row.wrong for row in rows) else 0


def _section(name: str, budget: float, options: GpuCheck) -> Iterator[Row]:
    """What the process of a section says, and how it ended unless well."""
    words = [sys.executable, "-m", f"{__package__}.gpu_check", "--alone", "--device", options.device]
    words += ["--sections", name, *(["--quick"] if options.quick else [])]
    from ..arena.bench.measurement import last_words

    began = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    said, killed = list[str](), threading.Event()
    listener = threading.Thread(target=lambda: said.extend(process.stderr or ()), daemon=True)
    listener.start()

    def kill() -> None:
        killed.set()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with the processes that it has started

    late = threading.Timer(budget, kill)
    late.start()
    try:
        for line in process.stdout or ():
            yield Row(name, **json.loads(line))
        code, too_late = process.wait(), killed.is_set()
    finally:
        late.cancel()
        kill()
    listener.join(1)
    spent = time.monotonic() - began
    if too_late:
        yield Row(name, f"not done after {budget:g} s", None, wrong=True)
    elif code:
        yield Row(name, last_words("".join(said))[:200] or f"ended with exit code {code}", None, wrong=True)
    yield Row(name, "all of it", spent, "s")


def _table(rows: list[Row], device: str) -> Table:
    table = Table(title=f"gpu_check on {device}", title_justify="left")
    for heading in ("section", "row"):
        table.add_column(heading)
    for heading in ("found", "at most"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for number, row in enumerate(rows):
        limit = "" if row.most is None else f"{row.most:.2g}"
        found = "" if row.value is None else f"{_number(row.value)} {row.unit}"
        first = number == 0 or rows[number - 1].section != row.section
        verdict = "WRONG" if row.wrong else "ok" if row.most is not None else ""
        table.add_row(row.section if first else "", row.row, found, limit, verdict)
    return table


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
