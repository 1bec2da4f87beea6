"""Games of a Game Boy cartridge, with two views of every episode; the entry points that are registered.

The cartridge that comes along, HEARTHWAY, was written for this project and is not Pokémon; an owner's own cartridge is
named with `rom_path` or REASON_POKEMON_ROM. Needs the extra `pokemon`. Nothing is ever written beside the cartridge.
What is known of Red and Blue has not been run on the real cartridges by the maintainers.
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym
from gymnasium.vector import VectorEnv

from ...tasks import spec
from ..posing import check_choice

VIEWS = ("text", "array")
INTRO, SNAPSHOT = "intro", "snapshot"
"""where an episode began, as its info says in `start`"""
_SETTINGS = ("until", "steps", "patience", "commands", "hints", "terse")


def make(view: str = "text", **options: Any) -> gym.Env[Any, Any]:
    """`Reason-Pokemon-v0` in one of its views.

    Args:
        view: "text" (`PokemonTextEnv`) or "array" (`PokemonArrayEnv`).
        options: `split`, `reward` ("outcome", 1 for the milestone that the game is until; "shaped", the increase of
            measures that never fall, itemised in `info["reward_terms"]`; or a `RewardConfig` with other weights of
            them), `start` ("intro"; "milestone 4" and the like; or bytes of an environment's `snapshot()`), `rom_path`
            and `allow_unknown_rom` of an owner's cartridge, and `render_mode` ("ansi", "rgb_array") of either view;
            `pixels` of the array view;
            and what is asked: `level` is a number of the table or a specification that holds the settings that follow,
            such as "until=badge,steps=5000". `until`: a milestone's number, "badge" or "end". `steps`: of 24 frames,
            after which the game is broken off; `patience`: steps without any progress after which it is, 0 for never.
            Of the text view `commands`: "buttons", "goto" (buttons and walks) or "all" (notes too); `hints`: whether
            the next milestone is named; `terse`: a few lines for small models.
    """
    check_choice("view", view, VIEWS)
    options = _specified(options)
    if view == "text":
        from .text import PokemonTextEnv

        return PokemonTextEnv(**options)
    from .array import PokemonArrayEnv

    return PokemonArrayEnv(**options)


def make_many(
    num_envs: int = 1, view: str = "text", workers: int = 0, timeout: float = 60.0, **options: Any
) -> VectorEnv[Any, Any, Any]:
    """Many of `Reason-Pokemon-v0`, all in this process or in others.

    Args:
        num_envs: how many.
        view: as of `make`.
        workers: processes that share them (`PokemonPoolEnv`); 0 for this one alone.
        timeout: seconds without an answer after which a worker is taken for dead.
        options: those of `make`, and `autoreset_mode`.
    """
    check_choice("view", view, VIEWS)
    mode = {"autoreset_mode": options.pop("autoreset_mode")} if "autoreset_mode" in options else {}
    if workers:
        from .pool import PokemonPoolEnv

        return PokemonPoolEnv(num_envs, workers, view, _specified(options), timeout, **mode)
    from .vector import PokemonVectorEnv

    return PokemonVectorEnv(num_envs, view, _specified(options), **mode)


def _specified(options: dict[str, Any]) -> dict[str, Any]:
    """The options with a level that says what their settings ask for."""
    given = {name: options.pop(name, None) for name in _SETTINGS}
    return {**options, "level": spec.combine(options.get("level", 0), **given)}
