"""Test one agent on one level and say how often it is right.

reason eval oracle --level 3
reason eval specialist --checkpoint runs/sums/final --level operators=+-,digits=50
reason eval llm --checkpoint smollm2 --level 1 --episodes 50 --samples 4
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from ..agents.learning.progress import Progress
from ..agents.registry import BEST_OF, BUILT, HYBRID, MANY, POKEMON, ROUTER, TOOLS, TRAINED, Place, trained_as, view_of
from ..agents.visible import say
from ..arena.cells import TestCell
from ..arena.files import write_whole
from ..arena.sampling import Answers, cut_short, over_problems, sampling_error, unreadable
from ..arena.second_opinion import Case, Comparison, SecondOpinion
from ..arena.statistics import wilson
from ..arena.venue import problems_of
from ..tasks import registry
from ..tasks.errors import BadConfig
from .parsing import parse

OWNERS: dict[str, tuple[str, ...]] = {
    "specialist": (HYBRID, TOOLS),
    "judge": (BEST_OF,),
    "n": MANY,
    "price": (ROUTER,),
    "temperature": ("llm", *BUILT),
    "max_new_tokens": ("llm", *BUILT),
}
"""the kinds of agent that a flag is for"""


@dataclass(frozen=True)
class Eval:
    """Who, where, how long."""

    agent: Annotated[str, tyro.conf.Positional]
    """random, majority, oracle, specialist, llm, votes, best_of, hybrid, tools, router, or a player of chess such as
    greedy or engine-3@0.5"""
    checkpoint: Path | None = None
    """weights of one that is trained; for an llm also "smollm2" or a hub id; votes, best_of, hybrid and tools have
    those of an llm"""
    specialist: Path | None = None
    """weights of the specialist that (hybrid) decides what `checkpoint` may play, or (tools) answers its calls"""
    judge: Path | None = None
    """best_of: weights of the reward model that scores what `checkpoint` writes"""
    n: int | None = None
    """votes, best_of: completions a decision; 8 if not told"""
    price: float | None = None
    """router: of the dearest part's mean episode, in right answers; 0 if not told"""
    env_id: str = "Reason-Arithmetic-v0"
    """environment id"""
    level: str = "2"
    """a number of the task's table, or a specification"""
    split: str = "test"
    """train, validation or test"""
    episodes: int = 200
    """how many evaluation seeds; never more than the level has problems"""
    evaluation_seed: int = 0
    """the first of them"""
    samples: int = 1
    """how often each is played; more than once also tells pass@k and maj@k"""
    view: str | None = None
    """baselines: text (default) or array"""
    temperature: float | None = None
    """llm, votes, best_of, hybrid, tools: 1 samples, 0 is greedy"""
    max_new_tokens: int | None = None
    """llm, votes, best_of, hybrid, tools: longest completion"""
    second_opinion: bool = False
    """judge every answer by math-verify too, and list those that it judges the other way"""
    out: Path | None = None
    """file for one JSON line an episode"""


