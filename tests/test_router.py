"""A router: whom it asks, what that costs, and that an episode it hands on is the one that was asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from finished import checkpoint_of, finished, rows

from reason_arena.agents.registry import Place, make
from reason_arena.agents.router.bandit import Bandit, Feedback, fit
from reason_arena.agents.router.config import RouterConfig
from reason_arena.agents.router.features import LENGTHS, features
from reason_arena.agents.router.parts import Part, check_parts, parse
from reason_arena.agents.router.routing import Routing, questions
from reason_arena.agents.router.train import train_router
from reason_arena.agents.settings import build
from reason_arena.arena.config import Comparison
from reason_arena.arena.plan import Plan
from reason_arena.scripts.cli import main
from reason_arena.tasks.errors import BadCheckpoint, BadConfig, ReasonError

FILE = Path(__file__).parent / "data" / "router.yaml"
SMALL = RouterConfig(problems=400, buckets=32, width=8, epochs=200)
TEXTS = [f"{word} of {a} and {a + 3}" for a in range(10, 210) for word in ("sum", "product")]


def handmade(config: RouterConfig = SMALL, **changed: Any) -> Feedback:
    """Sums: the cheap part is always right and the dear one every other time. Products: the dear one alone, twice."""
    seen = features(TEXTS, config.buckets)
    sums = np.array([text.startswith("sum") for text in TEXTS])
    cheap = sums.astype(float)
    dear = np.where(sums, np.arange(len(TEXTS)) // 2 % 2, 1.0)
    flops = np.stack([np.full(len(TEXTS), 10.0), np.where(sums, 50.0, 150.0)], axis=1)
    return Feedback(
        **{"seen": seen, "score": np.stack([cheap, dear], 1), "flops": flops, "played": flops > 0, **changed}
    )


@pytest.fixture(scope="module")
def learnt() -> Bandit:
    return fit(handmade(), SMALL, seed=1)[0]


def chosen(bandit: Bandit, price: float) -> tuple[set[int], set[int]]:
    """The parts that are asked for sums and for products, among numbers that were not in training."""
    parts = bandit.choose(
        features(["sum of 71 and 14", "sum of 500 and 503", "product of 31 and 75", "product of 999 and 990"], 32),
        price,
    )
    return set(parts[:2].tolist()), set(parts[2:].tolist())


def test_without_a_price_each_problem_goes_to_the_part_that_is_right_more_often(learnt: Bandit) -> None:
    assert chosen(learnt, 0) == ({0}, {1})


def test_a_dear_part_is_asked_as_long_as_it_is_worth_its_price(learnt: Bandit) -> None:
    # The dear part's mean episode costs 100, its products 150, the cheap part's 10: of products the dear one gains
    # 1 right answer and costs 1.4 units more, so it is worth it up to a price of 1 / 1.4 = 0.71.
    score, cost = learnt.predict(features(["sum of 10 and 20", "product of 10 and 20"], 32))
    np.testing.assert_allclose(cost, [[0.1, 0.5], [0.1, 1.5]], atol=0.2)
    np.testing.assert_allclose(score, [[1, 0.5], [0, 1]], atol=0.15)
    assert chosen(learnt, 0.5) == ({0}, {1})
    assert chosen(learnt, 0.9) == chosen(learnt, 1e9) == ({0}, {0})


def test_the_dearer_it_is_the_less_is_spent() -> None:
    source = np.random.default_rng(5)
    bandit, _ = fit(
        handmade(score=source.integers(0, 2, (400, 2)) * 1.0, flops=source.random((400, 2)) * [1, 9]), SMALL, seed=2
    )
    seen = source.random((200, SMALL.buckets + LENGTHS)).astype(np.float32)
    _, cost = bandit.predict(seen)
    spent = [cost[np.arange(200), bandit.choose(seen, price)].mean() for price in np.linspace(0, 3, 40)]
    assert all(later <= before for before, later in pairwise(spent))
    assert spent[0] > spent[-1] == cost.min(1).mean()


def test_what_a_part_did_not_play_is_not_learnt_from() -> None:
    played = np.stack([np.arange(400) // 2 % 2 == 0, np.arange(400) // 2 % 2 == 1], axis=1)
    known = handmade(played=played)
    blank = {name: np.where(played, getattr(known, name), np.nan) for name in ("score", "flops")}
    one, other = (fit(each, SMALL, 1)[0] for each in (known, handmade(played=played, **blank)))
    assert all((a == b).all() for a, b in zip(one.parameters(), other.parameters(), strict=True))
    # It still finds products out, of which the dear part played every other one.
    assert chosen(one, 0)[1] == {1}


def test_numbers_are_seen_by_their_length_alone() -> None:
    a, b, c = features(["What is 12 + 345?", "What is 98 + 765?", "What is 12 + 34?"], 64)
    assert (a == b).all()
    assert not (a == c).all()


def test_the_same_seed_learns_the_same_in_every_process() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_router import SMALL, fit, handmade\n"
        "print(*(float(each.detach().double().sum()).hex() for each in fit(handmade(), SMALL, 4)[0].parameters()))"
    )
    said = []
    for salt in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": salt}
        words = [sys.executable, "-c", code, str(Path(__file__).parent)]
        said.append(subprocess.run(words, env=env, capture_output=True, text=True, check=True).stdout)
    ours = fit(handmade(), SMALL, 4)[0].parameters()
    assert said[0].split() == said[1].split() == [float(each.detach().double().sum()).hex() for each in ours]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished comparison."""
    return finished(FILE, tmp_path_factory.mktemp("whole"))


