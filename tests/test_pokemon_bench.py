"""The bench of games: everybody plays the same one, and every row says what it compares."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

pytest.importorskip("pyboy")

from reason_arena.arena.bench import BENCHES, measurement, pokemon
from reason_arena.envs.pokemon.array import PokemonArrayEnv


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurement, "ROUNDS", 2)
    monkeypatch.setattr(pokemon, "STEPS", 16)
    monkeypatch.setattr(pokemon, "CONSOLES", 2)


def test_every_row_says_what_it_compares(short: None) -> None:
    count, rows = BENCHES["pokemon"][0], list(BENCHES["pokemon"][1]())
    assert len(rows) == count
    for row in rows:
        assert row.bench == "pokemon"
        assert row.ours > 0
        assert row.peer > 0
    speeds, memory = rows[:-1], rows[-1]
    assert {row.unit for row in speeds} == {"steps / CPU-s"}
    assert all(row.ratio == pytest.approx(row.ours / row.peer) for row in speeds)
    assert memory.unit == "MiB"
    assert memory.ratio == pytest.approx(memory.peer / memory.ours)
    peers = {row.row: row.peer_name for row in rows}
    assert peers["32 games in one process"] == "32 single ones"
    assert peers["32 games in a pool of 2 workers"] == "32 single ones in 2 processes"


def test_everybody_plays_the_same_game(short: None) -> None:
    env = PokemonArrayEnv(level="until=end,steps=1000")
    env.reset(seed=0)
    moment = env.game.emulator.save()
    presses = pokemon._tame(moment)
    assert len(presses) == 32
    console = pokemon._started(moment)
    for button in presses:
        console.press(button)
        env.step(pokemon._NUMBERS[button])
    assert env.digest() == console.digest()
    assert env.game.progress.milestones.count, "the scripted player got nowhere"


def test_the_steps_of_all_games_and_the_seconds_of_all_processes_count(short: None) -> None:
    seen: dict[str, list[list[str]]] = {"one": [], "four": []}

    def player(name: str) -> Callable[[Sequence[str]], None]:
        def play(own: Sequence[str]) -> None:
            seen[name].append(list(own))
            sum(range(100_000))

        return play

    sides = [
        pokemon.Side("one", player("one")),
        pokemon.Side("four", player("four"), 4, lambda: 1000.0 * len(seen["four"])),
    ]
    speeds = pokemon._in_turn(sides, [str(number) for number in range(16)])
    assert seen["one"] == seen["four"] == [[str(number) for number in half] for half in (range(8), range(8, 16))]
    # four games of eight presses, and workers that take a thousand seconds for them
    assert speeds["four"] == pytest.approx(0.032, rel=0.01)
    assert speeds["one"] > 1
