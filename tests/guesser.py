"""A language model that has learnt in a second to answer any question with a digit, behind a space or two or none."""

from __future__ import annotations

from pathlib import Path
from random import Random

import torch

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import ModelConfig, Sampling
from reason_arena.agents.language_model.conversation import prompt_ids, solution_ids

SHAPE = ModelConfig(layers=1, width=32, heads=2, feedforward=48, context=64)


def guesser(temperature: float = 1.0) -> LanguageModelAgent:
    """The guesser; about one answer in ten to a sum of two digits is right."""
    model, text = models.build(SHAPE, seed=0), models.tokenizer()
    prompt = prompt_ids(text, "What is 1 + 2?")
    random = Random(0)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-2)
    for _ in range(60):
        answers = [" " * random.randrange(3) + str(random.randrange(10)) for _ in range(32)]
        ids = [solution_ids(text, answer) for answer in answers]
        longest = max(map(len, ids))
        rows = torch.tensor([prompt + each + [0] * (longest - len(each)) for each in ids])
        labels = torch.tensor([[-100] * len(prompt) + each + [-100] * (longest - len(each)) for each in ids])
        optimiser.zero_grad()
        model(input_ids=rows, labels=labels).loss.backward()
        optimiser.step()
    return LanguageModelAgent(model, text, Sampling(temperature, 6))


def save_guesser(folder: Path) -> Path:
    """Its checkpoint."""
    guesser().save(folder)
    return folder
