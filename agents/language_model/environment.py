"""Where a language model practises: a batch of any text environment that Gymnasium knows, ours or a stranger's."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec, load_env_creator
from gymnasium.vector import AutoresetMode, VectorEnv

from ...envs import IDS
from ...envs.guard import Guard
from ...tasks.errors import BadConfig
from ..learning.checkpoint import cause
from ..learning.demonstrations import Demonstration, demonstration
from ..learning.rollout import rollout, sound
from ..learning.streams import derive_many
from ..registry import Place, make
from .config import LanguageModelConfig

_SIDE_BY_SIDE = 16
"""games of an oracle at a time"""


def make_env(config: LanguageModelConfig, split: str, count: int) -> VectorEnv[Any, Any, Any]:
    """A batch of the environment, in its text view; it is told split and level if it takes them.

    Raises:
        BadConfig: there is no such environment, it cannot be made so, or its options would move it to another split.
    """
    spec = _spec(config.env_id)
    maker = spec.vector_entry_point or spec.entry_point
    known = inspect.signature(load_env_creator(maker) if isinstance(maker, str) else maker).parameters  # type: ignore[arg-type]
    anything = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in known.values())
    offered = {"view": "text", "split": split, "level": config.level}
    for name in offered:
        if name in config.env_options and spec.id in IDS:  # a stranger's may mean something else by it
            raise BadConfig(f"env_options.{name}: training says which, by its own settings; leave it out")
    options: dict[str, Any] = {name: value for name, value in offered.items() if anything or name in known}
    options |= config.env_options
    if spec.vector_entry_point:
        return gymnasium.make_vec(spec.id, num_envs=count, **options)
    # A stranger's environment: one that raises ends its episode alone, and rows that are free begin the next.
    return gymnasium.make_vec(
        spec.id,
        num_envs=min(count, config.sampling.max_rows),
        vectorization_mode="sync",
        vector_kwargs={"autoreset_mode": AutoresetMode.DISABLED},
        wrappers=[Guard],
        **options,
    )


def oracle_games(config: LanguageModelConfig, seed: int) -> list[Demonstration]:
    """Games of the training split as the environment's oracle plays them in words, `sft.games` of them.

    Args:
        config: of the training.
        seed: of the training run; the games derive from it.

    Raises:
        BadConfig: nobody knows how to play there.
    """
    player = make("oracle", Place(config.env_id, "train", config.level), "text")
    env = make_env(config, "train", min(config.sft.games, _SIDE_BY_SIDE))
    try:
        return [
            demonstration(each) for each in sound(rollout(env, player, derive_many(config.sft.games, seed, "games")))
        ]
    finally:
        env.close()


def _spec(env_id: str) -> EnvSpec:
    """What is registered under an id; before it may stand a module to import, which registers it: "module:Id-v0"."""
    module, _, name = env_id.rpartition(":")
    try:
        if module:
            import_module(module)
        return gymnasium.spec(name)
    except (ImportError, gymnasium.error.Error) as error:
        raise BadConfig(
            f"env_id={env_id}: {cause(error)}; expected an environment that is registered, or module:Id of one whose "
            "module registers it"
        ) from None
