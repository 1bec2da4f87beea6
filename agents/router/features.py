"""What a router sees of a problem: the words of its text, hashed, and how long it is.

A number is the word `#n` with n digits, so that lengths are seen and values are not. Single words and pairs of
neighbours count once each, however often they occur; they are hashed (Weinberger et al. 2009, arXiv:0902.2206, without
signs) by CRC-32, which is the same in every process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

LENGTHS = 3
"""numbers beside the buckets: logarithms of characters, words, and the digits of the longest number"""
_WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")


def features(texts: Sequence[str], buckets: int) -> NDArray[np.float32]:
    """Rows of 0 and 1 in `buckets` columns, and `LENGTHS` more; (n, buckets + LENGTHS).

    >>> a, b = features(["What is 12 + 34?", "What is 56 + 78?"], 64)
    >>> bool((a == b).all())
    True
    """
    seen = np.zeros((len(texts), buckets + LENGTHS), np.float32)
    for row, text in enumerate(texts):
        words = list(_words(text))
        pairs = [f"{a} {b}" for a, b in pairwise(words)]
        for word in {*words, *pairs}:
            seen[row, crc32(word.encode()) % buckets] = 1.0
        longest = max((int(word[1:]) for word in words if re.fullmatch(r"#\d+", word)), default=0)
        seen[row, buckets:] = np.log1p([len(text), len(words), longest])
    return seen


def _words(text: str) -> Iterator[str]:
    for word in _WORD.findall(text.lower()):
        yield f"#{len(word)}" if word.isdecimal() else word