def test_an_episode_that_is_handed_on_is_the_one_the_part_plays_alone(whole: Path) -> None:
    lines = rows(whole / "results.jsonl")
    alone = {(line["agent"], line["level"], line["seed"]): line for line in lines}
    routed = [line for line in lines if line["agent"].startswith("router")]
    assert len(routed) == 2 * 2 * 12
    own = {"agent", "view", "training_seed", "routed", "flops", "seconds"}
    deciding = 2 * ((256 + LENGTHS) * 16 + 16 * 6)
    for line in routed:
        part = alone[line["routed"], line["level"], line["seed"]]
        assert {key: line[key] for key in line if key not in own} == {key: part[key] for key in part if key not in own}
        assert line["flops"] == part["flops"] + deciding
        assert line["view"] == "text"
    assert {line["routed"] for line in routed if line["agent"] == "router-dear"} == {"majority"}, "it costs nothing"


def test_its_choice_is_timed_with_the_action_of_the_part(whole: Path) -> None:
    told = {row["agent"]: row for row in rows(whole / "meters.jsonl")}
    for name in ("router", "router-dear"):
        assert [batch["batch"] for batch in told[name]["batches"]] == [1, 16]
        assert all(0 < batch["p50_seconds"] <= batch["p95_seconds"] for batch in told[name]["batches"])
        assert told[name]["why"] == ""


def test_the_bill_holds_all_parts_and_what_they_played_for_it(whole: Path) -> None:
    costs = {row["agent"]: row for row in rows(whole / "costs.jsonl")}
    folder = checkpoint_of(whole, "router").parent
    played = [json.loads((folder / f"part-{number}.json").read_text()) for number in range(3)]
    parts = [costs["specialist"], costs["llm"]]  # majority was never trained
    bill = costs["router"]
    assert bill["parameters"] == (256 + LENGTHS + 1) * 16 + 17 * 6 + sum(part["parameters"] for part in parts)
    assert bill["train_episodes"] == 3 * 20 + sum(part["train_episodes"] for part in parts)
    steps = sum(each["steps"] for each in played)
    assert bill["train_env_steps"] == steps + sum(part["train_env_steps"] for part in parts)
    assert played[1]["steps"] == 20, "an answer is a step"
    assert 20 <= played[1]["tokens"] <= 3 * 20
    assert bill["train_tokens"] == played[1]["tokens"] + costs["llm"]["train_tokens"]
    learning = 3 * bill["decision_flops"] * 20 * 20
    spent = sum(sum(each["flops"]) for each in played) + sum(part["train_flops"] for part in parts)
    assert bill["train_flops"] == pytest.approx(spent + learning, rel=1e-12)
    assert bill["train_cpu_seconds"] > sum(part["train_cpu_seconds"] for part in parts)
    trained = [key for key in bill if key != "agent" and not key.startswith("test_")]
    assert [costs["router-dear"][key] for key in trained] == [bill[key] for key in trained]


