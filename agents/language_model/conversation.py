"""What a model reads at each turn of an episode: the observation, and as much of what went before as its memory keeps.

Tokens in, tokens out: what the model wrote stands in later prompts as the tokens it drew, never as text tokenised anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

from transformers import PreTrainedTokenizerBase

from ...tasks.errors import BadConfig
from ..learning.batch import Completion
from . import chat, models
from .config import Memory

INSTRUCTION = "\nReason step by step and put your final answer within \\boxed{}."
NOTE = re.compile(r"<note>(.*?)</note>", re.DOTALL)


def prompt_ids(text: PreTrainedTokenizerBase, observation: str) -> list[int]:
    """The prompt of a first observation.

    A model with a chat template is asked as its template says, and told how to mark its answer. A model without one,
    ours among them, reads the bare observation and a line break.
    """
    if chat.has_template(text):
        return chat.asked(text, observation + INSTRUCTION)
    ids = models.encode(text, observation + "\n", special=True)
    if ids and ids[-1] == text.eos_token_id:  # of a tokenizer that closes every text; the answer is yet to come
        ids = ids[:-1]
    start = text.eos_token_id if text.bos_token_id is None else text.bos_token_id
    return ids or [cast(int, start)]


def solution_ids(text: PreTrainedTokenizerBase, solution: str) -> list[int]:
    """What a model should answer to `prompt_ids`: a solution, and the end of the turn or, without one, of the sequence.

    Raises:
        BadConfig: the tokenizer names neither.
    """
    return [*models.encode(text, solution), _end(text)]


def following_ids(text: PreTrainedTokenizerBase, observation: str, last: int) -> list[int]:
    """What stands between a completion and the next one: the rest of the template, the next observation.

    Args:
        text: the tokenizer.
        observation: what the environment said to the last action.
        last: the completion's last token; if it does not end the turn, a token that does is put behind it.
    """
    if chat.has_template(text):
        ids = chat.answered(text, observation)
        return ids[1:] if ids[:1] == [last] else ids
    end = [] if last == _end(text) else [_end(text)]
    return end + models.encode(text, observation + "\n")


def _end(text: PreTrainedTokenizerBase) -> int:
    end = chat.turn_end(text)
    if end is None and (end := cast("int | None", text.eos_token_id)) is None:
        raise BadConfig("the tokenizer names no token that ends a sequence: expected an eos_token")
    return end


class Conversation:
    """One episode as its player remembers it."""

    def __init__(self, text: PreTrainedTokenizerBase, memory: Memory) -> None:
        """Begin one.

        Args:
            text: the model's tokenizer.
            memory: what is kept.
        """
        self._text, self._memory = text, memory
        self._turns: list[tuple[str, Completion]] = []
        self._notes: list[str] = []

    @property
    def turns(self) -> int:
        """How many there have been."""
        return len(self._turns)

    def prompt(self, observation: str) -> list[int]:
        """What to read before answering an observation."""
        if self._memory.policy == "notes":
            notes = "\n".join(self._notes[-self._memory.turns :])
            return prompt_ids(self._text, f"Your notes:\n{notes}\n\n{observation}" if notes else observation)
        if not self._turns or self._memory.policy == "none":
            return prompt_ids(self._text, observation)
        if self._memory.policy == "full":
            last = self._turns[-1][1]
            return [*last.prompt_ids, *last.token_ids, *self._after(last, observation)]
        recent = self._turns[-self._memory.turns :]
        ids = prompt_ids(self._text, recent[0][0])
        for place, (_, completion) in enumerate(recent):
            after = recent[place + 1][0] if place + 1 < len(recent) else observation
            ids += [*completion.token_ids, *self._after(completion, after)]
        return ids

    def answered(self, observation: str, completion: Completion) -> None:
        """Remember a turn."""
        self._turns.append((observation, completion))
        self._notes += [note.strip() for note in NOTE.findall(completion.text)]

    def _after(self, completion: Completion, observation: str) -> Sequence[int]:
        return following_ids(self._text, observation, completion.token_ids[-1])
