"""Preferences: learning from pairs of completions of which one was preferred."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import logsigmoid


def dpo_margin(
    chosen: Tensor, rejected: Tensor, chosen_reference: Tensor, rejected_reference: Tensor, beta: float
) -> Tensor:
    r"""By how much the policy's implicit reward prefers the chosen completion: (B,), with gradient.

    The implicit reward is $\beta (\log \pi(y) - \log \pi_\mathrm{ref}(y))$ (Rafailov et al. 2023, arXiv:2305.18290,
    section 5). Where the margin is above 0 the policy ranks the pair as its judge did. Arguments as in `dpo`.
    """
    return beta * ((chosen - chosen_reference.detach()) - (rejected - rejected_reference.detach()))


def dpo(
    chosen: Tensor,
    rejected: Tensor,
    chosen_reference: Tensor,
    rejected_reference: Tensor,
    *,
    beta: float,
    label_smoothing: float = 0.0,
    total: float | None = None,
) -> Tensor:
    r"""Direct preference optimisation: the policy as its own reward model, the mean over pairs.

    $-(1 - \epsilon) \log \sigma(\Delta) - \epsilon \log \sigma(-\Delta)$ with $\Delta$ of `dpo_margin`: without
    smoothing Rafailov et al. 2023 (arXiv:2305.18290), equation 7, with it the conservative loss of Mitchell 2023, "A
    note on DPO with noisy preferences & relationship to IPO". TRL has the latter under `loss_type="aot"`, for one pair
    at a time; its "sigmoid" ignores `label_smoothing`, and its "robust" is the debiased loss of Chowdhury et al. 2024
    (arXiv:2403.00409).

    Args:
        chosen: (B,) log-probability of the preferred completion, *summed* over its tokens (`sequence_logprobs`), with
            gradient.
        rejected: (B,) of the other one.
        chosen_reference: (B,) of the preferred one under the reference policy. Carries no gradient.
        rejected_reference: (B,) of the other one.
        beta: how dear it is to leave the reference; 0.1 is usual.
        label_smoothing: share of the pairs that are taken to be labelled the wrong way round, below 1/2.
        total: pairs in the whole batch, if this is a piece of one.
    """
    if not 0 <= label_smoothing < 0.5:
        raise ValueError(f"label_smoothing={label_smoothing}: expected at least 0 and less than 0.5")
    margin = dpo_margin(chosen, rejected, chosen_reference, rejected_reference, beta)
    loss = -(1 - label_smoothing) * logsigmoid(margin)
    if label_smoothing:
        loss = loss - label_smoothing * logsigmoid(-margin)
    return loss.sum() / (len(chosen) if total is None else total)


def reward_model(
    chosen: Tensor,
    rejected: Tensor,
    *,
    margin: Tensor | None = None,
    centre: float = 0.0,
    total: float | None = None,
) -> Tensor:
    r"""Bradley-Terry: the rewards of a pair differ as the log-odds of preferring one; the mean over pairs.

    $-\log \sigma(r_w - r_l - m) + c\, (r_w + r_l)^2$: Ouyang et al. 2022 (arXiv:2203.02155), equation 1, with the
    margin of Touvron et al. 2023 (arXiv:2307.09288), equation 2, and the centring of Eisenstein et al. 2023
    (arXiv:2312.09244), since pairs alone leave a constant free.

    Args:
        chosen: (B,) reward of the preferred completion, read at its last token, with gradient.
        rejected: (B,) of the other one.
        margin: (B,) how far apart they should be at least, in units of reward. Carries no gradient.
        centre: c; 0.01 is usual where it is used.
        total: pairs in the whole batch, if this is a piece of one.
    """
    gap = chosen - rejected
    loss = -logsigmoid(gap if margin is None else gap - margin.detach())
    if centre:
        loss = loss + centre * (chosen + rejected).square()
    return loss.sum() / (len(chosen) if total is None else total)
