"""Models and tokenizers: a small Llama that reads characters, or whatever a folder or hub id holds.

Either way the result is an ordinary transformers module and tokenizer, and what `save` writes is an ordinary
transformers checkpoint, which `AutoModelForCausalLM` and `AutoTokenizer` load without this package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import takewhile
from logging import CRITICAL, getLogger
from pathlib import Path
from typing import Any, cast

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
)
from transformers.utils import logging

from ...tasks.errors import BadCheckpoint, BadConfig
from ..learning.streams import derive
from . import chat, devices, sources
from .adapters import adapted, merged
from .config import ModelConfig
from .precision import precision

SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>")
CHARACTERS = ("\n", *(chr(code) for code in range(32, 127)))
INITIAL_STD = 0.02


def tokenizer(words: Sequence[str] = ()) -> PreTrainedTokenizerFast:
    """A character a token: printable ASCII and the line break; every other character is <unk>.

    It puts <bos> before a text, and reads a special token's name in a text as the characters it is made of, so that a
    question cannot end a sequence.

    Args:
        words: texts that are a token each wherever they stand; of two that begin at one place the longer one is read.

    Raises:
        BadConfig: a word is the name of a special token.
    """
    if named := set(words) & set(SPECIALS):  # their names would become themselves
        raise BadConfig(f"model.words: expected none of {', '.join(SPECIALS)}, got {', '.join(sorted(named))}")
    vocabulary = {token: index for index, token in enumerate((*SPECIALS, *CHARACTERS, *words))}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    whole = "".join(f"{re.escape(word)}|" for word in sorted(words, key=len, reverse=True))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(rf"{whole}[\s\S]"), "isolated")
    inner.decoder = decoders.Fuse()
    inner.post_processor = processors.TemplateProcessing(
        single="<bos> $A", pair="<bos> $A $B", special_tokens=[("<bos>", vocabulary["<bos>"])]
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=inner,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        padding_side="left",
        clean_up_tokenization_spaces=False,
        split_special_tokens=True,
    )


def build(config: ModelConfig, seed: int) -> LlamaForCausalLM:
    """A Llama of random weights, a pure function of its arguments.

    Weights are normal with standard deviation 0.02, those that write into the residual stream 1 / sqrt(2 * layers) of
    it (Radford et al. 2019, section 2.3); input and output embedding are one.
    """
    text = tokenizer(config.words)
    shape = LlamaConfig(
        vocab_size=len(text),
        hidden_size=config.width,
        intermediate_size=config.feedforward,
        num_hidden_layers=config.layers,
        num_attention_heads=config.heads,
        num_key_value_heads=config.heads,
        max_position_embeddings=config.context,
        tie_word_embeddings=True,
        pad_token_id=text.pad_token_id,
        bos_token_id=text.bos_token_id,
        eos_token_id=text.eos_token_id,
    )
    with torch.random.fork_rng(devices=[]):  # the constructor draws from the global stream
        model: LlamaForCausalLM = LlamaForCausalLM(shape)
    generator = torch.Generator().manual_seed(derive(seed, "weights"))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim == 2:
                inward = name.endswith(("o_proj.weight", "down_proj.weight"))
                weight.normal_(
                    0, INITIAL_STD / (2 * config.layers) ** 0.5 if inward else INITIAL_STD, generator=generator
                )
    model.train(False)
    return model


def load(
    source: str | Path, dtype: torch.dtype | str = torch.float32, device: str = "cpu"
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Read a model and its tokenizer.

    Args:
        source: "smollm2", a checkpoint folder of ours or of transformers, or a hub id such as
            "HuggingFaceTB/SmolLM2-135M".
        dtype: of the weights: "float32" or "bfloat16". Ask `precision.fast_bf16` before taking the latter for speed.
        device: where the weights go, see `devices.device`.

    Raises:
        BadCheckpoint: nothing there, no network, not a causal language model in safetensors, one that needs code of its
            own, that names no token to end with, or that cannot be asked.
        BadConfig: `source` is the name of a model and of a folder, or there is no such device.
        UnknownName: another dtype.
    """
    kind, there, place = precision(dtype), devices.device(device), sources.settle(source)
    try:
        with no_bars(), nullcontext() if isinstance(place, Path) else _no_warnings():
            made: Any = AutoModelForCausalLM.from_pretrained(
                place, dtype=kind, use_safetensors=True, trust_remote_code=False, output_loading_info=True
            )
            text = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
        model, told = made
        if missing := sorted(told["missing_keys"]):  # transformers draws them at random, and warns
            raise BadCheckpoint(f"{len(missing)} of its weights {'are' if missing[1:] else 'is'} missing: {missing[0]}")
        _mend(model, text)
    except Exception as error:  # the parsers of weights and tokenizers raise types of their own
        raise BadCheckpoint(f"cannot load a language model from {source}: {sources.reason(error)}") from error
    model.train(False)
    return cast(PreTrainedModel, model.to(there)), cast(PreTrainedTokenizerBase, text)


