"""The specialist's network for chess: it sees what python-chess sees, and its logits are those of the dense head."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import chess
import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from sb3_contrib.common.maskable.buffers import MaskableRolloutBuffer
from sb3_contrib.common.maskable.distributions import MaskableCategorical
from tiny import COUNTER, silent
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from reason_arena.agents.learning.rollout import rollout
from reason_arena.agents.specialist.agent import SpecialistAgent, forward_flops, train_flops
from reason_arena.agents.specialist.algorithms import build_policy
from reason_arena.agents.specialist.boards import RANK, BoardNet
from reason_arena.agents.specialist.gathering import BitMaskBuffer, GatheredCategorical, GatheredPolicy, Legal
from reason_arena.agents.specialist.selfplay import Copy
from reason_arena.agents.specialist.sight import sight
from reason_arena.agents.specialist.trainer import train_specialist
from reason_arena.arena.config import Comparison
from reason_arena.arena.entry import Entry
from reason_arena.tasks.chess.boards import boards
from reason_arena.tasks.chess.moves import COMPACT, COMPACT_OF, POSSIBLE, move_id
from reason_arena.tasks.errors import BadConfig, UnknownName

OBSERVATIONS = spaces.Box(0, 100, (18, 8, 8), np.uint8)
ACTIONS = spaces.Discrete(COMPACT)


def positions(count: int, plies: int, seed: int = 0) -> Any:
    """Boards after some random plies, those whose game has ended begun again."""
    table = boards(count)
    rng = np.random.default_rng(seed)
    for _ in range(plies):
        for row in np.flatnonzero(table.ends):
            table.place(int(row))
        moves = [table.legal[row, rng.integers(table.counts[row])] for row in range(count)]
        table.push(np.arange(count), np.array(moves))
    for row in np.flatnonzero(table.ends):
        table.place(int(row))
    return table


@pytest.fixture(scope="module")
def batch() -> tuple[NDArray[np.uint8], NDArray[np.int8]]:
    """Planes and masks of 24 positions."""
    table = positions(24, 40)
    return table.planes(np.arange(24)), table.mask(np.arange(24), compact=True)


def policy_of(*widths: int, seed: int = 0) -> GatheredPolicy:
    torch.manual_seed(seed)
    settings = {"net": BoardNet, "net_arch": list(widths), "optimizer_kwargs": {}}
    policy = GatheredPolicy(OBSERVATIONS, ACTIONS, lambda _: 1e-3, **settings)
    torch.nn.init.normal_(policy.net.habit.weight)  # type: ignore[union-attr, arg-type]
    return policy


def test_probabilities_entropy_and_gradients_are_those_of_the_dense_distribution(batch: Any) -> None:
    _, masks = batch
    scores = torch.randn(len(masks), COMPACT, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 4
    weights = torch.linspace(-1, 1, len(masks), dtype=torch.float64)
    actions = torch.tensor([np.random.default_rng(i).choice(np.flatnonzero(row)) for i, row in enumerate(masks)])
    told = []
    for gathered in (False, True):
        logits = scores.clone().requires_grad_()
        if gathered:
            legal = Legal.of(masks)
            ours = GatheredCategorical(legal, logits[legal.rows, legal.actions])
            chances, entropy, best = ours.log_prob(actions), ours.entropy(), ours.mode()
        else:
            theirs = MaskableCategorical(logits=logits, masks=masks)
            chances, entropy = theirs.log_prob(actions), theirs.entropy()
            best = theirs.probs.argmax(1)
        (weights * chances + 0.3 * entropy).sum().backward()
        told.append((chances, entropy, best, logits.grad))
    for mine, other in zip(*told, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-10, atol=1e-10)


def test_a_forced_move_has_no_entropy_and_an_illegal_one_no_chance() -> None:
    masks = np.zeros((2, 9), np.int8)
    masks[0, 4] = 1
    masks[1, [2, 7]] = 1
    logits = torch.tensor([3.0, 0.0, np.log(3.0)], requires_grad=True)
    ours = GatheredCategorical(Legal.of(masks), logits)
    # Row 1: chances of 1 and 3 in 4, so that the entropy is (1/4) log 4 + (3/4) log(4/3).
    torch.testing.assert_close(ours.entropy(), torch.tensor([0.0, np.log(4) / 4 + 0.75 * np.log(4 / 3)]))
    torch.testing.assert_close(ours.log_prob(torch.tensor([4, 7])), torch.tensor([0.0, np.log(0.75)]))
    assert ours.log_prob(torch.tensor([2, 0])).tolist() == [-np.inf, -np.inf]
    assert ours.mode().tolist() == [4, 7]
    ours.entropy().sum().backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
    assert logits.grad[0] == 0


def test_drawn_moves_follow_the_probabilities() -> None:
    masks = np.zeros((20_000, 50), np.int8)
    masks[:, [3, 11, 40]] = 1
    legal = Legal.of(masks)
    torch.manual_seed(0)
    drawn = GatheredCategorical(legal, torch.log(torch.tensor([1.0, 2.0, 5.0])).repeat(20_000)).sample()
    shares = [float((drawn == action).double().mean()) for action in (3, 11, 40)]
    assert shares == pytest.approx([1 / 8, 2 / 8, 5 / 8], abs=0.015)  # four standard errors


def test_the_policy_rates_a_position_as_it_does_among_others(batch: Any) -> None:
    """What is padded and gathered for one row leaves no trace in another's."""
    planes, masks = batch
    policy = policy_of(32, 32)
    actions = torch.tensor([np.flatnonzero(row)[-1] for row in masks])
    together = policy.evaluate_actions(torch.from_numpy(planes), actions, masks)
    for i in range(len(planes)):
        alone = policy.evaluate_actions(torch.from_numpy(planes[i : i + 1]), actions[i : i + 1], masks[i : i + 1])
        for mine, other in zip(alone, together, strict=True):
            torch.testing.assert_close(mine[0], other[i], rtol=1e-4, atol=1e-5)
    played, _ = policy.predict(planes, deterministic=True, action_masks=masks)
    assert policy.predict(planes[3], deterministic=True, action_masks=masks[3])[0] == played[3], "as SB3's guide asks"
    assert masks[np.arange(len(masks)), played].all()


