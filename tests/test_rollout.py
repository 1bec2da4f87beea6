"""The loop between agents and environments, on small environments of plain Gymnasium."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from reason_arena.agents.agent import Agent
from reason_arena.agents.learning.infos import split_infos
from reason_arena.agents.learning.progress import Metrics, Progress, read_lines
from reason_arena.agents.learning.rollout import OVER, rollout, sound
from reason_arena.arena.lines import line
from reason_arena.envs.guard import Guard
from reason_arena.tasks.errors import BadConfig

TEXT = spaces.Text(max_length=20, charset="abcdefghijklmnopqrstuvwxyz0123456789 ")


class Count(gymnasium.Env[str, str]):
    """Seed s asks for s % 4 + 1 words; each is worth 1, and a word "stop" ends at once. Too long is truncated."""

    observation_space = action_space = TEXT

    def __init__(self, patience: int = 99) -> None:
        self.patience = patience

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[str, dict[str, Any]]:
        self.seed = 0 if seed is None else seed
        self.said: list[str] = []
        return f"say {self.seed % 4 + 1}", {"problem_id": f"count {self.seed}"}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        self.said.append(action)
        done = action == "stop" or len(self.said) == self.seed % 4 + 1
        truncated = not done and len(self.said) >= self.patience
        info: dict[str, Any] = {}
        if done or truncated:
            correct = done and action != "stop"
            verdict = "correct" if correct else "wrong"
            info = {"problem_id": f"count {self.seed}", "correct": correct, "verdict": verdict, "answer": action}
        return f"said {len(self.said)}", 1.0, done, truncated, info


class Digits(gymnasium.Env[Any, Any]):
    """Numbers in, numbers out: one step, right if the action is the seed's last digit."""

    observation_space = spaces.Box(0, 9, (1,))
    action_space = spaces.Discrete(10)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        self.digit = (seed or 0) % 10
        return np.array([self.digit], np.float32), {"action_mask": np.ones(10, np.int8)}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        right = int(action) == self.digit
        info = {"correct": right, "verdict": "correct" if right else "wrong", "scratchpad": f"wrote {action}"}
        return np.array([0], np.float32), float(right), True, False, info


class Talker(Agent):
    """Says the seed and the turn; remembers what it was told and asked."""

    name, view = "talker", "text"

    def __init__(self, word: str = "") -> None:
        self.word = word
        self.resets: list[list[int]] = []
        self.over: list[list[bool]] = []

    def reset(self, seeds: Sequence[int], repeats: Sequence[int] = ()) -> None:
        self.resets.append(list(seeds))
        self.turn = 0

    def act(self, observations: Any, infos: Sequence[dict[str, Any]]) -> Any:
        assert isinstance(observations, tuple)
        self.turn += 1
        self.over.append([OVER in info for info in infos])
        return tuple(self.word or f"{seed} {self.turn}" for seed in self.resets[-1])

    def trace(self) -> Sequence[Any]:
        return [("turn", self.turn)] * len(self.resets[-1])


class Knower(Agent):
    name, view = "knower", "array"

    def act(self, observations: Any, infos: Sequence[dict[str, Any]]) -> Any:
        assert all("action_mask" in info for info in infos)
        return observations[:, 0].astype(np.int64)


def vector(make: Any, count: int, mode: AutoresetMode = AutoresetMode.SAME_STEP) -> Any:
    return SyncVectorEnv([make] * count, autoreset_mode=mode)


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_episodes_come_in_the_order_of_the_seeds_and_end_where_they_end(mode: AutoresetMode) -> None:
    episodes = rollout(vector(Count, 3, mode), Talker(), [3, 4, 5, 2, 7])
    assert [episode.seed for episode in episodes] == [3, 4, 5, 2, 7]
    assert [episode.length for episode in episodes] == [4, 1, 2, 3, 4]
    assert [episode.return_ for episode in episodes] == [4, 1, 2, 3, 4]
    assert [episode.problem_id for episode in episodes] == ["count 3", "count 4", "count 5", "count 2", "count 7"]
    assert all(episode.correct and episode.terminated and not episode.truncated for episode in episodes)
    last = episodes[2]
    assert last.question == "say 2"
    assert last.transcript == "5 1\n5 2"
    assert (last.answer, last.verdict, last.traces) == ("5 2", "correct", (("turn", 1), ("turn", 2)))
    assert last.seconds > 0
    assert (last.replies, episodes[4].replies) == (("said 1", "said 2"), ("said 1", "said 2", "said 3", "said 4"))


