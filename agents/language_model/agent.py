"""A language model behind the Agent contract: the question becomes a prompt, the completion is the action."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self, cast

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from ...tasks.errors import BadCheckpoint, BadConfig
from ..agent import Agent, Cost, View
from ..learning import checkpoint
from ..learning.batch import Completion
from ..learning.rollout import OVER
from ..learning.streams import derive
from . import chat, models, sources
from .config import Sampling
from .sampler import sample

KIND = "language-model"
COST = "cost.json"
INSTRUCTION = "\nReason step by step and put your final answer within \\boxed{}."


def prompt_ids(text: PreTrainedTokenizerBase, observation: str) -> list[int]:
    """The prompt of an observation.

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
    end = chat.turn_end(text)
    if end is None and (end := text.eos_token_id) is None:
        raise BadConfig("the tokenizer names no token that ends a sequence: expected an eos_token")
    return [*models.encode(text, solution), end]


class LanguageModelAgent(Agent):
    """Answers each observation with one completion, without memory of earlier turns."""

    view: ClassVar[View] = "text"

    def __init__(
        self,
        model: PreTrainedModel,
        text: PreTrainedTokenizerBase,
        sampling: Sampling | None = None,
        *,
        name: str = "language-model",
        seed: int = 0,
        bill: Cost | None = None,
    ) -> None:
        """Make one of a model and its tokenizer.

        Args:
            model: a causal language model in evaluation mode; the agent shares it, so training it trains the agent.
            text: its tokenizer.
            sampling: temperature and length of its completions.
            name: what reports call it.
            seed: makes its random numbers others than those of an agent that plays the same episodes.
            bill: what its training cost.
        """
        self.name = name
        self.model, self.text = model, text
        self.sampling = sampling or Sampling()
        self.seed = seed
        self._bill = bill or Cost()
        self._trace: list[Completion | None] = []
        self.reset(())

    def reset(self, seeds: Sequence[int]) -> None:
        """Begin episodes: the random stream is that of the agent's seed and of these."""
        self._generator = torch.Generator().manual_seed(derive(self.seed, "sample", *seeds))

    def act(self, observations: Sequence[str], infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        """One completion a row, all rows together; an empty one where the episode is over."""
        playing = [row for row, info in enumerate(infos) if not info.get(OVER)]
        prompts = [self._fitted(prompt_ids(self.text, observations[row])) for row in playing]
        drawn = sample(self.model, self.text, prompts, self.sampling, self._generator)
        self._trace = [None] * len(infos)
        for row, completion in zip(playing, drawn, strict=True):
            self._trace[row] = completion
        return tuple(completion.text if completion else "" for completion in self._trace)

    def trace(self) -> Sequence[Completion | None]:
        """The completions of the last `act`: token ids, log-probabilities, why they ended."""
        return self._trace

    def cost(self) -> Cost:
        """What training cost, and the floating-point operations of a generated token: 2 a weight."""
        count = models.parameters(self.model)
        return replace(self._bill, parameters=count, decision_flops=2.0 * count)

    def save(self, path: Path) -> None:
        """Write a checkpoint folder that transformers loads too. Raises StorageError."""
        checkpoint.save(path, self.write, {"kind": KIND, "done": True})

    def write(self, folder: Path) -> None:
        """Put weights, tokenizer and bill into a folder."""
        models.save(folder, self.model, self.text)
        (folder / COST).write_text(json.dumps(self.cost().as_dict(), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path | str, **options: Any) -> Self:
        """Read a checkpoint folder, or any causal language model by name, folder or hub id.

        Args:
            path: "smollm2", folder or hub id.
            options: `temperature` and `max_new_tokens` of its Sampling; `name`, `seed`; `dtype` as in `models.load`.

        Raises:
            BadCheckpoint: nothing there, damaged, another kind of agent's, or refused: see `models.load`.
            BadConfig: `path` is the name of a model and of a folder.
        """
        settings = {key: options.pop(key) for key in ("temperature", "max_new_tokens") if options.get(key) is not None}
        bill = Cost(inherited_flops="unknown")
        path = sources.named(path)
        folder = Path(path)
        if checkpoint.exists(folder):
            kind = checkpoint.load_manifest(folder).get("kind")
            if kind != KIND:
                raise BadCheckpoint(f"{path} holds a {kind}, expected a {KIND}")
            folder = checkpoint.locate(folder)
        model, text = models.load(folder if folder.exists() else path, options.pop("dtype", torch.float32))
        if (folder / COST).is_file():
            with checkpoint.reading(path, COST):
                bill = Cost(**json.loads((folder / COST).read_text(encoding="utf-8")))
        return cls(model, text, Sampling(**settings), bill=bill, **options)

    @property
    def room(self) -> int | None:
        """Tokens of the longest prompt that is read whole; None if the model has no limit."""
        context = models.context(self.model)
        return context and context - min(self.sampling.max_new_tokens, context // 2)

    def _fitted(self, prompt: list[int]) -> list[int]:
        """A prompt that leaves room to answer: of one that is too long, the first token and the end."""
        room = self.room
        return prompt if room is None or len(prompt) <= room else [prompt[0], *prompt[len(prompt) - room + 1 :]]
