"""What can be set about a language model and its training. Importing this costs nothing: no torch.

The defaults are a recipe tuned for `Reason-Arithmetic-v0`, level 2: about three minutes on one core. What a stage can
be told is in `stage_config` and `practice_config`.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from ...tasks.errors import BadConfig
from ...tasks.problem import Task
from ...tasks.registry import load, names, styled, task_of
from .practice_config import GrpoConfig, PpoConfig, ReinforceConfig
from .stage_config import DistillConfig, DpoConfig, PretrainConfig, RewardConfig, SftConfig, StageConfig
from .stage_config import check as _check

Stage = Literal["pretrain", "sft", "distill", "reinforce", "ppo", "grpo", "reward", "dpo"]
PRACTICE: tuple[Stage, ...] = ("reinforce", "ppo", "grpo")
"""stages that play"""
NEEDS_START: tuple[Stage, ...] = (*PRACTICE, "reward", "dpo")
"""stages that are nothing without a model to go on from"""


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
    words: tuple[str, ...] = ()
    """texts that a model from scratch reads and writes as one token each; all else it spells"""

    def __post_init__(self) -> None:
        for name in ("layers", "width", "heads", "feedforward"):
            _check(f"model.{name}", getattr(self, name), 1)
        _check("model.context", self.context, 2)  # a prompt and an answer
        if any(len(word) < 2 for word in self.words) or len(set(self.words)) < len(self.words):
            raise BadConfig(f"model.words={list(self.words)}: expected each once, of two characters or more")
        if self.width % (2 * self.heads):
            raise BadConfig(f"model.width={self.width}: expected a multiple of 2 * heads = {2 * self.heads}")


@dataclass(frozen=True)
class LoraConfig:
    """Low-rank adapters that are trained in place of the model's own weights (Hu et al. 2021, arXiv:2106.09685)."""

    rank: int = 0
    """inner size of an adapter; 0 trains the weights themselves"""
    alpha: float = 32.0
    """what the adapters add counts alpha / rank times"""
    dropout: float = 0.0
    """0: a model that drops what it computed would not be the one that plays"""
    targets: tuple[str, ...] = ()
    """names of linear layers, such as q_proj; none given: all of attention and feed-forward parts"""

    def __post_init__(self) -> None:
        _check("lora.rank", self.rank, 0)
        _check("lora.alpha", self.alpha, 0)
        if self.dropout:
            raise BadConfig(
                f"lora.dropout={self.dropout}: expected 0, since the model that learns has to be the one that plays"
            )


@dataclass(frozen=True)
class Sampling:
    """How a completion is drawn."""

    temperature: float = 1.0
    """1 draws from the model's own distribution; 0 takes the likeliest token"""
    max_new_tokens: int = 96
    """a completion that has not ended by then is cut"""
    stop: tuple[str, ...] = ()
    """texts that end a completion, and are left out of it"""
    max_rows: int = 256
    """completions under way at a time; others wait until one has ended"""
    engine: Literal["auto", "eager", "vllm"] = "auto"
    """how a model is stepped: auto records the steps of a Llama on CUDA as graphs and replays them, eager never does;
    vllm hands rollouts to vLLM"""

    def __post_init__(self) -> None:
        _check("sampling.temperature", self.temperature, 0)
        _check("sampling.max_new_tokens", self.max_new_tokens, 1)
        _check("sampling.max_rows", self.max_rows, 1)
        if not all(self.stop):
            raise BadConfig("sampling.stop: an empty text ends nothing")


@dataclass(frozen=True)
class Memory:
    """What a model remembers of an episode of several turns. It is the agent's business, not the environment's."""

    policy: Literal["full", "last", "notes", "none"] = "full"
    """all that was said; the last `turns` turns; the observation alone and the last `turns` notes, which the model
    writes between <note> and </note>; or the observation alone"""
    turns: int = 8
    """how many, where the policy forgets"""

    def __post_init__(self) -> None:
        _check("memory.turns", self.turns, 1)


