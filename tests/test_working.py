"""Worked solutions in several styles: what they say is so, and lessons are written in each as often as in others."""

from __future__ import annotations

import re

import pytest

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.config import LanguageModelConfig
from reason_arena.agents.language_model.imitation import Pretrain, teacher
from reason_arena.agents.language_model.stage_config import PretrainConfig
from reason_arena.agents.learning.streams import derive_many
from reason_arena.tasks import arithmetic, registry
from reason_arena.tasks.arithmetic.working import STYLES, worked
from reason_arena.tasks.errors import UnknownName


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("level", arithmetic.levels())
def test_the_working_of_every_style_is_accepted(style: str, level: int) -> None:
    for seed in range(40):
        problem = arithmetic.generate("train", level, seed)
        assert arithmetic.verify(problem, arithmetic.solution(problem, style))


def test_worked_by_hand() -> None:
    for tree, expected in (
        (("+", 58, 67), "58+67: 8+7=15 write 5 carry 1, 5+6+1=12 write 2 carry 1\n\\boxed{125}"),
        (("-", 7, 32), "7-32=-(32-7): 12-7=5 write 5 borrow 1, 3-0-1=2 write 2\n\\boxed{-25}"),
        (("*", 12, 34), "12*34: 12*4=48 so far 48, 12*30=360 48+360=408 so far 408\n\\boxed{408}"),
        (("//", 36, 3), "36//3: 3/3=1 3-3=0 write 1, 6/3=2 6-6=0 write 2\n\\boxed{12}"),
    ):
        assert worked(tree, "narrated") == expected


@pytest.mark.parametrize("level", [0, 1, 2, "operators=+-,digits=30"])
def test_the_digits_that_are_written_are_those_of_the_answer(level: int | str) -> None:
    """From the right; the last column writes one digit, whatever is left over stands in the sum."""
    for seed in range(100):
        problem = arithmetic.generate("train", level, seed)
        said = arithmetic.solution(problem, "narrated")
        written = "".join(re.findall(r"write (\d)", said))[::-1]
        assert int(problem.answer.lstrip("-")) % 10 ** len(written) == int(written)
        assert said.count("carry") + said.count("borrow") == len(re.findall(r"=1\d write|: 1\d-|, 1\d-", said))


def test_the_usual_style_is_the_columns_alone() -> None:
    problem = arithmetic.generate("train", 9, 3)
    assert arithmetic.solution(problem) == arithmetic.solution(problem, "columns")
    without = re.sub(r" (write \d( carry 1| borrow 1)?|so far \d+),?", "", arithmetic.solution(problem, "narrated"))
    assert without == arithmetic.solution(problem)


def test_a_style_that_is_none_is_named() -> None:
    with pytest.raises(UnknownName, match="unknown style 'narated': did you mean 'narrated'"):
        worked(("+", 1, 2), "narated")
    with pytest.raises(UnknownName, match="unknown style of arithmetic 'colums': did you mean 'columns'"):
        LanguageModelConfig(styles=("narrated", "colums"))
    with pytest.raises(UnknownName):
        registry.styled("arithmetic", ("spoken",))


def test_lessons_are_written_in_each_style_as_often_as_in_the_others() -> None:
    both, one = teacher("arithmetic", 1, STYLES[:2]), teacher("arithmetic", 1, ("narrated",))
    narrated = sum("write" in both(seed)[1] for seed in range(400))
    assert 150 < narrated < 250, "half of them, five standard deviations either way"
    assert all("write" in one(seed)[1] for seed in range(20))
    assert [both(seed) for seed in range(20)] == [both(seed) for seed in range(20)]


def test_styles_belong_to_the_recipe_of_those_that_show_solutions() -> None:
    plain, styled = LanguageModelConfig(), LanguageModelConfig(styles=STYLES)
    for stage in ("pretrain", "sft"):
        assert plain.identity(stage) != styled.identity(stage)
        assert "styles" not in plain.identity(stage), "runs from before there were styles go on"
    assert plain.identity("grpo") == styled.identity("grpo"), "its start is another already"


@pytest.mark.parametrize("questions", [True, False])
def test_pretraining_reads_solutions_with_their_questions_or_alone(questions: bool) -> None:
    text, lesson = models.tokenizer(), teacher("arithmetic", 1)
    known = {
        ("\n".join(lesson(seed)) if questions else lesson(seed)[1]) + "<eos>"
        for seed in derive_many(16, 5, "pretrain", 0)
    }
    stage = Pretrain(PretrainConfig(batch=2, questions=questions), [lesson], text, seed=5)
    read = {text.decode(each.token_ids) for each in stage.sequences(0)}
    assert read == known, "a pool of eight updates, every token but the first, which begins each sequence"
    told = LanguageModelConfig(pretrain=PretrainConfig(questions=questions)).identity("pretrain")["pretrain"]
    assert ("questions" in told) != questions, "runs from before it could be told go on"
