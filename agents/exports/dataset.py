"""Problems as a Hugging Face dataset: what they ask and which seed poses them, not what is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium as gym

from ...tasks.errors import BadConfig
from ...tasks.problem import Level
from ..learning.streams import check_seed, derive_many
from .source import Source

if TYPE_CHECKING:
    from datasets import Dataset


def to_dataset(
    env_id: str,
    split: str = "train",
    n: int = 1000,
    level: Level = 0,
    seed: int = 0,
    *,
    conversational: bool = False,
    answers: bool = False,
    **env_options: Any,
) -> Dataset:
    """Problems of a text environment, the same ones in every process for the same arguments.

    They are drawn as training draws them, so a small level repeats some. Of an environment of several turns the prompt
    is the first observation; `as_trl_environment` plays the rest.

    Args:
        env_id: a Gymnasium id with a text view, such as "Reason-Arithmetic-v0".
        split: "train", "validation" or "test".
        n: rows.
        level: of the environment.
        seed: which problems are drawn, from 0 to 2**32 - 1.
        conversational: make the prompt a list of one message, `[{"role": "user", "content": …}]`, and not a string.
        answers: add the column `answer`. Training by reward has no use for it.
        env_options: further options of `gym.make`.

    Returns:
        Columns `prompt`, `seed` (`reset(seed=…)` poses the problem), `problem_id`, `env_id`, `level` and `split`.

    Raises:
        UnknownName: no such environment or split.
        BadLevel: no such level.
        BadConfig: fewer than one row, a seed out of range, an option that the environment does not have, no `datasets`
            installed, or `answers` from an environment that keeps none.
    """
    if n < 1:
        raise BadConfig(f"n: expected 1 or more rows, got {n}")
    check_seed(seed)
    try:
        from datasets import Dataset
    except ImportError:
        raise BadConfig("to_dataset needs datasets; pip install 'reason-arena[data]'") from None
    source = Source(env_id, split, level, env_options)
    rows = []
    for posing in derive_many(n, seed, "dataset"):
        env, question, problem_id = source.pose({"seed": posing})
        row: dict[str, Any] = {
            "prompt": [{"role": "user", "content": question}] if conversational else question,
            "seed": posing,
            "problem_id": problem_id,
            "env_id": env_id,
            "level": level,
            "split": split,
        }
        if answers:
            row["answer"] = _answer(env, env_id)
        rows.append(row)
    return Dataset.from_list(rows)


def _answer(env: gym.Env[Any, Any], env_id: str) -> str:
    problem = getattr(env.unwrapped, "problem", None)
    if problem is None:
        raise BadConfig(f"{env_id} keeps no answer; leave answers=True out")
    return str(problem.answer)
