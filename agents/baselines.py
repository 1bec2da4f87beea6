"""Agents that learn nothing: the floor (`random`), what guessing well is worth (`majority`), the ceiling (`oracle`)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from ..envs.hands import COUNT, COUNT_CARRY, COUNTER_SIZE, MARK, NEXT, NOTHING, PEN_SIZE
from ..envs.posing import ACTION_MASK as MASK
from ..tasks import registry
from ..tasks.errors import BadConfig, BadLevel
from ..tasks.problem import Level, Problem
from .agent import Agent, View
from .learning.rollout import rollout

Array = NDArray[Any]
_SAMPLE = 1000
"""training problems that the majority agents have seen"""


class RandomTextAgent(Agent):
    """Answers with an integer of at most as many digits as the longest number in the question."""

    name = "random"
    view: ClassVar[View] = "text"

    def reset(self, seeds: Sequence[int], repeats: Sequence[int] = ()) -> None:
        """Draw from a stream of these seeds."""
        self._stream = np.random.default_rng([*seeds, *(repeats if any(repeats) else ())])

    def act(self, observations: Sequence[str], infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        """A boxed guess a row."""
        lengths = (max(map(len, re.findall(r"\d+", text)), default=1) for text in observations)
        guesses = ("".join(map(str, self._stream.integers(0, 10, length))) for length in lengths)
        return tuple(f"\\boxed{{{int(guess)}}}" for guess in guesses)


class RandomWordsAgent(Agent):
    """Says one of some texts.

    Args:
        texts: of which each is as likely as any other.
    """

    name = "random"
    view: ClassVar[View] = "text"

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = tuple(texts)

    def reset(self, seeds: Sequence[int], repeats: Sequence[int] = ()) -> None:
        """Draw from a stream of these seeds."""
        self._stream = np.random.default_rng([*seeds, *(repeats if any(repeats) else ())])

    def act(self, observations: Sequence[str], infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        """A text a row."""
        return tuple(self.texts[index] for index in self._stream.integers(len(self.texts), size=len(observations)))


class RandomArrayAgent(Agent):
    """Uniform over the actions, or over those that the environment's masks allow."""

    name = "random"
    view: ClassVar[View] = "array"

    def __init__(self, actions: int) -> None:
        self.actions = actions

    def reset(self, seeds: Sequence[int], repeats: Sequence[int] = ()) -> None:
        """Draw from a stream of these seeds."""
        self._stream = np.random.default_rng([*seeds, *(repeats if any(repeats) else ())])

    def act(self, observations: Array, infos: Sequence[dict[str, Any]]) -> Array:
        """An action a row, (n,)."""
        if not all(MASK in info for info in infos):
            return self._stream.integers(0, self.actions, len(observations))
        masks = np.stack([info[MASK] for info in infos])
        drawn: Array = (masks * self._stream.random(masks.shape)).argmax(1)
        return drawn


