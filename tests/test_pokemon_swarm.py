"""Episodes that begin at snapshots of earlier ones: which are kept and drawn, and that all of it can be repeated."""

from __future__ import annotations

from collections import Counter
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

import reason_arena.envs  # noqa: F401 - registers the ids
from reason_arena.envs.pokemon.scout import Scout
from reason_arena.envs.pokemon.swarm import SwarmReset
from reason_arena.tasks.errors import BadCheckpoint, BadConfig
from reason_arena.tasks.pokemon.actions import BUTTONS
from reason_arena.tasks.pokemon.array_view import BATTLE, SCALARS, SPACES
from reason_arena.tasks.pokemon.hearthway.solver import Solver
from reason_arena.tasks.pokemon.hearthway.world import IDS

pytest.importorskip("pyboy")
ENV_ID = "Reason-Pokemon-v0"
ROWS = 3


def swarm(share: float = 0.5, seed: int = 0, level: str = "until=3,steps=40", **options: Any) -> SwarmReset:
    return SwarmReset(
        gym.make_vec(ENV_ID, num_envs=ROWS, view="array", level=level, reward="shaped"), share, seed=seed, **options
    )


def anywhere(envs: SwarmReset) -> set[tuple[int, int, bool, int]]:
    """The cells, wherever on their maps."""
    return {(reached, number, fight, levels) for reached, number, _, fight, levels in envs.library}


def scout(presses: int) -> Scout:
    return Scout(gym.make(ENV_ID, view="array", level="until=3,steps=40"), presses)


def ways(envs: SwarmReset, steps: int, solvers: list[Solver]) -> list[tuple[Any, ...]]:
    """Row 0 plays by heart, the others leave the house and turn round and round; beginnings and ends as they come."""
    told, rng = [], np.random.default_rng(7)
    for _ in range(steps):
        games = envs.env.games  # type: ignore[attr-defined]
        known = BUTTONS.index(solvers[0].act(games[0].game.emulator.memory) or "noop")
        actions = np.array([known, *rng.integers(8, size=ROWS - 1)])
        seen, rewards, terminated, truncated, infos = envs.step(actions)
        if terminated[0] or truncated[0]:
            solvers[0] = Solver()
        for row in np.flatnonzero(terminated | truncated):
            last = infos["final_info"]
            told.append((int(row), last["start"][row], int(last["start_milestone"][row]), int(last["furthest"][row])))
            told.append((int(row), infos["start"][row], int(infos["start_milestone"][row])))
        told.append((seen["scalars"].tobytes(), rewards.tobytes()))
    return told


def begun(told: list[tuple[Any, ...]]) -> list[tuple[str, int]]:
    return [each[1:] for each in told if len(each) == 3]


def test_what_was_reached_is_kept_and_begun_with() -> None:
    envs = swarm(share=1.0)
    envs.reset(seed=0)
    assert not envs.library
    told = ways(envs, 170, [Solver()])
    assert {reached for reached, *_ in envs.library} == {1, 2}
    assert (2, IDS["ELDER"], False, 5) in anywhere(envs), "the companion comes at level 5, in the elder's house"
    assert (2, IDS["HAMLET"], False, 5) in anywhere(envs)
    assert ("snapshot", 1) in begun(told)
    assert ("snapshot", 2) in begun(told)
    assert all(start == "snapshot" for start, _ in begun(told)[-4:]), "once something is kept, with a share of 1"
    ends = [each for each in told if len(each) == 4]
    assert all(furthest >= first for _, _, first, furthest in ends)


@pytest.mark.parametrize(
    ("level", "goes_on"), [("until=3,steps=90,patience=30", True), ("until=4,steps=40", False), ("until=2", False)]
)
def test_what_was_found_goes_on_on_a_level_with_the_same_goal(level: str, goes_on: bool) -> None:
    first, second = swarm(), swarm(share=1.0, level=level)
    first.reset(seed=0)
    ways(first, 170, [Solver()])
    known, arrivals = dict(first.library), Counter(first.arrivals)
    assert len(known) > 2
    second.take_over(first)
    first.close()
    second.reset(seed=1)
    assert second.library == (known if goes_on else {})
    assert second.arrivals == (arrivals if goes_on else {})
    if goes_on:
        told = ways(second, 100, [Solver()])
        assert {start for start, _ in begun(told)} == {"snapshot"}


