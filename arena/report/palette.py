"""One look an agent: colour, marker and dash, the same in every chart, legend and table.

Colours start from Okabe and Ito's set, which the colour-blind can tell apart, darkened for white paper and lightened
for dark; marker and dash repeat the distinction without colour. The page's CSS holds the values under the same names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .data import AgentInfo, Run

HUES = ("#0067a8", "#c24e00", "#00805c", "#b4508c", "#8a6d00", "#5b4bb5", "#2f8fbf")
"""var(--c1), var(--c2), ... on light paper"""
GREYS = ("#5f6670", "#7d848e", "#9aa1ab")
"""var(--g1), ... : the baselines stay in the background"""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES = ("none", "6 2", "2 1.6", "6 2 1.6 2", "9 2", "3 3", "9 2 2 2")
BASELINE_DASHES = ("1.2 2.4", "5 3", "8 2 1.2 2")
SHAPES = {
    "o": '<circle cx="14" cy="6" r="3.4"/>',
    "s": '<rect x="10.8" y="2.8" width="6.4" height="6.4"/>',
    "^": '<path d="M14 2 18 9.4H10Z"/>',
    "D": '<path d="M14 1.6 18.4 6 14 10.4 9.6 6Z"/>',
    "v": '<path d="M14 10 18 2.6H10Z"/>',
    "P": '<path d="M12.6 2h2.8v2.6H18v2.8h-2.6V10h-2.8V7.4H10V4.6h2.6Z"/>',
    "X": '<path d="M10.6 4 12 2.6l2 2 2-2L17.4 4l-2 2 2 2L16 9.4l-2-2-2 2L10.6 8l2-2Z"/>',
}


@dataclass(frozen=True)
class Look:
    """How an agent is drawn."""

    variable: str
    """the CSS variable of its colour, such as `--c1`"""
    colour: str
    marker: str
    dash: str
    """lengths of line and gap as in SVG, or `none`"""

    @property
    def line(self) -> tuple[float, tuple[float, ...]]:
        """The dash as matplotlib wants it."""
        return 0.0, () if self.dash == "none" else tuple(map(float, self.dash.split()))

    def swatch(self, marked: bool = True) -> str:
        """The agent's mark for legends and tables, as inline SVG that says nothing to a screen reader."""
        shape = f'<g fill="currentColor">{SHAPES[self.marker]}</g>' if marked else ""
        return (
            f'<svg class="swatch" viewBox="0 0 28 12" aria-hidden="true" style="color:var({self.variable})">'
            f'<path d="M1 6H27" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="{self.dash}"/>'
            f"{shape}</svg>"
        )


def looks(run: Run) -> Mapping[str, Look]:
    """A look for every agent, by its place among its kind in the comparison file."""
    found = {}
    rivals = [agent for agent in run.cast if agent.road != "baseline"]
    for index, agent in enumerate(rivals):
        turn, hue = divmod(index, len(HUES))
        shape = (hue + turn) % len(MARKERS)  # a colour that comes again has another marker and dash
        found[agent.name] = Look(f"--c{hue + 1}", HUES[hue], MARKERS[shape], DASHES[shape])
    for index, agent in enumerate(_baselines(run)):
        grey, marker = index % len(GREYS), MARKERS[-1 - index % len(MARKERS)]
        found[agent.name] = Look(f"--g{grey + 1}", GREYS[grey], marker, BASELINE_DASHES[grey])
    return found


def _baselines(run: Run) -> list[AgentInfo]:
    return [agent for agent in run.cast if agent.road == "baseline"]
