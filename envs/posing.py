"""What every environment of generated problems shares: which problem an episode poses, and how to save the stream.

`reset(seed=s)` poses the problem that the task generates for seed `s`, in every view; a reset without a seed goes on
with the environment's own stream of seeds.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeVar

import gymnasium as gym
import numpy as np
from gymnasium.error import InvalidAction, ResetNeeded

from ..tasks import registry
from ..tasks.errors import BadCheckpoint, BadConfig, ReasonError, UnknownName
from ..tasks.problem import Level, Problem, Task, Verdict, check_split
from .spaces import Prose

Observation = TypeVar("Observation")
Action = TypeVar("Action")

REWARDS = ("outcome", "shaped")
RENDER_MODES = ("ansi",)
STATE_VERSION = 2
"""raised when `get_state` keeps an episode in another form"""
ACTION_MASK = "action_mask"
"""key of an info: which actions mean something, as in Gymnasium's own environments"""
SEEDS = 2**62
"""problems that follow without a seed of their own have one below it"""


class UnsupportedRenderMode(ReasonError, TypeError):
    """A way of rendering that the environment does not have.

    A `TypeError` too: Stable-Baselines3's `make_vec_env` asks for "rgb_array" first and does without on a TypeError.
    It is made from a message alone, since `gymnasium.make` makes a TypeError again with more said.
    """


def check_render_mode(mode: str | None, modes: Sequence[str] = RENDER_MODES) -> str | None:
    """The mode, if there is such a one; raises UnsupportedRenderMode."""
    if mode is not None and mode not in modes:
        raise UnsupportedRenderMode(f"unknown render mode {mode!r}: expected one of {', '.join(modes)}")
    return mode


class Poser:
    """A task, a split and a level: problems from seeds, checked once.

    Raises:
        UnknownName: no such task or split.
        BadLevel: no such level, or it has no problem in the split.
    """

    def __init__(self, task: str, split: str, level: Level) -> None:
        self.task: Task = registry.load(task)
        self.split = check_split(split)
        self.level: Level = plain(level)
        self.task.generate(self.split, self.level, 0)

    def pose(self, seed: int | None, stream: np.random.Generator) -> Problem:
        """The problem of a seed, or of the next seed of the stream."""
        return self.generate(int(stream.integers(SEEDS)) if seed is None else int(seed))

    @property
    def origin(self) -> dict[str, Any]:
        """What the states of environments that pose these problems have in common."""
        task = {"task": self.task.NAME, "task_version": self.task.VERSION}
        # A problem's stream is named by the text of its level, so 2 and "2" are one.
        return {"state_version": STATE_VERSION, **task, "split": self.split, "level": str(self.level)}

    def generate(self, seed: int) -> Problem:
        """The problem of a seed."""
        return self.task.generate(self.split, self.level, seed)


def final_info(problem: Problem, verdict: Verdict, answer: str) -> dict[str, Any]:
    """What is told when an episode is over."""
    return {"problem_id": problem.id, "verdict": verdict.reason, "correct": verdict.correct, "answer": answer}


def check_choice(kind: str, value: str, known: tuple[str, ...]) -> str:
    """The value, if it is one of the known; raises UnknownName."""
    if value not in known:
        raise UnknownName(kind, value, known)
    return value


def check_flag(name: str, value: Any) -> bool:
    """The value as a Python one; raises BadConfig for what is neither true nor false."""
    if not isinstance(value, bool | np.bool_):
        raise BadConfig(f"{name}: expected True or False, got {reprlib.repr(value)}")
    return bool(value)


def plain(value: Any) -> Any:
    """The Python value of a number or text of numpy's, anything else as it is: `np.int64(2)` is a level and a seed."""
    return value.item() if isinstance(value, np.generic) else value


def check_posed(posed: bool, call: str) -> None:
    """Raises ResetNeeded if there is no episode yet for a call to go on with."""
    if not posed:
        raise ResetNeeded(f"{call}() before the first reset(): there is no problem yet")


_WHOLE = (int, np.int64)


def check_action(space: gym.Space[Any], action: Any, where: str = "action") -> None:
    """Raises InvalidAction for what is not in the space: what was expected, and what came.

    Every text is judged, one beyond the length of the space too: a model that runs on is wrong, not an error.
    """
    discrete = type(action) in _WHOLE and isinstance(space, gym.spaces.Discrete)
    if discrete and 0 <= int(action) - int(space.start) < int(space.n):  # type: ignore[attr-defined]
        return  # Gymnasium's own way to the same takes four times as long
    if space.contains(action) or (isinstance(space, Prose) and isinstance(action, str)):
        return
    wanted = f"a member of {space}"
    if isinstance(space, gym.spaces.Discrete):
        wanted = f"an integer from {space.start} to {space.start + space.n - 1}"
    raise InvalidAction(f"{where}: expected {wanted}, got {reprlib.repr(action)}")


