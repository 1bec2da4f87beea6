"""Train a language model or a specialist; a command that was cut off goes on when it is given again.

reason train specialist --level 2 --seed 0 --out runs/sums
reason train llm --level 2 --seed 0 --out runs/reader
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from ..agents.language_model.config import LanguageModelConfig, Stage
from ..agents.registry import Place
from ..agents.settings import build, read_yaml
from ..agents.specialist.config import SpecialistConfig
from ..tasks import registry
from ..tasks.errors import BadConfig, UnknownName

KINDS = ("llm", "specialist")


@dataclass(frozen=True)
class TrainSpecialist:
    """Train a specialist with PPO."""

    config: Annotated[SpecialistConfig, tyro.conf.arg(name="")] = field(default_factory=SpecialistConfig)
    seed: int = 0
    """of networks, environments and sampling"""
    start: Path | None = None
    """finished specialist from whose weights training starts"""
    out: Path = Path("runs/specialist")
    """folder of the run"""
    preset: Path | None = None
    """YAML file with settings; flags go before it"""


@dataclass(frozen=True)
class TrainLlm:
    """Train a language model: one stage of the road, or SFT on worked solutions and then GRPO on the reward."""

    config: Annotated[LanguageModelConfig, tyro.conf.arg(name="")] = field(default_factory=LanguageModelConfig)
    seed: int = 0
    """of model, data and sampling"""
    stage: Literal[Stage, "all"] = "all"
    """one stage, or all: sft, then grpo"""
    start: Path | None = None
    """checkpoint that the stage starts from; practice and preferences start from the run's own SFT if not told"""
    out: Path = Path("runs/llm")
    """folder of the run"""
    preset: Path | None = None
    """YAML file with settings; flags go before it"""


def main(words: list[str]) -> None:
    """Train what the first word says."""
    if not words or words[0] in ("-h", "--help"):
        print(f"usage: reason train {{llm,specialist}} [options]\n\n{__doc__}\nOptions: `reason train llm --help`.")
        return
    kind, rest = words[0], words[1:]
    if kind not in KINDS:
        raise UnknownName("agent to train", kind, KINDS)
    specialist = kind == "specialist"
    chosen = _parse(
        TrainSpecialist if specialist else TrainLlm, SpecialistConfig if specialist else LanguageModelConfig, kind, rest
    )
    _check(chosen)
    if specialist:
        from ..agents.specialist.trainer import train_specialist

        done = train_specialist(chosen.config, chosen.out, chosen.seed, chosen.start)
    else:
        from ..agents.language_model.train import train_language_model

        done = train_language_model(chosen.config, chosen.out, chosen.seed, chosen.start, stage=chosen.stage)
    print(f"trained: {done}\ntest it: reason eval {kind} --checkpoint {done}")


def _check(chosen: Any) -> None:
    """What can be told to be wrong before torch is imported."""
    if chosen.seed < 0:
        raise BadConfig(f"--seed: expected 0 or more, got {chosen.seed}")
    place = Place(chosen.config.env_id, "train", chosen.config.level)
    registry.load(place.task).distinct(place.level)


def _parse(cls: Any, config: Any, kind: str, words: list[str]) -> Any:
    """Flags over the preset's values over the defaults."""
    default = cls()
    for flag in ("--preset", "--preset="):
        for i, word in enumerate(words):
            if word == flag and i + 1 < len(words):
                default = cls(config=build(config, read_yaml(Path(words[i + 1])), words[i + 1]))
            elif flag.endswith("=") and word.startswith(flag):
                default = cls(config=build(config, read_yaml(Path(word[len(flag) :])), word[len(flag) :]))
    return tyro.cli(cls, prog=f"reason train {kind}", args=words, default=default, description=cls.__doc__)
