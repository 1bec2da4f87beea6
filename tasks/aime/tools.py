"""The tools of the array view, and the programs made of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """A tool, the parameters it is given, and what is done with its result."""

    tool: str
    arguments: tuple[str, ...]
    """names of parameters, in the order of the tool's arguments"""
    post: str = "as_is"
