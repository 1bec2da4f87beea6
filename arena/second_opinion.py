r"""A second opinion on answers: math-verify, which reads mathematics where our judge reads integers.

It is no judge of ours: it accepts `\boxed{17 \times 23}` for 391, and some input hangs it for ever, past its own time
limit and without ever seeing a signal. So it works in processes of its own, which are killed. That costs the one
answer its second opinion, and nothing else. What is worth reading are the disagreements.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

from ..tasks.errors import BadConfig

LIMIT = 5.0
"""seconds for one answer"""
_START = 120.0
"""seconds for a process to begin"""
_END = 60
"""characters of a text's end that are shown"""


@dataclass(frozen=True)
class Case:
    """An answer that has been judged."""

    problem_id: str
    completion: str
    expected: str
    """a decimal literal"""
    correct: bool
    """our verdict"""
    reason: str
    """why, such as "unparsable" """


@dataclass(frozen=True)
class Opinion:
    """What math-verify says of a case."""

    correct: bool | None
    """None: it has none"""
    trouble: str = ""
    """why not: "hang", "crash", or what it raised"""
    seconds: float = 0.0
    """CPU-seconds; 0 where the process was lost"""


class SecondOpinion:
    """Processes that ask math-verify. Use it as a context manager."""

    def __init__(self, processes: int | None = None, limit: float = LIMIT) -> None:
        """Make one; a process is started when it is needed.

        Args:
            processes: None is one a CPU, but no more than four.
            limit: seconds that a process may take for one answer before it is killed.

        Raises:
            BadConfig: math-verify is not installed.
        """
        if find_spec("math_verify") is None:
            raise BadConfig("a second opinion needs math-verify; pip install 'reason-arena[math]'")
        count = processes or min(os.cpu_count() or 1, 4)
        self._workers = [_Worker(limit) for _ in range(count)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for worker in self._workers:
            worker.stop()

    def ask(self, cases: Sequence[Case]) -> Iterator[Opinion]:
        """One opinion a case, in their order."""
        free: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._workers:
            free.put(worker)

        def judged(case: Case) -> Opinion:
            worker = free.get()
            try:
                return worker.judge(case.completion, case.expected)
            finally:
                free.put(worker)

        with ThreadPoolExecutor(len(self._workers)) as pool:
            yield from pool.map(judged, cases)


class _Worker:
    """A process that judges one answer after another, and is replaced when it hangs or is lost."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._process: subprocess.Popen[bytes] | None = None

    def judge(self, completion: str, expected: str) -> Opinion:
        try:
            if self._process is None:
                self._start()
            reply = self._exchange([completion, expected], self._limit)
        except (TimeoutError, OSError, EOFError) as error:
            self.stop()
            return Opinion(None, "hang" if isinstance(error, TimeoutError) else "crash")
        return Opinion(reply[0], reply[2] if len(reply) > 2 else "", reply[1])

    def _start(self) -> None:
        words = [sys.executable, "-m", f"{__package__}.second_opinion_worker", str(self._limit)]
        # A session of its own: Ctrl-C is for us, and we stop the processes.
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._exchange(None, _START)

    def _exchange(self, question: list[str] | None, limit: float) -> Any:
        """Say something, and what comes back. Raises TimeoutError, or OSError or EOFError if the process is lost."""
        assert self._process
        assert self._process.stdin
        assert self._process.stdout
        if question is not None:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], limit)[0]:
            raise TimeoutError
        reply = self._process.stdout.readline()
        if not reply.endswith(b"\n"):
            raise EOFError
        return json.loads(reply)

    def stop(self) -> None:
        """Kill the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            with suppress(BrokenPipeError), self._process:  # what was not yet read is lost
                pass
            self._process.wait()
            self._process = None


@dataclass(frozen=True)
class Comparison:
    """Two opinions on the same answers."""

    cases: tuple[Case, ...]
    opinions: tuple[Opinion, ...]

    @property
    def disagreements(self) -> list[Case]:
        """Cases that math-verify judges the other way."""
        pairs = zip(self.cases, self.opinions, strict=True)
        return [case for case, opinion in pairs if opinion.correct not in (None, case.correct)]

    @property
    def without(self) -> int:
        """How many it has no opinion on."""
        return sum(opinion.correct is None for opinion in self.opinions)

    def __str__(self) -> str:
        """A count, and a line a disagreement: problem, expected, both verdicts, the end of the text."""
        differing = self.disagreements
        agreed = len(self.cases) - len(differing) - self.without
        troubles = sorted({opinion.trouble.partition(":")[0] for opinion in self.opinions if opinion.correct is None})
        why = f" ({', '.join(troubles)})" if troubles else ""
        lines = [
            f"math-verify agrees on {agreed} of {len(self.cases)} answers, disagrees on {len(differing)}, "
            f"has no opinion on {self.without}{why}"
        ]
        for case in differing:
            theirs = "wrong" if case.correct else "correct"
            end = ("…" if len(case.completion) > _END else "") + repr(case.completion[-_END:])
            lines.append(
                f"  {case.problem_id}: expected {case.expected}, ours {case.reason}, math-verify {theirs}: {end}"
            )
        return "\n".join(lines)
