"""Game Boy worlds with creatures: a free cartridge, and the owner's own; needs the extra `pokemon`."""

from __future__ import annotations

EXTRA, PACKAGE = "pokemon", "pyboy"