class OracleTextAgent(Agent):
    """Writes the task's own worked solution.

    Every agent's info names the problem in `problem_id`; the oracle alone turns that name back into the problem.
    """

    name = "oracle"
    view: ClassVar[View] = "text"
    deterministic = True

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def act(self, observations: Sequence[str], infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        """A solution a row."""
        if all("problem_id" in info for info in infos):
            self._problems = [problem_of(info["problem_id"]) for info in infos]
        return tuple(registry.load(problem.task).solution(problem) for problem in self._problems)


def problem_of(problem_id: str) -> Problem:
    """The problem behind an id such as "arithmetic-v1/test/2/17".

    Raises:
        UnknownName: no such task or split.
        BadLevel: no such level.
    """
    head, split, rest = problem_id.split("/", 2)
    level, _, index = rest.rpartition("/")  # a level may hold the operator //
    task = registry.load(head.rpartition("-v")[0])
    # "02" is another name of level 2, and its seeds yield other problems.
    number = level.isdecimal() and level == str(int(level))
    return task.generate(split, int(level) if number else level, int(index))  # type: ignore[arg-type]


class OracleArrayAgent(Agent):
    """Plays a flawless hand from what every agent sees: the observation."""

    name = "oracle"
    view: ClassVar[View] = "array"
    deterministic = True

    def act(self, observations: Array, infos: Sequence[dict[str, Any]]) -> Array:
        """The right action a row, (n,)."""
        return flawless_hand(observations.shape[1])(observations)


def flawless_hand(size: int) -> Callable[[Array], Array]:
    """The policy of a flawless hand for observations of that size. Raises BadConfig if none is known."""
    hands = {COUNTER_SIZE: flawless_counter, PEN_SIZE: flawless_pen}
    if size not in hands:
        raise BadConfig(f"oracle: no flawless policy is known for observations of {size} numbers")
    return hands[size]


def flawless_counter(view: Array) -> Array:
    """Count while units are left, use up the carry, mark an overflow at once, then go on; (n, 30) -> (n,)."""
    register, units = view[:, :10].argmax(1), view[:, 10:20].argmax(1)
    last, up = view[:, 22:26].argmax(1), view[:, 27] == 1
    carry, marked, carriage = view[:, 20] == 1, view[:, 21] == 1, view[:, 29] == 1
    moved = (last == COUNT) | (last == COUNT_CARRY)
    overflow = moved & ~marked & (register == np.where(up, 0, 9)) & ~carriage
    counting = np.where(units > 0, COUNT, NEXT)
    return np.where(overflow, MARK, np.where(carry, COUNT_CARRY, counting))


def flawless_pen(view: Array) -> Array:
    """Write the column's digit, then what is carried; (n, 111) -> (n,)."""
    kind = view[:, :4].argmax(1)
    x, y, partial, note, written = (view[:, 6 + 21 * i : 17 + 21 * i].argmax(1) for i in range(5))
    partial = np.where(partial == NOTHING, 0, partial)
    value = np.choose(kind, [x + y + note, x - y - note, x * y + partial + note, 10 * note + x])
    divisor = np.maximum(y, 1)
    digit = np.where(kind == 3, value // divisor, value % 10)
    carried = np.choose(kind, [value // 10, value < 0, value // 10, value % divisor])
    action: Array = np.clip(np.where(written == NOTHING, digit, carried), 0, 9)
    return action


def _practised(task: str, level: Level) -> Level:
    """The level, or the first one of the task if it is held out from training."""
    try:
        registry.load(task).generate("train", level, 0)
    except BadLevel:
        return min(registry.load(task).levels())
    return level


class MajorityTextAgent(Agent):
    """Always gives the answer that is most common among training problems, of the level if it can be trained on."""

    name = "majority"
    view: ClassVar[View] = "text"
    deterministic = True

    def __init__(self, task: str, level: Level) -> None:
        generate, level = registry.load(task).generate, _practised(task, level)
        answers = Counter(generate("train", level, seed).answer for seed in range(_SAMPLE))
        self.answer = min(answers, key=lambda answer: (-answers[answer], answer))

    def act(self, observations: Sequence[str], infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        """The same answer for all."""
        return (f"\\boxed{{{self.answer}}}",) * len(observations)


class _Recorder(Agent):
    view: ClassVar[View] = "array"

    def __init__(self, oracle: Agent) -> None:
        self.oracle = oracle
        self.counts: Counter[int] = Counter()

    def act(self, observations: Array, infos: Sequence[dict[str, Any]]) -> Array:
        actions: Array = self.oracle.act(observations, infos)
        self.counts.update(actions.tolist())
        return actions


class MajorityArrayAgent(Agent):
    """Always takes the action that an oracle takes most often in training episodes.

    Args:
        oracle: of the environment.
        env_id: the environment.
        level: of it, if it can be trained on.
        options: of its array view.
    """

    name = "majority"
    view: ClassVar[View] = "array"
    deterministic = True

    def __init__(self, oracle: Agent, env_id: str, level: Level, **options: Any) -> None:
        recorder = _Recorder(oracle)
        options |= {"view": "array", "split": "train", "level": _practised(registry.task_of(env_id), level)}
        rollout(gym.make_vec(env_id, num_envs=32, **options), recorder, range(32))
        self.action = min(recorder.counts, key=lambda action: (-recorder.counts[action], action))

    def act(self, observations: Array, infos: Sequence[dict[str, Any]]) -> Array:
        """The same action for all, (n,)."""
        return np.full(len(observations), self.action)
