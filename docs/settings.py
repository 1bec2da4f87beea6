"""The tables of settings in docs/objectives, read out of the configurations: names, defaults, and what they do.

A page marks the place of a table by two comments, and the first says what stands in it: sections of a language model's
configuration, single fields of one, `specialist`, or `cluster` of a comparison:

    <!-- settings: grpo, sampling.temperature -->
    <!-- end of settings -->

What a setting does is the docstring under its field. `docs/generate.py` writes the pages.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from reason_arena.agents.language_model.config import LanguageModelConfig
from reason_arena.agents.specialist.config import SpecialistConfig
from reason_arena.arena.executors import Cluster

PLACE = re.compile(r"(<!-- settings: ([\w., ]+) -->\n).*?(<!-- end of settings -->)", re.DOTALL)


def filled(page: str) -> str:
    """A page with the tables that its comments ask for."""
    return PLACE.sub(lambda found: f"{found[1]}\n{table(found[2].split(', '))}\n\n{found[3]}", page)


def table(wanted: list[str]) -> str:
    """The settings of sections, or single ones, as a table in Markdown."""
    rows = ["| setting | default | what it does |", "|---|---|---|"]
    for name in wanted:
        section, _, field = name.partition(".")
        rows += [row for known, row in _section(section) if not field or known == field]
    return "\n".join(rows)


def _section(name: str) -> Iterator[tuple[str, str]]:
    """(field, row) of each setting of a section, those of its own before those that it shares with others."""
    alone: dict[str, Any] = {"specialist": SpecialistConfig, "cluster": Cluster}
    config: Any = alone[name]() if name in alone else getattr(LanguageModelConfig(), name)
    prefix = "" if name == "specialist" else f"{name}."
    kinds, told = get_type_hints(type(config)), docstrings(type(config))
    ours = {field.name for field in fields(config)}
    for field in (each for each in told if each in ours):
        default, others = _shown(getattr(config, field)), _others(kinds[field], getattr(config, field))
        choices = f"`{default}`" + (f", or {others}" if others else "")
        yield field, f"| `{prefix}{field}` | {choices} | {_cell(told[field])} |"


def docstrings(config: type) -> dict[str, str]:
    """What stands under each field of a dataclass, a subclass's word before its parents'."""
    found: dict[str, str] = {}
    for cls in config.__mro__[:-1]:
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
        assert isinstance(body, ast.ClassDef)
        for field, below in zip(body.body, body.body[1:], strict=False):
            if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
                continue
            if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                found.setdefault(field.target.id, " ".join(str(below.value.value).split()))
    return found


def _shown(value: Any) -> str:
    """A value as it is typed after its flag."""
    if isinstance(value, tuple):
        return " ".join(map(str, value)) or "none"
    return "none" if value in (None, "") else str(value)


def _others(kind: Any, default: Any) -> str:
    """What else may be chosen, if there is a list of it."""
    parts = [kind, *get_args(kind)]
    names = [name for part in parts if get_origin(part) is Literal for name in get_args(part)]
    return ", ".join(f"`{name}`" for name in names if name != default)


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("<", "&lt;")
