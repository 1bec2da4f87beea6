"""The scripted player as an agent of the arena: equal games in both views and by any commands, and what it refuses."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import pytest

pytest.importorskip("pyboy")

from reason_arena.agents.learning.rollout import Episode, rollout
from reason_arena.agents.pokemon_solver import Performance
from reason_arena.agents.registry import Place, check_place, make
from reason_arena.tasks.errors import BadConfig
from reason_arena.tasks.pokemon.actions import Goto, Note, Press, parse
from reason_arena.tasks.pokemon.setting import COMMANDS
from reason_arena.tasks.registry import load

ENV = "Reason-Pokemon-v0"


def played(kind: str, view: Any, level: str, seeds: list[int], rows: int = 2) -> list[Episode]:
    place = Place(ENV, "test", level)
    env = place.make(view, rows)
    try:
        return rollout(env, make(kind, place, view), seeds)
    finally:
        env.close()


@pytest.mark.parametrize("commands", COMMANDS)
def test_it_gets_where_the_level_wants_by_the_commands_that_there_are(commands: str) -> None:
    seeds = [3, 4, 5]
    episodes = played("oracle", "text", f"until=6,steps=1500,commands={commands}", seeds)
    for episode in episodes:
        assert (episode.correct, episode.answer, episode.termination) == (True, "6 of 15", "reached")
        assert episode.counts["illegal"] == episode.counts["unparsable"] == 0
        read = [parse(action, COMMANDS[commands]) for action in episode.actions]
        assert all(isinstance(command, Press | Goto | Note) for command in read)
        walks = sum(isinstance(command, Goto) for command in read)
        assert walks > len(read) / 3 if commands != "buttons" else not walks
        assert episode.length < episode.counts["presses"] / 3, "commands hold more than a press or two"
    assert len({episode.counts["presses"] for episode in episodes}) > 1, "games differ"


@pytest.mark.parametrize("commands", ["goto", "all"])
def test_what_it_worked_out_beforehand_is_what_happens(commands: str) -> None:
    level, seed = f"until=badge,steps=4000,commands={commands}", 11
    own = Performance(load("pokemon").generate("train", level, seed))
    played_out = own.commands()
    env: Any = gym.make(ENV, split="train", level=level).unwrapped
    env.reset(seed=seed)
    for number, command in enumerate(played_out, 1):
        said, _, done, _, info = env.step(command)
        assert done == (number == len(played_out)), said
    assert env.digest() == own.game.emulator.digest()
    notes = sum(said.startswith("note") for said in played_out)
    assert bool(notes) == (commands == "all")
    assert info["counts"] == own.player.counts.told(own.game) | {"moves": len(played_out) - notes, "notes": notes}


def test_idle_presses_are_counted_as_the_environment_makes_them() -> None:
    # Late in this game a command ends in b with room for one press more, where two idle ones were planned once.
    (episode,) = played("oracle", "text", "commands=buttons", [0], rows=1)
    assert (episode.answer, episode.termination) == ("15 of 15", "reached")


def test_it_notes_where_it_is_going() -> None:
    level, seed = "until=6,steps=1500,commands={}", 3
    (silent,), (noting,) = (played("oracle", "text", level.format(words), [seed], rows=1) for words in ("goto", "all"))
    notes = [action for action in noting.actions if action.startswith("note")]
    # The way of the story: to the ELDER for a companion, over the trail to the lodge for his letter, and back with it.
    assert notes == ["note to ELDER'S HOUSE", "note to TRAIL LODGE", "note to ELDER'S HOUSE"]
    assert tuple(action for action in noting.actions if action not in notes) == silent.actions, "they cost no time"
    assert noting.counts == silent.counts | {"notes": len(notes)}
    first = noting.actions.index(notes[0])
    assert "\nNOTES to ELDER'S HOUSE\n" in noting.replies[first]


def test_it_wins_in_both_views() -> None:
    (array,) = played("oracle", "array", "until=badge,steps=3000", [2], rows=1)
    (text,) = played("oracle", "text", "until=badge,steps=3000,commands=buttons", [2], rows=1)
    for episode in (array, text):
        assert (episode.correct, episode.answer) == (True, "7 of 15")
    assert array.length == array.counts["presses"]


@pytest.mark.slow
@pytest.mark.parametrize("commands", ["buttons", "goto"])
def test_it_wins_twenty_whole_games_in_words(commands: str) -> None:
    episodes = played("oracle", "text", f"commands={commands}", list(range(20)), rows=1)
    assert [episode.answer for episode in episodes] == ["15 of 15"] * 20


def test_chance_presses_what_there_is_and_gets_nowhere() -> None:
    episodes = played("random", "text", "until=2,steps=40", [1, 2])
    for episode in episodes:
        assert (episode.correct, episode.counts["unparsable"], episode.length) == (False, 0, 40)
    assert len({episode.actions for episode in episodes}) == 2


def test_a_game_that_it_does_not_know_is_refused() -> None:
    with pytest.raises(BadConfig, match="hearthway by heart"):
        Performance(load("pokemon").generate("test", "cartridge=red", 0))
    with pytest.raises(BadConfig, match="games"):
        check_place("majority", Place(ENV))
