r"""What a text names by itself, on whatever board: two squares, a piece and its square, castling, or no move.

Coordinates are read in either case; standard notation has capital pieces and small files, since b is a file and B a
bishop. Characters that only look like others (Cyrillic, full width) and invisible ones are never read as what they look
like; chess's own figurines, dashes and the × of printed captures are.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

import chess

_SHOWN, _MAX_NAME, _MAX_NAMES = 24, 48, 8
"""characters that a refusal repeats, characters of a move, and moves that one answer may name"""

_FIGURINES = dict(zip("♔♕♖♗♘♙♚♛♜♝♞♟", "KQRBNP" * 2, strict=True))
_TYPOGRAPHY = str.maketrans(
    {**_FIGURINES, **dict.fromkeys("‐‑–—−", "-"), **dict.fromkeys("“”‘’«»", ""), "×": "x", "…": "...", "†": "+"}
)
_STYLE = re.compile("(?<=[♔-♟])[\ufe0e\ufe0f]")
"""asks for a figurine as text or as a picture"""
_LATEX = re.compile(
    r"\\{1,2}(?:(?:text[a-z]*|math[a-z]+|boxed|fbox|[mh]box|operatorname|displaystyle|bf|rm|it)(?![A-Za-z])"
    r"|[()\[\],;:!])|[{}$*`\"']"
)
_ESCAPED = re.compile(r"\\{1,2}(?=[#_&%\s])|~")
_JOINED = re.compile(r" ?([-=]) ?| ?\\{1,2}times(?![A-Za-z]) ?")
_NUMBER = re.compile(r"[0-9]{1,3}\.(?:\.\.)? ?(?=\S)")
_MARKS = re.compile(r"[ +#!?]*(?:\(?e\.?p\.?\)?)?[ +#!?]*$")

_PROMOTION = r"(?:[=/]?([a-zA-Z])|=?\(([a-zA-Z])\))?"
_UCI = re.compile(rf"([a-h][1-8])[-x:]?([a-h][1-8]){_PROMOTION}")
_SAN = re.compile(rf"([KQRBNP]?)([a-h]?)([1-8]?)[-x:]?([a-h][1-8]){_PROMOTION}")
_CASTLING = re.compile(r"([Oo0])-[Oo0](-[Oo0])?")
_NULL = frozenset({"0000", "--", "Z0", "@@@@"})

_WORDS = re.compile(r"[ ,;()/]+")
_ASIDE = re.compile(r"(\S+?)(?:[,;:] ?| ?[(-] ?| (?=(?:because|since|which|as|so|where|giving)\b))[a-z]+\b")
_HEDGE = re.compile(
    r"\b(?:or|either|maybe|perhaps|possibly|probably|could|might|may|unless|wrong|illegal|alternatively|unsure|if|then"
    r"|not)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Name:
    """What a text names: squares to move between, a piece and where it goes, castling, or the null move."""

    text: str
    to: chess.Square = -1
    start: chess.Square | None = None
    """of coordinates, which leave open what moves"""
    kind: chess.PieceType = chess.PAWN
    file: int | None = None
    rank: int | None = None
    promotion: chess.PieceType | None = None
    castling: Literal["", "short", "long"] = ""
    null: bool = False


def plain(text: str) -> str:
    r"""An answer without LaTeX, Markdown, quotes and a full stop around it, in ASCII where print differs from it.

    >>> plain(r"$\text{♕}\times f7\#$."), plain("O – O")
    ('Qxf7#', 'O-O')
    """
    text = _STYLE.sub("", " ".join(text.split())).translate(_TYPOGRAPHY)
    text = _LATEX.sub("", _JOINED.sub(lambda joint: joint[1] or "x", text))
    return " ".join(_ESCAPED.sub(" ", text).replace(" #", "#").split()).strip("_ ").removesuffix(".")


def hidden(text: str) -> str:
    """The first character that cannot be seen, in words; "" where there is none."""
    for char in text:
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co") and not char.isspace():
            return _described(char)
    return ""


def names(text: str) -> list[Name]:
    """The moves that a plain text consists of, none where there is anything else in it."""
    whole = name(text)
    if whole is not None:
        return [whole]
    words = _words(_NUMBER.sub("", text, count=1))
    found = [name(word) for word in words] if len(words) <= _MAX_NAMES else []
    return [one for one in found if one] if all(found) else []


def aside(text: str) -> str:
    """The move of "Nf3, which attacks the queen"; "" where what follows may name another, or take it back."""
    said = _ASIDE.match(text)
    if said is None:
        return ""
    rest = text[said.end(1) :]
    # A bare square may be spoken of ("attacks e5"); anything longer that reads as a move is a second one.
    others = any(len(word) > 2 and name(word.rstrip(".:")) for word in _words(rest))
    return "" if others or _HEDGE.search(rest) else said[1]


def why_unread(text: str) -> str:
    """For the one who wrote it: why a plain text is no move."""
    if not text:
        return "the answer is empty"
    strange = next((char for char in text if not char.isascii()), None)
    if strange is not None and len(text) <= _SHOWN:
        return f"{short(text)}: {_described(strange)} is no character of a move"
    if sum(name(word) is not None for word in _words(text)) > 1:
        return f"{short(text)}: several moves; say one"
    return f"{short(text)}: not a move; write it like e2e4 or Nf3"


def short(text: str) -> str:
    """A text's beginning, fit to be shown."""
    text = "".join(char if char.isprintable() else "?" for char in text[: _SHOWN + 1])
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def name(text: str) -> Name | None:
    """What a plain text names, None where it is no name of one move.

    >>> name("12. Ngxf3+").file, name("e2 e4")
    (6, None)
    """
    if len(text) > _MAX_NAME:
        return None
    number = _NUMBER.match(text)
    body = text[number.end() :] if number else text
    if body in _NULL:
        return Name(text, null=True)
    body = _MARKS.sub("", body, count=1)
    if castling := _CASTLING.fullmatch(body):
        return Name(text, castling="long" if castling[2] else "short")
    if squares := _UCI.fullmatch(body):
        return _of_squares(text, squares)
    if piece := _SAN.fullmatch(body):
        return _of_piece(text, piece)
    squares = _UCI.fullmatch(body.lower()) if body.isascii() else None
    return _of_squares(text, squares) if squares else None


def _of_squares(text: str, squares: re.Match[str]) -> Name | None:
    letter = (squares[3] or squares[4] or "").lower()
    if letter and letter not in chess.PIECE_SYMBOLS:
        return None
    start, end = chess.parse_square(squares[1]), chess.parse_square(squares[2])
    return Name(text, end, start=start, promotion=_piece(letter))


def _of_piece(text: str, piece: re.Match[str]) -> Name | None:
    letter = (piece[5] or piece[6] or "").lower()
    if letter and letter not in chess.PIECE_SYMBOLS:
        return None
    file = chess.FILE_NAMES.index(piece[2]) if piece[2] else None
    rank = int(piece[3]) - 1 if piece[3] else None
    kind = _piece(piece[1]) or chess.PAWN
    return Name(text, chess.parse_square(piece[4]), kind=kind, file=file, rank=rank, promotion=_piece(letter))


def _piece(letter: str) -> chess.PieceType | None:
    return chess.PIECE_SYMBOLS.index(letter.lower()) if letter else None


def _words(text: str) -> list[str]:
    return [word for word in _WORDS.split(text) if word]


def _described(char: str) -> str:
    return f"U+{ord(char):04X} {unicodedata.name(char, '')}".strip()