def check_origin(state: Any, own: Mapping[str, Any]) -> None:
    """See that a saved state belongs to such an environment.

    Args:
        state: to be restored.
        own: what its `origin` has to be.

    Raises:
        BadCheckpoint: it is of another environment, or of another version of this library.
    """
    origin = state.get("origin") if isinstance(state, Mapping) else None
    if not isinstance(origin, Mapping):
        raise BadCheckpoint("the state does not say what it is of: expected one that get_state() of this version made")
    different = [
        f"{name}={origin.get(name)!r}, expected {mine!r}" for name, mine in own.items() if origin.get(name) != mine
    ]
    if different:
        raise BadCheckpoint(f"the state does not fit here: {', '.join(different)}; restore it where it is from")


def check_keys(what: str, state: Any, names: Sequence[str]) -> None:
    """Raises BadCheckpoint for a saved state, or a part of one, that lacks some of its own parts."""
    if not isinstance(state, Mapping):
        raise BadCheckpoint(f"{what}: expected one that get_state() made, got {type(state).__name__}")
    if lacking := [name for name in names if name not in state]:
        raise BadCheckpoint(f"{what} lacks {', '.join(lacking)}: expected one that get_state() of this version made")


class PosedEnv(gym.Env[Observation, Action]):
    """Base of the single environments: poses problems, renders text, saves and restores its episode exactly."""

    # Gymnasium warns at every rendering environment without a frame rate.
    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": 1}  # noqa: RUF012 - its declaration
    problem: Problem
    _volatile: tuple[str, ...] = ("problem",)

    def __init__(self, poser: Poser, render_mode: str | None = None) -> None:
        self.render_mode = check_render_mode(render_mode, self.metadata["render_modes"])
        self.poser = poser

    def _pose(self, seed: int | None, options: dict[str, Any] | None) -> dict[str, Any]:
        seed = plain(seed)
        super().reset(seed=seed, options=options)
        self.problem = self.poser.pose(seed, self.np_random)
        return {"problem_id": self.problem.id}

    def _check_posed(self, call: str) -> None:
        check_posed(hasattr(self, "problem"), call)

    def _check_step(self, over: bool, action: Any) -> None:
        """Raises ResetNeeded after the end, for a question is answered once, or InvalidAction."""
        if over:
            raise ResetNeeded("step() after the end of the episode: call reset() for the next problem")
        check_action(self.action_space, action)

    def render(self) -> Any:
        """What is at hand, as `render_mode` has it; None without one. Raises ResetNeeded."""
        if self.render_mode is None:
            return None
        self._check_posed("render")
        return self._rendered()

    def _rendered(self) -> Any:
        raise NotImplementedError

    def get_state(self) -> dict[str, Any]:
        """The episode and the random stream, as a copy that later steps leave alone. Raises ResetNeeded."""
        self._check_posed("get_state")
        state = {name: getattr(self, name) for name in self._volatile}
        stream = self.np_random.bit_generator.state
        return deepcopy({**state, "np_random": stream, "origin": self._origin()})

    def check_state(self, state: dict[str, Any]) -> None:
        """See that one can go back to a state, before anything changes. Raises BadCheckpoint."""
        check_origin(state, self._origin())
        check_keys("the state", state, (*self._volatile, "np_random"))
        if not isinstance(state["problem"], Problem):
            raise BadCheckpoint(f"the state: problem: expected one, got {type(state['problem']).__name__}")
        try:
            type(self.np_random.bit_generator)(0).state = state["np_random"]
        except (TypeError, ValueError, LookupError) as damage:
            raise BadCheckpoint(f"the state of the random stream is damaged: {damage}") from None

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned, here or in another such environment. Raises BadCheckpoint."""
        self.check_state(state)
        state = deepcopy(state)
        for name in self._volatile:
            setattr(self, name, state[name])
        self.np_random.bit_generator.state = state["np_random"]

    def _origin(self) -> dict[str, Any]:
        """What a state must be of to be restored here."""
        return {"environment": type(self).__name__, **self.poser.origin}
