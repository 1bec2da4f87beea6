"""What a long job tells: a bar with the time left for a person, plain lines for a log, JSON lines for the record.

The record survives interruption: `Metrics` drops the lines that lie beyond the checkpoint from which a job resumes,
so an interrupted and resumed job leaves the lines that an unbroken one leaves.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from ...tasks.errors import BadConfig, StorageError
from ..visible import on_a_line, say, visible

QUIET_SECONDS = 2.0
"""a job shorter than this says nothing in a log"""
LINE_SECONDS = 10.0
"""seconds between two plain lines"""


class Progress:
    """A bar with the time left on a terminal; elsewhere a plain line now and then, and one at the end.

    Use it as a context manager and call `advance` after each unit of work.
    """

    def __init__(
        self,
        label: str,
        total: int,
        start: int = 0,
        unit: str = "updates",
        stream: TextIO | None = None,
        quiet: bool = False,
    ) -> None:
        """Make one.

        Args:
            label: what is going on, a word or two.
            total: units of work in the whole job.
            start: units done before (a resumed job).
            unit: what is counted.
            stream: where to; standard error unless told.
            quiet: only count.
        """
        self.label, self.total, self.unit = on_a_line(label), total, unit
        self.done: float = start
        self._start = start
        self._stream = stream or sys.stderr
        self._began = self._last = time.monotonic()
        self._note = ""
        self._bar: RichProgress | None = None
        self._quiet = quiet
        if not quiet and self._stream.isatty():
            self._bar = RichProgress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}", markup=False),
                console=Console(file=self._stream),
            )
            self._row = self._bar.add_task(self.label, total=total, completed=start, note="")

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()
        elif not self._quiet and kind is None and time.monotonic() - self._began >= QUIET_SECONDS:
            self._line(f"done in {_duration(time.monotonic() - self._began)}")

    def advance(self, count: float = 1, **values: float | str) -> None:
        """Count `count` units as done, whole or in part; `values` are shown beside the bar."""
        self.done += count
        if values:
            shown = (on_a_line(f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}") for k, v in values.items())
            self._note = ", ".join(shown)
        if self._bar:
            self._bar.update(self._row, completed=self.done, note=self._note)
            return
        now = time.monotonic()
        if not self._quiet and now - self._last >= LINE_SECONDS and self.done < self.total:
            self._last = now
            self._line(self._left(now))

    def say(self, text: str) -> None:
        """Print a line without tearing the bar."""
        if self._bar:
            self._bar.console.print(visible(text), markup=False, highlight=False)
        elif not self._quiet:
            say(text, self._stream)

    def _left(self, now: float) -> str:
        """The time left if the rest goes as fast as what this process did."""
        done = self.done - self._start
        return f"{_duration((now - self._began) / done * (self.total - self.done))} left" if done > 0 else "begun"

    def _line(self, ending: str) -> None:
        note = f", {self._note}" if self._note else ""
        print(f"{self.label}: {int(self.done)}/{self.total} {self.unit}{note}, {ending}", file=self._stream, flush=True)


class JsonLines:
    """A file of JSON objects, one a line, that grows at its end: a killed writer leaves at most a torn last line."""

    def __init__(self, path: Path, keep: Callable[[dict[str, Any]], bool] = lambda row: True) -> None:
        """Open a file for writing.

        Args:
            path: the `.jsonl` file. Its parents are made.
            keep: which of the rows that it holds shall stay; a last line cut short goes in any case.

        Raises:
            StorageError: the disk refused, or a line that is not the last is not JSON.
        """
        self.path = path
        beside = path.with_name(f".{path.name}.new")
        with _disk(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = read_lines(path)
            kept = [row for row in rows if keep(row)]
            if len(kept) < len(rows) or _torn(path):
                try:
                    beside.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
                    beside.replace(path)
                except OSError:
                    beside.unlink(missing_ok=True)
                    raise
            # Unbuffered: a line that the disk refused must not come up again when the file is closed.
            self._file = path.open("ab", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # What went wrong first is what a person has to know of.
        with suppress(StorageError) if kind else nullcontext():
            self.close()

    def write(self, row: Mapping[str, Any]) -> None:
        """Append one row. Raises StorageError."""
        with _disk(self.path):
            line = (json.dumps(dict(row)) + "\n").encode()
            while line:  # of a disk that is all but full, a write takes a part
                line = line[self._file.write(line) :]

    def sync(self) -> None:
        """Bring what was written to the disk; call it before whatever counts on it. Raises StorageError."""
        with _disk(self.path):
            os.fsync(self._file.fileno())

    @property
    def size(self) -> int:
        """Bytes in the file, those of other writers included."""
        return os.fstat(self._file.fileno()).st_size

    def cut(self, size: int) -> None:
        """Take back all that stands behind the first `size` bytes. Raises StorageError."""
        with _disk(self.path):
            self._file.truncate(size)

    def close(self) -> None:
        """Close the file. Raises StorageError."""
        with _disk(self.path):
            self._file.close()


class Metrics(JsonLines):
    """A record of numbers, a row an update; they are TensorBoard curves too, where TensorBoard is installed."""

    def __init__(self, path: Path, after: int = 0, key: str = "update", curves: Path | None = None) -> None:
        """Open a record for writing.

        Args:
            path: the `.jsonl` file. Its parents are made.
            after: resume after this update: lines with a larger `key`, and a last line cut short, are dropped.
            key: the field that counts updates.
            curves: folder for TensorBoard's event file; no curves without it.

        Raises:
            StorageError: the disk refused.
        """
        super().__init__(path, lambda row: bool(row[key] <= after))
        self._key = key
        with _disk(curves or path):
            self._curves = _curves(curves, after) if curves else None

    def write(self, row: Mapping[str, Any]) -> None:
        """Append one row. It must hold the counting key. Raises StorageError."""
        super().write(row)
        if self._curves:
            with _disk(self._curves.log_dir):
                for name, value in row.items():
                    if isinstance(value, int | float) and name != self._key:
                        self._curves.add_scalar(name, value, row[self._key])

    def close(self) -> None:
        """Close the file and the curves. Raises StorageError."""
        super().close()
        if self._curves:
            with _disk(self._curves.log_dir):
                self._curves.close()


@contextmanager
def _disk(path: Path | str) -> Iterator[None]:
    """What the disk refuses comes out as StorageError."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON-lines file; none if it is not there, and without a last line that was cut short.

    Raises:
        StorageError: a line that is not JSON, by its number, or a file that is not text.
    """
    if not path.exists():
        return []
    rows = []
    # Only a line break ends a line: str.splitlines would also cut at the separators of Unicode within a text.
    with path.open(encoding="utf-8") as file:
        try:
            for number, line in enumerate(file, start=1):
                try:
                    rows.append(json.loads(line))
                except (ValueError, RecursionError):
                    if line.endswith("\n"):  # only a killed writer's last line may be torn
                        raise StorageError(f"{path}, line {number}: not JSON: {line[:60].rstrip()!r}") from None
        except UnicodeDecodeError:
            raise StorageError(f"{path}: not UTF-8 text; expected JSON lines") from None
    return rows


def given_lines(path: Path, expected: str) -> list[dict[str, Any]]:
    """The rows of a JSON-lines file that somebody names; `expected` is what the file should have been.

    Raises:
        BadConfig: it is not there, cannot be read, or is something else.
    """
    try:
        path.stat()
        return read_lines(path)
    except StorageError as error:
        raise BadConfig(str(error)) from None
    except OSError as error:
        raise BadConfig(f"{path}: {error.strerror}; expected {expected}") from None


def _torn(path: Path) -> bool:
    """Whether the last line of a file has no end."""
    text = path.read_bytes() if path.exists() else b""
    return bool(text) and not text.endswith(b"\n")


def _curves(folder: Path, after: int) -> Any:
    """A TensorBoard writer that hides what an earlier process drew beyond `after`, or None without TensorBoard."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    if not isinstance(threading.excepthook, _Hook):
        threading.excepthook = _Hook(threading.excepthook)
    return SummaryWriter(str(folder), purge_step=after + 1)


class _Hook:
    """Prints no traceback of TensorBoard's writing thread on a full disk: its error comes up in the next call."""

    def __init__(self, before: Callable[[threading.ExceptHookArgs], Any]) -> None:
        self._before = before

    def __call__(self, failure: threading.ExceptHookArgs) -> None:
        if not (isinstance(failure.exc_value, OSError) and type(failure.thread).__name__ == "_AsyncWriterThread"):
            self._before(failure)


def _duration(seconds: float) -> str:
    """Seconds as a person reads them.

    >>> _duration(7.4), _duration(125), _duration(7300)
    ('7 s', '2 min 5 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
