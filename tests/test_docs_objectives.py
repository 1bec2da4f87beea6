"""The pages on objectives and on the language-model road against the code: settings, variants, curves, the record."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import sys
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
from pages import CALL, NAMES, ROOT, blocks, commands, first_cells, run, text
from tiny import READER

from reason_arena.agents.language_model.config import (
    DistillConfig,
    DpoConfig,
    LanguageModelConfig,
    PpoConfig,
    PretrainConfig,
    ReinforceConfig,
    RewardConfig,
    Stage,
)
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning.objectives import VARIANTS
from reason_arena.agents.learning.progress import read_lines
from reason_arena.agents.specialist.config import SpecialistConfig

OBJECTIVES = {
    "next_token": ("pretrain", "sft"),
    "distillation": ("distill",),
    "reinforce": ("reinforce",),
    "ppo": ("ppo",),
    "grpo": ("grpo",),
    "reward_model": ("reward",),
    "dpo": ("dpo",),
}
"""page: the stages it tells of"""


def settings_of(section: str) -> set[str]:
    return {f"{section}.{field.name}" for field in fields(getattr(LanguageModelConfig(), section))}


def test_every_stage_has_a_page_and_every_page_is_of_a_stage() -> None:
    assert {stage for stages in OBJECTIVES.values() for stage in stages} == set(get_args(Stage))
    assert {page.stem for page in (ROOT / "docs" / "objectives").glob("*.md")} == set(OBJECTIVES)


@pytest.mark.parametrize(("name", "stages"), OBJECTIVES.items())
def test_an_objectives_page_tells_of_every_setting_and_of_none_that_is_not_there(
    name: str, stages: tuple[str, ...]
) -> None:
    sections = [
        part.name for part in fields(LanguageModelConfig) if is_dataclass(getattr(LanguageModelConfig(), part.name))
    ]
    known = {setting for section in sections for setting in settings_of(section)}
    known |= {"none", "mean", "leave_one_out"}  # baselines
    known |= {"forward", "reverse", "jsd", "sequence", "token", "constant", "k1", "k2", "k3", *VARIANTS}
    wanted = {setting for stage in stages for setting in settings_of(stage)}
    if name == "ppo":
        specialist = {field.name for field in fields(SpecialistConfig)}
        known, wanted = known | specialist, wanted | specialist
    told = first_cells(f"docs/objectives/{name}.md")
    assert told <= known, f"not there: {told - known}"
    assert wanted <= told, f"not told of: {wanted - told}"


@pytest.mark.parametrize(("name", "stages"), OBJECTIVES.items())
def test_an_objectives_page_has_its_parts(name: str, stages: tuple[str, ...]) -> None:
    page = f"docs/objectives/{name}.md"
    source = text(page)
    assert "$$" in source
    assert "**When it is used.**" in source
    assert f"]({name}.svg)" in source
    assert "](../language_model.md)" in source
    blocked = [call for _, content, _ in blocks(page) for call in CALL.findall(content)]
    assert all(any(call.startswith(f"reason train llm --stage {stage} ") for call in blocked) for stage in stages)


def test_stages_and_presets_in_commands_exist() -> None:
    for name in NAMES:
        for words in commands(name):
            for flag, value in pairwise(words):
                assert flag != "--stage" or value in get_args(Stage), f"{name}: {shlex.join(words)}"
                assert flag != "--preset" or value == "FILE" or (ROOT / value).exists(), f"{name}: {shlex.join(words)}"


def test_the_table_of_variants_has_the_settings_of_the_code() -> None:
    rows = {
        row[1]: row[0]
        for row in re.finditer(r"^\| `(\w+)` \|.*arXiv.*$", text("docs/objectives/grpo.md"), re.MULTILINE)
    }
    for name, settings in VARIANTS.items():
        cells = [cell.strip() for cell in rows[name].split("|")[2:8]]
        scale, clips, *others, beta = cells
        assert scale == ("yes" if settings["scale"] else "no")
        low, high = clips.split(", ")
        assert float(high) == settings["clip_high"]
        assert low == "unused" or float(low) == settings["clip_low"]
        assert others == [settings["importance"], settings["surrogate"], settings["normalisation"]]
        assert float(beta) == settings["beta"]


@pytest.mark.parametrize("name", NAMES)
def test_the_tests_that_a_page_names_exist(name: str) -> None:
    for file, test in re.findall(r"`(test_\w+\.py)::(\w+)`", text(name)):
        assert f"def {test}(" in text(f"tests/{file}"), f"{name}: {file}::{test}"


def script(name: str) -> Any:
    """A script of docs/ as a module."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_stale_table_of_settings_is_written_anew() -> None:
    place = "before\n<!-- settings: dpo.beta, memory.policy -->\n{}<!-- end of settings -->\nbehind\n"
    made = script("settings").filled(place.format("\n| `dpo.beta` | `0.7` | long ago |\n\n"))
    rows = (
        "| setting | default | what it does |\n|---|---|---|\n"
        "| `dpo.beta` | `0.1` | how dear it is to leave the model that training started from |\n"
        "| `memory.policy` | `full`, or `last`, `notes`, `none` | all that was said; the last `turns` turns; the "
        "observation alone and the last `turns` notes, which the model writes between &lt;note> and &lt;/note>; or the "
        "observation alone |"
    )
    assert made == place.format(f"\n{rows}\n\n")


