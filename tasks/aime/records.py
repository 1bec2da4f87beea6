"""Raw rows out of a file or off the hub, each with its place; what cannot be read is told by its line.

Files are taken to be UTF-8. Bytes that are not stay in the text as lone surrogates, so that a damaged row is found
where it stands and the others can still be read.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from ..errors import BadData
from ..faults import ENCODING, Unusable
from .rows import Record

Records = Iterator[tuple[str, Record]]
FORMATS = (".jsonl", ".json", ".csv")
_HUB = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?(?::(?P<config>[\w.-]+))?", re.ASCII)
_UNDECODED = re.compile("[\ud800-\udfff]")


def read_file(path: Path) -> list[tuple[str, Record]]:
    """The rows of a .jsonl, .json or .csv file.

    Raises:
        BadData: no such file, of another kind, or not readable at all.
    """
    readers = {".jsonl": _json_lines, ".json": _json_list, ".csv": _csv_rows}
    if path.suffix.lower() not in readers:
        raise BadData(f"{path}: expected a file whose name ends in {', '.join(FORMATS)}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadData(f"cannot read {path}: {error.strerror or error}") from error
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadData(f"{path}: {ENCODING}, it begins like UTF-16")
    text = content.decode("utf-8-sig", errors="surrogateescape")
    try:
        return list(readers[path.suffix.lower()](text))
    except BadData as error:
        raise BadData(f"{path}: {error}") from None


def _json_lines(text: str) -> Records:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"line {number}", _record(line)


def _record(line: str) -> Record:
    if _UNDECODED.search(line):
        return Unusable(ENCODING)
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Unusable(f"no JSON: {_reason(error)}")
    return value if isinstance(value, dict) else Unusable(f"expected a JSON object, got {type(value).__name__}")


def _json_list(text: str) -> Records:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadData(f"no JSON: {_reason(error)}") from None
    if not isinstance(values, list):
        raise BadData(f"expected a JSON list of objects, got {type(values).__name__}")
    for number, value in enumerate(values, start=1):
        wrong = Unusable(f"expected a JSON object, got {type(value).__name__}")
        yield f"row {number}", value if isinstance(value, dict) else wrong


def _csv_rows(text: str) -> Records:
    # strict: a quote that nobody closes would take in the rest of the file without a word.
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    header: list[str] = []
    while True:
        place = f"line {reader.line_num + 1}"
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield place, Unusable(f"no CSV: {_reason(error)}")
            continue
        if not header:
            header = row
        elif row and len(row) != len(header):
            yield place, Unusable(f"expected {len(header)} fields as in the first line, got {len(row)}")
        elif row:
            yield place, dict(zip(header, row, strict=True))


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def is_hub_id(source: str) -> bool:
    """Whether a source is written as "owner/name", "owner/name@revision" or "owner/name:config"."""
    return _HUB.fullmatch(source) is not None


def read_hub(source: str, split: str | None = None) -> list[tuple[str, Record]]:
    """The rows of a data set of the hub; `datasets` keeps them in its cache.

    Args:
        source: "owner/name", "owner/name@revision", "owner/name:config" or "owner/name@revision:config".
        split: None takes "test" if there is such a split, else the only one.

    Raises:
        BadData: no network, no such data set, or none of one table.
    """
    found = _HUB.fullmatch(source)
    assert found, source
    try:
        import datasets
    except ImportError:
        raise BadData(f"{source}: reading the hub needs datasets; pip install 'reason-arena[data]'") from None
    try:
        splits = datasets.load_dataset(found["name"], found["config"], revision=found["revision"])
    except Exception as error:  # of many kinds and libraries: no network, no such name, no access, an old format
        raise BadData(
            f"cannot read {source} off the hub: {_reason(error)}; without a network give a file {', '.join(FORMATS)}"
        ) from error
    chosen = split or ("test" if "test" in splits else next(iter(splits)) if len(splits) == 1 else None)
    if chosen not in splits:
        raise BadData(f"{source}: expected a split {split or 'test'!r}, or one alone; it has {', '.join(splits)}")
    return [(f"row {number}", row) for number, row in enumerate(splits[chosen], start=1)]
