"""Rewards: the sum of their terms, worked out by hand, and the ways to earn without getting on that do not work."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
from pokemon_memory import Cells, free_of_events, rich

from reason_arena.tasks.errors import BadConfig
from reason_arena.tasks.pokemon import addresses as at
from reason_arena.tasks.pokemon import profiles
from reason_arena.tasks.pokemon.milestones import Milestone, Milestones
from reason_arena.tasks.pokemon.profiles import Profile
from reason_arena.tasks.pokemon.progress import Measures, Progress
from reason_arena.tasks.pokemon.rewards import RewardConfig, RewardTerms

RED = profiles.red()
ONLY_HEALING = RewardConfig(**{**dict.fromkeys(Measures._fields, 0.0), "healed": 1.0})


class Episode:
    """Moments one after the other, and what each paid."""

    def __init__(self, start: Cells, profile: Profile = RED, config: RewardConfig | None = None) -> None:
        self.profile = profile
        self.progress = Progress(profile.milestones, profile.unpaid)
        self.rewards = RewardTerms(config)
        self.progress.begin(start.read(profile))
        self.first = self.progress.measures
        self.rewards.begin(self.first)
        self.paid: list[float] = []

    def step(self, cells: Cells, blocked: int = 0) -> dict[str, float]:
        terms = self.rewards.step(self.progress.update(cells.read(self.profile), blocked))
        self.paid.append(sum(terms.values()))
        return terms

    @property
    def worth(self) -> float:
        weights = self.rewards.config
        return sum(
            getattr(weights, name) * (last - first)
            for name, last, first in zip(Measures._fields, self.progress.measures, self.first, strict=True)
        )


def test_the_weights_are_one_for_each_measure_and_as_published() -> None:
    assert [name for name in RewardConfig.__dataclass_fields__] == list(Measures._fields)
    assert RewardConfig() == RewardConfig(1.0, 2.0, 0.1, 0.005, 0.2, 0.05, 0.05, 0.2, 0.2, -0.1, -0.001, 0.0)


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), "1", None, True, np.bool_(True), 10**400, 1j])
def test_a_weight_is_a_finite_number(weight: Any) -> None:
    with pytest.raises(BadConfig, match="RewardConfig: squares: expected a finite number, got"):
        RewardConfig(squares=weight)
    with pytest.raises(BadConfig, match="got one too large for a float"):
        RewardConfig(squares=10**9999)


@pytest.mark.parametrize("weight", [2, np.int64(2), np.float32(2), np.float64(2)])
def test_a_weight_of_any_kind_of_number_is_a_float(weight: Any) -> None:
    config = RewardConfig(squares=weight)
    assert type(config.squares) is float
    assert config == RewardConfig(squares=2.0)


def test_standing_still_earns_nothing() -> None:
    """A published reward is the state's value at every step, so that doing nothing earns most."""
    episode = Episode(rich())
    assert [episode.step(rich()) for _ in range(5)] == [{}] * 5


def test_what_is_there_at_the_start_pays_nothing() -> None:
    assert Episode(Cells()).step(rich()) != {}
    assert Episode(rich()).step(rich()) == {}


def test_each_term_by_hand() -> None:
    episode = Episode(Cells())
    assert episode.step(Cells().put(at.X, 6)) == {"squares": 0.005}
    # Another map is a new square as well.
    assert episode.step(Cells().put(at.MAP, 0)) == pytest.approx({"squares": 0.005, "maps": 0.2})
    assert episode.step(Cells().event(0x022)) == {"milestones": 1.0}
    assert episode.step(Cells().event(0x123).event(0x124)) == {"events": 0.2}
    # Beating the first leader: a milestone and a badge.
    assert episode.step(Cells().event(0x077).put(at.BADGES, 1)) == {"milestones": 1.0, "badges": 2.0}
    assert episode.step(Cells().creature(0, level=5)) == {"levels": 0.25}
    # 5 + 14 = 19: 15 in full and 4 as one, 16 in all, 11 more than before.
    assert episode.step(Cells().creature(0, level=5).creature(1, level=14)) == pytest.approx({"levels": 0.55})
    assert episode.step(Cells().put(at.DEX_SEEN, 0b111)) == pytest.approx({"seen": 0.15})
    assert episode.step(Cells().put(at.DEX_SEEN, 0b111).put(at.DEX_OWNED, 0b10)) == {"caught": 0.2}
    assert episode.step(Cells(), blocked=2) == {"blocked": -0.002}
    assert sum(episode.paid) == pytest.approx(episode.worth)


