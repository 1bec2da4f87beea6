"""Ten completions that nobody would want to meet, and an agent that writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from reason_arena.agents.agent import Agent, Cost, View

COMPLETIONS = {
    "script": "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">",
    "end of script": '</script></pre></details></title><style>*{display:none}</style><svg onload="document.title=0">',
    "a line of 1 MB": "9" * 1_000_000,
    "right to left": "\u202e\u2067\u200f\u05d0\u05d1 edoc \u2066\u2068 never closed",
    "escapes": "\x1b[2J\x1b[31m\x1b]0;owned\x07\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\\x9b5m\x90q\x9c",
    "broken UTF-8 and NUL": "\ud800 \udcff\udc80 \udfff\ud83d \x00\x08\x7f\x1a\x04 \ufffe\uffff",
    "a comment": "<!-- <![CDATA[ <plaintext> &lt; &#0; -->",
    "other line ends": "one\u2028two\u2029three\x0bfour\x0cfive\x85six",
    "piled marks": "Z" + "\u0301\u0489\u0334" * 500 + "algo",
    "overwriting": "no, wrong\r\x1b[Kyes, right\b\b\b\b\bRIGHT\r\n\r",
}


class Hostile(Agent):
    """Writes them one after the other, each to the problem whose seed is its place."""

    name = "hostile"
    view: ClassVar[View] = "text"
    deterministic = True

    def reset(self, seeds: Sequence[int], repeats: Sequence[int] = ()) -> None:
        self._seeds = list(seeds)

    def act(self, observations: Any, infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        texts = list(COMPLETIONS.values())
        return tuple(texts[seed % len(texts)] for seed in self._seeds)

    def cost(self) -> Cost:
        return Cost()