def _mend(model: Any, text: Any) -> None:
    """Name the tokens that a tokenizer leaves unnamed, and see that it can be asked. Raises BadCheckpoint."""
    ends = stop_ids(model, text)
    if not ends:
        raise BadCheckpoint(
            "neither its tokenizer nor its generation settings name a token that ends a sequence, so no answer would "
            "end; set eos_token in tokenizer_config.json"
        )
    if text.eos_token_id is None:
        text.eos_token = text.convert_ids_to_tokens(min(ends))
    if text.pad_token_id is None:
        text.pad_token = text.eos_token  # only generate() of others pads by id; here padding is told apart by length
    if chat.has_template(text):
        chat.check(text)


def save(folder: Path, model: PreTrainedModel, text: PreTrainedTokenizerBase) -> None:
    """Write model and tokenizer into a folder, as transformers does; adapters are merged into the weights.

    Raises:
        OSError, SafetensorError: the disk refused.
    """
    with no_bars():
        model.save_pretrained(folder, state_dict=merged(model) if adapted(model) else None)
        try:
            text.save_pretrained(folder)
        except Exception as error:
            if type(error) is not Exception:
                raise
            # The tokenizers library has no type of its own for what the disk refuses.
            raise OSError(str(error)) from error


def encode(text: PreTrainedTokenizerBase, string: str, special: bool = False) -> list[int]:
    """Token ids of a string; with `special` those that the tokenizer puts around one (<bos>) too."""
    return cast("list[int]", text.encode(string, add_special_tokens=special, split_special_tokens=True))


def decode(text: PreTrainedTokenizerBase, ids: Sequence[Sequence[int]]) -> list[str]:
    """The strings of token ids, special tokens left out."""
    rows: Any = [list(row) for row in ids]
    return text.batch_decode(rows, skip_special_tokens=True, clean_up_tokenization_spaces=False)


def spell(text: PreTrainedTokenizerBase, ids: Sequence[int], whole: str) -> list[str]:
    """The string of each token id, where together they make a string.

    Most tokenizers spell a token the same way wherever it stands. With others, or where several tokens make one
    character, a token's string is what it adds to those before it.

    Args:
        text: the tokenizer.
        ids: the tokens, those of a stop string at the end included.
        whole: what they say, without that stop string.

    Returns:
        One string an id; none at all if together they do not begin with `whole`.
    """
    if not ids:
        return []
    alone = decode(text, [[each] for each in ids])
    if "".join(alone).startswith(whole):
        return alone
    grown = decode(text, [ids[: end + 1] for end in range(len(ids))])
    if not grown[-1].startswith(whole):
        return []
    # Half a character is none yet, so what it is shown as does not count.
    ends = [
        sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(each, grown[-1], strict=False))) for each in grown
    ]
    return [grown[-1][start:end] for start, end in zip([0, *ends], ends, strict=False)]


def stop_ids(model: PreTrainedModel, text: PreTrainedTokenizerBase) -> frozenset[int]:
    """The tokens that end a sequence, by the tokenizer, its chat template and the model's generation settings."""
    found: set[int] = set()
    settings = getattr(model, "generation_config", None)
    for value in (text.eos_token_id, chat.turn_end(text), getattr(settings, "eos_token_id", None)):
        if isinstance(value, int):
            found.add(value)
        elif isinstance(value, list | tuple):
            found.update(value)
    return frozenset(found)


def context(model: PreTrainedModel) -> int | None:
    """Longest sequence in tokens that a model was made for, or None if its configuration names none."""
    return getattr(model.config, "max_position_embeddings", None) or None


def check_length(length: int, limit: int | None, what: str) -> None:
    """Raise BadConfig if what is to be read is longer than a context."""
    if limit and length > limit:
        raise BadConfig(f"model.context={limit}: {what} takes {length} tokens, expected at most {limit}")


def parameters(model: PreTrainedModel) -> int:
    """How many weights, tied ones counted once and adapters not at all: merged they are no weights of their own."""
    return sum(weight.numel() for name, weight in model.named_parameters() if ".lora_" not in name)


@contextmanager
def no_bars() -> Iterator[None]:
    """Without the bars that transformers draws over ours, a file read or written."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Without what the hub's client and transformers say on the way to an error, which tells it all in one line."""
    loggers = [getLogger(name) for name in ("huggingface_hub", "transformers")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
