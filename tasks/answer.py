r"""From a completion to a verdict: where the answer stands, and whether it is the expected integer.

One parser for every task. The answer stands after the last `</think>`, in the last non-empty `\boxed{…}`, else in the
last `<answer>…</answer>`, else behind `####`, else behind an answer phrase ("The answer is 42."), else it is the whole
text. Numbers are never picked out of prose, and a place that names two values names none.

Any string can be judged: the time is linear, nothing recurses, evaluates or waits for a signal, and there is no state,
so threads may share it. What a literal is, `latex.py` says; the rules are those of `graders/public_cases.jsonl` and of
section 2.3 of `research/math-tasks.md` in the project's notes. Choices where those are silent are stated in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .latex import BLOCKED, KNOWN_UNITS, MAX_DIGITS, MAX_SPAN, NUMBER_WORDS, read_integer, to_ascii
from .problem import Verdict

__all__ = ["MAX_DIGITS", "extract", "judge_integer", "read_integer"]

_TAIL = 1 << 16
"""Only so many last characters can hold the answer."""
_WINDOW = 1 << 20
"""Only so many last characters are searched for think tags, and the first `_HEAD` for an opening one."""
_HEAD = 256
_STATEMENT = 4_096
_OPEN = ("<think>", "<Think>", "<THINK>")
_CLOSE = ("</think>", "</Think>", "</THINK>")

_CORRECT = Verdict(True, "correct")
_WRONG = Verdict(False, "wrong")
_UNPARSABLE = Verdict(False, "unparsable")
_TOO_LONG = Verdict(False, "too_long")

_PLAIN_BOX = re.compile(r"\\boxed\{(-?[0-9]{1,1000})\}")
_BOX_OR_BRACE = re.compile(r"\\[{}]|[{}]|\\[bf]box(?:ed)?(?![A-Za-z])\s*([{$+-]|[0-9])?".replace("[bf]box(?:ed)?", "(?:boxed|fbox)"))
