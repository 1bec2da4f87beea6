"""A search by machine for ways round that pay: every word of up to four presses, from fifty moments of HEARTHWAY.

A reward remembers what an episode has done, so going a way for the first time may pay, for new squares, and it may end
where it began. What must not pay is to go it again. So each word of buttons is pressed in the real environment, with
the published weights. Where it leads back, that is where everything that memory tells of the player's standing is what
it was before, it is a cycle, and it is pressed again, until each press of a round leads where it led in an earlier one:
all that came since must pay nothing, or cost. A round that leads elsewhere, by chance or because somebody stands in the
way, is another way, gone for the first time; such are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any

import gymnasium as gym
import pytest

pytest.importorskip("pyboy")

from reason_arena.tasks.pokemon import addresses as at
from reason_arena.tasks.pokemon.actions import BUTTONS
from reason_arena.tasks.pokemon.atlas import Atlas
from reason_arena.tasks.pokemon.hearthway.solver import Solver
from reason_arena.tasks.pokemon.parts import Square
from reason_arena.tasks.pokemon.paths import route
from reason_arena.tasks.pokemon.state import GameState

MOMENTS = 50
ROUNDS = 40
"""most times that a word is pressed again until a round repeats an earlier one"""
_COMMON = {Square.FREE, Square.WALL, Square.YOU}
_LEDGE, _LOST, _AT_LEDGE = Square.LEDGE_DOWN, "random play", "at a ledge"


def environment() -> Any:
    return gym.make("reason_arena.envs:Reason-Pokemon-v0", view="array", reward="shaped").unwrapped


def in_the_first_room() -> Any:
    env = environment()
    env.reset(seed=1)
    env.step(BUTTONS.index("start"))
    env.step(BUTTONS.index("noop"))
    return env


def kind(state: GameState) -> tuple[object, ...]:
    """What sort of moment it is: place, battle, menu, text, and what is close by."""
    place, battle = state.position, state.battle
    close: set[Square] = set()
    if state.free and not state.title:
        sides = ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0))
        close = {state.grid.at(place.x + dx, place.y + dy) for dx, dy in sides} - _COMMON
    menu = len(state.menu.labels) if state.menu else 0
    return place.name, battle.kind if battle else "", menu, state.text_open, tuple(sorted(close))


def moments() -> Iterator[tuple[tuple[object, ...], Any]]:
    """Each sort of moment once along two games of the solver, the edge of a ledge, and where random presses lead."""
    env, rng, seen = environment(), Random(6), dict[tuple[object, ...], int]()
    for seed in (1, 2):
        env.reset(seed=seed)
        solver = Solver()
        while (button := solver.act(env.game.emulator.memory)) is not None and not env.game.over:
            state = env.game.state
            if kind(state) not in seen:
                seen[kind(state)] = len(seen)
                here = env.get_state()
                yield kind(state), here
                if len(seen) % 8 == 0:
                    for _ in range(rng.randrange(20, 60)):
                        env.step(rng.randrange(len(BUTTONS)))
                    yield (_LOST, *kind(env.game.state)), env.get_state()
                    env.set_state(here)
                if (_LEDGE,) not in seen and to_a_ledge(env):
                    seen[(_LEDGE,)] = len(seen)
                    yield (_AT_LEDGE, *kind(env.game.state)), env.get_state()
                    env.set_state(here)
            env.step(BUTTONS.index(button))


@cache
def fifty() -> list[tuple[tuple[object, ...], Any]]:
    """Fifty of them, from the whole of the game."""
    found = list(moments())
    kept = [each for each in found if each[0][0] in (_LOST, _AT_LEDGE)]
    others, room = [each for each in found if each not in kept], MOMENTS - len(kept)
    return kept + [others[number * len(others) // room] for number in range(room)]


def to_a_ledge(env: Any) -> bool:
    """Walk to the edge of a ledge on the screen, if there is one and nothing comes in between."""
    state: GameState = env.game.state
    if not state.free or state.title:
        return False
    grid = state.grid
    columns, rows = range(grid.left, grid.left + 10), range(grid.top + 1, grid.top + 9)
    ledges = [(x, y - 1) for y in rows for x in columns if grid.at(x, y) == _LEDGE and grid.at(x, y - 1) == Square.FREE]
    for goal in ledges:
        for _ in range(20):
            way = route(env.game.progress.atlas, env.game.state, *goal)
            if not way.steps or not env.game.state.free:
                break
            env.step(BUTTONS.index(way.steps[0]))
        place = env.game.state.position
        if (place.x, place.y) == goal:
            return True
    return False


def standing(env: Any) -> tuple[object, ...]:
    """What memory tells of the player: all that the two views show, but steps, visits and where others stand."""
    state = env.game.state
    raw = state.raw
    bag = raw.span(at.BAG_COUNT, at.BAG + 2 * at.BAG_SIZE - at.BAG_COUNT)
    owned = bag, raw.span(at.MONEY, 3), raw.cell(at.BADGES), raw.span(at.DEX_OWNED, 2 * at.DEX_SIZE), raw.events
    return state.position, state.control, state.travel, raw.party, owned, state.battle, state.menu, state.text


Word = tuple[int, ...]
Round = tuple[list[tuple[object, ...]], float]


def walk(env: Any, word: Word, total: Counter[str]) -> Round:
    """Press a word: the standing after each press, and what it paid."""
    ways, paid = [], 0.0
    for action in word:
        _, reward, over, _, info = env.step(action)
        assert reward == sum(info["reward_terms"].values())
        total.update(info["reward_terms"])
        paid += reward
        ways.append(standing(env))
        if over:
            break  # and nothing can be pressed again
    return ways, paid


class Tally(Counter[str]):
    """How many words there were, and what became of them."""

    best_again = float("-inf")
    best_first = float("-inf")


def search(env: Any, moment: Any, length: int, tally: Tally) -> None:
    """Every word of up to `length` presses from a moment.

    Words of one length after which every byte of memory is alike are gone on from together; each of them that is a
    cycle is pressed on its own.
    """
    env.set_state(moment)
    start = standing(env)
    alike: dict[str, list[Word]] = {"": [()]}
    for _ in range(length):
        longer: dict[str, list[Word]] = {}
        back: set[str] = set()
        for words in alike.values():
            for action in range(len(BUTTONS)):
                env.set_state(moment)
                ways, _ = walk(env, (*words[0], action), Counter())
                memory = env.digest()
                longer.setdefault(memory, []).extend((*word, action) for word in words)
                if ways[-1] == start and not env.game.over:
                    back.add(memory)
        tally["words"] += sum(map(len, longer.values()))
        for word in (word for memory in back for word in longer[memory]):
            env.set_state(moment)
            assert again(env, word, tally) == start, "memory that is alike goes on alike"
        alike = longer


def again(env: Any, word: Word, tally: Tally) -> tuple[object, ...]:
    """Press a cycle on until a round goes as an earlier one; what came since must not pay. Returns where it led."""
    first, weights, total = env.game.progress.measures, env.game.rewards.config, Counter[str]()
    rounds = [walk(env, word, total)]
    tally["cycles"] += 1
    tally["cycles that pay the first time"] += rounds[0][1] > 0
    tally.best_first = max(tally.best_first, rounds[0][1])
    while len(rounds) <= ROUNDS and not env.game.over:
        now = walk(env, word, total)
        earlier = [number for number, (ways, _) in enumerate(rounds) if ways == now[0]]
        rounds.append(now)
        if earlier:
            paid = sum(paid for _, paid in rounds[earlier[-1] + 1 :])
            assert paid <= 0, f"{[BUTTONS[action] for action in word]} pays {paid} again and again"
            tally.best_again = max(tally.best_again, paid)
            tally["gone again alike"] += 1
            tally["after other rounds"] += len(rounds) > 2
            break
    else:
        tally["never alike"] += 1
    gains = zip(first._fields, first, env.game.progress.measures, strict=True)
    worth = sum(getattr(weights, name) * (now - then) for name, then, now in gains)
    assert sum(total.values()) == pytest.approx(worth, abs=1e-9), "the return is what was gained"
    return rounds[0][0][-1]


def test_no_cycle_pays_again() -> None:
    """The quick one: short words, from some of the moments."""
    env, tally = in_the_first_room(), Tally()
    search(env, env.get_state(), 3, tally)
    for _, moment in fifty()[::5]:
        search(env, moment, 2, tally)
    assert tally["words"] == 584 + 10 * 72
    assert tally["gone again alike"] == tally["cycles"] > 200
    assert tally["cycles that pay the first time"] > 0, "or the search never left a square"


class Forgetful(Atlas):
    """Counts a square as new whenever it is come to."""

    def see(self, state: GameState) -> None:
        last = self._last
        super().see(state)
        if last is not None and self._last is not None and last[0] != self._last[0]:
            self.steps += 1
        self.squares = self.steps

    steps = 0


def test_the_search_would_find_a_way_to_farm() -> None:
    env = in_the_first_room()
    env.game.progress.atlas = Forgetful()
    env.game.terms()
    with pytest.raises(AssertionError, match=r"pays 0\.01 again and again"):
        search(env, env.get_state(), 4, Tally())


def walked(env: Any, *parts: Callable[[Solver], Iterator[str]]) -> Counter[str]:
    """What longer ways of the solver's pay, by term."""
    paid, solver = Counter[str](), Solver()
    solver.see(env.game.emulator.memory)
    for part in parts:
        for button in part(solver):
            _, reward, _, _, info = env.step(BUTTONS.index(button))
            assert reward == sum(info["reward_terms"].values())
            paid.update(info["reward_terms"])
    return paid


