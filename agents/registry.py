"""Agents by name, and the environment that suits each. Torch is imported when an agent that needs it is made."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar, cast

import gymnasium as gym
from gymnasium.vector import AutoresetMode, VectorEnv

import reason_arena.envs

from ..tasks.errors import BadCheckpoint, BadConfig, ReasonError, UnknownName
from ..tasks.pokemon import FREE
from ..tasks.problem import Level, Task, check_split
from ..tasks.registry import load, task_of
from ..tasks.spec import combine
from .agent import Agent, View

TRAINED = ("llm", "router", "specialist")
BEST_OF, HYBRID, ROUTER, TOOLS, VOTES = "best_of", "hybrid", "router", "tools", "votes"
BUILT = (BEST_OF, HYBRID, TOOLS, VOTES)
"""kinds that are built around a trained language model"""
CALLED = "Reason-Arithmetic-v0"
"""the environment whose specialists answer calls"""
MANY = (BEST_OF, VOTES)
"""kinds that write several completions a decision"""
SEEDED = ("llm", ROUTER, *BUILT)
"""kinds that take the seed of what they draw at random"""
SECOND = {BEST_OF: "judge", HYBRID: "specialist", TOOLS: "specialist"}
"""kinds that need a second checkpoint, and the option that names it"""
SECONDS = {"judge": "a reward model", "specialist": "a specialist"}
"""what it is of"""
KINDS: dict[str, str] = {
    BEST_OF: "a language model writes n completions, and the one that a reward model scores highest is said",
    HYBRID: "chess: a language model proposes moves, and a specialist decides whether they are played",
    "llm": "a language model that reasons in text: SFT on worked solutions, then GRPO",
    "majority": "always the most common answer (text) or action (array) of training",
    "oracle": "knows the solution, of the free cartridge's game the way: the ceiling",
    "random": "guesses: the floor",
    ROUTER: "reads a problem and sends it to the cheapest of several agents that will do: a bandit",
    "specialist": "a small network on the array view, trained with PPO",
    TOOLS: "a language model writes calls into its text, and a specialist of arithmetic answers them",
    VOTES: "a language model writes n completions, and the most frequent answer is given: self-consistency",
}
RUNGS: dict[str, str] = {
    "greedy": "chess: mates if it can, else takes what is worth the most",
    "engine-2": "chess: our own alpha-beta search, two plies deep; engine-3 and engine-4 look further",
    "perfect": "chess: best play by exact tables, in endgames of up to four men",
    "stockfish-100": "chess: Stockfish, if it is installed, with so many nodes a move",
}
"""Players of chess. With "@0.5" at the end of their name they make a random move with that probability."""
_RUNG = re.compile(r"(?:greedy|perfect|engine-[2-4]|stockfish-\d{1,9})(?:@[0-9.]{1,9})?")
CHESS = ("chess", "chessendgame", "chesspuzzle")
"""tasks that are played on a board"""
ENDGAMES, PUZZLES, POKEMON = "chessendgame", "chesspuzzle", "pokemon"
Made = TypeVar("Made")
VIEWS: tuple[View, ...] = ("text", "array")
_NATIVE: dict[str, View] = {"llm": "text", "specialist": "array", ROUTER: "text", **dict.fromkeys(BUILT, "text")}


_CLASSES = {
    BEST_OF: (".test_time.best_of", "BestOfAgent"),
    HYBRID: (".hybrid", "ProposalAgent"),
    "llm": (".language_model.agent", "LanguageModelAgent"),
    ROUTER: (".router.agent", "RouterAgent"),
    "specialist": (".specialist.agent", "SpecialistAgent"),
    TOOLS: (".tools.agent", "ToolsAgent"),
    VOTES: (".test_time.votes", "VotesAgent"),
}
"""of the kinds that have a checkpoint"""
BATCH, CONSOLES = 200, 32
"""episodes that are played side by side, at most"""


@dataclass(frozen=True)
class Place:
    """Where an agent plays: an environment id, a split, a level and the options of the array view."""

    env_id: str = "Reason-Arithmetic-v0"
    split: str = "test"
    level: Level = 2
    options: dict[str, Any] = field(default_factory=dict)
    """options of the array view that the environment has, such as arithmetic's scratchpad"""

    def __post_init__(self) -> None:
        check_split(self.split)
        if self.env_id not in reason_arena.envs.IDS:
            raise UnknownName("environment", self.env_id, reason_arena.envs.IDS)

    @property
    def task(self) -> str:
        """The name of the task that is posed there."""
        return task_of(self.env_id)

    @property
    def _spelled_out(self) -> Level:
        """The level, of a game with its cartridge: what is tested is the same whatever cartridge somebody owns."""
        if self.task != POKEMON or "cartridge=" in str(self.level):
            return self.level
        return combine(self.level, cartridge=FREE)

    def make(self, view: View, num_envs: int, **options: Any) -> VectorEnv[Any, Any, Any]:
        """The batched environment in that view. Raises BadConfig: it has not all of the options."""
        return self._made(partial(gym.make_vec, num_envs=num_envs), view, options)

    def many(self, view: View, episodes: int, **options: Any) -> VectorEnv[Any, Any, Any]:
        """A batched environment to play so many episodes in, by `rollout`. Raises BadConfig.

        A game is emulated whether anybody needs its steps or not, and some take ten times as long as others; so few are
        side by side there, and each begins its next episode for itself.
        """
        if self.task == POKEMON:
            return self.make(view, min(episodes, CONSOLES), autoreset_mode=AutoresetMode.DISABLED, **options)
        return self.make(view, min(episodes, BATCH), **options)

    def single(self, view: str, **options: Any) -> gym.Env[Any, Any]:
        """A single environment in that view. Raises BadConfig: it has not all of the options."""
        return self._made(gym.make, view, options)

    def _made(self, make: Callable[..., Made], view: str, more: dict[str, Any]) -> Made:
        options = {**(self.options if view == "array" else {}), **more}
        try:
            return make(self.env_id, view=view, split=self.split, level=self._spelled_out, **options)
        except TypeError as error:
            unknown = re.search(r"unexpected keyword argument '(\w+)'", str(error))
            if isinstance(error, ReasonError) or unknown is None or unknown[1] not in options:
                raise
            raise BadConfig(f"{self.env_id} has no option {unknown[1]!r} in its {view} view; leave it out") from None


