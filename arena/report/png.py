"""Small pictures as bytes: PNG with a palette, which any browser shows and which holds nothing but the pixels."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PAPER = ((28, 32, 38), (91, 98, 108), (170, 178, 189), (251, 251, 250))
"""the four shades of a Game Boy in the colours of the report, from dark to light"""
SHADES = len(PAPER)


def shades(screen: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A console's screen (height, width, 3) as numbers of its four shades (height, width), dark is 0."""
    return (screen[:, :, 0] >> 6).astype(np.uint8)


def png(pixels: NDArray[np.uint8], palette: Sequence[tuple[int, int, int]] = PAPER) -> bytes:
    """A picture of at most four colours.

    Args:
        pixels: (height, width) places in the palette.
        palette: red, green, blue, each from 0 to 255.
    """
    height, width = pixels.shape
    padded = np.zeros((height, -(-width // 4) * 4), np.uint8)
    padded[:, :width] = pixels
    packed = padded[:, 0::4] << 6 | padded[:, 1::4] << 4 | padded[:, 2::4] << 2 | padded[:, 3::4]
    rows = np.hstack([np.zeros((height, 1), np.uint8), packed])  # each begins with its filter, none
    head = struct.pack(">IIBBBBB", width, height, 2, 3, 0, 0, 0)
    colours = bytes(value for colour in palette for value in colour)
    chunks = ((b"IHDR", head), (b"PLTE", colours), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _chunk(part: tuple[bytes, bytes]) -> bytes:
    kind, data = part
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
