"""A language model and a specialist together: the one proposes a move, the other decides whether it is played."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from pathlib import Path
from typing import Any, Self

import chess
import numpy as np
import torch
from numpy.typing import NDArray

from ..envs.posing import ACTION_MASK as MASK
from ..tasks.chess.boards import ACTIONS, NUMBERS, boards, id_of, move_of
from ..tasks.chess.moves import POSSIBLE
from ..tasks.chess.notation import read_move
from ..tasks.chess.view import position_in
from ..tasks.errors import BadCheckpoint
from .agent import Cost
from .language_model.agent import LanguageModelAgent
from .language_model.around import AroundModel
from .registry import HYBRID
from .specialist.agent import SpecialistAgent

TRUST = 0.5
"""a proposal is played if the specialist thinks it at least so likely, compared with what it likes best"""
ASKED = 3
"""how often the specialist looks at a position: for its own move, then for how likely that and the proposal are"""


class ProposalAgent(AroundModel):
    """Plays the language model's move if it is legal and the specialist finds it plausible, else the specialist's own.

    The specialist sees the position that the text shows, as its own array view would show it. Both are billed:
    parameters and training add up, and an action costs the specialist's decisions beside the tokens.

    Args:
        proposer: answers in the text view of a chess environment.
        decider: trained on the array view of one.

    Raises:
        BadCheckpoint: the specialist does not play chess.
    """

    def __init__(self, proposer: LanguageModelAgent, decider: SpecialistAgent) -> None:
        super().__init__(HYBRID, proposer)
        self.decider = decider
        actions = getattr(decider.policy.action_space, "n", 0)
        if actions not in ACTIONS.values():
            raise BadCheckpoint(f"expected a specialist that plays chess, got one of {decider.config.env_id}")
        self._compact = actions == ACTIONS[True]

    def act(self, observations: Sequence[str], infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        """What was proposed, or where that will not do the specialist's move in a box; a text a row."""
        said = list(self.writer.act(observations, infos))
        found = {row: board.fen() for row, text in enumerate(observations) if (board := position_in(text))}
        if not found:
            return tuple(said)
        rows = np.arange(len(found))
        table = boards(len(found))
        for place, fen in enumerate(found.values()):
            table.place(place, fen)
        planes, masks = table.planes(rows), table.mask(rows, self._compact)
        own = self.decider.act(planes.astype(np.float32), [{MASK: mask} for mask in masks])
        positions = [table.board(place) for place in rows.tolist()]
        proposed = np.array(
            [self._action(said[row], board) for row, board in zip(found, positions, strict=True)], np.int64
        )
        played = self._decided(planes, masks, own, proposed)
        for place, row in enumerate(found):
            if played[place] != proposed[place]:
                move = int(POSSIBLE[played[place]] if self._compact else played[place])
                said[row] = f"\\boxed{{{move_of(move, positions[place]).uci()}}}"
        return tuple(said)

    def _action(self, text: str, board: chess.Board) -> int:
        """The action of a proposal, -1 if it is no legal move."""
        move = read_move(text, board).move
        return -1 if move is None else int(NUMBERS[self._compact][id_of(move, board)])

    def _decided(
        self, planes: NDArray[np.uint8], masks: NDArray[np.int8], own: NDArray[np.int64], proposed: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        legal = proposed >= 0
        given = np.where(legal, proposed, own)
        policy = self.decider.policy
        with torch.no_grad():
            likely, best = (
                policy.evaluate_actions(torch.as_tensor(planes), torch.as_tensor(actions), action_masks=masks)[1]  # type: ignore[call-arg]  # of masked policies
                for actions in (given, own)
            )
        plausible = (likely >= best + log(TRUST)).numpy()
        return np.where(legal & plausible, given, own)

    def trace(self) -> Sequence[Any]:
        """The completions that proposed."""
        return self.writer.trace()

    def spelled(self, record: Any) -> Sequence[str]:
        """The tokens of what was proposed."""
        return self.writer.spelled(record)

    def cost(self) -> Cost:
        """Both bills in one: tokens are the language model's, and what the specialist does is done once an action."""
        other = self.decider.cost()
        return self.billed_with(other, ASKED * other.decision_flops)

    @classmethod
    def load(cls, path: Path, **options: Any) -> Self:
        """Read both.

        Args:
            path: checkpoint of the language model.
            options: `specialist`, the checkpoint of the other; the rest goes to the language model.

        Raises:
            BadCheckpoint: one of them cannot be used.
        """
        decider = SpecialistAgent.load(Path(options.pop("specialist")))
        return cls(LanguageModelAgent.load(path, **options), decider)
