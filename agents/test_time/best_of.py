"""Best of n: several completions of a prompt, and the one that a trained reward model scores highest.

Stiennon et al. 2020 (arXiv:2009.01325) and Cobbe et al. 2021 (arXiv:2110.14168, where the reward model is called a
verifier). The policy stays as it is; beyond some n the choice may get worse, where the reward model errs (Gao, Schulman
and Hilton 2022, arXiv:2210.10760).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, Self

from ...tasks.errors import BadConfig
from ..agent import Cost, together
from ..language_model.agent import LanguageModelAgent
from ..language_model.assembly import fingerprint, load_judge
from ..learning import checkpoint
from ..learning.batch import Completion
from ..registry import BEST_OF
from .candidates import Choice, ManySamples
from .config import SAMPLES, check_samples


class Scorer(Protocol):
    """Whoever says how good completions are, such as `language_model.preference.Judge`."""

    def rewards(self, completions: Sequence[Completion]) -> Sequence[float]:
        """A number for each completion behind its prompt, more for a better one."""

    def flops(self, completions: Sequence[Completion]) -> float:
        """Floating-point operations that this takes."""


class BestOfAgent(ManySamples):
    """Says the completion that the reward model scores highest, of equals the first; in games turn by turn.

    Args:
        writer: the language model.
        n: completions a decision.
        judge: scores the completions of one decision together, so that a score does not depend on other episodes.
        bill: what it cost to make both.

    Raises:
        BadConfig: see ManySamples.
    """

    def __init__(self, writer: LanguageModelAgent, n: int, judge: Scorer, bill: Cost | None = None) -> None:
        super().__init__(writer, n, BEST_OF)
        self._judge = judge
        self._bill = bill or writer.cost()

    def choose(self, observation: str, completions: Sequence[Completion]) -> Choice:
        """By the scores of the reward model."""
        scores = tuple(self._judge.rewards(completions))
        return Choice(scores.index(max(scores)), scores, self._judge.flops(completions))

    def cost(self) -> Cost:
        """Both bills in one; a token is the language model's, and what judging took is in the traces."""
        return self._bill.written_by(self.writer.cost())

    @classmethod
    def load(cls, path: Path, **options: Any) -> Self:
        """Read both.

        Args:
            path: checkpoint of the language model.
            options: `judge`, the checkpoint of a reward model, and `n`; the rest goes to the language model.

        Raises:
            BadCheckpoint: one of them cannot be used, or the second is no reward model.
            BadConfig: see ManySamples; or the two read text as different tokens.
        """
        folder, n = Path(options.pop("judge")), check_samples(options.pop("n", SAMPLES))
        writer = LanguageModelAgent.load(path, **options)
        judge = load_judge(folder, str(writer.model.device))
        other = LanguageModelAgent.load(folder, device="cpu")
        if other.text.get_vocab() != writer.text.get_vocab():
            raise BadConfig(f"judge {folder}: its tokenizer is not the language model's; expected one vocabulary")
        bill, own = other.cost(), writer.cost()
        if checkpoint.load_manifest(folder).get("start") == fingerprint(writer.model):
            # It was trained from these very weights, so what they cost is in its bill.
            both = replace(bill, parameters=bill.parameters + own.parameters)
        else:
            both = together([own, bill])
        return cls(writer, n, judge, both)
