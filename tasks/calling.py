"""How a call of a tool is written within a text, and how its answer stands behind it.

    <call>149 + 775</call><result>924</result>

Whoever writes ends a call with `</call>`; what answers it puts the result behind, marks included. The marks are text,
not special tokens, so that a model of any tokenizer can write them.
"""

from __future__ import annotations

import re

CALL, END = "<call>", "</call>"
_ANSWERED = re.compile(r"(<result>[^<>]*</result>)")


def called(asked: str) -> str:
    """A call.

    >>> called("1 + 2")
    '<call>1 + 2</call>'
    """
    return f"{CALL}{asked}{END}"


def answered(result: str) -> str:
    """What stands behind a call.

    >>> answered("3")
    '<result>3</result>'
    """
    return f"<result>{result}</result>"


def last_call(text: str) -> str | None:
    """What a text that ends where `</call>` would stand asks for; None if no call was begun in it.

    >>> last_call("Let me see: <call>1 + 2"), last_call("1 + 2")
    ('1 + 2', None)
    """
    _, begun, asked = text.rpartition(CALL)
    return asked if begun else None


def pieces(text: str) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether somebody answered there, rather than wrote; none is empty.

    >>> pieces("<call>1 + 2</call><result>3</result> So 3.")
    [('<call>1 + 2</call>', False), ('<result>3</result>', True), (' So 3.', False)]
    """
    return [(piece, place % 2 == 1) for place, piece in enumerate(_ANSWERED.split(text)) if piece]
