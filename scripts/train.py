"""Train a language model or a specialist; a command that was cut off goes on when it is given again.

reason train specialist --level 2 --seed 0 --out runs/sums
reason train llm --level 2 --seed 0 --out runs/reader
reason train llm --objective grpo --out runs/reader
reason train router --parts specialist,checkpoint=runs/sums/final majority --out runs/both
reason train quick
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import tyro

from ..agents.language_model.config import LanguageModelConfig, Stage
from ..agents.registry import Place
from ..agents.router.config import RouterConfig
from ..agents.settings import build, read_yaml
from ..agents.specialist.config import SpecialistConfig
from ..arena.config import presets
from ..tasks import registry
from ..tasks.errors import BadConfig, UnknownName
from . import compare

KINDS = ("llm", "router", "specialist")
STAGES_OF_FILE = """Train all agents of a file, stage by stage, test them, print a table, write report.html.

reason train quick
reason train presets/quick.yaml --out runs/mine

It is what `reason compare` does; the same command again goes on."""


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
    stage: Annotated[Literal[Stage, "all"], tyro.conf.arg(aliases=("--objective",))] = "all"
    """one stage, or all: sft, then grpo"""
    start: Path | None = None
    """checkpoint that the stage starts from; practice and preferences start from the run's own SFT if not told"""
    out: Path = Path("runs/llm")
    """folder of the run"""
    preset: Path | None = None
    """YAML file with settings; flags go before it"""


@dataclass(frozen=True)
class TrainRouter:
    """Train a router: the agents it may choose from play training problems, and it learns whom to ask."""

    config: Annotated[RouterConfig, tyro.conf.arg(name="")] = field(default_factory=RouterConfig)
    parts: tuple[str, ...] = ()
    """agents to choose from, each as its kind and what it plays with: llm,checkpoint=runs/a,temperature=0"""
    seed: int = 0
    """of the problems and of first weights"""
    out: Path = Path("runs/router")
    """folder of the run"""
    preset: Path | None = None
    """YAML file with settings; flags go before it"""


T = TypeVar("T", TrainLlm, TrainRouter, TrainSpecialist)


def main(words: list[str]) -> None:
    """Train what the first word says."""
    if not words or words[0] in ("-h", "--help"):
        print(
            f"usage: reason train {{llm,router,specialist,FILE}} [options]\n\n{__doc__}\n"
            "FILE is a comparison, or the name of a preset: all its agents are trained stage by stage, and tested.\n"
            "Options: `reason train llm --help`."
        )
        return
    kind, rest = words[0], words[1:]
    if kind == "llm":
        language_model(rest, TrainLlm(), "train llm")
    elif kind == "specialist":
        from ..agents.specialist.trainer import train_specialist

        chosen = _parse(TrainSpecialist(), SpecialistConfig, "train specialist", rest)
        _tell(kind, train_specialist(chosen.config, chosen.out, chosen.seed, chosen.start))
    elif kind == "router":
        from ..agents.router.parts import parse
        from ..agents.router.train import train_router

        asked = _parse(TrainRouter(), RouterConfig, "train router", rest)
        parts = [parse(part) for part in asked.parts]
        _tell(kind, train_router(asked.config, parts, asked.out, asked.seed))
    elif Path(kind).suffix or len(Path(kind).parts) > 1 or kind in presets():
        compare.main(words, "train", STAGES_OF_FILE)
    else:
        raise UnknownName("agent or preset to train", kind, sorted({*KINDS, *presets()}))


def language_model(words: list[str], default: TrainLlm, verb: str) -> None:
    """Train a language model.

    Args:
        words: the options.
        default: what they are laid over.
        verb: as which this was called.
    """
    chosen = _parse(default, LanguageModelConfig, verb, words)
    from ..agents.language_model.train import train_language_model

    done = train_language_model(chosen.config, chosen.out, chosen.seed, chosen.start, stage=chosen.stage)
    _tell("llm", done)


def _tell(kind: str, done: Path) -> None:
    if int(os.environ.get("RANK", "0")):
        return  # of the processes that torchrun started the first one speaks
    print(f"trained: {done}\ntest it: reason eval {kind} --checkpoint {done}")


def _check(chosen: Any) -> None:
    """What can be told to be wrong before torch is imported."""
    if chosen.seed < 0:
        raise BadConfig(f"--seed: expected 0 or more, got {chosen.seed}")
    if isinstance(chosen.config, LanguageModelConfig) and ":" in chosen.config.env_id:
        return  # a stranger's environment, which its module registers
    place = Place(chosen.config.env_id, "train", chosen.config.level)
    registry.load(place.task).distinct(place.level)
    if isinstance(chosen.config, SpecialistConfig):
        place.single("array", **chosen.config.place)


def _parse(default: T, config: Any, verb: str, words: list[str]) -> T:
    """Flags over the preset's values over the defaults."""
    for flag in ("--preset", "--preset="):
        for i, word in enumerate(words):
            if word == flag and i + 1 < len(words):
                default = replace(default, config=build(config, read_yaml(Path(words[i + 1])), words[i + 1]))
            elif flag.endswith("=") and word.startswith(flag):
                name = word[len(flag) :]
                default = replace(default, config=build(config, read_yaml(Path(name)), name))
    cls = type(default)
    chosen = tyro.cli(cls, prog=f"reason {verb}", args=words, default=default, description=cls.__doc__)
    _check(chosen)
    return chosen
