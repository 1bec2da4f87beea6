"""Many games side by side in several processes: N workers, each with some of the environments.

    envs = gym.make_vec("Reason-Pokemon-v0", num_envs=16, workers=2, view="array", reward="shaped")

A pool does what `PokemonVectorEnv` does in one process: the same problems, observations, rewards and infos for the same
seeds and actions, and their states can be restored in each other. What every step has is in one block of shared memory
(`pool_block`), a step is said with one byte to each worker (`pool_pipe`), and messages carry what is rare.

A worker that dies, or gives no answer for `timeout` seconds, takes its episodes with it and nothing else. The step in
which that is noticed ends them as truncated, with a reward of 0, `final_obs` as it was before the step, and a
`final_info` that says `termination` "worker_died" and in `failed` why; another worker is started, in which the next
episodes of the same random streams begin; a `WorkerDiedWarning` names the environments. Where a worker dies three times
without a step between, `WorkerDied` is raised, and so it is by calls that need what is lost (`get_state`, `snapshots`,
`call`, `render`, a reset of some environments); the next step then goes on as above.

Beyond Gymnasium's calls, here and in `PokemonVectorEnv`: `get_state`, `set_state`, `set_next_starts` and `snapshots`,
of which `swarm` makes its curriculum, `milestone_steps` and `action_masks`; and here `cpu_seconds`.
"""

from __future__ import annotations

import inspect
import os
import weakref
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from ...tasks.errors import BadConfig, ReasonError
from ...tasks.pokemon.rewards import RewardConfig
from ..posing import ACTION_MASK, Poser, check_flag, check_posed
from ..question import ANSWER_LENGTH, QUESTION_LENGTH
from ..spaces import Prose
from ..vector.posing import checked_choices, checked_texts
from .array import PokemonArrayEnv, spaces
from .cartridges import chosen, located
from .emulator import needed
from .pool_block import Block, fields, mapped, nameless, size
from .pool_crew import Asked, Crew, check_numbers, check_there
from .pool_infos import lost_info, reward_terms
from .pool_process import Lost, Worker
from .pool_rows import REWARD_TERMS, Begun, Ended, Setup
from .single import TASK
from .text import PokemonTextEnv
from .vector import checked_reset, each_game, waiting


