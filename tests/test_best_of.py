"""Best of n: the judge's favourite is said, and the judge is paid for. A comparison that trains all it needs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from finished import checkpoint_of, finished, rows
from guesser import guesser, save_guesser

from reason_arena.agents.agent import Cost, together
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.assembly import load_judge
from reason_arena.agents.language_model.config import Sampling
from reason_arena.agents.language_model.flops import sampling_flops
from reason_arena.agents.learning.batch import Completion
from reason_arena.agents.learning.rollout import rollout
from reason_arena.agents.learning.usage import used
from reason_arena.agents.registry import Place, make
from reason_arena.agents.router.parts import parse
from reason_arena.agents.settings import build
from reason_arena.agents.test_time.best_of import BestOfAgent
from reason_arena.arena.config import Comparison
from reason_arena.arena.plan import Plan
from reason_arena.scripts.cli import main
from reason_arena.tasks.errors import BadCheckpoint, BadConfig, ReasonError

FILE = Path(__file__).parent / "data" / "test_time.yaml"
SUMS = Place(level=0)


class Longest:
    """Likes a completion for its length, at a price of a hundred operations each."""

    def rewards(self, completions: Sequence[Completion]) -> list[float]:
        return [float(len(each.text)) for each in completions]

    def flops(self, completions: Sequence[Completion]) -> float:
        return 100.0 * len(completions)


class Bored(Longest):
    """Likes all alike."""

    def rewards(self, completions: Sequence[Completion]) -> list[float]:
        return [1.0] * len(completions)


@pytest.fixture(scope="module")
def writer() -> LanguageModelAgent:
    return guesser()


def test_a_judge_that_likes_length_chooses_the_longest_of_equals_the_first(writer: LanguageModelAgent) -> None:
    agent = BestOfAgent(writer, 6, Longest())
    lengths = set()
    for episode in rollout(SUMS.make("text", 8), agent, range(16)):
        (trace,) = episode.traces
        texts = [each.text for each in trace.completions]
        assert list(trace.marks) == list(map(len, texts))
        assert episode.actions == (max(texts, key=len),), "max takes the first of the longest"
        assert trace.chosen == texts.index(max(texts, key=len))
        lengths.add(len(set(map(len, texts))))
    assert max(lengths) > 1


def test_without_a_preference_the_first_is_said(writer: LanguageModelAgent) -> None:
    bored = rollout(SUMS.make("text", 8), BestOfAgent(writer, 4, Bored()), range(8))
    single = rollout(SUMS.make("text", 8), writer, range(8))
    assert [episode.actions for episode in bored] == [episode.actions for episode in single]


def test_judging_is_billed_beside_the_tokens(writer: LanguageModelAgent) -> None:
    agent = BestOfAgent(writer, 3, Longest(), Cost(parameters=9, train_tokens=4))
    assert agent.cost() == Cost(parameters=9, train_tokens=4).written_by(writer.cost())
    for episode in rollout(SUMS.make("text", 4), agent, range(4)):
        (trace,) = episode.traces
        written = sum(len(each.token_ids) for each in trace.completions)
        assert used(agent, episode) == (written, sampling_flops(writer.model, trace.completions) + 300.0)


def test_bills_add_up_and_what_one_does_not_know_nobody_knows() -> None:
    one, other = Cost(parameters=1, train_flops=2.0, train_tokens=3), Cost(parameters=10, train_flops=20.0)
    found = together([one, replace(other, inherited_flops=7.0, decision_flops=5.0)])
    assert found == Cost(parameters=11, train_flops=22.0, train_tokens=3, inherited_flops=7.0)
    assert together([one, replace(other, inherited_flops="unknown")]).inherited_flops == "unknown"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished comparison, which trained a language model and a reward model from its weights."""
    return finished(FILE, tmp_path_factory.mktemp("whole"))