@dataclass(frozen=True)
class LanguageModelConfig:
    """A language-model agent, from nothing to trained."""

    model: ModelConfig = field(default_factory=ModelConfig)
    lora: LoraConfig = field(default_factory=LoraConfig)
    pretrain: PretrainConfig = field(default_factory=PretrainConfig)
    sft: SftConfig = field(default_factory=SftConfig)
    distill: DistillConfig = field(default_factory=DistillConfig)
    reinforce: ReinforceConfig = field(default_factory=ReinforceConfig)
    ppo: PpoConfig = field(default_factory=PpoConfig)
    grpo: GrpoConfig = field(default_factory=GrpoConfig)
    reward: RewardConfig = field(default_factory=RewardConfig)
    dpo: DpoConfig = field(default_factory=DpoConfig)
    sampling: Sampling = field(default_factory=Sampling)
    memory: Memory = field(default_factory=Memory)
    task: str | None = None
    """whose worked solutions are shown; the environment's own if not told"""
    styles: tuple[str, ...] = ()
    """in which worked solutions are shown, each as often as the others: of arithmetic columns, narrated and
    calls, of aime worded and brief; the task's usual one if none is given"""
    env_id: str = "Reason-Arithmetic-v0"
    """where it practises; `module:Id-v0` names a text environment of Gymnasium that `module` registers"""
    env_options: dict[str, Any] = field(default_factory=dict)
    """further options of the environment"""
    level: int | str = 2
    """difficulty of the training problems: a number of the task's table or a specification"""
    score_every: int | None = None
    """updates between two scores on validation problems; none given: a quarter of the stage; 0: no scores"""
    score_problems: int = 128
    """validation problems a score"""
    checkpoint_seconds: float = 12.0
    """CPU seconds between two checkpoints"""
    micro_batch_tokens: int = 2048
    """tokens of one forward and backward pass; more costs memory, fewer cost overhead"""
    precision: Literal["float32", "bfloat16", "auto"] = "float32"
    """of products of matrices in training and play; "auto" is bfloat16 where that is faster. Weights stay float32"""
    gradient_checkpointing: bool = False
    """compute activations anew in the backward pass: a third more time, a fraction of the memory"""
    device: str = "auto"
    """where models compute: cpu, cuda, cuda:1 ..., mps; auto takes the graphics processor if there is one"""
    threads: int = 1
    """of torch on the CPU; weights are the same bit for bit only for the same number, and one is the thriftiest"""

    def __post_init__(self) -> None:
        _check("score_every", self.score_every or 0, 0)
        _check("score_problems", self.score_problems, 1)
        _check("checkpoint_seconds", self.checkpoint_seconds, 0)
        _check("micro_batch_tokens", self.micro_batch_tokens, 1)
        _check("threads", self.threads, 1)
        if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", self.device):
            raise BadConfig(f"device={self.device!r}: expected auto, cpu, cuda, cuda:0 (or another number) or mps")
        if self.styles:
            styled(self.lessons, self.styles)

    @property
    def lessons(self) -> str:
        """The task whose worked solutions are shown."""
        return self.task or task_of(self.env_id)

    @property
    def shows_games(self) -> bool:
        """Whether there are no worked solutions to show, but games that an oracle plays."""
        return self.lessons in names() and not isinstance(load(self.lessons), Task)

    def section(self, stage: Stage) -> StageConfig:
        """The recipe of a stage."""
        section: StageConfig = getattr(self, stage)
        return section

    def identity(self, stage: Stage) -> dict[str, Any]:
        """The fields that the weights of a stage depend on, as plain values."""
        fields: dict[str, Any] = {
            "model": asdict(self.model),
            "task": self.lessons,
            "env_id": self.env_id,
            "level": self.level,
        }
        # Files and checkpoints count by what is in them, not by where they are.
        if not self.model.words:  # runs from before this could be told go on
            del fields["model"]["words"]
        section = {name: value for name, value in asdict(self.section(stage)).items() if not isinstance(value, Path)}
        if stage == "pretrain" and self.pretrain.questions:  # likewise
            del section["questions"]
        if stage == "sft" and not self.shows_games:
            del section["games"]
        fields |= {"micro_batch_tokens": self.micro_batch_tokens, stage: section}
        if self.styles and stage in ("pretrain", "sft"):
            fields["styles"] = self.styles
        if self.precision != "float32":
            fields["precision"] = self.precision
        if self.lora.rank:
            fields["lora"] = asdict(self.lora)
        if self.memory != Memory() or (stage == "sft" and (self.sft.data or self.shows_games)):
            fields["memory"] = asdict(self.memory)
        if self.sampling.stop:
            fields["stop"] = self.sampling.stop
        if self.sampling.engine == "vllm":  # its random numbers are others
            fields["engine"] = "vllm"
        if stage in PRACTICE or stage in ("distill", "reward", "dpo"):
            fields |= {
                "sampling": {name: value for name, value in asdict(self.sampling).items() if name != "engine"},
                "memory": asdict(self.memory),
                "env_options": self.env_options,
            }
        return fields
