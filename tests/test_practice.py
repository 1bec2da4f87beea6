"""Practice over whole episodes: what turns are worth, which tokens carry it, and what is told of an update."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gymnasium as gym
import pytest
import torch
from guesser import SHAPE, guesser
from guessing import GuessNumber
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import GrpoConfig, Memory, PpoConfig, ReinforceConfig, Sampling
from reason_arena.agents.language_model.forward import Reading, token_logprobs
from reason_arena.agents.language_model.grpo import Grpo, Reinforce, turn_advantages
from reason_arena.agents.language_model.heads import ScalarHead
from reason_arena.agents.language_model.ppo import Ppo
from reason_arena.agents.language_model.practice import Played, Practice, sequences, spread
from reason_arena.agents.learning.advantages import whiten
from reason_arena.agents.learning.batch import Completion, collate
from reason_arena.agents.learning.rollout import Episode
from reason_arena.agents.learning.validation import scores
from reason_arena.envs.guard import Guard
from reason_arena.tasks.errors import BadConfig

torch.set_num_threads(1)
TALK = (Completion((1,), (5, 6)), Completion((1, 5, 6, 9), (7,)), Completion((1, 9), (8,), finish_reason="length"))
"""two turns behind each other, and one after which all is forgotten"""


def played(*rewards: float, failed: str = "", truncated: bool = False) -> Played:
    """An episode that earned these, a turn each."""
    count = len(rewards)
    episode = Episode(
        seed=0, problem_id="", question="", return_=sum(rewards), rewards=rewards, length=count, terminated=False,
        truncated=truncated, correct=False, verdict="", answer="", transcript="", traces=TALK[:count], seconds=0.0,
        failed=failed,
    )  # fmt: skip
    return Played(episode, () if failed else TALK[:count], () if failed else rewards)


def test_validation_tells_what_is_solved_and_how_far_games_came() -> None:
    one = played(1.0).episode
    assert scores([replace(one, correct=True), one, one, one]) == {"score": 0.25}
    far = [replace(one, counts={"furthest": 4}), replace(one, counts={"furthest": 1}), one]
    assert scores(far) == {"score": 0.0, "score_furthest": 2.5}, "of those that tell it"


class Brief(GuessNumber):
    """Of a question that leaves room in a small context."""

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[str, dict[str, Any]]:
        _, info = super().reset(seed=seed, options=options)
        return "1 to 8", info


def game(memory: Memory | None = None, *, tokens: int = 3) -> LanguageModelAgent:
    """A guesser that plays several turns."""
    made = guesser()
    return LanguageModelAgent(made.model, made.text, Sampling(1.0, tokens), memory=memory)


def envs(make: Callable[[], gym.Env[str, str]], count: int) -> SyncVectorEnv:
    return SyncVectorEnv([lambda: Guard(make())] * count, autoreset_mode=AutoresetMode.DISABLED)


def test_an_episode_is_worth_its_return_and_a_turn_what_comes_from_it_on() -> None:
    episode = played(1.0, 0.0, 4.0)
    assert episode.worth("episode", 0.5) == [5.0, 5.0, 5.0]
    assert episode.worth("turn", 0.5) == [1 + 0.5 * (0 + 0.5 * 4), 0 + 0.5 * 4, 4.0]


def test_episodes_are_compared_with_those_of_their_group() -> None:
    group = [played(0.0, 1.0), played(0.0, 0.0, 0.0), played(4.0), played(failed="KeyError: 3")]
    # Returns 1, 0 and 4, of mean 5/3; the episode that failed is nobody to compare with.
    found = turn_advantages([*group, *[played(2.0)] * 4], GrpoConfig(group=4))
    assert found[0] == pytest.approx([1 - 5 / 3] * 2)
    assert found[1] == pytest.approx([0 - 5 / 3] * 3)
    assert found[2] == pytest.approx([4 - 5 / 3])
    assert found[3:] == [[], [0.0], [0.0], [0.0], [0.0]]


def test_turns_are_compared_with_the_same_turn_of_those_that_came_so_far() -> None:
    group = [played(0.0, 1.0), played(0.0, 0.0, 3.0), played(4.0)]
    config = ReinforceConfig(group=3, credit="turn", discount=0.5, baseline="leave_one_out")
    # First turns are worth 0.5, 0.75 and 4; second turns 1 and 1.5; the only third turn 3.
    first, second, third = turn_advantages(group, config, baseline=config.baseline)
    assert first == pytest.approx([0.5 - (0.75 + 4) / 2, 1 - 1.5])
    assert second == pytest.approx([0.75 - (0.5 + 4) / 2, 1.5 - 1, 0.0])
    assert third == pytest.approx([4 - (0.5 + 0.75) / 2])


def test_without_a_baseline_a_lonely_turn_counts_too() -> None:
    config = ReinforceConfig(group=2, credit="turn", baseline="none")
    assert turn_advantages([played(0.0, 3.0), played(1.0)], config, baseline="none") == [[3.0, 3.0], [1.0]]


def test_what_a_turn_is_worth_stands_on_its_own_tokens() -> None:
    rows = sequences([played(), played(0.0, 0.0, 1.0)])
    assert rows.owners == [1, 1]
    found = spread(rows, [[], [0.25, 0.5, 0.75]])
    assert [column.tolist() for column in found] == [[0.25, 0.25, 0.0, 0.5], [0.75]]


def practice(kind: Any, config: Any, agent: LanguageModelAgent | None = None, env: Any = None) -> Practice:
    stage: Practice = kind(config, agent or game(), env or envs(Brief, 4), 0)
    return stage


def test_a_completion_that_was_cut_is_left_out_alone() -> None:
    agent = game(tokens=2)
    config = GrpoConfig(questions=1, group=2, truncated="mask")
    stage = practice(Grpo, config, agent)
    rows = sequences([played(0.0, 0.0, 1.0)])
    (first, last) = stage.batch(rows, [0, 1], advantage=spread(rows, [[1.0] * 3])).mask.tolist()
    assert (first, last) == ([True, True, False, True], [False] * 4)
    # A turn in the middle of a sequence alike.
    middle = [replace(TALK[0], finish_reason="length"), TALK[1]]
    row = sequences([Played(played(0.0, 0.0).episode, tuple(middle), (0.0, 0.0))])
    assert stage.batch(row, [0], advantage=spread(row, [[1.0] * 2])).mask.tolist() == [[False, False, False, True]]


@pytest.mark.parametrize("memory", [Memory(), Memory("last", 1)])
@pytest.mark.parametrize(("bootstrap", "beta"), [(False, 0.0), (True, 0.1)])
def test_an_episode_in_pieces_has_the_advantages_of_one_chain(memory: Memory, bootstrap: bool, beta: float) -> None:
    gamma, lam = 0.9, 0.8
    config = PpoConfig(
        questions=3, group=2, minibatches=1, gamma=gamma, gae_lambda=lam, bootstrap=bootstrap, whiten=False, beta=beta
    )
    agent, reference = game(memory), models.build(SHAPE, seed=5)
    stage = Ppo(config, agent, envs(Brief, 4), 0, reference)
    torch.nn.init.normal_(stage.heads["value"].weight, generator=torch.Generator().manual_seed(0))  # type: ignore[arg-type]
    kept, everything = stage.play(0)
    assert kept == everything
    assert any(each.episode.truncated for each in kept)
    assert any(each.return_ for each in kept)
    (batch,), _ = stage.learn_from(kept, sequences(kept))
    got = [iter(row[mask].tolist()) for row, mask in zip(batch.advantage, batch.mask, strict=True)]
    row = 0
    for episode in kept:
        # A pass for every turn by itself, in the order of play.
        values, rewards = list[float](), list[float]()
        for turn, reward in zip(episode.turns, episode.rewards, strict=True):
            with torch.no_grad():
                reading = Reading(agent.model, collate([turn]), last=True)
                values += reading.values(head(stage))[0].tolist()
                behind = reading.ends(head(stage)).item()
                start = token_logprobs(reference, collate([turn])).logprobs[0].tolist()
            rewards += [beta * (there - here) for here, there in zip(turn.logprobs, start, strict=True)]
            rewards[-1] += reward
        values.append(behind if bootstrap and episode.episode.truncated else 0.0)
        expected, ahead = list[float](), 0.0
        for step in reversed(range(len(rewards))):
            ahead = rewards[step] + gamma * values[step + 1] - values[step] + gamma * lam * ahead
            expected.insert(0, ahead)
        pieces = len(sequences([episode]).trajectories)
        assert pieces == (1 if memory.policy == "full" else max(1, len(episode.turns) - 1))
        found = [value for each in got[row : row + pieces] for value in each]
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)
        row += pieces
    assert row == len(batch)


def head(stage: Practice) -> ScalarHead:
    found = stage.heads["value"]
    assert isinstance(found, ScalarHead)
    return found


def test_advantages_of_an_update_are_whitened_together() -> None:
    settings: dict[str, Any] = {"questions": 3, "group": 2, "minibatches": 1}
    plain, white = (practice(Ppo, PpoConfig(**settings, whiten=whiten)).data(0).batches[0] for whiten in (False, True))
    torch.testing.assert_close(white.advantage, whiten(plain.advantage, plain.mask))


class Fragile(Brief):
    """Raises on odd numbers."""

    def step(self, action: str) -> Any:
        assert self.secret is not None
        if self.secret % 2:
            raise RuntimeError("out of paper")
        return super().step(action)


@pytest.mark.parametrize("kind", [Grpo, Ppo, Reinforce])
def test_episodes_that_failed_are_counted_and_nothing_else(kind: Any) -> None:
    made = {Grpo: GrpoConfig, Ppo: PpoConfig, Reinforce: ReinforceConfig}[kind]
    stage = practice(kind, made(questions=8, group=3, minibatches=1), env=envs(Fragile, 5))
    kept, _ = stage.play(0)
    whole = [each for each in kept if not each.episode.failed]
    assert 0 < len(whole) < len(kept)
    data = stage.data(0)
    told = data.metrics
    assert told["failed"] == len(kept) - len(whole)
    assert told["reward"] == pytest.approx(sum(each.return_ for each in whole) / len(whole))
    assert told["correct"] == pytest.approx(sum(each.episode.correct for each in whole) / len(whole))
    assert told["turns"] == pytest.approx(sum(len(each.turns) for each in whole) / len(whole))
    # What was drawn for them was paid for all the same.
    assert data.drawn == sum(len(turn.token_ids) for each in kept for turn in each.episode.traces)
    learnt = sum(batch.chosen for batch in data.batches)
    assert learnt <= sum(len(turn.token_ids) for each in whole for turn in each.turns) < data.drawn


class Broken(Brief):
    """Always raises."""

    def step(self, action: str) -> Any:
        raise RuntimeError("out of paper")


def test_an_environment_that_always_fails_is_told_with_its_reason() -> None:
    stage = practice(Grpo, GrpoConfig(questions=2, group=2), env=envs(Broken, 4))
    with pytest.raises(BadConfig, match="failed in all of 4 episodes, in the first with RuntimeError: out of paper"):
        stage.data(0)


class Strict(Brief):
    """One try, and some numbers nobody is paid for."""

    def __init__(self) -> None:
        super().__init__(tries=1)

    def step(self, action: str) -> Any:
        reply, reward, terminated, truncated, info = super().step(action)
        return reply, reward * (self.secret in (3, 4)), terminated, truncated, info


def test_what_was_resampled_is_told_of_too() -> None:
    config = GrpoConfig(questions=6, group=4, resample=3)
    stage = practice(Grpo, config, env=envs(Strict, 8))
    kept, everything = stage.play(0)
    assert len(kept) == 24 < len(everything)
    assert sum(each.return_ for each in kept) > 0
    # The groups that stay are those of the last round or such as differ within.
    first = everything[:24]
    for start in range(0, 24, 4):
        group = [each.return_ for each in first[start : start + 4]]
        assert (len(set(group)) > 1) == (kept[start] is first[start])
    data = stage.data(0)
    assert data.episodes == len(everything)
    assert data.metrics["reward"] == pytest.approx(sum(each.return_ for each in everything) / len(everything))
    assert data.drawn == sum(len(turn.token_ids) for each in everything for turn in each.turns)


@pytest.mark.parametrize("name", ["minibatches", "epochs"])
def test_the_plain_policy_gradient_takes_one_step_an_update(name: str) -> None:
    with pytest.raises(BadConfig, match=rf"reinforce\.{name}=2: expected 1, .*; grpo and ppo do"):
        ReinforceConfig(**{name: 2})


def test_the_policy_gradient_is_divided_by_all_that_was_sampled() -> None:
    stage = practice(Reinforce, ReinforceConfig(questions=16, group=8), env=envs(Strict, 8))
    kept, _ = stage.play(0)
    data = stage.data(0)
    (batch,) = data.batches
    assert 0 < data.metrics["constant_groups"] < 1
    assert len(batch) == round(128 * (1 - data.metrics["constant_groups"]))
    assert stage.total(batch) == len(sequences(kept).trajectories) == 128


@pytest.mark.parametrize("memory", [Memory(), Memory("last", 1)])
def test_an_episode_in_pieces_counts_once_in_that_divisor(memory: Memory) -> None:
    stage = practice(Reinforce, ReinforceConfig(questions=8, group=4), agent=game(memory), env=envs(Brief, 8))
    kept, _ = stage.play(0)
    (batch,) = stage.data(0).batches
    rows = len(sequences(kept).trajectories)
    assert rows == 32 if memory.policy == "full" else rows > 32
    assert stage.total(batch) == 32
