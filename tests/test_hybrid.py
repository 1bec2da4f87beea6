"""A language model proposes, a specialist decides: which of their moves is played, and who is billed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
import pytest

chess = pytest.importorskip("chess")

from reason_arena.agents.agent import Agent, Cost, View  # noqa: E402
from reason_arena.agents.hybrid import TRUST, ProposalAgent  # noqa: E402
from reason_arena.agents.learning.rollout import rollout  # noqa: E402
from reason_arena.agents.registry import KINDS, Place, make  # noqa: E402
from reason_arena.agents.specialist.agent import SpecialistAgent  # noqa: E402
from reason_arena.agents.specialist.algorithms import build_policy  # noqa: E402
from reason_arena.agents.specialist.config import SpecialistConfig  # noqa: E402
from reason_arena.arena.config import Comparison  # noqa: E402
from reason_arena.arena.entry import Entry  # noqa: E402
from reason_arena.arena.lines import line  # noqa: E402
from reason_arena.arena.report.tables import ROADS  # noqa: E402
from reason_arena.tasks.chess.boards import boards, id_of  # noqa: E402
from reason_arena.tasks.chess.moves import COMPACT_OF  # noqa: E402
from reason_arena.tasks.errors import BadCheckpoint, BadConfig  # noqa: E402

GAME = "Reason-Chess-v0"
SMALL = SpecialistConfig(env_id=GAME, level=0, net_arch=(32,))


class Says(Agent):
    """Proposes what it was told to."""

    view: ClassVar[View] = "text"
    name = "says"
    deterministic = True

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    def act(self, observations: Any, infos: Any) -> Any:
        return tuple(self.texts[row % len(self.texts)] for row in range(len(observations)))

    def cost(self) -> Cost:
        return Cost(parameters=7, train_tokens=5, decision_flops=11.0, inherited_flops="unknown")


def specialist(config: SpecialistConfig = SMALL) -> SpecialistAgent:
    return SpecialistAgent(build_policy(config, gym.make(config.env_id, view="array", level=config.level)), config)


def hybrid(*texts: str) -> ProposalAgent:
    return ProposalAgent(Says(*texts), specialist())  # type: ignore[arg-type]


def likely(agent: SpecialistAgent, board: Any) -> dict[str, float]:
    """The specialist's probability of each legal move, by playing its distribution out move for move."""
    import torch

    table = boards(1)
    table.place(0, board.fen())
    row = np.array([0])
    planes, mask = torch.as_tensor(table.planes(row)), table.mask(row, True)
    found = {}
    for move in board.legal_moves:
        action = torch.tensor([int(COMPACT_OF[id_of(move, board)])])
        with torch.no_grad():
            found[move.uci()] = float(agent.policy.evaluate_actions(planes, action, action_masks=mask)[1].exp())  # type: ignore[call-arg]
    assert sum(found.values()) == pytest.approx(1, abs=1e-4)
    return found


@pytest.mark.parametrize("fen", [chess.STARTING_FEN, "r3k2r/8/8/8/8/8/8/R3K2R b KQkq - 0 1"])
def test_a_proposal_is_played_if_the_specialist_finds_it_plausible(fen: str) -> None:
    agent = hybrid()
    board = chess.Board(fen)
    chances = likely(agent.decider, board)
    best = max(chances, key=lambda move: chances[move])
    for move, chance in chances.items():
        agent.writer = Says(f"I like \\boxed{{{move}}}")  # type: ignore[assignment]
        (said,) = agent.act((f"You move.\nFEN: {fen}\n",), [{}])
        kept = chance >= TRUST * chances[best] - 1e-7
        assert said == (f"I like \\boxed{{{move}}}" if kept else f"\\boxed{{{best}}}")


@pytest.mark.parametrize("text", ["", "\\boxed{e2e5}", "I resign", "\\boxed{e7e5}"])
def test_what_cannot_be_played_is_replaced(text: str) -> None:
    agent = hybrid(text)
    chances = likely(agent.decider, chess.Board())
    (said,) = agent.act((f"FEN: {chess.STARTING_FEN}",), [{}])
    assert said == f"\\boxed{{{max(chances, key=lambda move: chances[move])}}}"
    assert agent.act(("",), [{}]) == (text,), "where there is no position there is nothing to decide"


def test_it_plays_legally_to_the_end_and_both_are_billed() -> None:
    agent = hybrid("nothing", "\\boxed{e2e4}")
    played = rollout(
        Place(GAME, "test", "opponent=random,plies=40").make("text", 4, render_mode="ansi"), agent, range(4)
    )
    assert all(episode.counts["illegal"] == episode.counts["unparsable"] == 0 for episode in played)
    bill, own = agent.cost(), agent.decider.cost()
    assert bill.parameters == 7 + own.parameters
    assert (bill.decision_flops, bill.action_flops) == (11.0, 3 * own.decision_flops)
    assert line(agent, played[0])["flops"] == played[0].length * (11.0 + 3 * own.decision_flops)
    assert (bill.train_tokens, bill.inherited_flops) == (5, "unknown")


def test_the_specialist_is_billed_for_as_often_as_it_is_asked() -> None:
    agent = hybrid("\\boxed{e2e4}")
    asked = []
    net: Any = agent.decider.policy.net
    encode = net.encode

    def counted(planes: Any) -> Any:
        asked.append(len(planes))
        return encode(planes)

    net.encode = counted
    agent.act((f"FEN: {chess.STARTING_FEN}",) * 2, [{}, {}])
    assert asked == [2, 2, 2]
    assert agent.cost().action_flops == len(asked) * agent.decider.cost().decision_flops


def test_the_report_has_a_word_for_every_road() -> None:
    assert {Entry(kind).road for kind in KINDS} == set(ROADS)


def test_who_cannot_decide_is_refused(tmp_path: Path) -> None:
    sums = SpecialistConfig(level=2)
    with pytest.raises(BadCheckpoint, match="plays chess, got one of Reason-Arithmetic-v0"):
        ProposalAgent(Says(""), specialist(sums))  # type: ignore[arg-type]
    with pytest.raises(BadConfig, match="needs the checkpoint of a specialist"):
        make("hybrid", Place(GAME), None, tmp_path)


LLM = {"level": 0, "env_id": GAME}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"kind": "hybrid", "weights": "llm"}, "agents.both.specialist: expected the name"),
        ({"kind": "hybrid", "specialist": "ppo"}, "agents.both.weights: expected the name"),
        ({"kind": "hybrid", "weights": "ppo", "specialist": "ppo"}, "both.weights: expected an agent of kind 'llm'"),
        ({"kind": "hybrid", "weights": "llm", "specialist": "llm"}, "expected an agent of kind 'specialist'"),
        ({"kind": "random", "specialist": "ppo"}, "only for agents of kind 'hybrid'"),
        ({"kind": "hybrid", "weights": "llm", "specialist": "ppo", "stage": "sft"}, "only for agents of kind 'llm'"),
    ],
)
def test_a_comparison_names_both(entry: dict[str, Any], said: str) -> None:
    agents = {
        "llm": Entry("llm", train={"env_id": "Reason-Arithmetic-v0", "level": 2}),
        "ppo": Entry("specialist", train={"env_id": "Reason-Arithmetic-v0", "level": 2}),
    }
    with pytest.raises(BadConfig, match=said):
        Comparison("x", {**agents, "both": Entry(**entry)})
