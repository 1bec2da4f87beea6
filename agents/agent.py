"""The contract of everything that plays: observations in, actions out, always a batch, and a bill.

Random, oracle, specialist, language model and hybrid differ in nothing else as far as the arena can see.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

View = Literal["text", "array"]
_ADDED = (
    *("parameters", "train_flops", "train_env_steps", "train_episodes", "train_tokens"),
    *("train_cpu_seconds", "train_gpu_seconds"),
)

_TOKENS = ("decision_flops", "read_flops", "attention_flops")


@dataclass(frozen=True)
class Cost:
    """What an agent cost to make and costs to use. `None` means not measured, never zero."""

    parameters: int = 0
    train_flops: float = 0.0
    train_env_steps: int = 0
    """environment steps taken in training: the samples of a specialist"""
    train_episodes: int = 0
    """episodes (for an LLM: completions) that training rewarded: the samples that compare across views"""
    train_tokens: int = 0
    train_cpu_seconds: float = 0.0
    train_gpu_seconds: float = 0.0
    inherited_flops: float | Literal["unknown"] = 0.0
    """compute that others spent before our training began (pre-training, teachers)"""
    decision_flops: float = 0.0
    """FLOPs per action (array) or per generated token (text), without what it looks at"""
    read_flops: float = 0.0
    """FLOPs per token that is read and not predicted from, without what it looks at"""
    attention_flops: float = 0.0
    """FLOPs per token for each that it looks at, itself among them"""
    action_flops: float = 0.0
    """FLOPs per action beside those of its tokens, for agents that write but do not only write"""
    energy_joules: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers for a JSON line."""
        return asdict(self)

    def written_by(self, writer: Cost) -> Cost:
        """The same, with what tokens cost their writer."""
        return replace(self, **{name: getattr(writer, name) for name in _TOKENS})


def together(bills: Sequence[Cost]) -> Cost:
    """The bill for making all of them: parameters and training added up, inherited compute unknown if one's is.

    What using them costs is not in it, for they need not be used equally often.
    """
    known = [bill.inherited_flops for bill in bills if bill.inherited_flops != "unknown"]
    return Cost(
        **{name: sum(getattr(bill, name) for bill in bills) for name in _ADDED},
        inherited_flops=sum(known) if len(known) == len(bills) else "unknown",
    )


def count_repeats(seeds: Sequence[int], before: Counter[int] | None = None) -> list[int]:
    """How often each seed has occurred before.

    Args:
        seeds: in order.
        before: how often they had occurred already; it is brought up to date.

    >>> count_repeats([7, 7, 5, 7])
    [0, 1, 0, 2]
    """
    seen = Counter() if before is None else before
    repeats = []
    for seed in seeds:
        repeats.append(seen[seed])
        seen[seed] += 1
    return repeats


class Agent(ABC):
    """Anything that acts. Prompt, memory, votes and tools belong in here, not in an environment."""

    name: str
    view: ClassVar[View]
    deterministic: bool = False
    """whether it plays an episode the same way each time, so that once is enough"""

    on_gpu: bool = False
    """whether it computes on an accelerator, so that the time it acts is the accelerator's too"""

    def reset(  # noqa: B027 - most agents have nothing to begin
        self, seeds: Sequence[int], repeats: Sequence[int] = ()
    ) -> None:
        """Begin one episode a row; whatever the agent draws at random derives from these.

        Args:
            seeds: of the rows' episodes.
            repeats: how many earlier episodes of this evaluation had a row's seed, so that a problem that is played
                again is not answered with the same random numbers; counted among `seeds` unless given.
        """

    def begin(self, rows: Sequence[int], seeds: Sequence[int], repeats: Sequence[int]) -> None:  # noqa: B027
        """Begin new episodes in some rows while the others go on. Agents that remember nothing have nothing to do.

        Args:
            rows: where the new episodes are.
            seeds: of each.
            repeats: as in `reset`.
        """

    @abstractmethod
    def act(self, observations: Any, infos: Sequence[dict[str, Any]]) -> Any:
        """One action a row, for any number of rows.

        Args:
            observations: what the vector environment returned: a tuple of strings (text) or an array (n, ...).
            infos: one info a row.

        Returns:
            What the vector environment's `step` takes: a tuple of n strings, or an array (n,).
        """

    def trace(self) -> Sequence[Any]:
        """What stood behind each action of the last `act`, one record a row; empty if there is nothing to tell."""
        return ()

    def spelled(self, record: Any) -> Sequence[str]:
        """The texts of the tokens behind an action, in order.

        Args:
            record: what `trace` gave for it.

        Returns:
            Texts that together are the action, with or without a stop string at the end; none if that cannot be told.
        """
        return ()

    def resigned(self) -> Sequence[str]:
        """Why a row could not go on in the last `act`, empty where it could; no list at all if all could.

        The episode of such a row ends there, truncated, and its action counts for nothing.
        """
        return ()

    def cost(self) -> Cost:
        """The bill so far."""
        return Cost()

    def save(self, path: Path) -> None:  # noqa: B027 - baselines have nothing to write
        """Write a checkpoint folder. Agents without parameters have nothing to write."""

    @classmethod
    def load(cls, path: Path, **options: Any) -> Agent:
        """Read a checkpoint folder back. Raises BadCheckpoint."""
        return cls(**options)
