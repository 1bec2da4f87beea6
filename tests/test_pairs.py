"""Pairs of answers to one problem: how they are sampled, and what training reads of those that were labelled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import gymnasium
import pytest
import torch
from guesser import guesser
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from tokenizers import Tokenizer, decoders
from tokenizers import models as tokenizer_models
from tokenizers.pre_tokenizers import Split
from transformers import PreTrainedTokenizerFast

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import ModelConfig, Sampling
from reason_arena.agents.language_model.conversation import prompt_ids
from reason_arena.agents.language_model.pairs import completions, sample_pairs
from reason_arena.agents.learning.preferences import Answer, Choice, Pair, Preference
from reason_arena.tasks import registry
from reason_arena.tasks.errors import BadConfig

torch.set_num_threads(1)
ENV_ID = "Reason-Arithmetic-v0"
PLAIN = Preference("1 + 1", "2", "3", 7, ENV_ID, 0, "person")


@pytest.fixture(scope="module")
def agent() -> LanguageModelAgent:
    return guesser()


def sums(count: int) -> VectorEnv[Any, Any, Any]:
    return gymnasium.make_vec(ENV_ID, num_envs=count, view="text", split="train", level=0)


Sample = Callable[..., Iterator[Pair]]


def sample(agent: LanguageModelAgent, seeds: Any, count: int = 32, **options: Any) -> list[Pair]:
    return list(sample_pairs(agent, sums(count), seeds, env_id=ENV_ID, level=0, **options))


def test_pairs_are_two_answers_to_the_problem_of_the_seed(agent: LanguageModelAgent) -> None:
    seeds = [*range(100, 200), 7]
    pairs = sample(agent, seeds)
    task = registry.load("arithmetic")
    assert 80 < len(pairs) <= 101
    places = [seeds.index(each.seed) for each in pairs]
    assert places == sorted(set(places))
    for each in pairs:
        problem = task.generate("train", 0, each.seed)
        assert (each.prompt, each.env_id, each.level) == (problem.question, ENV_ID, 0)
        assert each.a.text != each.b.text
        for answer in (each.a, each.b):
            assert answer.correct == task.verify(problem, answer.text).correct
            assert models.decode(agent.text, [answer.token_ids]) == [answer.text]
            assert answer.token_ids[-1] == agent.text.eos_token_id or len(answer.token_ids) == 6
    assert {each.a.correct for each in pairs} == {each.b.correct for each in pairs} == {True, False}


def test_the_same_seeds_give_the_same_pairs(agent: LanguageModelAgent) -> None:
    first = sample(agent, range(40))
    assert sample(agent, range(40)) == first
    other = LanguageModelAgent(agent.model, agent.text, agent.sampling, seed=1)
    assert [each.prompt for each in sample(other, range(40))][:5] == [each.prompt for each in first][:5]
    assert sample(other, range(40)) != first
    # Blocks of 16 problems: one that begins with a block goes on as if the one before had just ended.
    assert sample(agent, range(16, 40)) == [each for each in first if each.seed >= 16]


def test_pairs_are_sampled_as_they_are_asked_for(agent: LanguageModelAgent) -> None:
    env = sums(4)
    asked: list[Any] = []
    reset = env.reset
    env.reset = lambda **options: asked.append(options["seed"]) or reset(**options)  # type: ignore[method-assign]
    pairs = sample_pairs(agent, env, range(6), env_id=ENV_ID, level=0)
    assert asked == []
    first = next(pairs)
    assert asked == [[0, 0, 1, 1]]
    assert [first, *pairs] == list(sample_pairs(agent, env, range(6), env_id=ENV_ID, level=0))


def test_of_more_answers_all_that_differ_are_paired_or_best_and_worst(agent: LanguageModelAgent) -> None:
    everything, extremes = (sample(agent, range(64), 8, answers=4, pairing=how) for how in ("all", "extremes"))
    several = 0
    for seed in range(64):
        pairs = [each for each in everything if each.seed == seed]
        answers = {answer.text: answer for each in pairs for answer in (each.a, each.b)}
        assert len(pairs) == len(list(combinations(answers, 2)))
        assert len({frozenset((each.a.text, each.b.text)) for each in pairs}) == len(pairs)
        chosen = [each for each in extremes if each.seed == seed]
        assert len(chosen) == bool(pairs)
        if len(answers) > 2:
            several += 1
            (both,) = chosen
            assert both in pairs

            def better(one: Answer, other: Answer) -> bool:
                if one.correct != other.correct:
                    return one.correct
                return len(one.token_ids) < len(other.token_ids)

            best, worst = (both.b, both.a) if better(both.b, both.a) else (both.a, both.b)
            assert not any(better(each, best) or better(worst, each) for each in answers.values())
    assert several > 40


def test_equal_answers_are_no_pair() -> None:
    # So cold that both answers are all but surely the likeliest one, though they are drawn.
    cold = guesser(temperature=1e-4)
    assert len(sample(cold, range(50))) < 5


class Twice(gymnasium.Env[str, str]):
    """Two turns."""

    observation_space = action_space = spaces.Text(200, min_length=0, charset="".join(models.CHARACTERS))

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[str, dict[str, Any]]:
        self.turns = 0
        return "first?", {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        self.turns += 1
        return "second?", 0.0, self.turns == 2, False, {}


def test_what_cannot_be_compared_is_refused(agent: LanguageModelAgent) -> None:
    greedy = LanguageModelAgent(agent.model, agent.text, Sampling(0.0, 6))
    with pytest.raises(BadConfig, match="temperature=0: every answer to a problem is the same"):
        sample(greedy, [0])
    for answers in (1, 5):
        with pytest.raises(BadConfig, match=f"answers={answers}: expected 2 to 4, the copies"):
            sample(agent, [0], 4, answers=answers)
    turns = gymnasium.vector.SyncVectorEnv([Twice] * 2, autoreset_mode=AutoresetMode.SAME_STEP)
    with pytest.raises(BadConfig, match="a problem of 2 turns: expected an environment of one question"):
        next(sample_pairs(agent, turns, [0], env_id="twice", level=0))
    narrow = models.build(ModelConfig(layers=1, width=32, heads=2, feedforward=48, context=16), seed=0)
    with pytest.raises(BadConfig, match=r"a question of \d+ tokens was cut to 10 .* max_new_tokens=6"):
        sample(LanguageModelAgent(narrow, agent.text, Sampling(1.0, 6)), [0])


# For training


def test_training_reads_the_tokens_that_were_drawn(agent: LanguageModelAgent) -> None:
    pairs = [each for each in sample(agent, range(100)) if each.b.text.strip()]
    ends = set()
    for each in pairs:
        chosen, rejected = completions(each.preference(Choice("b"), "person"), agent.text)
        assert (chosen.token_ids, rejected.token_ids) == (each.b.token_ids, each.a.token_ids)
        assert (chosen.text, rejected.text) == (each.b.text, each.a.text)
        assert chosen.prompt_ids == rejected.prompt_ids == tuple(prompt_ids(agent.text, each.prompt))
        for completion in (chosen, rejected):
            assert (completion.finish_reason == "stop") == (completion.token_ids[-1] == agent.text.eos_token_id)
            ends.add(completion.finish_reason)
    assert ends == {"stop", "length"}


def test_tokens_outside_of_the_text_are_kept_too(agent: LanguageModelAgent) -> None:
    eos, unknown = agent.text.eos_token_id, agent.text.unk_token_id
    drawn = replace(PLAIN, chosen_ids=(unknown, *models.encode(agent.text, "2"), eos))
    assert completions(drawn, agent.text)[0].token_ids == drawn.chosen_ids


def test_texts_without_tokens_and_with_those_of_others_are_tokenised(agent: LanguageModelAgent) -> None:
    text = agent.text
    expected = tuple(text.convert_tokens_to_ids(["2", "<eos>"]))
    assert completions(PLAIN, text)[0].token_ids == expected
    vocabulary = {token: index for index, token in enumerate(["<eos>", "<unk>", *reversed(models.CHARACTERS)])}
    inner = Tokenizer(tokenizer_models.WordLevel(vocabulary, unk_token="<unk>"))
    inner.pre_tokenizer = Split("", "isolated")
    inner.decoder = decoders.Fuse()
    other = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<eos>", unk_token="<unk>")
    theirs = replace(PLAIN, chosen_ids=(vocabulary["2"], 0), rejected_ids=(10**9,))
    assert completions(theirs, other)[0].token_ids == (vocabulary["2"], 0)
    chosen, rejected = completions(theirs, text)
    assert chosen.token_ids == expected
    assert rejected.token_ids == tuple(text.convert_tokens_to_ids(["3", "<eos>"]))
