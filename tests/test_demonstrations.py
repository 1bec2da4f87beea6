"""Learning from whole episodes of others: the file that keeps them, and what of it is learnt."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import plain
import pytest
import torch
from guesser import guesser
from guessing import GuessNumber
from gymnasium.vector import AutoresetMode
from tiny import READER, silent

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.config import LanguageModelConfig, Memory, SftConfig
from reason_arena.agents.language_model.conversation import INSTRUCTION
from reason_arena.agents.language_model.imitation import Demonstrated, trajectories
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning.batch import Trajectory
from reason_arena.agents.learning.demonstrations import (
    Demonstration,
    demonstration,
    read_demonstrations,
    write_demonstrations,
)
from reason_arena.agents.learning.progress import read_lines
from reason_arena.agents.learning.rollout import Episode, rollout
from reason_arena.scripts.cli import main
from reason_arena.tasks.errors import BadCheckpoint, BadConfig

torch.set_num_threads(1)
TEMPLATE = (
    "{% for m in messages %}<start_of_turn>{{ m.role }}\n{{ m.content }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>assistant\n{% endif %}"
)
GAME = Demonstration((("Guess.", "4"), ("higher", "6"), ("lower", "5")))
FULL = Memory()


def read(rows: list[Trajectory], text: Any) -> list[list[tuple[str, bool]]]:
    """Each row in runs of tokens that are read (False) and learnt (True)."""
    found = []
    for row in rows:
        chosen = [False] * len(row.prompt_ids) + [turn >= 0 for turn in row.turns]
        runs: list[tuple[list[int], bool]] = []
        for token, mine in zip(row.prompt_ids + row.token_ids, chosen, strict=True):
            if not runs or runs[-1][1] != mine:
                runs.append(([], mine))
            runs[-1][0].append(token)
        found.append([(text.decode(ids), mine) for ids, mine in runs])
    return found


def played(count: int = 20) -> list[Episode]:
    mode = AutoresetMode.SAME_STEP
    env = gym.make_vec("Tests-Guess-v0", 4, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}, tries=2)
    return rollout(env, guesser(), range(count))


def test_an_episode_comes_back_from_its_file_and_plays_the_same(tmp_path: Path) -> None:
    episodes = played()
    assert {episode.length for episode in episodes} == {1, 2}
    path = tmp_path / "new" / "games.jsonl"
    write_demonstrations(path, map(demonstration, episodes))
    for episode, shown in zip(episodes, read_demonstrations(path), strict=True):
        env = GuessNumber(tries=2)
        told, _ = env.reset(seed=episode.seed)
        for observation, action in shown.turns:
            assert observation == told
            told, reward, _, _, _ = env.step(action)
        assert (len(shown.turns), reward) == (episode.length, episode.return_)
    write_demonstrations(path, [GAME])
    assert read_demonstrations(path) == [GAME]


def test_an_episode_that_failed_is_no_demonstration() -> None:
    with pytest.raises(ValueError, match="seed 0: expected an episode of the text view whose environment did not fail"):
        demonstration(replace(played(1)[0], failed="KeyError: 3"))


def test_actions_are_learnt_and_observations_read() -> None:
    text = models.tokenizer()
    (row,) = read(trajectories(GAME, FULL, text), text)
    assert row == [
        ("<bos>Guess.\n", False),
        ("4<eos>", True),
        ("higher\n", False),
        ("6<eos>", True),
        ("lower\n", False),
        ("5<eos>", True),
    ]


def test_memory_decides_what_stands_before_a_turn() -> None:
    text = models.tokenizer()
    rows = read(trajectories(GAME, Memory("last", 1), text), text)
    assert rows == [
        [("<bos>Guess.\n", False), ("4<eos>", True), ("higher\n", False), ("6<eos>", True)],
        [("<bos>higher\n6<eos>lower\n", False), ("5<eos>", True)],
    ]
    noted = Demonstration((("Guess.", "4<note>not 1</note>"), ("higher", "6")))
    rows = read(trajectories(noted, Memory("notes", 1), text), text)
    assert rows[1] == [("<bos>Your notes:\nnot 1\n\nhigher\n", False), ("6<eos>", True)]
    rows = read(trajectories(noted, Memory("none"), text), text)
    assert rows[1] == [("<bos>higher\n", False), ("6<eos>", True)]


def test_a_chat_template_stands_around_each_turn() -> None:
    text = plain.tokenizer(TEMPLATE, **plain.NAMED)
    (row,) = read(trajectories(GAME, FULL, text), text)
    first, *between = [part for part, mine in row if not mine]
    assert first == f"<start_of_turn>user\nGuess.{INSTRUCTION}<end_of_turn>\n<start_of_turn>assistant\n"
    assert between == [
        f"\n<start_of_turn>user\n{told}<end_of_turn>\n<start_of_turn>assistant\n" for told in ("higher", "lower")
    ]
    assert [part for part, mine in row if mine] == ["4<end_of_turn>", "6<end_of_turn>", "5<end_of_turn>"]


def test_every_episode_is_seen_once_before_any_is_seen_again() -> None:
    text = models.tokenizer()
    shown = [Demonstration(((str(number), "7"),)) for number in range(10, 30)]
    stage = Demonstrated(SftConfig(batch=2), shown, FULL, text, seed=3)
    seen = [row.prompt_ids for pool in range(5) for row in stage.sequences(pool)]  # 80 rows: four times 20
    epochs = [seen[first : first + 20] for first in range(0, 80, 20)]
    assert all(len(set(epoch)) == 20 for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 4
    assert seen[16:32] == [row.prompt_ids for row in stage.sequences(1)]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "no conversation in it; expected a .jsonl file with `messages` a line"),
        ('{"text": "a"}', "line 1: expected `messages`, a list of questions and answers in turn"),
        ('{"messages": [{"role": "user", "content": "a"}]}', "line 1: expected `messages`, a list"),
        ("[1, 2]", "line 1: expected `messages`"),
        (
            '{"messages": [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}]}',
            "line 1, message 1: expected a text of role 'user', got {'role': 'system'",
        ),
        (
            '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": ["b"]}]}',
            "line 1, message 2: expected a text of role 'assistant'",
        ),
        ("{", "line 1: not JSON"),
    ],
)
def test_a_line_that_is_no_conversation_is_named(line: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "games.jsonl"
    path.write_text(line + "\n" if line else "")
    with pytest.raises(BadConfig) as error:
        read_demonstrations(path)
    assert told in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"No such file or directory; expected a \.jsonl file"):
        read_demonstrations(tmp_path / "none.jsonl")


def config(path: Path) -> LanguageModelConfig:
    return replace(READER, sft=SftConfig(updates=120, batch=4, smoothing=0.0, data=path, learning_rate=2e-2, warmup=2))


def test_a_game_is_learnt_by_heart(tmp_path: Path) -> None:
    write_demonstrations(tmp_path / "games.jsonl", [GAME])
    train_language_model(config(tmp_path / "games.jsonl"), tmp_path, 0, report=silent, stage="sft")
    rows = read_lines(tmp_path / "sft" / "metrics.jsonl")
    assert rows[-1]["loss"] < 0.05 < 1 < rows[1]["loss"]
    assert rows[-1]["demonstrations"] == 120 * 4


def test_an_episode_longer_than_the_context_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    games = [GAME, Demonstration((("Guess.", "4"), ("higher " * 10, "6")))]
    write_demonstrations(tmp_path / "games.jsonl", games)
    with pytest.raises(BadConfig, match=r"^model\.context=64: .* takes 83 tokens, expected at most 64$"):
        train_language_model(config(tmp_path / "games.jsonl"), tmp_path / "run", 0, report=silent, stage="sft")
    assert not (tmp_path / "run" / "sft").exists()


def test_a_run_goes_on_with_the_same_episodes_alone(tmp_path: Path) -> None:
    path = tmp_path / "games.jsonl"
    write_demonstrations(path, [GAME])
    quick = replace(config(path), sft=replace(config(path).sft, updates=1), score_every=0)
    done = train_language_model(quick, tmp_path, 0, report=silent, stage="sft")
    assert "data" in json.loads((done / "manifest.json").read_text())
    write_demonstrations(path, [GAME, GAME])
    with pytest.raises(BadCheckpoint, match="was made with data="):
        train_language_model(quick, tmp_path, 0, report=silent, stage="sft")
    forgetful = replace(quick, memory=Memory("last", 1))
    write_demonstrations(path, [GAME])
    with pytest.raises(BadCheckpoint, match=r"config\.memory\.policy='?full"):
        train_language_model(forgetful, tmp_path, 0, report=silent, stage="sft")


def test_the_road_leads_through_a_stranger_s_game_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_demonstrations(tmp_path / "games.jsonl", map(demonstration, played()))
    (tmp_path / "text.txt").write_text("higher\n\nlower\n")
    model = "--model.layers 1 --model.width 32 --model.heads 2 --model.feedforward 48 --model.context 128"
    shared = f"--env-id guessing:Tests-Guess-v0 --score-problems 2 --sampling.max-new-tokens 3 --out {tmp_path} {model}"
    for words in (
        f"pretrain --pretrain.updates 1 --pretrain.data {tmp_path}/text.txt",
        f"sft --sft.updates 1 --sft.data {tmp_path}/games.jsonl --start {tmp_path}/pretrain/checkpoint",
        "train llm --stage grpo --grpo.updates 1 --grpo.questions 2 --grpo.group 4",
    ):
        assert main([*words.split(), *shared.split()]) == 0, capsys.readouterr().err
    assert 1 <= read_lines(tmp_path / "grpo" / "metrics.jsonl")[-1]["turns"] <= 4
    capsys.readouterr()
    for change, told in (
        (("--env-id", "guessing:Tests-Gess-v0"), "env_id=guessing:Tests-Gess-v0: "),
        (("--env-id", "gessing:Tests-Guess-v0"), "No module named 'gessing'"),
        (
            (),
            "guessing:Tests-Guess-v0 is of no task that has worked solutions: expected a file to learn from, sft.data",
        ),
    ):
        words = f"sft --sft.updates 1 --out {tmp_path}/new --env-id guessing:Tests-Guess-v0"
        assert main([*words.split(), *change]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert told in line
