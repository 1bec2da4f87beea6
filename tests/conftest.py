"""Tests play the cartridge that they name, whatever cartridge somebody owns."""

from __future__ import annotations

import pytest

from reason_arena.envs.pokemon.cartridges import VARIABLE


@pytest.fixture(autouse=True)
def nobody_owns_a_cartridge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
