"""Texts in files: the documents of pre-training, and what tells the data of one run from that of another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from ...tasks.errors import BadConfig


def text_files(place: Path) -> list[Path]:
    """A file itself; of a folder the `.txt` and `.jsonl` files, in the order of their names."""
    if not place.is_dir():
        return [place]
    return sorted(path for path in place.iterdir() if path.suffix in (".txt", ".jsonl"))


def content_hash(place: Path) -> str:
    """12 hexadecimal digits that tell what is in a file, or in the texts of a folder, wherever they are."""
    digests = [hashlib.sha256(path.read_bytes()) for path in text_files(place)]
    if place.is_dir():
        return hashlib.sha256(b"".join(each.digest() for each in digests)).hexdigest()[:12]
    return digests[0].hexdigest()[:12]


def documents(place: Path) -> Sequence[str]:
    """The documents in a file or a folder.

    Args:
        place: a text file whose documents are apart by an empty line, a `.jsonl` file with a `text` a line, or a folder
            of `.txt` and `.jsonl` files.

    Raises:
        BadConfig: missing, unreadable, or without a document.
    """
    try:
        found = [document for path in text_files(place) for document in _documents(path)]
    except OSError as error:
        raise BadConfig(f"pretrain.data={place}: {error.strerror}; expected a text file or a folder") from None
    except UnicodeDecodeError:
        raise BadConfig(f"pretrain.data={place}: not UTF-8 text") from None
    if not found:
        raise BadConfig(
            f"pretrain.data={place}: no document in it; expected .txt (an empty line apart) or .jsonl (`text`)"
        )
    return found


def _documents(path: Path) -> list[str]:
    content = path.read_text(encoding="utf-8")
    if path.suffix != ".jsonl":
        return [part.strip() for part in content.split("\n\n") if part.strip()]
    found = []
    for number, line in enumerate(content.splitlines(), start=1):
        if line.strip():
            try:
                found.append(str(json.loads(line)["text"]))
            except (ValueError, KeyError, TypeError):
                raise BadConfig(f"{path}, line {number}: expected an object with `text`, got {line[:60]!r}") from None
    return found
