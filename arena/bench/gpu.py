"""What there is to see and to time on a graphics processor, section by section; `scripts/gpu_check.py` runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...agents.language_model import devices, models
from ...agents.language_model.config import Sampling
from ...agents.language_model.decoder import LlamaDecoder, ModuleDecoder
from ...agents.language_model.flops import training_flops
from ...agents.language_model.forward import Reading, token_logprobs
from ...agents.language_model.job import Job
from ...agents.language_model.optimiser import Optimiser
from ...agents.language_model.precision import casting
from ...agents.language_model.sampler import Request, Sampler
from ...agents.language_model.stage import Data, Stage
from ...agents.language_model.stage_config import Optimiser as OptimiserName
from ...agents.language_model.stage_config import SftConfig
from ...agents.language_model.static import StaticDecoder, Step
from ...agents.language_model.trainer import learn
from ...agents.learning.batch import Batch, Completion, collate
from ...agents.learning.objectives import grpo, next_token
from .gpu_stages import compared
from .grpo import GAP, measured
from .grpo_case import SMOLLM2, Case
from .measurement import Finding

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True)
class Setting:
    """Where, and how much."""

    device: torch.device
    quick: bool = False
    """a model and batches that a CPU is done with in a second"""

    @property
    def case(self) -> Case:
        """The model: of SmolLM2-135M's shape, weights at random, which time does not see."""
        if self.quick:
            return Case(layers=2, width=32, heads=4, kv_heads=2, feedforward=48, prompt=12, new=6, prompts=2, group=2)
        return replace(SMOLLM2, prompts=8, group=8, new=128)

    def model(self) -> Any:
        """The case's model there. Its weights are so large that its distributions are far from uniform."""
        model = self.case.model()
        with torch.no_grad():
            for name, weight in model.named_parameters():
                if weight.ndim == 2:
                    weight.mul_(5 if "embed" in name else 2)
        return model.to(self.device)

    def batch(self, groups: int, group: int, ragged: bool = True) -> Batch:
        """Answers of random tokens behind the case's prompts, with advantages."""
        case, draw = self.case, torch.Generator().manual_seed(0)

        def tokens(length: int) -> tuple[int, ...]:
            return tuple(torch.randint(4, 90, (length,), generator=draw).tolist())

        rows = []
        for number in range(groups):
            prompt = tokens(case.prompt - (number % 4 if ragged else 0))
            for row in range(group):
                length = case.new - (row * case.new // (2 * group) if ragged else 0)
                rows.append(Completion(prompt, tokens(length), (-4.0,) * length))
        return collate(rows, torch.randn(len(rows), generator=draw))


def packed(setting: Setting) -> Iterator[Finding]:
    """A packed batch with shared prompts against one sequence at a time through the model's own forward."""
    model, batch = setting.model(), setting.batch(2, 4)
    truth: Tensor | None = None
    for name, dtype in DTYPES.items():
        with casting(dtype, setting.device):
            apart = _gradient(model, batch, lambda one: _alone(model, one), 1)
            together = _gradient(model, batch, lambda one: token_logprobs(model, one).logprobs, len(batch))
        gaps = [float((mine - (apart if truth is None else truth)).norm() / apart.norm()) for mine in (together, apart)]
        # Where products are rounded to bfloat16 no order of sums is the right one: packing may be as far off as not.
        limit = 1e-4 if truth is None else 1.5 * gaps[1] + 1e-3
        yield Finding(f"{name}: gradient, packed against one at a time", gaps[0], "relative", limit)
        if truth is None:
            truth = apart
        else:
            yield Finding(f"{name}: gradient, one at a time against float32", gaps[1], "relative")


def _gradient(model: Any, batch: Batch, logprobs: Callable[[Batch], Tensor], rows: int) -> Tensor:
    """The gradient of GRPO's loss over all weights, some rows at a time, in float64 on the CPU."""
    model.zero_grad(set_to_none=True)
    for first in range(0, len(batch), rows):
        piece = batch.select(torch.arange(first, min(first + rows, len(batch)))).to(model.device)
        found = logprobs(piece)
        loss = grpo(found, found.detach(), piece.advantage, piece.mask, total=batch.chosen)
        loss.backward()  # type: ignore[no-untyped-call]
    return torch.cat([weight.grad.double().cpu().flatten() for weight in model.parameters()])


def _alone(model: Any, one: Batch) -> Tensor:
    """(1, T) log-probabilities of one row by the model's own forward."""
    (prompt,), length = one.prompts, int(one.lengths[0])
    whole = torch.cat([torch.tensor(prompt), one.tokens[0, :length].cpu()]).to(model.device)
    logprobs = torch.log_softmax(model(whole[None], use_cache=False).logits[0, :-1].float(), dim=-1)
    return logprobs.gather(1, whole[1:, None])[len(prompt) - 1 :].T


def sampler(setting: Setting) -> Iterator[Finding]:
    """What the sampler says that its tokens' log-probabilities were, against the learner."""
    model = setting.model()
    for name, dtype in DTYPES.items():
        with casting(dtype, setting.device), torch.no_grad():
            drawn, _ = _drawn(setting, _sampler(setting, model, None))
            batch = collate(drawn)
            found = token_logprobs(model, batch).logprobs.cpu()
        gap = (found - batch.logprobs).abs()[batch.mask]
        yield Finding(
            f"{name}: log-probability, mean gap", gap.mean().item(), "nats", 1e-4 if name == "float32" else 0.05
        )
        yield Finding(
            f"{name}: log-probability, largest gap", gap.max().item(), "nats", 1e-2 if name == "float32" else None
        )


def decode(setting: Setting) -> Iterator[Finding]:
    """Tokens a second of sampling, by decoder."""
    model, graphs = setting.model(), setting.device.type == "cuda"
    for name, dtype in DTYPES.items():
        answers: list[list[Completion]] = []
        for kind in (ModuleDecoder, LlamaDecoder, StaticDecoder if graphs else Unrecorded):
            sampler, rates = _sampler(setting, model, kind), []
            for _ in range(3):  # the first one records
                with casting(dtype, setting.device):
                    drawn, seconds = _drawn(setting, sampler)
                rates.append(sum(len(each.token_ids) for each in drawn) / seconds)
            answers.append(drawn)
            yield Finding(f"{name}: {NAMES[kind]}", max(rates[1:]), "tokens / s")
        gap, most = _difference(*answers[1:]), 1e-3 if name == "float32" else None
        yield Finding(f"{name}: log-probability, recorded against eager", gap, "nats", most)
    yield _memory(setting)


class Unrecorded(StaticDecoder):
    """Steps of shapes that stay, as they come: where there are no graphs."""

    def record(self, step: Step) -> Step:
        """Itself."""
        return step


NAMES = {
    ModuleDecoder: "the model's own forward",
    LlamaDecoder: "eager",
    StaticDecoder: "recorded (CUDA graphs)",
    Unrecorded: "as recorded, without graphs",
}


def _difference(one: list[Completion], other: list[Completion]) -> float:
    """The largest gap between log-probabilities, up to where two answers part."""
    gaps = [0.0]
    for mine, theirs in zip(one, other, strict=True):
        for token, same, first, second in zip(
            mine.token_ids, theirs.token_ids, mine.logprobs, theirs.logprobs, strict=False
        ):
            if token != same:
                break
            gaps.append(abs(first - second))
    return max(gaps)


def _sampler(setting: Setting, model: Any, kind: Any) -> Sampler:
    return Sampler(model, setting.case.text(), Sampling(1.0, setting.case.new), kind)


def _drawn(setting: Setting, sampler: Sampler) -> tuple[list[Completion], float]:
    """The case's answers, and how long it took."""
    case, text, clock = setting.case, sampler.text, devices.clock(setting.device)
    prompts = [tuple(models.encode(text, case.question(seed), special=True)) for seed in range(case.prompts)]
    requests = [Request(prompt, seed) for prompt, seed in zip(prompts * case.group, count(), strict=False)]
    began = clock()
    return sampler.draw(requests), clock() - began


class Imitate(Stage):
    """Next-token loss on batches that are given."""

    def data(self, update: int) -> Data:
        """None: batches are handed to the trainer."""
        return Data([])

    def loss(self, reading: Reading, batch: Batch, total: float) -> tuple[Tensor, dict[str, float]]:
        """See objectives.next_token."""
        return next_token(reading.score().logprobs, batch.mask, total), {}


def train(setting: Setting) -> Iterator[Finding]:
    """Tokens a second of forward, backward and step, prompts included, and what that is in operations."""
    kinds: tuple[OptimiserName, ...] = ("adamw", "muon")
    batch, clock = setting.batch(8, 8, ragged=False), devices.clock(setting.device)
    read = sum(map(len, batch.prompts)) + int(batch.lengths.sum())
    for name, dtype in DTYPES.items():
        for kind in kinds:
            model = setting.model()
            stage = Imitate(SftConfig(optimiser=kind, learning_rate=1e-4))
            stage.casting, stage.micro_batch_tokens = casting(dtype, setting.device), 16384
            optimiser, seconds = Optimiser(model, stage.config), []
            for update in range(3):
                began = clock()
                learn(stage, model, optimiser, Data([batch]), update, Job(Path(), {}))
                seconds.append(clock() - began)
            yield Finding(f"{name}, {kind}: tokens read", read / min(seconds), "tokens / s")
            flops = training_flops(model, batch) / min(seconds)
            yield Finding(f"{name}, {kind}: operations", flops / 1e12, "TFLOP/s")
    yield _memory(setting)


def stages(setting: Setting) -> Iterator[Finding]:
    """Every stage on the device against the same on the CPU."""
    return compared(setting.device)


def step(setting: Setting) -> Iterator[Finding]:
    """A step of GRPO beside TRL's, without vLLM, each in a process of its own; see `bench grpo`."""
    case = replace(setting.case, device=str(setting.device), steps=1 if setting.quick else 3)
    ours, theirs = measured("ours", case), measured("trl", case)
    for part in ("step", "sample", "train"):
        mine, other = (side["tokens"] / side[part] for side in (ours, theirs))
        yield Finding(f"{part}: ours", mine, "tokens / s")
        yield Finding(f"{part}: TRL", other, "tokens / s")
        yield Finding(f"{part}: ours over TRL", mine / other, "x")
    for name, side in (("ours", ours), ("TRL", theirs)):
        yield Finding(f"peak memory: {name}", side["peak_mb"], "MB")
    yield Finding("log-probability in training against sampling, mean gap", ours["sampler_gap"], "nats", 0.05)
    yield Finding("gradient on TRL's batch", theirs["gradient_gap"], "relative", GAP)


def _memory(setting: Setting) -> Finding:
    return Finding("peak memory", devices.peak_memory(setting.device), "MB")


SECTIONS: dict[str, tuple[float, Callable[[Setting], Iterator[Finding]]]] = {
    "packed": (50, packed),
    "sampler": (50, sampler),
    "stages": (70, stages),
    "decode": (90, decode),
    "train": (80, train),
    "step": (130, step),
}
"""by name: the seconds that it may take, and what it finds. Together they may take less than 8 minutes."""
