"""What every way to spend more on an answer shares: n completions a decision, of which one is said, and the bill."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from ..language_model.agent import LanguageModelAgent
from ..language_model.around import AroundModel
from ..learning.batch import Bill, Completion, Finish, looked_at
from .config import check_samples, check_temperature


@dataclass(frozen=True)
class Candidates:
    """The completions of one prompt, and which of them was said. In a trace it stands where that one would."""

    completions: tuple[Completion, ...]
    """in the order in which they were drawn"""
    chosen: int
    marks: tuple[str | float | None, ...]
    """what each was chosen or left by: the answer that was read in it, or a score"""
    reads: int = 1
    """how often the prompt was read"""
    flops: float = 0.0
    """floating-point operations of choosing"""

    @property
    def said(self) -> Completion:
        """The completion that was said."""
        return self.completions[self.chosen]

    @property
    def told(self) -> dict[str, Any]:
        """What a result line keeps: by what the completions were told apart, scores to three places."""
        marks = [round(each, 3) + 0.0 if isinstance(each, float) else each for each in self.marks]
        return {"chosen": self.chosen, "marks": marks}

    @property
    def text(self) -> str:
        """That was said."""
        return self.said.text

    @property
    def logprobs(self) -> tuple[float, ...]:
        """Of the tokens of what was said, in nats."""
        return self.said.logprobs

    @property
    def finish_reason(self) -> Finish:
        """Why what was said ended."""
        return self.said.finish_reason

    @property
    def bill(self) -> Bill:
        """All of them were written, whichever was said."""
        prompt, written = len(self.said.prompt_ids), [len(each.token_ids) for each in self.completions]
        looked = self.reads * looked_at(0, prompt) + sum(looked_at(prompt, prompt + count - 1) for count in written)
        return Bill(self.reads * prompt, sum(written), looked, len(written), self.flops)


@dataclass(frozen=True)
class Choice:
    """Which of several completions is said."""

    chosen: int
    marks: tuple[str | float | None, ...]
    flops: float = 0.0


class ManySamples(AroundModel):
    """Says one of n completions, each drawn as the language model alone would have drawn it.

    The first is what the model alone would have said, and the first n of more are those of n, so that rows of a
    comparison which differ in n alone differ by what the further samples bring. An episode does not depend on the
    episodes beside it.

    Args:
        writer: the language model.
        n: completions a decision.
        name: what reports call the agent.

    Raises:
        BadConfig: no completions at all, or several that are bound to be the same.
    """

    def __init__(self, writer: LanguageModelAgent, n: int, name: str) -> None:
        check_temperature(writer.sampling.temperature, check_samples(n))
        super().__init__(name, writer)
        self.n = n
        self._trace: list[Candidates | None] = []

    @abstractmethod
    def choose(self, observation: str, completions: Sequence[Completion]) -> Choice:
        """Which completion is said.

        Args:
            observation: that all of them answer.
            completions: one or more, in the order in which they were drawn.
        """

    def act(self, observations: Sequence[str], infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        """The completion of each row that was chosen; an empty text where the episode is over or the context full."""
        drawn = self.writer.draw(observations, infos, self.n)
        reads = ceil(self.n / self.writer.sampling.max_rows)
        self._trace = []
        for observation, completions in zip(observations, drawn, strict=True):
            if not completions:
                self._trace.append(None)
                continue
            choice = self.choose(observation, completions)
            self._trace.append(Candidates(tuple(completions), choice.chosen, choice.marks, reads, choice.flops))
        return self.writer.say(observations, [each.said if each else None for each in self._trace])

    def trace(self) -> Sequence[Candidates | None]:
        """All completions of the last `act`."""
        return self._trace

    def spelled(self, record: Candidates) -> Sequence[str]:
        """The texts of the tokens of what was said."""
        return self.writer.spelled(record.said)
