"""A language model behind the Agent contract: the question becomes a prompt, the completion is the action."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from ...tasks.errors import BadCheckpoint
from ..agent import Agent, Cost, View, count_repeats
from ..learning import checkpoint
from ..learning.batch import Completion
from ..learning.rollout import OVER
from ..learning.streams import derive
from . import models, sources
from .config import Memory, Sampling
from .conversation import Conversation
from .flops import work_of
from .sampler import Request
from .vllm_sampler import sampler

KIND = "language-model"
COST, PLAYER = "cost.json", "player.json"
FULL = "the context is full"


class LanguageModelAgent(Agent):
    """Answers each observation with one completion; what it remembers of earlier turns is its `memory`."""

    view: ClassVar[View] = "text"

    def __init__(
        self,
        model: PreTrainedModel,
        text: PreTrainedTokenizerBase,
        sampling: Sampling | None = None,
        *,
        name: str = "language-model",
        seed: int = 0,
        memory: Memory | None = None,
        bill: Cost | None = None,
    ) -> None:
        """Make one of a model and its tokenizer.

        Args:
            model: a causal language model in evaluation mode; the agent shares it, so training it trains the agent.
            text: its tokenizer.
            sampling: temperature and length of its completions.
            name: what reports call it.
            seed: makes its random numbers others than those of an agent that plays the same episodes.
            memory: what it remembers of an episode; everything unless given.
            bill: what its training cost.
        """
        self.name = name
        self.model, self.text = model, text
        self.sampling = sampling or Sampling()
        self.deterministic = self.sampling.temperature == 0
        self.on_gpu = model.device.type != "cpu"
        self.seed = seed
        self.memory = memory or Memory()
        self._bill = bill or Cost()
        self._trace: list[Completion | None] = []
        self._resigned: list[str] = []
        self._sampler = sampler(model, text, self.sampling)
        self.reset(())

    def reset(self, seeds: Sequence[int], repeats: Sequence[int] = ()) -> None:
        """Begin episodes: a row's random numbers are those of the agent's seed, of the row's, and of its repetition."""
        self._sampler.forget()
        self._streams = list(zip(seeds, repeats or count_repeats(seeds), strict=True))
        self._conversations = [self._conversation() for _ in seeds]

    def begin(self, rows: Sequence[int], seeds: Sequence[int], repeats: Sequence[int]) -> None:
        """Begin new episodes in some rows while the others go on."""
        for row, seed, repeat in zip(rows, seeds, repeats, strict=True):
            self._streams[row] = seed, repeat
            self._conversations[row] = self._conversation()

    def _conversation(self) -> Conversation:
        return Conversation(self.text, self.memory)

    def stopping_at(self, text: str) -> Self:
        """The same player with a Sampling of its own: one more text ends its completions."""
        sampling = replace(self.sampling, stop=(*self.sampling.stop, text))
        settings: dict[str, Any] = {"name": self.name, "seed": self.seed, "memory": self.memory, "bill": self._bill}
        return type(self)(self.model, self.text, sampling, **settings)

    def act(self, observations: Sequence[str], infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        """One completion a row, all rows together; an empty one where the episode is over or the context full."""
        drawn = self.draw(observations, infos)
        return self.say(observations, [row[0] if row else None for row in drawn])

    def draw(
        self, observations: Sequence[str], infos: Sequence[dict[str, Any]], samples: int = 1, keep: bool = False
    ) -> list[list[Completion]]:
        """What might be said: nothing is remembered of it until `say` is told which completion it was.

        The first sample of a row is what `act` would have said, and the first n of more samples are those of n.

        Args:
            observations: as in `act`.
            infos: as in `act`.
            samples: independent completions a row. They are under way together, so the prompt that they share is read
                once, or if there are more than `max_rows` once for as many.
            keep: what is read and written is kept, since rows may `go_on`; for one sample a row.

        Returns:
            The completions of each row, none where the episode is over or the context full.
        """
        for row in range(len(self._streams), len(infos)):  # rows that nobody began
            self._streams.append((0, row))
            self._conversations.append(self._conversation())
        prompts = {
            row: self._conversations[row].prompt(observations[row])
            for row, info in enumerate(infos)
            if not info.get(OVER)
        }
        self._resigned = [
            FULL if row in prompts and self._is_full(row, prompts[row]) else "" for row in range(len(infos))
        ]
        playing = [row for row in prompts if not self._resigned[row]]
        drawn: list[list[Completion]] = [[] for _ in infos]
        for rows, numbers in self._together(playing, samples):
            asked = [(row, number) for row in rows for number in numbers]
            requests = [self._request(row, prompts[row], number, keep) for row, number in asked]
            for (row, _), completion in zip(asked, self._sampler.draw(requests), strict=True):
                drawn[row].append(completion)
        return drawn

    def _together(self, rows: list[int], samples: int) -> Iterator[tuple[list[int], range]]:
        """Which rows, and which samples of them, are under way at a time."""
        if samples == 1:  # the sampler itself lets rows wait
            yield rows, range(1)
            return
        most = self.sampling.max_rows
        side_by_side = max(1, most // samples)
        for first in range(0, len(rows), side_by_side):
            for number in range(0, samples, most):
                yield rows[first : first + side_by_side], range(number, min(number + most, samples))

    def go_on(self, asked: Sequence[tuple[int, Sequence[int], int]], part: int) -> list[Completion]:
        """Draw on in the turn of the last `draw`, where something was put behind what was written.

        Args:
            asked: rows, each with all that was read and written up to now, and how many tokens may follow. They leave
                room in the context.
            part: 1 for the first time in this turn, then 2, and so on.

        Returns:
            What follows, one a row.
        """
        requests = []
        for row, ids, most in asked:
            place = (*self._streams[row], self._conversations[row].turns, "part", part)
            requests.append(Request(tuple(ids), derive(self.seed, "sample", *place), session=row, most=most))
        return list(self._sampler.draw(requests))

    def _request(self, row: int, prompt: list[int], number: int, keep: bool = False) -> Request:
        """For one of a row's samples; the first one's random numbers are those of a row that has no other."""
        turns = self._conversations[row].turns
        more = (number,) if number else ()
        return Request(
            prompt_ids=tuple(self._fitted(prompt)),
            seed=derive(self.seed, "sample", *self._streams[row], turns, *more),
            # Most episodes have one turn, after which nothing goes on.
            session=row if turns or keep else None,
        )

    def say(self, observations: Sequence[str], chosen: Sequence[Completion | None]) -> tuple[str, ...]:
        """Take a completion of each row for what was said, and remember it.

        Args:
            observations: that `draw` was asked about.
            chosen: one a row, None where nothing could be said.

        Returns:
            The texts, empty where there is none.
        """
        self._trace = list(chosen)
        for row, completion in enumerate(chosen):
            if completion is not None:
                self._conversations[row].answered(observations[row], completion)
        return tuple(completion.text if completion else "" for completion in chosen)

    def trace(self) -> Sequence[Completion | None]:
        """The completions of the last `act`: token ids, log-probabilities, why they ended."""
        return self._trace

    def spelled(self, record: Completion) -> Sequence[str]:
        """The texts of a completion's tokens."""
        return models.spell(self.text, record.token_ids, record.text)

    def resigned(self) -> Sequence[str]:
        """Rows that remember everything, and more than the context holds beside an answer."""
        return self._resigned if any(self._resigned) else ()

    def cost(self) -> Cost:
        """What training cost, and the floating-point operations of a token: 2 a weight that it is multiplied by."""
        work = work_of(self.model)
        return replace(
            self._bill,
            parameters=models.parameters(self.model),
            decision_flops=2.0 * (work.body + work.head),
            read_flops=2.0 * work.body,
            attention_flops=4.0 * work.span,
        )

    def save(self, path: Path) -> None:
        """Write a checkpoint folder that transformers loads too. Raises StorageError."""
        checkpoint.save(path, self.write, {"kind": KIND, "done": True})

    def write(self, folder: Path) -> None:
        """Put weights, tokenizer, bill, and what it remembers and stops at into a folder."""
        models.save(folder, self.model, self.text)
        player = {"memory": asdict(self.memory), "stop": list(self.sampling.stop)}
        (folder / PLAYER).write_text(json.dumps(player, indent=2) + "\n", encoding="utf-8")
        (folder / COST).write_text(json.dumps(self.cost().as_dict(), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path | str, **options: Any) -> Self:
        """Read a checkpoint folder, or any causal language model by name, folder or hub id.

        Args:
            path: "smollm2", folder or hub id.
            options: `temperature` and `max_new_tokens` of its Sampling; `name`, `seed`; `dtype` and `device` (here
                "auto") as in `models.load`. What it remembers, and the texts that end its completions, are as they
                were in training.

        Raises:
            BadCheckpoint: nothing there, damaged, another kind of agent's, or refused: see `models.load`.
            BadConfig: `path` is the name of a model and of a folder, or there is no such device.
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
        kind, device = options.pop("dtype", torch.float32), options.pop("device", "auto")
        model, text = models.load(folder if folder.exists() else path, kind, device)
        if (folder / COST).is_file():
            with checkpoint.reading(path, COST):
                bill = Cost(**json.loads((folder / COST).read_text(encoding="utf-8")))
        if (folder / PLAYER).is_file():
            with checkpoint.reading(path, PLAYER):
                player = json.loads((folder / PLAYER).read_text(encoding="utf-8"))
                options.setdefault("memory", Memory(**player["memory"]))
                settings["stop"] = tuple(player["stop"])
        return cls(model, text, Sampling(**settings), bill=bill, **options)

    @property
    def room(self) -> int | None:
        """Tokens of the longest prompt that is read whole; None if the model has no limit."""
        context = models.context(self.model)
        return context and context - min(self.sampling.max_new_tokens, context // 2)

    def _is_full(self, row: int, prompt: list[int]) -> bool:
        """Whether an episode has outgrown the model; a player that forgets goes on with the end of what it read."""
        later = self.memory.policy == "full" and self._conversations[row].turns > 0
        return later and self.room is not None and len(prompt) > self.room

    def _fitted(self, prompt: list[int]) -> list[int]:
        """A prompt that leaves room to answer: of one that is too long, the first token and the end."""
        room = self.room
        return prompt if room is None or len(prompt) <= room else [prompt[0], *prompt[len(prompt) - room + 1 :]]
