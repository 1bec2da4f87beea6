"""Write docs/environments/<id>.md out of the docstrings, so that a page cannot say what the code does not.

The tables of settings in the other pages are written too, by settings.py beside this file.

python docs/generate.py
python docs/generate.py --check    (change nothing; exit code 1 if a page is out of date)
"""

from __future__ import annotations

import inspect
import re
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import families
import gymnasium as gym
import settings

import reason_arena.envs
from reason_arena.agents.learning.rollout import rollout
from reason_arena.agents.registry import CHESS, Place, make
from reason_arena.envs import desk, hands, worksheet
from reason_arena.tasks import registry
from reason_arena.tasks.aime import toolbox
from reason_arena.tasks.chess import moves, playouts, tables
from reason_arena.tasks.problem import Task

DOCS = Path(__file__).resolve().parent
PAGES = DOCS / "environments"
MORE: dict[str, tuple[tuple[str, Any], ...]] = {
    "Reason-AIME-v0": (("The desk", desk), ("The tools", toolbox)),
    "Reason-Arithmetic-v0": (
        ("The worksheet", worksheet),
        ("Scratchpad “columns”: the counter", hands.Counter),
        ("Scratchpad “digits”: the pen", hands.Pen),
    ),
    "Reason-Chess-v0": (("The moves", moves),),
    "Reason-ChessEndgame-v0": (("The tables", tables),),
    "Reason-ChessPuzzle-v0": (("The generated puzzles", playouts),),
}
"""what stands behind an array view, where its class alone does not say it"""
LEVELS: dict[str, ModuleType] = {
    "Reason-Arithmetic-v0": import_module("reason_arena.tasks.arithmetic.levels"),
    "Reason-ReasoningGym-v0": import_module("reason_arena.tasks.reasoninggym.levels"),
}
"""the module whose docstring explains the levels; without one the task's own words do"""
VERDICTS = {"Reason-ReasoningGym-v0": import_module("reason_arena.tasks.reasoninggym.scoring")}
"""the module whose docstring explains what is right, where that takes explaining"""
SCRATCHPADS = {"Reason-Arithmetic-v0": ("columns", "digits")}
SECTION = re.compile(r"^([A-Z][a-z]+(?: and [a-z]+)?(?: \(\d+,\))?): +(?=\S)", re.MULTILINE)
EXAMPLE_LEVEL = 4


