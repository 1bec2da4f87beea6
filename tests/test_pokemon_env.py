"""Games of a console as episodes: won by the solver, equal in both views, exact again, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

pytest.importorskip("pyboy")

from reason_arena.agents.learning.rollout import rollout
from reason_arena.agents.registry import Place, make
from reason_arena.tasks.errors import BadCheckpoint, BadConfig
from reason_arena.tasks.pokemon import profiles
from reason_arena.tasks.pokemon.actions import BUTTONS
from reason_arena.tasks.pokemon.facts import facts_of_arrays, facts_of_text
from reason_arena.tasks.pokemon.hearthway.solver import Solver
from reason_arena.tasks.pokemon.rewards import RewardConfig

ENV = "Reason-Pokemon-v0"
FREE = profiles.hearthway()
GOALS = len(FREE.milestones)


def game(view: str = "text", seed: int = 1, **options: Any) -> Any:
    """An environment in which an episode has begun."""
    env = gym.make(ENV, view=view, **options).unwrapped
    env.reset(seed=seed)
    return env


def last(env: Any) -> str:
    """What the text view says of the last command."""
    return str(env.words().rpartition("\nLAST ")[2])


def won(seed: int) -> int:
    env = game("array", seed, reward="shaped")
    solver, paid, done = Solver(), 0.0, False
    while not done:
        button = solver.act(env.game.emulator.memory)
        assert button is not None, "the solver is through and the last milestone is not reached"
        _, reward, done, truncated, info = env.step(BUTTONS.index(button))
        assert not truncated
        assert reward == sum(info["reward_terms"].values())
        paid += reward
    steps = info["milestone_steps"]
    assert (np.diff(steps) >= 0).all(), "in their order"
    assert steps.min() > 0
    assert steps.max() == info["counts"]["presses"]
    assert (info["milestones"], info["furthest"], info["cartridge"]) == (GOALS, GOALS, "hearthway")
    assert (info["verdict"], info["correct"], info["termination"]) == ("correct", True, "reached")
    assert paid > GOALS + 2 * 2 - 1, "a milestone is worth 1 and each of the two badges 2 more"
    env.close()
    return int(steps.max())


@pytest.mark.parametrize("seed", [1, 2])
def test_the_solver_wins_through_the_array_view(seed: int) -> None:
    won(seed)


@pytest.mark.slow
def test_the_solver_wins_on_twenty_seeds() -> None:
    assert len({won(seed) for seed in range(100, 120)}) > 10, "the seed changes what happens"


def test_both_views_say_the_same_of_one_list_of_presses() -> None:
    array, text = game("array", 3, reward="shaped"), game("text", 3, reward="shaped")
    solver, kinds = Solver(), set()
    for _ in range(700):
        button = solver.act(array.game.emulator.memory)
        assert button is not None
        arrays, paid, *ends, info = array.step(BUTTONS.index(button))
        words, also, *others, told = text.step(f"press {button}")
        assert (paid, ends, info["reward_terms"]) == (also, others, told["reward_terms"])
        assert array.observation_space.contains(arrays)
        assert facts_of_text(words, FREE) == facts_of_arrays(arrays), words
        assert array.digest() == text.digest()
        kinds.add((bool(arrays["battle"][0]), array.game.state.menu is not None, array.game.state.text_open))
    assert len(kinds) >= 4


REPLAY = """
import gymnasium as gym, numpy as np, reason_arena.envs
env = gym.make("Reason-Pokemon-v0", view="array").unwrapped
env.reset(seed=7)
rng = np.random.default_rng(4)
for step in range(600):
    env.step(6 if step < 3 else int(rng.integers(8)))
    if step % 100 == 99:
        print(env.digest())
