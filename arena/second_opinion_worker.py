"""The process in which math-verify judges: a JSON line in, a JSON line out, and an end by the system if it hangs.

    python -m reason_arena.arena.second_opinion_worker SECONDS

A line is `[completion, expected]`, the reply `[correct, CPU-seconds]`, or `[null, CPU-seconds, what was raised]`.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from math import ceil
from typing import Any

MEMORY = 4 << 30
"""bytes of address space; a number that would need more raises MemoryError"""


def main(words: list[str]) -> None:
    """Judge until the input ends, each line in no more than so many CPU-seconds."""
    replies = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what a library prints is no reply
    limit = ceil(float(words[0]))
    judge = load()
    _bound(resource.RLIMIT_AS, MEMORY)
    print(json.dumps("ready"), file=replies, flush=True)
    for line in sys.stdin:
        completion, expected = json.loads(line)
        # So that a hang ends even where nobody is left to kill this process.
        _bound(resource.RLIMIT_CPU, ceil(time.process_time()) + limit + 1)
        print(json.dumps(_reply(judge, completion, expected)), file=replies, flush=True)


def _bound(what: int, most: int) -> None:
    with suppress(ValueError, OSError):  # not every system can, or lets us
        resource.setrlimit(what, (most, resource.getrlimit(what)[1]))


def load() -> Callable[[str, str], bool]:
    """math-verify as a function of a completion and the expected integer.

    Its own limits are off: they need signals, and some of what hangs never sees one.
    """
    import logging

    from math_verify import parse, verify

    logging.getLogger("math_verify").setLevel(logging.CRITICAL)  # it warns that there is no limit
    parse(r"\boxed{1}", parsing_timeout=None)  # the first call is slow

    def judge(completion: str, expected: str) -> bool:
        gold = parse(f"\\boxed{{{expected}}}", parsing_timeout=None)
        return bool(verify(gold, parse(completion, parsing_timeout=None), timeout_seconds=None))

    return judge


def _reply(judge: Callable[[str, str], bool], completion: str, expected: str) -> list[Any]:
    # Not process_time: under a limit of CPU-seconds Linux counts that in ticks.
    began = time.thread_time()
    try:
        verdict = judge(completion, expected)
    except Exception as error:  # whatever a parser of mathematics can raise
        return [None, time.thread_time() - began, f"{type(error).__name__}: {error}"[:200]]
    return [verdict, time.thread_time() - began]


if __name__ == "__main__":
    main(sys.argv[1:])
