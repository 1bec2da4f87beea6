"""The line that an episode leaves in the results: all that the report will ever know of it."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from ..agents.agent import Agent
from ..agents.baselines import problem_of
from ..agents.learning.rollout import Episode
from ..agents.learning.usage import used
from ..envs.guard import FAILED
from ..tasks import registry
from ..tasks.problem import Parsing

TRANSCRIPT = 4_000
"""characters of a transcript that are kept"""


def line(agent: Agent, episode: Episode, sample: int = 0) -> dict[str, Any]:
    """What an episode was and was worth, as plain values; one whose environment failed was worth nothing known.

    Args:
        agent: who played it.
        episode: as it ended.
        sample: how many earlier episodes of this evaluation had the same seed.
    """
    problem = problem_of(episode.problem_id)
    task = registry.load(problem.task)
    tokens, flops = used(agent, episode)
    candidates = [told for trace in episode.traces if (told := getattr(trace, "told", None))]
    calls = [trace.called for trace in episode.traces if hasattr(trace, "called")]
    return {
        "task_version": problem.version,
        "split": problem.split,
        "seed": episode.seed,
        "sample": sample,
        "problem_id": episode.problem_id,
        **({"family": str(problem.facts["family"])} if "family" in problem.facts else {}),
        "question": problem.question,
        "expected": problem.answer,
        "return": None if episode.failed else episode.return_,
        "furthest": None if episode.failed else episode.counts.get("furthest"),
        "correct": None if episode.failed else episode.correct,
        "verdict": FAILED if episode.failed else episode.verdict,
        "failed": episode.failed,
        "termination": episode.termination,
        "answer": episode.answer,
        "parsed": task.parse(completion(episode)) if isinstance(task, Parsing) else None,
        "cut_short": _cut_short(episode),
        "transcript": episode.transcript[:TRANSCRIPT],
        "drawn": None if sample else drawn(agent, episode),
        "record": episode.record,
        "counts": dict(episode.counts),
        "length": episode.length,
        "tokens": tokens,
        "flops": flops,
        "seconds": episode.seconds,
        "gpu_seconds": episode.gpu_seconds,
        **({"candidates": candidates} if candidates else {}),
        **({"calls": calls} if calls else {}),
    }


def whole(path: Path, agent: str, training_seed: int, first: int, episodes: int, samples: int) -> bool:
    """Whether a file holds exactly the lines of a test: a crash may leave half a line, a full disk a row of zeros.

    Args:
        path: of the lines.
        agent: who played.
        training_seed: as which it was trained.
        first: evaluation seed.
        episodes: how many evaluation seeds.
        samples: how often each was played.
    """
    try:
        seen = path.stat()
    except OSError:
        return False
    return _whole(path, (seen.st_mtime_ns, seen.st_size), agent, training_seed, range(first, first + episodes), samples)


@lru_cache(maxsize=4096)
def _whole(path: Path, seen: tuple[int, int], agent: str, training_seed: int, seeds: range, samples: int) -> bool:
    """The same, of a file that was changed last at `seen`: a comparison asks often whether a cell is done."""
    found: Counter[tuple[Any, Any]] = Counter()
    try:
        text = path.read_text(encoding="utf-8")
        for written in text.split("\n")[:-1]:
            row = json.loads(written, parse_constant=_no_number)
            if (row["agent"], row["training_seed"]) != (agent, training_seed):
                return False
            # Before there were samples, a line was the only one of its seed.
            found[row["seed"], row.get("sample", 0)] += 1
    except (OSError, ValueError, RecursionError, LookupError, TypeError):
        return False
    asked = Counter((seed, sample) for seed in seeds for sample in range(samples))
    return text.endswith("\n") and found == asked


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def completion(episode: Episode) -> str:
    """What was judged: the last text, whole, or the answer on the worksheet."""
    return episode.actions[-1] if episode.actions else episode.answer


def drawn(agent: Agent, episode: Episode) -> dict[str, list[Any]] | None:
    """The tokens that a transcript is made of, and how likely each was.

    Args:
        agent: who wrote it.
        episode: as it ended.

    Returns:
        "characters", how many of the transcript each token is, and "logprobs", of each in nats to two places, None for
        what was not drawn: an action that another put in place of the tokens, what a harness put between them, and line
        breaks between actions. None if no tokens were drawn, or these do not make the transcript.
    """
    if not episode.traces or len(episode.traces) != len(episode.actions):
        return None
    characters: list[int] = []
    logprobs: list[float | None] = []
    for action, trace in zip(episode.actions, episode.traces, strict=True):
        if characters:
            characters.append(1)
            logprobs.append(None)
        texts = agent.spelled(trace) if action == trace.text else ()
        ends = list(accumulate(map(len, texts)))
        if not ends or len(trace.logprobs) != len(ends):
            characters.append(len(action))
            logprobs.append(None)
            continue
        for start, end, logprob in zip([0, *ends], ends, trace.logprobs, strict=False):
            if start < len(action):
                characters.append(min(end, len(action)) - start)
                logprobs.append(None if logprob is None else round(logprob, 2) + 0.0)
    if sum(characters) != len(episode.transcript):
        return None
    kept = 1 + bisect_left(list(accumulate(characters)), TRANSCRIPT)
    return {"characters": characters[:kept], "logprobs": logprobs[:kept]}


def _cut_short(episode: Episode) -> bool | None:
    """Whether the token limit or a full context ended what was written; None if no tokens were."""
    if not episode.traces and not episode.resigned:
        return None
    return bool(episode.resigned) or any(trace.finish_reason == "length" for trace in episode.traces)
