r"""Distillation: learning from a teacher's distributions, or from its opinion of the student's own tokens.

On tokens of the teacher, `next_token` is all it takes (sequence-level distillation, Kim and Rush 2016,
arXiv:1606.07947). With the teacher's logits at hand, `token_divergence` on tokens of the teacher, of the student or of
both (Agarwal et al. 2024, arXiv:2306.13649) learns more a token. Without them, `distillation_advantage`.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import torch
from torch import Tensor

from ....tasks.errors import UnknownName
from ..masks import masked_mean

Divergence = Literal["forward", "reverse", "jsd"]


def token_divergence(
    student_logits: Tensor,
    teacher_logits: Tensor,
    kind: Divergence = "forward",
    beta: float = 0.5,
    temperature: float = 1.0,
) -> Tensor:
    r"""How far the student's next-token distribution $\pi$ is from the teacher's $q$: (...,) nats a token.

    - "forward": $KL(q \| \pi) = \sum_v q \log (q / \pi)$; the student spreads over all that the teacher may say.
    - "reverse": $KL(\pi \| q)$; the student keeps to what the teacher would say.
    - "jsd": $\beta\, KL(q \| M) + (1 - \beta)\, KL(\pi \| M)$ with $M = \beta q + (1 - \beta) \pi$ (Agarwal et al.
      2024, arXiv:2306.13649, equation 1). Over $\beta$ it tends to the forward divergence as $\beta$ falls to 0, over
      $1 - \beta$ to the reverse one as it rises to 1; TRL takes `beta` 0 and 1 for these two.

    Args:
        student_logits: (..., V), with gradient; bfloat16 is taken to float32.
        teacher_logits: (..., V) over the same vocabulary. Carries no gradient; -inf where it says nothing.
        kind: which divergence.
        beta: of "jsd", between 0 and 1; the teacher's share of the mixture.
        temperature: divides both logits. Gradients fall with its square, which is not made up for (Hinton et al. 2015,
            arXiv:1503.02531, section 2, multiply by it).
    """
    student, teacher = _distribution(student_logits, temperature), _distribution(teacher_logits.detach(), temperature)
    if kind == "forward":
        return _divergence(teacher, student)
    if kind == "reverse":
        return _divergence(student, teacher)
    if kind != "jsd":
        raise UnknownName("divergence", kind, get_args(Divergence))
    if not 0 < beta < 1:
        raise ValueError(f'beta={beta}: expected more than 0 and less than 1; the ends are "forward" and "reverse"')
    parts = torch.stack([teacher + math.log(beta), student + math.log1p(-beta)])
    # Where both rule a token out, the sum of nothing would have a gradient of nan; no divergence looks at it.
    mixture = torch.logsumexp(parts.masked_fill(parts.isneginf().all(dim=0), 0.0), dim=0)
    return beta * _divergence(teacher, mixture) + (1 - beta) * _divergence(student, mixture)


def _distribution(logits: Tensor, temperature: float) -> Tensor:
    wide = logits if logits.dtype == torch.float64 else logits.float()
    return torch.log_softmax(wide / temperature, dim=-1)


def _divergence(first: Tensor, second: Tensor) -> Tensor:
    """KL of log-probabilities (..., V): (...,). What the first rules out adds nothing."""
    gap = torch.where(first.isneginf(), 0.0, first - second)
    return (first.exp() * gap).sum(dim=-1)


def distillation(divergence: Tensor, mask: Tensor, total: float | None = None) -> Tensor:
    """Mean divergence a token.

    Args:
        divergence: (B, T) from `token_divergence`, with gradient.
        mask: (B, T).
        total: tokens in the whole batch, if this is a piece of one.
    """
    return masked_mean(divergence, mask, total)


def distillation_advantage(logprobs: Tensor, teacher_logprobs: Tensor) -> Tensor:
    r"""What a token of the student's is worth to the teacher: (B, T) nats, without gradient, for `reinforce` or `ppo`.

    $A_{it} = \log q(y_{it}) - \log \pi(y_{it})$. Policy gradient with it, on the student's own tokens, makes
    $KL(\pi \| q)$ small at every place that the student comes to, and of the teacher it needs no more than the
    log-probability of one token a place (Gu et al. 2024, arXiv:2306.08543, section 2.2; Lu 2025, "On-policy
    distillation", Thinking Machines Lab). Each token answers for itself alone; to let it answer for what follows too,
    give it to `advantages.gae` as the reward.

    Args:
        logprobs: (B, T) of the student's tokens under the student.
        teacher_logprobs: (B, T) of the same tokens under the teacher.
    """
    return (teacher_logprobs - logprobs).detach()
