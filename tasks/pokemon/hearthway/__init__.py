"""HEARTHWAY, the free cartridge: an original little creature game that keeps its state where the real one does.

`rom()` is the cartridge as bytes, `SHA1` its checksum. Names, maps, art, text and code were written for this folder and
are in the public domain (CC0, see LICENSE); README.md says which addresses are alive. `world` holds the maps and the
milestones, `solver` plays the game from memory alone, `build` makes the cartridge anew.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["PATH", "SHA1", "rom"]

PATH = Path(__file__).parent / "data" / "hearthway.gb"
"""the cartridge, 32 KiB"""
SHA1 = PATH.with_suffix(".sha1").read_text(encoding="ascii").split()[0]


def rom() -> bytes:
    """The cartridge."""
    return PATH.read_bytes()