"""


def test_replays_are_exact_in_another_process_and_after_other_episodes() -> None:
    fresh = subprocess.run([sys.executable, "-c", REPLAY], capture_output=True, text=True, check=True).stdout.split()
    env, seen = game("array", 5), []
    for step in range(50):
        env.step(6 if step < 3 else 4)
    env.reset(seed=7)
    rng = np.random.default_rng(4)
    for step in range(600):
        env.step(6 if step < 3 else int(rng.integers(8)))
        if step % 100 == 99:
            seen.append(env.digest())
    assert seen == fresh
    assert len(set(seen)) == 6


def test_seeds_differ_where_chance_has_a_say() -> None:
    ends = set()
    for seed in range(4):
        env, solver = game("array", seed), Solver()
        for _ in range(400):
            env.step(BUTTONS.index(solver.act(env.game.emulator.memory) or "noop"))
        ends.add(env.digest())
    assert len(ends) == 4


def walked(env: Any, presses: int) -> None:
    solver = Solver()
    for _ in range(presses):
        env.step(BUTTONS.index(solver.act(env.game.emulator.memory) or "noop"))


def test_a_restored_game_goes_on_bit_for_bit_from_its_first_frame() -> None:
    env = game("array", 2, pixels=True)
    walked(env, 120)
    state, shown = env.get_state(), env.screen()
    actions = np.random.default_rng(0).integers(8, size=60)

    def lived(env: Any) -> list[Any]:
        return [(env.step(int(action))[0]["screen"].tobytes(), env.digest()) for action in actions]

    first = lived(env)
    assert len({screen for screen, _ in first}) > 3
    assert not np.array_equal(env.screen(), shown)
    for target in (env, game("array", 9, pixels=True), gym.make(ENV, view="array", pixels=True).unwrapped):
        target.set_state(state)
        assert np.array_equal(target.screen(), shown)
        assert lived(target) == first


def test_a_snapshot_is_where_other_episodes_start() -> None:
    env = game("array", 2)
    walked(env, 120)
    snapshot, here = env.snapshot(), env.game.state.position
    assert len(snapshot) < 8_000
    for view in ("text", "array"):
        other = gym.make(ENV, view=view, start=snapshot, level="until=badge,steps=100").unwrapped
        _, info = other.reset(seed=4)
        there = other.game.state.position
        assert (there.map, there.x, there.y) == (here.map, here.x, here.y)
        assert info["milestones"] == env.game.progress.milestones.count > 0
        assert set(info["milestone_steps"].tolist()) == {0, -1}
    with pytest.raises(BadConfig, match="start is past milestone 1, which the game is until"):
        gym.make(ENV, start=snapshot, until=1).reset(seed=0)
    for wrong in (
        snapshot[:200],
        snapshot.replace(b"pyboy", b"pybox"),
        snapshot.replace(FREE.sha1.encode(), b"0" * 40),
    ):
        with pytest.raises(BadCheckpoint, match=r"damaged|is of (pyboy|cartridge) \w+, expected"):
            gym.make(ENV, start=wrong)


def test_presses_stop_early_and_say_why() -> None:
    env = game()
    env.step("press start*3")
    assert last(env) == "stopped after 1 of 3: the game began"
    env.step("press right*16")
    assert "blocked by a wall at (10,4)" in last(env)
    assert env.game.state.position.x == 9
    env.step("goto 4 6")
    assert last(env).startswith("walked ")
    assert (env.game.state.position.x, env.game.state.position.y) == (4, 6)
    env.step("press down*9 a")
    assert last(env) == "stopped after 1 of 10: you came to ALDER HAMLET"
    before = env.game.progress.step
    env.step("press a*5")
    assert last(env) == "stopped after 2 of 5: nothing changed"
    assert env.game.progress.step == before + 2


def test_a_battle_and_a_text_stop_presses() -> None:
    env, solver, texts = game(seed=3), Solver(), 0
    while not env.game.state.in_battle:
        state, before = env.get_state(), env.game.state
        button = solver.act(env.game.emulator.memory)
        env.step(f"press {button}")
        if env.game.state.text_open and not before.text_open and not env.game.state.in_battle:
            texts += last(env) == f"did {button}: a text opened"
    assert texts > 1
    env.set_state(state)
    env.step(f"press {button}*9")
    assert last(env) == "stopped after 1 of 9: a battle began"


def test_ten_thousand_presses_are_refused_and_the_game_goes_on() -> None:
    env = game()
    memory = env.digest()
    for answer in ("press up*10000", "press " + "up " * 10_000, "wait 10000", "up*10000", "", "\x00", "x" * 3_000_000):
        step = env.game.progress.step
        words, reward, terminated, truncated, _ = env.step(answer)
        assert "\nLAST not understood: " in words
        assert (reward, terminated, truncated) == (0.0, False, False)
        assert (env.digest(), env.game.progress.step) == (memory, step + 1)
    env.step("press start")
    assert env.game.state.position.name == "WREN'S HOUSE"
    assert env.player.counts.unparsable == 7


def test_walks_that_cannot_be_are_refused() -> None:
    env = game()
    for answer, reason in (
        ("goto 3 3", "no walk: the game has not begun"),
        ("press start", ""),
        ("goto 90 90", "no walk: (90,90) has not been seen"),
        ("goto 0 0", "no walk: (0,0) is a wall"),
        ("goto 4 4", "no walk: you are at (4,4) already"),
    ):
        env.step(answer)
        assert reason in last(env)
    assert env.player.counts.illegal == 4


def test_notes_take_no_time_but_for_one_after_another() -> None:
    env = game(steps=6)
    env.step("note the ELDER wants a letter")
    assert "\nNOTES the ELDER wants a letter\n" in env.words()
    assert env.game.progress.step == 0
    env.step("note second")
    assert "\nNOTES the ELDER wants a letter; second\n" in env.words()
    assert env.game.progress.step == 1
    said = 0
    while not env.game.over:
        told = env.step("note and so on")
        said += 1
    assert said <= 12
    assert told[0] == ""
    assert told[3]
    assert (told[4]["termination"], told[4]["verdict"]) == ("length", "wrong")


@pytest.mark.parametrize(("commands", "off"), [("buttons", ("goto 4 5", "note x")), ("goto", ("note x",)), ("all", ())])
def test_commands_can_be_switched_off(commands: str, off: tuple[str, ...]) -> None:
    env = game(commands=commands)
    for answer in ("press start", "goto 4 5", "note x"):
        env.step(answer)
        assert ("is switched off here" in last(env)) == (answer in off)


def test_other_weights_pay_otherwise() -> None:
    env = game("array", reward=RewardConfig(milestones=7.0, squares=0.0, maps=0.0, blocked=0.0))
    solver, terms = Solver(), []
    for _ in range(60):
        _, reward, _, _, info = env.step(BUTTONS.index(solver.act(env.game.emulator.memory) or "noop"))
        assert reward == sum(info["reward_terms"].values())
        terms += info["reward_terms"].items()
    assert ("milestones", 7.0) in terms
    assert not {"squares", "maps", "blocked"} & {name for name, _ in terms}


@pytest.mark.parametrize("view", ["text", "array"])
def test_agents_play_it(view: str) -> None:
    place = Place(ENV, level="until=1,steps=30")
    episodes = rollout(place.make(view, 2), make("random", place, view), [0, 1, 2])  # type: ignore[arg-type]
    assert [episode.seed for episode in episodes] == [0, 1, 2]
    for episode in episodes:
        assert episode.terminated or episode.truncated
        assert episode.termination in ("reached", "length")
        assert episode.counts["presses"] <= 30


@pytest.mark.parametrize("view", ["text", "array"])
def test_it_can_be_looked_at(view: str) -> None:
    env = gym.make(ENV, view=view, render_mode="rgb_array").unwrapped
    env.reset(seed=0)
    env.step("press start" if view == "text" else 6)  # type: ignore[arg-type]
    pixels = env.render()
    assert isinstance(pixels, np.ndarray)
    assert (pixels.shape, pixels.dtype) == ((144, 160, 3), np.uint8)
    assert len(np.unique(pixels)) > 1
    env.close()


def test_an_episode_begins_where_its_reset_says_and_only_that_one() -> None:
    env = game("array", 2, reward="shaped", level="until=badge,steps=300")
    walked(env, 120)
    snapshot, reached, here = env.snapshot(), env.game.progress.milestones, env.game.state.position
    known, paid, memory = reached.count, 0.0, set()
    for seed in (4, 5):
        _, info = env.reset(seed=seed, options={"start": snapshot})
        assert (info["start"], info["start_milestone"], info["milestones"]) == ("snapshot", reached.furthest, known)
        assert set(info["milestone_steps"].tolist()) == {0, -1}
        there = env.game.state.position
        assert (there.map, there.x, there.y) == (here.map, here.x, here.y)
        memory.add((env.game.emulator.memory[0xFFD3], env.game.emulator.memory[0xFFD4]))
    assert len(memory) == 2, "random numbers begin elsewhere with another seed"
    first = env.game.progress.measures
    solver, done, info = Solver(), False, {}
    while not done:
        _, reward, terminated, truncated, info = env.step(BUTTONS.index(solver.act(env.game.emulator.memory) or "noop"))
        paid, done = paid + reward, terminated or truncated
    weights, last = RewardConfig(), env.game.progress.measures
    gained = sum(getattr(weights, name) * (getattr(last, name) - getattr(first, name)) for name in last._fields)
    assert paid == pytest.approx(gained, abs=1e-9)
    assert last.milestones > known, "what was reached before has paid nothing, what is new has"
    assert (info["start"], info["start_milestone"]) == ("snapshot", reached.furthest)
    fresh = game("array", 9, level="until=badge,steps=300")
    _, info = env.reset(seed=9)
    assert (info["start"], info["start_milestone"], info["milestones"]) == ("intro", 0, 0)
    assert env.digest() == fresh.digest()
    other = game("array", 9, start=snapshot, level="until=badge,steps=300")
    other.reset(seed=9, options={"start": "intro"})
    assert other.digest() == fresh.digest()
    for wrong in ("title", 7):
        with pytest.raises(BadConfig, match="expected 'intro', 'milestone 1' to"):
            env.reset(options={"start": wrong})


def test_each_of_many_begins_where_it_is_told() -> None:
    one = game("array", 2, level="until=badge,steps=6")
    one.reset(seed=2, options={"start": "intro"})
    long = game("array", 2)
    walked(long, 120)
    snapshot = long.snapshot()
    many: Any = gym.make_vec(ENV, num_envs=3, view="array", level="until=badge,steps=6")
    _, infos = many.reset(seed=2, options={"start": [None, snapshot, "intro"]})
    assert infos["start"].tolist() == ["intro", "snapshot", "intro"]
    many.set_next_starts({0: snapshot})
    told = []
    for _ in range(12):
        *_, infos = many.step(np.full(3, 4))
        if "final_info" in infos:
            told.append((infos["final_info"]["start"].tolist(), infos["start"].tolist()))
    assert told == [
        (["intro", "snapshot", "intro"], ["snapshot", "intro", "intro"]),
        (["snapshot", "intro", "intro"], ["intro", "intro", "intro"]),
    ]
    assert many.milestone_steps.shape == (3, GOALS)
    with pytest.raises(BadConfig, match="one for each of the 3"):
        many.reset(options={"start": [snapshot]})