def test_a_share_of_none_is_the_environment_itself() -> None:
    envs = swarm(share=0.0)
    envs.reset(seed=0)
    assert {start for start, _ in begun(ways(envs, 90, [Solver()]))} == {"intro"}


def test_the_same_seed_tells_the_same_story_and_another_another() -> None:
    stories = []
    for seed in (4, 4, 5):
        envs = swarm(seed=seed)
        envs.reset(seed=0)
        stories.append(ways(envs, 170, [Solver()]))
    assert stories[0] == stories[1]
    assert begun(stories[0]) != begun(stories[2])


def test_a_copy_goes_on_as_the_original() -> None:
    envs, other = swarm(), swarm(seed=9)
    envs.reset(seed=0)
    ways(envs, 60, [Solver()])
    state = envs.get_state()
    told = ways(envs, 90, [Solver()])
    other.set_state(state)
    assert ways(other, 90, [Solver()]) == told
    assert other.library == envs.library


def test_a_state_of_another_version_is_refused() -> None:
    envs = swarm()
    envs.reset(seed=0)
    state = envs.get_state()
    del state["rates"]
    with pytest.raises(BadCheckpoint, match="got one without rates"):
        envs.set_state(state)


def test_no_more_than_the_size_is_kept() -> None:
    envs = swarm(size=2, level="until=3,steps=16")
    envs.reset(seed=0)
    ways(envs, 100, [Solver()])
    assert max(map(len, envs.library.values())) == 2


def test_a_cell_is_kept_once_an_episode_and_none_before_the_first_milestone() -> None:
    envs = swarm(share=0.0, level="until=3,steps=400")
    envs.reset(seed=0)
    told = ways(envs, 170, [Solver()])
    cells = anywhere(envs)
    assert {
        (1, IDS["HAMLET"], False, 0),
        (1, IDS["ELDER"], False, 0),
        (2, IDS["ELDER"], False, 5),
        (2, IDS["HAMLET"], False, 5),
    } <= cells
    assert not [cell for cell in cells if cell[0] == 0]
    episodes = ROWS + len(begun(told))
    assert episodes < 12, "there are few"
    hamlet = [count for place, count in envs.arrivals.items() if place[:2] == (1, IDS["HAMLET"])]
    assert len(hamlet) > 1, "its corners are places of their own"
    assert max(hamlet) <= episodes, "before the companion there is one level, 0"


def test_a_trainers_challenge_is_a_place_of_its_own() -> None:
    envs = swarm(level="until=badge")
    seen = {name: np.zeros((3, *space.shape), space.dtype) for name, space in SPACES.items()}
    seen["scalars"][:, SCALARS.index("map")] = np.float32(IDS["HALL"] / 255)
    seen["battle"][:, BATTLE.index("kind")] = np.array([0, 1, 2], np.float32) / 3  # none, wild, trainer
    seen["milestones"][:, :9] = 1  # two of them lie beyond the badge
    seen["party"][:, :2, 1] = np.float32(0.07)
    hall = IDS["HALL"]
    seen["scalars"][1, SCALARS.index("x")] = np.float32(17 / 255)
    seen["scalars"][1, SCALARS.index("y")] = np.float32(8 / 255)
    assert envs._cells(seen) == [(7, hall, 0, False, 14), (7, hall, 256 + 2, False, 14), (7, hall, 0, True, 14)]


