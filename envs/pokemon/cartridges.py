"""Which cartridge an environment plays, and the level that says so."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from os import PathLike
from typing import Any

from ...tasks import spec
from ...tasks.errors import BadConfig
from ...tasks.pokemon import FREE, cartridge, hearthway, profiles, setting
from ...tasks.pokemon.profiles import Profile
from ...tasks.problem import Level
from ..posing import check_flag, plain

VARIABLE = "REASON_POKEMON_ROM"
"""names the file of the owner's cartridge"""


@dataclass(frozen=True)
class Cartridge:
    """The bytes, and what is known of them."""

    rom: bytes
    profile: Profile

    @property
    def sha1(self) -> str:
        """Of the bytes."""
        return hashlib.sha1(self.rom, usedforsecurity=False).hexdigest()


def chosen(
    level: Level, rom_path: str | PathLike[str] | None = None, allow_unknown_rom: bool = False
) -> tuple[Cartridge, Level]:
    """The cartridge to be played, and the level with its name in it where it is not the free one.

    Args:
        level: as it was given; `cartridge=` in it must fit.
        rom_path: of the owner's cartridge, else what the environment variable REASON_POKEMON_ROM names.
        allow_unknown_rom: take any cartridge.

    Raises:
        BadLevel: the level cannot be read.
        BadConfig: it asks for a cartridge that is not there; or `allow_unknown_rom` is neither true nor false.
        BadCartridge: the file holds none, or none that is known.
    """
    level, allow_unknown_rom = plain(level), check_flag("allow_unknown_rom", allow_unknown_rom)
    wanted, path = _wanted(level), _path(level, rom_path)
    if path is None:
        if wanted not in ("", FREE):
            raise BadConfig(f"level {level!r} asks for {wanted}: name its file with rom_path= or {VARIABLE}")
        return Cartridge(hearthway.rom(), profiles.hearthway()), level
    rom, profile = cartridge.load(path, allow_unknown_rom)
    if wanted and wanted != profile.cartridge:
        raise BadConfig(f"level {level!r} asks for {wanted}, and {os.fspath(path)} is {profile.cartridge}")
    named: Any = level
    if not wanted and profile.cartridge != FREE:
        named = spec.combine(level, cartridge=profile.cartridge)
    return Cartridge(rom, profile), named


def located(level: Level, rom_path: str | PathLike[str] | None = None) -> str:
    """The file of the cartridge that `chosen` takes, named so that it is the same one later and in another process.

    Args:
        level: as of `chosen`, which has taken it.
        rom_path: likewise.
    """
    path = _path(level, rom_path)
    return str(hearthway.PATH) if path is None else os.path.abspath(path)


def _wanted(level: Level) -> str:
    return setting.read(level).cartridge if "cartridge=" in str(level) else ""


def _path(level: Level, rom_path: str | PathLike[str] | None) -> str | PathLike[str] | None:
    """The file of the owner's cartridge; None for the free one."""
    if rom_path is None and _wanted(level) != FREE:
        return os.environ.get(VARIABLE) or None
    return rom_path