def test_a_comparison_trains_model_and_judge_and_plays_both(whole: Path) -> None:
    lines = rows(whole / "results.jsonl")
    told: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        told.setdefault(line["agent"], []).append(line)
    assert {name: len(found) for name, found in told.items()} == {
        name: 6 for name in ("llm", "greedy", "votes-1", "votes-3", "best-3")
    }
    same = ("seed", "transcript", "tokens", "flops", "correct", "answer", "parsed")
    for alone, one in zip(told["llm"], told["votes-1"], strict=True):
        assert [alone[key] for key in same] == [one[key] for key in same]
    # Both of three have the same samples to choose from, so as many tokens; judging is extra.
    assert not any("candidates" in line for line in told["llm"])
    for voted, judged in zip(told["votes-3"], told["best-3"], strict=True):
        ((one,), (other,)) = voted["candidates"], judged["candidates"]
        assert voted["parsed"] == one["marks"][one["chosen"]]
        assert max(other["marks"]) == other["marks"][other["chosen"]]
        assert voted["tokens"] == judged["tokens"] > 0
        assert judged["flops"] > voted["flops"]
    listed = {row["name"]: row for row in json.loads((whole / "comparison.json").read_text())["agents"]}
    assert [listed["votes-3"][key] for key in ("kind", "road", "n", "judge")] == ["votes", "llm", 3, None]
    assert [listed["best-3"][key] for key in ("kind", "road", "n", "judge")] == ["best_of", "llm", 3, "judge"]
    page = (whole / "report.html").read_text()
    assert all(name in page for name in told)


def test_what_two_share_of_their_training_is_billed_once(whole: Path) -> None:
    costs = {row["agent"]: row for row in rows(whole / "costs.jsonl")}
    best, judge, llm = costs["best-3"], costs["judge"], costs["llm"]
    assert best["parameters"] == judge["parameters"] + llm["parameters"]
    # The judge's training began with the language model's weights.
    assert best["train_flops"] == judge["train_flops"] > llm["train_flops"]
    assert best["train_cpu_seconds"] == judge["train_cpu_seconds"]
    assert best["train_episodes"] == judge["train_episodes"] > 0
    trained = [key for key in llm if key != "agent" and not key.startswith("test_")]
    assert [costs["votes-3"][key] for key in trained] == [llm[key] for key in trained]


def test_the_trained_judge_decides_and_its_reading_is_counted(whole: Path) -> None:
    paths = checkpoint_of(whole, "llm"), checkpoint_of(whole, "judge")
    agent: Any = make("best_of", SUMS, None, paths[0], judge=paths[1], n=3, seed=3, max_new_tokens=24)
    judge = load_judge(paths[1])
    written = {line["seed"]: line for line in rows(whole / "results.jsonl") if line["agent"] == "best-3"}
    for episode in rollout(SUMS.make("text", 3), agent, range(6)):
        (trace,) = episode.traces
        scores = judge.rewards(trace.completions)
        assert list(trace.marks) == scores
        assert trace.chosen == scores.index(max(scores))
        prompt, lengths = len(trace.said.prompt_ids), [len(each.token_ids) for each in trace.completions]
        shape, layers = judge.model.config, judge.model.get_decoder().layers
        weights = sum(weight.numel() for weight in layers.parameters() if weight.ndim == 2)
        looked = sum(range(1, prompt + 1)) + sum(sum(range(prompt + 1, prompt + more + 1)) for more in lengths)
        attention = 4 * shape.num_hidden_layers * shape.hidden_size * looked
        assert trace.flops == 2 * weights * (prompt + sum(lengths)) + attention
        assert written[episode.seed]["transcript"] == episode.transcript
        writing = sampling_flops(agent.writer.model, trace.completions)
        assert written[episode.seed]["flops"] == used(agent, episode)[1] == writing + trace.flops


def test_a_judge_of_other_origin_is_billed_in_full(whole: Path, tmp_path: Path) -> None:
    llm = LanguageModelAgent.load(checkpoint_of(whole, "llm"))
    with_more = next(llm.model.parameters())
    with_more.data += 1e-3
    LanguageModelAgent(llm.model, llm.text, Sampling(), bill=Cost(train_tokens=5)).save(tmp_path / "other")
    agent = make("best_of", SUMS, None, tmp_path / "other", judge=checkpoint_of(whole, "judge"), n=2)
    costs = {row["agent"]: row for row in rows(whole / "costs.jsonl")}
    assert agent.cost().train_tokens == 5 + costs["judge"]["train_tokens"]


