"""The environments of one worker of a pool, which write into their rows of the shared block."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from ...tasks.pokemon.array_view import SPACES
from ...tasks.pokemon.progress import Measures
from ..posing import ACTION_MASK
from .array import SCREEN, PokemonArrayEnv
from .pool_block import Block, Field
from .text import PokemonTextEnv

REWARD_TERMS = "reward_terms"
"""key of an info"""
_TERMS = {name: place for place, name in enumerate(Measures._fields)}


class Setup(NamedTuple):
    """What a worker is told at its start."""

    view: str
    options: dict[str, Any]
    """of the single environments"""
    rows: range
    """of the block that are its own"""
    layout: tuple[Field, ...]
    num_envs: int
    """rows of the block"""
    same_step: bool
    """whether an environment that ends begins its next episode in the same step, or waits to be reset"""


class Ended(NamedTuple):
    """An episode that ended in a step, and the one that began in it, if one did."""

    row: int
    final_obs: Any
    final_info: dict[str, Any]
    """empty where no other began"""
    info: dict[str, Any]
    """of the beginning of the other one, else of the end"""
    stream: dict[str, Any]
    """the environment's random stream after that, from which the problems of later episodes come"""


class Begun(NamedTuple):
    """An episode that began outside of a step, or was gone back to."""

    row: int
    text: str
    info: dict[str, Any]
    stream: dict[str, Any]
    over: bool
    """as a game may be that was gone back to"""