def test_a_logit_is_the_form_of_the_two_squares_that_its_docstring_says(batch: Any) -> None:
    planes, _ = batch
    net = policy_of(8).net.requires_grad_(False)
    seen = net.encode(torch.from_numpy(planes[:1]))
    moves = {"e2e4": (12, 28, 0), "a7a8n": (48, 56, 2), "a7b8q": (48, 57, 5)}
    for start, end, piece in moves.values():
        action = torch.tensor([int(np.searchsorted(POSSIBLE, move_id(start, end, piece, True)))])
        expected = sum(float(seen.leave[start, i] * seen.reach[end, i]) for i in range(RANK)) / RANK**0.5
        expected += float(net.habit(action)) + float(seen.promote[0, piece % 5])  # type: ignore[operator]
        got = net.logits(seen, torch.tensor([0]), action)
        assert float(got[0]) == pytest.approx(expected, abs=1e-5)


def test_flops_are_those_that_torch_counts(batch: Any) -> None:
    """But for the products of squares, which are no matrix products: RANK a legal move."""
    planes, _ = batch
    policy = policy_of(24, 16)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        policy.net.encode(torch.from_numpy(planes))
    per_row = counter.get_total_flops() / len(planes)
    assert forward_flops(policy) == per_row + 2 * RANK * 30
    whole = forward_flops(policy) + 2 * 16  # the critic adds 16 products
    # Planes have no gradient: those of the board, of the surroundings of two kings, and of each of 64 squares.
    first = 24 * (33 * 64 + 5) + 2 * 24 * 33 * 25 + 64 * 2 * 33 * RANK
    assert train_flops(policy, 3) == 10 * whole - 3 * 2 * first


def test_masks_are_kept_in_bits_and_come_back(batch: Any) -> None:
    planes, masks = batch
    ours = BitMaskBuffer(2, OBSERVATIONS, ACTIONS, device="cpu", n_envs=12)
    theirs = MaskableRolloutBuffer(2, OBSERVATIONS, ACTIONS, device="cpu", n_envs=12)
    zeros = torch.zeros(12)
    for buffer in (ours, theirs):
        for rows in (slice(0, 12), slice(12, 24)):
            legal = masks[rows].argmax(1)[:, None]
            buffer.add(planes[rows], legal, np.arange(12), np.zeros(12), zeros, zeros, action_masks=masks[rows])
        buffer.compute_returns_and_advantage(zeros, np.zeros(12))
    assert ours.action_masks.nbytes * 31 < theirs.action_masks.nbytes
    np.random.seed(0)  # noqa: NPY002 - SB3 shuffles by numpy's global stream
    mine = list(ours.get(10))
    np.random.seed(0)  # noqa: NPY002
    for got, expected in zip(mine, theirs.get(10), strict=True):
        for one, other in zip(got, expected, strict=True):
            np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_sight_is_what_python_chess_sees() -> None:
    table = positions(40, 60, seed=3)
    seen = sight(table.planes(np.arange(40)))
    for row in range(40):
        board = table.board(row)
        np.testing.assert_array_equal(seen[row], expected_sight(board if board.turn else board.mirror()), board.fen())


