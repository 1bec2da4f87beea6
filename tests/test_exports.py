"""Our environments in the hands of others: the dataset, the reward, and the episodes."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import datasets
import gymnasium as gym
import pytest
from exported import GUESS, SUMS, paid
from gymnasium.error import ResetNeeded
from transformers.utils import get_json_schema

from reason_arena.agents.exports import as_reward_function, as_trl_environment, plain_turns, to_dataset
from reason_arena.agents.language_model import models
from reason_arena.envs.spaces import Prose
from reason_arena.tasks.errors import BadConfig, BadLevel, UnknownName


class Coins(gym.Env[str, str]):
    """Pays a quarter for every "yes", three times."""

    observation_space = action_space = Prose(10)

    def __init__(self, split: str, level: int, view: str) -> None:
        self.asked = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[str, dict[str, Any]]:
        self.asked = 0
        return "A coin?", {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        self.asked += 1
        return "Another?", 0.25 * (action == "yes"), self.asked == 3, False, {}


gym.register("Tests-Coins-v0", entry_point=Coins)


def judged(rows: datasets.Dataset, completions: list[Any], judge: Callable[..., Any]) -> list[float | None]:
    """Rewards of completions as TRL asks for them: columns as lists, and more keywords than anybody needs."""
    columns = {name: rows[name][: len(completions)] for name in rows.column_names if name != "prompt"}
    prompts = rows["prompt"][: len(completions)]
    return list(judge(prompts=prompts, completions=completions, completion_ids=None, trainer_state=None, **columns))


def secret(row: dict[str, Any]) -> int:
    """The number that a row hides."""
    return next(number for number in range(1, 9) if paid(GUESS, row, [str(number)]))


# The dataset.


@pytest.mark.parametrize(("split", "level", "seed"), [("train", 2, 0), ("test", "operators=+,digits=2", 7)])
def test_prompts_are_what_the_environment_shows(split: str, level: int | str, seed: int) -> None:
    rows = to_dataset(SUMS, split, n=20, level=level, seed=seed)
    assert len(rows) == 20
    env = gym.make(SUMS, view="text", split=split, level=level)
    for row in rows:
        question, info = env.reset(seed=row["seed"])
        assert row["prompt"] == question
        assert row["problem_id"] == info["problem_id"]
        assert (row["env_id"], row["split"], row["level"]) == (SUMS, split, level)
    assert len(set(rows["seed"])) == 20


def test_it_tells_no_answer_unless_asked() -> None:
    without, with_answers = to_dataset(SUMS, n=30, level=2), to_dataset(SUMS, n=30, level=2, answers=True)
    assert without.column_names == ["prompt", "seed", "problem_id", "env_id", "level", "split"]
    assert with_answers.remove_columns("answer").to_list() == without.to_list()
    for row in with_answers:
        assert paid(SUMS, row, [row["answer"]]) == 1.0


def test_a_conversation_holds_the_same_question() -> None:
    plain, messages = to_dataset(SUMS, n=5), to_dataset(SUMS, n=5, conversational=True)
    assert messages["prompt"][:] == [[{"role": "user", "content": prompt}] for prompt in plain["prompt"]]


def test_seeds_draw_other_problems() -> None:
    first, second = (set(to_dataset(SUMS, n=50, level=8, seed=seed)["seed"]) for seed in (0, 1))
    assert not first & second


DIGEST = """
import hashlib, json
from reason_arena.agents.exports import to_dataset
rows = to_dataset("Reason-Arithmetic-v0", "validation", n=40, level=3, seed=5, answers=True).to_list()
print(hashlib.sha256(json.dumps(rows).encode()).hexdigest())
"""


def test_every_process_gets_the_same_rows() -> None:
    env = {**os.environ, "PYTHONHASHSEED": "12345"}
    other = subprocess.run([sys.executable, "-c", DIGEST], env=env, capture_output=True, text=True, check=True)
    rows = to_dataset(SUMS, "validation", n=40, level=3, seed=5, answers=True).to_list()
    assert other.stdout.strip() == hashlib.sha256(json.dumps(rows).encode()).hexdigest()


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"env_id": "Reason-Arithmetik-v0"}, UnknownName, "did you mean 'Reason-Arithmetic-v0'"),
        ({"env_id": "no such id"}, UnknownName, "expected one of"),
        ({"split": "exam"}, UnknownName, "split"),
        ({"level": 99}, BadLevel, "99"),
        ({"n": 0}, BadConfig, "n: expected 1"),
        ({"seed": -1}, BadConfig, "seed"),
        ({"colour": "red"}, BadConfig, "colour"),
        ({"env_id": GUESS, "answers": True}, BadConfig, "keeps no answer"),
        ({"env_id": "CartPole-v1"}, BadConfig, "view"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(arguments: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=re.escape(said)):
        to_dataset(**{"env_id": SUMS, "n": 1, **arguments})


def test_without_datasets_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)  # what Python itself writes for a module that is not there
    with pytest.raises(BadConfig, match=re.escape("pip install 'reason-arena[data]'")):
        to_dataset(SUMS, n=1)


def test_importing_it_is_cheap() -> None:
    code = (
        "import sys, reason_arena.agents.exports; print({'torch', 'transformers', 'trl', 'datasets'} & {*sys.modules})"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


# The reward.


def test_it_pays_what_the_environment_pays() -> None:
    rows, judge = to_dataset(SUMS, n=6, level=2, answers=True), as_reward_function(SUMS)
    right, wrong = rows["answer"][:], [str(int(answer) + 1) for answer in rows["answer"]]
    completions = [
        f"So it is \\boxed{{{right[0]}}}.",
        f"\\boxed{{{wrong[1]}}}",
        f"<think>{right[2]}",
        f"<think>{wrong[3]}</think>{right[3]}",
        f"{right[4]} or {wrong[4]}",
        "",
    ]
    rewards = judged(rows, completions, judge)
    assert rewards == [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    assert rewards == [paid(SUMS, row, [text]) for row, text in zip(rows, completions, strict=True)]
    assert judge.__name__ == SUMS


def test_in_a_conversation_the_last_message_of_the_assistant_is_the_answer() -> None:
    rows = to_dataset(SUMS, n=6, level=2, answers=True, conversational=True)
    right = rows["answer"][:]
    completions: list[Any] = [
        [{"role": "assistant", "content": right[0]}],
        [{"role": "assistant", "content": [{"type": "text", "text": right[1]}]}],
        [{"role": "assistant", "content": "wait"}, {"role": "assistant", "content": right[2]}],
        [{"role": "assistant", "content": right[3]}, {"role": "assistant", "content": "no idea"}],
        [{"role": "tool", "content": right[4]}],
        [{"role": "assistant", "content": None}],
    ]
    assert judged(rows, completions, as_reward_function(SUMS)) == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]


def test_rows_say_split_and_level() -> None:
    easy, hard = to_dataset(SUMS, n=2, level=1, answers=True), to_dataset(SUMS, "test", n=2, level=8, answers=True)
    mixed = datasets.concatenate_datasets([easy, hard])
    assert judged(mixed, mixed["answer"][:], as_reward_function(SUMS)) == [1.0] * 4
    bare = easy.select_columns(["prompt", "seed"])
    assert judged(bare, easy["answer"][:], as_reward_function(SUMS, "train", 1)) == [1.0] * 2
    with pytest.raises(BadConfig, match="'split'"):
        judged(bare, ["1", "2"], as_reward_function(SUMS))


def test_another_problem_than_the_rows_is_an_error_and_not_a_wrong_answer() -> None:
    with pytest.raises(BadConfig, match="same split, level and options"):
        judged(to_dataset(SUMS, n=1, level=1), ["1"], as_reward_function(SUMS, level=2))


def test_rows_of_another_environment_are_not_judged() -> None:
    rows = datasets.concatenate_datasets([to_dataset(GUESS, n=1, tries=1), to_dataset(SUMS, n=1)])
    assert judged(rows, ["x", "x"], as_reward_function(SUMS)) == [None, 0.0]
    assert judged(rows, ["x", "x"], as_reward_function(GUESS, tries=1)) == [0.0, None]


def test_an_environment_of_several_turns_is_refused() -> None:
    with pytest.raises(BadConfig, match="as_trl_environment"):
        judged(to_dataset(GUESS, n=1), ["no number"], as_reward_function(GUESS))


def test_it_can_be_sent_to_another_process() -> None:
    rows, judge = to_dataset(SUMS, n=2, answers=True), as_reward_function(SUMS)
    judged(rows, ["0", "0"], judge)
    copy = pickle.loads(pickle.dumps(judge))
    assert copy.__name__ == SUMS
    assert judged(rows, rows["answer"][:], copy) == [1.0, 1.0]


# Episodes.


def test_an_episode_of_several_turns() -> None:
    row = to_dataset(GUESS, n=1, conversational=True, tries=3)[0]
    number = secret(row)
    episode = as_trl_environment(GUESS, tries=3)()
    assert episode.get_reward() == 0.0
    assert episode.reset(**row) is None, "the prompt shows the first observation already"
    assert episode.act("0") == "higher"
    assert (episode.act("9"), episode.get_reward()) == ("lower", 0.0)
    assert (episode.act(f"{number}!"), episode.get_reward()) == ("found\nThe episode is over.", 1.0)
    with pytest.raises(ResetNeeded, match="episode is over"):
        episode.act(str(number))
    assert episode.get_reward() == 1.0
    episode.reset(**row)
    assert episode.get_reward() == 0.0


def test_rewards_of_all_turns_are_added_up() -> None:
    row = to_dataset("Tests-Coins-v0", n=1, conversational=True)[0]
    assert row["problem_id"] == ""
    episode = as_trl_environment("Tests-Coins-v0")()
    episode.reset(**row)
    assert [episode.act(word) for word in ("yes", "no", "yes")] == ["Another?"] * 2 + ["Another?\nThe episode is over."]
    assert episode.get_reward() == 0.5


def test_an_episode_that_is_cut_pays_nothing() -> None:
    row = to_dataset(GUESS, n=1, conversational=True, tries=1)[0]
    episode = as_trl_environment(GUESS, tries=1)()
    episode.reset(**row)
    assert (episode.act("0"), episode.get_reward()) == ("higher\nThe episode is over.", 0.0)


def test_an_episode_of_one_turn() -> None:
    rows = to_dataset(SUMS, n=2, level=2, conversational=True, answers=True)
    first, second = (as_trl_environment(SUMS)() for _ in range(2))
    first.reset(**rows[0])
    second.reset(**rows[1])
    assert first.act(rows[0]["answer"]) == "The episode is over."
    assert second.act(int(rows[1]["answer"])) == "The episode is over.", "a model may call with a number"  # type: ignore[arg-type]
    assert (first.get_reward(), second.get_reward()) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("content", "appended"),
    [
        ("", "Guess a number from 1 to 8 in 4 tries."),
        ("You play.", "\n\nGuess a number from 1 to 8 in 4 tries."),
        ("You play. Guess a number from 1 to 8 in 4 tries. Be quick.", None),
        ([{"type": "text", "text": "Guess a number from 1 to 8 in 4 tries."}], None),
    ],
)
def test_the_first_observation_is_shown_once(content: Any, appended: str | None) -> None:
    row = to_dataset(GUESS, n=1)[0] | {"prompt": [{"role": "user", "content": content}]}
    assert as_trl_environment(GUESS)().reset(**row) == appended


def test_rows_that_name_no_problem_and_prompts_without_messages_are_refused() -> None:
    with pytest.raises(BadConfig, match="'seed'"):
        as_trl_environment(GUESS, "train", 0)().reset(prompt=[{"role": "user", "content": ""}])
    with pytest.raises(BadConfig, match="conversational=True"):
        as_trl_environment(GUESS)().reset(**to_dataset(GUESS, n=1)[0])
    with pytest.raises(UnknownName, match="environment"):
        as_trl_environment("Reason-Nothing-v0")


def test_the_model_sees_one_tool() -> None:
    factory = pickle.loads(pickle.dumps(as_trl_environment(GUESS)))
    episode = factory()
    assert type(episode) is type(factory())
    assert type(episode).__name__ == GUESS
    public = {name for name in dir(episode) if not name.startswith("_")}
    assert public == {"act", "get_reward", "reset"}
    schema = get_json_schema(episode.act)["function"]
    assert schema["name"] == "act"
    assert schema["parameters"]["required"] == ["action"]
    assert schema["parameters"]["properties"]["action"]["type"] == "string"


def test_a_turn_without_tool_calls_is_an_action() -> None:
    text = plain_turns(models.tokenizer())
    messages = [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": "a"},
        {"role": "tool", "content": "t"},
    ]
    assert text.apply_chat_template(messages, tokenize=False) == "q\na\nt\n"
    call = {"type": "function", "function": {"name": "act", "arguments": {"action": " 5\n{x}"}}}
    said = text.parse_response(" 5\n{x}<eos>", prefix="q\n")
    assert said == {"role": "assistant", "content": "", "tool_calls": [call]}
    assert text.parse_response("<eos>", prefix="q\n") == {"role": "assistant", "content": ""}
    text.eos_token = None
    with pytest.raises(BadConfig, match="eos_token"):
        plain_turns(text)
