r"""Group-relative policy optimisation, the variants of it that have names, and what counts its clipping.

A token's gain is $g_{it} = w_{it} S_{it} - \beta D_{it}$, and the loss is minus the sum of the gains over the mask,
divided as `normalisation` says. $A$ is the advantage, $\rho$ the ratio of `importance_ratio`, at either level.

`surrogate`, $S$:

- "clip": $\min(\rho A, \mathrm{clip}(\rho, 1 - \epsilon_\mathrm{low}, 1 + \epsilon_\mathrm{high}) A)$, PPO's.
- "cispo": $\mathrm{sg}(\min(\rho, 1 + \epsilon_\mathrm{high}))\, A \log \pi$ (MiniMax-M1, 2025, arXiv:2506.13585,
  equations 4 and 5, which have a lower bound too but set none). Clipping bounds the weight of a token and takes none of
  their gradients. TRL's `epsilon_high` is this bound itself: 1 + `clip_high`.

`normalisation`, with $T_i$ tokens in row $i$ of $B$:

- "sequence": $\frac{1}{B} \sum_i \frac{1}{T_i} \sum_t g_{it}$ (GRPO); a long wrong answer costs no more than a short
  one.
- "token": $\frac{1}{\sum_i T_i} \sum_{i,t} g_{it}$ (DAPO).
- "constant": $\frac{1}{B\,C} \sum_{i,t} g_{it}$ with $C$ the longest completion allowed (Dr. GRPO).

$D$ is `kl`, one of `divergence`, which says what its gradient does: the papers' `k3` as it stands has that of the other
direction, $\rho\, k_3$ (`kl_weighted`) the right one. The latter is TRL's default since 2026. At "sequence" level TRL's
factor is $s_i$ with the gradient of the whole row in each place, here of the place's token; values are the same.

$w$ is `correction`, of the surrogate alone, as in TRL.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

from torch import Tensor

from ....tasks.errors import UnknownName
from ..masks import keep, masked_mean
from .divergence import k1, k2, k3
from .surrogate import Importance, Normalisation, clipped_surrogate, importance_ratio, normalise, per_token

Surrogate = Literal["clip", "cispo"]
Kl = Literal["k1", "k2", "k3"]

_PLAIN: dict[str, Any] = {
    "scale": True,
    "clip_low": 0.2,
    "clip_high": 0.2,
    "importance": "token",
    "surrogate": "clip",
    "beta": 0.0,
    "kl": "k3",
    "normalisation": "token",
}
VARIANTS: dict[str, dict[str, Any]] = {
    # Shao et al. 2024, arXiv:2402.03300, equation 3 and section 4.2; it names no clip, so this is PPO's.
    "grpo": {**_PLAIN, "beta": 0.04, "normalisation": "sequence"},
    # Liu et al. 2025, arXiv:2503.20783, section 3.2.
    "dr_grpo": {**_PLAIN, "scale": False, "normalisation": "constant"},
    # Yu et al. 2025, arXiv:2503.14476, equation 8 and section 4.1.
    "dapo": {**_PLAIN, "clip_high": 0.28},
    # Zheng et al. 2025, arXiv:2507.18071, equations 5 and 7 and section 5.1.
    "gspo": {**_PLAIN, "clip_low": 3e-4, "clip_high": 4e-4, "importance": "sequence", "normalisation": "sequence"},
    # MiniMax-M1, equations 4 and 5. It does not tell its bound; 5 is that of Khatri et al. 2025, arXiv:2510.13786.
    "cispo": {**_PLAIN, "clip_high": 4.0, "surrogate": "cispo"},
}
"""name: the keyword arguments of `grpo` with its paper's constants, and `scale`, which `group_advantages` takes

