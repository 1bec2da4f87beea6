"""The task `aime`: levels and specifications, what is held out, composed problems, real problems by seed."""

from __future__ import annotations

import json
import pickle
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from reason_arena.agents.baselines import MajorityTextAgent, problem_of
from reason_arena.tasks import aime
from reason_arena.tasks.aime import catalogue, posed, reading
from reason_arena.tasks.aime.posed import Composed, Single
from reason_arena.tasks.aime.spec import combine, read
from reason_arena.tasks.errors import BadData, BadLevel
from reason_arena.tasks.problem import SPLITS, split_of
from reason_arena.tasks.stream import Stream

HELD = set(catalogue.HELD_OUT)


def singles(problem: Any) -> list[Single]:
    drawn = problem.facts["posed"]
    return [drawn] if isinstance(drawn, Single) else [drawn.first, drawn.second]


def test_there_are_forty_families_of_all_areas_and_some_are_held_out() -> None:
    families = catalogue.families()
    assert len(families) >= 40
    assert {family.area for family in families.values()} == set(aime.family.AREAS)  # type: ignore[attr-defined]
    assert families.keys() >= HELD
    assert 6 <= len(HELD) <= len(families) / 4
    numbers = {number for family in catalogue.seen() for number in family.difficulty}
    assert numbers == set(range(1, 16))


def test_training_never_poses_what_is_held_out() -> None:
    for level in (*aime.levels(), "families=seen", "composed=only", "number=12,composed=mixed"):
        for split in ("train", "validation"):
            for seed in range(150):
                for single in singles(aime.generate(split, level, seed)):  # type: ignore[arg-type]
                    assert single.name not in HELD
                    assert single.wording < len(single.family.wordings) - 1
    for level in ("families=held", "families=all", f"families={min(HELD)}", "wordings=held", "wordings=all"):
        with pytest.raises(BadLevel, match="held out"):
            aime.generate("train", level, 0)


def test_what_is_held_out_can_be_tested() -> None:
    names, wordings = set(), set()
    for seed in range(200):
        (single,) = singles(aime.generate("test", "families=held", seed))
        names.add(single.name)
        (single,) = singles(aime.generate("test", "families=seen,wordings=held", seed))
        wordings.add(len(single.family.wordings) - single.wording)
    assert names == HELD
    assert wordings == {1}


def test_a_number_poses_families_of_that_difficulty() -> None:
    for number in range(1, 16):
        composed = 0
        for seed in range(60):
            drawn = singles(aime.generate("train", number, seed))
            assert sum(single.family.difficulty[single.tier - 1] for single in drawn) == number
            composed += len(drawn) == 2
        assert (composed > 10) == (number >= 10), number


def test_settings_choose_what_is_posed() -> None:
    for seed in range(40):
        (single,) = singles(aime.generate("train", "families=power-remainder+floor-sum,tiers=2-3", seed))
        assert single.name in ("power-remainder", "floor-sum")
        assert single.tier in (2, 3)
        assert isinstance(aime.generate("train", "composed=only", seed).facts["posed"], Composed)
    assert read("5") == read(5)
    assert combine(9, wordings="held", tiers=2) == "number=9,wordings=held,tiers=2"
    assert combine("tiers=1", families=("a", "b"), dataset="x,y=z.jsonl") == "tiers=1,families=a+b,dataset=x,y=z.jsonl"
    assert combine(3) == 3
    assert read("figures=none,skip_bad=true,dataset=a,b=c.csv").dataset == "a,b=c.csv"
    assert combine("figures=none,dataset=a,b=c.csv", skip_bad=True) == "figures=none,skip_bad=true,dataset=a,b=c.csv"
    assert combine("dataset=a,b=c.csv", practice=True) == "practice=true,dataset=a,b=c.csv"
    with pytest.raises(BadLevel, match="dataset twice"):
        combine("dataset=a.csv", dataset="b.csv")


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("families=floor-sun", "did you mean 'floor-sum'"),
        ("tiers=0", "tiers like 2 or 1-3"),
        ("tiers=3-1", "of that number and tier"),
        ("number=16", "1 to 15"),
        ("composed=some", "mixed, none, only"),
        ("tiers=1,tiers=2", "once"),
        ("level=3", "settings are"),
        ("dataset=", "a name, a file or a hub id"),
        ("number=9,dataset=a.jsonl", "number is a setting of generated problems"),
        ("figures=none", "figures is a setting of real problems, expected with dataset="),
        ("families=seen,skip_bad=false", "skip_bad is a setting of real problems"),
        ("practice=true,dataset=aime-2025", "for evaluation alone"),
        ("families=power-remainder,number=15", "of that number and tier"),
        ("families=floor-sum,composed=only", "of which two make a composed problem"),
        ("families=floor-sum,composed=mixed", "of which two make a composed problem"),
        ("number=1,composed=only", "of which two make a composed problem"),
        ("tiers=3-1,composed=only", "of which two make a composed problem"),
    ],
)
def test_a_wrong_specification_is_named(level: str, expected: str) -> None:
    with pytest.raises(BadLevel, match=expected):
        aime.generate("train", level, 0)


def test_a_composed_problem_hides_the_first_answer_and_needs_it() -> None:
    for seed in range(300):
        drawn = aime.generate("train", "composed=only", seed).facts["posed"]
        assert isinstance(drawn, Composed)
        first, second = drawn.first, drawn.second
        given = dict(zip(second.family.parameters, second.parameters, strict=True))
        assert given[drawn.slot] == first.answer == first.family.solve(*first.parameters)
        assert drawn.answer == second.family.solve(*second.parameters)
        if drawn.slot == "m" and second.name in ("fixed-points", "couples-apart", "couples-together"):
            assert drawn.answer != second.family.solve(*second.parameters[:-1], 10**30), "needs no modulus"
        text = drawn.statement()
        assert str(first.answer) not in re.findall(r"\d+", text)
        assert len(re.findall(rf"{drawn.symbol}(?![a-z]{{2}})", text)) == 2  # where it is named, and used
        if first.tier <= first.family.brute_tiers and second.tier <= min(second.family.brute_tiers, 2) and seed < 30:
            assert second.family.brute(*second.parameters) == drawn.answer
            assert first.family.brute(*first.parameters) == first.answer


