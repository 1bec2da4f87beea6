"""Reading what a comparison left in its folder: comparison.json and four files of JSON lines.

Nothing else feeds the report. A value that is missing becomes NaN or an empty text and is left out of the sums; a line
that cannot be read is named, and costs the cell that it is missing from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...tasks.errors import BadConfig, ReasonError, StorageError, UnknownName
from ..statistics import MARGIN
from .damage import DAMAGE, sound
from .data import AgentInfo, Episode, LevelInfo, Point, Row, Run, number, short, text

_LONGEST, _ANSWER, _NOTE = 8_000, 400, 1_000
"""characters that are kept of a question, of an answer, and of a remark"""


def read_runs(folder: Path) -> tuple[Run, ...]:
    """Read a run folder: one Run for each of its environments that has an episode, in their order.

    Raises:
        BadConfig: it is not the folder of a comparison, or nothing was recorded in it.
        StorageError: a file cannot be read.
    """
    folder = Path(folder)
    comparison = read_comparison(folder)
    try:
        return _assemble(folder, comparison)
    except ReasonError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadConfig(f"{folder}: a field has another shape than `reason compare` writes ({error})") from error


def read_run(folder: Path, env_id: str | None = None) -> Run:
    """One environment of a run folder, the first if none is named.

    Raises:
        UnknownName: the comparison has no such environment.
        BadConfig, StorageError: as `read_runs`.
    """
    runs = {run.env_id: run for run in read_runs(folder)}
    if env_id is None:
        return next(iter(runs.values()))
    if env_id not in runs:
        raise UnknownName("environment of the comparison", env_id, runs)
    return runs[env_id]


def _assemble(folder: Path, comparison: dict[str, Any]) -> tuple[Run, ...]:
    torn: list[str] = []
    rows = [row for row in _lines(folder / "results.jsonl", torn) if "agent" in row]
    points = [row for row in _lines(folder / "curves.jsonl", torn) if "agent" in row]
    costs = tuple(row for row in _lines(folder / "costs.jsonl", torn) if "agent" in row)
    meters = [row for row in _lines(folder / "meters.jsonl", torn) if row.get("meter") == "latency"]
    # Before a comparison could have several, it told of its environment at the top.
    venues = comparison.get("environments") or [comparison]
    tested = [row for row in rows if row.get("split", "test") == "test"] or rows
    told = {**comparison, DAMAGE: [*(comparison.get(DAMAGE) or ()), *torn]}
    rows, comparison = sound(told, venues, tested)
    cast = _agents(comparison, rows)
    runs = []
    for venue in venues:
        env_id = text(venue.get("env_id"))
        episodes = _episodes(rows, env_id, strict=len(venues) > 1)
        if not episodes:
            continue
        agents = _concerned(comparison, cast, env_id) if len(venues) > 1 else cast
        known = {agent.name for agent in agents}
        levels = _levels(venue, episodes)
        primary = venue.get("primary") or {}
        pairs = [tuple(map(text, pair)) for pair in comparison.get("pairs") or ()]
        runs.append(
            Run(
                title=short(comparison.get("title") or comparison.get("name") or folder.name, _NOTE),
                metric=text(primary.get("metric") or "correct"),
                primary=text(primary.get("level", levels[0].level)),
                env_id=env_id,
                agents=agents,
                levels=levels,
                pairs=tuple((pair[0], pair[1]) for pair in pairs if len(pair) == 2 and known.issuperset(pair)),
                episodes=episodes,
                points=tuple(
                    _point(row) for row in points if row["agent"] in known and row.get("env_id", env_id) == env_id
                ),
                costs=costs,
                latency=tuple(row for row in meters if row.get("agent") in known and row.get("env_id") == env_id),
                comparison=comparison,
                told=venue,
                cast=cast,
                places=len(venues),
                left_out=tuple(
                    (text(each.get("name") or each.get("level")), text(each.get("why")))
                    for each in venue.get("left_out") or ()
                ),
                margin=_margin(primary),
            )
        )
    if not runs:
        why = next(iter([*comparison[DAMAGE], *(row.get("reason") for row in comparison["not_run"])]), "")
        more = f" that counts ({short(why, 300)})" if why else ""
        raise BadConfig(f"{folder}: results.jsonl holds no episode{more}; run the comparison before reporting it")
    return tuple(runs)


def _margin(primary: Row) -> float:
    told = number(primary.get("margin"))
    return told if told >= 0 else MARGIN if primary.get("metric", "correct") == "correct" else 0.0


def read_comparison(folder: Path) -> dict[str, Any]:
    """What a comparison says of itself. Raises BadConfig: no such file, or not JSON; StorageError."""
    path = folder / "comparison.json"
    if not path.is_file():
        raise BadConfig(f"{folder}: no comparison.json in it; expected a folder that `reason compare` wrote")
    try:
        comparison = json.loads(path.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise BadConfig(f"{path}: not JSON ({error})") from error
    if not isinstance(comparison, dict):
        raise BadConfig(f"{path}: expected a JSON object, got {type(comparison).__name__}")
    return comparison


def _lines(path: Path, torn: list[str]) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file; none if it does not exist. Lines that are none are named in `torn`."""
    if not path.exists():
        return
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from error
    for place, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            torn.append(f"{path.name}, line {place}: not JSON ({short(error)})")
            continue
        if isinstance(row, dict):
            yield row
        else:
            torn.append(f"{path.name}, line {place}: expected a JSON object, got {type(row).__name__}")


