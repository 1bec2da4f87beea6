"""Training of a router: its parts play training problems, and what came of them is learnt.

What a part has played is kept as soon as it is done with all problems, so a run that was killed goes on with the next
part. Learning takes a second and is done over whole; the router appears complete or not at all.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..agent import Agent, Cost
from ..learning import checkpoint
from ..learning.progress import Progress
from ..learning.rollout import rollout, sound
from ..learning.streams import check_seed, derive, derive_many
from ..learning.usage import used
from ..registry import BATCH, ROUTER, Place, seat
from .agent import RouterAgent
from .bandit import Feedback, fit
from .config import RouterConfig
from .features import features
from .parts import Part, check_parts
from .routing import questions

FINAL, METRICS = "final", "metrics.jsonl"
Report = Callable[[Mapping[str, Any]], None]


@dataclass
class _Plays:
    """What came of the problems that one part played."""

    correct: list[bool]
    flops: list[float]
    failed: list[bool]
    steps: int
    """of environments, in the array view"""
    tokens: int
    cpu_seconds: float


def train_router(
    config: RouterConfig, parts: Sequence[Part], folder: Path, seed: int, report: Report | None = None
) -> Path:
    """Train a router, or go on with it, or return at once if it is done.

    Args:
        config: the recipe.
        parts: the agents to choose from.
        folder: of the run; gets `final/`, and `part-<number>.json` of what each part played.
        seed: of the training problems, of first weights, and of the parts that draw at random.
        report: gets how many hundredths of the episodes are played, instead of a progress bar.

    Returns:
        The checkpoint folder.

    Raises:
        BadCheckpoint: `folder` holds a run of another configuration, seed or other parts; or a part cannot be used, or
            was trained in another environment.
        BadConfig: fewer than two parts, or one that cannot play there.
        StorageError: the disk refused.
    """
    from ..specialist.trainer import single_thread

    check_seed(seed)
    check_parts(parts)
    final = folder / FINAL
    identity = {"config": config.as_dict(), "seed": seed, "parts": [part.identity() for part in parts]}
    if checkpoint.exists(final):
        checkpoint.require(checkpoint.load_manifest(final), final, kind=ROUTER, **identity)
        return final
    folder.mkdir(parents=True, exist_ok=True)
    with single_thread():
        place = Place(config.env_id, "train", config.level)
        agents = [part.made(place, seed) for part in parts]
        shares = _shares(config, len(parts), seed)
        if report is not None:
            plays = _all_plays(config, parts, agents, shares, folder, identity, report)
        else:
            with Progress("router", config.updates, unit="%") as bar:
                plays = _all_plays(
                    config, parts, agents, shares, folder, identity, lambda row: bar.advance(row["update"] - bar.done)
                )
        router = _learnt(config, parts, agents, shares, plays, seed)
        bill = router.cost()
        row = {"update": config.updates, "stage": ROUTER, "samples": bill.train_episodes}
        row |= {"cpu_seconds": bill.train_cpu_seconds, "train_flops": bill.train_flops}
        (folder / METRICS).write_text(json.dumps(row) + "\n", encoding="utf-8")
        router.save(final, identity)
    return final


def _problems(config: RouterConfig, seed: int) -> list[int]:
    """The training problems, in random order."""
    return derive_many(config.problems, seed, "router")


def _shares(config: RouterConfig, parts: int, seed: int) -> list[list[int]]:
    """The places of the problems that each part plays."""
    if config.feedback == "all":
        return [list(range(config.problems))] * parts
    drawn = [derive(seed, "part", place) % parts for place in range(config.problems)]
    return [[place for place, part in enumerate(drawn) if part == number] for number in range(parts)]


def _all_plays(
    config: RouterConfig,
    parts: Sequence[Part],
    agents: Sequence[Agent],
    shares: Sequence[Sequence[int]],
    folder: Path,
    identity: Mapping[str, Any],
    report: Report,
) -> list[_Plays]:
    """What every part played; what is on the disk is not played again."""
    seeds, total, done = _problems(config, int(identity["seed"])), sum(map(len, shares)), 0
    found = []
    for number, (part, agent, share) in enumerate(zip(parts, agents, shares, strict=True)):
        kept, mark = folder / f"part-{number}.json", checkpoint.config_hash([identity, number])
        plays = _read(kept, mark)
        if plays is None:
            before = done

            def tell(played: int, before: int = before) -> None:
                report({"update": int(100 * (before + played) / max(total, 1))})

            place = seat(agent, Place(config.env_id, "train", config.level), part.weights)
            plays = _play(agent, place, [seeds[row] for row in share], tell)
            checkpoint.write_json(kept, {"of": mark, **asdict(plays)})
        done += len(share)
        report({"update": int(100 * done / max(total, 1))})
        found.append(plays)
    return found


def _read(kept: Path, mark: str) -> _Plays | None:
    """What a part has played, if it was for this run."""
    try:
        told = json.loads(kept.read_text(encoding="utf-8"))
        return _Plays(**told) if told.pop("of") == mark else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _play(agent: Agent, place: Place, seeds: Sequence[int], tell: Callable[[int], None]) -> _Plays:
    """A part on its problems, a batch at a time."""
    plays, begun = _Plays([], [], [], 0, 0, 0.0), time.process_time()
    if not seeds:
        return plays
    env = place.many(agent.view, len(seeds))
    for first in range(0, len(seeds), BATCH):
        episodes = rollout(env, agent, seeds[first : first + BATCH])
        sound(episodes)
        for episode in episodes:
            tokens, flops = used(agent, episode)
            plays.correct.append(episode.correct)
            plays.flops.append(flops)
            plays.failed.append(bool(episode.failed))
            plays.steps += episode.env_steps
            plays.tokens += tokens or 0
        tell(len(plays.correct))
    env.close()
    plays.cpu_seconds = time.process_time() - begun
    return plays


def _learnt(
    config: RouterConfig,
    parts: Sequence[Part],
    agents: Sequence[Agent],
    shares: Sequence[Sequence[int]],
    plays: Sequence[_Plays],
    seed: int,
) -> RouterAgent:
    """The router that comes of what was played, with its bill."""
    begun = time.process_time()
    env = Place(config.env_id, "train", config.level).many("text", config.problems)
    seen = features(questions(env, _problems(config, seed)), config.buckets)
    env.close()
    shape = (config.problems, len(parts))
    score, flops, played = np.zeros(shape), np.zeros(shape), np.zeros(shape, np.bool_)
    for number, (share, came) in enumerate(zip(shares, plays, strict=True)):
        rows = np.array(share, np.int64)
        score[rows, number], flops[rows, number] = came.correct, came.flops
        played[rows, number] = ~np.array(came.failed, np.bool_)
    bandit, _ = fit(Feedback(seen, score, flops, played), config, derive(seed, ROUTER))
    bill = Cost(
        train_flops=float(flops.sum()) + 3 * bandit.flops * config.problems * config.epochs,
        train_env_steps=sum(came.steps for came in plays),
        train_episodes=sum(map(len, shares)),
        train_tokens=sum(came.tokens for came in plays),
        train_cpu_seconds=sum(came.cpu_seconds for came in plays) + time.process_time() - begun,
    )
    return RouterAgent(bandit, config, parts, agents, bill)