def test_beginning_somewhere_counts_as_coming_there() -> None:
    """Otherwise a cell that one episode came to would be begun with again and again."""
    single = gym.make(ENV_ID, view="array", level="until=3").unwrapped
    _, info = single.reset(seed=0)
    solver = Solver()
    while info.get("milestones", 0) < 1:
        button = solver.act(single.game.emulator.memory) or "noop"  # type: ignore[attr-defined]
        _, _, _, _, info = single.step(BUTTONS.index(button))
        info["milestones"] = single.game.progress.milestones.count  # type: ignore[attr-defined]
    envs = swarm(share=1.0, level="until=3,steps=5")
    envs.reset(seed=0)
    envs.env.set_next_starts({0: single.snapshot()})  # type: ignore[attr-defined]
    cell = envs._cells(envs.env.reset(seed=0)[0])[0]
    assert (cell[:2], cell[3:]) == ((1, IDS["HAMLET"]), (False, 0))
    envs.reset(seed=0)
    envs.library, envs.arrivals = {cell: [single.snapshot()]}, Counter({cell[:4]: 1})  # type: ignore[attr-defined]
    envs._draw(range(ROWS))
    for _ in range(10):
        envs.step(np.full(ROWS, BUTTONS.index("noop")))
    assert envs.arrivals[cell[:4]] == 1 + 2 * ROWS, "two episodes a row began there"


def test_who_comes_to_a_full_cell_is_kept_the_more_rarely_the_more_came() -> None:
    envs = swarm(size=2)
    cell = (1, 0, 0, False, 5)
    envs.arrivals = Counter({cell[:4]: 8})
    assert envs._wanted(cell)
    envs.library = {cell: [b"a", b"b"]}
    assert sum(envs._wanted(cell) for _ in range(8_000)) == pytest.approx(2_000, abs=150)


def test_how_many_get_on_is_counted_by_milestones() -> None:
    """One that got from 1 to 3 got on after 1 and 2 and not after 3; a thirty-second part of it is new."""
    envs = swarm()
    envs._count(1, 3)
    envs._count(1, 1)
    assert envs.rates.tolist() == [0, 1 / 32 - 1 / 1024, 1 / 32, 0]


def test_episodes_that_end_are_counted_where_they_got_to() -> None:
    envs = swarm(share=0.0, level="until=1,steps=400")
    envs.reset(seed=0)
    told = ways(envs, 60, [Solver()])
    ends = [each for each in told if len(each) == 4]
    assert ends
    assert all(furthest == 1 for *_, furthest in ends), "they leave the house and have won"
    assert envs.rates[0] == pytest.approx(1 - (1 - 1 / 32) ** len(ends))
    assert envs.rates[1] == 0


def test_draws_are_spread_as_promised() -> None:
    """Milestones by how few get on from there (0.1 more); where, by the root of how few came; levels alike."""
    envs = swarm(share=1.0)
    envs.rates = np.array([0, 0.9, 0.3, 0])
    envs.library = {
        (1, 0, 0, False, 5): [b"a"],
        (1, 0, 0, False, 6): [b"b"],
        (2, 0, 0, False, 5): [b"c"],
        (2, 0, 0, True, 5): [b"d"],
        (2, 3, 0, False, 5): [b"e"],
        (2, 3, 0, False, 7): [b"f", b"g"],
    }
    envs.arrivals = Counter({(1, 0, 0, False): 9, (2, 0, 0, False): 4, (2, 0, 0, True): 4, (2, 3, 0, False): 1})
    drawn = [envs._start()[0] for _ in range(10_000)]
    # After the first milestone 0.2 of 0.2 + 0.8; after the second odds of 1/2 on map 0, 1/2 in its fight, 1 on map 3.
    expected = {b"a": 0.1, b"b": 0.1, b"c": 0.2, b"d": 0.2, b"e": 0.2, b"f": 0.1, b"g": 0.1}
    shares = {each: drawn.count(each) / 10_000 for each in expected}
    assert shares == pytest.approx(expected, abs=0.02)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(BadConfig, match="expected view 'array'"):
        SwarmReset(gym.make_vec(ENV_ID, num_envs=1, view="text"))
    with pytest.raises(BadConfig, match="SAME_STEP"):
        SwarmReset(gym.make_vec(ENV_ID, num_envs=1, view="array", autoreset_mode=AutoresetMode.DISABLED))
    with pytest.raises(BadConfig, match="expected Reason-Pokemon-v0"):
        SwarmReset(gym.make_vec("Reason-Arithmetic-v0", num_envs=1, view="array"))
    with pytest.raises(BadConfig, match=r"got 1\.5 and 4"):
        swarm(share=1.5)
    for seed in (-1, "x", 1.5):
        with pytest.raises(BadConfig, match="expected a whole number from 0 on as seed"):
            SwarmReset(gym.make_vec(ENV_ID, num_envs=1, view="array"), seed=seed)  # type: ignore[arg-type]
    with pytest.raises(BadConfig, match=r"expected a novelty of 0 or more, got -0\.1"):
        swarm(novelty=-0.1)


