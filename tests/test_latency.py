"""How long a decision takes: by a clock that only the agent moves, and for every kind of agent of a comparison."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

from reason_arena.agents.agent import Agent, View
from reason_arena.agents.registry import Place
from reason_arena.arena.config import Comparison, read_comparison
from reason_arena.arena.latency import SERVING, LatencyCell, decisions, measure, reader_of, summary, timed
from reason_arena.arena.merge import merge
from reason_arena.arena.plan import Plan
from reason_arena.scripts.cli import main

SUMS = Place(level=1)


class Slow(Agent):
    """Takes a second for each decision alone and two for a batch, on a clock of its own; CPU half of that."""

    view: ClassVar[View] = "text"

    def __init__(self) -> None:
        self.name, self.wall, self.begun = "slow", 0.0, list[Sequence[int]]()
        self.batches: list[int] = []

    def reset(self, seeds: Sequence[int], repeats: Sequence[int] = ()) -> None:
        self.begun.append(seeds)

    def act(self, observations: Any, infos: Sequence[dict[str, Any]]) -> Any:
        self.batches.append(len(infos))
        self.wall += 1 if len(infos) == 1 else 2
        return ("7",) * len(infos)

    def clock(self) -> tuple[float, float]:
        return self.wall, self.wall / 2


def test_median_and_95th_percentile_are_times_that_were_seen() -> None:
    found = summary(4, [(float(n), n / 2) for n in range(20, 0, -1)])
    assert (found.batch, found.timed) == (4, 20)
    # Of 20 the 10th and the 19th: 0.5 * 20 and 0.95 * 20.
    assert (found.p50_seconds, found.p95_seconds, found.p50_cpu_seconds) == (10, 19, 5)
    assert found.cpu_share == 0.5


def test_a_single_time_is_both_even_by_a_clock_that_stood_still() -> None:
    found = summary(1, [(0.0, 0.0)])
    assert (found.p50_seconds, found.p95_seconds, found.cpu_share) == (0, 0, 1)


def test_a_slow_agent_is_warmed_up_and_timed_as_seldom_as_will_do() -> None:
    agent = Slow()
    cold, (alone, together) = measure(agent, SUMS, range(5), agent.clock)
    assert cold == 1
    assert (alone.batch, alone.p50_seconds, alone.p95_seconds, alone.p50_cpu_seconds) == (1, 1, 1, 0.5)
    assert (together.batch, together.p50_seconds, together.cpu_share) == (SERVING, 2, 0.5)
    # The first alone; 32 decisions to warm up and three batches; three alone to warm up and three that are timed.
    assert agent.batches == [1, *[16] * 2, *[16] * 3, *[1] * 3, *[1] * 3]
    assert (alone.timed, together.timed) == (3, 3)


def test_time_ends_the_measurement_only_after_the_least_and_counts_end_it_before() -> None:
    assert len(timed(iter([(0.0, 0.0)] * 99), 50)) == 50
    assert len(timed(iter([(0.5, 0.25)] * 99), 50)) == 3  # 0.25, 0.5, 0.75 of the CPU, of 0.6
    assert len(timed(iter([(0.5, 0.125)] * 99), 50)) == 5  # 0.625
    assert len(timed(iter([(0.75, 0.0)] * 99), 50)) == 4  # 3 seconds on the wall
    assert len(timed(iter([(9.0, 9.0)] * 99), 50)) == 3


def test_a_batch_begins_anew_when_an_episode_ends_so_that_all_rows_play() -> None:
    agent = Slow()
    env = SUMS.make("text", 2)
    found = decisions(agent, env, range(3), reader_of(SUMS, "text"), agent.clock)
    assert [next(found) for _ in range(3)] == [(2, 1)] * 3
    assert agent.begun == [[0, 1], [2, 0], [1, 2]]
    env.close()


def test_what_was_written_is_read_as_the_environment_reads_it() -> None:
    read: Any = reader_of(SUMS, "text")(["What is 3 + 4?", "What is 3 - 15?"])
    assert read(["The answer is 7.", "\\boxed{-12}"]) == ["7", "-12"]
    game: Any = reader_of(Place("Reason-Pokemon-v0", "test", "until=1"), "text")
    twice, each, once, none = game([""] * 4)(["press a*2", "press a a", "press a", "dance"])
    assert twice == each != once is not None
    assert none is None
    assert reader_of(SUMS, "array")(None)([3]) is None


def test_moves_are_read_in_the_position_that_was_seen() -> None:
    pytest.importorskip("chess")
    board = "r1bqkb1r/pppp1ppp/2n2n2/4p2Q/2B1P3/8/PPPP1PPP/RNB1K1NR w KQkq - 4 4"
    place = Place("Reason-ChessPuzzle-v0", "test", "mate=1")
    read: Any = reader_of(place, "text")([f"FEN: {board}", "no position"])(["\\boxed{Qxf7#}", "\\boxed{e4}"])
    assert read == ["h5f7", None]


def comparison(folder: Path, **changes: Any) -> Comparison:
    file = folder / "few.yaml"
    agents: dict[str, Any] = {"random": {"kind": "random"}, "oracle": {"kind": "oracle", "view": "array"}}
    plan = {"levels": [1, 2], "episodes": 3, "workers": 1, "out": str(folder / "out"), "agents": agents} | changes
    file.write_text(yaml.safe_dump(plan, sort_keys=False))
    return read_comparison(file)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out" / "meters.jsonl").read_text().splitlines()]


def test_every_agent_is_timed_once_on_the_primary_level_of_each_environment(tmp_path: Path) -> None:
    found = comparison(tmp_path)
    assert main(["compare", str(tmp_path / "few.yaml")]) == 0
    rows = lines(tmp_path)
    assert [(row["agent"], row["level"], row["meter"]) for row in rows] == [
        ("random", 2, "latency"),
        ("oracle", 2, "latency"),
    ]
    summary = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert summary["latency"] == rows
    for row in rows:
        assert [each["batch"] for each in row["batches"]] == [1, SERVING]
        assert row["host"] in summary["hosts"]
        assert row["why"] == ""
    written = {cell.marker: cell.marker.read_bytes() for cell in Plan(found).latencies()}
    assert main(["compare", str(tmp_path / "few.yaml")]) == 0
    assert written == {path: path.read_bytes() for path in written}, "nothing is measured again"
    assert lines(tmp_path) == rows


def test_what_was_not_measured_is_null_and_says_why(tmp_path: Path) -> None:
    found = comparison(tmp_path)
    plan = Plan(found)
    merge(plan, "")
    assert all(row["batches"] is None and row["why"] == "it was not tried" for row in lines(tmp_path))
    broken = plan.latencies()[0].marker
    broken.mkdir(parents=True)
    assert main(["compare", str(tmp_path / "few.yaml")]) == 0
    row = lines(tmp_path)[0]
    assert (row["batches"], row["cold_seconds"], row["host"]) == (None, None, None)
    assert "cannot write" in row["why"]
    broken.rmdir()
    assert main(["compare", str(tmp_path / "few.yaml")]) == 0
    assert lines(tmp_path)[0]["batches"]


def test_trained_agents_are_timed_with_the_first_seed_routers_among_them(tmp_path: Path) -> None:
    trained = {"kind": "specialist", "train": {"level": 2}}
    agents = {"guess": {"kind": "random"}, "net": trained, "router": {"kind": "router", "parts": ["guess", "net"]}}
    found = Plan(comparison(tmp_path, agents=agents, training_seeds=[3, 4]))
    assert [(cell.agent, cell.seed) for cell in found.latencies()] == [("guess", 0), ("net", 3), ("router", 3)]


@pytest.mark.parametrize(
    ("kind", "view", "env_id", "level"),
    [
        ("random", "text", "Reason-Pokemon-v0", "until=1"),
        ("oracle", "text", "Reason-AIME-v0", 1),
        ("greedy", "array", "Reason-ChessPuzzle-v0", "mate=1"),
        ("random", "text", "Reason-Chess-v0", "opponent=random"),
    ],
)
def test_games_are_timed_too(tmp_path: Path, kind: str, view: str, env_id: str, level: Any) -> None:
    for needs in {"Reason-Pokemon-v0": ["pyboy"], "Reason-AIME-v0": []}.get(env_id, ["chess", "numba"]):
        pytest.importorskip(needs)
    cell = LatencyCell(kind, kind, view, 0, level, env_id, 4, tmp_path / "latency.json")
    assert not cell.done
    cell.run()
    assert cell.done
    told = json.loads(cell.marker.read_text())
    assert all(0 < each["p50_seconds"] <= each["p95_seconds"] for each in told["batches"])
