"""Checkpoint folders: what a cut save, a full disk and damaged files may do to them, and what is said of it."""

from __future__ import annotations

import json
import os
import resource
import shlex
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from killing import REASON
from tiny import COUNTER, READER, full_disk, silent

from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning import checkpoint
from reason_arena.agents.learning.progress import Metrics, read_lines
from reason_arena.agents.specialist.agent import SpecialistAgent
from reason_arena.agents.specialist.trainer import train_specialist
from reason_arena.tasks.errors import BadCheckpoint, StorageError

torch.set_num_threads(1)
SPECIALIST_WORDS = shlex.split(
    "train specialist --level 0 --total-timesteps 4096 --num-envs 8 --n-steps 64 --batch-size 128 --n-epochs 2 "
    "--net-arch 16 --evaluate-every 3 --evaluate-episodes 8 --checkpoint-every 2"
)
SUMS = replace(READER, env_id="Reason-Arithmetic-v0", task=None, score_every=0)
READER_WORDS = shlex.split(
    "train llm --stage sft --level 0 --model.layers 1 --model.width 32 --model.heads 2 --model.feedforward 48 "
    "--model.context 64 --sft.updates 5 --sft.batch 4 --score-every 0 --checkpoint-seconds 0"
)


def put(content: str) -> Callable[[Path], None]:
    """A writer of one file."""

    def write(folder: Path) -> None:
        (folder / "x").write_text(content)

    return write


def test_a_save_that_fails_leaves_the_checkpoint_that_was_there(tmp_path: Path) -> None:
    place = tmp_path / "a"

    def fail(folder: Path) -> None:
        (folder / "x").write_text("half")
        raise OSError(28, "No space left on device")

    checkpoint.save(place, put("old"), {"kind": "t"})
    with pytest.raises(StorageError, match="No space left"):
        checkpoint.save(place, fail, {"kind": "t"})
    assert (checkpoint.locate(place) / "x").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_save_cut_between_its_renames_is_whole(tmp_path: Path) -> None:
    place = tmp_path / "a"
    for text in ("one", "two!"):
        checkpoint.save(place, put(text), {"kind": text})
    place.rename(tmp_path / ".a.new")  # as it is just before the second rename
    (tmp_path / ".a.old").mkdir()
    assert checkpoint.exists(place)
    assert checkpoint.load_manifest(place)["kind"] == "two!"
    checkpoint.save(place, lambda folder: None, {"kind": "three"})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    place = tmp_path / "a"
    checkpoint.save(place, put("1234"), {"kind": "t"})
    (place / "x").write_text("12")
    with pytest.raises(BadCheckpoint, match="damaged: x has 2 bytes, 4 were written"):
        checkpoint.load_manifest(place)
    (place / "x").unlink()
    with pytest.raises(BadCheckpoint, match="incomplete: x is missing"):
        checkpoint.load_manifest(place)
    (place / "manifest.json").write_text("{")
    with pytest.raises(BadCheckpoint, match="unreadable"):
        checkpoint.load_manifest(place)


def stop_after(update: int, stage: str) -> Callable[[Mapping[str, Any]], None]:
    """A report that presses Ctrl-C, so that a checkpoint is kept after that update."""

    def report(row: Mapping[str, Any]) -> None:
        if (row["stage"], row["update"]) == (stage, update):
            os.kill(os.getpid(), signal.SIGINT)

    return report


def begun_specialist(folder: Path) -> Path:
    """A specialist's run of 8 updates, interrupted after 3; its checkpoint."""
    with pytest.raises(KeyboardInterrupt):
        train_specialist(COUNTER, folder, 0, report=stop_after(3, "ppo"))
    return folder / "checkpoint"


def begun_reader(folder: Path) -> Path:
    """A language model's run of 5 updates, interrupted after 2; its checkpoint."""
    with pytest.raises(KeyboardInterrupt):
        train_language_model(SUMS, folder, 0, report=stop_after(2, "sft"), stage="sft")
    return folder / "sft" / "checkpoint"


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too, but the curves."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_untouched(place: Path, before: dict[str, bytes]) -> None:
    """The checkpoint is byte for byte what it was, and nothing half-written lies beside it."""
    checkpoint.load_manifest(place)
    assert content(place) == before
    assert [path.name for path in place.parent.iterdir() if path.name.startswith(".")] == []


def sizes(place: Path) -> list[int]:
    """Limits under which each larger file of a checkpoint in turn is the first that does not fit."""
    return sorted({path.stat().st_size - 1 for path in place.iterdir() if path.stat().st_size > 2500})


def test_every_writer_of_a_specialist_meets_a_full_disk(tmp_path: Path) -> None:
    place = begun_specialist(tmp_path)
    before = content(place)
    assert len(sizes(place)) == 2  # state.pickle and parameters.pt
    for size in [600, *sizes(place)]:
        with full_disk(size), pytest.raises(StorageError, match=r"^cannot write [^\n]*: File too large$"):
            train_specialist(COUNTER, tmp_path, 0, report=silent)
        assert_untouched(place, before)
    final = train_specialist(COUNTER, tmp_path, 0, report=silent)
    agent, before = SpecialistAgent.load(final), content(final)
    for size in (10, 300, 1000, 3000):
        with full_disk(size), pytest.raises(StorageError, match=r"^cannot write the checkpoint [^\n]*$"):
            agent.save(final)
        assert_untouched(final, before)


