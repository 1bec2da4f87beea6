"""Preferences: their file, whatever is in it and whatever happens to it; pairs; and those who choose between them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import gymnasium
import pytest
import torch
from guesser import guesser
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from tiny import full_disk
from tokenizers import Tokenizer, decoders
from tokenizers import models as tokenizer_models
from tokenizers.pre_tokenizers import Split
from transformers import PreTrainedTokenizerFast

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import ModelConfig, Sampling
from reason_arena.agents.language_model.conversation import prompt_ids
from reason_arena.agents.language_model.pairs import completions, sample_pairs
from reason_arena.agents.learning.labellers import Correct, Labeller, Noisy, Shorter, label, labeller
from reason_arena.agents.learning.preferences import (
    Answer,
    Choice,
    Pair,
    Preference,
    PreferenceFile,
    read_preferences,
)
from reason_arena.tasks import registry
from reason_arena.tasks.errors import BadConfig, StorageError, UnknownName

torch.set_num_threads(1)
ENV_ID = "Reason-Arithmetic-v0"
PLAIN = Preference("1 + 1", "2", "3", 7, ENV_ID, 0, "person")
STRANGE = Preference(
    prompt="\x1b[31m1 + 1\x1b[0m",
    chosen="[red]2[/red]\r\n\U0001f600 \u2028 \u0085 \ud800",
    rejected="",
    seed=2**70,
    env_id=ENV_ID,
    level="operators=+-,digits=50",
    labeller="shorter",
    margin=3.0,
    chosen_ids=(5, 0, 2),
    rejected_ids=(2,),
)


# The file


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "prefs.jsonl"
    with PreferenceFile(path) as file:
        file.write(PLAIN)
        file.write(STRANGE)
        assert read_preferences(path) == file.rows == [PLAIN, STRANGE]  # while it is still open
    with PreferenceFile(path) as file:
        assert file.rows == [PLAIN, STRANGE]
        file.write(PLAIN)
    assert read_preferences(path) == [PLAIN, STRANGE, PLAIN]
    assert path.read_text().count("\n") == 3


def test_a_file_that_people_wrote_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "prefs.jsonl"
    row = '{"seed":1, "env_id":"e", "level":2, "labeller":"me",  "prompt":"p", "chosen":"a\u2028b\U0001f600"'
    row += ', "rejected":""}'
    path.write_text(row + "\n", encoding="utf-8")
    expected = Preference("p", "a\u2028b\U0001f600", "", 1, "e", 2, "me")
    with PreferenceFile(path) as file:
        assert file.rows == [expected]
        assert path.read_text(encoding="utf-8") == row + "\n"
        file.write(PLAIN)
    assert read_preferences(path) == [expected, PLAIN]


GOOD = {"prompt": "p", "chosen": "a", "rejected": "b", "seed": 1, "env_id": "e", "level": 2, "labeller": "me"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("nonsense", "not JSON: 'nonsense'"),
        ("", "not JSON: ''"),
        ("[" * 100_000, "not JSON"),
        ("[1]", r"got \[1\]"),
        (json.dumps({key: value for key, value in GOOD.items() if key != "rejected"}), "missing .* 'rejected'"),
        (json.dumps({**GOOD, "chosn": "a"}), "unknown key in preference 'chosn': did you mean 'chosen'"),
        (json.dumps({**GOOD, "chosen": 5}), "chosen: expected a text, got 5"),
        (json.dumps({**GOOD, "seed": "1"}), "seed: expected a whole number, got '1'"),
        (json.dumps({**GOOD, "seed": True}), "seed: expected a whole number, got True"),
        (json.dumps({**GOOD, "level": 1.5}), "level: expected a whole number or a text, got 1.5"),
        (json.dumps({**GOOD, "rejected": "a"}), "chosen and rejected are the same text, 'a'"),
        (json.dumps({**GOOD, "chosen": " \n"}), "chosen: expected a text, got an empty one"),
        (json.dumps({**GOOD, "prompt": ""}), "prompt: expected a text, got an empty one"),
        (json.dumps({**GOOD, "margin": float("nan")}), "margin: expected a finite number, got nan"),
        (json.dumps({**GOOD, "margin": "much"}), "margin: expected a number, got 'much'"),
        (json.dumps({**GOOD, "chosen_ids": []}), "chosen_ids: expected token ids, at least one"),
        (json.dumps({**GOOD, "rejected_ids": [3, -1]}), r"rejected_ids: .* none below 0, got \[3, -1\]"),
        (json.dumps({**GOOD, "chosen_ids": "5 6"}), "chosen_ids: expected a list, got '5 6'"),
    ],
    ids=lambda value: value[:40],
)
def test_a_bad_line_is_named(line: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "prefs.jsonl"
    text = f"{json.dumps(GOOD)}\n{line}\n{json.dumps(GOOD)}\n"
    path.write_text(text)
    for use in (read_preferences, PreferenceFile):
        with pytest.raises(BadConfig, match=rf"^{re.escape(str(path))}, line 2: .*{told}") as caught:
            use(path)
        assert "\n" not in str(caught.value)
    assert path.read_text() == text


def test_what_is_no_file_of_preferences(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="nowhere: No such file or directory; expected a file of preferences"):
        read_preferences(tmp_path / "nowhere")
    with pytest.raises(BadConfig, match="Is a directory; expected a file of preferences"):
        read_preferences(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadConfig, match="binary: not UTF-8 text"):
        read_preferences(tmp_path / "binary")
    with pytest.raises(StorageError, match="cannot write"):
        PreferenceFile(tmp_path / "binary" / "prefs.jsonl")


def test_of_a_killed_writer_the_torn_line_alone_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "prefs.jsonl"
    with PreferenceFile(path) as file:
        file.write(PLAIN)
        file.write(STRANGE)
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for size in range(first, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert read_preferences(path) == [PLAIN]
    for size in (first, first + 20, len(whole) - 1):  # of the last one, only the line break is missing
        path.write_bytes(whole[:size])
        with PreferenceFile(path) as file:
            file.write(PLAIN)
        assert read_preferences(path) == [PLAIN, *([STRANGE] if size == len(whole) - 1 else []), PLAIN]


@pytest.mark.parametrize("part", [0, 1, 50])
def test_a_full_disk_costs_nothing_that_was_written(part: int, tmp_path: Path) -> None:
    path = tmp_path / "prefs.jsonl"
    with PreferenceFile(path) as file:
        file.write(PLAIN)
        with full_disk(path.stat().st_size + part), pytest.raises(StorageError, match=r"cannot write .*File too large"):
            file.write(STRANGE)
        assert read_preferences(path) == file.rows == [PLAIN]
        file.write(PLAIN)  # once there is room again
    assert read_preferences(path) == [PLAIN, PLAIN]


def test_undo_takes_back_what_was_written_here(tmp_path: Path) -> None:
    path = tmp_path / "prefs.jsonl"
    with PreferenceFile(path) as file:
        file.write(PLAIN)
    with PreferenceFile(path) as file:
        file.write(STRANGE)
        file.write(PLAIN)
        assert file.undo() == PLAIN
        assert file.undo() == STRANGE
        assert read_preferences(path) == file.rows == [PLAIN]
        with pytest.raises(IndexError):
            file.undo()
        file.write(STRANGE)
    assert read_preferences(path) == [PLAIN, STRANGE]


def test_undo_leaves_the_lines_of_another_writer_alone(tmp_path: Path) -> None:
    path = tmp_path / "prefs.jsonl"
    with PreferenceFile(path) as mine, PreferenceFile(path) as yours:
        mine.write(PLAIN)
        yours.write(STRANGE)
        with pytest.raises(StorageError, match="another process writes here too"):
            mine.undo()
    assert read_preferences(path) == [PLAIN, STRANGE]


# Labellers


def pair(a: str, b: str, right: str = "", seed: int = 3) -> Pair:
    """Answers of a token a letter and one for the end; those named in `right` are right."""
    both = [Answer(text, (*map(ord, text), 0), text in right.split()) for text in (a, b)]
    return Pair("question", *both, seed, ENV_ID, 0)


@pytest.mark.parametrize(
    ("given", "shorter", "correct"),
    [
        (pair("x", "yy"), None, None),  # two wrong ones: short is not good
        (pair("xxx", "y", "xxx"), Choice("a"), Choice("a")),  # right and long before wrong and short
        (pair("x", "yyy", "yyy"), Choice("b"), Choice("b")),
        (pair("x", "yyy", "x yyy"), Choice("a", 2.0), None),
        (pair("xxxxx", "y", "xxxxx y"), Choice("b", 4.0), None),
        (pair("x", "y", "x y"), None, None),  # equally short
    ],
)
def test_what_the_labellers_prefer(given: Pair, shorter: Choice | None, correct: Choice | None) -> None:
    assert Shorter().prefer(given) == shorter
    assert Correct().prefer(given) == correct


MANY = [pair("x", "yy", "x yy", seed) for seed in range(2000)]


@pytest.mark.parametrize("who", [Correct(), Shorter(), Noisy(Shorter(), 0.3, 0), Noisy(Correct(), 1, 0)])
def test_which_answer_is_a_and_which_is_b_makes_no_difference(who: Labeller) -> None:
    shapes = [("x", "yy", right) for right in ("", "x", "yy", "x yy")]
    for seed in range(50):
        for shape in shapes:
            given = pair(*shape, seed)
            choice, mirrored = who.prefer(given), who.prefer(given.swapped())
            assert (choice is None) == (mirrored is None)
            if choice and mirrored:
                assert {choice.side, mirrored.side} == {"a", "b"}
                assert choice.margin == mirrored.margin
                assert given.preference(choice, "w") == given.swapped().preference(mirrored, "w")


def test_noise_turns_round_the_share_that_was_asked_for() -> None:
    def turned(share: float, seed: int) -> list[bool]:
        return [choice != Choice("a", 1.0) for choice in map(Noisy(Shorter(), share, seed).prefer, MANY)]

    assert sum(turned(0.0, 0)) == 0
    assert sum(turned(1.0, 0)) == 2000
    # 2000 draws at 0.25: mean 500, standard deviation 19.4
    assert 440 < sum(turned(0.25, 0)) < 560
    assert turned(0.25, 0) == turned(0.25, 0) != turned(0.25, 1)
    # Drawn apart, two seeds turn the same one with probability 1/16: 125 of 2000, standard deviation 10.8
    assert 80 < sum(a and b for a, b in zip(turned(0.25, 0), turned(0.25, 1), strict=True)) < 170
    assert all(lower <= upper for lower, upper in zip(turned(0.25, 0), turned(0.5, 0), strict=True))


def test_labels_are_signed_and_hold_the_tokens() -> None:
    given = [pair("x", "yyy", "x yyy"), pair("x", "y"), pair("xx", "y", "y")]
    first, second = label(given, Shorter())
    assert first == Preference("question", "x", "yyy", 3, ENV_ID, 0, "shorter", 2.0, (120, 0), (121, 121, 121, 0))
    assert second == Preference("question", "y", "xx", 3, ENV_ID, 0, "shorter", None, (121, 0), (120, 120, 0))
    (noisy,) = label(given[2:], labeller("correct", noise=1.0))
    assert (noisy.chosen, noisy.rejected, noisy.labeller) == ("xx", "y", "correct, noise 1")


def test_no_answer_at_all_is_never_the_better_one() -> None:
    nothing = pair("", "y", "y")
    assert [each.chosen for each in label([nothing], Correct())] == ["y"]
    assert list(label([nothing, nothing.swapped()], Noisy(Correct(), 1, 0))) == []
    with pytest.raises(BadConfig, match="chosen: expected a text"):
        nothing.preference(Choice("a"), "person")


def test_labellers_that_are_none() -> None:
    with pytest.raises(UnknownName, match="unknown labeller 'shortest': did you mean 'shorter'"):
        labeller("shortest")
    with pytest.raises(BadConfig, match=r"noise=1\.5: expected a share from 0 to 1"):
        labeller("shorter", noise=1.5)


# Pairs


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
