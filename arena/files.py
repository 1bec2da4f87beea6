"""Files that appear whole or not at all, and folders that one process uses at a time."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

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

    Between processes of one host it always holds. Between hosts it holds as far as the file system carries `flock`
    there: NFS since version 4, CephFS and GPFS do, Lustre if it is mounted with `-o flock`. Where one keeps locks to
    each host, nobody notices a second user on another; `held_by_another` finds that out.

    Args:
        folder: made if it is not there.
        wait: for the other user to finish, instead of giving up.

    Raises:
        BadConfig: another process holds it, and `wait` is False.
        StorageError: the folder cannot be written to, or its file system has no locks.
    """
    with _lock_file(folder) as handle:
        if not _take(handle, folder, wait):
            handle.seek(0)
            who = handle.read().strip()
            by = f" ({who})" if who else ""
            raise BadConfig(f"{folder}: another comparison is at work there{by}; wait for it or give --out")
        handle.truncate(0)
        handle.write(f"process {os.getpid()} on {platform.node()}\n")
        handle.flush()
        yield


def held_by_another(folder: Path) -> bool:
    """Whether somebody holds a folder's lock, as far as this host can see.

    Raises:
        StorageError: the folder cannot be written to, or its file system has no locks.
    """
    with _lock_file(folder) as handle:
        return not _take(handle, folder, wait=False)


def _lock_file(folder: Path) -> TextIO:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return (folder / ".lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write to {folder}: {error.strerror or error}") from error


def _take(handle: TextIO, folder: Path, wait: bool) -> bool:
    """Take the lock, until the file is closed; False if another has it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise StorageError(
            f"{folder}: this file system cannot lock ({error.strerror}); expected one with flock, as NFS 4 has"
        ) from None
    return True
