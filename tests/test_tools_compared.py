"""A row of a comparison that calls a specialist: trained, tested, billed, repeated, and refused where it cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reason_arena.agents.learning.rollout import rollout
from reason_arena.agents.registry import Place, make
from reason_arena.agents.router.parts import parse
from reason_arena.agents.settings import build
from reason_arena.arena.config import Comparison
from reason_arena.arena.divisions import division_lines
from reason_arena.arena.plan import Plan
from reason_arena.arena.report import read_run
from reason_arena.scripts.cli import main
from reason_arena.tasks.calling import pieces
from reason_arena.tasks.errors import ReasonError

FILE = Path(__file__).parent / "data" / "tools.yaml"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished comparison."""
    folder = tmp_path_factory.mktemp("whole")
    assert main(["compare", str(FILE), "--out", str(folder), "--workers", "1"]) == 0
    return folder


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def weights(whole: Path) -> tuple[Path, Path]:
    (llm,) = whole.glob("cells/alone-*/seed-3/sft/checkpoint")
    (ppo,) = whole.glob("cells/ppo-*/seed-3/final")
    return llm, ppo


def test_a_comparison_has_a_row_of_both_together(whole: Path) -> None:
    told: dict[str, list[dict[str, Any]]] = {}
    for line in rows(whole / "results.jsonl"):
        told.setdefault(line["agent"], []).append(line)
    assert {name: len(found) for name, found in told.items()} == {"alone": 6, "ppo": 6, "tools": 6}
    called = 0
    for alone, together in zip(told["alone"], told["tools"], strict=True):
        assert "calls" not in alone
        (calls,) = together["calls"]
        results = [part for part, result in pieces(together["transcript"]) if result]
        assert results == [f"<result>{call['result']}</result>" for call in calls][: len(results)]
        first = together["transcript"].partition("<result>")[0]
        assert alone["transcript"].startswith(first)
        called += sum(call["steps"] > 0 for call in calls)
    assert called >= 3, "after 150 updates it calls more often than not"
    (listed,) = (row for row in json.loads((whole / "comparison.json").read_text())["agents"] if row["kind"] == "tools")
    assert (listed["road"], listed["origin"]["specialist"]) == ("hybrid", "ppo")
    assert division_lines(read_run(whole)) == ["Closed division: alone, ppo.", "Open division: tools (tools)."]
    assert "tools" in (whole / "report.html").read_text()
    costs = {row["agent"]: row for row in rows(whole / "costs.jsonl")}
    for name in ("parameters", "train_flops", "train_env_steps", "train_tokens", "train_cpu_seconds"):
        assert costs["tools"][name] == costs["alone"][name] + costs["ppo"][name]


def test_the_same_test_again_comes_out_the_same(whole: Path) -> None:
    llm, ppo = weights(whole)
    agent = make("tools", Place(level=0), None, llm, specialist=ppo, seed=3, max_new_tokens=24)
    written = {line["seed"]: line for line in rows(whole / "results.jsonl") if line["agent"] == "tools"}
    for episode in rollout(Place(level=0).make("text", 2), agent, range(6)):
        line = written[episode.seed]
        assert (line["transcript"], line["calls"]) == (episode.transcript, [episode.traces[0].called])


def test_by_hand(whole: Path, tmp_path: Path, capsys: Any) -> None:
    llm, ppo = map(str, weights(whole))
    where = ["--level", "0", "--episodes", "4", "--max-new-tokens", "24", "--out", str(tmp_path / "lines.jsonl")]
    assert main(["eval", "tools", "--checkpoint", llm, "--specialist", ppo, *where]) == 0
    assert all("calls" in line for line in rows(tmp_path / "lines.jsonl"))
    capsys.readouterr()
    for words, said in (
        (["eval", "tools", "--checkpoint", llm], "agent 'tools' needs the checkpoint of a specialist too"),
        (["eval", "tools", "--specialist", ppo], "agent 'tools' needs --checkpoint; `reason train llm` makes one"),
        (["eval", "llm", "--checkpoint", llm, "--specialist", ppo], "--specialist: only for agent 'hybrid' or 'tools'"),
        (["eval", "tools", "--checkpoint", llm, "--specialist", ppo, "--n", "2"], "--n: only for agent 'best_of' or"),
    ):
        assert main(words) == 2
        assert said in " ".join(capsys.readouterr().err.split())
    assert main(["list"]) == 0
    assert "tools" in capsys.readouterr().out
    part = parse(f"tools,checkpoint={llm},specialist={ppo},temperature=0")
    assert part.made(Place(level=0), 0).name == "tools"


AGENTS: dict[str, dict[str, Any]] = {
    "llm": {"kind": "llm", "train": {"styles": ["calls"]}},
    "ppo": {"kind": "specialist"},
    "pointer": {"kind": "specialist", "env_ids": [], "tested": False, "train": {"env_id": "Reason-AIME-v0"}},
}
TOOLS = {"kind": "tools", "weights": "llm", "specialist": "ppo"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({**TOOLS, "specialist": None}, "agents.a.specialist: expected the name of an agent that trains, got none"),
        ({**TOOLS, "weights": None}, "agents.a.weights: expected the name of an agent that trains, got none"),
        ({**TOOLS, "specialist": "llm"}, "agents.a.specialist: expected an agent of kind 'specialist' that trains"),
        ({**TOOLS, "weights": "ppo"}, "agents.a.weights: expected an agent of kind 'llm' that trains, got 'ppo'"),
        ({**TOOLS, "specialist": "pointer"}, "agents.a.specialist: expected one of Reason-Arithmetic-v0 to call, got"),
        ({**TOOLS, "n": 3}, "agents.a.n: only for kinds 'votes' and 'best_of', this one is 'tools'"),
        ({**TOOLS, "judge": "llm"}, "agents.a.judge: only for agents of kind 'best_of', this one is 'tools'"),
        ({**TOOLS, "stage": "sft"}, "agents.a.stage: only for agents of kind 'llm', this one is 'tools'"),
        ({**TOOLS, "view": "array"}, "agent 'tools' plays in the text view"),
        ({"kind": "votes", "weights": "llm", "specialist": "ppo"}, "only for agents of kind 'hybrid' or 'tools', this"),
    ],
)
def test_entries_that_cannot_be_are_refused_before_anything_is_trained(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(ReasonError) as caught:
        build(Comparison, {"name": "x", "agents": {**AGENTS, "a": entry}}, "file")
    assert said in str(caught.value)


def test_another_specialist_is_another_test(tmp_path: Path) -> None:
    def place(**entry: Any) -> Path:
        agents = {**AGENTS, "other": {"kind": "specialist", "train": {"gamma": 0.9}}, "a": {**TOOLS, **entry}}
        made = Plan(build(Comparison, {"name": "x", "agents": agents, "out": str(tmp_path)}, "file"))
        (cell,) = [cell for cell in made.tests() if (cell.agent, cell.seed) == ("a", 1)]
        ppo = made.trained(agents["a"]["specialist"], 1)
        assert ppo is not None
        assert cell.options["specialist"] == ppo.weights
        assert ppo.marker in cell.needs
        return cell.marker

    assert place() == place(label="other")
    assert len({place(), place(specialist="other"), place(temperature=0.7)}) == 3
