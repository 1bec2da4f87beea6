"""Where models come from: what is refused and how, and models that leave things unsaid."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from plain import NAMED, VOCABULARY, model, saved, tokenizer
from safetensors.torch import load_file, save_file

from reason_arena.agents.language_model import chat, models
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.conversation import prompt_ids, solution_ids
from reason_arena.agents.language_model.precision import fast_bf16
from reason_arena.tasks.errors import BadCheckpoint, BadConfig, UnknownName

torch.set_num_threads(1)
TURNS = (
    "{{ '<s>' }}{% for m in messages %}{{ '<start_of_turn>' + m['role'] + '\n' + m['content'] + '<end_of_turn>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
QUESTION = "What is 1 + 1?"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("good"), tokenizer(**NAMED))


def edited(folder: Path, name: str, **fields: Any) -> None:
    values = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps({**values, **fields}))


def test_pickled_weights_are_refused_unread(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", tokenizer(**NAMED))
    (folder / "model.safetensors").unlink()
    torch.save(model().state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(BadCheckpoint, match=r"its weights in pytorch_model\.bin, a pickle.*expected \.safetensors"):
        models.load(folder)
    with pytest.raises(BadCheckpoint, match="a pickle"):
        LanguageModelAgent.load(folder)


class _Bomb:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return Path.touch, (self.target,)


def test_no_pickle_beside_the_weights_is_read(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", tokenizer(**NAMED))
    for name in ("pytorch_model.bin", "training_args.bin", "optimizer.pt", "tokenizer.pkl"):
        (folder / name).write_bytes(pickle.dumps(_Bomb(tmp_path / "exploded")))
    models.load(folder)
    assert not (tmp_path / "exploded").exists()
    pickle.loads((folder / "optimizer.pt").read_bytes())
    assert (tmp_path / "exploded").exists()  # so it would have


@pytest.mark.parametrize(
    ("file", "mapped"),
    [
        ("config.json", {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"}),
        ("tokenizer_config.json", {"AutoTokenizer": ["own.OwnTokenizer", None]}),
    ],
)
def test_code_that_comes_with_a_model_is_not_run(
    file: str, mapped: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("a question nobody answers"))
    folder = saved(tmp_path / "model", tokenizer(**NAMED))
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    kind = {"model_type": "own"} if file == "config.json" else {"tokenizer_class": "OwnTokenizer"}
    edited(folder, file, auto_map=mapped, **kind)
    with pytest.raises(BadCheckpoint, match=r"it needs Python code of its own.*not run here"):
        models.load(folder)
    assert not (tmp_path / "ran").exists()


def test_a_folder_without_the_model_s_weights_is_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", tokenizer(**NAMED))
    (folder / "model.safetensors").unlink()
    with pytest.raises(BadCheckpoint, match=r"no weights in \.safetensors"):
        models.load(folder)
    (folder / "model.safetensors").write_bytes(b"not safetensors")
    with pytest.raises(BadCheckpoint, match="cannot load a language model from"):
        models.load(folder)


def test_weights_that_are_not_there_are_not_made_up(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", tokenizer(**NAMED))
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.0.mlp.up_proj.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BadCheckpoint, match=r"1 of its weights is missing.*model\.layers\.0\.mlp\.up_proj\.weight"):
        models.load(folder)


def test_a_number_format_is_a_choice_of_two(good: Path) -> None:
    for dtype, expected in (("bfloat16", torch.bfloat16), (torch.bfloat16, torch.bfloat16), ("float32", torch.float32)):
        assert {weight.dtype for weight in models.load(good, dtype=dtype)[0].parameters()} == {expected}
    assert {weight.dtype for weight in models.load(good)[0].parameters()} == {torch.float32}
    assert LanguageModelAgent.load(good, dtype="bfloat16").model.dtype == torch.bfloat16
    with pytest.raises(UnknownName, match=r"unknown dtype 'float16'.*expected one of bfloat16, float32"):
        models.load(good, dtype="float16")


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="asks Linux for a second opinion")
def test_fast_bfloat16_is_what_linux_says_too() -> None:
    flags = set(Path("/proc/cpuinfo").read_text().split())
    assert fast_bf16() == bool(flags & {"avx512_bf16", "amx_bf16", "bf16"})


def test_tiny_is_a_name_without_weights(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"tiny is made from scratch.*leave model\.source out"):
        models.load("tiny")


def test_without_a_template_the_bare_question_is_asked(good: Path) -> None:
    _, text = models.load(good)
    assert prompt_ids(text, "1?") == [VOCABULARY[c] for c in "1?\n"]
    assert solution_ids(text, "2") == [VOCABULARY["2"], 2]


def test_a_tokenizer_that_closes_every_text_does_not_close_the_question(tmp_path: Path) -> None:
    text = tokenizer(shut=True, **NAMED)
    assert text.encode("1") == [1, VOCABULARY["1"], 2]
    assert prompt_ids(text, "1") == [1, VOCABULARY["1"], VOCABULARY["\n"]]
    assert solution_ids(text, "2") == [VOCABULARY["2"], 2]


def test_padding_that_nobody_named_is_told_apart_by_length(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", tokenizer(bos_token="<s>", eos_token="</s>"))
    agent = LanguageModelAgent.load(folder, temperature=0.0, max_new_tokens=12)
    assert agent.text.pad_token == "</s>"
    questions = ("1", "a question many times as long")
    together = agent.act(questions, [{}, {}])
    apart = []
    for question in questions:
        agent.reset([0])
        apart += agent.act((question,), [{}])
    assert together == tuple(apart)


@pytest.mark.parametrize("stops", [2, [2, 4]])
def test_an_end_that_only_the_model_names_is_the_tokenizer_s_too(stops: int | list[int], tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", tokenizer(bos_token="<s>"), stops=stops)
    one, text = models.load(folder)
    assert models.stop_ids(one, text) == set([stops] if isinstance(stops, int) else stops)
    assert solution_ids(text, "2") == [VOCABULARY["2"], 2]


def test_a_model_that_could_not_end_is_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", tokenizer(bos_token="<s>"))
    with pytest.raises(BadCheckpoint, match=r"name a token that ends a sequence.*set eos_token"):
        models.load(folder)
    with pytest.raises(BadConfig, match="expected an eos_token"):
        solution_ids(tokenizer(bos_token="<s>"), "2")


def test_a_turn_ends_where_the_template_says_not_where_texts_do(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", tokenizer(TURNS, **NAMED))
    one, text = models.load(folder)
    assert solution_ids(text, "2") == [VOCABULARY["2"], 4]
    assert models.stop_ids(one, text) == {2, 4}
    head = [1, 3, *(VOCABULARY[c] for c in "user\n" + QUESTION)]
    assert prompt_ids(text, QUESTION)[: len(head)] == head
    assert text.decode(prompt_ids(text, QUESTION)).endswith("<end_of_turn>\n<start_of_turn>model\n")


def test_a_template_without_an_end_of_turn_leaves_the_end_of_sequence() -> None:
    text = tokenizer("{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\n' }}{% endfor %}", **NAMED)
    assert chat.turn_end(text) is None
    assert solution_ids(text, "2") == [VOCABULARY["2"], 2]
    only_questions = "{% if messages|length > 1 %}{{ raise_exception('one') }}{% endif %}{{ messages[0]['content'] }}"
    assert chat.turn_end(tokenizer(only_questions, **NAMED)) is None


def test_the_template_s_own_system_prompt_stays() -> None:
    system = (
        "{% if messages[0]['role'] == 'system' %}{{ messages[0]['content'] }}{% else %}{{ 'Be kind.\n' }}{% endif %}"
        "{% for m in messages if m['role'] != 'system' %}{{ m['content'] }}{% endfor %}"
    )
    text = tokenizer(system, **NAMED)
    assert text.decode(prompt_ids(text, QUESTION)).startswith("Be kind.\n" + QUESTION)


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ raise_exception('a system message first') }}", "refuses a question: .*a system message first"),
        ("{{ messages[0]['content'][0]['text'] }}", "leaves out the question"),
        ("{{ tools[0].name }}", "refuses a question: UndefinedError"),
        ("{% for m in messages %}", "refuses a question: .*Unexpected end of template"),
    ],
)
def test_a_template_that_takes_no_question_is_told_on_loading(template: str, why: str, tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", tokenizer(template, **NAMED))
    with pytest.raises(BadCheckpoint, match=rf"chat template {why}.*; expected one that takes a single message"):
        models.load(folder)
