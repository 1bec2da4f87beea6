"""Cartridges as an owner names them: what is none is refused, and what is one is only read."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import gymnasium as gym
import pytest

pytest.importorskip("pyboy")

import reason_arena.envs  # noqa: F401 - registers the ids
from reason_arena.agents.registry import Place
from reason_arena.arena.replays import film, solved
from reason_arena.tasks.errors import BadCartridge, BadCheckpoint, BadConfig
from reason_arena.tasks.pokemon import cartridge, hearthway

ENV = "Reason-Pokemon-v0"


def damaged(at: int, byte: int) -> bytes:
    """The free cartridge with a byte changed and a header that adds up all the same."""
    return changed({at: byte})


def changed(cells: dict[int, int]) -> bytes:
    """The free cartridge with some bytes changed and a header that adds up all the same."""
    rom = bytearray(hearthway.rom())
    for at, byte in cells.items():
        assert rom[at] != byte
        rom[at] = byte
    rom[0x14D] = -sum(each + 1 for each in rom[0x134:0x14D]) & 0xFF
    return bytes(rom)


ROMS = [
    (None, cartridge.MissingCartridge),
    (b"", cartridge.TruncatedCartridge),
    (hearthway.rom()[:0x4000], cartridge.TruncatedCartridge),
    (b"\x01" * 0x8000, cartridge.NotACartridge),
    (damaged(0x143, 0xC0), cartridge.ColourCartridge),
    (damaged(0x7000, 0x55), cartridge.UnknownCartridge),
]


def test_a_kind_that_the_emulator_does_not_know_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "my.gb"
    path.write_bytes(damaged(0x147, 0xEE))
    with pytest.raises(BadCartridge, match=r"PyBoy .* cannot run the cartridge: .*238"):
        gym.make(ENV, rom_path=path, allow_unknown_rom=True)


@pytest.mark.parametrize("view", ["text", "array"])
@pytest.mark.parametrize(("rom", "error"), ROMS, ids=[error.__name__ for _, error in ROMS])
def test_bad_cartridges_are_refused(view: str, rom: bytes | None, error: type[Exception], tmp_path: Path) -> None:
    path = tmp_path / "my.gb"
    if rom is not None:
        path.write_bytes(rom)
    with pytest.raises(error, match=r"my\.gb"):
        gym.make(ENV, view=view, rom_path=path)


@pytest.mark.parametrize("saved", [None, b"an owner's saved game"])
def test_an_owners_cartridge_is_only_read(saved: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One with a battery, as Red is: of the kind MBC3+RAM+BATTERY, with 32 KiB that PyBoy would write to a file."""
    path = tmp_path / "my.gb"
    path.write_bytes(changed({0x147: 0x13, 0x149: 3}))
    if saved is not None:
        (tmp_path / "my.gb.ram").write_bytes(saved)
    kept = {each.name: hashlib.sha1(each.read_bytes()).hexdigest() for each in tmp_path.iterdir()}
    monkeypatch.chdir(tmp_path)
    env = gym.make(ENV, rom_path=path, allow_unknown_rom=True, level="steps=30,until=1").unwrapped
    env.reset(seed=1)
    told = env.step("press start")
    while not env.game.over:
        told = env.step("press a b up*2")
    assert told[4]["cartridge"] == "unknown"
    assert told[4]["problem_id"].startswith("pokemon-v1/train/steps=30,until=1,cartridge=unknown/")
    env.snapshot()
    env.close()
    assert {each.name: hashlib.sha1(each.read_bytes()).hexdigest() for each in tmp_path.iterdir()} == kept


def test_a_state_of_another_cartridge_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    """And the environment that refused it goes on as it was."""
    path = tmp_path / "my.gb"
    path.write_bytes(damaged(0x7000, 0x55))
    free, other = gym.make(ENV).unwrapped, gym.make(ENV, rom_path=path, allow_unknown_rom=True).unwrapped
    free.reset(seed=1)
    other.reset(seed=1)
    state = free.get_state()
    with pytest.raises(BadCheckpoint, match=f"cartridge='{hearthway.SHA1}', expected '"):
        other.set_state(state)
    with pytest.raises(BadCheckpoint, match=r"is of cartridge \w+, expected \w+; make it again here"):
        gym.make(ENV, rom_path=path, allow_unknown_rom=True, start=free.snapshot())
    for console in (b"", b"no state", None):
        played = {**state["played"], "game": {**state["played"]["game"], "console": console}}
        with pytest.raises(BadCheckpoint, match="the state of the console is damaged"):
            free.set_state({**state, "played": played})
    memory = free.digest()
    free.set_state(state)
    assert free.digest() == memory
    assert "\nLAST did start: the game began" in free.step("press start")[0]


def test_a_map_outside_the_tables_is_named_unknown_and_the_game_goes_on() -> None:
    for view, action in (("text", "press noop"), ("array", 7)):
        env = gym.make(ENV, view=view).unwrapped
        env.reset(seed=1)
        env.step("press start" if view == "text" else 6)
        home = env.game.state.position.map
        for number in (13, 200, 255):
            env.game.emulator.poke(0xD35E, number)
            seen, *_ = env.step(action)
            assert env.observation_space.contains(seen)
            assert f"\nWHERE unknown {number} (4,4) facing " in env.words()
        env.game.emulator.poke(0xD35E, home)
        env.step(action)
        assert "\nWHERE WREN'S HOUSE (4,4) facing " in env.words()


def test_the_variable_names_a_cartridge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.gb"
    monkeypatch.setenv("REASON_POKEMON_ROM", str(path))
    with pytest.raises(cartridge.MissingCartridge, match=r"mine\.gb"):
        gym.make(ENV)
    assert gym.make(ENV, level="cartridge=hearthway").reset(seed=0)[1]["cartridge"] == "hearthway"
    path.write_bytes(hearthway.rom())
    assert gym.make(ENV).reset(seed=0)[1]["cartridge"] == "hearthway"
    with pytest.raises(BadConfig, match=r"asks for red, and .*mine\.gb is hearthway"):
        gym.make(ENV, level="cartridge=red")


def test_what_is_compared_is_of_the_free_cartridge_unless_it_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever owns another one still tests, and plays again, what the level and the record are of."""
    free = solved("test", "until=1,steps=500", 3)
    path = tmp_path / "mine.gb"
    path.write_bytes(damaged(0x7000, 0x55))
    monkeypatch.setenv("REASON_POKEMON_ROM", str(path))
    with pytest.raises(cartridge.UnknownCartridge, match=r"mine\.gb"):
        gym.make(ENV, level="until=1,steps=500")
    place = Place(ENV, "test", "until=1,steps=500")
    for env in (place.single("text"), place.single("array"), place.single("array", rom_path=None)):
        assert env.reset(seed=3)[1]["cartridge"] == "hearthway"
    with pytest.raises(cartridge.UnknownCartridge, match=r"mine\.gb"):
        replace(place, level="until=1,steps=500,cartridge=red").single("text")
    assert film(free).exact


def test_without_the_emulator_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyboy", None)  # what Python itself writes for a module that is not there
    for make_one in (gym.make, gym.make_vec):
        with pytest.raises(BadConfig, match=r"pip install 'reason-arena\[pokemon\]'"):
            make_one(ENV)


UNCLOSED = """
import gymnasium as gym, torch, reason_arena.envs
games = gym.make_vec("Reason-Pokemon-v0", num_envs=3, view="array")
games.reset(seed=0)
"""


def test_consoles_that_nobody_closes_end_in_silence() -> None:
    done = subprocess.run([sys.executable, "-c", UNCLOSED], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