def test_re_entry_pays_once() -> None:
    """Going in and out of a house, over the same squares, is worth one visit."""
    here, there = Cells(), Cells().put(at.MAP, 41)
    episode = Episode(here)
    episode.step(there)
    assert all(episode.step(cells) == {} for _ in range(10) for cells in (here, there))


def test_the_museum_ticket_pays_nothing_however_often_it_is_sold() -> None:
    episode = Episode(Cells())
    assert all(episode.step(cells) == {} for _ in range(5) for cells in (Cells().event(0x068), Cells()))


def test_a_flag_that_goes_up_and_down_pays_once() -> None:
    episode = Episode(Cells())
    paid = [sum(episode.step(cells).values()) for _ in range(5) for cells in (Cells().event(0x200), Cells())]
    assert paid == [pytest.approx(0.1), *[0.0] * 9]


def test_healing_pays_what_was_lost_and_no_more() -> None:
    episode = Episode(Cells().creature(0, hp=20, top=20), config=ONLY_HEALING)
    assert episode.step(Cells().creature(0, hp=5, top=20)) == {}
    # Three quarters were lost: a half and a quarter come back.
    assert episode.step(Cells().creature(0, hp=15, top=20)) == {"healed": 0.5}
    assert episode.step(Cells().creature(0, hp=20, top=20)) == {"healed": 0.25}
    assert episode.step(Cells().creature(0, hp=20, top=20)) == {}


def test_damage_from_before_the_episode_is_not_paid_for() -> None:
    episode = Episode(Cells().creature(0, hp=1, top=20), config=ONLY_HEALING)
    assert episode.step(Cells().creature(0, hp=20, top=20)) == {}


def test_a_walk_between_grass_and_bed_stops_paying() -> None:
    """A whole party is paid for once; another one only after a milestone or a level that is new."""
    hurt, well = Cells().creature(0, hp=1, top=20), Cells().creature(0, hp=20, top=20)
    episode = Episode(well, config=ONLY_HEALING)
    paid = [sum(episode.step(cells).values()) for _ in range(30) for cells in (hurt, well)]
    assert sum(paid) == pytest.approx(1.0)
    assert paid[4:] == [0.0] * 56
    for cells in (hurt, well):
        cells.event(0x022)
    assert sum(sum(episode.step(cells).values()) for _ in range(30) for cells in (hurt, well)) == pytest.approx(1.0)


def test_a_deposit_heals_nothing() -> None:
    """Putting a hurt creature into the box lifts the share of hp, and taking it out again lowers it."""
    both = Cells().creature(0, hp=20, top=20).creature(1, hp=20, top=20)
    hurt = Cells().creature(0, hp=20, top=20).creature(1, hp=2, top=20)
    alone = Cells().creature(0, hp=20, top=20)
    episode = Episode(both, config=ONLY_HEALING)
    assert all(episode.step(cells) == {} for _ in range(10) for cells in (hurt, alone))
    # What was lost before the deposit is forgotten too, so healing outside is not paid for inside.
    assert episode.step(both) == {}


def test_a_swap_heals_nothing() -> None:
    hurt = Cells().creature(0, hp=2, top=20, species=1)
    other = Cells().creature(0, hp=20, top=20, species=2)
    episode = Episode(Cells().creature(0, hp=20, top=20, species=1), config=ONLY_HEALING)
    assert all(episode.step(cells) == {} for _ in range(5) for cells in (hurt, other))


