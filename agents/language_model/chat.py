"""Chat templates: how a model was taught to be asked, and which token ends its turn."""

from __future__ import annotations

from typing import Any, cast

from transformers import PreTrainedTokenizerBase

from ...tasks.errors import BadCheckpoint
from ..learning.checkpoint import cause

_QUESTION, _REPLY = "The question goes here.", "The reply goes here."
"""stand for a message, to see where a template puts it"""


_EXPECTED = "expected one that takes a single message of the user, a plain text"


def has_template(text: PreTrainedTokenizerBase) -> bool:
    """Whether a model is to be asked through a chat template."""
    return bool(getattr(text, "chat_template", None))


def asked(text: PreTrainedTokenizerBase, question: str) -> list[int]:
    """Token ids of a question as the template puts it, up to where the answer begins.

    There is one message, the user's: a system prompt is the one that the template puts there by itself, if it does.

    Raises:
        BadCheckpoint: the template refuses the message or needs more than it.
    """
    return cast("list[int]", _ask(text, question, tokenize=True))


def answered(text: PreTrainedTokenizerBase, question: str) -> list[int]:
    """Token ids of what the template puts behind an answer: its end, another question, the beginning of a reply.

    Raises:
        BadCheckpoint: the template refuses a second question.
    """
    talk = [_message("user", _QUESTION), _message("assistant", _REPLY), _message("user", question)]
    try:
        string = cast(str, _render(text, talk, add_generation_prompt=True, tokenize=False))
    except Exception as error:
        raise BadCheckpoint(f"the model's chat template refuses a second question: {cause(error)}") from error
    _, _, behind = string.partition(_REPLY)
    return cast("list[int]", text.encode(behind, add_special_tokens=False, split_special_tokens=False))


def check(text: PreTrainedTokenizerBase) -> None:
    """See that the template passes a question on. Raises BadCheckpoint.

    One that wants a message in parts, a text and pictures, finds none in a plain text and leaves it out without a word.
    """
    if _QUESTION not in _ask(text, _QUESTION, tokenize=False):
        raise BadCheckpoint(f"the model's chat template leaves out the question; {_EXPECTED}")


def turn_end(text: PreTrainedTokenizerBase) -> int | None:
    """The special token that the template puts behind an answer; None if it puts none there, or there is no template.

    It often differs from the tokenizer's end of sequence: Gemma's turns end in <end_of_turn>, its texts in <eos>.
    """
    if not has_template(text):
        return None
    try:
        string = _render(text, [_message("user", _QUESTION), _message("assistant", _REPLY)], tokenize=False)
    except Exception:  # a template that only takes questions; `asked` tells of one that takes nothing
        return None
    _, _, behind = cast(str, string).rpartition(_REPLY)
    special = {index for index, token in text.added_tokens_decoder.items() if token.special}
    ids = text.encode(behind, add_special_tokens=False, split_special_tokens=False) if behind != string else []
    return next((index for index in ids if index in special), None)


def _ask(text: PreTrainedTokenizerBase, question: str, tokenize: bool) -> Any:
    try:
        return _render(text, [_message("user", question)], add_generation_prompt=True, tokenize=tokenize)
    except Exception as error:  # a template is a program, and raises what it likes
        raise BadCheckpoint(f"the model's chat template refuses a question: {cause(error)}; {_EXPECTED}") from error


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _render(text: PreTrainedTokenizerBase, messages: list[dict[str, str]], **options: Any) -> Any:
    return text.apply_chat_template(messages, return_dict=False, **options)
