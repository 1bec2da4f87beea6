"""The section on games: two agents in the same position, and both games move by move, without a script.

A game is a group of radio buttons, one a position; the page's CSS shows the board of the one that is chosen, and arrow
keys step through it, as they do in every such group. Where python-chess is missing, the records are shown as text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from .data import AgentInfo, Episode, Run, text
from .examples import chosen, disagreements, first_tries, right
from .markup import soft, table_html
from .palette import looks
from .protocol import on_a_board, protocol_table, termination
from .scores import rivals
from .side import HOLLOW, Side
from .tables import WORDS

if TYPE_CHECKING:
    from .diagrams import Game

COUNT = 4
"""how many pairs of games are shown"""
POSITIONS = 480
"""how many boards the environments of a page may draw together: one of 1.5 MB opens at once"""
SHOWN = 2_000
"""characters of a record that cannot be drawn"""


def games(run: Run) -> str:
    """The section; empty where no episode has a record or counts its moves."""
    parts = ["<h2>Games</h2>"]
    table = protocol_table(run)
    if table.rows:
        parts += ["<h3>Protocol and strength apart</h3>", table_html(table, looks(run), "wide")]
        parts.append(soft(_RULE))
    if any(record(episode) for episode in run.episodes if on_a_board(episode)):
        parts += ["<h3>On the board</h3>", *_duel(run)]
    return "\n".join(parts) if len(parts) > 1 else ""


_RULE = (
    "Readable: the share of tries that could be read as a move. Legal: the share of readable tries that were legal "
    "moves. Won, drawn and lost are of finished games only: those that ended on the board, and not by a forfeit, the "
    "limit of length or an opponent that failed."
)


def shared_parts(html: str) -> str:
    """What the boards of a page are drawn from; empty if it has none."""
    if 'class="board"' not in html:
        return ""
    from .diagrams import shared

    return shared(html)


def record(episode: Episode) -> str:
    """The game of an episode as PGN, or empty."""
    return text(episode.scores.get("record"))


def moves(pgn: str) -> str:
    """The part of a PGN behind its tags."""
    return pgn.rpartition("]\n\n")[2].strip()


def _duel(run: Run) -> list[str]:
    pair = players(run)
    if pair is None:
        return [soft("No two agents played the same game.")]
    shown, differing = meetings(run, pair, COUNT)
    if not shown:
        return [soft(f"{pair[0].label} and {pair[1].label} played the same moves wherever both played.")]
    intro = (
        f"{pair[0].label} and {pair[1].label} played {differing} of their games differently in their first training "
        f"runs. Shown are {len(shown)}, those first that only one of them won or solved: the position where they part, "
        "and both games. Choose a move with the mouse, or step through a game with the arrow keys."
    )
    return [soft(intro), *_cards(run, pair, shown)]


def players(run: Run) -> tuple[AgentInfo, AgentInfo] | None:
    """Two agents to compare: the rivals of the headline, a planned pair, or any two that have games in common."""
    played = {episode.agent for episode in run.episodes if record(episode)}
    pairs = [rivals(run), *((run.agent(first), run.agent(second)) for first, second in run.pairs)]
    others = [agent for agent in run.agents if agent.name in played]
    pairs += [(first, second) for place, first in enumerate(others) for second in others[place + 1 :]]
    for pair in pairs:
        if pair and {agent.name for agent in pair} <= played and _common(run, pair):
            return pair
    return None


def _common(run: Run, pair: tuple[AgentInfo, AgentInfo]) -> list[tuple[Episode, Episode]]:
    """The first games of both at the same problems, in the order of levels and seeds."""
    first, second = (first_tries(run, agent) for agent in pair)
    return [(first[key], second[key]) for key in first if key in second and record(first[key]) and record(second[key])]


def meetings(run: Run, pair: tuple[AgentInfo, AgentInfo], count: int) -> tuple[list[tuple[Episode, Episode]], int]:
    """Pairs of games to show, and how many differ."""
    differing = [both for both in _common(run, pair) if moves(record(both[0])) != moves(record(both[1]))]
    items = {both[0].item for both in differing}
    decided = [each for each in disagreements(run, *pair) if each.llm.item in items]
    first = [(each.llm, each.specialist) for each in chosen(run, decided, count)]
    return [*first, *(both for both in differing if both not in first)][:count], len(differing)


def _cards(run: Run, pair: tuple[AgentInfo, AgentInfo], shown: Sequence[tuple[Episode, Episode]]) -> list[str]:
    look = looks(run)
    meetings = [
        tuple(
            Side(agent, episode, look[agent.name], hollow)
            for agent, episode, hollow in zip(pair, both, HOLLOW, strict=True)
        )
        for both in shown
    ]
    try:
        from .diagrams import read
    except ImportError:  # python-chess is of an extra
        return [_card(sides, _as_text(sides), opened=not place) for place, sides in enumerate(meetings)]
    found = [[read(record(side.episode)) for side in sides] for sides in meetings]
    most = _fair([len(game.boards) for games in found for game in games if game], POSITIONS // run.places)
    cards = []
    for place, (sides, (first, second)) in enumerate(zip(meetings, found, strict=True)):
        key = f"{run.slug}game-{place}"
        body = _on_boards(sides, (first, second), key, most) if first and second else _as_text(sides)
        cards.append(_card(sides, body, opened=not place))
    return cards


def _fair(lengths: Sequence[int], total: int) -> int:
    """The most that each may have so that all together have at most `total`, short ones leaving theirs to the rest."""
    left = total
    for place, length in enumerate(sorted(lengths)):
        share = left // (len(lengths) - place)
        if length > share:
            return share
        left -= length
    return max(lengths, default=0)


def _card(sides: Sequence[Side], body: str, opened: bool) -> str:
    ends = " · ".join(f"{side.agent.label}: {ending(side.episode)}" for side in sides)
    where = f"level {sides[0].episode.level} · seed {sides[0].episode.seed}"
    return (
        f'<details class="example"{" open" if opened else ""}><summary><b>{escape(ends)}</b> '
        f'<span class="soft">{escape(where)}</span></summary>{body}</details>'
    )


def ending(episode: Episode) -> str:
    """Whether the agent did what was asked, and how the game ended."""
    ended = termination(episode).replace("_", " ") or WORDS.get(episode.verdict, episode.verdict)
    return f"{'✓' if right(episode) else '✗'} {ended}"


def _as_text(sides: Sequence[Side]) -> str:
    """The positions and moves in letters, for where they cannot be drawn."""
    shown = []
    for side in sides:
        pgn = record(side.episode)
        fen = re.search(r'^\[FEN "([^"\n]*)"\]', pgn, re.MULTILINE)
        start = f'<p class="soft">From <code>{escape(fen[1])}</code></p>' if fen else ""
        shown.append(f"<article><h3>{side.name}</h3>{start}<pre>{escape(moves(pgn)[:SHOWN])}</pre></article>")
    return f'<div class="sides">{"".join(shown)}</div>'


def _on_boards(sides: Sequence[Side], read: tuple[Game, Game], key: str, positions: int) -> str:
    """The position where two games part, with both moves, and the two games."""
    from .diagrams import parting

    ply = parting(*read)
    meeting = "" if ply is None else where_they_part(sides, read, ply, "h3")
    below = read[0].boards[ply or 0].turn
    replays = [
        f"<article><h3>{side.name} <span>{escape(game.result)}</span></h3>"
        f"{_replay(game, f'{key}{letter}', below, ply or 0, positions, side.agent.label)}</article>"
        for side, game, letter in zip(sides, read, "ab", strict=True)
    ]
    return f'{meeting}<div class="sides">{"".join(replays)}</div>'


def where_they_part(sides: Sequence[Side], games: Sequence[Game], ply: int, heading: str, anchor: str = "") -> str:
    """The last position that two games have in common, with what either played there.

    Args:
        sides: whose games they are.
        games: the two.
        ply: of the position.
        heading: the tag of its title.
        anchor: the id of its title; none if empty.
    """
    from .diagrams import Arrow, diagram, spoken

    board = games[0].boards[ply]
    arrows = [
        Arrow(game.moves[ply], side.look.colour, side.hollow)
        for side, game in zip(sides, games, strict=True)
        if ply < len(game.moves)
    ]
    last = games[0].moves[ply - 1] if ply else None
    drawn = diagram(board, board.turn, f"The position where the games part. {spoken(board)}", arrows, last)
    told = "".join(
        f"<dt>{side.name}</dt><dd>{_move(game, ply, side)}</dd>" for side, game in zip(sides, games, strict=True)
    )
    after = f"after {escape(games[0].title(ply))}" if ply else "at the start"
    name = f' id="{anchor}" tabindex="-1"' if anchor else ""
    return (
        f'<div class="meeting">{drawn}<div><{heading}{name}>Where they part, {after}</{heading}><dl>{told}</dl>'
        f'<p class="soft">Position <code>{escape(board.fen())}</code></p></div></div>'
    )


def _move(game: Game, ply: int, side: Side) -> str:
    if ply < len(game.moves):
        return f"<b>{escape(game.title(ply + 1))}</b>"
    return f"no move: {escape(ending(side.episode))}"


def _replay(game: Game, key: str, below: bool, start: int, positions: int, label: str) -> str:
    """One radio button, one board a position; labels beneath the board lead to the positions beside it."""
    from .diagrams import diagram

    kept = _kept(len(game.boards), positions)
    opened = min(kept, key=lambda ply: (abs(ply - start), ply))
    parts = []
    for place, ply in enumerate(kept):
        if place and kept[place - 1] != ply - 1:
            parts.append(f'<i class="soft">… {ply - 1 - kept[place - 1]} more moves …</i> ')
        title = escape(game.title(ply))
        short = title if ply < 2 or game.boards[ply - 1].turn else escape(game.names[ply - 1])
        board = diagram(
            game.boards[ply], below, f"After {title}" if ply else "The start", (), game.moves[ply - 1] if ply else None
        )
        steps = [
            f'<label for="{key}-{kept[other]}">{word}</label>' if 0 <= other < len(kept) else f"<span>{word}</span>"
            for other, word in ((place - 1, "‹ Back"), (place + 1, "Forward ›"))
        ]
        checked = " checked" if ply == opened else ""
        parts.append(
            f'<input type="radio" name="{key}" id="{key}-{ply}" aria-label="{title}"{checked}>'
            f'<label for="{key}-{ply}">{short}</label><div>{board}<p aria-hidden="true">{"".join(steps)}</p></div> '
        )
    return f'<fieldset class="replay"><legend>The game of {escape(label)}</legend>{"".join(parts)}</fieldset>'


def _kept(count: int, most: int) -> list[int]:
    """Which of `count` positions are drawn: all, or the first and the last `most // 2`."""
    if count <= most:
        return list(range(count))
    return [*range(most // 2), *range(count - most // 2, count)]