def test_the_same_command_again_plays_nothing_anew_and_what_is_missing_comes_out_the_same(whole: Path) -> None:
    before = rows(whole / "results.jsonl")
    stamps = {path: path.stat().st_mtime_ns for path in (whole / "cells").rglob("lines.jsonl")}
    gone = [path for path in stamps if {"votes-3-test", "best-3-test"} & set(path.parts)]
    assert len(gone) == 2
    for path in gone:
        path.unlink()
    assert main(["compare", str(FILE), "--out", str(whole), "--workers", "1"]) == 0
    after = {path: path.stat().st_mtime_ns for path in (whole / "cells").rglob("lines.jsonl")}
    assert {path for path in stamps if after[path] != stamps[path]} == set(gone)
    again = rows(whole / "results.jsonl")
    assert [{**line, "seconds": 0} for line in again] == [{**line, "seconds": 0} for line in before]


def test_eval_plays_both(whole: Path, tmp_path: Path, capsys: Any) -> None:
    llm, judge = str(checkpoint_of(whole, "llm")), str(checkpoint_of(whole, "judge"))
    where = ["--level", "0", "--episodes", "4", "--max-new-tokens", "24", "--out", str(tmp_path / "lines.jsonl")]
    assert main(["eval", "votes", "--checkpoint", llm, "--n", "2", *where]) == 0
    voted = rows(tmp_path / "lines.jsonl")
    assert main(["eval", "best_of", "--checkpoint", llm, "--judge", judge, "--n", "2", *where]) == 0
    judged = rows(tmp_path / "lines.jsonl")
    assert [line["tokens"] for line in voted] == [line["tokens"] for line in judged]
    capsys.readouterr()
    for words, said in (
        (["eval", "best_of", "--checkpoint", llm], "agent 'best_of' needs the checkpoint of a reward model too"),
        (["eval", "best_of", "--checkpoint", llm, "--judge", llm], "expected a reward model (stage 'reward')"),
        (["eval", "llm", "--checkpoint", llm, "--n", "2"], "--n: only for agent 'best_of' or 'votes', got 'llm'"),
        (["eval", "votes", "--checkpoint", llm, "--judge", judge], "--judge: only for agent 'best_of', got 'votes'"),
        (["eval", "votes", "--n", "2"], "agent 'votes' needs --checkpoint"),
        (["eval", "votes", "--checkpoint", llm, "--n", "0"], "n: expected 1 or more completions a decision, got 0"),
    ):
        assert main(words) == 2
        assert said in " ".join(capsys.readouterr().err.split())


def test_a_judge_has_to_be_one(tmp_path: Path) -> None:
    folder = save_guesser(tmp_path / "guesser")
    with pytest.raises(BadConfig, match="agent 'best_of' needs the checkpoint of a reward model too"):
        make("best_of", SUMS, None, folder)
    with pytest.raises(BadCheckpoint, match="expected a reward model"):
        make("best_of", SUMS, None, folder, judge=folder)
    with pytest.raises(BadConfig, match="needs a checkpoint; train one with `reason train llm`"):
        make("best_of", SUMS, None, None, judge=folder)


