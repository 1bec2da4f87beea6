"""The pictures and figures of docs/pokemon.md, out of one game of the scripted player: the same game, the same bytes.

python docs/pokemon.py
python docs/pokemon.py --check    (change nothing; exit code 1 if a picture or a part of the page is out of date)

The page marks the place of what is written by two comments, `<!-- moment -->` and `<!-- end of moment -->`. Only the
free cartridge is pictured here, never another. Pictures are compared pixel by pixel, for how tightly they are packed
depends on the version of zlib.
"""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reason_arena.agents.registry import Place
from reason_arena.arena.replays import ENV_ID, Film, film, solved
from reason_arena.arena.report.page import stylesheet
from reason_arena.arena.report.png import png, shades
from reason_arena.arena.report.world import world_svg
from reason_arena.tasks.pokemon.actions import BUTTONS
from reason_arena.tasks.pokemon.array_view import SCALARS
from reason_arena.tasks.pokemon.records import Record
from reason_arena.tasks.pokemon.rewards import RewardConfig

DOCS = Path(__file__).resolve().parent
PAGE = DOCS / "pokemon.md"
PICTURES = DOCS / "pictures" / "pokemon"
GAME = "test", 0, 0
"""split, level and seed"""
MOMENT = 112
"""the step that is shown in both views"""
LATE = 8
"""steps that a milestone's picture may wait for the words on the screen to be complete"""
SCALE = 2
COLUMNS = 3
_DRAWN = re.compile(r"^\.(?:world|m-|h\d)[^\n]*\n", re.MULTILINE)
_THEMES = re.compile(r":root \{.*?\n\}\n@media.*?\n\}\n", re.DOTALL)


def made() -> tuple[dict[str, bytes], dict[str, str]]:
    """Every picture by its name, and every written part of the page by its own."""
    record = solved(*GAME)
    shown, paid = _watched(record)
    whole = film(record)
    pictures = {"world.svg": _world(whole).encode(), "moment.png": _picture(shown["screen"])}
    pictures |= {f"milestone-{number:02}.png": _picture(screen) for number, screen in shown["milestones"].items()}
    parts = {
        "game": _game(whole),
        "milestones": _milestones(whole),
        "moment": f"```text\n{shown['text']}\n```",
        "arrays": _arrays(shown["arrays"]),
        "rewards": _rewards(paid),
    }
    return pictures, parts


def _watched(record: Record) -> tuple[dict[str, Any], dict[str, float]]:
    """One moment in all its views, a screen for each milestone, and what the whole game pays by measure."""
    split, level, seed = GAME
    env: Any = Place(ENV_ID, split, level).single("array", render_mode="rgb_array", reward="shaped").unwrapped
    env.reset(seed=seed)
    screens: dict[int, np.ndarray] = {}
    shown: dict[str, Any] = {"milestones": screens}
    paid: dict[str, float] = {}
    late = 0
    for step, button in enumerate(record.buttons, 1):
        arrays, *_, info = env.step(np.int64(BUTTONS.index(button)))
        for name, value in info["reward_terms"].items():
            paid[name] = paid.get(name, 0.0) + value
        if step == MOMENT:
            shown |= {"text": env.words(), "arrays": arrays, "screen": env.screen()}
        reached, state = env.game.progress.milestones.count, env.game.state
        if reached not in screens and reached:
            screens[reached], late = env.screen(), LATE
        elif late and state.text_open:
            # A page of text that has just begun says little; with the arrow it is whole.
            screens[reached], late = env.screen(), 0 if state.waiting else late - 1
        else:
            late = 0
    for _ in range(LATE if env.game.state.text_open else 0):
        env.game.press("noop")
    screens[reached] = env.screen()
    env.close()
    return shown, paid


def _picture(screen: np.ndarray) -> bytes:
    return png(np.kron(shades(screen), np.ones((SCALE, SCALE), np.uint8)))


def _world(whole: Film) -> str:
    """The map as a file of its own, with the colours of the report."""
    drawn = world_svg(whole.world, whole.profile, whole.doors, whole.marks)
    themes = _THEMES.search(stylesheet())
    assert themes is not None
    style = themes[0] + "".join(_DRAWN.findall(stylesheet())) + "text { font-family: system-ui, sans-serif; }\n"
    return f'<svg xmlns="http://www.w3.org/2000/svg"{drawn[4:].replace(">", f"><style>{style}</style>", 1)}\n'


