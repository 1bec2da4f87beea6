"""The page on the Game Boy world: its pictures and figures are those that its script makes, and they are small."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from pages import ROOT, run, text
from PIL import Image

from reason_arena.tasks.pokemon import profiles

pytest.importorskip("pyboy")

PICTURES = ROOT / "docs" / "pictures" / "pokemon"


def test_page_and_pictures_are_fresh() -> None:
    run([sys.executable, str(ROOT / "docs" / "pokemon.py"), "--check"], ROOT)


def test_every_milestone_has_a_picture_of_its_own_and_all_are_small() -> None:
    files = sorted(PICTURES.iterdir())
    assert sum(path.stat().st_size for path in files) < 250_000
    page = text("docs/pokemon.md")
    seen = set()
    for number, milestone in enumerate(profiles.hearthway().milestones, 1):
        name = f"milestone-{number:02}.png"
        assert f"pictures/pokemon/{name}" in page
        assert f"<b>{number}</b> {milestone.goal}<br>" in page
        picture = np.asarray(Image.open(io.BytesIO((PICTURES / name).read_bytes())).convert("L"))
        assert picture.shape == (288, 320)
        assert len(np.unique(picture)) > 1, "nothing is to be seen"
        seen.add(picture.tobytes())
    assert len(seen) == len(profiles.hearthway().milestones)
    assert {path.name for path in files} == {name for name in (p.name for p in files) if name in page}, (
        "none is left over"
    )
