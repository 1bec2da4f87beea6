"""The table of docs/pokemon_llm.md on what commands are worth: buttons alone, walks too, notes too.

python docs/pokemon_commands.py [--seeds 0 1 2] [--out runs/pokemon-commands]

For each it has the scripted player play, and a model trained on its games as the preset `pokemon` says, SFT alone, and
tested on the test games of that preset. A second call goes on from what the first one has trained.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean

from reason_arena.agents.agent import Agent
from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import LanguageModelConfig
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning.rollout import Episode, rollout
from reason_arena.agents.registry import Place, make
from reason_arena.arena.config import read_comparison
from reason_arena.arena.statistics import t_interval
from reason_arena.tasks.pokemon.setting import COMMANDS

PRESET, ENV = Path("pokemon"), "Reason-Pokemon-v0"
NOTES = "\nNOTES ", "note to ", "noted"
"""what notes read, beyond the words of the preset"""
HEAD = ("commands", "who", "furthest", "commands a game", "presses a game", "tokens read", "tokens written")


def main() -> None:
    """Train, test, print the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    asked.add_argument("--out", type=Path, default=Path("runs/pokemon-commands"))
    told = asked.parse_args()
    comparison = read_comparison(PRESET)
    recipe, venue = comparison.training("llm-sft"), comparison.venues[ENV]
    assert isinstance(recipe, LanguageModelConfig)
    recipe = replace(recipe, model=replace(recipe.model, words=(*recipe.model.words, *NOTES)))
    text = models.tokenizer(recipe.model.words)
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    for commands in COMMANDS:
        level = str(recipe.level).replace("commands=goto", f"commands={commands}")
        seeds = range(venue.evaluation_seed, venue.evaluation_seed + venue.trials[0].episodes)
        place = Place(ENV, "test", level)
        shown = _played(make("oracle", place, "text"), place, seeds)
        _row(commands, "scripted player", [shown], text)
        agents = []
        for seed in told.seeds:
            folder = told.out / commands / f"seed-{seed}"
            weights = train_language_model(replace(recipe, level=level), folder, seed, stage="sft")
            agents.append(weights)
        for temperature, name in ((1.0, "model"), (0.0, "model, greedy")):
            settings = {"temperature": temperature, "max_new_tokens": recipe.sampling.max_new_tokens}
            found = [
                _played(LanguageModelAgent.load(weights, seed=seed, **settings), place, seeds)
                for seed, weights in zip(told.seeds, agents, strict=True)
            ]
            _row(commands, name, found, text)


def _played(agent: Agent, place: Place, seeds: Sequence[int]) -> list[Episode]:
    env = place.make("text", len(seeds))
    try:
        return rollout(env, agent, seeds)
    finally:
        env.close()


def _row(commands: str, who: str, runs: Sequence[Sequence[Episode]], text: models.PreTrainedTokenizerBase) -> None:
    """Means over the games of each training seed, and of the furthest milestone the interval over seeds."""
    furthest = t_interval([mean(each.counts["furthest"] for each in run) for run in runs])
    ends = f" [{furthest.low:.2f}, {furthest.high:.2f}]" if furthest.known and len(runs) > 1 else ""
    every = [episode for run in runs for episode in run]
    read = mean(sum(len(models.encode(text, seen)) for seen in (e.question, *e.replies[:-1])) for e in every)
    wrote = mean(sum(len(models.encode(text, action)) for action in e.actions) for e in every)
    presses = mean(episode.counts["presses"] for episode in every)
    length = mean(episode.length for episode in every)
    cells = (commands, who, f"{furthest.mean:.2f}{ends}", *(f"{each:,.0f}" for each in (length, presses, read, wrote)))
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
