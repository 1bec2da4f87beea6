"""One block of memory in which a pool and its workers hand over what every step has: actions there, results back.

A row is an environment, and a field an array with a row for each. The memory has no name: it is a file without one,
whose descriptor the workers are given, so it is gone with the last process that has it, however that ends.
"""

from __future__ import annotations

import dataclasses
import mmap
import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...tasks.pokemon.actions import BUTTONS
from ...tasks.pokemon.progress import Measures
from .commands import Counts

_LINE = 64
"""bytes of a line of the processor's cache, at which each field begins"""


class Field(NamedTuple):
    """An array of the block: its name, and the shape and type of a row."""

    name: str
    shape: tuple[int, ...]
    dtype: str


COUNTS = (*(each.name for each in dataclasses.fields(Counts)), "steps", "presses", "blocked")
"""what an agent did in the running episode"""


def fields(observations: Mapping[str, tuple[tuple[int, ...], Any]], milestones: int) -> tuple[Field, ...]:
    """The fields of a pool.

    Args:
        observations: shape and type of each array of an observation; empty in the text view, whose texts are messages.
        milestones: how many the cartridge has.
    """
    return (
        *(Field(f"seen {name}", shape, np.dtype(dtype).str) for name, (shape, dtype) in observations.items()),
        Field("action", (), "<i8"),
        Field("reward", (), "<f8"),
        Field("terminated", (), "|b1"),
        Field("truncated", (), "|b1"),
        Field("mask", (len(BUTTONS),), "|i1"),
        Field("terms", (len(Measures._fields),), "<f8"),
        Field("paid", (len(Measures._fields),), "|b1"),
        Field("milestone steps", (milestones,), "<i8"),
        Field("counts", (len(COUNTS),), "<i8"),
    )


class Block:
    """The fields as arrays over a piece of memory.

    Args:
        layout: the fields.
        rows: how many each has.
        memory: at least `size` bytes; None for some of its own, which nobody shares.
    """

    def __init__(self, layout: Sequence[Field], rows: int, memory: Any = None) -> None:
        self._memory = memory if memory is not None else bytearray(size(layout, rows))
        self.arrays: dict[str, NDArray[Any]] = {}
        start = 0
        for field in layout:
            dtype, count = np.dtype(field.dtype), rows * int(np.prod(field.shape))
            array = np.frombuffer(self._memory, dtype, count, start)
            self.arrays[field.name] = array.reshape(rows, *field.shape)
            start += _rounded(array.nbytes)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """A field: (rows, ...)."""
        return self.arrays[name]

    @property
    def observations(self) -> dict[str, NDArray[Any]]:
        """The arrays of observations, by their names."""
        return {name[5:]: array for name, array in self.arrays.items() if name.startswith("seen ")}

    def row(self, row: int) -> dict[str, NDArray[Any]]:
        """A copy of one observation."""
        return {name: array[row].copy() for name, array in self.observations.items()}

    def take(self, other: Block) -> None:
        """Become equal to a block of the same layout."""
        memoryview(self._memory)[:] = memoryview(other._memory)[: len(self._memory)]

    def take_rows(self, other: Block, rows: Sequence[int]) -> None:
        """Become equal to it in these rows."""
        for name, array in self.arrays.items():
            array[rows] = other.arrays[name][rows]


def size(layout: Sequence[Field], rows: int) -> int:
    """Bytes of a block."""
    return sum(_rounded(rows * int(np.prod(field.shape)) * np.dtype(field.dtype).itemsize) for field in layout)


def _rounded(count: int) -> int:
    return -(-count // _LINE) * _LINE


def nameless(count: int) -> int:
    """A file of so many bytes that no folder lists: its descriptor."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("reason-pokemon-pool")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, count)
    return descriptor


def mapped(descriptor: int, count: int) -> mmap.mmap:
    """The memory of such a file, shared with whoever maps it too."""
    return mmap.mmap(descriptor, count)