class PokemonPoolEnv(VectorEnv[Any, Any, Any]):
    """n games in several processes.

    Args:
        num_envs: how many.
        workers: how many processes; their shares of the environments differ by one at most.
        view: "text" or "array".
        options: of the single environments.
        timeout: seconds without an answer after which a worker is taken for dead, and killed.
        autoreset_mode: `SAME_STEP`, or `DISABLED`: a game that is over waits for a `reset` with a `reset_mask`.

    Raises:
        BadConfig: no such numbers, or a system that has no such pipes.
        ReasonError: as a single environment with these options does.
    """

    def __init__(
        self,
        num_envs: int,
        workers: int,
        view: str,
        options: Mapping[str, Any],
        timeout: float = 60.0,
        autoreset_mode: AutoresetMode = AutoresetMode.SAME_STEP,
    ) -> None:
        check_numbers(num_envs, workers, timeout)
        if autoreset_mode not in (AutoresetMode.SAME_STEP, AutoresetMode.DISABLED):
            raise BadConfig(f"autoreset_mode: expected SAME_STEP or DISABLED, got {autoreset_mode}")
        needed()
        kind: Any = PokemonTextEnv if view == "text" else PokemonArrayEnv
        options = dict(inspect.signature(kind).bind(**options).arguments)
        asked, path = options.get("level", 0), options.get("rom_path")
        cartridge, level = chosen(asked, path, options.get("allow_unknown_rom", False))
        options["rom_path"] = located(asked, path)  # for workers that are started again later
        self.poser = Poser(TASK, options.get("split", "train"), level)
        self.num_envs, self.render_mode, self._text = num_envs, options.get("render_mode"), view == "text"
        self.metadata = {**kind.metadata, "autoreset_mode": autoreset_mode}
        self._same_step = autoreset_mode == AutoresetMode.SAME_STEP
        reward = options.get("reward", "outcome")
        self._shaped = isinstance(reward, RewardConfig) or reward == "shaped"
        self._goals = len(cartridge.profile.milestones)
        self._spaces(check_flag("pixels", options.get("pixels", False)))
        self._posed = False
        self._begun: list[dict[str, Any]] = [{} for _ in range(num_envs)]
        """infos of the beginnings"""
        self._texts = [""] * num_envs
        self._over: set[int] = set()
        """environments that wait for a reset"""
        self._start(workers, Setup(view, options, range(0), self._layout, num_envs, self._same_step), timeout)

    def _spaces(self, pixels: bool) -> None:
        single: Any = (Prose(QUESTION_LENGTH), Prose(ANSWER_LENGTH)) if self._text else spaces(pixels)
        self.single_observation_space, self.single_action_space = single
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        boxes: dict[str, Any] = {} if self._text else single[0].spaces
        self._layout = fields({name: (box.shape, box.dtype) for name, box in boxes.items()}, self._goals)

    def _start(self, workers: int, setup: Setup, timeout: float) -> None:
        """Make the block, and the workers that share it."""
        count = size(self._layout, self.num_envs)
        descriptor = nameless(count)
        self._let_go = weakref.finalize(self, os.close, descriptor)
        self._block = Block(self._layout, self.num_envs, mapped(descriptor, count))
        self._kept = Block(self._layout, self.num_envs)
        """the block as it was after the last call, whatever a worker has begun to write since"""
        bounds = np.linspace(0, self.num_envs, workers + 1).round().astype(int).tolist()
        shares = [range(first, last) for first, last in pairwise(bounds)]
        own = (Worker(setup._replace(rows=rows), descriptor, timeout) for rows in shares)
        self.crew = Crew(own, self.num_envs)
        try:
            one = self.crew.start()
        except BaseException:
            self.close()
            raise
        self._origin = {**one, "environment": f"{one['environment']} vector", "num_envs": self.num_envs}

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start the games of the seeds, as `PokemonVectorEnv.reset` does.

        Raises:
            BadConfig: no such start, or not one each.
            BadCheckpoint: a snapshot does not fit. All games are then as they were, as with a BadConfig.
            ResetNeeded: some are to be reset, and there are no games yet.
            ClosedEnvironmentError: after `close`.
            WorkerDied: again and again; or once, where only some environments are reset.
        """
        seeds, options, mask, given = checked_reset(seed, options, self.num_envs, self._posed)
        before = {row: self.crew.starts[row] for row in given}
        self.set_next_starts(given)
        asked = self.crew.resets(np.flatnonzero(mask).tolist(), seeds, options)
        infos: dict[str, Any] = {}
        try:
            for begun in self._begin(asked, bool(mask.all())):
                infos = self._add_info(infos, begun.info, begun.row)
        except ReasonError:
            self.set_next_starts(before)  # what is refused is not to come back with the next episode
            raise
        return self._observations(), self._masked(infos, mask)

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """A step of each game; those that are over begin their next one.

        Raises:
            ResetNeeded: there are no games yet, or one is over and waits for a reset; no game has moved then.
            InvalidAction: not one action of the space for each.
            WorkerDied: again and again.
        """
        check_posed(self._posed, "step")
        if self._over and (over := self._over - self.crew.lost):  # what is over in a lost worker, this step ends again
            raise waiting(over)
        asked: Asked
        if self._text:
            texts = checked_texts(actions, self.num_envs, self.single_action_space)
            asked = {each: ("step_texts", texts[each.rows.start : each.rows.stop]) for each in self.crew.workers}
        else:
            space: Any = self.single_action_space
            self._block["action"][:] = checked_choices(actions, self.num_envs, space)
            asked = dict.fromkeys(self.crew.workers, ())
        answers = self.crew.ask(asked)
        ended = self._ended(answers)
        self._kept.take(self._block)
        infos: dict[str, Any] = {}
        for answer in answers.values() if self._text else ():
            for row, info in () if isinstance(answer, Lost) else answer["infos"].items():
                infos = self._add_info(infos, info, row)
        names = "reward", "terminated", "truncated"
        return self._observations(), *(self._kept[name].copy() for name in names), self._infos(ended, infos)

    def _ended(self, answers: Mapping[Worker, Any]) -> list[Ended]:
        """Read what a step has said beside the block: the episodes that ended, those of dead workers among them."""
        ended: list[Ended] = []
        for worker, answer in answers.items():
            if isinstance(answer, Lost):
                continue
            worker.deaths = 0
            if answer:
                ended += answer.get("ended", ())
                if self._text:
                    self._texts[worker.rows.start : worker.rows.stop] = answer["texts"]
        for each in ended if self._same_step else ():
            self._note(each)
        for worker, answer in answers.items():
            if isinstance(answer, Lost):
                ended += self._bury(worker, answer)
        if not self._same_step:
            self._over.update(each.row for each in ended)
        return sorted(ended, key=lambda each: each.row)

    def _observations(self) -> Any:
        if self._text:
            return tuple(self._texts)
        return {name: array.copy() for name, array in self._kept.observations.items()}

    def _infos(self, ended: Sequence[Ended], infos: dict[str, Any]) -> dict[str, Any]:
        """Infos of a step, as Gymnasium would have put them together one by one; with those that some have said."""
        running = np.ones(self.num_envs, np.bool_)
        for each in ended:
            if self._same_step:
                infos = self._add_info(infos, {"final_obs": each.final_obs, "final_info": each.final_info}, each.row)
            infos = self._add_info(infos, each.info, each.row)
            running[each.row] = False
        own = running if self._same_step else np.ones_like(running)  # other terms are in a final info
        if self._shaped and own.any():
            infos[REWARD_TERMS], infos[f"_{REWARD_TERMS}"] = reward_terms(self._kept, own), own
        return self._masked(infos, running | self._same_step)

    def _masked(self, infos: dict[str, Any], rows: NDArray[np.bool_]) -> dict[str, Any]:
        """Infos with the action masks of some environments, if there are any such."""
        if not self._text and rows.any():
            infos[ACTION_MASK] = self.action_masks()
            infos[ACTION_MASK][~rows] = 0
            infos[f"_{ACTION_MASK}"] = rows.copy()
        return infos

    def _note(self, begun: Begun | Ended) -> None:
        """Remember with what an episode began, and what comes after it: a worker that dies cannot say."""
        self._begun[begun.row] = begun.info
        self._over.discard(begun.row)
        self.crew.note(begun)

    def _begin(self, asked: Asked, whole: bool = True) -> list[Begun]:
        """Have episodes begun, in another worker where one dies, unless that would end others."""
        answers = self.crew.replaced(asked) if whole else self.crew.ask(asked)
        begun: list[Begun] = [each for own in answers.values() if not isinstance(own, Lost) for each in own]
        for each in begun:
            self._note(each)
            self._texts[each.row] = each.text
        self._over.update(each.row for each in begun if each.over)
        self._kept.take_rows(self._block, [each.row for each in begun])
        check_there(answers)
        self._posed = True
        return begun

    def _bury(self, worker: Worker, lost: Lost) -> list[Ended]:
        """End the episodes of a worker that died, and begin others, unless they wait for a reset."""
        rows, own = list(worker.rows), slice(worker.rows.start, worker.rows.stop)
        told = [lost_info(self._kept, row, self._begun[row], str(lost)) for row in rows]
        if self._same_step:
            terms: dict[str, Any] = {REWARD_TERMS: {}} if self._shaped else {}
            seen = [self._texts[row] if self._text else self._kept.row(row) for row in rows]
            begun: list[Begun] = self.crew.restart(worker, lost, ("reset", rows, [None] * len(rows), None))
            finals = zip(begun, seen, told, strict=True)
            ended = [Ended(each.row, last, {**terms, **info}, each.info, each.stream) for each, last, info in finals]
            for each in begun:
                self._note(each)
                self._texts[each.row] = each.text
        else:
            self.crew.restart(worker, lost, ("origin",))
            self._block.take_rows(self._kept, rows)
            ended = [Ended(row, None, {}, info, {}) for row, info in zip(rows, told, strict=True)]
        self._block["reward"][own], self._block["paid"][own] = 0.0, False
        self._block["terminated"][own], self._block["truncated"][own] = False, True
        return ended

    def set_next_starts(self, starts: Mapping[int, str | bytes | None]) -> None:
        """As of `PokemonVectorEnv`; raises as it does."""
        self.crew.start_next(starts)

    def snapshots(self, environments: Sequence[int]) -> list[bytes]:
        """As of `PokemonVectorEnv`; raises as it does, and WorkerDied."""
        check_posed(self._posed, "snapshots")
        return self.crew.snapshots(environments)

    @property
    def milestone_steps(self) -> NDArray[np.int64]:
        """The step at which each milestone was first reached in the running episodes: (n, milestones); -1 for none."""
        check_posed(self._posed, "milestone_steps")
        return self._kept["milestone steps"].copy()

    def action_masks(self) -> NDArray[np.int8]:
        """1 for each button that a game listens to, in the array view: (n, 8). Raises ResetNeeded."""
        check_posed(self._posed, "action_masks")
        return self._kept["mask"].copy()

    def render(self) -> Any:
        """What is at hand, one for each game; None without a render mode. Raises ResetNeeded, WorkerDied."""
        if self.render_mode is None:
            return None
        check_posed(self._posed, "render")
        return self.call("render")

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """What a method, or an attribute, of each says. Raises as those do, BadConfig: unpicklable, and WorkerDied."""
        return tuple(each for own in self.crew.all("call", name, args, kwargs) for each in own)

    def cpu_seconds(self) -> float:
        """What the workers have used up, this process aside; what a lost one had told of goes on counting."""
        return self.crew.seconds()

    def get_state(self) -> dict[str, Any]:
        """All episodes and random streams, to be restored here or in one process. Raises ResetNeeded, WorkerDied."""
        check_posed(self._posed, "get_state")
        return {"games": [one for own in self.crew.all("get_states") for one in own], "origin": self._origin}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned, here or in another such environment. Raises BadCheckpoint."""
        games = each_game(state, self._origin, self.num_envs)
        self._begin(self.crew.checked(games))
        self.crew.starts[:] = [game["next_start"] for game in games]

    def close_extras(self, **kwargs: Any) -> None:
        """End the workers and let the memory go."""
        if hasattr(self, "crew"):
            self.crew.close()
            self._let_go()
