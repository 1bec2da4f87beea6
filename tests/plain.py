"""Small models as others leave them: written by transformers alone, with the special tokens named that a test wants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers, processors
from tokenizers import models as kinds
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

SPECIALS = ("<unk>", "<s>", "</s>", "<start_of_turn>", "<end_of_turn>")
VOCABULARY = {token: i for i, token in enumerate((*SPECIALS, "\n", *map(chr, range(32, 127))))}
NAMED = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<unk>"}
"""the special tokens of a model that names them all"""


def tokenizer(template: str | None = None, shut: bool = False, **named: str) -> Any:
    """A character a token; only the special tokens given are named; with `shut` it puts </s> behind every text."""
    inner = Tokenizer(kinds.WordLevel(VOCABULARY, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    inner.decoder = decoders.Fuse()
    inner.add_special_tokens(list(SPECIALS))
    if shut:
        inner.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
        )
    text = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>", **named)  # type: ignore[no-untyped-call]
    text.chat_template = template
    return text


def model(**named: int) -> Any:
    """A small model whose configuration names only the special tokens given."""
    ids = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None, **named}
    shape = LlamaConfig(
        vocab_size=len(VOCABULARY), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=256, **ids,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return LlamaForCausalLM(shape)


def saved(folder: Path, text: Any, of: Any = None, stops: int | list[int] | None = None) -> Path:
    """A folder as others leave it: written by transformers alone."""
    one = of or model()
    if stops is not None:
        one.generation_config = GenerationConfig(eos_token_id=stops)
    one.save_pretrained(folder)
    text.save_pretrained(folder)
    return folder