def test_training_problems_are_of_the_training_split(whole: Path) -> None:
    listed = json.loads((whole / "comparison.json").read_text())["agents"]
    told = {row["name"]: row for row in listed}
    assert told["router-dear"]["parts"] == ["specialist", "llm-short", "majority"]
    assert (told["router"]["price"], told["router-dear"]["price"], told["router"]["road"]) == (0, 100, "hybrid")
    texts = questions(Place(level=1, split="train").make("text", 4), [5, 6, 7, 8, 9])
    assert len(set(texts)) == 5


def test_the_same_command_again_trains_nothing_anew(whole: Path, tmp_path: Path) -> None:
    found = checkpoint_of(whole, "router")
    before = (found / "model.safetensors").read_bytes()
    (plan,) = [cell for cell in Plan(read(whole)).training() if cell.agent == "router"]
    assert train_router(plan.config, plan.parts, found.parent, 3) == found  # type: ignore[arg-type]
    with pytest.raises(BadCheckpoint, match="made with seed=3, now it is 4"):
        train_router(plan.config, plan.parts, found.parent, 4)  # type: ignore[arg-type]
    # What the parts have played is kept, so that a killed run goes on there and ends with the same weights.
    for number in (0, 1):
        (tmp_path / f"part-{number}.json").write_bytes((found.parent / f"part-{number}.json").read_bytes())
    train_router(plan.config, plan.parts, tmp_path, 3, lambda row: None)  # type: ignore[arg-type]
    assert (tmp_path / "final" / "model.safetensors").read_bytes() == before
    seconds = [json.loads((folder / "part-1.json").read_text())["cpu_seconds"] for folder in (tmp_path, found.parent)]
    assert seconds[0] == seconds[1]


def read(folder: Path) -> Comparison:
    from reason_arena.arena.config import read_comparison

    return read_comparison(FILE, out=str(folder))


def test_eval_plays_it_and_a_folder_can_be_moved(whole: Path, tmp_path: Path, capsys: Any) -> None:
    moved = tmp_path / "moved"
    (whole / "cells").rename(moved)
    try:
        (found,) = moved.glob("router-*/seed-3/final")
        words = ["eval", "router", "--checkpoint", str(found), "--level", "1", "--episodes", "5", "--price", "100"]
        assert main([*words, "--out", str(tmp_path / "lines.jsonl")]) == 0
        assert {line["routed"] for line in rows(tmp_path / "lines.jsonl")} == {"majority"}
        assert main([*words, "--env-id", "Reason-AIME-v0"]) == 2
        assert "trained in Reason-Arithmetic-v0, cannot play in Reason-AIME-v0" in capsys.readouterr().err
        (part,) = moved.glob("specialist-*/seed-3/final")
        part.rename(part.with_name("elsewhere"))
        assert main(words) == 2
        assert "a part's checkpoint is not at" in capsys.readouterr().err
        (other,) = moved.glob("llm-*/seed-3/sft/checkpoint")
        part.symlink_to(other)
        assert main(words) == 2
        assert "part 'specialist' is not the one it was trained with" in capsys.readouterr().err
        part.unlink()
        part.with_name("elsewhere").rename(part)
    finally:
        moved.rename(whole / "cells")


def test_a_seed_that_is_played_twice_is_played_by_one_part(whole: Path) -> None:
    place = Place(level=1)
    agent: Any = make("router", place, None, checkpoint_of(whole, "router"), seed=3)
    played = Routing(agent, place, 8).play([4, 4, 9, 4])
    assert len({each.routed for each in (played[0], played[1], played[3])}) == 1
    assert [each.episode.seed for each in played] == [4, 4, 9, 4]
    with pytest.raises(BadConfig, match="hands whole episodes on"):
        agent.act(("What is 1 + 1?",), [{}])


