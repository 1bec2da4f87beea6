"""How a router is trained. No torch here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Literal

from ...tasks.errors import BadConfig


@dataclass(frozen=True)
class RouterConfig:
    """A contextual bandit on the text of a problem: which part is right how often, at what cost."""

    env_id: str = "Reason-Arithmetic-v0"
    """environment whose problems it sends on"""
    level: int | str = 2
    """level of the training problems, which are of the training split"""
    problems: int = 600
    """training problems"""
    feedback: Literal["all", "one"] = "all"
    """all: every part plays every training problem; one: each is played by one part, drawn at random, which costs less
    and tells less"""
    buckets: int = 256
    """numbers that the words of a text are hashed to"""
    width: int = 16
    """of the hidden layer"""
    epochs: int = 300
    """passes over the training problems, at most: those are kept after which the held-out fifth was predicted best"""
    learning_rate: float = 0.01
    """AdamW's"""
    weight_decay: float = 0.01
    """AdamW's"""

    def __post_init__(self) -> None:
        for name, low in (("problems", 10), ("buckets", 1), ("width", 1), ("epochs", 1)):
            if getattr(self, name) < low:
                raise BadConfig(f"{name}: expected {low} or more, got {getattr(self, name)}")
        for name in ("learning_rate", "weight_decay"):
            if not (isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise BadConfig(f"{name}: expected 0 or more, got {getattr(self, name)}")

    @property
    def updates(self) -> int:
        """Of what progress counts: hundredths of the episodes."""
        return 100

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def check_price(price: float) -> float:
    """The price of cost in score; raises BadConfig unless it is a number of 0 or more.

    >>> check_price(0.1)
    0.1
    """
    if not (isfinite(price) and price >= 0):
        raise BadConfig(f"price: expected 0 or more, got {price}")
    return price