def test_rows_that_are_over_and_rows_that_fill_up_say_so() -> None:
    agent = Talker()
    rollout(vector(Count, 3), agent, [1, 0, 2, 0])
    assert agent.resets == [[1, 0, 2], [0, 0, 0]]
    assert agent.over == [[False] * 3, [False, True, False], [True, True, False], [False, True, True]]


def test_truncation_is_not_termination() -> None:
    (episode,) = rollout(vector(lambda: Count(patience=2), 1), Talker(), [3])
    assert (episode.terminated, episode.truncated, episode.correct, episode.return_) == (False, True, False, 2.0)


def test_the_same_seed_twice_is_the_same_problem_twice() -> None:
    first, second = rollout(vector(Count, 2), Talker("stop"), [6, 6])
    assert first.question == second.question == "say 3"
    assert (first.verdict, first.correct) == ("wrong", False)


def test_numbers_work_as_words_do() -> None:
    episodes = rollout(vector(Digits, 4), Knower(), range(6))
    assert [episode.correct for episode in episodes] == [True] * 6
    assert [episode.transcript for episode in episodes] == [f"wrote {i}" for i in range(6)]
    assert episodes[0].question == ""
    assert episodes[0].traces == ()


def test_no_seeds_no_episodes() -> None:
    assert rollout(vector(Count, 2), Talker(), []) == []


class Counter(Talker):
    """Says its row's seed and its row's turn, and counts how often it is asked."""

    def reset(self, seeds: Sequence[int], repeats: Sequence[int] = ()) -> None:
        super().reset(seeds, repeats)
        self.seeds, self.repeats, self.turns = list(seeds), list(repeats), [0] * len(seeds)
        self.asked = 0

    def begin(self, rows: Sequence[int], seeds: Sequence[int], repeats: Sequence[int]) -> None:
        for row, seed, repeat in zip(rows, seeds, repeats, strict=True):
            self.seeds[row], self.repeats[row], self.turns[row] = seed, repeat, 0

    def act(self, observations: Any, infos: Sequence[dict[str, Any]]) -> Any:
        self.asked += 1
        self.turns = [turn + 1 for turn in self.turns]
        return tuple(
            "" if OVER in info else f"{seed} {repeat} {turn}"
            for info, seed, repeat, turn in zip(infos, self.seeds, self.repeats, self.turns, strict=True)
        )

    def trace(self) -> Sequence[Any]:
        return list(zip(self.seeds, self.turns, strict=True))


def test_a_row_that_is_free_begins_the_next_episode_at_once() -> None:
    agent = Counter()
    seeds = [3, 0, 4, 0, 0, 3, 3]  # lengths 4, 1, 1, 1, 1, 4, 4
    episodes = rollout(vector(Count, 2, AutoresetMode.DISABLED), agent, seeds)
    assert [episode.seed for episode in episodes] == seeds
    assert [episode.length for episode in episodes] == [4, 1, 1, 1, 1, 4, 4]
    assert episodes[5].transcript == "3 1 1\n3 1 2\n3 1 3\n3 1 4"  # the second time that this seed is played
    assert episodes[6].transcript == "3 2 1\n3 2 2\n3 2 3\n3 2 4"
    # Rows of 4 + 4 and 1 + 1 + 1 + 1 + 4 steps; batches of two would take 4 + 1 + 4 + 4.
    assert agent.asked == 8
    apart = rollout(vector(Count, 3), Counter(), seeds)
    keys = ("return_", "verdict", "problem_id", "transcript", "question", "terminated")
    for one, other in zip(episodes, apart, strict=True):
        assert all(getattr(one, key) == getattr(other, key) for key in keys if key != "transcript")


class Game(Count):
    """Ends with a record and a count of what was said."""

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        told, reward, done, truncated, info = super().step(action)
        if done:
            info |= {"pgn": f"game {self.seed}", "counts": {"moves": len(self.said)}, "termination": "silence"}
            if self.seed == 2:
                info["counts"] |= {"illegal": 7, "steps": 11}
        return told, reward, done, truncated, info


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_a_game_leaves_its_record_its_counts_and_how_it_ended(mode: AutoresetMode) -> None:
    episodes = rollout(vector(Game, 2, mode), Talker(), [1, 2, 0])
    assert [episode.record for episode in episodes] == ["game 1", "game 2", "game 0"]
    counted = {"moves": 3, "illegal": 7, "steps": 11}
    assert [episode.counts for episode in episodes] == [{"moves": 2}, counted, {"moves": 1}]
    assert [episode.env_steps for episode in episodes] == [2, 11, 1], "the environment's count, else the actions"
    assert all(type(number) is int for episode in episodes for number in episode.counts.values())
    assert {episode.termination for episode in episodes} == {"silence"}
    (plain,) = rollout(vector(Count, 1, mode), Talker(), [1])
    assert (plain.record, plain.counts, plain.termination) == ("", {}, "")
    told = line(Talker(), replace(episodes[1], problem_id="arithmetic-v1/test/2/2", traces=()))
    assert (told["record"], told["termination"]) == ("game 2", "silence")
    assert json.loads(json.dumps(told))["counts"] == counted


