"""What a task says that it read out of a completion is what its judge goes by."""

from __future__ import annotations

import pytest

from reason_arena.tasks import registry
from reason_arena.tasks.problem import Parsing

TASKS = [name for name in registry.names() if registry.ready(name) and isinstance(registry.load(name), Parsing)]
TEXTS = [
    "{answer}",
    "{wrong}",
    r"So it is \boxed{{{answer}}}.",
    r"\boxed{{{wrong}}}",
    r"\boxed{{ {answer} }} or \boxed{{{wrong}}}",
    "The answer is {answer}.",
    "The answer is {answer} or {wrong}.",
    "<answer>{answer}</answer>",
    r"<think>\boxed{{{answer}}}",
    "I do not know.",
    "",
    r"\boxed{{" + "9" * 6000 + "}}",
]


def test_there_are_some() -> None:
    assert {"aime", "arithmetic"} <= set(TASKS)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", TASKS)
def test_it_is_read_where_it_is_judged_and_nowhere_else(name: str, text: str) -> None:
    task = registry.load(name)
    assert isinstance(task, Parsing)
    for seed in range(10):
        problem = task.generate("train", min(task.levels()), seed)
        completion = text.format(answer=problem.answer, wrong=f"{problem.answer}1")
        verdict, read = task.verify(problem, completion), task.parse(completion)
        if verdict.reason in ("correct", "wrong"):
            assert read is not None, "an answer that is judged is a vote"
        if read is not None:
            alone = rf"\boxed{{{read}}}"
            assert task.parse(alone) == read
            assert task.verify(problem, alone).correct == verdict.correct, "equal answers are as right"


@pytest.mark.parametrize("name", TASKS)
def test_a_worked_solution_is_read_as_its_answer(name: str) -> None:
    task = registry.load(name)
    assert isinstance(task, Parsing)
    for seed in range(20):
        problem = task.generate("train", min(task.levels()), seed)
        assert task.parse(task.solution(problem)) == task.parse(rf"\boxed{{{problem.answer}}}")
