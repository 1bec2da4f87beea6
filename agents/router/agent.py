"""A router behind the Agent contract: what it has learnt, its parts, and one bill for all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, NoReturn, Self

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_model, save_model

from ...tasks.errors import BadCheckpoint, BadConfig
from ..agent import Agent, Cost, View, together
from ..learning import checkpoint
from ..registry import ROUTER, Place
from .bandit import Bandit
from .config import RouterConfig, check_price
from .features import LENGTHS, features
from .parts import Part

WEIGHTS, COST = "model.safetensors", "cost.json"


class RouterAgent(Agent):
    """Reads the text of a problem, and nothing else of it, and names the part that is worth the most there.

    The part then plays the whole episode, in its own view, as if it had been asked alone (`routing.Routing`). A router
    has nothing to say between two moves, so it does not `act`.

    Args:
        bandit: what it has learnt.
        config: how.
        parts: what the agents are, in the order of the bandit's outputs.
        agents: themselves.
        bill: what its own training cost, the episodes of the parts included.
        price: of the dearest part's mean episode, in right answers; 0 asks whoever is likeliest to be right.
    """

    view: ClassVar[View] = "text"

    def __init__(
        self,
        bandit: Bandit,
        config: RouterConfig,
        parts: Sequence[Part],
        agents: Sequence[Agent],
        bill: Cost | None = None,
        price: float = 0.0,
    ) -> None:
        self.name = ROUTER
        self.bandit, self.config = bandit, config
        self.parts, self.agents = tuple(parts), tuple(agents)
        self.price = check_price(price)
        self.deterministic = all(agent.deterministic for agent in agents)
        self.on_gpu = any(agent.on_gpu for agent in agents)
        self._bill = bill or Cost()

    def choose(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Which part is to play each problem, from its first text observation; (n,)."""
        return self.bandit.choose(features(texts, self.config.buckets), self.price)

    def act(self, observations: Any, infos: Sequence[dict[str, Any]]) -> NoReturn:
        """Raises BadConfig: a router hands whole episodes on."""
        raise BadConfig("a router hands whole episodes on to its parts: play it by `agents.router.routing.Routing`")

    def cost(self) -> Cost:
        """All bills in one: parameters and training of the router and of the parts, weights that two share once.

        What a decision costs is the router's alone; what a part's actions cost is in the lines of the episodes.
        """
        bills = [replace(self._bill, parameters=self.bandit.parameters_in_all)]
        seen: set[Path] = set()
        for part, agent in zip(self.parts, self.agents, strict=True):
            if part.weights is None or part.weights not in seen:
                bills.append(agent.cost())
            seen |= {part.weights} if part.weights else set()
        return replace(together(bills), decision_flops=self.bandit.flops)

    def save(self, path: Path, identity: Mapping[str, Any] | None = None) -> None:
        """Write what was learnt, the bill, and where the parts lie, into a checkpoint folder. Raises StorageError."""

        def write(folder: Path) -> None:
            save_model(self.bandit, str(folder / WEIGHTS))
            (folder / COST).write_text(json.dumps(self._bill.as_dict()))

        parts = [part.written(path) for part in self.parts]
        manifest = {"kind": ROUTER, "env_id": self.config.env_id, "config": self.config.as_dict(), "at": parts}
        checkpoint.save(path, write, {**manifest, **(identity or {})})

    @classmethod
    def load(cls, path: Path, **options: Any) -> Self:
        """Read a checkpoint folder and those of its parts.

        Args:
            path: the folder.
            options: `place` where it will play; `price`, and `seed` of the parts that draw at random.

        Raises:
            BadCheckpoint: it, or a part of it, is missing, damaged, of another kind or of another environment, or a
                part has other weights than when the router was trained.
            BadConfig: a price that is none.
        """
        manifest = checkpoint.load_manifest(path)
        if manifest.get("kind") != ROUTER:
            raise BadCheckpoint(f"{path}: expected a checkpoint of a router, got one of {manifest.get('kind')!r}")
        place: Place = options["place"]
        with checkpoint.reading(path, checkpoint.MANIFEST):
            config = RouterConfig(**manifest["config"])
            parts = [Part.read(path, told) for told in manifest["at"]]
            identities = list(manifest["parts"])
        if config.env_id != place.env_id:
            raise BadCheckpoint(f"{path}: trained in {config.env_id}, cannot play in {place.env_id}")
        for part, then in zip(parts, identities, strict=True):
            if json.loads(json.dumps(part.identity())) != then:
                raise BadCheckpoint(f"{path}: part {part.name!r} is not the one it was trained with; train it again")
        bandit = Bandit(config.buckets + LENGTHS, config.width, len(parts))
        with checkpoint.reading(path, WEIGHTS):
            load_model(bandit, checkpoint.locate(path) / WEIGHTS)
        with checkpoint.reading(path, COST):
            bill = Cost(**json.loads((checkpoint.locate(path) / COST).read_text(encoding="utf-8")))
        agents = [part.made(place, options.get("seed", 0)) for part in parts]
        return cls(bandit, config, parts, agents, bill, options.get("price") or 0.0)