def test_a_composed_problem_solves_none_of_another_split() -> None:
    for split in SPLITS:
        for seed in range(150):
            for single in singles(aime.generate(split, "composed=only", seed)):
                assert split_of(single.family.content(single.parameters)) == split


def test_problems_can_be_copied_and_sent_to_other_processes() -> None:
    for level in (3, "composed=only"):
        problem = aime.generate("train", level, 5)
        assert pickle.loads(pickle.dumps(problem)) == problem == deepcopy(problem)
        assert problem_of(problem.id) == problem


def test_an_instance_is_admitted_only_if_its_statement_does_not_show_the_answer() -> None:
    family = catalogue.family("power-remainder")
    assert family.admits((7, 30, 5, 11), 6)
    assert not family.admits((7, 30, 5, 11), 7)
    assert not family.admits((7, 30, 5, 11), 1000)
    assert not family.admits((7, 30, 5, 11), -1)


def test_a_wording_is_drawn_from_its_group() -> None:
    rng = Stream("wordings")
    assert {posed.wording(rng, 4, "seen") for _ in range(100)} == {0, 1, 2}
    assert {posed.wording(rng, 4, "all") for _ in range(100)} == {0, 1, 2, 3}
    assert posed.wording(rng, 4, "held") == 3


def test_a_statement_is_read_as_words_and_places_of_numbers() -> None:
    seen = reading.read(r"Find $\frac{7}{30}$ of 1234567890123456789, then add $9$.")
    assert seen.words == ("find", "frac", "", "", "of", "", "then", "add", "")
    assert seen.numbers == (7, 30, 9)  # what has more than 18 digits is no number to point at
    assert seen.places == (2, 3, 8)


def _write(folder: Path, rows: list[dict[str, Any]]) -> str:
    file = folder / "real.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return f"dataset={file}"


SUMS = [{"id": f"p{i}", "problem": f"What is {i} plus {i}?", "answer": 2 * i} for i in range(5)]


def test_real_problems_are_posed_row_by_row(tmp_path: Path) -> None:
    level = _write(tmp_path, SUMS)
    assert aime.distinct(level) == 5
    problems = [aime.generate("test", level, seed) for seed in range(7)]
    assert [problem.answer for problem in problems] == ["0", "2", "4", "6", "8", "0", "2"]
    assert problems[3].facts["family"] == "p3"
    assert problem_of(problems[3].id) == problems[3]
    assert aime.verify(problems[4], aime.solution(problems[4]))


def test_real_problems_are_tested_on_or_trained_on_and_never_both(tmp_path: Path) -> None:
    rows = [{"problem": f"What is {i} plus {i}?", "answer": 2 * i} for i in range(60)]
    level = _write(tmp_path, rows)
    practice = str(combine(level, practice=True))
    for split in ("train", "validation"):
        with pytest.raises(BadLevel, match="put practice=true before dataset="):
            aime.generate(split, level, 0)  # type: ignore[arg-type]
    with pytest.raises(BadLevel, match="practice=true has no test"):
        aime.generate("test", practice, 0)
    seen = [{aime.generate(split, practice, seed).question for seed in range(60)} for split in SPLITS[:2]]
    assert seen[0].isdisjoint(seen[1])
    assert seen[0] | seen[1] == {row["problem"] for row in rows}
    assert 0 < len(seen[1]) < 20 < len(seen[0])
    (said,) = MajorityTextAgent("aime", level).act(["anything"], [{}])
    assert (said,) == MajorityTextAgent("aime", 0).act(["anything"], [{}]), "it has not seen the test"


def test_problems_of_the_years_that_count_are_not_trained_on_whatever_the_file_is_called(tmp_path: Path) -> None:
    level = _write(tmp_path, [*SUMS, {"id": "2025-I-3", "problem": "Three and four?", "answer": 7}])
    with pytest.raises(BadData, match="2025-I-3 is of 2025, and problems from 2024 on are for evaluation alone"):
        aime.generate("train", str(combine(level, practice=True)), 0)
    alone = _write(tmp_path, SUMS[:1])
    assert aime.generate("train", str(combine(alone, practice=True)), 0).answer == "0"
    with pytest.raises(BadData, match="of its 1 problems none is in split 'validation'"):
        aime.generate("validation", str(combine(alone, practice=True)), 0)


def test_real_problems_that_cannot_be_used_are_refused_or_left_out(tmp_path: Path) -> None:
    level = _write(tmp_path, [{"problem": "One and one?", "answer": 2}, {"problem": "Too much?", "answer": 1000}])
    with pytest.raises(BadData, match="line 2"):
        aime.generate("test", level, 0)
    assert aime.distinct(level.replace("dataset", "skip_bad=true,dataset")) == 1


@pytest.mark.parametrize(
    "name", ["aime-2024", "aime-2025", "aime-2026", "MathArena/aime_2025", "MathArena/AIME_2026@x"]
)
def test_the_exams_by_which_models_are_compared_are_not_trained_on(name: str) -> None:
    for split in ("train", "validation"):
        with pytest.raises(BadLevel, match="for evaluation alone"):
            aime.generate(split, f"practice=true,dataset={name}", 0)  # type: ignore[arg-type]
