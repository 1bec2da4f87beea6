"""How a specialist is trained: the settings of SB3's PPO and ours around it. No torch here."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from math import inf, isfinite
from typing import Any, Literal

from ...tasks.errors import BadConfig, UnknownName
from ...tasks.registry import task_of

Algorithm = Literal["ppo", "maskable_ppo"]
Network = Literal["auto", "mlp", "board", "game"]


@dataclass(frozen=True)
class SpecialistConfig:
    """PPO on the array view.

    The defaults are for arithmetic on counting columns: an agent trained on sums and differences of at most three
    digits is exact on fifty.
    """

    env_id: str = "Reason-Arithmetic-v0"
    """environment to train in, in its array view"""
    level: int | str = 2
    """level to train on: a number of the task's table, or a specification such as "operators=+-,digits=1-3" """
    curriculum: tuple[tuple[str, float], ...] = ()
    """levels to train on one after the other instead, each with its share of the steps; `level` is then only judged"""
    scratchpad: str | None = None
    """arithmetic: how the array view works, "columns" (its default) counts, "digits" writes digits"""
    algorithm: Algorithm | None = None
    """ppo, or maskable_ppo, which draws only from the actions that `info["action_mask"]` allows; unless told the latter
    where the array view has masks"""
    total_timesteps: int = 2_000_000
    """environment steps"""
    num_envs: int = 256
    """environments side by side"""
    n_steps: int = 32
    """steps of each environment between two updates"""
    batch_size: int = 512
    """samples of a gradient step"""
    n_epochs: int = 6
    """passes over the samples of an update"""
    learning_rate: float = 1.5e-3
    """Adam's, falling linearly with the steps left"""
    final_learning_rate: float = 5e-5
    """where it stops falling"""
    gamma: float = 0.95
    """discount"""
    gae_lambda: float = 0.95
    """decay of generalised advantage estimation"""
    ent_coef: float = 0.1
    """weight of the entropy bonus, falling linearly with the steps left"""
    final_ent_coef: float = 0.01
    """where it stops falling"""
    clip_range: float = 0.2
    """half-width of the trust region on the probability ratio"""
    net_arch: tuple[int, ...] = (512,)
    """widths of the hidden layers of actor and critic, ReLU; `board` has one trunk for both"""
    network: Network = "auto"
    """mlp: the observation is a list of numbers and every action gets a logit; board, for chess: squares and what is
    attacked are known, and only legal moves get logits; game, for Pokémon: places, words on the screen and creatures
    are looked up in tables that are learnt; auto: board or game wherever it can be"""
    deterministic: bool = True
    """whether the trained agent takes the likeliest action; else it draws one, by the episode's seed"""
    swarm: float = 0.0
    """Pokémon: share of the training episodes that begin at snapshots of where earlier ones got to; the others at the
    title"""
    scout: int = 0
    """Pokémon: with a swarm, presses at random from one of those snapshots on after each episode, whose finds are
    snapshots too; 0: nobody goes"""
    novelty: float = 0.0
    """Pokémon: with a swarm, reward for coming to one of its places, over the root of how often anybody came there"""
    stuck_is_over: bool = False
    """Pokémon: what might have followed when the level's `patience` ran out is worth nothing, as after an end; if not,
    it is worth what the critic thinks, and so is going round in circles"""
    workers: int = 0
    """Pokémon: processes that the training environments are spread over; 0: they are in that of the training"""
    reward_weights: dict[str, float] = field(default_factory=dict)
    """Pokémon: what one of a measure is worth in training, where it is not what it is worth by default"""
    self_play: int = 0
    """chess: who is named "self" among the opponents of a level is a copy of the agent in training, made anew after so
    many updates; 0: there is nobody of that name"""
    evaluate_every: int = 12
    """updates between two evaluations on the validation split; 0: none"""
    evaluate_episodes: int = 100
    """episodes of each"""
    checkpoint_every: int = 25
    """updates between two checkpoints"""

    def __post_init__(self) -> None:
        for name in ("total_timesteps", "num_envs", "n_steps", "n_epochs", "checkpoint_every"):
            self._check(name, 1)
        self._check("batch_size", 2)  # advantages are normalised within it
        self._check("evaluate_every", 0)
        self._check("self_play", 0)
        self._check("workers", 0)
        self._check("scout", 0)
        self._check("evaluate_episodes", 1 if self.evaluate_every else 0)
        if self.num_envs * self.n_steps < 2:
            raise BadConfig(f"num_envs * n_steps: expected 2 or more, got {self.num_envs * self.n_steps}")
        for name in ("learning_rate", "final_learning_rate", "ent_coef", "final_ent_coef", "clip_range", "novelty"):
            self._check(name, 0)
        for name in ("gamma", "gae_lambda", "swarm"):
            self._check(name, 0, 1)
        if not self.net_arch:
            raise BadConfig("net_arch: expected at least one width, got none")
        if min(self.net_arch) < 1:
            raise BadConfig(f"net_arch: expected widths of 1 or more, got {list(self.net_arch)}")
        self._check_game()
        if self.curriculum and not all(share > 0 for _, share in self.curriculum):
            raise BadConfig(f"curriculum: expected a share above 0 for each level, got {list(self.curriculum)}")
        if self.curriculum and abs(sum(share for _, share in self.curriculum) - 1) > 1e-6:
            raise BadConfig(
                f"curriculum: expected shares that add up to 1, got {sum(share for _, share in self.curriculum):g}"
            )

    def _check(self, name: str, low: int, high: float = inf) -> None:
        """Raise BadConfig unless a number is finite and within its bounds."""
        value = getattr(self, name)
        if not (isfinite(value) and low <= value <= high):
            bounds = f"a number from {low} to {high:g}" if isfinite(high) else f"{low} or more"
            raise BadConfig(f"{name}: expected {bounds}, got {value}")

    def _check_game(self) -> None:
        """Raise BadConfig, or UnknownName, for settings of games elsewhere, and for weights of what is not measured."""
        from ...tasks.pokemon.rewards import RewardConfig

        for name in ("swarm", "scout", "novelty", "stuck_is_over", "workers", "reward_weights"):
            if (told := getattr(self, name)) and task_of(self.env_id) != "pokemon":
                raise BadConfig(f"{name}: expected none, which is for Reason-Pokemon-v0 alone, got {told}")
        for name in ("scout", "novelty"):
            if (told := getattr(self, name)) and not self.swarm:
                raise BadConfig(f"{name}: expected 0 without a swarm, got {told}")
        known = [each.name for each in fields(RewardConfig)]
        for name, weight in self.reward_weights.items():
            if name not in known:
                raise UnknownName("measure in reward_weights", name, known)
            if not isfinite(weight):
                raise BadConfig(f"reward_weights.{name}: expected a number, got {weight}")

    @property
    def reward(self) -> Any:
        """The reward of the environments that are trained in."""
        if not self.reward_weights:
            return "shaped"
        from ...tasks.pokemon.rewards import RewardConfig

        return RewardConfig(**self.reward_weights)

    @property
    def place(self) -> dict[str, Any]:
        """The options of the array view."""
        return {} if self.scratchpad is None else {"scratchpad": self.scratchpad}

    @property
    def updates(self) -> int:
        """How many times PPO collects and learns."""
        return -(-self.total_timesteps // (self.num_envs * self.n_steps))

    def level_at(self, update: int) -> int | str:
        """The level that an update, counted from 0, trains on.

        >>> SpecialistConfig(curriculum=(("a", 0.25), ("b", 0.75)), total_timesteps=4 * 8192).level_at(1)
        'b'
        """
        done, part = 0.0, update / self.updates
        for level, share in self.curriculum:
            done += share
            if part < done - 1e-9:
                return level
        return self.curriculum[-1][0] if self.curriculum else self.level

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a manifest: all but over how many processes the work is spread, which changes nothing."""
        return {name: value for name, value in asdict(self).items() if name != "workers"}