def test_a_subclass_has_the_last_word_on_a_setting() -> None:
    # PracticeConfig speaks of `momentum` too, and StageConfig, where 0.95 is the default
    (row,) = script("settings").table(["grpo.momentum"]).splitlines()[2:]
    assert row.startswith("| `grpo.momentum` | `0.0` |")
    assert "mostly noise" in row


def record(folder: Path, stage: str, values: list[float]) -> None:
    folder.mkdir(parents=True)
    rows = [{"stage": stage, "update": i, "reward": value, "score": value / 2} for i, value in enumerate(values)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_curves_are_means_of_seeds_in_the_band_that_they_span(tmp_path: Path) -> None:
    curves = script("curves")
    record(tmp_path / "runs" / "seed-0" / "grpo", "grpo", [0.0, 0.5, 1.0])
    record(tmp_path / "runs" / "seed-1" / "grpo", "grpo", [0.5, 0.5])
    found = curves.records(tmp_path / "runs")
    assert list(found) == ["grpo"]
    (seeds,) = found["grpo"].values()
    first, second = curves.spots(seeds, "reward")  # the shorter run has two updates
    assert (first.x, first.interval.mean, first.interval.low, first.interval.high) == (0, 0.25, 0.0, 0.5)
    assert (second.x, second.interval.mean, second.interval.low, second.interval.high) == (1, 0.5, 0.5, 0.5)


def test_curves_of_many_updates_are_thinned_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    curves = script("curves")
    record(tmp_path / "runs" / "0", "ppo", [i / 400 for i in range(400)])
    (seeds,) = curves.records(tmp_path / "runs")["ppo"].values()
    marks = curves.spots(seeds, "reward")
    assert [mark.x for mark in marks[:2]] == [24, 49]  # of 0 to 24, of 25 to 49
    assert marks[0].interval.mean == pytest.approx(12 / 400)
    drawn = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        run([sys.executable, str(ROOT / "docs" / "curves.py"), str(tmp_path / "runs"), str(tmp_path / name)], ROOT)
        drawn.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert drawn[0] == drawn[1]
    assert set(drawn[0]) == {"ppo.svg"}


def test_the_curves_of_the_pages_are_small() -> None:
    for name in OBJECTIVES:
        assert (ROOT / "docs" / "objectives" / f"{name}.svg").stat().st_size <= 25_000


def test_the_page_on_the_road_tells_of_every_field_of_the_record(tmp_path: Path) -> None:
    told, seen = first_cells("docs/language_model.md"), set()
    pairs = {"updates": 1, "batch": 2, "pairs": 4, "labeller": "correct"}
    recipe = replace(
        READER,
        pretrain=PretrainConfig(updates=1, batch=2, levels=(0,)),
        ppo=PpoConfig(updates=1, questions=2, group=2, minibatches=1, beta=0.01),
        reward=RewardConfig(**pairs),
        dpo=DpoConfig(**pairs),
        distill=DistillConfig(updates=1, batch=2, teacher=tmp_path / "sft" / "checkpoint", filtered=False),
        reinforce=ReinforceConfig(updates=1, questions=2, group=2),
    )
    for stage in ("sft", "pretrain", "distill", "reinforce", "ppo", "grpo", "reward", "dpo"):
        train_language_model(recipe, tmp_path, 0, report=lambda row: None, stage=stage)
        rows = read_lines(tmp_path / stage / "metrics.jsonl")
        seen |= {key for row in rows for key in row}
    assert seen <= told, f"not told of: {seen - told}"
    source = text("docs/language_model.md")
    rows = re.findall(
        r"^\|([^|]*)\|", source[source.index("## The record") : source.index("## When it stops")], re.MULTILINE
    )
    fields_told = {word for row in rows for word in re.findall(r"`(\w+)`", row)}
    # Whether a habit pays is known only where some episodes show it and others do not; milestones are those of games.
    assert {name for name in fields_told - seen if not name.endswith("_pays")} == {"score_furthest"}
    for key in read_lines(tmp_path / "grpo" / "samples.jsonl")[0]:
        assert f"`{key}`" in source, key
