"""The agents that a router sends problems to: what each is, and where its weights lie."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...tasks.errors import BadCheckpoint, BadConfig
from ..agent import Agent
from ..learning import checkpoint
from ..registry import ROUTER, SEEDED, TRAINED, Place, make, trained_as, view_of

_NUMBERS: dict[str, type] = {"temperature": float, "max_new_tokens": int, "n": int}
_PATHS = ("judge", "specialist")
_PLAIN = ("checkpoint", "name", "view")


@dataclass(frozen=True)
class Part:
    """One agent that a router may choose."""

    name: str
    """how result lines call it"""
    kind: str
    view: str | None = None
    weights: Path | None = None
    """its checkpoint, or the name of a model of the hub"""
    options: dict[str, Any] = field(default_factory=dict)
    """such as an LLM's temperature"""

    def __post_init__(self) -> None:
        if self.kind == ROUTER:
            raise BadConfig(f"part {self.name!r}: a router sends problems to agents, not to routers")
        view_of(self.kind, self.view)
        if self.weights is None and self.kind in (*SEEDED, *TRAINED):
            raise BadConfig(
                f"part {self.name!r}: agent {self.kind!r} needs a checkpoint; train one with"
                f" `reason train {trained_as(self.kind)}`"
            )

    def made(self, place: Place, seed: int) -> Agent:
        """The agent, ready to play there. Raises BadCheckpoint, BadConfig."""
        options = {**self.options, **({"seed": seed} if self.kind in SEEDED else {})}
        return make(self.kind, place, self.view, self.weights, **options)

    def identity(self) -> dict[str, Any]:
        """What its answers depend on, weights by what is in them."""
        told = {key: fingerprint(value) if isinstance(value, Path) else value for key, value in self.options.items()}
        weights = None if self.weights is None else fingerprint(self.weights)
        return {"name": self.name, "kind": self.kind, "view": self.view, "weights": weights, "options": told}

    def written(self, folder: Path) -> dict[str, Any]:
        """Plain values, with paths as they are seen from a folder."""
        options = {key: _seen_from(folder, value) for key, value in self.options.items()}
        weights = None if self.weights is None else _seen_from(folder, self.weights)
        return {"name": self.name, "kind": self.kind, "view": self.view, "weights": weights, "options": options}

    @classmethod
    def read(cls, folder: Path, told: Mapping[str, Any]) -> Part:
        """The part that `written` told of."""
        options = {key: _found_from(folder, value) for key, value in told["options"].items()}
        weights = None if told["weights"] is None else _found_from(folder, told["weights"])
        return cls(told["name"], told["kind"], told["view"], weights, options)


def parse(words: str) -> Part:
    """A part as it is typed: its kind, then settings.

    >>> parse("llm,checkpoint=runs/a,temperature=0").options
    {'temperature': 0.0}

    Raises:
        BadConfig: a setting that is none, or has no such value.
        UnknownName: no such kind or view.
    """
    kind, *settings = words.split(",")
    told: dict[str, str] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or key not in (*_PLAIN, *_NUMBERS, *_PATHS):
            known = ", ".join((*_PLAIN, *_NUMBERS, *_PATHS))
            raise BadConfig(f"--parts {words}: expected settings such as checkpoint=PATH ({known}), got {setting!r}")
        told[key] = value
    try:
        options: dict[str, Any] = {key: _NUMBERS[key](told[key]) for key in _NUMBERS if key in told}
    except ValueError as error:
        raise BadConfig(f"--parts {words}: {error}") from None
    options |= {key: Path(told[key]) for key in _PATHS if key in told}
    weights = Path(told["checkpoint"]) if "checkpoint" in told else None
    return Part(told.get("name", kind), kind, told.get("view"), weights, options)


def check_parts(parts: Sequence[Part]) -> None:
    """That there is something to choose from. Raises BadConfig."""
    if len(parts) < 2:
        raise BadConfig(f"parts: expected two agents or more to choose from, got {len(parts)}")
    names = [part.name for part in parts]
    if len(set(names)) < len(names):
        raise BadConfig(f"parts: expected names that differ, got {names}; give name=")


def fingerprint(path: Path) -> str:
    """12 hexadecimal digits of a checkpoint's weights; of a model of the hub its name."""
    if not checkpoint.exists(path):
        return str(path)
    digest = hashlib.sha256()
    for file in sorted(checkpoint.locate(path).glob("*.safetensors")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _seen_from(folder: Path, value: Any) -> Any:
    if not isinstance(value, Path):
        return value
    there = os.path.relpath(value.resolve(), folder.resolve()) if value.exists() else str(value)
    return {"path": there, "relative": value.exists()}


def _found_from(folder: Path, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if not value["relative"]:
        return Path(value["path"])
    found = Path(os.path.normpath(folder.resolve() / value["path"]))
    if not found.exists():
        raise BadCheckpoint(f"{folder}: a part's checkpoint is not at {found} any more; move both together")
    return found