"dr_grpo" wants `constant` too, the longest completion allowed, and "grpo" `reference`: they belong to the run.
"""


def grpo(
    logprobs: Tensor,
    behaviour: Tensor,
    advantage: Tensor,
    mask: Tensor,
    *,
    clip_low: float = 0.2,
    clip_high: float = 0.2,
    dual_clip: float | None = None,
    importance: Importance = "token",
    surrogate: Surrogate = "clip",
    beta: float = 0.0,
    kl: Kl = "k3",
    kl_weighted: bool = False,
    reference: Tensor | None = None,
    correction: Tensor | None = None,
    normalisation: Normalisation = "token",
    constant: float = 1.0,
    total: float | None = None,
) -> Tensor:
    """Group-relative policy optimisation: PPO's surrogate with an advantage that needs no critic. See the module.

    Args:
        logprobs: (B, T) of the sampled tokens now, with gradient, at the temperature they were sampled with.
        behaviour: (B, T) of the same tokens when they were sampled. Carries no gradient.
        advantage: (B,), constant over a completion, from `group_advantages`; or (B, T). Carries no gradient.
        mask: (B, T).
        clip_low: how far the ratio may fall below 1 and still be rewarded; unused by "cispo".
        clip_high: how far it may rise above 1.
        dual_clip: bound on the ratio of a token with a negative advantage; unused by "cispo".
        importance: what a ratio belongs to.
        surrogate: what the clip bounds.
        beta: weight of the KL penalty; 0 needs no reference.
        kl: its estimate.
        kl_weighted: multiply the estimate by the ratio, with its gradient.
        reference: (B, T) log-probabilities under the reference policy. Carries no gradient.
        correction: (B, T) weights of the tokens, from `truncated_importance`. Carries no gradient.
        normalisation: what the sum is divided by.
        constant: C, for "constant".
        total: for a piece of a batch, the whole batch's number of tokens ("token") or of sequences (the others).
    """
    ratio, advantage = importance_ratio(logprobs, behaviour, mask, importance), per_token(advantage, mask)
    if surrogate == "clip":
        gain = clipped_surrogate(ratio, advantage, clip_low, clip_high, dual_clip)
    elif surrogate == "cispo":
        gain = ratio.detach().clamp(max=1 + clip_high) * advantage * keep(logprobs, mask)
    else:
        raise UnknownName("surrogate", surrogate, get_args(Surrogate))
    if correction is not None:
        gain = gain * correction.detach()
    if beta:
        if reference is None:
            raise ValueError(f"beta={beta} weighs a divergence from a reference policy: give its log-probabilities")
        penalty = _estimate(kl)(logprobs, reference, mask)
        gain = gain - beta * (ratio * penalty if kl_weighted else penalty)
    return -normalise(gain, mask, normalisation, constant, total)


def _estimate(kl: Kl) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    estimates = {"k1": k1, "k2": k2, "k3": k3}
    if kl not in estimates:
        raise UnknownName("KL estimate", kl, estimates)
    return estimates[kl]


def clipped_fraction(
    logprobs: Tensor,
    behaviour: Tensor,
    advantage: Tensor,
    mask: Tensor,
    clip_low: float,
    clip_high: float,
    *,
    dual_clip: float | None = None,
    importance: Importance = "token",
    surrogate: Surrogate = "clip",
) -> Tensor:
    """Share of the chosen tokens that the clip of `grpo` acts on: a number in [0, 1]. Arguments as in `grpo`.

    With "clip" these are the tokens whose gradient it removes, with "cispo" those whose weight it cuts, of either sign
    of the advantage (TRL counts the positive ones). At "sequence" level a clipped row counts with all its tokens (TRL
    counts rows).
    """
    ratio = importance_ratio(logprobs.detach(), behaviour, mask, importance)
    gain = per_token(advantage, mask)
    high, low = ratio > 1 + clip_high, ratio < 1 - clip_low
    if surrogate == "cispo":
        acted = high & (gain != 0)
    else:
        acted = (high & (gain > 0)) | (low & (gain < 0))
        if dual_clip is not None:
            acted = acted | ((ratio > dual_clip) & (gain < 0))
    return masked_mean(acted.to(logprobs.dtype), mask)