def _game(whole: Film) -> str:
    return (
        f"The scripted player's game of level {GAME[1]}, {GAME[0]}, seed {GAME[2]}: {len(whole.marks)} of "
        f"{len(whole.goals)} milestones in {whole.steps:,} steps, {whole.squares} different squares on "
        f"{len(whole.world.places)} maps."
    )


def _milestones(whole: Film) -> str:
    """Pictures in rows, each with its number, what it asks for, and when it was reached."""
    cells = [
        f'<td width="33%"><img src="pictures/pokemon/milestone-{mark.number:02}.png" width="240" '
        f'alt="The screen when milestone {mark.number} is reached"><br><b>{mark.number}</b> '
        f"{whole.goals[mark.number - 1]}<br>step {mark.step:,}</td>"
        for mark in whole.marks
    ]
    rows = [f"<tr>{''.join(cells[start : start + COLUMNS])}</tr>" for start in range(0, len(cells), COLUMNS)]
    return "<table>\n" + "\n".join(rows) + "\n</table>"


def _arrays(arrays: Mapping[str, np.ndarray]) -> str:
    lines = []
    for name in ("walk", "visited"):
        rows = [" ".join(f"{value:>2}" for value in row) for row in arrays[name]]
        lines.append(f"{name} {arrays[name].shape}\n" + "\n".join(rows))
    named = [f"{name} {value:.4g}" for name, value in zip(SCALARS, arrays["scalars"], strict=True) if value]
    creature = " ".join(f"{value:.4g}" for value in arrays["party"][0])
    lines.append(f"party {arrays['party'].shape}, first row\n{creature}")
    lines.append(f"scalars {arrays['scalars'].shape}, those that are not 0\n" + ", ".join(named))
    used = {name: int(np.count_nonzero(arrays[name])) for name in ("milestones", "battle", "bag")}
    counts = "; ".join(f"{name} {arrays[name].shape}, {count} not 0" for name, count in used.items())
    lines.append(f"tiles {arrays['tiles'].shape}, {len(np.unique(arrays['tiles']))} different ids; {counts}")
    return "```text\n" + "\n\n".join(lines) + "\n```"


def _rewards(paid: Mapping[str, float]) -> str:
    config = RewardConfig()
    rows = ["| measure | one is worth | the game above earns |", "|---|---|---|"]
    rows += [f"| `{name}` | {weight:g} | {paid.get(name, 0.0):.3f} |" for name, weight in vars(config).items()]
    return "\n".join([*rows, f"| together | | {sum(paid.values()):.3f} |"])


def filled(page: str, parts: Mapping[str, str]) -> str:
    """The page with its written parts."""
    for name, text in parts.items():
        place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        assert place.search(page), f"{PAGE.name} has no place for {name}"
        page = place.sub(lambda found, text=text: f"{found[1]}{text}\n{found[2]}", page)  # type: ignore[misc]
    return page


def content(picture: bytes) -> bytes:
    """What a picture shows, however it is packed."""
    start = picture.find(b"IDAT")
    if start < 0:
        return picture
    return picture[: start - 4] + zlib.decompress(picture[start + 4 : picture.rfind(b"IEND") - 8])


def main(words: list[str]) -> int:
    """Write the pictures and the page, or compare them."""
    pictures, parts = made()
    page = PAGE.read_text(encoding="utf-8")
    stale = [PAGE.name] if filled(page, parts) != page else []
    names = {path.name for path in PICTURES.glob("*.*")} | set(pictures)
    for name in sorted(names):
        path = PICTURES / name
        known = path.read_bytes() if path.exists() else b""
        if name not in pictures or content(known) != content(pictures[name]):
            stale.append(name)
    if "--check" not in words:
        PICTURES.mkdir(parents=True, exist_ok=True)
        for name in names - set(pictures):
            (PICTURES / name).unlink()
        for name, data in pictures.items():
            (PICTURES / name).write_bytes(data)
        PAGE.write_text(filled(page, parts), encoding="utf-8")
    print("\n".join(stale) or "page and pictures are up to date")
    return int("--check" in words and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