def test_a_level_heals_nothing() -> None:
    episode = Episode(Cells().creature(0, level=5, hp=20, top=20), config=ONLY_HEALING)
    episode.step(Cells().creature(0, level=5, hp=10, top=20))
    assert episode.step(Cells().creature(0, level=6, hp=13, top=23)) == {}
    assert episode.step(Cells().creature(0, level=6, hp=23, top=23)) == pytest.approx({"healed": 10 / 23})


def test_a_blackout_costs_and_its_free_rest_pays_nothing() -> None:
    well, lost = Cells().creature(0, hp=20, top=20), Cells().creature(0, hp=0, top=20).battle()
    episode = Episode(well)
    assert episode.step(lost) == {"blackouts": -0.1}
    assert episode.step(lost) == {}
    assert episode.step(well) == {}
    assert episode.step(Cells().creature(0, hp=20, top=20).put(at.IN_BATTLE, 0xFF)) == {"blackouts": -0.1}


def test_levels_that_go_and_come_back_pay_once() -> None:
    one, two = Cells().creature(0, level=9), Cells().creature(0, level=9).creature(1, level=6)
    episode = Episode(two)
    assert all(episode.step(cells) == {} for _ in range(5) for cells in (one, two))


def test_garbage_hp_is_clipped_before_it_counts() -> None:
    """2,815 of 271 hp, as a cheat leaves it, is one whole."""
    episode = Episode(Cells().creature(0, hp=271, top=271), config=ONLY_HEALING)
    assert episode.step(Cells().creature(0, hp=2815, top=271)) == {}
    assert episode.step(Cells().creature(0, hp=271, top=271)) == {}


def test_random_walks_through_states_telescope_and_cycles_pay_nothing() -> None:
    """Whatever happens, the return is the weights times the measures' increase; the second time round pays nothing."""
    rng = Random(5)
    profile = free_of_events(RED)
    for _ in range(20):
        states = []
        for _ in range(rng.randrange(2, 6)):
            cells = Cells().put(at.X, rng.randrange(20)).put(at.MAP, rng.randrange(4)).event(rng.randrange(2560))
            cells.put(at.BADGES, rng.randrange(256)).put(at.DEX_SEEN, rng.randrange(256))
            states.append(cells.creature(0, level=rng.randrange(1, 30), hp=rng.randrange(21)))
        episode = Episode(states[0], profile)
        for cells in states * 2:
            episode.step(cells)
        assert sum(episode.paid) == pytest.approx(episode.worth, abs=1e-9)
        before = len(episode.paid)
        for cells in states * 3:
            episode.step(cells)
        # Healing and blackouts of the cycle may go on for one party's worth, and cost as they did before.
        again = sum(episode.paid[before:])
        assert again <= 0.2 * 1.0 + 1e-9


def test_measures_never_fall() -> None:
    rng, episode = Random(9), Episode(Cells())
    history = [episode.progress.measures]
    for _ in range(300):
        cells = Cells().put(at.X, rng.randrange(30)).event(rng.randrange(2560), rng.random() < 0.5)
        cells.put(at.BADGES, rng.randrange(256)).put(at.MAP, rng.randrange(256))
        episode.step(cells.creature(0, level=rng.randrange(100), hp=rng.randrange(40)))
        history.append(episode.progress.measures)
    assert all(a <= b for before, now in pairwise(history) for a, b in zip(before, now, strict=True))


@pytest.mark.parametrize("again", [copy.deepcopy, lambda progress: pickle.loads(pickle.dumps(progress))])
def test_progress_goes_on_from_a_copy(again: Callable[[Progress], Progress]) -> None:
    moments = [Cells().put(at.X, x).creature(0, hp=20 - x % 7).event(x) for x in range(12)]
    one = Episode(moments[0])
    for cells in moments[:6]:
        one.step(cells)
    other = again(one.progress)
    for cells in moments[6:]:
        state = cells.read()
        assert one.progress.update(state) == other.update(state)
    assert one.progress.milestones.first == other.milestones.first
    assert (one.progress.atlas.sheets[12].tiles == other.atlas.sheets[12].tiles).all()


