"""What a model reads at each turn of an episode: the observation, and as much of what went before as its memory keeps.

Tokens in, tokens out: what the model wrote stands in later prompts as the tokens it drew, never as text tokenised anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

from transformers import PreTrainedTokenizerBase

from ..learning.batch import Completion
from . import models
from .config import Memory

INSTRUCTION = "\nReason step by step and put your final answer within \\boxed{}."
NOTE = re.compile(r"<note>(.*?)</note>", re.DOTALL)
_MARK = "\u2603answer\u2603"


def prompt_ids(text: PreTrainedTokenizerBase, observation: str) -> list[int]:
    """The prompt of a first observation.

    A model with a chat template is asked as its template says, and told how to mark its answer. A model without one,
    ours among them, reads the bare observation and a line break.
    """
    if getattr(text, "chat_template", None):
        message = [{"role": "user", "content": observation + INSTRUCTION}]
        ids = text.apply_chat_template(message, add_generation_prompt=True, tokenize=True, return_dict=False)
        return cast("list[int]", ids)
    return models.encode(text, observation + "\n", special=True)


def solution_ids(text: PreTrainedTokenizerBase, solution: str) -> list[int]:
    """What a model should answer to `prompt_ids`: a solution and the end of the sequence."""
    return [*models.encode(text, solution), cast(int, text.eos_token_id)]


def following_ids(text: PreTrainedTokenizerBase, observation: str, ended: bool) -> list[int]:
    """What stands between a completion and the next one: the rest of the template, the next observation.

    Args:
        text: the tokenizer.
        observation: what the environment said to the last action.
        ended: whether the completion before ends with the token that ends a turn; if not, that is put here.
    """
    if not getattr(text, "chat_template", None):
        end = [] if ended else [cast(int, text.eos_token_id)]
        return end + models.encode(text, observation + "\n")
    talk: list[dict[str, str]] = [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": _MARK},
        {"role": "user", "content": observation},
    ]
    shown: Any = text.apply_chat_template(talk, add_generation_prompt=True, tokenize=False)
    rest = str(shown).partition(_MARK)[2]
    mark = str(text.eos_token or "")
    if ended and mark and rest.startswith(mark):
        rest = rest[len(mark) :]
    ids: Any = text.encode(rest, add_special_tokens=False)  # the template's own special tokens are meant
    return cast("list[int]", ids)


class Conversation:
    """One episode as its player remembers it."""

    def __init__(self, text: PreTrainedTokenizerBase, memory: Memory, stops: frozenset[int]) -> None:
        """Begin one.

        Args:
            text: the model's tokenizer.
            memory: what is kept.
            stops: the tokens that end a turn.
        """
        self._text, self._memory, self._stops = text, memory, stops
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
        if not self._turns:
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
        return following_ids(self._text, observation, completion.token_ids[-1] in self._stops)