class Broken(Count):
    """Breaks on some seeds, in the first step or in reset."""

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.seed = seed
        if seed == 9:
            raise KeyError("no such level")
        return super().reset(seed=seed, options=options)

    def step(self, action: str) -> Any:
        if self.seed == 4:
            raise RuntimeError("out of paper")
        return super().step(action)


@pytest.mark.parametrize("mode", [AutoresetMode.DISABLED, AutoresetMode.SAME_STEP])
def test_an_environment_that_raises_ends_its_own_episode_alone(mode: AutoresetMode) -> None:
    episodes = rollout(vector(lambda: Guard(Broken()), 2, mode), Counter(), [3, 4, 9, 2, 3])
    assert [episode.failed for episode in episodes] == [
        "",
        "RuntimeError: out of paper",
        "KeyError: 'no such level'",
        "",
        "",
    ]
    assert [episode.length for episode in episodes] == [4, 1, 1, 3, 4]
    assert [episode.correct for episode in episodes] == [True, False, False, True, True]
    assert [episode.seed for episode in sound(episodes)] == [3, 2, 3]
    with pytest.raises(BadConfig, match="failed in all of 2 episodes, in the first with RuntimeError: out of paper"):
        sound(episodes[1:3])
    assert sound([]) == []


def test_infos_are_split_by_their_masks() -> None:
    infos = {
        "a": np.array([1, 2]), "_a": np.array([True, False]),
        "terms": {"b": np.array([3, 4]), "_b": np.array([False, True])}, "_terms": np.array([False, True]),
        "bare": ["x", "y"],
    }  # fmt: skip
    assert split_infos(infos, 2) == [{"a": 1, "bare": "x"}, {"terms": {"b": 4}, "bare": "y"}]


def test_a_record_resumed_holds_the_lines_of_an_unbroken_one(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "metrics.jsonl"
    with Metrics(path, after=-1) as metrics:
        for update in range(4):
            metrics.write({"update": update, "loss": update / 2})
    path.write_text(path.read_text() + '{"update": 4, "lo')  # killed in the middle of a line
    with Metrics(path, after=2) as metrics:
        metrics.write({"update": 3, "loss": 7})
    assert read_lines(path) == [
        *({"update": update, "loss": update / 2} for update in range(3)),
        {"update": 3, "loss": 7},
    ]


def test_progress_off_a_terminal_is_plain_lines_and_silent_when_quick() -> None:
    stream = io.StringIO()
    with Progress("counting", 3, stream=stream) as progress:
        progress.advance(2, loss=0.5)
        progress.say("half way")
        progress.advance(1)
    assert progress.done == 3
    assert stream.getvalue() == "half way\n"


def test_time_left_is_told_from_what_was_done_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reason_arena.agents.learning.progress.LINE_SECONDS", 0)
    stream = io.StringIO()
    progress = Progress("counting", 2, stream=stream)
    progress._began -= 6000
    progress.advance(0, loss=0.5)
    progress.advance(0.5)
    assert stream.getvalue().splitlines() == [
        "counting: 0/2 updates, loss 0.5, begun",
        "counting: 0/2 updates, loss 0.5, 5 h 0 min left",
    ]


def test_who_gives_up_later_on_still_tells_which_problem_it_was() -> None:
    """The second answer is not given: what is known of the episode was told when it began."""

    class Tired(Agent):
        name, view = "tired", "text"
        acted = 0

        def act(self, observations: tuple[str, ...], infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
            self.acted += 1
            return ("wrong",)

        def resigned(self) -> tuple[str, ...]:
            return ("tired" if self.acted == 2 else "",)

    env = gymnasium.make_vec("Reason-Arithmetic-v0", num_envs=1, view="text", level=2, split="test", max_attempts=3)
    (episode,) = rollout(env, Tired(), [4])
    told = line(Tired(), episode)
    assert (told["problem_id"], told["verdict"], told["length"]) == ("arithmetic-v1/test/2/4", "too_long", 1)
