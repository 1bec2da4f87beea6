"""Command lines by tyro: the dataclass is the interface, the docstrings under its fields are the help."""

from __future__ import annotations

from typing import Any, TypeVar

import tyro

T = TypeVar("T")


def parse(what: type[T] | Any, verb: str, words: list[str], doc: str | None, default: Any = None) -> T:
    """A configuration from command-line words; prints help and exits where asked.

    Args:
        what: dataclass, or union of dataclasses as subcommands.
        verb: what stands behind `reason`.
        words: the rest of the line.
        doc: the help's first lines.
        default: values that flags override.
    """
    more = {} if default is None else {"default": default}
    made: T = tyro.cli(
        what,
        prog=f"reason {verb}",
        args=words,
        description=doc,
        config=(tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes) if default is None else (),
        **more,
    )
    return made