def check_kind(kind: str) -> str:
    """The kind of agent by that name; raises UnknownName."""
    if kind not in KINDS and not _RUNG.fullmatch(kind):
        raise UnknownName("agent", kind, (*KINDS, *RUNGS))
    return kind


def check_place(kind: str, place: Place) -> None:
    """See whether an agent of a kind can play somewhere, before it is made.

    Raises:
        BadConfig: it cannot; or the name of a player of chess has a share that is none, or Stockfish is not installed.
    """
    player = kind not in KINDS
    if (player or kind == HYBRID) and place.task not in CHESS:
        raise BadConfig(f"agent {kind!r} plays chess, and {place.env_id} is none")
    if player:
        place.single("array").close()  # a missing extra is said here
        from ..envs.chess.opponents import opponent

        opponent(kind)
    elif kind == VOTES:
        from .test_time.answers import reader

        reader(place)
    elif kind == "oracle" and place.task == POKEMON:
        place.single("text").close()  # a missing extra is said here
        from .pokemon_solver import check_game

        check_game(load(POKEMON).generate("test", place.level, 0))
    elif kind in ("majority", "oracle") and not isinstance(load(place.task), Task):
        instead = "; try 'engine-4'" if place.task in CHESS else ""
        raise BadConfig(f"agent {kind!r} knows the answers of problems, and {place.env_id} has games{instead}")


def trained_as(kind: str) -> str:
    """What the weights of a kind are called in `reason train`: one that is built around an llm plays with its."""
    return "llm" if kind in BUILT else kind


def view_of(kind: str, view: str | None = None) -> View:
    """The view an agent plays in.

    Raises:
        UnknownName: no such agent or view.
        BadConfig: the agent does not play in that view.
    """
    native = _NATIVE.get(check_kind(kind))
    if view is not None and view not in VIEWS:
        raise UnknownName("view", view, VIEWS)
    if native and view not in (None, native):
        raise BadConfig(f"agent {kind!r} plays in the {native} view, got view {view!r}; leave it out")
    return native or view or "text"


