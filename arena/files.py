"""Files that appear whole or not at all, and folders that one process uses at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..tasks.errors import BadConfig, StorageError


def write_whole(path: Path, content: str) -> Path:
    """Write a text file beside its place, bring it to the disk, and rename it.

    Raises:
        StorageError: the disk refused, or something that is not a file stands there; a device is not replaced.
    """
    target = path.resolve()  # through a link, to the file it means
    if target.exists() and not target.is_file():
        raise StorageError(f"cannot write {path}: expected a file or nothing there, it is a folder or a device")
    beside = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True) if beside.parent.is_dir() else None
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error
    return path


@contextmanager
def sole_user(folder: Path, wait: bool = False) -> Iterator[None]:
    """Hold a folder's lock; the system lets go of it when the process ends, however it ends.

    Args:
        folder: made if it is not there.
        wait: for the other user to finish, instead of giving up.

    Raises:
        BadConfig: another process holds it, and `wait` is False.
        StorageError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / ".lock").open("w")
    except OSError as error:
        raise StorageError(f"cannot write to {folder}: {error.strerror or error}") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            raise BadConfig(f"{folder}: another comparison is at work there; wait for it or give --out") from None
        yield
