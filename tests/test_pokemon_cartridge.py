"""Files of cartridges: which is known, and what is said of those that are not."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from reason_arena.tasks.errors import BadCartridge, ReasonError
from reason_arena.tasks.pokemon import cartridge, profiles
from reason_arena.tasks.pokemon.parts import Facing


def rom(colour: int = 0, size: int = 0, title: bytes = b"SOMETHING", length: int | None = None) -> bytes:
    """A cartridge with nothing in it but a header that adds up."""
    image = bytearray((0x8000 << size) if length is None else length)
    image[0x134 : 0x134 + len(title)] = title
    image[0x143], image[0x148] = colour, size
    check = 0
    for byte in image[0x134:0x14D]:
        check = (check - byte - 1) & 0xFF
    image[0x14D] = check
    return bytes(image)


def write(folder: Path, image: bytes) -> Path:
    path = folder / "my.gb"
    path.write_bytes(image)
    return path


def test_cartridges_are_known_by_their_checksums() -> None:
    free, red, blue = profiles.hearthway(), profiles.red(), profiles.blue()
    assert profiles.by_sha1("ea9bcae617fdf159b045185467ae58b2e4a48b9a") is red
    assert profiles.by_sha1("D7037C83E1AE5B39BDE3C30787637BA1D4C48CE2") is blue
    assert profiles.by_sha1(free.sha1) is free
    assert profiles.by_sha1("") is None
    assert profiles.by_sha1("0" * 40) is None
    assert [each.cartridge for each in (free, red, blue, profiles.unknown())] == ["hearthway", "red", "blue", "unknown"]


def test_the_free_cartridge_is_read_from_its_file(tmp_path: Path) -> None:
    from reason_arena.tasks.pokemon import hearthway

    image, profile = cartridge.load(write(tmp_path, hearthway.rom()))
    assert profile is profiles.hearthway()
    assert hashlib.sha1(image).hexdigest() == profile.sha1


def test_a_whole_cartridge_that_is_not_known_needs_to_be_let_in(tmp_path: Path) -> None:
    path = write(tmp_path, rom(title=b"OTHER GAME"))
    sha1 = hashlib.sha1(path.read_bytes()).hexdigest()
    with pytest.raises(cartridge.UnknownCartridge, match=f"got 'OTHER GAME' with SHA-1 {sha1}.*allow_unknown_rom=True"):
        cartridge.load(path)
    image, profile = cartridge.load(path, allow_unknown_rom=True)
    assert (len(image), profile.cartridge, profile.milestones) == (0x8000, "unknown", profiles.red().milestones)
    assert "unknown" in profile.title


@pytest.mark.parametrize("allow", [False, True])
@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (b"", cartridge.TruncatedCartridge, "expected at least 336 bytes.*got 0"),
        (bytes(0x14F), cartridge.TruncatedCartridge, "got 335"),
        (rom(size=5, length=0x8000), cartridge.TruncatedCartridge, "expected 1,048,576 bytes.*got 32,768; dump"),
        (bytes(0x8000), cartridge.NotACartridge, "header does not add up"),
        (b"PK\x03\x04" + bytes(0x8000), cartridge.NotACartridge, "header does not add up"),
        (rom(colour=0xC0), cartridge.ColourCartridge, "Game Boy Color only"),
        (rom(colour=0xC0, size=6, length=0x8000), cartridge.ColourCartridge, "Game Boy Color only"),
    ],
)
def test_what_is_no_cartridge_is_refused(
    tmp_path: Path, image: bytes, error: type[BadCartridge], message: str, allow: bool
) -> None:
    with pytest.raises(error, match=message) as caught:
        cartridge.load(write(tmp_path, image), allow_unknown_rom=allow)
    assert isinstance(caught.value, BadCartridge | ReasonError)
    assert "my.gb" in str(caught.value)


def test_a_cartridge_for_both_consoles_is_not_refused_for_its_colours(tmp_path: Path) -> None:
    assert cartridge.load(write(tmp_path, rom(colour=0x80)), allow_unknown_rom=True)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(cartridge.MissingCartridge, match=r"no\.gb: expected the file.*No such file"):
        cartridge.load(tmp_path / "no.gb")
    with pytest.raises(cartridge.MissingCartridge, match="directory"):
        cartridge.load(tmp_path)


@pytest.mark.parametrize("path", [5, b"my.gb", "my\0.gb", "/dev/zero", "x" * 5000])
def test_a_path_that_names_no_file(path: Any) -> None:
    """Each is refused at once, an endless device among them."""
    with pytest.raises(cartridge.MissingCartridge, match=r"expected the (file|path) of a Game Boy cartridge"):
        cartridge.load(path)


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "film.gb"
    with path.open("wb") as file:
        file.truncate(3 << 30)
    with pytest.raises(cartridge.NotACartridge, match="at most 8 MiB, got 3,221,225,472"):
        cartridge.load(path)


def test_nothing_is_written_beside_a_cartridge(tmp_path: Path) -> None:
    path = write(tmp_path, rom())
    path.chmod(0o444)
    with pytest.raises(BadCartridge):
        cartridge.load(path)
    assert os.listdir(tmp_path) == ["my.gb"]


def test_names_of_red() -> None:
    """A few ids of each table, and ends of it, as the public constants have them."""
    red = profiles.red()
    names = {0: "Pallet Town", 12: "Route 1", 36: "Route 25", 40: "Oak's Lab", 51: "Viridian Forest", 54: "Pewter Gym"}
    names |= {59: "Mt. Moon 1F", 88: "Bill's House", 113: "Lance's Room", 120: "Champion's Room", 197: "Diglett's Cave"}
    names |= {217: "Safari Zone East", 232: "Rock Tunnel B1F", 245: "Lorelei's Room", 247: "Agatha's Room"}
    assert {number: red.map_name(number) for number in names} == names
    assert max(red.maps) == 247
    items = {1: "Master Ball", 4: "Poké Ball", 20: "Potion", 29: "Escape Rope", 70: "Oak's Parcel", 83: "Max Elixer"}
    items |= {0xC4: "HM01", 0xC8: "HM05", 0xC9: "TM01", 0xFA: "TM50"}
    assert {number: red.item_name(number) for number in items} == items
    assert red.map_name(248) == "unknown 248"


def test_tiles_of_red() -> None:
    """11 pairs on land, 3 on water and 8 ledges, each pair once."""
    red = profiles.red()
    assert (len(red.pairs), len(red.water_pairs), len(red.ledges)) == (11, 3, 8)
    assert {ledge.facing for ledge in red.ledges} == {Facing.DOWN, Facing.LEFT, Facing.RIGHT}
    assert red.first_badge == 1 + [each.goal for each in red.milestones].index("beat Brock")


def test_the_free_cartridge_has_no_name_of_the_others() -> None:
    free, red = profiles.hearthway(), profiles.red()
    own, others = (
        {name.lower() for table in (each.maps, each.items, each.moves, each.species) for name in table.values()}
        | {name.lower() for name in each.badges}
        for each in (free, red)
    )
    assert {"pound", "bulbasaur"} <= others
    # A common word, and what the engine's rules call it when all moves are used up.
    assert own & others == {"struggle"}
    assert free.first_badge == 1 + [each.kind for each in free.milestones].index("badge")
