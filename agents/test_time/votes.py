"""Self-consistency: several completions of a prompt, and the answer that most of them give.

Wang et al. 2022 (arXiv:2203.11171), with each completion one vote: weighing the votes by their normalised probability
was found there to come to about the same (section 2, table 1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from ..agent import Cost
from ..language_model.agent import LanguageModelAgent
from ..learning.batch import Completion
from ..registry import VOTES
from .answers import Reader, reader
from .candidates import Choice, ManySamples
from .config import SAMPLES, check_samples


class VotesAgent(ManySamples):
    """Says the first completion that gives the most frequent answer, in games turn by turn.

    Args:
        writer: the language model.
        n: completions a decision.
        read: which answer a completion gives.

    Raises:
        BadConfig: see ManySamples.
    """

    def __init__(self, writer: LanguageModelAgent, n: int, read: Reader) -> None:
        super().__init__(writer, n, VOTES)
        self._read = read

    def choose(self, observation: str, completions: Sequence[Completion]) -> Choice:
        """By the answers that are read in them."""
        read = self._read(observation)
        answers = tuple(read(each.text) for each in completions)
        return Choice(most_frequent(answers), answers)

    def cost(self) -> Cost:
        """That of the language model: a vote takes no training, and what all completions took is in the traces."""
        return self.writer.cost()

    @classmethod
    def load(cls, path: Path, **options: Any) -> Self:
        """Read the language model.

        Args:
            path: its checkpoint.
            options: `place` where it will play and `n`; the rest goes to the language model.

        Raises:
            BadCheckpoint: it cannot be used.
            BadConfig: see ManySamples.
        """
        place, n = options.pop("place"), check_samples(options.pop("n", SAMPLES))
        return cls(LanguageModelAgent.load(path, **options), n, reader(place))


def most_frequent(answers: Sequence[str | None]) -> int:
    """The place of the first of the most frequent answers; None is no answer, and without any the place is 0.

    >>> most_frequent(["7", None, "8", "8", None, "7", None]), most_frequent([None, "9"]), most_frequent([None, None])
    (0, 1, 0)
    """
    votes = Counter(answer for answer in answers if answer is not None)
    # Of equally frequent ones Counter gives the one that came first.
    return answers.index(votes.most_common(1)[0][0]) if votes else 0
