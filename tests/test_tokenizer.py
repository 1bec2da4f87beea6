"""How a model from scratch reads: a character a token, and chosen words."""

from __future__ import annotations

from pathlib import Path

import pytest

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.config import LanguageModelConfig, ModelConfig
from reason_arena.agents.language_model.conversation import solution_ids
from reason_arena.tasks.errors import BadConfig


def test_every_text_has_tokens_and_printable_text_comes_back() -> None:
    text = models.tokenizer()
    printable = "".join(models.CHARACTERS) + " .  ,don't <pad><eos>  "
    ids = models.encode(text, printable)
    assert models.decode(text, [ids]) == [printable]
    assert text.eos_token_id not in ids  # the name of a special token is only its letters
    assert models.encode(text, "ä\t☃") == [text.unk_token_id] * 3
    assert models.encode(text, "") == []
    assert solution_ids(text, "12")[-1] == text.eos_token_id


def test_words_are_a_token_each_wherever_they_stand(tmp_path: Path) -> None:
    words = ("e4", "e", "4.", "\\boxed{", "You play\n\n")
    with pytest.raises(BadConfig, match="two characters"):
        ModelConfig(words=words)
    with pytest.raises(BadConfig, match=r"expected none of <pad>.*got <eos>"):
        models.tokenizer(("e4", "<eos>"))
    words = tuple(word for word in words if word != "e")
    config = ModelConfig(layers=1, width=8, heads=2, feedforward=8, context=64, words=words)
    text = models.tokenizer(words)
    ids = models.encode(text, "You play\n\nQe4.e 4.\\boxed{e4}")
    assert text.convert_ids_to_tokens(ids) == ["You play\n\n", "Q", "e4", ".", "e", " ", "4.", "\\boxed{", "e4", "}"]
    assert models.decode(text, [ids]) == ["You play\n\nQe4.e 4.\\boxed{e4}"]
    # What spells only is read as it was before there were words.
    assert models.encode(text, "What is 7 + 5?") == models.encode(models.tokenizer(), "What is 7 + 5?")
    model = models.build(config, seed=0)
    assert model.get_input_embeddings().weight.shape == (len(text), 8)
    models.save(tmp_path, model, text)
    assert models.encode(models.load(tmp_path)[1], "Qe4") == models.encode(text, "Qe4")


def test_a_model_that_spells_is_known_by_what_it_was_known_by() -> None:
    assert "words" not in LanguageModelConfig().identity("sft")["model"]
    told = LanguageModelConfig(model=ModelConfig(words=("e4",))).identity("sft")["model"]
    assert told["words"] == ("e4",)