def page(env_id: str) -> str:
    """The page of an environment."""
    place = Place(env_id)
    task = registry.load(place.task)
    module, _, function = str(gym.spec(env_id).entry_point).partition(":")
    source = import_module(module)
    views = {view: type(gym.make(env_id, view=view).unwrapped) for view in ("text", "array")}
    parts = [
        f"# {env_id}",
        f"<!-- Written by docs/generate.py from {module.removeprefix('reason_arena.')} and what it uses. -->",
        prose(source),
        prose(import_module(f"reason_arena.tasks.{place.task}")),
        f"```python\nimport gymnasium as gym\nimport reason_arena.envs\n\n{_calls(env_id)}\n```",
        prose(getattr(source, function)),
        f"The task's version is {task.VERSION}: it is raised when a seed yields another problem.",
        f"## Levels\n\n{prose(LEVELS[env_id])}" if env_id in LEVELS else "## Levels",
        _table(place.task, explain=env_id not in LEVELS),
        prose(VERDICTS[env_id]) if env_id in VERDICTS else "",
        f"## The text view: `{views['text'].__name__}`\n\n{prose(views['text'])}",
        _text_example(place),
        f"## The array view: `{views['array'].__name__}`\n\n{prose(views['array'])}",
        *(f"### {heading}\n\n{prose(what)}" for heading, what in MORE.get(env_id, ())),
        _array_example(place),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def prose(what: Any) -> str:
    """A docstring as Markdown: its sections as lists, without examples."""
    paragraphs = (inspect.getdoc(what) or "").split("\n\n")
    return "\n\n".join(_paragraph(text) for text in paragraphs if not text.startswith((">>>", "Raises:", "Returns:")))


def _paragraph(text: str) -> str:
    if text.startswith("Args:\n"):
        items = re.sub(r"\n {8,}", " ", inspect.cleandoc(text.partition("\n")[2]))
        return re.sub(r"^(\w+): ", r"- `\1`: ", items, flags=re.MULTILINE)
    if SECTION.match(text):
        starts = [found.start() for found in SECTION.finditer(text)] + [len(text)]
        items = (" ".join(text[a:b].split()) for a, b in pairwise(starts))
        return "\n".join(SECTION.sub(r"- **\1**: ", item, count=1) for item in items)
    return text


def _calls(env_id: str) -> str:
    return (
        f'env = gym.make("{env_id}", view="text", split="train", level=2)\n'
        f'envs = gym.make_vec("{env_id}", num_envs=64, view="array", split="train", level=2)'
    )


def _table(name: str, explain: bool) -> str:
    """How many problems each level holds, and its first test problem, unless others wrote it."""
    task = registry.load(name)
    if registry.extra(name):
        return "\n".join(
            ["| level | asks for |", "|---|---|", *(f"| {n} | {asks} |" for n, asks in task.levels().items())]
        )
    rows = [
        "| level | asks for | different problems, at most | test problem of seed 0 | answer |",
        "|---|---|---|---|---|",
    ]
    for level, asks in task.levels().items():
        problem = task.generate("test", level, 0)
        rows.append(f"| {level} | {asks} | {task.distinct(level):.2g} | {problem.question} | {problem.answer} |")
    if not explain:
        rows = [re.sub(r"^(\|[^|]*)\|[^|]*", r"\1", row) for row in rows]
    return "\n".join(rows)


def _text_example(place: Place) -> str:
    task = registry.load(place.task)
    if place.task == "reasoninggym":
        return ""
    problem = task.generate("test", place.level, 0)
    if not isinstance(task, Task):
        return f"The first question of level {place.level}, test, seed 0:\n\n```text\n{problem.question}\n```"
    solution, moves = task.solution(problem), " of the first move" if place.task in CHESS else ""
    return (
        f"The question of level {place.level}, test, seed 0, and the task's own worked solution{moves}, which SFT shows"
        f"{_oracle(place, solution)}:\n\n```text\n{problem.question}\n\n{solution}\n```"
    )


def _oracle(place: Place, solution: str) -> str:
    """What the oracle says where the solution is that of the problem, asked and not assumed."""
    asked, info = place.single("text").reset(seed=0)
    (said,) = make("oracle", place, "text").act((asked,), [info])
    return " and the oracle writes" if said == solution else f" (the oracle only names its move: `{said}`)"


def _array_example(place: Place) -> str:
    """What a flawless agent leaves on the scratchpad, if the environment keeps one."""
    parts = []
    for name in SCRATCHPADS.get(place.env_id, ()):
        here = Place(place.env_id, "test", EXAMPLE_LEVEL, {"scratchpad": name})
        (episode,) = rollout(here.make("array", 1, render_mode="ansi"), make("oracle", here, "array"), [0])
        asked = registry.load(here.task).generate("test", here.level, 0).question
        parts.append(
            f"“{name}”, level {here.level}, test, seed 0 ({asked}): a flawless hand takes {episode.length} steps and "
            f"leaves\n\n```text\n{episode.transcript}\n```"
        )
    return "\n\n".join(parts)


def main(words: list[str]) -> int:
    """Write the pages, or compare them."""
    made = {PAGES / f"{env_id}.md": page(env_id) for env_id in reason_arena.envs.IDS}
    made[DOCS / "aime_families.md"] = families.page()
    made = {path: settings.filled(path.read_text(encoding="utf-8")) for path in sorted(DOCS.rglob("*.md"))} | made
    stale = []
    for path, text in made.items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(str(path.relative_to(DOCS.parent)))
        if "--check" not in words:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    print("\n".join(stale) or "all pages are up to date")
    return int("--check" in words and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
