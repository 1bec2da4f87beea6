"""A language model that has learnt in seconds to call: one sum, two in turn, nonsense, or not at all."""

from __future__ import annotations

from itertools import count
from random import Random
from typing import Any

import gymnasium as gym
import numpy as np
import torch

import reason_arena.envs  # noqa: F401 - registers the ids
from reason_arena.agents.baselines import flawless_hand
from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import ModelConfig, Sampling
from reason_arena.agents.language_model.imitation import sequence
from reason_arena.agents.specialist.agent import SpecialistAgent
from reason_arena.agents.specialist.algorithms import build_policy
from reason_arena.agents.specialist.config import SpecialistConfig
from reason_arena.tasks import arithmetic

WORDS = ("<call>", "</call>", "<result>", "</result>", "refused: ", "cannot be read", "no call was begun", " + ", " - ")
SHAPE = ModelConfig(layers=1, width=32, heads=2, feedforward=48, context=96, words=WORDS)
LONGEST = 40


def talk(random: Random) -> str:
    """One of the things that it says."""
    a, b, c, d = (random.randrange(10) for _ in range(4))
    result = f"<result>{random.randrange(-99, 1000)}</result>"
    says = (
        f"<call>{a} + {b}</call>{result}{c}",
        f"<call>{a} - {b}</call>{result}<call>{c} + {d}</call><result>{a}</result>{b}",
        f"<call>+</call><result>refused: cannot be read</result>{d}",
        f"so</call><result>refused: no call was begun</result>{b}",
        str(c),
    )
    return random.choices(says, (4, 4, 1, 1, 1))[0]


def caller(shape: ModelConfig = SHAPE, updates: int = 120) -> LanguageModelAgent:
    """It calls whatever it is asked."""
    model, text = models.build(shape, seed=0), models.tokenizer(shape.words)
    random, questions = Random(0), (arithmetic.generate("train", 0, seed).question for seed in count())
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(updates):
        shown = [sequence(text, next(questions), talk(random)) for _ in range(32)]
        longest = max(map(len, shown))
        rows, labels = torch.zeros(2, len(shown), longest, dtype=torch.int64)
        labels[:] = -100
        for row, each in enumerate(shown):
            ids = [*each.prompt_ids, *each.token_ids]
            learnt = [-100] * len(each.prompt_ids)
            learnt += [-100 if turn < 0 else token for turn, token in zip(each.turns, each.token_ids, strict=True)]
            rows[row, : len(ids)], labels[row, : len(ids)] = torch.tensor(ids), torch.tensor(learnt)
        optimiser.zero_grad()
        model(input_ids=rows, labels=labels).loss.backward()
        optimiser.step()
    return LanguageModelAgent(model, text, Sampling(1.0, LONGEST))


def worker(seed: int = 0, **settings: object) -> SpecialistAgent:
    """A specialist that has learnt nothing, so that its answers are its own."""
    config = SpecialistConfig(**{"level": 2, "net_arch": (16,), **settings})  # type: ignore[arg-type]
    torch.manual_seed(seed)
    return SpecialistAgent(build_policy(config, gym.make(config.env_id, view="array", **config.place)), config)


class Flawless(SpecialistAgent):
    """Works without a mistake."""

    def act(self, observations: Any, infos: Any) -> Any:
        return np.asarray(flawless_hand(observations.shape[1])(observations), np.int64)


def flawless() -> Flawless:
    """Such a one, beside the bill of one that has learnt nothing."""
    made = worker()
    return Flawless(made.policy, made.config)