def expected_sight(board: chess.Board) -> NDArray[np.uint8]:
    """The planes of `sight` for White to move, square by square."""
    planes = np.zeros((20, 64), np.uint8)
    for first, color in ((0, chess.WHITE), (6, chess.BLACK)):
        through = board.copy()
        through.remove_piece_at(king_of(board, not color))
        counts = np.zeros(64, int)
        for square, piece in through.piece_map().items():
            if piece.color == color:
                planes[first + piece.piece_type - 1, list(through.attacks(square))] = 1
                counts[list(through.attacks(square))] += 1
        planes[12 + first // 6] = counts >= 2
    king = king_of(board, chess.BLACK)
    for square in set(chess.SQUARES) - {king}:
        for plane, kind in enumerate((chess.PAWN, chess.KNIGHT, chess.BISHOP, chess.ROOK), 14):
            put = board.copy()
            put.set_piece_at(square, chess.Piece(kind, chess.WHITE))
            planes[plane, square] = king in put.attacks(square)
        without = board.copy()
        piece = without.remove_piece_at(square)
        if piece and checkers(without, king) - checkers(board, king) - {square}:
            planes[18 if piece.color else 19, square] = 1
    return planes


def king_of(board: chess.Board, color: chess.Color) -> int:
    king = board.king(color)
    assert king is not None
    return king


def checkers(board: chess.Board, king: int) -> set[int]:
    """White's bishops, rooks and queens that attack a square."""
    return {s for s in board.attackers(chess.WHITE, king) if board.piece_type_at(s) in (3, 4, 5)}


def test_a_network_for_boards_is_refused_elsewhere() -> None:
    env = gym.make("Reason-Arithmetic-v0", view="array")
    with pytest.raises(
        BadConfig, match="network 'board': Reason-Arithmetic-v0 shows no chess boards with action masks"
    ):
        build_policy(replace(COUNTER, network="board"), env)


@pytest.mark.parametrize(
    ("value", "said"),
    [((("a", 0.5), ("b", 0.4)), "add up to 1, got 0.9"), ((("a", 1.5), ("b", -0.5)), "a share above 0")],
)
def test_a_curriculum_that_cannot_be_is_named(value: Any, said: str) -> None:
    with pytest.raises(BadConfig, match=f"^curriculum: expected .*{said}"):
        replace(COUNTER, curriculum=value)


def test_a_curriculum_gives_each_level_its_share() -> None:
    config = replace(COUNTER, curriculum=(("a", 0.25), ("b", 0.125), ("c", 0.625)))
    assert "".join(str(config.level_at(update)) for update in range(8)) == "aabccccc"
    assert COUNTER.level_at(7) == 0


CHESS = replace(
    COUNTER,
    env_id="Reason-Chess-v0",
    level="opponent=random,plies=40",
    total_timesteps=32,
    num_envs=4,
    n_steps=4,
    batch_size=8,
    self_play=1,
)


def test_a_chess_specialist_is_saved_and_plays_as_before(tmp_path: Path) -> None:
    final = train_specialist(CHESS, tmp_path, 0, report=silent)
    env = gym.make_vec("Reason-Chess-v0", num_envs=6, view="array", level=CHESS.level, render_mode="ansi")
    agent = SpecialistAgent.load(final)
    assert isinstance(agent.policy, GatheredPolicy)
    played = [rollout(env, each, range(6)) for each in (agent, SpecialistAgent.load(final))]
    assert [episode.return_ for episode in played[0]] == [episode.return_ for episode in played[1]]
    assert all(episode.verdict != "illegal" for episode in played[0])
    drawing = SpecialistAgent(agent.policy, replace(CHESS, deterministic=False))
    drawn = [[episode.record for episode in rollout(env, drawing, [3] * 6)] for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) > 1, "each time that a position is played again, other numbers are drawn"
    dense = train_specialist(replace(CHESS, network="mlp", self_play=0), tmp_path / "dense", 0, report=silent)
    assert not isinstance(SpecialistAgent.load(dense).policy, GatheredPolicy)


def test_a_copy_plays_as_the_policy_did_and_draws_by_the_key(batch: Any) -> None:
    table, rows = positions(24, 40), np.arange(24)
    planes, masks = batch
    policy, copy = policy_of(16), Copy()
    copy.take(policy)
    keys = np.random.default_rng(0).integers(0, 2**63, (400, 24)).astype(np.uint64)
    drawn = np.stack([copy.choose(table, rows, key) for key in keys])
    np.testing.assert_array_equal(drawn[0], copy.choose(table, rows, keys[0]))
    for row in rows:
        assert set(drawn[:, row]) <= set(table.legal[row, : table.counts[row]].tolist())
    first = torch.from_numpy(COMPACT_OF[drawn[0]])
    chances = policy.evaluate_actions(torch.from_numpy(planes), first, masks)[1].exp().detach().numpy()
    shares = (drawn == drawn[0]).mean(0)
    assert np.abs(shares - chances).max() < 4 * 0.5 / 20  # four standard errors of 400 draws
    before = copy.choose(table, rows, keys[1])
    torch.nn.init.normal_(policy.net.habit.weight)  # type: ignore[union-attr, arg-type]
    np.testing.assert_array_equal(copy.choose(table, rows, keys[1]), before)


def test_nobody_sits_at_a_seat_that_was_not_taken() -> None:
    env = gym.make_vec("Reason-Chess-v0", num_envs=2, view="array", level="opponent=self")
    with pytest.raises(BadConfig, match="opponent 'self': only a specialist in training plays against itself"):
        env.reset(seed=0)  # the second row is Black's, and its opponent begins


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"network": "mlp"}, "self_play: expected network 'board' on a chess environment"),
        ({"env_id": "Reason-Arithmetic-v0", "level": 0}, "self_play: there is nobody to play against"),
    ],
)
def test_self_play_where_it_cannot_be_is_refused(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=said):
        train_specialist(replace(CHESS, **change), tmp_path, 0, report=silent)