# ---- milestones


def test_there_are_41_milestones_of_red_and_each_can_be_reached() -> None:
    assert len(RED.milestones) == 41
    assert len({each.goal for each in RED.milestones}) == 41
    watched = RED.watched
    assert watched == (0xD665, 0xD5AE, 0xD728, 0xD72E)
    for index, each in enumerate(RED.milestones):
        cells = Cells().put(at.MAP, 0)
        if each.kind == "event":
            cells.event(each.where[-1])
        elif each.kind == "map":
            cells.put(at.MAP, each.where[0])
        else:
            cells.put(each.where[0], 1 << each.value if each.kind == "bit" else each.value)
        milestones = Milestones(RED.milestones)
        milestones.begin(Cells().put(at.MAP, 0).read().raw)
        new = milestones.update(cells.read().raw, 7)
        assert [(one.index, one.step) for one in new] == [(index, 7)], each
        assert (milestones.furthest, milestones.count) == (index + 1, 1)
        assert milestones.done == (index == 40)


def test_a_script_that_has_to_stand_at_a_number_stands_at_no_other() -> None:
    rival = next(each for each in RED.milestones if each.kind == "equal")
    milestones = Milestones(RED.milestones)
    milestones.begin(Cells().put(at.MAP, 0).read().raw)
    for value in (1, 2, 3, 5, 6, 255):
        assert milestones.update(Cells().put(at.MAP, 0).put(0xD665, value).read().raw, 1) == ()
    milestones.update(Cells().put(at.MAP, 0).put(0xD665, 4).read().raw, 2)
    assert milestones.first == {RED.milestones.index(rival): 2}


def test_milestones_are_kept_in_the_order_of_the_way_whatever_the_order_of_reach() -> None:
    milestones = Milestones(RED.milestones)
    milestones.begin(Cells().put(at.MAP, 0).read().raw)
    assert (milestones.furthest, milestones.count, milestones.next) == (0, 0, RED.milestones[0])
    milestones.update(Cells().read().raw, 3)  # Route 1 is the fourth
    assert (milestones.furthest, milestones.count, milestones.next) == (4, 1, RED.milestones[0])
    milestones.update(Cells().put(at.MAP, 0).event(0).event(0x022).read().raw, 9)
    assert (milestones.furthest, milestones.count, milestones.next) == (4, 3, RED.milestones[2])
    assert milestones.first == {3: 3, 0: 9, 1: 9}


def test_what_memory_shows_at_the_start_was_reached_before() -> None:
    milestones = Milestones(RED.milestones)
    milestones.begin(rich().read().raw)
    assert milestones.before == {1, 3}
    assert milestones.update(rich().read().raw, 1) == ()


def test_the_title_is_not_the_map_that_its_cells_name() -> None:
    first = Milestone("be in the first town", "map", (0,))
    assert not first.reached(Cells().put(at.MAP, 0).put(at.MAP_HEIGHT, 0, 0).read().raw, ())
    assert first.reached(Cells().put(at.MAP, 0).read().raw, ())


def test_a_milestone_by_species() -> None:
    two = Milestone("catch a second kind", "owned", (2,))
    assert not two.reached(Cells().put(at.DEX_OWNED, 0b100).put(at.DEX_SEEN, 0xFF).read().raw, ())
    assert two.reached(Cells().put(at.DEX_OWNED, 0b100, 1).read().raw, ())


def test_a_milestone_by_badge() -> None:
    profile = replace(RED, milestones=(Milestone("win a crest", "badge", (2,)),))
    milestones = Milestones(profile.milestones)
    milestones.begin(Cells().put(at.BADGES, 0b11).read(profile).raw)
    assert not milestones.done
    milestones.update(Cells().put(at.BADGES, 0b100).read(profile).raw, 4)
    assert milestones.done
    assert milestones.first == {0: 4}