def _episodes(rows: list[dict[str, Any]], env_id: str, strict: bool) -> tuple[Episode, ...]:
    """The test episodes of an environment; a problem tried again after a resume counts once, the last."""
    here = [row for row in rows if row.get("env_id", env_id) == env_id]
    found: dict[tuple[object, ...], Episode] = {}
    for row in here if strict else here or rows:
        episode = _episode(row)
        found[episode.agent, episode.training_seed, episode.level, episode.item, episode.sample] = episode
    return tuple(found.values())


def _episode(row: dict[str, Any]) -> Episode:
    return Episode(
        agent=text(row["agent"]),
        training_seed=int(row.get("training_seed") or 0),
        level=text(row.get("level", "")),
        seed=text(row.get("seed")),
        problem_id=text(row.get("problem_id")),
        question=text(row.get("question"))[:_LONGEST],
        expected=text(row.get("expected"))[:_ANSWER],
        answer=text(row.get("answer"))[:_ANSWER],
        verdict=short(row.get("verdict") or "not recorded"),
        transcript=text(row.get("transcript")),
        sample=int(row.get("sample") or 0),
        scores=row,
    )


def _point(row: dict[str, Any]) -> Point:
    return Point(
        agent=text(row["agent"]),
        training_seed=int(row.get("training_seed") or 0),
        stage=text(row.get("stage")),
        samples=number(row.get("samples")),
        cpu_seconds=number(row.get("cpu_seconds")),
        score=number(row.get("score")),
        furthest=number(row.get("furthest")),
        split=text(row.get("split")),
        level=text(row.get("level")),
        train_flops=number(row.get("train_flops")),
    )


def _agents(comparison: Row, rows: list[dict[str, Any]]) -> tuple[AgentInfo, ...]:
    """The declared agents in their order, then any that only the results know."""
    agents = {}
    for entry in comparison.get("agents") or ():
        name, road = text(entry.get("name")), text(entry.get("road") or "baseline")
        label, trained = short(entry.get("label") or name), bool(entry.get("trained", road != "baseline"))
        agents[name] = AgentInfo(name, label, road, trained, short(entry.get("note"), _NOTE))
    for name, view in {text(row["agent"]): row.get("view") for row in rows}.items():
        agents.setdefault(name, AgentInfo(name, short(name), "llm" if view == "text" else "specialist", trained=True))
    return tuple(agents.values())


def _concerned(comparison: Row, cast: tuple[AgentInfo, ...], env_id: str) -> tuple[AgentInfo, ...]:
    """Those that were tested or trained in an environment."""
    elsewhere = {
        text(entry.get("name"))
        for entry in comparison.get("agents") or ()
        if env_id not in (entry.get("env_ids") or [env_id])
    }
    return tuple(agent for agent in cast if agent.name not in elsewhere)


def _levels(venue: Row, episodes: tuple[Episode, ...]) -> tuple[LevelInfo, ...]:
    levels = {}
    for entry in venue.get("levels") or ():
        name, trained_on = text(entry.get("level")), tuple(map(text, entry.get("trained_on") or ()))
        levels[name] = LevelInfo(name, short(entry.get("label"), _NOTE), trained_on, short(entry.get("name")))
    for name in sorted({episode.level for episode in episodes} - set(levels)):
        levels[name] = LevelInfo(name, "")
    return tuple(levels.values())
