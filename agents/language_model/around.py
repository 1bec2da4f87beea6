"""What agents built around a language model have in common: its episodes, and a bill in which its own comes first.

A judge, votes, a specialist that is called or that decides: each looks at what the model writes, in the model's view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from ..agent import Agent, Cost, View, together
from .agent import LanguageModelAgent


class AroundModel(Agent):
    """Has the language model begin its episodes, and gives up where it does.

    Args:
        name: what reports call the agent.
        writer: the language model.
    """

    view: ClassVar[View] = "text"

    def __init__(self, name: str, writer: LanguageModelAgent) -> None:
        self.name, self.writer = name, writer
        self.deterministic = writer.deterministic
        self.on_gpu = writer.on_gpu

    def reset(self, seeds: Sequence[int], repeats: Sequence[int] = ()) -> None:
        """Begin episodes."""
        self.writer.reset(seeds, repeats)

    def begin(self, rows: Sequence[int], seeds: Sequence[int], repeats: Sequence[int]) -> None:
        """Begin new episodes in some rows."""
        self.writer.begin(rows, seeds, repeats)

    def resigned(self) -> Sequence[str]:
        """Rows in which the language model could not go on."""
        return self.writer.resigned()

    def billed_with(self, other: Cost, action_flops: float = 0.0) -> Cost:
        """Both bills in one; a token is the language model's.

        Args:
            other: the bill of whoever stands beside it.
            action_flops: what that one does once an action, if it is the same each time.
        """
        own = self.writer.cost()
        return replace(together([own, other]).written_by(own), action_flops=action_flops)
