"""Say what is installed, and let a cartridge take its first steps.

reason doctor
reason doctor --rom hearthway
reason doctor --rom my.gb --out certificate.json
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from ..agents.visible import say
from ..arena.files import write_whole
from ..tasks.errors import BadConfig
from ..tasks.pokemon import FREE
from .parsing import parse

_LIBRARY = "reason-arena"
_SHOWN = ("torch", "numpy", "gymnasium")
_EXTRA = re.compile(r"([\w.-]+)[^;]*;.*\bextra == [\"']([\w-]+)[\"']")
NEVER_RUN = (
    "No maintainer has run a row above on the real cartridge, for none has it here: the way is written from public "
    "facts. Where a row fails, the fault may be ours."
)


@dataclass(frozen=True)
class Doctor:
    """What to look at."""

    rom: str | None = None
    """an owner's cartridge to play from the title to the first lab; "hearthway" is the one that comes along"""
    allow_unknown_rom: bool = False
    """take a cartridge that is neither Red nor Blue, and lead it like Red"""
    out: Path | None = None
    """file for the certificate as JSON, the record of the game among it"""


def main(words: list[str]) -> None:
    """Look, and tell. Raises ReasonError where a cartridge does not get to the end of its way."""
    options = parse(Doctor, "doctor", words, __doc__)
    if options.out is not None and options.rom is None:
        raise BadConfig(f"--out: expected a certificate to be kept, and only --rom makes one, as --rom {FREE} does")
    for line in installation():
        print(line)
    if options.rom is not None:
        print()
        _certify(None if options.rom == FREE else options.rom, options)


def installation() -> Iterator[str]:
    """Versions, processors, threads, and which extras are there."""
    system = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield f"{_LIBRARY} {_version(_LIBRARY)}, {system}, {os.cpu_count()} processors"
    import torch

    yield f"{', '.join(f'{name} {_version(name)}' for name in _SHOWN)}; torch uses {torch.get_num_threads()} threads"
    for extra, packages in sorted(_extras().items()):
        missing = [package for package in packages if not _version(package)]
        told = f"lacks {', '.join(missing)}" if missing else ", ".join(f"{p} {_version(p)}" for p in packages)
        yield f"extra {extra}: {told}"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _extras() -> dict[str, list[str]]:
    """The packages of each extra, as the library's own metadata names them."""
    found: dict[str, list[str]] = {}
    try:
        required = metadata.requires(_LIBRARY) or ()
    except metadata.PackageNotFoundError:
        return found
    for line in required:
        match = _EXTRA.fullmatch(line.strip())
        if match and match[2] not in ("all", "dev"):
            found.setdefault(match[2], []).append(match[1])
    return found


def _certify(rom: str | None, options: Doctor) -> None:
    """Play the first steps and print a row for each stage, the last one before an error too."""
    from ..envs.pokemon.certificate import SelfTest

    test = SelfTest(rom, options.allow_unknown_rom)
    title, sha1 = test.cartridge
    say(f"cartridge: {title}\nSHA-1: {sha1}\nemulator: {test.emulator}\n")
    print(f"{'stage':<32}{'step':>5}  {'map':>3}  {'x,y':<7}{'memory, SHA-1':<42}of")
    rows, failure = [], ""
    try:
        for row in test.rows():
            rows.append(row)
            place = f"{row.map:>3}  {f'{row.x},{row.y}':<7}" if row.name else f"{'-':>3}  {'-':<7}"
            say(f"{row.stage:<32}{row.step:>5}  {place}{row.digest:<42}{row.name or 'the title'}")
    except BaseException as error:  # Ctrl-C too: a certificate that was broken off is none
        failure = str(error) or type(error).__name__
        raise
    finally:
        reached = "; ".join(f"{number} {goal}" for number, goal in test.milestones) if rows else ""
        say(f"\nmilestones reached: {reached or 'none'}")
        if not test.course.run:
            print(NEVER_RUN)
        if options.out is not None:
            kept = {"cartridge": title, "sha1": sha1, "emulator": test.emulator, "run_by_maintainers": test.course.run}
            kept |= {"rows": [asdict(row) for row in rows], "milestones": dict(test.milestones), "failure": failure}
            write_whole(options.out, json.dumps({**kept, "record": test.record}, indent=1) + "\n")
            say(f"certificate: {options.out}")
        test.close()
    print("The same cartridge and emulator come to the same memory in every row." if rows else "")