def test_a_scout_finds_what_nobody_came_to_and_tells_no_story_of_its_own() -> None:
    """From one game in the hamlet it comes into houses; the games that are practised in see nothing of it."""
    plain, scouting = swarm(share=0.0), swarm(share=0.0, scout=scout(30))
    told = []
    for envs in (plain, scouting):
        envs.reset(seed=0)
        told.append(ways(envs, 170, [Solver()]))
    assert told[0] == told[1]
    assert plain.library.keys() < scouting.library.keys()
    assert plain.scouted == 0
    ends = sum(len(each) == 4 for each in told[1])
    assert 30 < scouting.scouted <= 30 * ends
    found = scouting.library.keys() - plain.library.keys()
    assert all(len(scouting.library[cell]) == 1 and scouting.arrivals[cell[:4]] >= 1 for cell in found)
    wanted = next(iter(found))
    scouting.env.set_next_starts({0: scouting.library[wanted][0]})  # type: ignore[attr-defined]
    seen, _ = scouting.env.reset(seed=1)
    assert scouting._cells(seen)[0] == wanted, "what is kept is a game in that cell"


def test_a_scouts_walks_are_drawn_from_the_seed_and_go_on_from_a_state() -> None:
    def story(envs: SwarmReset, state: dict[str, Any] | None = None) -> tuple[Any, ...]:
        envs.reset(seed=0)
        if state is None:
            ways(envs, 100, [Solver()])
            return envs.get_state(), envs.library
        envs.set_state(state)
        rng = np.random.default_rng(1)
        for _ in range(60):
            envs.step(rng.integers(8, size=ROWS))
        return sorted(envs.library), envs.scouted, envs.get_state()["rng"]

    state, _ = story(swarm(scout=scout(20)))
    assert story(swarm(scout=scout(20)), state) == story(swarm(scout=scout(20), seed=9), state)
    assert story(swarm(scout=scout(20), seed=9))[1] != story(swarm(scout=scout(20)))[1]


def test_the_first_to_come_to_a_place_are_paid_the_most() -> None:
    """Over the root of how often anybody came there, once an episode; nothing else of the story is another."""
    paid, plain = swarm(share=0.0, novelty=0.5), swarm(share=0.0)
    rewards: list[list[Any]] = [[], []]
    for told, envs in zip(rewards, (paid, plain), strict=True):
        envs.reset(seed=0)
        solver, rng = Solver(), np.random.default_rng(7)
        for _ in range(39):
            games = envs.env.games  # type: ignore[attr-defined]
            known = BUTTONS.index(solver.act(games[0].game.emulator.memory) or "noop")
            before = dict(envs.arrivals)
            _, reward, *_ = envs.step(np.array([known, *rng.integers(8, size=ROWS - 1)]))
            told.append((reward, before, dict(envs.arrivals)))
    assert [each[1:] for each in rewards[0]] == [each[1:] for each in rewards[1]]
    extra = [more[0] - less[0] for more, less in zip(*rewards, strict=True)]
    assert sum(map(np.count_nonzero, extra)) > 3
    compared = 0
    for bonus, (_, before, after) in zip(extra, rewards[0], strict=True):
        came = {place: count for place, count in after.items() if count != before.get(place, 0)}
        expected = sorted(0.5 / count**0.5 for count in came.values())
        if len(came) == np.count_nonzero(bonus):  # nobody came to one place with another, or to another level there
            assert sorted(bonus[bonus > 0]) == pytest.approx(expected)
            compared += len(came)
    assert compared > 3


def test_a_scout_that_does_not_walk_is_refused() -> None:
    with pytest.raises(BadConfig, match="expected 1 press or more to a walk, got 0"):
        scout(0)
