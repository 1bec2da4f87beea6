"""The info of a vector environment as one dictionary a row, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def split_infos(infos: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    """A vector environment's info, one dictionary a row: a key is there where its mask `_key` says so.

    >>> split_infos({"step": np.array([1, 7]), "_step": np.array([True, False])}, 2)
    [{'step': np.int64(1)}, {}]
    """
    rows: list[dict[str, Any]] = [{} for _ in range(count)]
    for key, values in infos.items():
        if key.startswith("_") or key in ("final_info", "final_obs"):
            continue
        mask = infos.get(f"_{key}")
        if isinstance(values, Mapping):  # nested, such as "reward_terms"
            values = split_infos(values, count)
        for i in range(count):
            if mask is None or mask[i]:
                rows[i][key] = values[i]
    return rows


def joined_infos(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The other way: one info a row into a vector environment's, values as objects.

    >>> split_infos(joined_infos([{"step": 1}, {}]), 2)
    [{'step': 1}, {}]
    """
    infos: dict[str, Any] = {}
    for i, info in enumerate(rows):
        for key, value in info.items():
            values = infos.setdefault(key, np.empty(len(rows), dtype=object))
            mask = infos.setdefault(f"_{key}", np.zeros(len(rows), dtype=np.bool_))
            values[i], mask[i] = value, True
    return infos
