"""Two different answers to one problem, to be compared: sampled as everywhere else, and made ready for training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any, Literal

from gymnasium.vector import VectorEnv
from transformers import PreTrainedTokenizerBase

from ...tasks.errors import BadConfig
from ...tasks.problem import Level
from ..learning.batch import Completion
from ..learning.preferences import Answer, Pair, Preference
from ..learning.rollout import Episode, rollout, sound
from . import models
from .agent import LanguageModelAgent
from .conversation import prompt_ids, solution_ids

Pairing = Literal["all", "extremes"]


def sample_pairs(
    agent: LanguageModelAgent,
    env: VectorEnv[Any, Any, Any],
    seeds: Sequence[int],
    *,
    env_id: str,
    level: Level,
    answers: int = 2,
    pairing: Pairing = "all",
    tell: Callable[[Sequence[Episode]], None] | None = None,
) -> Iterator[Pair]:
    """Answer each problem several times and pair what differs.

    The problems are played in blocks of `env.num_envs // answers`, as they are asked for. A problem whose answers read
    all alike gives no pair, and an episode that failed no answer. The same agent, seeds and size of `env` give the same
    pairs.

    Args:
        agent: whose answers are compared; at a temperature above 0.
        env: text environment of problems of one turn, of at least `answers` copies.
        seeds: of the problems.
        env_id: what `env` is called, for the record.
        level: of its problems, for the record.
        answers: completions a problem, 2 or more.
        pairing: "all" combinations of the different answers to a problem, or the "extremes" alone: the best and the
            worst, where right is better than wrong, and then shorter than longer.
        tell: gets the episodes of each block, for the bill.

    Yields:
        Pairs in the order of the seeds; within a problem, in the order in which the answers were drawn.

    Raises:
        BadConfig: settings under which no two answers can be compared, a problem of several turns or one that is too
            long for the model, or an environment that failed every time.
    """
    if agent.sampling.temperature == 0:
        raise BadConfig("temperature=0: every answer to a problem is the same; expected a number above 0")
    if not 2 <= answers <= env.num_envs:
        raise BadConfig(f"answers={answers}: expected 2 to {env.num_envs}, the copies of the environment")
    block, played = env.num_envs // answers, False
    for first in range(0, len(seeds), block):
        episodes = rollout(env, agent, [seed for seed in seeds[first : first + block] for _ in range(answers)])
        if tell:
            tell(episodes)
        for start in range(0, len(episodes), answers):
            group = [episode for episode in episodes[start : start + answers] if not episode.failed]
            different: dict[str, Answer] = {}
            for episode in group:
                answer = _answer(agent, episode)
                different.setdefault(answer.text, answer)
            for a, b in _paired(list(different.values()), pairing):
                yield Pair(group[0].question, a, b, group[0].seed, env_id, level)
            played = played or bool(group)
    if seeds and not played:
        sound(episodes)


def _answer(agent: LanguageModelAgent, episode: Episode) -> Answer:
    """What was said in an episode. Raises BadConfig unless it was one answer to the whole question."""
    if episode.length != 1:
        raise BadConfig(f"a problem of {episode.length} turns: expected an environment of one question and one answer")
    completion: Completion = episode.traces[0]
    length = len(prompt_ids(agent.text, episode.question))
    if length > len(completion.prompt_ids):
        raise BadConfig(
            f"a question of {length} tokens was cut to {len(completion.prompt_ids)} to leave room for an answer of "
            f"max_new_tokens={agent.sampling.max_new_tokens}; ask for fewer"
        )
    return Answer(completion.text, completion.token_ids, episode.correct)


def _paired(different: list[Answer], pairing: Pairing) -> list[tuple[Answer, Answer]]:
    if pairing == "extremes":
        ranked = sorted(different, key=lambda answer: (not answer.correct, len(answer.token_ids)))
        different = [answer for answer in different if answer is ranked[0] or answer is ranked[-1]]
    return list(combinations(different, 2))


def completions(preference: Preference, text: PreTrainedTokenizerBase) -> tuple[Completion, Completion]:
    """The chosen and the rejected answer behind their prompt, as a model with that tokenizer reads them.

    Args:
        preference: from a file or a labeller.
        text: the tokenizer of the model that is to learn from it.

    Returns:
        Completions without log-probabilities. Their tokens are those that were drawn, where this tokenizer reads them
        as the very text; ids of another tokenizer, and text that was not sampled, are tokenised, and end.
    """
    prompt = tuple(prompt_ids(text, preference.prompt))

    def completion(string: str, drawn: tuple[int, ...] | None) -> Completion:
        ids = tuple(solution_ids(text, string))
        if drawn and max(drawn) < len(text) and models.decode(text, [drawn]) == [string]:
            ids = drawn
        return Completion(prompt, ids, text=string, finish_reason="stop" if ids[-1] == text.eos_token_id else "length")

    chosen = completion(preference.chosen, preference.chosen_ids)
    return chosen, completion(preference.rejected, preference.rejected_ids)