def make(kind: str, place: Place, view: str | None = None, checkpoint: Path | None = None, **options: Any) -> Agent:
    """An agent, ready to play.

    Args:
        kind: a name of `KINDS`, or a player of chess such as those of `RUNGS`.
        place: where it will play; majority and random look at it.
        view: for baselines, "text" (default) or "array".
        checkpoint: for trained kinds, the folder of their weights (for an LLM, or a hub id).
        options: of an LLM: `temperature`, `max_new_tokens`, `seed`; of what is built around one besides `specialist`
            or `judge`, a checkpoint, and `n`; of a router `price` and `seed`.

    Raises:
        UnknownName: no such kind or view.
        BadConfig: a trained kind without a checkpoint, a baseline with one, or one that cannot play there.
        BadCheckpoint: the checkpoint cannot be used.
    """
    seen = view_of(kind, view)
    check_place(kind, place)
    if kind in (*TRAINED, *BUILT):
        if checkpoint is None:
            raise BadConfig(f"agent {kind!r} needs a checkpoint; train one with `reason train {trained_as(kind)}`")
        if kind in SECOND and options.get(SECOND[kind]) is None:
            raise BadConfig(f"agent {kind!r} needs the checkpoint of {SECONDS[SECOND[kind]]} too")
        return _load(kind, checkpoint, {**options, "place": place} if kind in (ROUTER, VOTES) else options)
    if checkpoint is not None:
        raise BadConfig(f"agent {kind!r} is not trained and has no checkpoint, got {checkpoint}")
    return _baseline(kind, place, seen)


def seat(agent: Agent, place: Place, checkpoint: Path | None = None) -> Place:
    """The place with its array view as an agent was trained on it.

    Args:
        agent: who plays.
        place: where.
        checkpoint: of the agent, for the message.

    Raises:
        BadCheckpoint: it was trained in another environment.
    """
    config = getattr(agent, "config", None)
    if config is None:
        return place
    if config.env_id != place.env_id:
        raise BadCheckpoint(f"{checkpoint}: trained in {config.env_id}, cannot play in {place.env_id}")
    return replace(place, options=dict(getattr(config, "place", {})))


def _load(kind: str, checkpoint: Path, options: dict[str, Any]) -> Agent:
    module, name = _CLASSES[kind]
    return cast(Agent, getattr(import_module(module, __package__), name).load(checkpoint, **options))


def _baseline(kind: str, place: Place, view: View) -> Agent:
    if (kind == "random" and place.task in CHESS) or kind not in KINDS:
        return _player(kind, place, view)
    from . import baselines

    if kind == "oracle" and place.task == ENDGAMES:
        return _perfect(place, view)
    if kind == "oracle" and place.task == PUZZLES:
        return _solver(view)
    if kind == "oracle" and place.task == POKEMON:
        return _hero(view)
    if kind == "oracle":
        return baselines.OracleTextAgent() if view == "text" else _array_oracle(place)
    if kind == "majority":
        if view == "text":
            return baselines.MajorityTextAgent(place.task, place.level)
        return baselines.MajorityArrayAgent(_array_oracle(place), place.env_id, level=place.level, **place.options)
    if view == "text" and place.task == POKEMON:
        from ..tasks.pokemon.actions import BUTTONS

        return baselines.RandomWordsAgent([f"press {button}" for button in BUTTONS])
    if view == "text":
        return baselines.RandomTextAgent()
    actions = cast(gym.spaces.Discrete, place.make("array", 1).single_action_space)
    return baselines.RandomArrayAgent(int(actions.n))


def _player(name: str, place: Place, view: View) -> Agent:
    place.single(view).close()  # a missing extra is said here
    from .chess_players import PlayerArrayAgent, PlayerTextAgent

    return PlayerTextAgent(name) if view == "text" else PlayerArrayAgent(name)


def _perfect(place: Place, view: View) -> Agent:
    """The oracle of endgames: it finds its moves in the tables, and needs not know which problem it is."""
    agent = _player("perfect", place, view)
    agent.name = "oracle"
    return agent


def _solver(view: View) -> Agent:
    from .chess_solver import SolverArrayAgent, SolverTextAgent

    return SolverTextAgent() if view == "text" else SolverArrayAgent()


def _hero(view: View) -> Agent:
    from .pokemon_solver import SolverArrayAgent, SolverTextAgent

    return SolverTextAgent() if view == "text" else SolverArrayAgent()


def _array_oracle(place: Place) -> Agent:
    """Arithmetic's and that of endgames play from what they see; the others have to know which problem it is."""
    if place.task == ENDGAMES:
        return _perfect(place, "array")
    if place.task == PUZZLES:
        return _solver("array")
    if place.task == "reasoninggym":
        from .writing import OracleTokensAgent

        return OracleTokensAgent()
    if place.task == "aime":
        from .pointing import OraclePointersAgent

        return OraclePointersAgent()
    from .baselines import OracleArrayAgent

    return OracleArrayAgent()
