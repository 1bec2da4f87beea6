"""What can be set about a language model and its training. Importing this costs nothing: no torch.

The defaults are a recipe tuned for `Reason-Arithmetic-v0`, level 2: about three minutes on one core.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from math import inf, isfinite
from typing import Any, Literal

from ...tasks.errors import BadConfig
from ...tasks.registry import task_of

Stage = Literal["sft", "grpo"]
Optimiser = Literal["muon", "adamw"]


def _check(name: str, value: float, low: float, high: float = inf) -> None:
    """Raise BadConfig unless a number is finite and within its bounds."""
    if not (isfinite(value) and low <= value <= high):
        limit = f"a number of at least {low:g}" if high == inf else f"{low:g} to {high:g}"
        raise BadConfig(f"{name}={value}: expected {limit}")


@dataclass(frozen=True)
class ModelConfig:
    """The decoder. Built from scratch in the shape of a Llama, unless `source` names one."""

    source: str | None = None
    """folder or hub id of a causal language model to begin with; the sizes below are then its own"""
    layers: int = 4
    """transformer blocks"""
    width: int = 128
    """size of the residual stream; a multiple of 2 * heads"""
    heads: int = 4
    """attention heads"""
    feedforward: int = 512
    """size of the hidden layer of a block's gated feed-forward part"""
    context: int = 512
    """longest sequence in tokens, prompt and completion together"""

    def __post_init__(self) -> None:
        for name in ("layers", "width", "heads", "feedforward"):
            _check(f"model.{name}", getattr(self, name), 1)
        _check("model.context", self.context, 2)  # a prompt and an answer
        if self.width % (2 * self.heads):
            raise BadConfig(f"model.width={self.width}: expected a multiple of 2 * heads = {2 * self.heads}")


@dataclass(frozen=True)
class SftConfig:
    """Supervised fine-tuning on worked solutions of training problems: where practice starts from.

    It reads updates * batch worked solutions, 9,600 by default. They are counted as `demonstrations` in the record;
    `samples` there and `train_episodes` in the bill count rewarded episodes, of which it has none.
    """

    updates: int = 600
    """optimiser steps"""
    batch: int = 16
    """solutions an update, each seen once"""
    smoothing: float = 0.02
    """share of each target spread over all tokens: practice needs a start that still tries things"""
    learning_rate: float = 6e-3
    """peak, reached after `warmup`"""
    warmup: int = 20
    """updates until the peak"""
    final_rate: float = 0.05
    """share of the peak that the learning rate has fallen to, linearly, at the end"""
    optimiser: Optimiser = "muon"
    """muon orthogonalises the steps of weight matrices (embeddings keep AdamW); adamw for all"""
    momentum: float = 0.95
    """share of the last step's direction that is kept"""
    gain_rate: float = 0.3
    """learning rate of the normalisations' gains over `learning_rate`"""
    max_gradient: float = 1.0
    """the gradient is scaled down to this norm"""

    def __post_init__(self) -> None:
        _check("sft.updates", self.updates, 0)
        _check("sft.batch", self.batch, 1)
        _check("sft.smoothing", self.smoothing, 0, 1)
        _check("sft.learning_rate", self.learning_rate, 0)
        _check("sft.warmup", self.warmup, 0)
        _check("sft.momentum", self.momentum, 0, 0.999)
        _check("sft.final_rate", self.final_rate, 0, 1)
        _check("sft.gain_rate", self.gain_rate, 0)
        _check("sft.max_gradient", self.max_gradient, 1e-9)


