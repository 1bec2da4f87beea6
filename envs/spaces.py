"""A space of texts that real sentences are members of.

Gymnasium's `Text` knows a finite alphabet (62 alphanumerics unless told), so "What is 2 + 2?" is outside of it, and the
shared memory of its asynchronous vector form hands back garbage (Farama-Foundation/Gymnasium#1164). `Prose` bounds the
length alone. Use `AsyncVectorEnv(..., shared_memory=False)` with it; the shared form refuses it loudly.
"""

from __future__ import annotations

from typing import Any

from gymnasium import Space

_SAMPLE_ALPHABET = "0123456789+-*/%()= abcdefghijklmnopqrstuvwxyz.,?\\{}\n√é"


class Prose(Space[str]):
    """All strings of at most `max_length` characters, any Unicode, the empty one too.

    Args:
        max_length: most characters of a member.
        seed: seeds `sample`, which draws short texts.
    """

    def __init__(self, max_length: int, seed: int | None = None) -> None:
        if max_length < 1:
            raise ValueError(f"max_length: expected 1 or more, got {max_length}")
        self.max_length = max_length
        super().__init__(shape=None, dtype=None, seed=seed)

    @property
    def is_np_flattenable(self) -> bool:
        """False: a text has no fixed-size array form."""
        return False

    def sample(self, mask: Any | None = None, probability: Any | None = None) -> str:
        """A short random text out of digits, operators, letters and a few characters that trip naive parsers."""
        length = int(self.np_random.integers(0, min(self.max_length, 32) + 1))
        return "".join(_SAMPLE_ALPHABET[i] for i in self.np_random.integers(0, len(_SAMPLE_ALPHABET), length))

    def contains(self, x: Any) -> bool:
        """Whether `x` is a string within the length."""
        return isinstance(x, str) and len(x) <= self.max_length

    def to_jsonable(self, sample_n: Any) -> list[str]:
        """Texts are JSON as they are."""
        return list(sample_n)

    def from_jsonable(self, sample_n: list[Any]) -> list[str]:
        """Texts are JSON as they are."""
        return [str(text) for text in sample_n]

    def __repr__(self) -> str:
        return f"Prose({self.max_length})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Prose) and other.max_length == self.max_length

    def __hash__(self) -> int:
        return hash(("Prose", self.max_length))
