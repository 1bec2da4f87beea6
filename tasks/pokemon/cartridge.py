"""A cartridge's file: whether it is one, whether it is whole, and which it is."""

from __future__ import annotations

import hashlib
from os import PathLike, fspath
from pathlib import Path
from stat import S_ISREG

from ..errors import BadCartridge
from . import profiles
from .profiles import Profile

_HEADER = 0x150
_TITLE, _COLOUR, _SIZE, _CHECK = slice(0x134, 0x143), 0x143, 0x148, 0x14D
_COLOUR_ONLY = 0xC0
_BANKS = 0x8000
_LARGEST = 8 << 20
_KNOWN = "Red (SHA-1 {red}), Blue ({blue}) or the free cartridge"


class MissingCartridge(BadCartridge):
    """There is no file, or it cannot be read."""


class TruncatedCartridge(BadCartridge):
    """The file is shorter than the cartridge it holds."""


class NotACartridge(BadCartridge):
    """The file has no cartridge's header."""


class ColourCartridge(BadCartridge):
    """The cartridge is for the Game Boy Color only."""


class UnknownCartridge(BadCartridge):
    """A whole cartridge, but none that is known."""


def load(path: str | PathLike[str], allow_unknown_rom: bool = False) -> tuple[bytes, Profile]:
    """The bytes of a cartridge and what is known of it. Nothing is written.

    Args:
        path: of the file.
        allow_unknown_rom: take any Game Boy cartridge, and read it like Red.

    Raises:
        BadCartridge: one of the classes above, which says what was expected, what came and what to do.
    """
    if not isinstance(path, str | PathLike):
        raise MissingCartridge(f"rom_path: expected the path of a Game Boy cartridge's file, got {path!r}")
    if not fspath(path):
        raise MissingCartridge("rom_path: expected the path of a Game Boy cartridge's file, got an empty text")
    file = Path(path)
    try:
        status = file.stat()
        # A device need not have an end.
        wanted = S_ISREG(status.st_mode) and status.st_size <= _LARGEST
        rom = file.read_bytes() if wanted else b""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MissingCartridge(f"{file}: expected the file of a Game Boy cartridge, got: {reason}") from None
    if not S_ISREG(status.st_mode):
        raise MissingCartridge(f"{file}: expected the file of a Game Boy cartridge, got a directory or a device")
    if not wanted:
        raise NotACartridge(f"{file}: expected a Game Boy cartridge of at most 8 MiB, got {status.st_size:,} bytes")
    return rom, profile_of(rom, allow_unknown_rom, str(file))


def profile_of(rom: bytes, allow_unknown_rom: bool = False, name: str = "the cartridge") -> Profile:
    """What is known of a cartridge by its bytes. Raises as `load` does, but for a missing file."""
    sha1 = hashlib.sha1(rom, usedforsecurity=False).hexdigest()
    known = profiles.by_sha1(sha1)
    if known is not None:
        return known
    if len(rom) < _HEADER:
        raise TruncatedCartridge(f"{name}: expected at least {_HEADER} bytes, a cartridge's header, got {len(rom)}")
    if rom[_CHECK] != -sum(byte + 1 for byte in rom[0x134:_CHECK]) & 0xFF:
        raise NotACartridge(f"{name}: expected a Game Boy cartridge, got a file whose header does not add up")
    if rom[_COLOUR] == _COLOUR_ONLY:
        raise ColourCartridge(
            f"{name}: expected a cartridge for the Game Boy, got one for the Game Boy Color only (byte 143 is C0)"
        )
    whole = _BANKS << min(rom[_SIZE], 8)
    if len(rom) < whole:
        raise TruncatedCartridge(
            f"{name}: expected {whole:,} bytes as its header says, got {len(rom):,}; dump the cartridge again"
        )
    if not allow_unknown_rom:
        title = bytes(byte for byte in rom[_TITLE] if 0x20 <= byte < 0x7F).decode("ascii").strip()
        raise UnknownCartridge(
            f"{name}: expected {_KNOWN.format(red=profiles.RED, blue=profiles.BLUE)}, got {title!r} with SHA-1 {sha1}; "
            "dump it again, or use allow_unknown_rom=True (--allow-unknown-rom on the command line) "
            "to have it read like Red"
        )
    return profiles.unknown()