def test_a_policy_learns_from_a_gradient_step(batch: Any) -> None:
    planes, masks = batch
    policy = policy_of(32)
    actions = torch.tensor([np.flatnonzero(row)[0] for row in masks])

    def chance() -> Tensor:
        return policy.evaluate_actions(torch.from_numpy(planes), actions, masks)[1].mean()

    before = chance().item()
    for _ in range(20):
        policy.optimizer.zero_grad()
        (-chance()).backward()
        policy.optimizer.step()
    assert chance().item() > before + 0.5


def test_a_later_level_that_cannot_be_played_is_refused_before_anything_is_learnt(tmp_path: Path) -> None:
    curriculum = ((str(CHESS.level), 0.5), ("opponent=kasparov", 0.5))
    with pytest.raises(UnknownName, match="unknown opponent 'kasparov'"):
        train_specialist(replace(CHESS, curriculum=curriculum, self_play=0), tmp_path, 0, report=silent)
    assert not list(tmp_path.iterdir())
    train = {"env_id": CHESS.env_id, "level": CHESS.level, "curriculum": curriculum}
    with pytest.raises(UnknownName, match="unknown opponent 'kasparov'"):
        Comparison("x", {"ppo": Entry("specialist", train=train)}, env_id=CHESS.env_id)


def test_the_moves_of_the_copy_are_billed_and_those_of_judging_it_are_not(tmp_path: Path) -> None:
    """All games are against the copy, which answers each move but those that end one, and begins every other game."""
    config = replace(CHESS, level="opponent=self,plies=2,opening=0,colour=white", evaluate_every=1, evaluate_episodes=3)
    agent = SpecialistAgent.load(train_specialist(config, tmp_path, 0, report=silent))
    own = config.total_timesteps * train_flops(agent.policy, config.n_epochs)
    # Each game is a move of White's and an answer, so there are as many answers as steps.
    assert agent.cost().train_flops == own + config.total_timesteps * forward_flops(agent.policy)
