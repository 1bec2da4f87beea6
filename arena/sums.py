"""The digests of what a comparison leaves, in a file that `sha256sum --check` reads and anybody can sign.

Lines of results can be edited by hand. Whoever publishes a folder signs this one file (docs/fairness.md says how); who
reads it then knows that the lines are those that were signed, and `reason verify` says which are not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from ..tasks.errors import StorageError
from .files import write_whole

SUMS = "SHA256SUMS"


def write_sums(folder: Path, files: Iterable[Path]) -> None:
    """Write down the digests of these files, which lie in the folder.

    Raises:
        StorageError: one cannot be read, or the disk refused.
    """
    names = sorted(file.relative_to(folder).as_posix() for file in files)
    write_whole(folder / SUMS, "".join(f"{_digest(folder / name)}  {name}\n" for name in names))


def changed(folder: Path, files: Iterable[Path]) -> list[str] | None:
    """The files that are not as they were when the digests were written, or are missing; None without digests.

    Args:
        folder: of the results.
        files: that have to be among them; one that is not counts as changed.

    Raises:
        StorageError: the digests, or a file, cannot be read, or a line of them is none.
    """
    sums = folder / SUMS
    if not sums.exists():
        return None
    try:
        lines = [line.split("  ", 1) for line in sums.read_text(encoding="utf-8").splitlines()]
        told = {name: digest for digest, name in lines}
    except (OSError, ValueError) as damage:
        raise StorageError(
            f"cannot read {sums}: {damage}; expected lines of a digest, two spaces and a file's name"
        ) from None
    told = dict.fromkeys((file.relative_to(folder).as_posix() for file in files), "") | told
    return [name for name, digest in told.items() if not (folder / name).is_file() or _digest(folder / name) != digest]


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise StorageError(f"cannot read {file}: {error.strerror or error}") from error
