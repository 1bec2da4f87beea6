"""No memory breaks the reader: random ones, and good ones with a bit or some bytes turned."""

from __future__ import annotations

import os
from random import Random

import numpy as np
import pytest
from pokemon_memory import rich

from reason_arena.envs.pokemon.array import spaces
from reason_arena.envs.question import QUESTION_LENGTH
from reason_arena.envs.spaces import Prose
from reason_arena.tasks.pokemon import addresses as at
from reason_arena.tasks.pokemon import paths, profiles
from reason_arena.tasks.pokemon.actions import mask
from reason_arena.tasks.pokemon.array_view import SPACES, array_view
from reason_arena.tasks.pokemon.facts import facts_of_arrays, facts_of_text
from reason_arena.tasks.pokemon.profiles import Profile
from reason_arena.tasks.pokemon.progress import Measures, Progress
from reason_arena.tasks.pokemon.reader import PokemonReader
from reason_arena.tasks.pokemon.rewards import RewardTerms
from reason_arena.tasks.pokemon.state import GameState
from reason_arena.tasks.pokemon.text_view import MAX_LENGTH, text_view

FREE, RED = profiles.hearthway(), profiles.red()


ARRAYS, TEXTS = spaces(pixels=False)[0], Prose(QUESTION_LENGTH)
"""what the environments say that they show"""


def check(state: GameState, progress: Progress, rewards: RewardTerms) -> None:
    """Everything that is made of a state is made, and lies in its bounds."""
    before = progress.measures
    now = progress.update(state)
    assert all(a >= b for a, b in zip(now, before, strict=True)), (before, now)
    assert sum(rewards.step(now).values()) > -2
    arrays = array_view(state, progress)
    assert list(arrays) == list(SPACES)
    for name, array in arrays.items():
        shape, kind, low, high = SPACES[name]
        assert (array.shape, array.dtype) == (shape, kind), name
        assert low <= array.min() <= array.max() <= high, name
    assert ARRAYS.contains(arrays)
    text = text_view(state, progress)
    assert len(text) <= MAX_LENGTH
    assert TEXTS.contains(text)
    assert len(state.party) <= 6
    assert all(0 <= each.health <= 1 for each in state.team)
    assert state.doubts is not None
    assert mask(state)[-1]


def memories(count: int, seed: int) -> list[bytearray]:
    """Whole address spaces: a third random, the others good ones with some bits or bytes turned."""
    rng, draw = Random(seed), np.random.default_rng(seed)
    good = bytes(rich().bytes)
    found = []
    for number in range(count):
        if number % 3 == 0:
            memory = bytearray(good)
            memory[0xC000:0xE000] = draw.bytes(0x2000)
            if number % 2:
                memory[at.IN_BATTLE] = 0
        else:
            memory = bytearray(good)
            for _ in range(1 if number % 3 == 1 else rng.randrange(2, 40)):
                address = rng.randrange(0xC000, 0xE000)
                memory[address] ^= 1 << rng.randrange(8)
        found.append(memory)
    return found


def run(profile: Profile, count: int, seed: int) -> None:
    reader, rewards = PokemonReader(profile), RewardTerms()
    for start in range(0, count, 200):
        progress = Progress(profile.milestones, profile.unpaid, 1000)
        progress.begin(rich().read(profile))
        rewards.begin(Measures(*progress.measures))
        for memory in memories(min(200, count - start), seed + start):
            check(reader.read(memory), progress, rewards)


@pytest.mark.parametrize("profile", [FREE, RED], ids=["hearthway", "red"])
def test_random_memories_and_turned_bits_never_raise_and_stay_in_bounds(profile: Profile) -> None:
    run(profile, 5_000, 7)


@pytest.mark.slow
def test_a_hundred_thousand_of_them() -> None:
    run(FREE, 50_000, 100_000)
    run(RED, 50_000, 200_000)


