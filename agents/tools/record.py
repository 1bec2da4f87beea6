"""What stands behind a text with calls: what was written, what was answered, and what both took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..learning.batch import Bill, Completion, Finish, join, looked_at
from .harness import Call


@dataclass(frozen=True)
class Dialogue:
    """A turn of one who calls. In a trace it stands where a completion would."""

    said: Completion
    """the whole of it, the results among its tokens"""
    pieces: tuple[Completion, ...]
    """what was written, one more than results that were read; each prompt begins with all before it"""
    calls: tuple[Call, ...]
    flops: float
    """of the specialist"""

    @property
    def text(self) -> str:
        """That was said."""
        return self.said.text

    @property
    def finish_reason(self) -> Finish:
        """Why it ended."""
        return self.said.finish_reason

    @property
    def logprobs(self) -> tuple[float | None, ...]:
        """Of its tokens, in nats; None of results, which nobody drew."""
        (row,) = join(self.pieces)
        return tuple(None if turn < 0 else each for turn, each in zip(row.turns, row.logprobs, strict=True))

    @property
    def called(self) -> list[dict[str, Any]]:
        """What a result line keeps of the calls."""
        return [call.told for call in self.calls]

    @property
    def bill(self) -> Bill:
        """Each token is read once: the prompt, the results; what was written was read as it was written."""
        written = sum(len(piece.token_ids) for piece in self.pieces)
        whole = len(self.pieces[-1])
        return Bill(whole - written, written, looked_at(0, whole - 1), flops=self.flops)
