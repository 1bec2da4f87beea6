"""The agent that calls: a language model writes, and where it ends a call a specialist answers before it goes on.

The loop is that of Toolformer (Schick et al. 2023, arXiv:2302.04761, section 4.2) and of ReAct (Yao et al. 2022,
arXiv:2210.03629), with a trained specialist in place of a calculator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from ...tasks.calling import END, answered, last_call
from ..agent import Cost, count_repeats
from ..language_model import models
from ..language_model.agent import LanguageModelAgent
from ..language_model.around import AroundModel
from ..learning.batch import Completion
from ..learning.streams import derive
from ..registry import TOOLS
from ..specialist.agent import SpecialistAgent
from .harness import Call, Harness, refused
from .record import Dialogue

CALLS = 4
"""calls that are answered in a turn; those after them are refused"""


@dataclass
class _Turn:
    """A turn in the making."""

    row: int
    pieces: list[Completion]
    results: list[tuple[int, ...]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    cut: bool = False

    @property
    def ids(self) -> tuple[int, ...]:
        """All that was read and written, and the result that is read next."""
        return (*self.pieces[-1].prompt_ids, *self.pieces[-1].token_ids, *self.results[-1])

    @property
    def written(self) -> int:
        """Tokens."""
        return sum(len(piece.token_ids) for piece in self.pieces)


class ToolsAgent(AroundModel):
    """Says what a language model writes, with the answers of a specialist behind its calls.

    Up to its first call the text is word for word what the model alone would write. An episode does not depend on the
    episodes beside it. Both are billed: parameters and training add up, results are tokens that are read, and each step
    of the specialist is in the traces.

    Args:
        writer: the language model.
        specialist: trained on the array view of arithmetic.

    Raises:
        BadCheckpoint: the specialist is trained on something else.
    """

    def __init__(self, writer: LanguageModelAgent, specialist: SpecialistAgent) -> None:
        super().__init__(TOOLS, writer.stopping_at(END))
        self.harness = Harness(specialist)
        self.deterministic = writer.deterministic and specialist.deterministic
        self._trace: list[Dialogue | None] = []
        self.reset(())

    def reset(self, seeds: Sequence[int], repeats: Sequence[int] = ()) -> None:
        """Begin episodes."""
        repeats = repeats or count_repeats(seeds)
        self._streams = list(zip(seeds, repeats, strict=True))
        self._turns = [0] * len(seeds)
        super().reset(seeds, repeats)

    def begin(self, rows: Sequence[int], seeds: Sequence[int], repeats: Sequence[int]) -> None:
        """Begin new episodes in some rows."""
        for row, seed, repeat in zip(rows, seeds, repeats, strict=True):
            self._streams[row], self._turns[row] = (seed, repeat), 0
        super().begin(rows, seeds, repeats)

    def act(self, observations: Sequence[str], infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        """One text a row, calls and results in it; an empty one where the episode is over or the context full."""
        for row in range(len(self._streams), len(infos)):  # rows that nobody began
            self._streams.append((0, row))
            self._turns.append(0)
        drawn = self.writer.draw(observations, infos, keep=True)
        turns = [_Turn(row, list(pieces)) for row, pieces in enumerate(drawn) if pieces]
        calling, part = turns, 0
        while calling := [turn for turn in calling if self._calls(turn)]:
            part += 1
            calling = self._answered(calling)
            asked = [(turn.row, turn.ids, self._left(turn)) for turn in calling]
            for turn, piece in zip(calling, self.writer.go_on(asked, part) if asked else (), strict=True):
                turn.pieces.append(piece)
        self._trace = [None] * len(infos)
        for turn in turns:
            self._trace[turn.row] = self._dialogue(turn)
            self._turns[turn.row] += 1
        return self.writer.say(observations, [each.said if each else None for each in self._trace])

    def _calls(self, turn: _Turn) -> bool:
        """Whether what was written last ends a call, and something may still be written behind the result."""
        ended = self._stopped_by(turn.pieces[-1]).startswith(END)
        turn.cut = ended and self._left(turn) <= 0
        return ended and not turn.cut

    def _stopped_by(self, piece: Completion) -> str:
        """What stands behind the text of a completion: the stop string that ended it."""
        return models.decode(self.writer.text, [piece.token_ids])[0][len(piece.text) :]

    def _left(self, turn: _Turn) -> int:
        """Tokens that may still be written."""
        return self.writer.sampling.max_new_tokens - turn.written

    def _answered(self, turns: Sequence[_Turn]) -> list[_Turn]:
        """Have the calls answered; those that the results leave room to go on."""
        asked = {turn.row: last_call(turn.pieces[-1].text) for turn in turns}
        heard = [turn.row for turn in turns if len(turn.calls) < CALLS]
        seeds = [derive(self.writer.seed, "call", *self._place(turn)) for turn in turns if turn.row in heard]
        calls = dict(zip(heard, self.harness.answer([asked[row] for row in heard], seeds), strict=True))
        context = models.context(self.writer.model)
        going = []
        for turn in turns:
            turn.calls.append(calls.get(turn.row) or refused(asked[turn.row], "no more calls"))
            turn.results.append(tuple(models.encode(self.writer.text, answered(turn.calls[-1].result))))
            if context is None or len(turn.ids) < context:
                going.append(turn)
            else:  # as what outgrows the context in one piece
                turn.cut = True
        return going

    def _place(self, turn: _Turn) -> tuple[int, ...]:
        """Which call this is of all."""
        return (*self._streams[turn.row], self._turns[turn.row], len(turn.calls))

    def _dialogue(self, turn: _Turn) -> Dialogue:
        """The record of a turn that is over."""
        last = turn.pieces[-1]
        ids = [*last.prompt_ids[len(turn.pieces[0].prompt_ids) :], *last.token_ids]
        (text,) = models.decode(self.writer.text, [ids])
        behind = "" if turn.cut else self._stopped_by(last)
        said = replace(
            turn.pieces[0],
            token_ids=tuple(ids),
            logprobs=(),
            entropies=(),
            text=text[: len(text) - len(behind)],
            finish_reason="length" if turn.cut else last.finish_reason,
        )
        flops = sum(call.steps for call in turn.calls) * self.harness.specialist.cost().decision_flops
        return Dialogue(said, tuple(turn.pieces), tuple(turn.calls), flops)

    def trace(self) -> Sequence[Dialogue | None]:
        """What was written and what was answered in the last `act`."""
        return self._trace

    def spelled(self, record: Dialogue) -> Sequence[str]:
        """The texts of the tokens of what was said, results among them."""
        return self.writer.spelled(record.said)

    def cost(self) -> Cost:
        """Both bills in one; a token is the language model's, and what the specialist did is in the traces."""
        return self.billed_with(self.harness.specialist.cost())

    @classmethod
    def load(cls, path: Path, **options: Any) -> Self:
        """Read both.

        Args:
            path: checkpoint of the language model.
            options: `specialist`, the checkpoint of the other; the rest goes to the language model.

        Raises:
            BadCheckpoint: one of them cannot be used, or the second is trained on something else than arithmetic.
        """
        specialist = SpecialistAgent.load(Path(options.pop("specialist")))
        return cls(LanguageModelAgent.load(path, **options), specialist)