def test_every_single_bit_of_what_is_read_can_be_turned() -> None:
    good = bytes(rich().bytes)
    groups = [
        (at.PARTY_COUNT, at.PARTY_COUNT + 8),
        (at.BAG_COUNT, at.CONNECTIONS + 1),
        (at.WARP_COUNT, at.WARP_COUNT + 9),
        (at.SIGN_COUNT, at.SIGN_COUNT + 3),
        (at.COLLISION_POINTER, at.GRASS_TILE + 1),
        (at.IN_BATTLE, at.BATTLE_TYPE + 1),
        (at.SPRITE_COUNT, at.SPRITE_COUNT + 1),
        (at.FONT_LOADED, at.WALK_COUNTER + 1),
    ]
    reader, rewards = PokemonReader(RED), RewardTerms()
    progress = Progress(RED.milestones, RED.unpaid, 1000)
    progress.begin(reader.read(good))
    for low, high in groups:
        for address in range(low, high):
            for bit in range(8):
                memory = bytearray(good)
                memory[address] ^= 1 << bit
                check(reader.read(memory), progress, rewards)


def test_views_of_turned_memories_still_say_the_same() -> None:
    """Where names and lists are whole. Menus and texts of random tiles may be cut in the text view."""
    rng, reader = Random(3), PokemonReader(RED)
    good, seen = bytes(rich().bytes), 0
    cells = [
        *range(at.MAP, at.CONNECTIONS + 1),
        *range(at.MONEY, at.BADGES + 1),
        *range(at.PARTY, at.PARTY + 88),
        *range(at.SPRITES_2 + 16, at.SPRITES_2 + 32),
        *(at.IN_BATTLE, at.BATTLE_TYPE, at.OPPONENT, at.PLAYER_SLOT, at.JOY_IGNORE, at.WALK_BIKE_SURF),
        *range(at.ENEMY, at.ENEMY_MAX_HP + 2),
        *range(at.OWN, at.OWN_PP + 4),
    ]
    for number in range(1500):
        memory = bytearray(good)
        for address in rng.sample(cells, 3):
            memory[address] = rng.randrange(256)
        if number % 3 == 0:
            memory[at.IN_BATTLE] = rng.choice((1, 2, 0xFF))
        state = reader.read(memory)
        progress = Progress(RED.milestones, RED.unpaid, 1000)
        progress.begin(state)
        progress.update(state)
        text = text_view(state, progress)
        if "…" not in text:
            seen += 1
            assert facts_of_text(text, RED) == facts_of_arrays(array_view(state, progress)), text
    assert seen > 1000


def test_ways_over_random_maps_never_raise() -> None:
    rng, reader = Random(11), PokemonReader(RED)
    for number, memory in enumerate(memories(300, 5)):
        memory[at.IN_BATTLE] = memory[at.FONT_LOADED] = memory[at.WALK_COUNTER] = memory[at.JOY_IGNORE] = 0
        memory[at.STATUS_FLAGS_5] = 0
        state = reader.read(memory)
        progress = Progress(RED.milestones)
        progress.begin(state)
        x, y = rng.randrange(-5, 260), rng.randrange(-5, 260)
        near = state.position.x + rng.randrange(-4, 6), state.position.y + rng.randrange(-4, 5)
        for goal in ((x, y), near):
            found = paths.route(progress.atlas, state, *goal)
            assert bool(found) == bool(found.steps), number


def test_memory_is_read_where_it_is_and_nothing_is_kept_of_the_machine() -> None:
    """The same cells give the same bytes of views in a process with another seed of hashes."""
    import subprocess
    import sys

    code = (
        "import hashlib\n"
        "from pokemon_memory import rich\n"
        "from reason_arena.tasks.pokemon import profiles\n"
        "from reason_arena.tasks.pokemon.progress import Progress\n"
        "from reason_arena.tasks.pokemon.text_view import text_view\n"
        "from reason_arena.tasks.pokemon.array_view import array_view\n"
        "state, red = rich().read(), profiles.red()\n"
        "progress = Progress(red.milestones)\n"
        "progress.begin(state)\n"
        "parts = [text_view(state, progress).encode(), *(a.tobytes() for a in array_view(state, progress).values())]\n"
        "print(hashlib.sha256(b''.join(parts)).hexdigest())\n"
    )
    here = os.path.dirname(os.path.abspath(__file__))
    path = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1
