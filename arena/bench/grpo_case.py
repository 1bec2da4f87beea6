"""What both sides of the GRPO benchmark share: the model, the prompts, the reward."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Case:
    """A model and a batch."""

    layers: int = 4
    width: int = 256
    heads: int = 4
    kv_heads: int = 4
    feedforward: int = 1024
    vocabulary: int = 0
    """0: as many as the tokenizer has"""
    prompt: int = 32
    """tokens of each prompt"""
    new: int = 64
    """most tokens of an answer"""
    prompts: int = 8
    group: int = 8
    learning_rate: float = 1e-3
    device: str = "cpu"
    """as `devices.device` names it"""
    warmup: int = 1
    steps: int = 4

    def model(self) -> Any:
        """A Llama of random weights, the same on both sides."""
        import torch
        from transformers import LlamaConfig, LlamaForCausalLM

        text = self.text()
        torch.manual_seed(0)
        shape = LlamaConfig(
            vocab_size=len(text),
            hidden_size=self.width,
            intermediate_size=self.feedforward,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            num_key_value_heads=self.kv_heads,
            max_position_embeddings=1024,
            tie_word_embeddings=True,
            pad_token_id=text.pad_token_id,
            bos_token_id=text.bos_token_id,
            eos_token_id=text.eos_token_id,
        )
        return LlamaForCausalLM(shape).train(False)

    def text(self) -> Any:
        """The tokenizer: characters, and as many numbers as the vocabulary is larger."""
        from ...agents.language_model import models

        text = models.tokenizer()
        text.add_tokens([f"[{number}]" for number in range(self.vocabulary - len(text))])
        return text

    def question(self, seed: int) -> str:
        """A prompt: one token is the beginning of the sequence, every other a character."""
        random = Random(seed)
        asked = f"{random.randrange(10**4)} + {random.randrange(10**4)} = "
        filler = "".join(random.choice("abcdefgh ") for _ in range(max(0, self.prompt - 1 - len(asked))))
        return (filler + asked)[-(self.prompt - 1) :]


def share_of_digits(answer: str, new: int) -> float:
    """The reward: digits over the longest answer allowed. Length pays, and hardly two answers are worth the same."""
    return sum(map(str.isdigit, answer)) / new


SMOLLM2 = Case(
    layers=30, width=576, heads=9, kv_heads=3, feedforward=1536, vocabulary=49152, prompt=64, prompts=4, steps=2
)
"""a model of the shape of SmolLM2-135M"""


class Clock:
    """Seconds of the parts of each step: of the CPU, or on another device of the clock on the wall."""

    def __init__(self, device: str) -> None:
        from ...agents.language_model import devices

        self._device = devices.device(device)
        self.read = devices.clock(self._device)
        self._peak = devices.peak_memory
        self.rows: list[dict[str, float]] = []
        self.now: dict[str, float] = {}

    def add(self, part: str, began: float) -> None:
        """Charge what has passed since."""
        self.now[part] = self.now.get(part, 0.0) + self.read() - began

    def end(self, tokens: int) -> None:
        """End a step in which so many tokens were sampled."""
        self.rows.append({**self.now, "tokens": float(tokens)})
        self.now = {}

    def told(self, warmup: int) -> dict[str, float]:
        """Medians over the steps behind the warm-up, and the largest memory that the process held."""
        rows = self.rows[warmup:]
        found = {key: median(row[key] for row in rows) for key in rows[0]}
        return found | {"peak_mb": self._peak(self._device)}
