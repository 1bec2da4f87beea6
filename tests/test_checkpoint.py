"""Checkpoint folders: what a cut save and a full disk may do to them, and what is said of it."""

from __future__ import annotations

import os
import resource
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from killing import REASON
from tiny import COUNTER, SUMS, begun_reader, begun_specialist, full_disk, silent

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
    assert len(sizes(place)) == 2  # state.pickle and parameters.safetensors
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
        with Metrics(path) as metrics:  # without curves, whose writer has a thread and so a moment of its own
            for update in range(1, 20):
                metrics.write({"update": update, "loss": 0.5})

    with full_disk(100), pytest.raises(StorageError, match=r"cannot write .*metrics\.jsonl: File too large"):
        record()
    assert [row["update"] for row in read_lines(path)] == [1, 2, 3]  # 29 bytes each; the fourth is cut and dropped
    with full_disk(50), pytest.raises(StorageError, match="cannot write"):
        Metrics(path, after=3)
    assert len(read_lines(path)) == 3
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_curves_on_a_full_disk_are_one_line(tmp_path: Path) -> None:
    """In a process of its own: TensorBoard's thread would print a traceback after the error was raised."""
    code = (
        "import sys; from pathlib import Path; from reason_arena.agents.learning.progress import Metrics\n"
        "from reason_arena.tasks.errors import StorageError\n"
        "try:\n"
        "    with Metrics(Path(sys.argv[1]), curves=Path(sys.argv[2])) as metrics:\n"
        "        for update in range(1, 400): metrics.write({'update': update, 'a': 0.5, 'b': 0.5, 'c': 0.5})\n"
        "except StorageError as error: print(error)"
    )
    for size in (30, 20_000):  # the file's first bytes, and its later ones; the record of 400 lines takes 18,000
        curves = tmp_path / str(size)
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / f"{size}.jsonl"), str(curves)],
            preexec_fn=lambda size=size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.stderr) == (f"cannot write {curves}: File too large\n", "")


def test_a_mistake_in_a_writer_is_no_full_disk(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        checkpoint.save(tmp_path / "a", lambda folder: print(1 // 0), {"kind": "t"})
    assert list(tmp_path.iterdir()) == []