class Rows:
    """Environments that write into their rows of the block.

    Args:
        setup: which, and where.
        memory: of the block.
    """

    def __init__(self, setup: Setup, memory: Any) -> None:
        self._text = setup.view == "text"
        kind: Any = PokemonTextEnv if self._text else PokemonArrayEnv
        self.rows = setup.rows
        self.envs: list[Any] = [kind(**setup.options) for _ in setup.rows]
        self._block = Block(setup.layout, setup.num_envs, memory)
        seen = self._block.observations
        arrays = [*(seen[name] for name in (*SPACES, SCREEN) if name in seen), self._block["mask"]]
        self._cells = [[memoryview(array[row]).cast("B") for array in arrays] for row in setup.rows]
        """places for what each sees, and may do"""
        own = slice(setup.rows.start, setup.rows.stop)
        self._choices, self._counts = self._block["action"][own], self._block["counts"][own]
        self._terms, self._paid = self._block["terms"][own], self._block["paid"][own]
        self._ends = [self._block[name][own] for name in ("reward", "terminated", "truncated")]
        self._shaped = self.envs[0].reward == "shaped"
        self._same_step = setup.same_step
        self._reached = [0] * len(setup.rows)
        """milestones, as the block has them"""
        self._actions: Sequence[str] = ()

    def origin(self) -> dict[str, Any]:
        """What states of the environments are of."""
        origin: dict[str, Any] = self.envs[0]._origin()
        return origin

    def step(self) -> dict[str, Any]:
        """One step of each with the actions of the block. Returns what is not in the block, if there is anything."""
        self._paid[:] = False
        told = self._step_texts() if self._text else self._step_arrays()
        self._count()
        return told

    def _step_arrays(self) -> dict[str, Any]:
        """No arrays of one environment's own are made: what it sees is written where it is read."""
        ended, ends = [], []
        for place, (env, action) in enumerate(zip(self.envs, self._choices.tolist(), strict=True)):
            reward, terminated, truncated, info = env._press(action)
            ends.append((reward, terminated, truncated))
            over = terminated or truncated
            if self._shaped and (terms := info[REWARD_TERMS]):
                self._write_terms(place, terms)
            if over:
                ended.append(self._end(place, env._observe(), info)[0])
            self._write(place, over)
        self._write_ends(ends)
        return {"ended": ended} if ended else {}

    def _step_texts(self) -> dict[str, Any]:
        ended, infos, texts, ends = [], {}, [], []
        for place, (row, env) in enumerate(zip(self.rows, self.envs, strict=True)):
            text, reward, terminated, truncated, info = env.step(self._actions[place])
            ends.append((reward, terminated, truncated))
            over = terminated or truncated
            if self._shaped:
                self._write_terms(place, info[REWARD_TERMS])
            if over:
                end, text = self._end(place, text, info)
                ended.append(end)
            elif more := _plain(info):
                infos[row] = more
            self._write(place, over)
            texts.append(text)
        self._write_ends(ends)
        return {"ended": ended, "texts": texts, "infos": infos}

    def _end(self, place: int, last: Any, info: dict[str, Any]) -> tuple[Ended, Any]:
        """An episode is over, and another begins if it is to be in the same step: what is told of it, and seen now."""
        row = self.rows[place]
        if not self._same_step:
            return Ended(row, None, {}, _plain(info), self._stream(place)), last
        seen, begun = self.envs[place].reset()
        return Ended(row, last, info, _plain(begun), self._stream(place)), seen

    def step_texts(self, actions: Sequence[str]) -> dict[str, Any]:
        """One step of each with these actions."""
        self._actions = actions
        return self.step()

    def _write(self, place: int, fresh: bool = True) -> None:
        """What an environment sees and may do now, and the milestones of an episode that is new or has reached one."""
        env = self.envs[place]
        if not self._text:
            env._observe_into(self._cells[place])
        count = env.game.progress.milestones.count
        if fresh or count != self._reached[place]:
            self._block["milestone steps"][self.rows[place]], self._reached[place] = env.milestone_steps, count

    def _write_ends(self, ends: Sequence[tuple[float, bool, bool]]) -> None:
        for array, values in zip(self._ends, zip(*ends, strict=True), strict=True):
            array[:] = values

    def _write_terms(self, place: int, terms: dict[str, float]) -> None:
        for name, value in terms.items():
            column = _TERMS[name]
            self._terms[place, column] = value
            self._paid[place, column] = True

    def _count(self) -> None:
        """What the agents did so far; of all at once, for numpy takes as long over one row as over all."""
        self._counts[:] = [
            (*vars(env.player.counts).values(), env.game.progress.step, env.game.presses, env.game.blocked)
            for env in self.envs
        ]

    def reset(self, rows: Sequence[int], seeds: Sequence[int | None], options: dict[str, Any] | None) -> list[Begun]:
        """Begin episodes in these rows of the block."""
        begun = [self._begin(row, seed, options) for row, seed in zip(rows, seeds, strict=True)]
        self._count()
        return begun

    def _begin(self, row: int, seed: int | None, options: dict[str, Any] | None) -> Begun:
        place = row - self.rows.start
        env = self.envs[place]
        observation, info = env.reset(seed=seed, options=options)
        self._write(place)
        return self._begun(row, observation, _plain(info))

    def _begun(self, row: int, observation: Any, info: dict[str, Any]) -> Begun:
        place = row - self.rows.start
        over = self.envs[place].game.over
        return Begun(row, observation if self._text else "", info, self._stream(place), over)

    def _stream(self, place: int) -> dict[str, Any]:
        stream: dict[str, Any] = self.envs[place].np_random.bit_generator.state
        return stream

    def restore(self, streams: Sequence[dict[str, Any] | None], starts: Sequence[str | bytes | None]) -> None:
        """Go on with the random streams and next starts of a worker that was lost."""
        for env, stream, start in zip(self.envs, streams, starts, strict=True):
            if stream is not None:
                env.np_random.bit_generator.state = stream
            env.next_start = start

    def check_starts(self, starts: dict[int, str | bytes | None]) -> None:
        """See that the next episodes of rows can begin there."""
        for row, start in starts.items():
            self.envs[row - self.rows.start].check_start(start)

    def check_states(self, states: Sequence[dict[str, Any]]) -> None:
        """See that one can go back to these."""
        for env, state in zip(self.envs, states, strict=True):
            env.check_state(state)

    def start_next(self, starts: dict[int, str | bytes | None]) -> None:
        """Where the next episodes of rows begin."""
        for row, start in starts.items():
            self.envs[row - self.rows.start].next_start = start

    def get_states(self) -> list[dict[str, Any]]:
        """The state of each."""
        return [env.get_state() for env in self.envs]

    def set_states(self, states: Sequence[dict[str, Any]]) -> list[Begun]:
        """Go back to these."""
        begun = []
        for place, (env, state) in enumerate(zip(self.envs, states, strict=True)):
            env.set_state(state)
            self._write(place)
            info = {"problem_id": env.problem.id, **env._told()}
            begun.append(self._begun(self.rows[place], env._observe() if self._text else "", info))
        self._count()
        return begun

    def snapshots(self, rows: Sequence[int]) -> list[bytes]:
        """Of the games in these rows."""
        return [self.envs[row - self.rows.start].snapshot() for row in rows]

    def call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        """What a method, or an attribute, of each says."""
        found = [getattr(env, name) for env in self.envs]
        return [each(*args, **kwargs) if callable(each) else each for each in found]

    def seconds(self) -> float:
        """CPU-seconds of this process."""
        return time.process_time()


def _plain(info: dict[str, Any]) -> dict[str, Any]:
    """Without what is in the block."""
    return {key: value for key, value in info.items() if key not in (ACTION_MASK, REWARD_TERMS)}
