"""Advantages: how much better a completion, or a token of it, did than was to be expected. None carries a gradient.

Shapes as in `objectives`: (B, T) is B sequences of T tokens, and `mask` is 1 where the policy chose the token.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ...tasks.errors import UnknownName
from .masks import keep

Baseline = Literal["mean", "leave_one_out", "none"]


def group_advantages(
    rewards: Tensor, group: int, scale: bool = False, epsilon: float = 1e-4, *, baseline: Baseline = "mean"
) -> Tensor:
    r"""Reward less what its group says was to be expected, over the group's standard deviation if `scale`.

    - "mean": the mean of the group's $G$ rewards. With `scale` as in GRPO (Shao et al. 2024, arXiv:2402.03300, section
      4.1.2), without as in Dr. GRPO (Liu et al. 2025, arXiv:2503.20783), which shows that the division favours
      questions that are nearly always or never solved.
    - "leave_one_out": the mean of the $G - 1$ others, RLOO (Kool et al. 2019; Ahmadian et al. 2024, arXiv:2402.14740).
      It depends on nothing that the completion did, so the gradient is unbiased; "mean" is $(G - 1) / G$ times it.
    - "none": the reward itself, plain REINFORCE.

    Args:
        rewards: (B,), group after group.
        group: how many completions share a prompt; it divides B.
        scale: divide by the standard deviation (of a sample: n - 1) plus `epsilon`; not with "none".
        epsilon: in units of reward.
        baseline: what a reward is compared with.

    Returns:
        (B,). With a baseline exactly zero in a group of equal rewards, or of one: rounding must not pass for a
        difference.
    """
    if baseline not in get_args(Baseline):
        raise UnknownName("baseline", baseline, get_args(Baseline))
    if baseline == "none":
        if scale:
            raise ValueError('scale=True: expected a baseline to measure the deviation from; use "mean"')
        return rewards.detach().clone()
    grouped = rewards.detach().view(-1, group)
    advantage = grouped - grouped.mean(dim=1, keepdim=True)
    if baseline == "leave_one_out":
        advantage = advantage * (group / max(group - 1, 1))
    if scale:
        advantage = advantage / (grouped.std(dim=1, keepdim=True, correction=min(1, group - 1)) + epsilon)
    return torch.where(informative(rewards, group)[:, None], advantage, 0.0).flatten()


def informative(rewards: Tensor, group: int) -> Tensor:
    """(B / group,) bool: False for a group whose rewards are all equal, which has nothing to teach."""
    grouped = rewards.view(-1, group)
    return grouped.amax(dim=1) > grouped.amin(dim=1)


def to_go(values: Tensor, mask: Tensor) -> Tensor:
    r"""What each token and those behind it add up to: (B, T), $\sum_{s \ge t} m_s x_s$, 0 off the mask.

    With $x_s = \log \pi(y_s) - \log \pi_\mathrm{ref}(y_s)$, taken from the advantage of a token, the policy gradient is
    that of minus $KL(\pi \| \pi_\mathrm{ref})$ over whole sequences: a token also answers for where it leads.

    Args:
        values: (B, T).
        mask: (B, T).
    """
    return keep(keep(values.detach(), mask).flip(1).cumsum(dim=1).flip(1), mask)


def gae(
    rewards: Tensor, values: Tensor, mask: Tensor, gamma: float, lam: float, bootstrap: Tensor
) -> tuple[Tensor, Tensor]:
    r"""Generalised advantage estimation, a token of the policy a step.

    $A_t = \sum_k (\gamma \lambda)^k \delta_{t+k}$ with $\delta_t = r_t + \gamma V(s_{t+1}) - V(s_t)$ (Schulman et al.
    2016, arXiv:1506.02438, equation 16). Tokens off the mask, such as what an environment said between two turns, are
    no steps: what follows a token is the next token of the policy in its row, however far away. With `values` 0 and
    `lam` 1 the advantage is the discounted return to go.

    Args:
        rewards: (B, T) earned by each token; what a turn earns belongs on the last token that the policy chose in it.
        values: (B, T) estimates of what is still to come before each token, in units of reward.
        mask: (B, T).
        gamma: discount a token.
        lam: 0 trusts the values, 1 the rewards.
        bootstrap: (B,) value of what follows the last token: 0 where the episode ended, the estimate of the state after
            it where it was cut short (Pardo et al. 2018, arXiv:1712.00378).

    Returns:
        Advantages and returns, $A_t + V(s_t)$, which the values are to learn: both (B, T), 0 off the mask.
    """
    # Each row's own tokens close ranks on the left, so that a step is one place.
    chosen, order = mask.bool().sort(dim=1, descending=True, stable=True)
    earned = keep(rewards.detach().gather(1, order), chosen)
    before = keep(values.detach().gather(1, order), chosen)
    last = (chosen.sum(dim=1, keepdim=True) - 1).clamp(min=0)
    after = torch.cat([before[:, 1:], torch.zeros_like(before[:, :1])], dim=1)
    after = after.scatter(1, last, bootstrap.detach()[:, None].to(before.dtype))
    delta = keep(earned + gamma * after - before, chosen)
    advantages = torch.zeros_like(delta)
    running = torch.zeros_like(delta[:, 0])
    for step in reversed(range(int(chosen.sum(dim=1).max()))):
        running = delta[:, step] + gamma * lam * running
        advantages[:, step] = running
    places = order.argsort(dim=1)
    return advantages.gather(1, places), (advantages + before).gather(1, places)


def episode_gae(
    rewards: Tensor, values: Tensor, mask: Tensor, episode: Tensor, gamma: float, lam: float, bootstrap: Tensor
) -> tuple[Tensor, Tensor]:
    """`gae` over episodes of several rows each, such as a player leaves that forgets what it has read.

    What follows the last token of a row is the first token of the policy in the next row of the same episode.

    Args:
        rewards: (B, T), as in `gae`.
        values: (B, T).
        mask: (B, T).
        episode: (B,) int64, the episode of each row, ascending; rows of an episode in the order of its turns.
        gamma: discount a token.
        lam: as in `gae`.
        bootstrap: (E,) value of what follows the last token of each episode.

    Returns:
        Advantages and returns, both (B, T), 0 off the mask.
    """
    chosen = mask.bool()
    counts = torch.zeros(len(bootstrap), dtype=torch.int64).index_add(0, episode, chosen.sum(dim=1))
    steps = torch.arange(int(counts.max()))[None] < counts[:, None]  # (E, S)

    def joined(numbers: Tensor) -> Tensor:
        """(E, S): what the rows of an episode hold on the mask, one behind the other."""
        return pad_sequence(list(torch.split(numbers.detach()[chosen], counts.tolist())), batch_first=True)

    advantages, returns = gae(joined(rewards), joined(values), steps, gamma, lam, bootstrap)
    apart = torch.zeros_like(values.detach())
    return apart.masked_scatter(chosen, advantages[steps]), apart.masked_scatter(chosen, returns[steps])


def whiten(advantages: Tensor, mask: Tensor, epsilon: float = 1e-8) -> Tensor:
    """Advantages with mean 0 and standard deviation 1 (of a sample: n - 1) over the mask: (B, T), 0 off it.

    Usual before PPO (Huang et al. 2022, "The 37 implementation details of proximal policy optimization", detail 7). For
    a whole batch, before it is cut to pieces. All zero where all are equal: rounding must not pass for a difference.

    Args:
        advantages: (B, T).
        mask: (B, T).
        epsilon: added to the standard deviation, in units of the advantage.
    """
    chosen = advantages.detach()[mask.bool()]
    if not len(chosen) or chosen.amax() == chosen.amin():
        return torch.zeros_like(advantages)
    return keep((advantages.detach() - chosen.mean()) / (chosen.std() + epsilon), mask)
