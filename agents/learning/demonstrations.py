"""Whole episodes to imitate: what somebody saw and what they did about it, turn by turn, and the file that keeps them.

A file holds a conversation a line, `{"messages": [{"role": "user", "content": …}, {"role": "assistant", …}, …]}`, which
is the conversational format of chat data sets and of TRL: observations are the user's, actions the assistant's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...tasks.errors import BadConfig
from .progress import JsonLines, given_lines
from .rollout import Episode

ROLES = ("user", "assistant")
EXPECTED = "a .jsonl file with `messages` a line"


@dataclass(frozen=True)
class Demonstration:
    """An episode as it is imitated."""

    turns: tuple[tuple[str, str], ...]
    """(observation, action), one or more"""

    def messages(self) -> list[dict[str, str]]:
        """The episode as a conversation."""
        return [{"role": role, "content": text} for turn in self.turns for role, text in zip(ROLES, turn, strict=True)]


def demonstration(episode: Episode) -> Demonstration:
    """What an agent did in the text view. Raises ValueError for an episode of the array view, or one that failed."""
    if episode.failed or not episode.actions:
        raise ValueError(f"seed {episode.seed}: expected an episode of the text view whose environment did not fail")
    seen = (episode.question, *episode.replies[:-1])
    return Demonstration(tuple(zip(seen, episode.actions, strict=True)))


def write_demonstrations(path: Path, shown: Iterable[Demonstration]) -> None:
    """Write a file of conversations, in place of one that is there.

    Raises:
        StorageError: the disk refused, or the file that is there holds something else than JSON lines.
    """
    with JsonLines(path, keep=lambda row: False) as lines:
        for each in shown:
            lines.write({"messages": each.messages()})
        lines.sync()


def read_demonstrations(path: Path) -> list[Demonstration]:
    """The conversations of a file; other fields of a line than `messages` are not looked at.

    Raises:
        BadConfig: no such file, none in it, or a line that is no conversation of user and assistant in turn: the
            message names it by its number.
    """
    rows = given_lines(path, EXPECTED)
    if not rows:
        raise BadConfig(f"{path}: no conversation in it; expected {EXPECTED}")
    return [_read(row, f"{path}, line {number}") for number, row in enumerate(rows, start=1)]


def _read(row: Any, where: str) -> Demonstration:
    messages = row.get("messages") if isinstance(row, Mapping) else None
    if not isinstance(messages, list) or not messages or len(messages) % 2:
        raise BadConfig(f"{where}: expected `messages`, a list of questions and answers in turn that ends in an answer")
    texts = []
    for place, message in enumerate(messages):
        role, content = (message.get(key) if isinstance(message, dict) else None for key in ("role", "content"))
        if role != ROLES[place % 2] or not isinstance(content, str):
            raise BadConfig(
                f"{where}, message {place + 1}: expected a text of role {ROLES[place % 2]!r}, got {str(message)[:60]}"
            )
        texts.append(content)
    return Demonstration(tuple(zip(texts[::2], texts[1::2], strict=True)))
