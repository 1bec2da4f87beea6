"""Models and tokenizers: a small Llama that reads characters, or whatever a folder or hub id holds.

Either way the result is an ordinary transformers module and tokenizer, and what `save` writes is an ordinary
transformers checkpoint, which `AutoModelForCausalLM` and `AutoTokenizer` load without this package.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
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

from ...tasks.errors import BadCheckpoint
from ..learning.checkpoint import cause, locate
from ..learning.streams import derive
from .config import ModelConfig

SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>")
CHARACTERS = ("\n", *(chr(code) for code in range(32, 127)))
INITIAL_STD = 0.02


def tokenizer() -> PreTrainedTokenizerFast:
    """A character a token: printable ASCII and the line break; every other character is <unk>.

    It puts <bos> before a text, and reads a special token's name in a text as the characters it is made of, so that a
    question cannot end a sequence.
    """
    vocabulary = {token: index for index, token in enumerate((*SPECIALS, *CHARACTERS))}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
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
    text = tokenizer()
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


def load(source: str | Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Read a model and its tokenizer, in float32.

    Args:
        source: a checkpoint folder of ours or of transformers, or a hub id such as "HuggingFaceTB/SmolLM2-135M".

    Raises:
        BadCheckpoint: nothing there, or not a causal language model.
    """
    place, local = str(source), _is_local(source)
    if local:
        place = str(_folder(Path(source)))
    try:
        with _no_bars(), nullcontext() if local else _no_warnings():
            model = AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32)
            text = AutoTokenizer.from_pretrained(place)
    except Exception as error:  # the parsers of weights and tokenizers raise types of their own
        raise BadCheckpoint(f"cannot load a language model from {source}: {cause(error)}") from error
    if text.pad_token_id is None:
        text.pad_token = text.eos_token  # only generate() of others pads by id; here padding is told apart by length
    model.train(False)
    return cast(PreTrainedModel, model), cast(PreTrainedTokenizerBase, text)


def save(folder: Path, model: PreTrainedModel, text: PreTrainedTokenizerBase) -> None:
    """Write model and tokenizer into a folder, as transformers does.

    Raises:
        OSError, SafetensorError: the disk refused.
    """
    with _no_bars():
        model.save_pretrained(folder)
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


def stop_ids(model: PreTrainedModel, text: PreTrainedTokenizerBase) -> frozenset[int]:
    """The tokens that end a sequence, by the tokenizer and by the model's generation settings."""
    found: set[int] = set()
    settings = getattr(model, "generation_config", None)
    for value in (text.eos_token_id, getattr(settings, "eos_token_id", None)):
        if isinstance(value, int):
            found.add(value)
        elif isinstance(value, list | tuple):
            found.update(value)
    return frozenset(found)


def context(model: PreTrainedModel) -> int | None:
    """Longest sequence in tokens that a model was made for, or None if its configuration names none."""
    return getattr(model.config, "max_position_embeddings", None) or None


def parameters(model: PreTrainedModel) -> int:
    """How many weights, tied ones counted once."""
    return sum(weight.numel() for weight in model.parameters())


@contextmanager
def _no_bars() -> Iterator[None]:
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


def _is_local(source: str | Path) -> bool:
    """Whether a source can only be a folder: hub ids are a name, or an owner and a name."""
    place = str(source)
    named = place.startswith((".", "/", "~")) or place.count("/") > 1 or Path(source).is_absolute()
    return named or Path(source).exists() or ("/" in place and Path(source).parent.is_dir())


def _folder(path: Path) -> Path:
    """Where the files are: the folder itself, or the survivor of a save that was cut short."""
    if (path / "config.json").is_file():
        return path
    return locate(path)
