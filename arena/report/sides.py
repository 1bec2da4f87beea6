"""The section that shows chosen episodes of every planned pair side by side, with a way to the first difference.

No script: an episode is in a closed `details`, which a browser opens when one follows the link to what is marked in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from .boards import ending, moves, record, where_they_part
from .data import AgentInfo, Run
from .examples import right
from .markup import soft
from .meetings import Meeting, answer, chosen, meetings, pairs, share
from .palette import looks
from .parting import Parting, of_answers, of_texts
from .side import HOLLOW, Side
from .tables import WORDS, plain
from .written import SHOWN, legend, written

if TYPE_CHECKING:
    from .diagrams import Game

SHORT = 110
"""characters of a question in the head of a meeting"""
AROUND = 8
"""half-moves of a game that are told before and after the one that differs"""
_INTRO = (
    "Episodes of planned pairs at the same problems, chosen by rule: those that only one of the two solved or in which "
    "it is ahead by most, such as both solved or both failed in different ways, and the one in the middle, the primary "
    "level first. They are first tries of the first training runs. A link leads to the first difference, which is "
    "marked."
)


@dataclass(frozen=True)
class _Shown:
    """A meeting on the page."""

    words: str
    """what differs first"""
    body: str
    """which holds the id that the link leads to"""


def replays(run: Run) -> str:
    """The section; empty where no two agents are to be compared."""
    found = pairs(run)
    if not found:
        return ""
    count = share(run)
    html = "\n".join(_pair(run, pair, f"{run.slug}pair-{place}", count) for place, pair in enumerate(found))
    marks = legend() if '<i class="p' in html else ""
    return "\n".join(["<h2>Side by side</h2>", soft(_INTRO), marks, html])


def _pair(run: Run, pair: tuple[AgentInfo, AgentInfo], key: str, count: int) -> str:
    """All of one pair."""
    head = f"<h3>{escape(pair[0].label)} against {escape(pair[1].label)}</h3>\n"
    found = meetings(run, pair)
    if not found:
        return head + soft("They share no problem.")
    shown = chosen(found, count)
    cards = [_card(run, pair, kind, each, f"{key}-{place}") for place, (kind, each) in enumerate(shown)]
    return head + soft(_tally(pair, found, len(shown))) + "\n" + "\n".join(cards)


def _tally(pair: tuple[AgentInfo, AgentInfo], found: list[Meeting], shown: int) -> str:
    solved = [tuple(map(right, each.both)) for each in found]
    both, one, other = (solved.count(each) for each in ((True, True), (True, False), (False, True)))
    told = (
        f"Of {len(found):,} problems that both tried, both solved {both:,}, only {pair[0].label} {one:,}, only "
        f"{pair[1].label} {other:,}, and neither {len(found) - both - one - other:,}."
    )
    if shown:
        return f"{told} Shown: {shown}."
    alike = not any(each.differs for each in found)
    return f"{told} {'Nowhere did they do anything differently.' if alike else 'None is shown: the page is full.'}"


def _card(run: Run, pair: tuple[AgentInfo, AgentInfo], kind: str, each: Meeting, key: str) -> str:
    shown = _shown(run, pair, each, key)
    question = each.first.question or each.second.question or each.first.problem_id
    line = " ".join(question.split())
    short = line if len(line) <= SHORT else line[: SHORT - 1] + "…"
    whole = f"<pre>{escape(question[:SHOWN])}</pre>" if short != question else ""
    expected = (
        f'<p class="soft">Expected: <code>{escape(each.first.expected)}</code></p>' if each.first.expected else ""
    )
    level = run.level(each.first.level).short
    return (
        f'<div class="example meet"><h4>{escape(_why(run, pair, kind, each))}</h4>'
        f"<p><bdi>{escape(short)}</bdi></p>"
        f'<p class="soft">Level {escape(level)} · seed {escape(each.first.seed)}</p>'
        f'<p>First difference: <a href="#{key}"><bdi>{escape(shown.words)}</bdi></a></p>'
        f"<details><summary>Both episodes, side by side</summary>{whole}{expected}{shown.body}</details></div>"
    )


def _why(run: Run, pair: tuple[AgentInfo, AgentInfo], kind: str, each: Meeting) -> str:
    """Why it was chosen."""
    solved = [right(episode) for episode in each.both]
    scores = (
        ""
        if run.metric == "correct"
        else ": {} {} against {}".format(run.metric, *(plain(episode.number(run.metric)) for episode in each.both))
    )
    if kind == "median":
        return f"In the middle of all differences{scores}"
    if kind in ("first", "second"):
        ahead = pair[kind == "second"].label
        return f"{f'Only {ahead} is right' if sum(solved) == 1 else f'{ahead} is ahead'}{scores}"
    alike = "Both are right" if all(solved) else "Neither is right" if not any(solved) else "They score the same"
    return f"{alike}, each in its own way{scores}"


def _shown(run: Run, pair: tuple[AgentInfo, AgentInfo], each: Meeting, key: str) -> _Shown:
    look = looks(run)
    sides = tuple(
        Side(agent, episode, look[agent.name], hollow)
        for agent, episode, hollow in zip(pair, each.both, HOLLOW, strict=True)
    )
    if each.kind == "presses":
        from .stills import played

        told = played(sides, key, len(pairs(run)) * share(run))
        if told:
            return _Shown(*told)
    if each.kind == "moves" and (games := _games(sides)):
        return _on_a_board(sides, games, key)
    texts = each.first.transcript, each.second.transcript
    if each.kind == "answers":
        found = of_answers(texts, (answer(each.first), answer(each.second)))
    else:
        found = of_texts(*texts) or of_texts(
            moves(record(each.first)), moves(record(each.second)), unit="Line of the record"
        )
    return _in_words(sides, found or Parting("none in what was recorded"), key)


def _games(sides: Sequence[Side]) -> tuple[Game, Game] | None:
    """The games of both, None where one cannot be read or python-chess is missing."""
    try:
        from .diagrams import read
    except ImportError:
        return None
    first, second = (read(record(side.episode)) for side in sides)
    return (first, second) if first and second else None


def _in_words(sides: Sequence[Side], found: Parting, key: str) -> _Shown:
    """Two texts, with what differs first marked in both."""
    spans = [span if side.episode.transcript else None for side, span in zip(sides, found.spans, strict=True)]
    marked = next((place for place, span in enumerate(spans) if span), None)
    shown = []
    for place, (side, span) in enumerate(zip(sides, spans, strict=True)):
        told = written(side.episode, span, key if place == marked else "")
        read = escape(answer(side.episode)) or "none"
        body = f'{told}<p class="soft">Answer read: <code>{read}</code></p>'
        shown.append(side.article(WORDS.get(side.episode.verdict, side.episode.verdict), body))
    name = f' id="{key}" tabindex="-1"' if marked is None else ""
    return _Shown(found.words, f'<div class="sides"{name}>{"".join(shown)}</div>')


def _on_a_board(sides: Sequence[Side], games: tuple[Game, Game], key: str) -> _Shown:
    """The position where two games part, with both moves, and what came of either."""
    from .diagrams import diagram, parting

    ply = parting(*games)
    if ply is None:
        return _in_words(sides, Parting("they began in different positions"), key)
    board = games[0].boards[ply]
    played = [_played(side, game, ply) for side, game in zip(sides, games, strict=True)]
    words = f"Move {board.fullmove_number} of {'White' if board.turn else 'Black'}: {' against '.join(played)}"
    articles = []
    for side, game in zip(sides, games, strict=True):
        after = ""
        if ply < len(game.moves):
            title = f"After {escape(game.title(ply + 1))}"
            drawn = diagram(game.boards[ply + 1], games[0].boards[ply].turn, title, (), game.moves[ply])
            after = f"<figure>{drawn}<figcaption>{title}</figcaption></figure>"
        wrote = written(side.episode, None) if side.episode.transcript else ""
        articles.append(side.article(ending(side.episode)[2:], f"{after}{_line(game, ply)}{wrote}"))
    return _Shown(
        words, where_they_part(sides, games, ply, "h5", key) + f'<div class="sides">{"".join(articles)}</div>'
    )


def _played(side: Side, game: Game, ply: int) -> str:
    return game.names[ply] if ply < len(game.names) else f"no move ({ending(side.episode)[2:]})"


def _line(game: Game, ply: int) -> str:
    """The moves around a ply, its own marked; empty where there are no others."""
    if len(game.moves) < 2:
        return ""
    first, last = max(0, ply - AROUND), min(len(game.moves), ply + 1 + AROUND)
    names = [
        escape(game.title(place + 1) if game.boards[place].turn or place == first else game.names[place])
        for place in range(first, last)
    ]
    if ply < last:
        names[ply - first] = f"<mark>{names[ply - first]}</mark>"
    return f"<p>{'… ' * (first > 0)}{' '.join(names)}{' …' * (last < len(game.moves))}</p>"
