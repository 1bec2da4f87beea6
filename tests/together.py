"""What several processes train together in the test of it: `torchrun --nproc-per-node 2 together.py FOLDER`."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from tiny import READER, silent, stop_after

from reason_arena.agents.language_model.config import LoraConfig, PpoConfig, ReinforceConfig
from reason_arena.agents.language_model.stage_config import DistillConfig, DpoConfig, RewardConfig
from reason_arena.agents.language_model.train import train_language_model

UPDATES = 5
CONFIG = replace(
    READER,
    sft=replace(READER.sft, updates=UPDATES, learning_rate=3e-3),
    grpo=replace(READER.grpo, updates=UPDATES, learning_rate=1e-3),
    reinforce=ReinforceConfig(updates=UPDATES, questions=3, group=4, learning_rate=3e-4, optimiser="adamw"),
    ppo=PpoConfig(updates=UPDATES, questions=3, group=4, minibatches=2, learning_rate=1e-3, beta=0.01),
    reward=RewardConfig(updates=UPDATES, pairs=6, batch=3, labeller="correct"),
    dpo=DpoConfig(updates=UPDATES, pairs=6, batch=3, labeller="correct"),
    checkpoint_seconds=1000,
    micro_batch_tokens=100,
)
RECIPES = {
    "sft": CONFIG,
    "grpo": CONFIG,
    "reinforce": CONFIG,
    "ppo": CONFIG,
    "reward": CONFIG,
    "dpo": CONFIG,
    "lora": replace(CONFIG, lora=LoraConfig(rank=4), gradient_checkpointing=True),
    "distill": CONFIG,
    "judged": CONFIG,
}
"""by the name of the folder that the stage writes into"""
STAGES = {"lora": "grpo", "judged": "reinforce"}
"""where the name is not the stage's: GRPO on adapters, REINFORCE with a reward model"""


def train_all(folder: Path) -> None:
    """Every recipe: SFT from nothing, all others from what it made."""
    for name, config in RECIPES.items():
        start = None if name == "sft" else folder / "sft" / "sft" / "checkpoint"
        if name == "distill":
            teacher = folder / "grpo" / "grpo" / "checkpoint"
            config = replace(
                config, distill=DistillConfig(teacher=teacher, updates=UPDATES, batch=4, learning_rate=1e-3)
            )
        if name == "judged":
            judge = folder / "reward" / "reward" / "checkpoint"
            config = replace(config, reinforce=replace(config.reinforce, reward_model=judge))
        train_language_model(config, folder / name, 0, start, silent, stage=STAGES.get(name, name))  # type: ignore[arg-type]


def train_broken(folder: Path, start: Path) -> None:
    """PPO, which has a head, stopped and gone on with."""
    with suppress(KeyboardInterrupt):
        train_language_model(CONFIG, folder, 0, start, stop_after(2, "ppo"), stage="ppo")
    train_language_model(CONFIG, folder, 0, start, silent, stage="ppo")


if __name__ == "__main__":
    place = Path(sys.argv[1])
    train_all(place)
    train_broken(place / "broken", place / "sft" / "sft" / "checkpoint")
