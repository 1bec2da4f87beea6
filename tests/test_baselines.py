"""The baselines: the ceiling is 1, the floor is low, and the same seeds play the same episodes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reason_arena.agents import registry
from reason_arena.agents.agent import Agent
from reason_arena.agents.baselines import MajorityTextAgent, flawless_hand, problem_of
from reason_arena.agents.learning.rollout import Episode, rollout
from reason_arena.agents.registry import BUILT, KINDS, TRAINED, VIEWS, Place
from reason_arena.tasks import arithmetic
from reason_arena.tasks import registry as tasks
from reason_arena.tasks.errors import BadConfig, UnknownName

BASELINES = sorted(set(KINDS) - {*TRAINED, *BUILT})
GAMES = ("Reason-Chess-v0",)
"""environments whose problems have no answers that could be known or guessed"""
BROKEN_OFF = (*GAMES, "Reason-ChessEndgame-v0")
"""environments in which an episode may go on for too long"""
LEVELS: list[int | str] = [2, 5, 8, "operators=//%,digits=1-3,right_digits=1"]
WITH_PROGRAMS = "families=floor-sum+gcd-count+multiplicative-order"
BEYOND_TOOLS = {("array", 5), ("array", 14), ("array", "families=held"), ("array", "composed=only")}
FACES: dict[str, tuple[list[int | str], list[tuple[str, dict[str, str]]]]] = {
    "Reason-AIME-v0": ([5, 14, WITH_PROGRAMS, "families=held", "composed=only"], [("text", {}), ("array", {})]),
    "Reason-Arithmetic-v0": (
        LEVELS,
        [("text", {}), ("array", {"scratchpad": "columns"}), ("array", {"scratchpad": "digits"})],
    ),
    "Reason-Chess-v0": ([0, 2], [("text", {}), ("array", {})]),
    "Reason-ChessEndgame-v0": ([2, 4], [("text", {}), ("array", {})]),
    "Reason-ChessPuzzle-v0": ([0, 1, 5], [("text", {}), ("array", {})]),
    "Reason-ReasoningGym-v0": ([0, 6, "leg_counting"], [("text", {}), ("array", {})]),
}
FACES = {env_id: faces for env_id, faces in FACES.items() if tasks.ready(tasks.task_of(env_id))}
"""levels and views of each environment"""
CASES = [
    pytest.param(
        env_id, kind, view, options, level, id=f"{env_id}-{kind}-{'-'.join([view, *options.values()])}-{level}"
    )
    for env_id, (levels, faces) in FACES.items()
    for kind in (BASELINES if env_id not in GAMES else ["random", "greedy"])
    for view, options in faces
    for level in levels
]


def episodes(kind: str, place: Place, view: Any, seeds: Any = range(20)) -> list[Episode]:
    agent = registry.make(kind, place, view)
    assert (agent.name, agent.view) == (kind, view)
    return rollout(place.make(view, 8), agent, seeds)


def facts(played: list[Episode]) -> list[Any]:
    """All but the time that it took."""
    return [(e.seed, e.problem_id, e.return_, e.length, e.verdict, e.answer, e.transcript) for e in played]


@pytest.mark.parametrize(("env_id", "kind", "view", "options", "level"), CASES)
def test_every_baseline_plays_every_view(env_id: str, kind: str, view: str, options: Any, level: int | str) -> None:
    place = Place(env_id, "test", level, options)
    played = episodes(kind, place, view)
    assert [episode.seed for episode in played] == list(range(20))
    if env_id not in BROKEN_OFF:
        assert all(episode.terminated and not episode.truncated for episode in played)
    if env_id not in GAMES:
        assert [episode.return_ for episode in played] == [float(episode.correct) for episode in played]
    assert facts(played) == facts(episodes(kind, place, view))
    score = np.mean([episode.correct for episode in played])
    if kind == "oracle":
        assert score == 1.0 or (view, level) in BEYOND_TOOLS
    elif kind == "random":
        assert score < (0.2 if env_id not in GAMES else 0.4)  # of games against random some are won
    assert (view == "text") == (played[0].question != "")


@pytest.mark.parametrize("kind", BASELINES)
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("env_id", [env_id for env_id in FACES if env_id not in GAMES])
def test_only_who_draws_at_random_plays_a_problem_in_two_ways(env_id: str, kind: str, view: Any) -> None:
    place = Place(env_id)
    played = episodes(kind, place, view, [seed for seed in range(4) for _ in range(8)])
    wrote = {seed: {each.transcript + each.answer for each in played if each.seed == seed} for seed in range(4)}
    differ = any(len(ways) > 1 for ways in wrote.values())
    assert differ == (not registry.make(kind, place, view).deterministic)


@pytest.mark.parametrize("kind", BASELINES)
@pytest.mark.parametrize("view", VIEWS)
def test_any_batch_size_will_do(kind: str, view: Any) -> None:
    place = Place()
    agent: Agent = registry.make(kind, place, view)
    for count in (1, 2, 7):
        env = place.make(view, count)
        seeds = list(range(count))
        observations, infos = env.reset(seed=0)
        agent.reset(seeds)
        actions = agent.act(observations, [{"problem_id": each} for each in infos["problem_id"]])
        assert len(actions) == count
        assert all(env.single_action_space.contains(action) for action in actions)
    assert agent.cost().parameters == 0
    assert agent.trace() == ()


def test_the_majority_gives_the_commonest_answer_of_training() -> None:
    answers = [arithmetic.generate("train", 0, seed).answer for seed in range(1000)]
    commonest = max(answers.count(answer) for answer in set(answers))
    (said,) = MajorityTextAgent("arithmetic", 0).act(["anything"], [{}])
    assert answers.count(said.removeprefix("\\boxed{").removesuffix("}")) == commonest


@pytest.mark.parametrize("level", [*LEVELS, "02"])
def test_an_id_leads_back_to_its_problem(level: int | str) -> None:
    for split in ("train", "validation", "test"):
        problem = arithmetic.generate(split, level, 12345)  # type: ignore[arg-type]
        assert problem_of(problem.id) == problem


def test_what_cannot_play_is_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean 'oracle'"):
        registry.make("oracel", Place())
    with pytest.raises(UnknownName, match="unknown view 'arry': did you mean 'array'"):
        registry.make("random", Place(), "arry")
    with pytest.raises(UnknownName, match=r"unknown environment.*did you mean 'Reason-Arithmetic-v0'"):
        Place("Reason-Arithmetc-v0")
    with pytest.raises(BadConfig, match="needs a checkpoint"):
        registry.make("specialist", Place())
    with pytest.raises(BadConfig, match="plays in the array view"):
        registry.make("specialist", Place(), "text")
    with pytest.raises(BadConfig, match="no flawless policy is known for observations of 7"):
        flawless_hand(7)
