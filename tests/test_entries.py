"""What an entry of a comparison may start from and learn from, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reason_arena.agents.settings import build
from reason_arena.arena.cells import TrainCell
from reason_arena.arena.config import Comparison
from reason_arena.arena.plan import Plan
from reason_arena.tasks import registry
from reason_arena.tasks.errors import BadConfig, ReasonError

SFT = {"kind": "llm", "stage": "sft"}
GRPO = {"kind": "llm", "stage": "grpo", "start": "sft"}
JUDGE = {"kind": "llm", "stage": "reward", "start": "sft", "tested": False}
STUDENT = {"kind": "llm", "stage": "distill", "teacher": "grpo"}
WORKER = {"kind": "specialist"}


def plan(folder: Path, pairs: tuple[Any, ...] = (), **agents: dict[str, Any]) -> Plan:
    values = {"name": "road", "agents": agents, "pairs": pairs, "training_seeds": [0, 1], "out": str(folder)}
    return Plan(build(Comparison, values, "file"))


def cell(made: Plan, name: str, seed: int = 1) -> TrainCell:
    found = made.trained(name, seed)
    assert found is not None
    return found


def test_a_chain_starts_from_the_weights_of_the_same_seed_link_by_link(tmp_path: Path) -> None:
    # Given in the wrong order on purpose.
    made = plan(
        tmp_path,
        dpo={"kind": "llm", "stage": "dpo", "start": "grpo"},
        grpo=GRPO,
        sft={**SFT, "start": "pretrained"},
        pretrained={"kind": "llm", "stage": "pretrain", "tested": False},
    )
    assert made.chain("dpo") == ["pretrained", "sft", "grpo", "dpo"]
    for before, after in (("pretrained", "sft"), ("sft", "grpo"), ("grpo", "dpo")):
        assert cell(made, after).start == cell(made, before).weights
        assert cell(made, after).needs == (cell(made, before).marker,)
        assert cell(made, after).start != cell(made, before, seed=0).weights
    assert {each.agent for each in made.tests()} == {"dpo", "grpo", "sft"}


def test_a_teacher_is_handed_over_as_the_checkpoint_of_its_stage(tmp_path: Path) -> None:
    paid = {"kind": "llm", "stage": "ppo", "start": "sft", "teacher": "judge"}
    made = plan(tmp_path, sft=SFT, grpo=GRPO, student=STUDENT, judge=JUDGE, paid=paid)
    student, payee = cell(made, "student"), cell(made, "paid")
    assert student.start is None
    assert student.config.distill.teacher == cell(made, "grpo").weights  # type: ignore[union-attr]
    assert student.needs == (cell(made, "grpo").marker,)
    assert payee.config.ppo.reward_model == cell(made, "judge").weights  # type: ignore[union-attr]
    assert payee.needs == (cell(made, "sft").marker, cell(made, "judge").marker)
    assert payee.config.grpo.reward_model is None  # type: ignore[union-attr]


def test_weights_lie_elsewhere_when_anything_changes_that_they_come_from(tmp_path: Path) -> None:
    def places(sft: int = 600, grpo: int = 88) -> dict[str, str]:
        made = plan(
            tmp_path,
            sft={**SFT, "train": {"sft": {"updates": sft}}},
            grpo={**GRPO, "train": {"grpo": {"updates": grpo}}},
            student=STUDENT,
            scholar={**STUDENT, "start": "student"},
            judge=JUDGE,
        )
        return {name: cell(made, name).folder.parent.name for name in made.comparison.agents}

    def changed(**values: int) -> set[str]:
        before, after = places(), places(**values)
        return {name for name in before if before[name] != after[name]}

    assert changed() == set()
    assert changed(grpo=5) == {"grpo", "student", "scholar"}
    assert changed(sft=5) == {"sft", "grpo", "student", "scholar", "judge"}


def test_weights_lie_elsewhere_when_the_data_or_a_checkpoint_is_another(tmp_path: Path) -> None:
    def place(**train: Any) -> str:
        (stage,) = train
        return cell(plan(tmp_path, sft=SFT, a={"kind": "llm", "stage": stage, "train": train}), "a").folder.parent.name

    one, other, same = (tmp_path / f"{name}.jsonl" for name in ("one", "other", "same"))
    for path, text in ((one, "1"), (other, "2"), (same, "1")):
        path.write_text(text)
    assert place(sft={"data": str(one)}) == place(sft={"data": str(same)}) != place(sft={"data": str(other)})
    before = place(pretrain={"data": str(tmp_path)})
    other.write_text("3")
    assert place(pretrain={"data": str(tmp_path)}) != before
    assert place(distill={"teacher": "a/checkpoint"}) != place(distill={"teacher": "b/checkpoint"})


def test_what_has_no_teacher_lies_where_it_did_before_there_were_any(tmp_path: Path) -> None:
    made = plan(tmp_path, sft=SFT, grpo=GRPO)
    assert cell(made, "sft").needs == ()
    alone = plan(tmp_path, sft=SFT)
    assert cell(alone, "sft").folder == cell(made, "sft").folder


def test_specialists_go_on_from_specialists_that_went_on(tmp_path: Path) -> None:
    made = plan(tmp_path, a=WORKER, b={**WORKER, "start": "a"}, c={**WORKER, "start": "b"})
    assert made.chain("c") == ["a", "b", "c"]
    assert cell(made, "c").start == cell(made, "b").weights


BAD: dict[str, tuple[dict[str, dict[str, Any]], str]] = {
    "practice from nothing": (
        {"a": {"kind": "llm", "stage": "ppo"}},
        "agents.a: stage ppo needs `start`, an agent of stage sft, say, to go on from",
    ),
    "preferences from nothing": ({"a": {"kind": "llm", "stage": "dpo"}}, "agents.a: stage dpo needs `start`"),
    "unknown stage": ({"a": {"kind": "llm", "stage": "grop"}}, "did you mean 'grpo'?"),
    "itself": (
        {"grpo": {"kind": "llm", "stage": "grpo", "start": "grpo"}},
        "agents.grpo: it has to be trained before itself (grpo -> grpo); break the circle",
    ),
    "circle of starts": (
        {"sft": {**SFT, "start": "grpo"}, "grpo": GRPO},
        "agents.sft: it has to be trained before itself (sft -> grpo -> sft); break the circle",
    ),
    "circle through a teacher": (
        {"student": {**STUDENT, "teacher": "grpo"}, "grpo": {**GRPO, "start": "student"}},
        "(student -> grpo -> student)",
    ),
    "start that is not trained": ({"a": {**GRPO, "start": "b"}, "b": {"kind": "oracle"}}, "agents.a.start: expected"),
    "start of another kind": ({"a": {**GRPO, "start": "b"}, "b": WORKER}, "expected an agent of kind 'llm' that"),
    "start that plays with others' weights": (
        {"sft": SFT, "b": {"kind": "llm", "weights": "sft"}, "grpo": {**GRPO, "start": "b"}},
        "agents.grpo.start: expected an agent of kind 'llm' that trains, got 'b'",
    ),
    "start is a reward model": (
        {"sft": SFT, "judge": JUDGE, "grpo": {**GRPO, "start": "judge"}},
        "agents.grpo.start: expected one that answers, not a reward model, got 'judge' of stage reward",
    ),
    "weights of a reward model": (
        {"sft": SFT, "judge": JUDGE, "b": {"kind": "llm", "weights": "judge"}},
        "agents.b.weights: expected one that answers, not a reward model",
    ),
    "unknown teacher": ({"a": {**STUDENT, "teacher": "nobody"}}, "unknown agent of the comparison 'nobody'"),
    "no teacher": ({"a": {"kind": "llm", "stage": "distill"}}, "agents.a: stage distill needs `teacher`"),
    "taught by a reward model": (
        {"sft": SFT, "judge": JUDGE, "a": {**STUDENT, "teacher": "judge"}},
        "agents.a.teacher: expected one that answers, not a reward model",
    ),
    "paid by one that answers": (
        {"sft": SFT, "a": {**GRPO, "teacher": "sft"}},
        "agents.a.teacher: expected an agent of stage reward, got 'sft' of stage sft",
    ),
    "a section without settings": ({"sft": SFT, "a": {**GRPO, "train": {"grpo": None}}}, "agents.a.train"),
    "a section that is none": (
        {"a": {"kind": "llm", "stage": "ppo", "train": {"model": "smollm2"}}},
        "agents.a: stage ppo needs `start`",
    ),
    "teacher of sft": ({"sft": SFT, "a": {**SFT, "teacher": "sft"}}, "agents.a.teacher: stage sft has none"),
    "teacher of a specialist": (
        {"a": WORKER, "b": {**WORKER, "teacher": "a"}},
        "agents.b.teacher: only for agents of kind 'llm'",
    ),
    "two teachers": (
        {"sft": SFT, "a": {**STUDENT, "teacher": "sft", "train": {"distill": {"teacher": "runs/x"}}}},
        "agents.a: `teacher` and `train.distill.teacher` are the same thing; give one of them",
    ),
    "reward model that is tested": (
        {"sft": SFT, "judge": {**JUDGE, "tested": True}},
        "agents.judge: a reward model answers nothing, so it cannot be tested; give `tested: false`",
    ),
    "weights and a stage": ({"sft": SFT, "b": {**SFT, "weights": "sft"}}, "agents.b.stage: this agent is not trained"),
    "trained on what is held out": (
        {"a": {**SFT, "train": {"env_id": "Reason-AIME-v0", "level": "families=held"}}},
        "are held out and cannot be trained on; ask for split 'test'",
    ),
    "trained on real problems for the test": (
        {"a": {**SFT, "train": {"env_id": "Reason-AIME-v0", "level": "dataset=aime-2025"}}},
        "aime-2025 is for evaluation alone",
    ),
    "neither trained nor tested": (
        {"a": {"kind": "oracle", "tested": False}},
        "agents.a.tested: neither trained nor tested, this agent does nothing",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_an_entry_that_cannot_be_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    agents, message = BAD[case]
    with pytest.raises(ReasonError) as raised:
        plan(tmp_path, **agents)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_pair_is_of_agents_that_are_tested(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="pairs: expected agents that are tested, got 'judge'"):
        plan(tmp_path, sft=SFT, judge=JUDGE, pairs=(("sft", "judge"),))


def test_a_model_of_others_may_practise_at_once(tmp_path: Path) -> None:
    made = plan(tmp_path, a={"kind": "llm", "stage": "grpo", "train": {"model": {"source": "smollm2"}}})
    assert cell(made, "a").start is None


@pytest.mark.parametrize(
    ("agents", "level", "said"),
    [
        ({"a": {"kind": "greedy"}}, 0, "agents.a: agent 'greedy' plays chess, and Reason-Arithmetic-v0 is none"),
        ({"a": {"kind": "majority"}}, 0, "agent 'majority' knows the answers of problems, and Reason-Chess-v0 has"),
        ({"a": {"kind": "engine-2@7", "env_ids": ["Reason-Chess-v0"]}}, 0, "a share of random moves from 0 to 1"),
        ({"a": {"kind": "stockfish-9", "env_ids": ["Reason-Chess-v0"]}}, 0, "STOCKFISH_PATH"),
        ({"a": {"kind": "random"}}, "opponent=stockfish-9", "STOCKFISH_PATH"),
        (
            {
                "llm": {"kind": "llm", "train": {"env_id": "Reason-ChessPuzzle-v0", "level": 0}, "tested": False},
                "sums": {"kind": "specialist", "train": {"env_id": "Reason-Arithmetic-v0"}},
                "a": {"kind": "hybrid", "weights": "llm", "specialist": "sums", "env_ids": ["Reason-Chess-v0"]},
            },
            0,
            "agent 'hybrid' plays chess, and Reason-Arithmetic-v0 is none",
        ),
    ],
)
@pytest.mark.skipif(not registry.ready("chess"), reason="needs the extra chess")
def test_who_cannot_play_is_refused_before_a_comparison_begins(
    agents: Any, level: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOCKFISH_PATH", "/nowhere")
    places = {
        "Reason-Arithmetic-v0": {"primary": {"level": 2}, "levels": [2]},
        "Reason-Chess-v0": {"primary": {"level": level}, "levels": [level]},
    }
    with pytest.raises(BadConfig, match=said):
        build(Comparison, {"name": "x", "environments": places, "agents": agents}, "file")