def main(words: list[str]) -> None:
    """Play and print the rate with its interval."""
    options = parse(Eval, "eval", words, __doc__)
    for name, low in (("episodes", 1), ("samples", 1), ("evaluation_seed", 0)):
        if getattr(options, name) < low:
            flag = f"--{name.replace('_', '-')}"
            raise BadConfig(f"{flag}: expected {low} or more, got {getattr(options, name)}")
    level: int | str = int(options.level) if options.level.isdecimal() else options.level
    place = Place(options.env_id, options.split, level)
    episodes = problems_of(place, options.episodes)
    view_of(options.agent, options.view)
    if options.agent in (*TRAINED, *BUILT) and options.checkpoint is None:
        raise BadConfig(
            f"agent {options.agent!r} needs --checkpoint; `reason train {trained_as(options.agent)}` makes one"
        )
    extra = {key: getattr(options, key) for key in OWNERS if getattr(options, key) is not None}
    for key in extra:
        if options.agent not in OWNERS[key]:
            owners = " or ".join(map(repr, OWNERS[key]))
            raise BadConfig(f"--{key.replace('_', '-')}: only for agent {owners}, got {options.agent!r}")
    second = SecondOpinion() if options.second_opinion else None
    cases: list[Case] = []
    with tempfile.TemporaryDirectory() as scratch:
        cell = TestCell(
            agent=options.agent,
            kind=options.agent,
            view=options.view,
            seed=0,
            level=level,
            env_id=options.env_id,
            split=options.split,
            episodes=episodes,
            evaluation_seed=options.evaluation_seed,
            samples=options.samples,
            marker=Path(scratch) / "lines.jsonl",
            weights=options.checkpoint,
            options=extra,
        )
        with Progress(options.agent, episodes * options.samples, unit="episodes") as progress:
            cell.run(progress.advance, lambda line, text: cases.append(_case(line, text)) if second else None)
        lines = [json.loads(line) for line in cell.marker.read_text(encoding="utf-8").splitlines()]
    compared = None if second is None else _compared(second, cases, lines)
    if options.out is not None:
        write_whole(options.out, "".join(f"{json.dumps(line)}\n" for line in lines))
    sound = _sound(lines)
    rate = wilson(sum(line["correct"] for line in sound), len(sound))
    told = [str(rate)] if options.samples == 1 else _sampled(sound, options.samples)
    # Whose cartridge a game is of has to be said wherever a result is.
    what = registry.load(place.task).describe(level) if place.task == POKEMON else f"level {level}"
    say(f"{options.agent} on {options.env_id}, {what}, {options.split}: {told[0]}")
    for more in (*told[1:], *_failures(sound)):
        say(f"  {more}")
    if left := len(lines) - len(sound):
        say(f"  left out: {left} of {len(lines)} episodes, in which the environment failed")
    if compared is not None:
        say(compared)
    if options.out is not None:
        say(f"lines: {options.out}")


def _case(line: Mapping[str, Any], text: str) -> Case:
    return Case(line["problem_id"], text, line["expected"], bool(line["correct"]), line["verdict"])


def _sound(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those whose environment did not fail. Raises BadConfig if none is left."""
    left = [line for line in lines if not line["failed"]]
    if not left:
        raise BadConfig(f"none of {len(lines)} episodes counts, for the environment failed: {lines[0]['failed']}")
    return left


def _compared(second: SecondOpinion, cases: list[Case], lines: list[dict[str, Any]]) -> Comparison:
    """Ask, and write each opinion into its line."""
    with second, Progress("math-verify", len(cases), unit="answers") as progress:
        opinions = []
        for line, opinion in zip(lines, second.ask(cases), strict=True):
            opinions.append(opinion)
            line["second_opinion"] = asdict(opinion)
            progress.advance()
    return Comparison(tuple(cases), tuple(opinions))


def _sampled(lines: list[dict[str, Any]], k: int) -> list[str]:
    """avg@k, the error of sampling alone, pass@k for powers of two and for k, maj@k; k is at most what all have."""
    problems = Answers.by_problem(lines)
    k = min(k, *(problem.n for problem in problems))
    average = over_problems([each.average for each in problems], k)
    steps = [2**i for i in range(1, k.bit_length()) if 2**i < k] + [k]
    told = [
        f"avg@{k} {average}",
        f"samples drawn anew on the same problems: standard error {sampling_error(problems):.3f}",
    ]
    shares = {f"pass@{step}": [each.passed(step) for each in problems] for step in steps}
    if all(each.votes for each in problems):
        shares[f"maj@{k}"] = [each.majority for each in problems]
    return told + [f"{name} {str(over_problems(values)).partition(' over ')[0]}" for name, values in shares.items()]


def _failures(lines: list[dict[str, Any]]) -> list[str]:
    """How many answers of a language model had no chance to be right."""
    cut = cut_short(lines)
    return [] if math.isnan(cut) else [f"cut short: {cut:.1%} of answers; unreadable, not cut: {unreadable(lines):.1%}"]
