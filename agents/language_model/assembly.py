"""What a stage needs besides the model it trains: an environment, a reference, a teacher, a reward model, pairs."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

import torch
from gymnasium.vector import VectorEnv
from torch import nn
from transformers import PreTrainedModel

from ...tasks import registry
from ...tasks.errors import BadCheckpoint, BadConfig
from ...tasks.problem import Level
from ..agent import Cost
from ..learning import checkpoint
from ..learning.batch import Completion
from ..learning.demonstrations import read_demonstrations
from ..learning.labellers import label, labeller
from ..learning.preferences import Preference, read_preferences
from ..learning.rollout import Episode
from ..learning.streams import derive_many
from ..learning.texts import content_hash
from . import models
from .agent import LanguageModelAgent
from .config import PRACTICE, LanguageModelConfig
from .config import Stage as StageName
from .distillation import Distill
from .environment import make_env, oracle_games
from .flops import sampling_flops
from .grpo import Grpo, Reinforce
from .heads import ScalarHead, load_heads
from .imitation import Demonstrated, Pretrain, Sft, Teacher, teacher
from .pairs import completions, sample_pairs
from .ppo import Ppo
from .practice_config import PracticeConfig
from .precision import casting, chosen
from .preference import AnswerPair, Dpo, Judge, RewardModel
from .stage import Data, Stage
from .stage_config import DpoConfig, PairsConfig
from .world import ALONE, World

PRACTICES = {"reinforce": Reinforce, "ppo": Ppo, "grpo": Grpo}


@dataclass(frozen=True)
class Assembly:
    """The parts of one stage of one run."""

    config: LanguageModelConfig
    name: StageName
    seed: int
    inherited: LanguageModelAgent | None
    """what the stage starts from; its weights do not change while `keeps_start`"""
    world: World = ALONE
    """the processes that train together"""

    @property
    def keeps_start(self) -> bool:
        """Whether the stage goes on using the weights that it started from: as a reference, or to sample pairs."""
        section = self.config.section(self.name)
        if isinstance(section, PracticeConfig):
            return section.beta > 0
        return isinstance(section, DpoConfig) or (isinstance(section, PairsConfig) and section.data is None)

    @property
    def teacher(self) -> Path | None:
        """The checkpoint of the teacher or the reward model, if the stage has one."""
        section: Any = self.config.section(self.name)
        if self.name == "distill" and section.teacher is None:
            raise BadConfig("distill.teacher: expected the checkpoint folder of a trained language model")
        return section.teacher if self.name == "distill" else getattr(section, "reward_model", None)

    def fingerprints(self) -> dict[str, str]:
        """What tells the weights apart that the stage's own depend on."""
        found = {"start": fingerprint(self.inherited.model)} if self.inherited else {}
        if self.teacher and self.name == "distill":
            found["teacher"] = fingerprint(models.load(self.teacher)[0])
        elif self.teacher:
            judge = load_judge(self.teacher)
            found["teacher"] = fingerprint(judge.model, judge.head)
        data: Path | None = getattr(self.config.section(self.name), "data", None)
        if data and data.exists():  # what is not there is told where it is read
            found["data"] = content_hash(data)
        return found

    def with_teachers(self, bill: Cost) -> Cost:
        """A bill with what it cost to make the models that this stage learns from."""
        if not self.teacher:
            return bill
        theirs = LanguageModelAgent.load(self.teacher, device="cpu").cost()
        parts = (bill.inherited_flops, theirs.inherited_flops, theirs.train_flops)
        known = [part for part in parts if part != "unknown"]
        return replace(bill, inherited_flops=sum(known) if len(known) == len(parts) else "unknown")

    @contextmanager
    def stage(self, agent: LanguageModelAgent, fresh: bool) -> Iterator[Stage]:
        """The stage; its environment is closed at the end.

        Args:
            agent: plays with the model that is trained.
            fresh: whether nothing of the stage has been trained yet.
        """
        envs: list[VectorEnv[Any, Any, Any]] = []
        try:
            stage = self._made(agent, envs)
            stage.micro_batch_tokens, stage.world = self.config.micro_batch_tokens, self.world
            stage.heads.to(agent.model.device)
            stage.casting = casting(chosen(self.config.precision, agent.model.device), agent.model.device)
            if fresh and stage.config.updates and self.name in ("pretrain", "sft"):
                stage.data(0)  # what does not fit is told before anything is written
            yield stage
        finally:
            for env in envs:
                env.close()

    def _made(self, agent: LanguageModelAgent, envs: list[VectorEnv[Any, Any, Any]]) -> Stage:
        config, context = self.config, models.context(agent.model)
        if self.name == "pretrain":
            lessons = [] if config.pretrain.data else self._lessons(config.pretrain.levels)
            return Pretrain(config.pretrain, lessons, agent.text, self.seed, context)
        if self.name == "sft" and config.sft.data:
            shown = read_demonstrations(config.sft.data)
            return Demonstrated(config.sft, shown, config.memory, agent.text, self.seed, context)
        if self.name == "sft" and config.shows_games:
            return Demonstrated(
                config.sft, oracle_games(config, self.seed), config.memory, agent.text, self.seed, context
            )
        if self.name == "sft":
            (lesson,) = self._lessons([config.level])
            return Sft(config.sft, lesson, agent.text, self.seed, context)
        if self.name in PRACTICE:
            section = cast(PracticeConfig, config.section(self.name))
            envs.append(make_env(config, "train", self.world.most(section.questions) * section.group))
            reference = self._reference() if section.beta else None
            kind: Any = PRACTICES[self.name]
            return cast(Stage, kind(section, agent, envs[0], self.seed, reference, self._judge()))
        if self.name == "distill":
            envs.append(make_env(config, "train", self.world.most(config.distill.batch)))
            assert self.teacher
            guide = LanguageModelAgent.load(self.teacher, device=config.device)
            guide = LanguageModelAgent(
                guide.model.requires_grad_(False), guide.text, config.sampling, seed=self.seed, memory=config.memory
            )
            if guide.text.get_vocab() != agent.text.get_vocab():
                raise BadConfig("distill.teacher: its tokenizer is not the student's; expected one vocabulary")
            return Distill(config.distill, agent, guide, envs[0], self.seed)
        return self._preferences(agent)

    def _lessons(self, levels: Sequence[Level]) -> list[Teacher]:
        """The task's own lessons, a teacher a level."""
        config = self.config
        if config.lessons not in registry.names():
            raise BadConfig(
                f"{config.env_id} is of no task that has worked solutions: expected a file to learn from, "
                f"{self.name}.data, or one of {', '.join(registry.names())} as task"
            )
        return [teacher(config.lessons, level, config.styles) for level in levels]

    def _preferences(self, agent: LanguageModelAgent) -> Stage:
        config, reward = self.config, self.name == "reward"
        section = config.reward if reward else config.dpo
        if section.data:
            preferences, gathering = read_preferences(section.data), Data([])
        else:
            preferences, gathering = self.world.agree(self._sampled(section) if self.world.leads else ([], Data([])))
        if not preferences:
            raise BadConfig(
                f"{self.name}: no two answers differed in what the labeller looks at; expected a preference"
            )
        pairs = [AnswerPair(*completions(each, agent.text)) for each in preferences]
        longest = max(len(answer) for pair in pairs for answer in (pair.chosen, pair.rejected))
        models.check_length(longest, models.context(agent.model), "a question with one of its answers")
        if not reward:
            return Dpo(config.dpo, pairs, self.seed, self._reference(), gathering)
        width = agent.model.config.get_text_config().hidden_size
        return RewardModel(config.reward, pairs, self.seed, width, gathering)

    def _sampled(self, section: PairsConfig) -> tuple[list[Preference], Data]:
        """Preferences between answers of the model that the stage starts from, until there are enough; the bill."""
        config = self.config
        assert self.inherited
        player = LanguageModelAgent(self.inherited.model, self.inherited.text, config.sampling, seed=self.seed)
        env = make_env(config, "train", config.sampling.max_rows)
        began, played = time.process_time(), list[Episode]()
        try:
            # Most problems give a pair; twice as many are enough unless the answers hardly differ.
            seeds = derive_many(2 * section.pairs, self.seed, "pairs")
            pairs = sample_pairs(player, env, seeds, env_id=config.env_id, level=config.level, tell=played.extend)
            with casting(chosen(config.precision, player.model.device), player.model.device):
                found = list(islice(label(pairs, labeller(section.labeller)), section.pairs))
        finally:
            env.close()
        answers = [turn for episode in played for turn in episode.traces if isinstance(turn, Completion)]
        return found, Data(
            [],
            episodes=len(played),
            env_steps=sum(episode.env_steps for episode in played),
            flops=sampling_flops(player.model, answers),
            cpu_seconds=time.process_time() - began,
        )

    def _reference(self) -> PreTrainedModel:
        assert self.inherited
        return self.inherited.model.requires_grad_(False)

    def _judge(self) -> Judge | None:
        return load_judge(self.teacher, self.config.device) if self.teacher else None


def load_judge(folder: Path, device: str = "cpu") -> Judge:
    """A trained reward model, on a device as `devices.device` names it.

    Raises:
        BadCheckpoint: missing, or no reward model.
    """
    stage = checkpoint.load_manifest(folder).get("stage")
    if stage != "reward":
        raise BadCheckpoint(f"{folder} is of stage {stage!r}, expected a reward model (stage 'reward')")
    model, _ = models.load(folder, device=device)
    head = ScalarHead(model.config.get_text_config().hidden_size).to(model.device)
    load_heads(nn.ModuleDict({"reward": head}), checkpoint.locate(folder))
    return Judge(model.requires_grad_(False), head.requires_grad_(False))


def fingerprint(*modules: nn.Module) -> str:
    """12 hexadecimal digits that tell the weights of a model, and of the heads it has, from others'."""
    digest = hashlib.sha256()
    for module in modules:
        for name, weight in module.named_parameters():
            digest.update(name.encode())
            # As bytes: numpy has no bfloat16.
            digest.update(weight.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:12]