def test_every_writer_of_a_language_model_meets_a_full_disk(tmp_path: Path) -> None:
    place = begun_reader(tmp_path)
    before = content(place)
    for size in [100, *sizes(place)]:
        with full_disk(size), pytest.raises(StorageError, match=r"^cannot write [^\n]*File too large[^\n]*$"):
            train_language_model(SUMS, tmp_path, 0, report=silent, stage="sft")
        assert_untouched(place, before)
    agent = LanguageModelAgent.load(place)
    for size in (10, 100, 700, 3000):
        with full_disk(size), pytest.raises(StorageError, match=r"^cannot write the checkpoint [^\n]*$"):
            agent.save(tmp_path / "copy")
        assert not list(tmp_path.glob("*copy*"))


@pytest.mark.parametrize(
    ("begin", "words", "size"), [(begun_specialist, SPECIALIST_WORDS, 9_000), (begun_reader, READER_WORDS, 20_000)]
)
def test_a_full_disk_is_one_line_and_exit_code_two(
    begin: Callable[[Path], Path], words: list[str], size: int, tmp_path: Path
) -> None:
    place = begin(tmp_path)
    before = content(place)
    process = subprocess.run(
        [*REASON, *words, "--out", str(tmp_path)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 2, process.stderr
    (line,) = process.stderr.splitlines()
    assert line.startswith(f"reason: cannot write the checkpoint {place}: ")
    assert_untouched(place, before)


def test_the_record_on_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"

    def record() -> None:
        with Metrics(path, curves=tmp_path / "curves") as metrics:
            for update in range(1, 20):
                metrics.write({"update": update, "loss": 0.5})

    with full_disk(100), pytest.raises(StorageError, match=r"cannot write .*metrics\.jsonl: File too large"):
        record()
    assert [row["update"] for row in read_lines(path)] == [1, 2, 3]  # 29 bytes each; the fourth is cut and dropped
    with full_disk(50), pytest.raises(StorageError, match="cannot write"):
        Metrics(path, after=3)
    assert len(read_lines(path)) == 3
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_mistake_in_a_writer_is_no_full_disk(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        checkpoint.save(tmp_path / "a", lambda folder: print(1 // 0), {"kind": "t"})
    assert list(tmp_path.iterdir()) == []


def damaged(place: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """Change a file's content and let the manifest agree with its size, as a flipped bit would."""
    path = place / name
    path.write_bytes(change(path.read_bytes()))
    if name != checkpoint.MANIFEST:
        manifest = json.loads((place / checkpoint.MANIFEST).read_text())
        manifest["files"][name] = path.stat().st_size
        (place / checkpoint.MANIFEST).write_text(json.dumps(manifest))


def garbage(given: bytes) -> bytes:
    return b"\xff" * len(given)


def without(*keys: str) -> Callable[[bytes], bytes]:
    """JSON that has lost a key."""

    def change(given: bytes) -> bytes:
        whole = json.loads(given)
        inner = whole
        for key in keys[:-1]:
            inner = inner[key]
        del inner[keys[-1]]
        return json.dumps(whole).encode()

    return change


def assert_named(load: Callable[[], Any], *words: str) -> None:
    """BadCheckpoint in one line that holds these words."""
    with pytest.raises(BadCheckpoint) as caught:
        load()
    assert "\n" not in str(caught.value)
    assert all(word in str(caught.value) for word in words), caught.value


@pytest.mark.parametrize(
    ("name", "change", "word"),
    [
        ("model.safetensors", garbage, "model.safetensors"),
        ("cost.json", garbage, "cost.json"),
        ("cost.json", lambda given: b"[1]", "cost.json"),
        ("manifest.json", without("config", "net_arch"), "net_arch"),
        ("manifest.json", lambda given: b"[]", "manifest.json"),
        ("manifest.json", lambda given: b'{"format": 1, "files": []}', "manifest.json"),
    ],
)
def test_a_damaged_specialist_is_named_in_one_line(
    name: str, change: Callable[[bytes], bytes], word: str, tmp_path: Path
) -> None:
    final = train_specialist(replace(COUNTER, total_timesteps=512, evaluate_every=0), tmp_path, 0, report=silent)
    damaged(final, name, change)
    assert_named(lambda: SpecialistAgent.load(final), str(final), word)


@pytest.mark.parametrize("name", ["state.pickle", "parameters.pt"])
def test_a_damaged_training_state_is_named_in_one_line(name: str, tmp_path: Path) -> None:
    place = begun_specialist(tmp_path)
    damaged(place, name, garbage)
    assert_named(lambda: train_specialist(COUNTER, tmp_path, 0, report=silent), str(place), "damaged")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("model.safetensors", garbage),
        ("config.json", garbage),
        ("tokenizer.json", garbage),
        ("cost.json", garbage),
        ("cost.json", lambda given: b'{"price": 1}'),
    ],
)
def test_a_damaged_language_model_is_named_in_one_line(
    name: str, change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    place = begun_reader(tmp_path)
    damaged(place, name, change)
    assert_named(lambda: LanguageModelAgent.load(place), str(place))


@pytest.mark.parametrize(("name", "change"), [("optimizer.safetensors", garbage), ("manifest.json", without("totals"))])
def test_a_damaged_stage_does_not_go_on(name: str, change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    place = begun_reader(tmp_path)
    damaged(place, name, change)
    assert_named(lambda: train_language_model(SUMS, tmp_path, 0, report=silent, stage="sft"), str(place), "damaged")
