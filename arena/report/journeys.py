"""The section on games of a console: milestones by agent, and two agents' episodes played again side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from statistics import median

from ...tasks.errors import ReasonError
from ...tasks.pokemon.records import Record, read
from .boards import meetings, players
from .data import AgentInfo, Episode, Run, number, text
from .examples import right
from .markup import soft, table_html
from .palette import looks
from .protocol import counted, on_a_board, termination
from .scores import finite_mean
from .tables import MISSING, WORDS, Cell, Column, Table, plain

COUNT = 2
"""pairs of episodes that are shown"""
MOMENTS = 20
"""of an episode: with them a page grows by about 50 KB"""
STEPS = 40_000
"""that a report plays again at most, about half a minute"""
PRESSES = "presses"
"""what environments of this kind count"""
_RULE = (
    "Milestones: how many of them an episode reached, on the mean and at best. Steps are of 24 frames, one press each. "
    "Readable: the share of commands of the text view that could be read; blocked: the share of presses that led "
    "nowhere."
)


def journeys(run: Run) -> str:
    """The section; empty where no episode counts presses or has a record of them."""
    if all(map(on_a_board, run.episodes)):
        return ""
    look = looks(run)
    parts = ["<h2>Journeys</h2>", table_html(reach_table(run), look, "wide"), soft(_RULE)]
    table = milestones_table(run)
    if table.rows:
        parts += ["<h3>Milestone by milestone</h3>", table_html(table, look, "wide")]
        parts.append(soft("Share of episodes that reached it, and the median step at which they did."))
    return "\n".join([*parts, *_films(run)])


def reach_table(run: Run) -> Table:
    """How far the agents came, by agent and level; training seeds are pooled."""
    rows = []
    for agent in run.agents:
        for level in run.levels:
            episodes = [
                episode for episode in run.episodes if (episode.agent, episode.level) == (agent.name, level.level)
            ]
            if episodes:
                rows.append((Cell(agent.label, agent=agent.name), Cell(level.short), *map(Cell, _reach(episodes))))
    names = ("Episodes", "Goal reached", "Milestones", "At best", "Steps", "Readable", "Blocked")
    columns = Column("Agent", False), Column("At level", False), *map(Column, names)
    return Table(f"How far they came{run.where}", columns, tuple(rows))


def _reach(episodes: Sequence[Episode]) -> tuple[str, ...]:
    found = [record for episode in episodes if (record := recorded(episode))]
    reached = [len(record.milestones) for record in found]
    tried = _sum(episodes, "moves", "illegal", "unparsable", "notes")
    return (
        plain(len(episodes)),
        _share(sum(map(right, episodes)), len(episodes)),
        f"{finite_mean(reached):.1f}" if reached else MISSING,
        plain(max(reached)) if reached else MISSING,
        plain(finite_mean(len(record.presses) for record in found)) if found else MISSING,
        _share(tried - _sum(episodes, "unparsable"), tried),
        _share(_sum(episodes, "blocked"), _sum(episodes, PRESSES)),
    )


def milestones_table(run: Run) -> Table:
    """Each milestone that somebody reached, with a column an agent, at the primary level."""
    found: dict[str, list[Mapping[int, int]]] = {}
    for episode in run.episodes:
        record = recorded(episode) if episode.level == run.primary else None
        if record:
            found.setdefault(episode.agent, []).append(dict(record.milestones))
    agents = [agent for agent in run.agents if agent.name in found]
    numbers = sorted({number for episodes in found.values() for reached in episodes for number in reached})
    goals = _goals(run)
    rows = []
    for each in numbers:
        cells = [_reached([reached.get(each) for reached in found[agent.name]]) for agent in agents]
        rows.append((Cell(f"{each} {goals.get(each, '')}".strip()), *cells))
    columns = Column("Milestone", False), *(Column(agent.label) for agent in agents)
    return Table(f"Milestones at {run.place}", columns, tuple(rows))


def _reached(steps: Sequence[int | None]) -> Cell:
    known = [step for step in steps if step is not None]
    return Cell(_share(len(known), len(steps)), note=f"step {median(known):,.0f}" if known else "")


def _goals(run: Run) -> dict[int, str]:
    """What the milestones ask for, of the cartridge that was played."""
    from ...tasks.pokemon import profiles

    for episode in run.episodes:
        record = recorded(episode)
        profile = profiles.by_sha1(record.cartridge) if record else None
        if profile:
            return {place: each.goal for place, each in enumerate(profile.milestones, 1)}
    return {}


def recorded(episode: Episode) -> Record | None:
    """The record of an episode, None where there is none that can be read."""
    try:
        return read(text(episode.scores.get("record")))
    except ReasonError:
        return None


def _films(run: Run) -> list[str]:
    """Pairs of episodes at the same problem, those first that only one of the two agents won."""
    pair = players(run)
    if pair is None:
        return []
    shown, differing = meetings(run, pair, COUNT)
    if not shown:
        return []
    intro = (
        f"{pair[0].label} and {pair[1].label} played {differing} of their games differently in their first training "
        f"runs. Shown are {len(shown)}, those first that only one of them won, played again from their records. Choose "
        "a moment with the mouse, or step through them with the arrow keys; numbers are milestones."
    )
    left, cards = STEPS, []
    for place, both in enumerate(shown):
        sides = []
        for agent, episode, letter in zip(pair, both, "ab", strict=True):
            side, used = _side(agent, episode, f"{run.slug}film-{place}{letter}", left)
            left -= used
            sides.append(side)
        cards.append(_card(pair, both, "".join(sides), opened=not place))
    from .film import legend

    return ["<h3>Played again</h3>", soft(intro), *cards, legend()]


def _side(agent: AgentInfo, episode: Episode, key: str, left: int) -> tuple[str, int]:
    """One agent's episode as a film and a map, and how many steps that took."""
    from .film import strip, world

    head = f"<h3>{escape(agent.label)} <span>{escape(_end(episode))}</span></h3>"
    record = recorded(episode)
    if record is None:
        return f"<article>{head}{soft('There is no record of this episode.')}</article>", 0
    if len(record.presses) > left:
        return f"<article>{head}{soft(_LONG.format(len(record.presses)))}</article>", 0
    try:
        from ..replays import film

        made = film(record)
    except ReasonError as error:  # PyBoy or the owner's cartridge is not there
        return f"<article>{head}{soft(f'It cannot be played again here: {error}.')}</article>", 0
    whose = f"the episode of {agent.label}"
    where = f"Map of {whose}, level {episode.level}, seed {episode.seed}"
    drawn = strip(made, key, f"Moments of {whose}", MOMENTS) + world(made, where)
    note = "" if made.exact else soft(f"{made.difference[:1].upper()}{made.difference[1:]}.")
    return f"<article>{head}{drawn}{note}</article>", len(record.presses)


_LONG = "Its {:,} steps are too many to be played again for this page; `reason replay` makes a page of them."


def _card(pair: tuple[AgentInfo, AgentInfo], both: tuple[Episode, Episode], sides: str, opened: bool) -> str:
    ends = " · ".join(f"{agent.label}: {_end(episode)}" for agent, episode in zip(pair, both, strict=True))
    where = f"level {both[0].level} · seed {both[0].seed}"
    return (
        f'<details class="example"{" open" if opened else ""}><summary><b>{escape(ends)}</b> '
        f'<span class="soft">{escape(where)}</span></summary><div class="sides journeys">{sides}</div></details>'
    )


def _end(episode: Episode) -> str:
    """Whether the goal was reached, and how far the episode came."""
    ended = episode.answer or termination(episode) or WORDS.get(episode.verdict, episode.verdict)
    return f"{'✓' if right(episode) else '✗'} {ended}"


def _sum(episodes: Sequence[Episode], *names: str) -> float:
    values = (number(counted(episode).get(name, 0)) for episode in episodes for name in names)
    return sum(value for value in values if math.isfinite(value))


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else MISSING
