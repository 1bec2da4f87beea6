"""The first problem of every family and tier, as it was when the task's version was made.

If one differs on purpose, raise `aime.VERSION` and write the file anew: `python tests/test_aime_golden.py`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reason_arena.tasks import aime
from reason_arena.tasks.aime import catalogue

FILE = Path(__file__).parent / "data" / "aime_golden.json"
EXTRA = (*map(str, range(16)), "families=seen", "families=held", "wordings=held", "composed=only")


def first(level: str) -> list[str]:
    """Question and answer of seed 0 of the test split."""
    problem = aime.generate("test", level, 0)
    return [problem.question, problem.answer]


def levels() -> list[str]:
    return [f"families={name},tiers={tier}" for name in catalogue.families() for tier in (1, 2, 3)] + list(EXTRA)


GOLDEN = json.loads(FILE.read_text()) if FILE.exists() else {}


def test_every_family_is_there() -> None:
    assert GOLDEN["version"] == aime.VERSION
    assert list(GOLDEN) == ["version", *levels()]


@pytest.mark.parametrize("name", [*catalogue.families(), *EXTRA])
def test_first_problems_stay(name: str) -> None:
    asked = [level for level in levels() if level == name or level.startswith(f"families={name},")]
    assert asked
    for level in asked:
        assert first(level) == GOLDEN[level], level


if __name__ == "__main__":
    made = {"version": aime.VERSION} | {level: first(level) for level in levels()}
    FILE.write_text(json.dumps(made, indent=0) + "\n")
