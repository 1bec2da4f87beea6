"""Checkpoint folders that a kill -9, a full disk or a wrong path cannot turn into a lie.

A folder is written beside its place, brought to the disk and renamed into it; what was there before stays until then.
At every instant either the old or the new one is whole, and `locate` finds it. `manifest.json` appears last, in one
step, and lists the size of every other file. What is in those files is the caller's business (safetensors and JSON, no
pickle).
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from ...tasks.errors import BadCheckpoint, ReasonError, StorageError

MANIFEST = "manifest.json"
FORMAT = 1
DISK_ERRORS = (OSError, RuntimeError, SafetensorError)
"""what a full disk makes writers raise: Python, torch, safetensors"""


def save(folder: Path, write: Callable[[Path], None], manifest: Mapping[str, Any]) -> None:
    """Write a checkpoint folder, or leave the one that was there.

    Args:
        folder: where it shall stand. Its parents are made.
        write: puts the files into the empty folder it is given.
        manifest: what a loader wants to know: kind, task, config and so on. `format`, `versions` and `files` are added.

    Raises:
        StorageError: the disk refused; whatever checkpoint stood at `folder` still stands. Any other error of `write`
            leaves the folder in the same state.
    """
    folder = Path(folder)
    new, old = _beside(folder, "new"), _beside(folder, "old")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _recover(folder)
        new.mkdir()
        write(new)
        files = {str(path.relative_to(new)): path.stat().st_size for path in sorted(new.rglob("*")) if path.is_file()}
        _sync_tree(new)
        _replace(new / MANIFEST, {**manifest, "format": FORMAT, "versions": versions(), "files": files})
        _sync(new)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        _sync(folder.parent)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException as error:
        with suppress(OSError):
            _recover(folder)
        if isinstance(error, DISK_ERRORS):
            raise StorageError(f"cannot write the checkpoint {folder}: {cause(error)}") from error
        raise


def locate(folder: Path) -> Path:
    """The place where the checkpoint of that name is whole right now: `folder`, unless a save was cut between renames.

    Raises:
        BadCheckpoint: there is none.
    """
    folder = Path(folder)
    # Only between the two renames is `folder` itself missing, and then the new one is complete.
    for place in (folder, _beside(folder, "new"), _beside(folder, "old")):
        if (place / MANIFEST).is_file():
            return place
    if folder.is_dir():
        raise BadCheckpoint(f"{folder} is not a checkpoint: it has no {MANIFEST}")
    raise BadCheckpoint(f"no checkpoint at {folder}")


def exists(folder: Path) -> bool:
    """Whether there is a checkpoint at `folder`."""
    with suppress(BadCheckpoint):
        locate(folder)
        return True
    return False


def load_manifest(folder: Path) -> dict[str, Any]:
    """Read a checkpoint's manifest and see that its files are all there and of the size they were written with.

    Read the files themselves from `locate(folder)`.

    Raises:
        BadCheckpoint: missing, unreadable, of a later format, or incomplete.
    """
    place = locate(folder)
    try:
        manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        found, files = manifest["format"], manifest["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadCheckpoint(f"{place / MANIFEST} is unreadable: {cause(error)}") from error
    if not isinstance(files, dict):
        raise BadCheckpoint(f"{place / MANIFEST} is unreadable: `files` is no list of names and sizes")
    if found != FORMAT:
        raise BadCheckpoint(f"{folder} has checkpoint format {found}, this version reads {FORMAT}")
    for name, size in files.items():
        path = place / name
        if not path.is_file():
            raise BadCheckpoint(f"{folder} is incomplete: {name} is missing")
        if path.stat().st_size != size:
            raise BadCheckpoint(f"{folder} is damaged: {name} has {path.stat().st_size} bytes, {size} were written")
    return dict(manifest)


@contextmanager
def reading(folder: Path | str, what: str) -> Iterator[None]:
    """Whatever a damaged file makes its parser raise comes out as BadCheckpoint in one line.

    Parsers of weights, JSON and pickles raise what they like on garbage, so everything is caught here; the cause is
    chained to what is raised.

    Args:
        folder: the checkpoint, for the message.
        what: the part that is read.
    """
    try:
        yield
    except BadCheckpoint:
        raise
    except Exception as error:
        raise BadCheckpoint(f"{folder} is damaged: cannot read {what}: {cause(error)}") from error


def cause(error: BaseException) -> str:
    """What went wrong, in one line.

    >>> cause(OSError(28, "No space left on device")), cause(KeyError("net_arch"))
    ('No space left on device', "KeyError: 'net_arch'")
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = str(error).strip().splitlines()
    said = isinstance(error, OSError | ReasonError)
    return ": ".join(([] if said and lines else [type(error).__name__]) + lines[:1])


def require(manifest: Mapping[str, Any], folder: Path, **expected: Any) -> None:
    """Raise BadCheckpoint naming the first field in which a manifest is not as expected.

    >>> require({"kind": "sft", "config": {"seed": 1}}, Path("runs/a"), kind="sft", config={"seed": 2})
    Traceback (most recent call last):
    ...
    reason_arena.tasks.errors.BadCheckpoint: runs/a was made with config.seed=1, now it is 2; use another folder
    """
    for name, value in expected.items():
        different = _difference(name, manifest.get(name), _plain(value))
        if different:
            field, then, now = different
            raise BadCheckpoint(f"{folder} was made with {field}={then!r}, now it is {now!r}; use another folder")


def config_hash(config: Any) -> str:
    """12 hexadecimal digits of the SHA-256 of a configuration (anything JSON can say), key order aside."""
    text = json.dumps(_plain(config), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def versions() -> dict[str, str]:
    """Versions of what a checkpoint's content depends on."""
    known = {"python": platform.python_version()}
    for name in ("reason-arena", "torch", "transformers", "stable-baselines3", "numpy"):
        with suppress(metadata.PackageNotFoundError):
            known[name] = metadata.version(name)
    return known


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file in one step: a reader sees the old text or the new one."""
    try:
        _replace(path, value)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {cause(error)}") from error


def _plain(value: Any) -> Any:
    """As it reads after a trip through JSON: tuples are lists, keys are strings."""
    return json.loads(json.dumps(value))


def _difference(name: str, then: Any, now: Any) -> tuple[str, Any, Any] | None:
    """The first field, in dotted notation, in which two values differ."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in [*now, *(key for key in then if key not in now)]:
            found = _difference(f"{name}.{key}", then.get(key), now.get(key))
            if found:
                return found
        return None
    return None if then == now else (name, then, now)


def _beside(folder: Path, what: str) -> Path:
    return folder.with_name(f".{folder.name}.{what}")


def _recover(folder: Path) -> None:
    """Put the survivor of a cut save into its place and clear away the rest."""
    if not folder.exists():
        with suppress(BadCheckpoint):
            locate(folder).rename(folder)
    for what in ("new", "old"):
        if _beside(folder, what).exists():
            shutil.rmtree(_beside(folder, what))


def _replace(path: Path, value: Any) -> None:
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("w", encoding="utf-8") as file:
            json.dump(value, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    """Bring a file or a folder's entries to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
