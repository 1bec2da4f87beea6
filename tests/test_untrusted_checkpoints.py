"""Checkpoints of a stranger: a pickle that would run a program lies wherever one could be read, and never runs."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from guesser import save_guesser
from test_checkpoint_damage import damaged
from tiny import COUNTER, begun_specialist, silent

from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.learning import checkpoint, plain_pickle
from reason_arena.agents.registry import Place
from reason_arena.agents.specialist import state
from reason_arena.agents.specialist.agent import SpecialistAgent
from reason_arena.agents.specialist.trainer import train_specialist
from reason_arena.envs import IDS
from reason_arena.scripts.cli import main
from reason_arena.tasks.errors import BadCheckpoint

torch.set_num_threads(1)
PICKLES = (
    *("state.pickle", "parameters.pt", "optimizer.pt", "rng_state.pth", "training_args.bin", "vocab.pkl"),
    *("pytorch_model.bin", "adapter_model.bin", "policy.pth", "tokenizer.pickle", "model.pt", "model.ckpt"),
)


class Bomb:
    """A pickle of it makes a folder when it is read."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.trace),)


@pytest.fixture(scope="module")
def specialist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = replace(COUNTER, total_timesteps=512, evaluate_every=0)
    return train_specialist(config, tmp_path_factory.mktemp("specialist"), 0, report=silent)


@pytest.fixture(scope="module")
def guesser(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_guesser(tmp_path_factory.mktemp("guesser") / "model")


def test_the_bomb_goes_off_where_pickles_are_trusted(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Bomb(tmp_path / "trace")))
    assert (tmp_path / "trace").is_dir()


LOADS: dict[str, Callable[[Path], Any]] = {"specialist": SpecialistAgent.load, "llm": LanguageModelAgent.load}


@pytest.mark.parametrize("kind", LOADS)
def test_what_lies_beside_the_weights_is_not_read(
    kind: str, specialist: Path, guesser: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, trace = tmp_path / "given", tmp_path / "trace"
    shutil.copytree(specialist if kind == "specialist" else guesser, folder)
    for name in PICKLES:
        (folder / name).write_bytes(pickle.dumps(Bomb(trace)))
    assert LOADS[kind](folder).cost().parameters > 0
    words = ["eval", kind, "--checkpoint", str(folder), "--level", "0", "--episodes", "2"]
    assert main(words) == 0, capsys.readouterr().err
    assert not trace.exists()


@pytest.mark.parametrize("kind", LOADS)
@pytest.mark.parametrize("alone", [True, False])
def test_weights_that_are_a_pickle_are_refused(
    kind: str, alone: bool, specialist: Path, guesser: Path, tmp_path: Path
) -> None:
    """Under the name of the weights, or under that which transformers and torch give to pickled ones."""
    folder, trace = tmp_path / "given", tmp_path / "trace"
    shutil.copytree(specialist if kind == "specialist" else guesser, folder)
    if alone:
        (folder / "model.safetensors").unlink()
        manifest = json.loads((folder / checkpoint.MANIFEST).read_text())
        del manifest["files"]["model.safetensors"]
        (folder / checkpoint.MANIFEST).write_text(json.dumps(manifest))
        (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(trace)))
    else:
        damaged(folder, "model.safetensors", lambda given: pickle.dumps(Bomb(trace)))
    with pytest.raises(
        BadCheckpoint, match=r"\.bin, a pickle, which could run" if alone and kind == "llm" else str(folder)
    ):
        LOADS[kind](folder)
    assert not trace.exists()


def test_a_checkpoint_that_names_a_module_to_import_is_refused(specialist: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(specialist, tmp_path / "given"))
    manifest = json.loads((folder / checkpoint.MANIFEST).read_text())
    manifest["config"]["env_id"] = "antigravity:Reason-Arithmetic-v0"
    (folder / checkpoint.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BadCheckpoint, match="expected a specialist of an environment of ours, got one of 'antigravity"):
        SpecialistAgent.load(folder)


def test_a_training_state_that_would_run_a_program_is_not_gone_on_from(tmp_path: Path) -> None:
    place, trace = begun_specialist(tmp_path / "run"), tmp_path / "trace"
    damaged(place, state.STATE, lambda given: pickle.dumps({**plain_pickle.loads(given), "update": Bomb(trace)}))
    with pytest.raises(BadCheckpoint, match=r"a training state names posix\.mkdir, which is no value of ours"):
        train_specialist(COUNTER, tmp_path / "run", 0, report=silent)
    assert not trace.exists()


def global_of(module: str, name: str, argument: str) -> bytes:
    """A pickle of protocol 4, in which a name may have dots, that calls something with a text."""
    return b"\x80\x04c" + f"{module}\n{name}\n(V{argument}\ntR.".encode()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "mkdir"),
        ("builtins", "eval"),
        ("builtins", "getattr"),
        ("numpy", "load"),
        ("reason_arena.tasks.cache", "os.mkdir"),  # what a module imports
        ("reason_arena.tasks.cache", "Path"),
        ("reason_arena.tasks.registry", "import_module"),  # no class
        ("reason_arena.envs.chess.uci", "Engine"),  # it starts a program
        ("reason_arena.agents.registry", "Place"),
    ],
)
def test_only_values_are_made_of_a_pickle(module: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match="which is no value of ours"):
        plain_pickle.loads(global_of(module, name, str(tmp_path / "trace")))
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("env_id", IDS)
def test_the_state_of_every_environment_is_such_a_value(env_id: str) -> None:
    env = Place(env_id, "train", 0).make("array", 2)
    env.reset(seed=0)
    env.step(np.zeros(2, np.int64))
    kept = pickle.dumps(env.unwrapped.get_state())  # type: ignore[attr-defined]
    went_on = env.step(np.zeros(2, np.int64))[:4]
    env.unwrapped.set_state(plain_pickle.loads(kept))  # type: ignore[attr-defined]
    np.testing.assert_equal(env.step(np.zeros(2, np.int64))[:4], went_on)
    env.close()


def test_a_run_that_an_earlier_version_began_goes_on_and_the_risk_is_named(tmp_path: Path) -> None:
    unbroken = train_specialist(COUNTER, tmp_path / "unbroken", 0, report=silent)
    place = begun_specialist(tmp_path / "run")
    values, tensors = state.read(place)
    (place / state.STATE).write_bytes(pickle.dumps(values))
    (place / state.PARAMETERS).unlink()
    torch.save(tensors, place / "parameters.pt")
    manifest = json.loads((place / checkpoint.MANIFEST).read_text())
    manifest["files"] = {name: (place / name).stat().st_size for name in (state.STATE, "parameters.pt")}
    (place / checkpoint.MANIFEST).write_text(json.dumps(manifest))
    with pytest.warns(UserWarning, match="pickle of an earlier version: .* only with a run of your own"):
        done = train_specialist(COUNTER, tmp_path / "run", 0, report=silent)
    assert (done / "model.safetensors").read_bytes() == (unbroken / "model.safetensors").read_bytes()
