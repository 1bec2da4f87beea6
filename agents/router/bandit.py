"""What a router has learnt: of each part, how likely it is right on a problem and what an episode of it costs.

With both predicted, the best part at a price is the one of the largest difference (the direct method of Dudík, Langford
and Li 2011, arXiv:1103.4601; for language models the plug-in rule of CARROT, Somerstep et al. 2025, arXiv:2502.03261).
The price is no part of training: one training draws the whole curve of score against cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import e, log, sqrt
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from .config import RouterConfig, check_price

Floats = NDArray[np.float64]
_HELD = 5
"""one in so many training problems is held out, to see when to stop"""


@dataclass(frozen=True)
class Feedback:
    """What came of the training problems; n problems, k parts."""

    seen: NDArray[np.float32]
    """(n, features)"""
    score: Floats
    """(n, k) 1 where a part was right, else 0"""
    flops: Floats
    """(n, k) of the whole episode"""
    played: NDArray[np.bool_]
    """(n, k) whether the other two are known"""

    @property
    def mean_flops(self) -> Floats:
        """(k,) of the episodes that each part played; 0 of a part that played none."""
        counts = np.maximum(self.played.sum(0), 1)
        means: Floats = np.where(self.played, self.flops, 0.0).sum(0) / counts
        return means


class Bandit(nn.Module):
    """A small network with two outputs a part: a logit of being right, and cost as a multiple of the part's mean.

    Args:
        features: numbers that are seen of a problem.
        width: of the hidden layer.
        parts: how many there are.
        seed: of the first weights.
    """

    means: Tensor
    """(k,) FLOPs of each part's episodes of training, in the mean"""

    def __init__(self, features: int, width: int, parts: int, seed: int = 0) -> None:
        super().__init__()
        self.register_buffer("means", torch.zeros(parts, dtype=torch.float64))
        source = torch.Generator().manual_seed(seed)
        self.hidden = nn.Parameter(torch.randn(width, features, generator=source) / sqrt(features))
        self.hidden_bias = nn.Parameter(torch.zeros(width))
        self.out = nn.Parameter(torch.randn(2 * parts, width, generator=source) / sqrt(width))
        # A part costs what it costs in the mean, until more is known.
        self.out_bias = nn.Parameter(torch.tensor([0.0] * parts + [log(e - 1)] * parts))

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and relative costs, (n, k) each."""
        hidden = functional.linear(seen, self.hidden, self.hidden_bias).relu()
        logits, costs = functional.linear(hidden, self.out, self.out_bias).chunk(2, dim=1)
        return logits, functional.softplus(costs)

    @property
    def flops(self) -> float:
        """Of one decision: two for each multiplication."""
        return float(2 * (self.hidden.numel() + self.out.numel()))

    @property
    def parameters_in_all(self) -> int:
        """Trained numbers."""
        return sum(each.numel() for each in self.parameters())

    @torch.no_grad()
    def predict(self, seen: NDArray[np.float32]) -> tuple[Floats, Floats]:
        """What is to be expected of each part.

        Args:
            seen: (n, features).

        Returns:
            (n, k) probabilities of a right answer, and (n, k) costs in units of the dearest part's mean episode.
        """
        logits, costs = self(torch.as_tensor(seen))
        dearest = float(self.means.max())
        share = self.means / dearest if dearest else self.means
        return logits.double().sigmoid().numpy(), (costs.double() * share).numpy()

    def choose(self, seen: NDArray[np.float32], price: float) -> NDArray[np.int64]:
        """The part of each row that is worth the most, (n,); of equals the cheapest, then the first.

        Args:
            seen: (n, features).
            price: of the dearest part's mean episode, in right answers: at 0.1 such an episode is worth it where the
                part is right ten times in a hundred more often than one that costs nothing.
        """
        score, cost = self.predict(seen)
        worth = score - check_price(price) * cost
        best = worth >= worth.max(1, keepdims=True)
        chosen: NDArray[np.int64] = np.where(best, cost, np.inf).argmin(1)
        return chosen


def fit(feedback: Feedback, config: RouterConfig, seed: int) -> tuple[Bandit, int]:
    """Learn from what came of the training problems; a pure function of its arguments.

    Args:
        feedback: of problems in random order; each fifth is held out.
        config: width, epochs and so on.
        seed: of the first weights.

    Returns:
        What was learnt, and how many times all problems were passed over.
    """
    bandit = Bandit(feedback.seen.shape[1], config.width, feedback.score.shape[1], seed)
    bandit.means.copy_(torch.from_numpy(feedback.mean_flops))
    held = np.arange(len(feedback.seen)) % _HELD == 0
    ours, theirs = (_tensors(feedback, rows) for rows in (~held, held))
    optimiser = torch.optim.AdamW(bandit.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    best, kept, passes = float("inf"), bandit.state_dict(), 0
    for epoch in range(config.epochs + 1):
        with torch.no_grad():
            missed = float(_loss(bandit, *theirs))
        if missed < best:
            best, passes = missed, epoch
            kept = {name: value.clone() for name, value in bandit.state_dict().items()}
        optimiser.zero_grad()
        loss: Any = _loss(bandit, *ours)
        loss.backward()
        optimiser.step()
    bandit.load_state_dict(kept)
    return bandit, passes


def _tensors(feedback: Feedback, rows: NDArray[np.bool_]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Features, scores, relative costs and what of them is known, of some rows."""
    means = feedback.mean_flops
    relative = np.where(feedback.played, feedback.flops, 0.0) / np.where(means > 0, means, 1.0)
    score = np.where(feedback.played, feedback.score, 0.0)
    found = (feedback.seen, score, relative, feedback.played)
    seen, right, cost, known = (torch.from_numpy(each[rows].astype(np.float32)) for each in found)
    return seen, right, cost, known


def _loss(bandit: Bandit, seen: Tensor, score: Tensor, cost: Tensor, known: Tensor) -> Tensor:
    """Cross-entropy of right answers in nats, and squared error of relative costs, a known pair."""
    logits, costs = bandit(seen)
    wrong = functional.binary_cross_entropy_with_logits(logits, score, reduction="none")
    loss: Tensor = ((wrong + (costs - cost) ** 2) * known).sum() / known.sum().clamp(min=1)
    return loss