def in_the_hamlet() -> Any:
    """With a companion, and no wild creatures for 255 steps."""
    env = in_the_first_room()
    walked(env, lambda solver: solver.talk("ELDER", "ELDER"))
    env.game.emulator.poke(at.REPEL, 255)
    return env


def test_re_entry_of_a_house_pays_once_in_the_cartridge_too() -> None:
    env = in_the_hamlet()
    there, back = (lambda solver: solver.go("HOME", 4, 6)), (lambda solver: solver.go("HAMLET", 12, 9))
    first, *others = [walked(env, there, back) for _ in range(6)]
    assert first["squares"] > 0
    assert all(sum(paid.values()) <= 0 for paid in others)


def test_a_bed_pays_for_one_party_in_the_cartridge_too() -> None:
    """The companion is hurt again and again, and healed each time by the mother, who takes nothing for it."""
    env, paid = in_the_hamlet(), list[float]()
    for _ in range(5):
        env.game.emulator.poke(at.PARTY + 2, 1)
        total = walked(env, lambda solver: solver.go("HOME", 4, 6), lambda solver: solver.talk("HOME", "MOTHER"))
        paid.append(total["healed"])
        assert env.game.state.team[0].health == 1
    share = 0.2 * (1 - 1 / env.game.state.team[0].max_hp)
    assert paid == pytest.approx([share, 0.2 - share, 0, 0, 0])


@pytest.mark.slow
def test_no_cycle_of_four_presses_from_fifty_moments_pays_again() -> None:
    env, tally, kinds = environment(), Tally(), []
    for sort, moment in fifty():
        kinds.append(sort)
        search(env, moment, 4, tally)
    assert tally["words"] == MOMENTS * (8 + 8**2 + 8**3 + 8**4)
    assert tally.best_again <= 0
    assert tally["gone again alike"] == tally["cycles"] > 10_000
    print(dict(tally), "best again", tally.best_again, "best first", tally.best_first, kinds)