AGENTS: dict[str, dict[str, Any]] = {
    "llm": {"kind": "llm"},
    "judge": {"kind": "llm", "stage": "reward", "start": "llm", "tested": False},
    "ppo": {"kind": "specialist"},
    "majority": {"kind": "majority"},
    "router": {"kind": "router", "parts": ["llm", "ppo"]},
    "adrift": {"kind": "specialist", "train": {"env_id": "Reason-AIME-v0", "level": 5}, "tested": False},
}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"kind": "router"}, "agents.a.parts: expected two other agents or more, got []"),
        ({"kind": "router", "parts": ["ppo"]}, "agents.a.parts: expected two other agents or more"),
        ({"kind": "router", "parts": ["ppo", "ppo"]}, "agents.a.parts: expected two other agents or more"),
        ({"kind": "router", "parts": ["ppo", "nobody"]}, "unknown agent of the comparison 'nobody'"),
        ({"kind": "router", "parts": ["ppo", "router"]}, "got 'router', a router"),
        ({"kind": "router", "parts": ["ppo", "judge"]}, "got 'judge', a reward model"),
        (
            {"kind": "router", "parts": ["ppo", "adrift"]},
            "'adrift' plays in Reason-AIME-v0, the router in Reason-Arith",
        ),
        ({"kind": "router", "weights": "llm"}, "expected an agent of kind 'router' that trains, got 'llm'"),
        ({"kind": "router", "weights": "router", "parts": ["llm", "ppo"]}, "they are those of 'router'"),
        ({"kind": "router", "parts": ["llm", "ppo"], "price": -1.0}, "price: expected 0 or more, got -1.0"),
        ({"kind": "majority", "price": 0.5}, "agents.a.price: only for agents of kind 'router'"),
        ({"kind": "llm", "parts": ["ppo", "majority"]}, "agents.a.parts: only for agents of kind 'router'"),
        ({"kind": "router", "parts": ["llm", "ppo"], "train": {"problem": 5}}, "did you mean 'problems'?"),
        ({"kind": "router", "parts": ["llm", "ppo"], "train": {"problems": 5}}, "problems: expected 10 or more, got 5"),
    ],
)
def test_parts_that_cannot_be_are_refused_before_anything_is_trained(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(ReasonError) as caught:
        build(Comparison, {"name": "x", "agents": {**AGENTS, "a": entry}}, "file")
    assert said in str(caught.value)


def test_another_part_makes_another_router(tmp_path: Path) -> None:
    def place(**router: Any) -> Path:
        agents = {**AGENTS, "router": {**AGENTS["router"], **router}}
        values = {"name": "x", "agents": agents, "out": str(tmp_path), "training_seeds": [0]}
        cell = Plan(build(Comparison, values, "file")).trained("router", 0)
        assert cell is not None
        assert len(cell.needs) == 2
        return cell.folder

    assert place() == place(price=0.3) == place(label="other")
    assert (
        len({place(), place(parts=["ppo", "llm"]), place(parts=["ppo", "llm", "majority"]), place(train={"width": 4})})
        == 4
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("llm", "needs a checkpoint; train one with `reason train llm`"),
        ("llm,temperature=warm", "could not convert string to float"),
        ("llm,checkpoint", "expected settings such as checkpoint=PATH"),
        ("nobody", "unknown agent 'nobody'"),
        ("router,checkpoint=x", "not to routers"),
    ],
)
def test_a_part_that_is_typed_wrong_is_refused(words: str, said: str) -> None:
    with pytest.raises(ReasonError) as caught:
        parse(words)
    assert said in str(caught.value)


def test_parts_need_names_that_differ() -> None:
    assert parse("llm,checkpoint=a,max_new_tokens=7,name=b") == Part("b", "llm", None, Path("a"), {"max_new_tokens": 7})
    with pytest.raises(BadConfig, match="expected names that differ"):
        check_parts([parse("majority"), parse("majority,view=array")])
    with pytest.raises(BadConfig, match="expected two agents or more"):
        check_parts([parse("majority")])
