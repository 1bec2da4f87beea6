"""Real problems: from the reader's own file or off the hub, by name. None comes with the package.

The problems are the Mathematical Association of America's, and public copies differ and have mistakes
(`docs/real_aime.md`). So nothing is mended in silence: one bad row refuses the source unless the caller asks to skip
it, and what was used has a hash, which results should carry.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ..errors import BadData
from ..faults import Fault
from ..problem import Split, split_of
from .figures import keeps
from .records import FORMATS, is_hub_id, read_file, read_hub
from .rows import Row, read_rows

_SHOWN = 5
"""bad rows that an error lists"""


class Canonical(NamedTuple):
    """A well-known copy on the hub."""

    hub_id: str
    split: str
    revision: str | None = None
    """None: the newest; a commit pins it"""
    years: tuple[int, int] | None = None
    """of a larger collection only these, both included"""

    @property
    def source(self) -> str:
        """As the hub is asked for it."""
        return f"{self.hub_id}@{self.revision}" if self.revision else self.hub_id


NAMED: dict[str, Canonical] = {
    "aime-2024": Canonical("Maxwell-Jia/AIME_2024", "train"),
    "aime-2025": Canonical("MathArena/aime_2025", "train"),
    "aime-2026": Canonical("MathArena/aime_2026", "train"),
    "aime-1983-2023": Canonical("gneubig/aime-1983-2024", "train", years=(1983, 2023)),
}
"""Names for `load`. "aime-1983-2023" is not complete: its collection has 933 of the 1,005 problems up to 2024."""
EVALUATION_ONLY = ("aime-2024", "aime-2025", "aime-2026")
"""never to be trained on: the years by which models are compared"""
_COMPARED_SINCE = 2024


@dataclass(frozen=True)
class Loaded:
    """What a source holds."""

    source: str
    """as it was asked for"""
    rows: tuple[Row, ...]
    """at least one, in the order of the source"""
    skipped: tuple[Fault, ...] = ()
    """rows that cannot be used, with their lines"""

    @property
    def content_hash(self) -> str:
        """SHA-256 of id, question and answer of these rows: the same for the same problems in another format."""
        lines = (json.dumps([row.id, row.question, row.answer]) for row in self.rows)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def load(source: str, figures: str = "all", skip_bad: bool = False) -> Loaded:
    """Real problems. A source is read once; a file that has changed is read again.

    Args:
        source: a name of `NAMED`; a file .jsonl, .json or .csv; or a data set of the hub, "owner/name",
            "owner/name@revision" or "owner/name:config".
        figures: "all" problems; "code" without those whose figure is missing; "none" without any that need a figure.
        skip_bad: leave out the rows that cannot be used, and go on.

    Raises:
        BadData: nothing can be read there, or there are rows that cannot be used (the first ones are told by line and
            reason), or none is left.
        UnknownName: no such `figures`.
    """
    keeps(figures, "")
    whole = _read(source)
    if whole.skipped and not skip_bad:
        raise BadData(_complaint(whole))
    rows = tuple(row for row in whole.rows if keeps(figures, row.figure))
    if not rows:
        why = f"with figures={figures!r}" if whole.rows else _complaint(whole) if whole.skipped else "it is empty"
        raise BadData(f"{source}: no problem is left, {why}")
    return Loaded(source, rows, whole.skipped)


def for_evaluation(source: str) -> bool:
    """Whether a source is one of `EVALUATION_ONLY`, by its name or its id on the hub.

    >>> for_evaluation("aime-2025"), for_evaluation("MathArena/aime_2025@main"), for_evaluation("aime-1983-2023")
    (True, True, False)
    """
    copies = [NAMED[name].hub_id.lower() for name in EVALUATION_ONLY]
    return source in EVALUATION_ONLY or re.split("[@:]", source.lower())[0] in copies


def for_practice(loaded: Loaded, split: Split) -> tuple[Row, ...]:
    """The rows of a source that can be trained on, or validated with: the content decides which, so none is both.

    Raises:
        BadData: there are problems of the years by which models are compared, or none for this split.
    """
    recent = next((row for row in loaded.rows if row.year and row.year >= _COMPARED_SINCE), None)
    if recent:
        raise BadData(
            f"{loaded.source}: {recent.id} is of {recent.year}, and problems from {_COMPARED_SINCE} on are for "
            "evaluation alone; leave them out of what is trained on"
        )
    validates = split == "validation"
    rows = tuple(row for row in loaded.rows if (split_of(" ".join(row.question.split())) == "validation") == validates)
    if not rows:
        raise BadData(f"{loaded.source}: of its {len(loaded.rows)} problems none is in split {split!r}; give more")
    return rows


def _read(source: str) -> Loaded:
    if source in NAMED or (is_hub_id(source) and not source.lower().endswith(FORMATS) and not Path(source).is_file()):
        return _read_hub(source)
    path = Path(source).expanduser().resolve()
    if not path.exists() and not path.suffix:
        names = ", ".join(NAMED)
        raise BadData(f"{source}: expected one of {names}, a file {', '.join(FORMATS)}, or 'owner/name' on the hub")
    return _read_file(source, path, *_state(path))


def _state(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0  # reading it will say why
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=16)
def _read_file(source: str, path: Path, changed: int, size: int) -> Loaded:
    del changed, size  # they are there to read the file again when it is another
    return Loaded(source, *read_rows(read_file(path)))


@lru_cache(maxsize=16)
def _read_hub(source: str) -> Loaded:
    if source not in NAMED:
        return Loaded(source, *read_rows(read_hub(source)))
    known = NAMED[source]
    rows, faults = read_rows(read_hub(known.source, known.split))
    return Loaded(source, tuple(_within(rows, known.years)), faults)


def _within(rows: Iterable[Row], years: tuple[int, int] | None) -> Iterable[Row]:
    return (row for row in rows if years is None or (row.year is not None and years[0] <= row.year <= years[1]))


def _complaint(whole: Loaded) -> str:
    faults = whole.skipped
    more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    return (
        f"{whole.source}: {len(faults)} of {len(faults) + len(whole.rows)} rows cannot be used: "
        f"{'; '.join(map(str, faults[:_SHOWN]))}{more}; mend them, or load with skip_bad to leave them out"
    )
