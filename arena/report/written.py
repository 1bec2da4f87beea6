"""What an agent wrote as HTML: the tokens by how likely they were, and one place marked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from itertools import accumulate, groupby

from .data import Episode, number
from .parting import Span, window

SHOWN = 1_500
"""characters of a text that are shown"""
BELOW = (0.9, 0.5, 0.1)
"""probabilities; a token that was less likely is marked, the more of them it is below the stronger"""


LEAST = 5
"""tokens whose probability stands in numbers below a text"""
SIGNS = {"\n": "⏎\n", " ": "␣", "\t": "⇥"}
"""how a blank is shown that is marked"""


@dataclass(frozen=True)
class _Piece:
    """A token in a text, or what stands between tokens."""

    begin: int
    end: int
    logprob: float
    """in nats; NaN where it is not known"""

    @property
    def strength(self) -> int:
        """0 for what was likely or is not known, up to the number of `BELOW`."""
        return sum(math.exp(min(self.logprob, 0.0)) < limit for limit in BELOW)


def written(episode: Episode, span: Span | None, anchor: str = "") -> str:
    """The text of an episode, or the part of it around what is marked.

    Args:
        episode: whose transcript is shown.
        span: what of it is marked.
        anchor: the id of the mark; none if empty.
    """
    text, inside = episode.transcript, span or (-1, -1)
    begin, end = window(len(text), span, SHOWN)
    parts = []
    for marked, pieces in groupby(
        _cut(episode, inside, begin, end), key=lambda each: inside[0] <= each.begin < inside[1]
    ):
        html = "".join(_html(text, piece, marked) for piece in pieces)
        parts.append(_mark(html, anchor) if marked else html)
    if span and span[0] == span[1]:
        parts.append(_mark("(ends here)", anchor))
    before = f'<p class="soft">… {begin:,} characters before</p>' if begin else ""
    after = f'<p class="soft">… {len(text) - end:,} more characters</p>' if end < len(text) else ""
    return f"{before}<pre>{''.join(parts) or '(no text)'}</pre>{after}{_least(episode, begin, end)}"


def legend() -> str:
    """What the colours of tokens mean."""
    limits = ["", *(f"{100 * limit:.0f} %" for limit in BELOW)]
    marks = "".join(f'<li><i class="p{n}">below {limits[n]}</i></li>' for n in range(1, len(limits)))
    return f'<ul class="legend tokens"><li>Probability of a token when it was drawn:</li>{marks}</ul>'


def _least(episode: Episode, begin: int, end: int) -> str:
    """The tokens least likely of those that are shown, in numbers: paper and phones show no titles."""
    seen = [each for each in _pieces(episode) if each.strength and begin < each.end and each.begin < end]
    told = []
    for piece in sorted(seen, key=lambda each: each.logprob)[:LEAST]:
        token = "".join(SIGNS.get(letter, letter).strip() for letter in episode.transcript[piece.begin : piece.end])
        told.append(f"<code>{escape(token)}</code> ({_percent(piece)})")
    return f'<p class="soft">Least likely: {", ".join(told)}</p>' if told else ""


def _percent(piece: _Piece) -> str:
    return f"{100 * math.exp(min(piece.logprob, 0.0)):.2g} %"


def _mark(html: str, anchor: str) -> str:
    name = f' id="{anchor}"' if anchor else ""
    return f'<mark{name} tabindex="-1">{html}</mark>'


def _html(text: str, piece: _Piece, marked: bool) -> str:
    shown = text[piece.begin : piece.end]
    html = escape(SIGNS.get(shown, shown) if marked else shown)
    if not piece.strength:
        return html
    return f'<i class="p{piece.strength}" title="{_percent(piece)}">{html}</i>'


def _cut(episode: Episode, inside: Span, begin: int, end: int) -> Iterator[_Piece]:
    """The pieces of what is shown, none of which is marked in part; likely ones that follow one another are one."""
    length = len(episode.transcript)
    pieces = _pieces(episode) or [_Piece(0, length, math.nan)]
    rest = pieces[-1].end
    for piece in [*pieces, _Piece(rest, length, math.nan)]:
        ends = sorted({each for each in (*inside, begin, end) if piece.begin < each < piece.end} | {piece.end})
        for start, stop in zip([piece.begin, *ends], ends, strict=False):
            if begin <= start < stop <= end:
                yield replace(piece, begin=start, end=stop)


def _pieces(episode: Episode) -> list[_Piece]:
    """The tokens of a line that tells of them as it should; none of any other."""
    drawn = episode.scores.get("drawn")
    if not isinstance(drawn, Mapping):
        return []
    lengths, logprobs = drawn.get("characters"), drawn.get("logprobs")
    if not isinstance(lengths, list) or not isinstance(logprobs, list) or len(lengths) != len(logprobs):
        return []
    if not all(type(each) is int and each >= 0 for each in lengths) or sum(lengths) > len(episode.transcript):
        return []
    ends = list(accumulate(lengths))
    return [_Piece(*each) for each in zip([0, *ends], ends, map(number, logprobs), strict=False)]
