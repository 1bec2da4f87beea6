"""What can be set about the stages that practise with a reward. Importing this costs nothing: no torch."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Literal

from ...tasks.errors import BadConfig
from .stage_config import StageConfig


@dataclass(frozen=True)
class PracticeConfig(StageConfig):
    """Practice with a reward: what REINFORCE, PPO and GRPO have in common."""

    section = "practice"

    updates: int = 88
    """rounds of playing and learning"""
    questions: int = 16
    """different problems an update"""
    group: int = 8
    """completions a problem"""
    minibatches: int = 1
    """optimiser steps an epoch, each on its share of the problems"""
    epochs: int = 1
    """times that the answers of an update are learnt from; beyond the first step the ratio to the sampler is not 1"""
    beta: float = 0.0
    """weight of the divergence from the model that practice started from; 0 needs no reference model"""
    truncated: Literal["score", "mask"] = "score"
    """answers that were cut for their length, and episodes that outgrew the context, are rewarded like others, or left
    out of the loss"""
    reward_model: Path | None = None
    """checkpoint of a reward model that pays instead of the environment"""
    momentum: float = 0.0
    """share of the last step's direction that is kept; with noisy gradients a kept direction is mostly noise"""
    gain_rate: float = 15.0
    """learning rate of the normalisations' gains over `learning_rate`; they set how sure the model is of its tokens"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("questions", 1)
        self._check("group", 1)
        self._check("minibatches", 1, self.questions)
        self._check("epochs", 1)
        self._check("beta", 0)

    @property
    def episodes(self) -> int:
        """Completions an update."""
        return self.questions * self.group


@dataclass(frozen=True)
class ComparisonConfig(PracticeConfig):
    """What REINFORCE and GRPO have in common: the answers to a problem are compared."""

    credit: Literal["episode", "turn"] = "episode"
    """what a turn of an episode is worth: the episode's return, or the rewards from that turn on"""
    discount: float = 1.0
    """of a later turn's reward, with credit "turn" """

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("discount", 0, 1)


@dataclass(frozen=True)
class ReinforceConfig(ComparisonConfig):
    """The policy gradient itself, with a baseline."""

    section = "reinforce"

    baseline: Literal["none", "mean", "leave_one_out"] = "leave_one_out"
    """what is taken from a return: nothing, the mean of its group, or the mean of the others in its group (RLOO)"""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("minibatches", "epochs"):
            if getattr(self, name) > 1:
                raise BadConfig(
                    f"reinforce.{name}={getattr(self, name)}: expected 1, for after a step the answers are those of "
                    "another policy, which nothing corrects here; grpo and ppo do"
                )
        if self.baseline != "none" and self.group < 2:
            raise BadConfig(f"reinforce.group={self.group}: baseline {self.baseline!r} compares answers; use 2 or more")


@dataclass(frozen=True)
class PpoConfig(PracticeConfig):
    """Proximal policy optimisation: a value head tells each token's worth, and the ratio is clipped."""

    section = "ppo"

    minibatches: int = 4
    """optimiser steps an epoch, each on its share of the problems"""
    clip_low: float = 0.2
    """the ratio to the sampler earns nothing more below 1 - clip_low"""
    clip_high: float = 0.2
    """the ratio earns nothing more above 1 + clip_high"""
    gae_lambda: float = 0.95
    """how far errors of the value head are carried back: 0 a token, 1 the whole episode"""
    gamma: float = 1.0
    """discount a token"""
    bootstrap: bool = False
    """an episode that a time limit cut counts what the value head expects of the rest; off, the limit is part of it"""
    value_rate: float = 1.0
    """learning rate of the value head over `learning_rate`"""
    value_weight: float = 0.5
    """of the value head's loss beside the policy's"""
    value_clip: float | None = 0.2
    """how far a value may move from the old one and still be corrected; none: as far as it likes"""
    entropy_weight: float = 0.0
    """reward for an undecided policy"""
    whiten: bool = True
    """bring the advantages of an update to mean 0 and deviation 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, low, high in (
            ("clip_low", 0, 1),
            ("clip_high", 0, inf),
            ("gae_lambda", 0, 1),
            ("gamma", 0, 1),
            ("value_rate", 0, inf),
            ("value_weight", 0, inf),
            ("entropy_weight", 0, inf),
        ):
            self._check(name, low, high)


@dataclass(frozen=True)
class GrpoConfig(ComparisonConfig):
    """Practice with the environment's reward: group-relative policy optimisation."""

    section = "grpo"

    variant: Literal["grpo", "dr_grpo", "dapo", "gspo", "cispo"] | None = None
    """its settings in place of those below, as its paper has them"""
    clip_low: float = 0.2
    """the ratio to the sampler earns nothing more below 1 - clip_low"""
    clip_high: float = 0.28
    """the ratio earns nothing more above 1 + clip_high"""
    scale: bool = False
    """divide advantages by their group's standard deviation"""
    normalisation: Literal["token", "sequence", "constant"] = "token"
    """what the sum over tokens is divided by: all tokens, each answer's, or max_new_tokens"""
    importance: Literal["token", "sequence"] = "token"
    """a ratio for each token, or one for each answer: the geometric mean of its tokens' (GSPO)"""
    surrogate: Literal["clip", "cispo"] = "clip"
    """clip the ratio and with it the gradient, or clip the ratio as a weight and keep every gradient (CISPO)"""
    kl: Literal["k1", "k2", "k3"] = "k3"
    """estimator of the divergence that `beta` weighs"""
    resample: int = 0
    """times that groups of equal rewards, which teach nothing, are replaced by new problems (dynamic sampling)"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.group < 2:
            raise BadConfig(f"grpo.group={self.group}: an answer alone in its group teaches nothing; use 2 or more")
        self._check("clip_low", 0, 1)
        self._check("clip_high", 0)
        self._check("resample", 0)
