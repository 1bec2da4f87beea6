"""Damaged checkpoints: whatever a file turned into, the loader says in one line which one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import COUNTER, SUMS, begun_reader, begun_specialist, silent

from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning import checkpoint
from reason_arena.agents.specialist.agent import SpecialistAgent
from reason_arena.agents.specialist.trainer import train_specialist
from reason_arena.tasks.errors import BadCheckpoint

torch.set_num_threads(1)


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


@pytest.mark.parametrize("name", ["state.pickle", "parameters.safetensors"])
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
