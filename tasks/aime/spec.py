"""What a level asks for: a number of the exam, or a specification of families, tiers, wordings or real problems.

"5", "families=held", "families=power-remainder+floor-sum,tiers=1-2", "number=9,wordings=held", "composed=only",
"figures=none,dataset=aime-2024", "practice=true,dataset=mine.jsonl".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ..errors import BadLevel, UnknownName
from ..problem import Level, Split
from . import catalogue
from .family import Family

NUMBERS = range(1, 16)
TIERS = (1, 2, 3)
GROUPS = ("seen", "held", "all")
COMPOSED = ("mixed", "none", "only")
FIGURES = ("all", "code", "none")
OF_REAL = ("figures", "skip_bad", "practice")
"""the settings of real problems, which have no others"""
COMPOSED_FROM = 10
"""the number of the exam from which on problems are composed of two, half of them"""
_EXPECTED = "expected 0 to 15 or a specification like 'families=seen,tiers=1-2'"
Rung = tuple[Family, int]
"""a family and a tier"""


@dataclass(frozen=True)
class Spec:
    """A level, read."""

    number: int | None = None
    """1 to 15, as the exam numbers its problems: the difficulty"""
    families: str | tuple[str, ...] = "seen"
    """seen, held, all, or names"""
    tiers: tuple[int, ...] = TIERS
    wordings: str = "seen"
    composed: str = "none"
    """mixed: half of the problems from number 10 on; only: all; none"""
    dataset: str = ""
    """real problems: a name, a file or a hub id"""
    figures: str = "all"
    skip_bad: bool = False
    practice: bool = False
    """real problems to train on and validate with instead of testing"""
    exam: bool = False
    """level 0: the number is drawn too"""

    @cached_property
    def chosen(self) -> tuple[Family, ...]:
        """The families."""
        if isinstance(self.families, tuple):
            return tuple(catalogue.family(name) for name in self.families)
        return {"seen": catalogue.seen, "held": catalogue.held, "all": catalogue.every}[self.families]()

    @cached_property
    def rungs(self) -> tuple[Rung, ...]:
        """What single problems are drawn from."""
        return tuple(
            (family, tier)
            for family in self.chosen
            for tier in self.tiers
            if self.number in (None, family.difficulty[tier - 1])
        )

    def holds_out(self, split: Split) -> str:
        """What keeps the level from being trained on, empty if nothing does."""
        if split != "train":
            return ""
        held = [family.name for family in self.chosen if family.name in catalogue.HELD_OUT]
        if held:
            return f"the families {', '.join(held)} are held out"
        return "" if self.wordings == "seen" else "wordings are held out"


def read(level: Level) -> Spec:
    """The specification that a level is.

    Raises:
        BadLevel: neither a number of the table nor a readable specification.
        UnknownName: a family that there is not.
    """
    if isinstance(level, str) and not level.isdecimal():
        return _named(level)
    number = int(level) if isinstance(level, str) and len(level) < 9 else level
    if type(number) is not int or number not in (0, *NUMBERS):
        raise BadLevel(f"level {level!r}: {_EXPECTED}")
    return _numbered(number)


@lru_cache(None)
def _numbered(number: int) -> Spec:
    return Spec(number=number or None, composed="mixed", exam=number == 0)


@lru_cache(1024)
def _named(level: str) -> Spec:
    settings: dict[str, object] = {}
    rest, real, dataset = level.partition("dataset=")
    if real:
        if not dataset:
            raise BadLevel(f"level {level!r}: expected a name, a file or a hub id after dataset=")
        settings["dataset"], rest = dataset, rest.rstrip(", ")
    for part in filter(None, (part.strip() for part in rest.split(","))) if real else level.split(","):
        key, value = _setting(part.strip(), level)
        if key in settings:
            raise BadLevel(f"level {level!r}: expected each setting once, got {key} twice")
        settings[key] = value
    for key in settings:
        if key != "dataset" and (key in OF_REAL) != bool(real):
            kind = "real problems, expected with dataset=" if key in OF_REAL else "generated problems, not of dataset="
            raise BadLevel(f"level {level!r}: {key} is a setting of {kind}")
    spec = Spec(**settings)  # type: ignore[arg-type]
    if not spec.dataset and not spec.rungs and spec.composed != "only":
        raise BadLevel(f"level {level!r}: expected families that have problems of that number and tier, got none")
    return spec


def _setting(part: str, level: str) -> tuple[str, object]:
    key, _, value = part.partition("=")
    choices: dict[str, Sequence[str]] = {
        "wordings": GROUPS,
        "composed": COMPOSED,
        "figures": FIGURES,
        "skip_bad": ("true", "false"),
        "practice": ("true", "false"),
    }
    if key in choices:
        if value not in choices[key]:
            raise BadLevel(f"level {level!r}: expected {key} out of {', '.join(choices[key])}, got {value!r}")
        return key, value == "true" if choices[key] == ("true", "false") else value
    if key == "families":
        return key, value if value in GROUPS else _families(value, level)
    if key == "tiers":
        match = re.fullmatch(r"([123])(?:-([123]))?", value)
        if match is None:
            raise BadLevel(f"level {level!r}: expected tiers like 2 or 1-3, got {value!r}")
        return key, tuple(range(int(match[1]), int(match[2] or match[1]) + 1))
    if key == "number":
        if not re.fullmatch(r"[1-9]|1[0-5]", value):
            raise BadLevel(f"level {level!r}: expected a number from 1 to 15, got {value!r}")
        return key, int(value)
    known = ("number", "families", "tiers", "wordings", "composed", *OF_REAL, "dataset")
    raise BadLevel(f"level {level!r}: {_EXPECTED}; settings are {', '.join(known)}, got {part!r}")


def _families(value: str, level: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(value.split("+")))
    try:
        for name in names:
            catalogue.family(name)
    except UnknownName as error:
        raise BadLevel(f"level {level!r}: {error}; or one of {', '.join(GROUPS)}") from None
    return names


def combine(level: Level, **settings: str | int | bool | Sequence[str | int] | None) -> Level:
    """A level with further settings, those that are None left out, as a specification.

    >>> combine(9, wordings="held"), combine(0, families=("floor-sum",), dataset=None), combine(3)
    ('number=9,wordings=held', 'families=floor-sum', 3)

    Whether the settings can be had `read` says.

    Raises:
        BadLevel: the level has a dataset, and another one is asked for.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    if not given:
        return level
    own, real, source = str(level).partition("dataset=")
    if real and "dataset" in given:
        raise BadLevel(f"level {level!r}: expected each setting once, got dataset twice")
    dataset = source if real else given.pop("dataset", None)
    own = own.rstrip(", ") if real else own
    parts = [] if own == ("" if real else "0") else [f"number={own}" if own.isdecimal() else own]
    for name, value in given.items():
        text = str(value) if isinstance(value, str | int) else "+".join(map(str, value))
        parts.append(f"{name}={text.lower() if isinstance(value, bool) else text}")
    if dataset is not None:
        parts.append(f"dataset={dataset}")  # last, for its name may hold anything
    return ",".join(parts)
