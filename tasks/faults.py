"""Rows of a user's file that cannot be used: told with their place and their reason, and never mended."""

from __future__ import annotations

from dataclasses import dataclass

ENCODING = "wrong encoding: expected UTF-8"


@dataclass(frozen=True)
class Fault:
    """A row that cannot be used."""

    place: str
    """such as "line 12" """
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class Unusable(Exception):
    """Why a row is no problem; becomes a Fault with its place."""
