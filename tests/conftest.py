"""Tests play the cartridge that they name, whatever cartridge somebody owns; a file of pages shares one browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import Browser

from reason_arena.envs.pokemon.cartridges import VARIABLE


@pytest.fixture(autouse=True)
def nobody_owns_a_cartridge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as made:
        yield made
