"""The tokens of what was written, as result lines tell of them: their texts, and how likely each was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from transformers import PreTrainedTokenizerFast

from reason_arena.agents.agent import Agent
from reason_arena.agents.language_model.models import spell
from reason_arena.agents.learning.batch import Completion
from reason_arena.agents.learning.rollout import Episode
from reason_arena.arena import lines, verify


def bytewise() -> PreTrainedTokenizerFast:
    """A tokenizer for which each byte is a token."""
    letters = {letter: place for place, letter in enumerate(sorted(ByteLevel.alphabet()))}
    made = Tokenizer(BPE(vocab=letters, merges=[]))
    made.pre_tokenizer, made.decoder = ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=made)


def spaced() -> PreTrainedTokenizerFast:
    """One that leaves out the space before a word where the word is the first."""
    words = ["\u2581so", "\u2581it", "\u2581is"]
    made = Tokenizer(BPE(vocab={word: place for place, word in enumerate(words)}, merges=[]))
    made.decoder = decoders.Metaspace()
    return PreTrainedTokenizerFast(tokenizer_object=made)


@pytest.mark.parametrize(
    ("text", "whole", "expected"),
    [
        (bytewise(), "ab", ["a", "b", ";"]),  # ; is a stop string
        (bytewise(), "5\u00e9x", ["5", "", "\u00e9", "x"]),  # \u00e9 is two bytes
        (bytewise(), "\U0001f600", ["", "", "", "\U0001f600"]),
        (spaced(), "so it is", ["so", " it", " is"]),
    ],
)
def test_tokens_are_spelled_as_they_stand(text: Any, whole: str, expected: list[str]) -> None:
    ids = [0, 1, 2] if whole == "so it is" else text.encode("".join(expected))
    assert spell(text, ids, whole) == expected
    assert spell(text, ids, whole + "?") == []
    assert spell(text, [], "") == []


class Writer(Agent):
    """Spells a token as the letter of its number."""

    view = "text"

    def act(self, observations: Any, infos: Sequence[dict[str, Any]]) -> Any:
        raise NotImplementedError

    def spelled(self, record: Completion) -> list[str]:
        return [chr(each) for each in record.token_ids]


def completion(text: str, *logprobs: float, more: str = "") -> Completion:
    return Completion((), tuple(map(ord, text + more)), logprobs, text)


def episode(actions: Sequence[str], traces: Sequence[Any], transcript: str = "") -> Episode:
    return Episode(
        seed=0, problem_id="", question="", return_=0.0, rewards=(), length=1, terminated=True, truncated=False,
        correct=False, verdict="", answer="", transcript=transcript or "\n".join(actions), traces=tuple(traces),
        seconds=0.0, actions=tuple(actions),
    )  # fmt: skip


def test_every_character_belongs_to_a_token_or_to_nobody() -> None:
    talk = [completion("ab", -0.5, -0.004, -3.0, more=";"), completion("no", -1.0, -2.0), completion("c", -1.234)]
    found = lines.drawn(Writer(), episode(["ab", "YES", "c"], talk))
    # The stop string is not shown; the second action is another's; line breaks stand between actions.
    assert found == {
        "characters": [1, 1, 1, 3, 1, 1],
        "logprobs": [-0.5, 0.0, None, None, None, -1.23],
    }


@pytest.mark.parametrize(
    "told",
    [
        episode(["ab"], []),  # no tokens
        episode(["ab", "c"], [completion("ab", -1.0, -1.0)]),
        episode(["ab"], [completion("ab", -1.0, -1.0)], transcript="what another wrote"),
    ],
)
def test_tokens_that_are_not_the_transcript_are_not_told(told: Episode) -> None:
    assert lines.drawn(Writer(), told) is None


def test_of_a_long_transcript_the_tokens_end_where_it_is_cut() -> None:
    text = "x" * (lines.TRANSCRIPT + 50)
    found = lines.drawn(Writer(), episode([text], [completion(text, *([-1.0] * len(text)))]))
    assert found is not None
    assert sum(found["characters"]) == len(found["logprobs"]) == lines.TRANSCRIPT


def test_a_comparison_of_an_earlier_version_holds_without_them() -> None:
    now = {"problem_id": "p", "answer": "1", "drawn": {"characters": [1], "logprobs": [-0.1]}}
    then = {"problem_id": "p", "answer": "1"}
    assert list(verify._changed(now, then)) == []
    assert list(verify._changed(now, {**then, "drawn": None})) == ["drawn"]
    assert list(verify._changed(now | {"answer": "2"}, then)) == ["answer"]
