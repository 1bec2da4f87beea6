"""The command line as a person meets it: what it prints, how it ends, and one plain line for every mistake."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from reason_arena.agents.learning import checkpoint
from reason_arena.scripts.cli import VERBS, main
from reason_arena.tasks import registry

Read = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every command runs in a fresh folder with a few unfit files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    Path("file.txt").write_text("not a folder")
    Path("torn.yaml").write_text("name: [1\n")
    Path("list.yaml").write_text("- 1\n")
    Path("bytes.yaml").write_bytes(b"\xff\xfe\x00")
    Path("key.yaml").write_text("lvel: 3\n")
    Path("type.yaml").write_text("total_timesteps: many\n")
    Path("robot.yaml").write_text("agents: {a: {kind: randm}}\n")
    Path("level.yaml").write_text("agents: {a: {kind: random}}\nlevels: [12]\nprimary: {level: 12}\n")
    Path("typo.yaml").write_text("agents: {a: {kind: random}}\nepisode: 3\n")
    Path("empty").mkdir()
    checkpoint.save(Path("other"), lambda _: None, {"kind": "neither", "config": {}})
    return tmp_path


def run(words: str, capsys: Read) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    try:
        code: Any = main(words.split())
    except SystemExit as end:
        code = end.code or 0
    told = capsys.readouterr()
    return int(code), told.out, told.err


@pytest.mark.parametrize("words", ["", "-h", "--help"])
def test_help_names_every_verb(words: str, capsys: Read) -> None:
    code, out, err = run(words, capsys)
    assert (code, err) == (0, "")
    assert all(f"  {verb} " in out for verb in VERBS)


@pytest.mark.parametrize("verb", [*VERBS, "train llm", "train specialist"])
def test_every_verb_has_help(verb: str, capsys: Read) -> None:
    code, out, err = run(f"{verb} --help", capsys)
    assert (code, err) == (0, "")
    assert f"reason {verb}" in out


@pytest.mark.parametrize("verb", ["bench", "eval", "play"])
def test_examples_in_the_help_have_a_line_each(verb: str, capsys: Read) -> None:
    _, out, _ = run(f"{verb} --help", capsys)
    examples = [line for line in out.splitlines() if line.startswith(f"reason {verb} ")]
    assert len(examples) > 1
    assert all(line.count("reason ") == 1 for line in examples)


def test_the_version_is_that_of_the_distribution(capsys: Read) -> None:
    code, out, _ = run("--version", capsys)
    name, version = out.split()
    assert (code, name) == (0, "reason-arena")
    assert version[0].isdigit()


def test_list_tells_all_there_is_as_json(capsys: Read) -> None:
    code, out, _ = run("list --json", capsys)
    found = json.loads(out)
    assert code == 0
    assert set(found) == {"environments", "agents", "models", "objectives", "presets"}
    for rows in found.values():
        assert rows
        assert all(row["name"] and row["about"] for row in rows)
    players = {"greedy", "engine-2", "perfect", "stockfish-100"}
    others = {"best_of", "hybrid", "llm", "majority", "oracle", "random", "router", "specialist", "tools", "votes"}
    assert {row["name"] for row in found["agents"]} == others | players
    pages = (Path(__file__).parent.parent / "docs" / "objectives").glob("*.md")
    assert {row["name"] for row in found["objectives"]} >= {page.stem for page in pages}
    (arithmetic,) = [row for row in found["environments"] if row["name"] == "Reason-Arithmetic-v0"]
    assert arithmetic["views"] == ["text", "array"]
    assert [row["level"] for row in arithmetic["levels"]] == list(range(10))
    assert {row["level"] for row in arithmetic["levels"] if row["few"]} == {0, 1, 3}
    code, out, _ = run("list --verbose", capsys)
    assert code == 0
    assert "Reason-Arithmetic-v0" in out
    assert "seeds repeat problems" in out


@pytest.mark.parametrize("view", ["text", "array"])
def test_eval_of_the_oracle_and_of_chance(view: str, capsys: Read) -> None:
    code, out, err = run(f"eval oracle --view {view} --level 1 --episodes 20 --out lines.jsonl", capsys)
    assert (code, err) == (0, "")
    assert "oracle on Reason-Arithmetic-v0, level 1, test: 1.000 [" in out
    lines = [json.loads(line) for line in Path("lines.jsonl").read_text().splitlines()]
    assert [line["seed"] for line in lines] == list(range(20))
    assert all(line["correct"] for line in lines)
    code, out, _ = run(f"eval random --view {view} --episodes 20", capsys)
    assert code == 0
    assert "test: 0.0" in out or "test: 0.1" in out


def test_eval_asks_for_a_second_opinion(capsys: Read) -> None:
    pytest.importorskip("math_verify")
    code, out, _ = run("eval random --level 0 --episodes 30 --second-opinion --out lines.jsonl", capsys)
    rows = [json.loads(row) for row in Path("lines.jsonl").read_text().splitlines()]
    right = sum(row["correct"] for row in rows)
    assert code == 0
    assert 0 < right < 30
    assert "\nmath-verify agrees on 30 of 30 answers, disagrees on 0, has no opinion on 0\n" in out
    assert [row["second_opinion"]["correct"] for row in rows] == [row["correct"] for row in rows]


def test_eval_without_math_verify_says_so_before_it_plays(capsys: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "math_verify", None)  # what Python itself writes for a module that is not there
    code, out, err = run("eval oracle --episodes 3 --second-opinion --out lines.jsonl", capsys)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "pip install 'reason-arena[math]'" in err
    assert not Path("lines.jsonl").exists()


def test_eval_plays_the_problems_of_its_seeds(capsys: Read) -> None:
    played = {}
    for first in (0, 3, 70_000):
        assert run(f"eval oracle --level 2 --episodes 4 --evaluation-seed {first} --out lines.jsonl", capsys)[0] == 0
        lines = [json.loads(line) for line in Path("lines.jsonl").read_text().splitlines()]
        played[first] = [line["problem_id"] for line in lines]
        assert played[first] == [f"arithmetic-v1/test/2/{seed}" for seed in range(first, first + 4)]
    assert played[0][3:] == played[3][:1]


def test_eval_takes_a_specification_as_level(capsys: Read) -> None:
    code, out, _ = run("eval oracle --level operators=//%,digits=3,right_digits=1 --episodes 5", capsys)
    assert code == 0
    assert "test: 1.000 [" in out


def test_play_asks_judges_and_counts(capsys: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (registry.load("arithmetic").generate("train", 0, seed) for seed in (5, 6))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{first.answer}\n{second.answer}0\nno idea\nq\n"))
    code, out, err = run("play Reason-Arithmetic-v0 --level 0 --seed 5", capsys)
    assert (code, err) == (0, "")
    for part in (
        first.question,
        "correct. 1 of 1",
        second.question,
        "wrong. 1 of 2",
        "unparsable. 1 of 3",
        "1 of 3 solved.",
    ):
        assert part in out


@pytest.mark.filterwarnings("error")
def test_play_moves_the_hand_on_the_worksheet(capsys: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = registry.load("arithmetic").generate("train", 0, 0)
    _, a, b = problem.facts["expression"]
    beads = "0\n" * b
    carry = "2\n" if a + b > 9 else ""  # marking it at the end of the column is soon enough
    monkeypatch.setattr("sys.stdin", io.StringIO(f"seven\n4\n{beads}{carry}3\n{'1' if carry else '2'}\n3\n"))
    code, out, err = run("play --view array --level 0", capsys)
    assert (code, err) == (0, "")
    assert "expected a number from 0 to 3, got 'seven'" in out
    assert "expected a number from 0 to 3, got '4'" in out
    assert f"{a} + {b} = {a + b}" in out
    assert "correct. 1 of 1 so far." in out
    assert "1 of 1 solved." in out


MISTAKES = [
    ("evl", "unknown command 'evl': did you mean 'eval'? expected one of bench, compare"),
    ("eval nobody", "unknown agent 'nobody': expected one of best_of, engine-2, greedy, hybrid, llm, majority"),
    ("eval oracel", "unknown agent 'oracel': did you mean 'oracle'?"),
    ("eval oracle --env-id Reason-Arithmetc-v0", "did you mean 'Reason-Arithmetic-v0'?"),
    ("eval oracle --view arry", "unknown view 'arry': did you mean 'array'?"),
    ("eval oracle --level 12", "level 12: expected 0 to 9"),
    ("eval oracle --level digits=x", "expected a number or a range like 1-3 for digits, got 'x'"),
    ("eval oracle --split tset", "unknown split 'tset': did you mean 'test'?"),
    ("eval oracle --episodes 0", "--episodes: expected 1 or more, got 0"),
    ("eval oracle --evaluation-seed -1", "--evaluation-seed: expected 0 or more, got -1"),
    ("eval oracle --temperature 1", "--temperature: only for agent 'llm'"),
    ("eval oracle --checkpoint empty", "is not trained and has no checkpoint"),
    ("eval oracle --episodes 2 --out file.txt/x", "file.txt/x"),
    ("eval perfect --env-id Reason-Chess-v0 --level 0 --episodes 1", "agent 'perfect' knows endgames by heart and"),
    ("eval specialist", "needs --checkpoint; `reason train specialist` makes one"),
    ("eval hybrid --env-id Reason-Chess-v0", "needs --checkpoint; `reason train llm` makes one"),
    ("eval specialist --checkpoint nowhere", "no checkpoint at nowhere"),
    ("eval specialist --checkpoint file.txt", "no checkpoint at file.txt"),
    ("eval specialist --checkpoint empty", "empty"),
    ("eval specialist --checkpoint other", "expected a checkpoint of a specialist, got one of 'neither'"),
    ("eval specialist --view text --checkpoint other", "plays in the array view"),
    ("eval llm --checkpoint empty", "empty is not a checkpoint"),
    ("eval llm --checkpoint other", "other"),
    ("play Nope", "unknown environment 'Nope': expected one of"),
    ("play --view arry", "unknown view 'arry': did you mean 'array'?"),
    ("play --level 77", "level 77: expected 0 to 9"),
    ("play --split tset", "unknown split 'tset': did you mean 'test'?"),
    ("play --scratchpad digit", "unknown scratchpad 'digit': did you mean 'digits'?"),
    ("play --seed -1", "--seed: expected 0 or more, got -1"),
    ("train robot", "unknown agent or preset to train 'robot': expected one of aime, badge, chess, llm, pokemon"),
    ("train specialist --preset nofile.yaml", "nofile.yaml: No such file or directory; expected a YAML file"),
    ("train specialist --preset torn.yaml", "torn.yaml, line 2: not YAML"),
    ("train specialist --preset bytes.yaml", "bytes.yaml"),
    ("train specialist --preset list.yaml", "list.yaml: expected settings as `key: value`, got list"),
    ("train specialist --preset key.yaml", "unknown key in key.yaml 'lvel': did you mean 'level'?"),
    ("train specialist --preset type.yaml", "type.yaml.total_timesteps: expected a whole number, got 'many'"),
    ("train llm --preset key.yaml", "unknown key in key.yaml 'lvel': did you mean 'level'?"),
    ("train specialist --level 77", "level 77: expected 0 to 9"),
    ("train specialist --out file.txt/x", "file.txt/x"),
    ("compare nosuch", "unknown preset 'nosuch': expected one of"),
    ("compare qick", "did you mean 'quick'?"),
    ("compare nofile.yaml", "nofile.yaml: No such file or directory; expected a YAML file"),
    ("compare torn.yaml", "torn.yaml, line 2: not YAML"),
    ("compare typo.yaml", "unknown key in typo.yaml 'episode': did you mean 'episodes'?"),
    ("compare robot.yaml", "unknown agent 'randm': did you mean 'random'?"),
    ("compare level.yaml", "level 12: expected 0 to 9"),
    ("compare quick --episodes 0", "episodes: expected 1 or more, got 0"),
    ("compare quick --out file.txt/x", "file.txt/x"),
    ("report nowhere", "expected a folder that `reason compare` wrote"),
    ("report file.txt", "expected a folder that `reason compare` wrote"),
    ("report empty", "expected a folder that `reason compare` wrote"),
]


@pytest.mark.parametrize(("words", "expected"), MISTAKES, ids=[words for words, _ in MISTAKES])
def test_a_mistake_is_one_line_and_exit_code_two(words: str, expected: str, capsys: Read) -> None:
    code, _, err = run(words, capsys)
    assert code == 2
    assert err.startswith("reason: ")
    assert err.count("\n") == 1, err
    assert expected in err


@pytest.mark.parametrize("words", ["list --nothing", "eval", "eval oracle --episodes many", "play --seed x", "compare"])
def test_what_the_parser_cannot_read_is_exit_code_two(words: str, capsys: Read) -> None:
    code, _, err = run(words, capsys)
    assert code == 2
    assert "--help" in err
    assert "Traceback" not in err


def test_a_mistake_leaves_nothing_behind(capsys: Read, folder: Path) -> None:
    before = sorted(path.name for path in folder.iterdir())
    for words in (
        "eval oracle --level 12",
        "compare robot.yaml",
        "compare level.yaml",
        "train specialist --preset key.yaml",
    ):
        assert run(words, capsys)[0] == 2
    assert sorted(path.name for path in folder.iterdir()) == before