@dataclass(frozen=True)
class GrpoConfig:
    """Practice with the environment's reward: group-relative policy optimisation."""

    updates: int = 88
    """rounds of playing and learning"""
    questions: int = 16
    """different problems an update"""
    group: int = 8
    """completions a problem; the mean of their rewards is the baseline"""
    learning_rate: float = 1e-3
    """peak, reached after `warmup`"""
    warmup: int = 5
    """updates until the peak"""
    final_rate: float = 0.05
    """share of the peak that the learning rate has fallen to, linearly, at the end"""
    minibatches: int = 1
    """optimiser steps an update, each on its share of the groups; with 1 the ratio to the sampler is always 1"""
    clip_low: float = 0.2
    """the ratio to the sampler earns nothing more below 1 - clip_low"""
    clip_high: float = 0.28
    """the ratio earns nothing more above 1 + clip_high"""
    beta: float = 0.0
    """weight of the divergence from the model that practice started from"""
    scale: bool = False
    """divide advantages by their group's standard deviation"""
    normalisation: Literal["token", "sequence", "constant"] = "token"
    """what the sum over tokens is divided by: all tokens, each answer's, or max_new_tokens"""
    optimiser: Optimiser = "muon"
    """muon orthogonalises the steps of weight matrices (embeddings keep AdamW); adamw for all"""
    momentum: float = 0.0
    """share of the last step's direction that is kept; with noisy gradients a kept direction is mostly noise"""
    gain_rate: float = 15.0
    """learning rate of the normalisations' gains over `learning_rate`; they set how sure the model is of its tokens"""
    max_gradient: float = 1.0
    """the gradient is scaled down to this norm"""

    def __post_init__(self) -> None:
        _check("grpo.updates", self.updates, 0)
        _check("grpo.questions", self.questions, 1)
        if self.group < 2:
            raise BadConfig(f"grpo.group={self.group}: an answer alone in its group teaches nothing; use 2 or more")
        _check("grpo.learning_rate", self.learning_rate, 0)
        _check("grpo.warmup", self.warmup, 0)
        _check("grpo.minibatches", self.minibatches, 1, self.questions)
        _check("grpo.clip_low", self.clip_low, 0, 1)
        _check("grpo.clip_high", self.clip_high, 0)
        _check("grpo.beta", self.beta, 0)
        _check("grpo.momentum", self.momentum, 0, 0.999)
        _check("grpo.final_rate", self.final_rate, 0, 1)
        _check("grpo.gain_rate", self.gain_rate, 0)
        _check("grpo.max_gradient", self.max_gradient, 1e-9)

    @property
    def episodes(self) -> int:
        """Completions an update."""
        return self.questions * self.group


@dataclass(frozen=True)
class Sampling:
    """How a completion is drawn."""

    temperature: float = 1.0
    """1 draws from the model's own distribution; 0 takes the likeliest token"""
    max_new_tokens: int = 96
    """a completion that has not ended by then is cut"""

    def __post_init__(self) -> None:
        _check("sampling.temperature", self.temperature, 0)
        _check("sampling.max_new_tokens", self.max_new_tokens, 1)


@dataclass(frozen=True)
class LanguageModelConfig:
    """A language-model agent, from nothing to trained."""

    model: ModelConfig = field(default_factory=ModelConfig)
    sft: SftConfig = field(default_factory=SftConfig)
    grpo: GrpoConfig = field(default_factory=GrpoConfig)
    sampling: Sampling = field(default_factory=Sampling)
    task: str | None = None
    """whose worked solutions are shown; the environment's own if not told"""
    env_id: str = "Reason-Arithmetic-v0"
    """where it practises"""
    level: int | str = 2
    """difficulty of the training problems: a number of the task's table or a specification"""
    score_every: int | None = None
    """updates between two scores on validation problems; none given: a quarter of the stage; 0: no scores"""
    score_problems: int = 128
    """validation problems a score"""
    checkpoint_seconds: float = 12.0
    """CPU seconds between two checkpoints"""
    threads: int = 1
    """of torch; weights are the same bit for bit only for the same number, and one is the thriftiest"""

    def __post_init__(self) -> None:
        _check("score_every", self.score_every or 0, 0)
        _check("score_problems", self.score_problems, 1)
        _check("checkpoint_seconds", self.checkpoint_seconds, 0)
        _check("threads", self.threads, 1)

    @property
    def lessons(self) -> str:
        """The task whose worked solutions are shown."""
        return self.task or task_of(self.env_id)

    def identity(self, stage: Stage) -> dict[str, Any]:
        """The fields that the weights of a stage depend on, as plain values."""
        fields = {"model": asdict(self.model), "task": self.lessons, "env_id": self.env_id, "level": self.level}
        if stage == "sft":
            return {**fields, "sft": asdict(self.sft)}
        return {**fields, "grpo": asdict(self.grpo), "sampling": asdict(self.sampling)}
