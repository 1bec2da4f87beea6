"""Our environments for trainers of TRL: problems as a dataset, verdicts as a reward, whole episodes as tool calls.

All three name a problem by the seed that poses it, and ask the environment itself what an answer is worth. Nothing here
imports TRL or torch, and `datasets` only where a dataset is made. The shapes are those of TRL 1.16.
"""

from .dataset import to_dataset
from .environment import TrlEnvironment, as_trl_environment, plain_turns
from .reward import RewardFunction, as_reward_function

__all__ = [
    "RewardFunction",
    "TrlEnvironment",
    "as_reward_function",
    "as_trl_environment",
    "plain_turns",
    "to_dataset",
]