AGENTS: dict[str, dict[str, Any]] = {
    "llm": {"kind": "llm"},
    "greedy": {"kind": "llm", "weights": "llm", "temperature": 0},
    "judge": {"kind": "llm", "stage": "reward", "start": "llm", "tested": False},
    "ppo": {"kind": "specialist"},
    "oracle": {"kind": "oracle"},
}
VOTES, BEST = {"kind": "votes", "weights": "llm"}, {"kind": "best_of", "weights": "llm", "judge": "judge"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({**VOTES, "n": 0}, "agents.a.n: expected 1 or more completions a decision, got 0"),
        ({**BEST, "n": -1}, "agents.a.n: expected 1 or more completions a decision, got -1"),
        ({**VOTES, "n": 4, "temperature": 0}, "agents.a.temperature=0: 4 completions would be the same"),
        ({"kind": "votes"}, "agents.a.weights: expected the name of an agent that trains, got none"),
        ({**VOTES, "weights": "ppo"}, "agents.a.weights: expected an agent of kind 'llm' that trains, got 'ppo'"),
        ({**VOTES, "weights": "oracle"}, "expected an agent of kind 'llm' that trains, got 'oracle'"),
        ({**VOTES, "weights": "greedy"}, "expected an agent of kind 'llm' that trains, got 'greedy'"),
        ({**VOTES, "weights": "judge"}, "agents.a.weights: expected one that answers, not a reward model, got 'judge'"),
        ({**VOTES, "weights": "nobody"}, "unknown agent of the comparison 'nobody'"),
        ({**VOTES, "judge": "judge"}, "agents.a.judge: only for agents of kind 'best_of', this one is 'votes'"),
        ({**VOTES, "stage": "sft"}, "agents.a.stage: only for agents of kind 'llm', this one is 'votes'"),
        ({**VOTES, "train": {"level": 3}}, "agents.a.train: this agent is not trained; leave it out"),
        ({**VOTES, "view": "array"}, "agent 'votes' plays in the text view"),
        ({"kind": "best_of", "weights": "llm"}, "agents.a.judge: expected the name of an agent that trains, got none"),
        ({**BEST, "judge": "llm"}, "agents.a.judge: expected an agent of stage reward, got 'llm' of stage sft"),
        ({**BEST, "judge": "ppo"}, "agents.a.judge: expected an agent of kind 'llm' that trains, got 'ppo'"),
        ({"kind": "llm", "n": 3}, "agents.a.n: only for kinds 'votes' and 'best_of', this one is 'llm'"),
        ({"kind": "oracle", "judge": "judge"}, "agents.a.judge: only for agents of kind 'best_of'"),
    ],
)
def test_entries_that_cannot_be_are_refused_before_anything_is_trained(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(ReasonError) as caught:
        build(Comparison, {"name": "x", "agents": {**AGENTS, "a": entry}}, "file")
    assert said in str(caught.value)


def test_another_number_or_judge_is_another_test(tmp_path: Path) -> None:
    def place(**entry: Any) -> Path:
        agents = {**AGENTS, "other": {**AGENTS["judge"], "train": {"reward": {"updates": 3}}}, "a": {**BEST, **entry}}
        made = Plan(build(Comparison, {"name": "x", "agents": agents, "out": str(tmp_path)}, "file"))
        (cell,) = [cell for cell in made.tests() if (cell.agent, cell.seed) == ("a", 1)]
        judge = made.trained(agents["a"]["judge"], 1)
        assert judge is not None
        assert cell.options["judge"] == judge.weights
        assert judge.marker in cell.needs
        return cell.marker

    assert place() == place(n=8) == place(label="other")
    assert len({place(), place(n=4), place(judge="other"), place(temperature=0.7)}) == 4


def test_a_router_may_choose_how_much_is_spent(tmp_path: Path) -> None:
    parts = {"votes": {**VOTES, "n": 4}, "best": {**BEST, "n": 2}}
    router = {"kind": "router", "parts": ["greedy", "votes", "best"]}
    made = Plan(build(Comparison, {"name": "x", "agents": {**AGENTS, **parts, "a": router}}, "file"))
    cell, judge = made.trained("a", 0), made.trained("judge", 0)
    assert cell is not None
    assert judge is not None
    assert [part.options for part in cell.parts] == [{"temperature": 0}, {"n": 4}, {"n": 2, "judge": judge.weights}]
    assert judge.marker in cell.needs
    assert parse("best_of,checkpoint=a,judge=b,n=4").options == {"n": 4, "judge": Path("b")}
    with pytest.raises(BadConfig, match="agent 'votes' needs a checkpoint"):
        parse("votes,n=4")
