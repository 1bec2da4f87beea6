"""Draw docs/objectives/<name>.svg, the curves of every objective, out of the records of runs.

python docs/curves.py FOLDER [INTO]

Every `metrics.jsonl` below the folder counts. What a record is of is told by its rows (`stage`) and its path: records
whose paths differ in the folder of the seed alone (`0`, `seed-1`) are runs of one recipe, and are drawn as their mean
in a band from the lowest to the highest of them. The same records give the same bytes.

The curves that are here now are of a small model, two seeds:

for SEED in 0 1; do
  RUN=runs/curves/seed-$SEED
  train() { reason train llm --stage "$@" --seed $SEED --out $RUN --preset docs/curves.yaml; }
  train pretrain --score-every 50
  train sft --score-every 50 --start $RUN/pretrain/checkpoint
  for STAGE in grpo reinforce ppo reward dpo; do train $STAGE; done
  train distill --score-every 50 --start $RUN/pretrain/checkpoint --distill.teacher $RUN/grpo/checkpoint
done
python docs/curves.py runs/curves
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reason_arena.agents.learning.progress import read_lines
from reason_arena.arena.report.charts import standalone_svg
from reason_arena.arena.report.palette import DASHES, HUES, MARKERS, Look
from reason_arena.arena.report.series import Chart, Series, Spot
from reason_arena.arena.statistics import Interval

PAGES = Path(__file__).resolve().parent / "objectives"
SCORE = ("score", "share of validation problems solved")
LOSS = ("loss", "loss, nats a token")
REWARD = ("reward", "mean reward in practice")
AGREEMENT = ("pairs_right", "share of pairs ranked as labelled")
CURVES: dict[str, tuple[tuple[str, ...], tuple[tuple[str, str], ...]]] = {
    "next_token": (("pretrain", "sft"), (LOSS, SCORE)),
    "distillation": (("distill",), (("loss", "divergence from the teacher, nats a token"), SCORE)),
    "reinforce": (("reinforce",), (REWARD, SCORE)),
    "ppo": (("ppo",), (REWARD, SCORE)),
    "grpo": (("grpo",), (REWARD, SCORE)),
    "reward_model": (("reward",), (AGREEMENT, ("margin", "reward of the better answer less the other's"))),
    "dpo": (("dpo",), (AGREEMENT, ("score_length", "tokens of an answer, validation problems"))),
}
"""a page: the stages that are drawn, and what of their records, each with the title of its chart"""
SPOTS = 16
"""marks along a line; of more updates, neighbours are averaged and stand where the last of them does"""
SEED = re.compile(r"(seed-)?\d+")
Rows = list[dict[str, Any]]


def records(folder: Path) -> dict[str, dict[str, list[Rows]]]:
    """The records below a folder: by stage, then by recipe, one a seed."""
    found: dict[str, dict[str, list[Rows]]] = {}
    for path in sorted(folder.rglob("metrics.jsonl")):
        rows = read_lines(path)
        if not rows or "stage" not in rows[0]:
            continue
        recipe = "/".join(part for part in path.parent.relative_to(folder).parts if not SEED.fullmatch(part))
        found.setdefault(rows[0]["stage"], {}).setdefault(recipe, []).append(rows)
    return found


def chart(name: str, title: str, runs: Mapping[str, Sequence[Rows]]) -> Chart:
    """One measurement of some recipes by updates."""
    series = tuple(Series(label, label, spots(seeds, name)) for label, seeds in runs.items())
    return Chart(name, title, "", "updates", series, band=True)


def spots(seeds: Sequence[Rows], name: str) -> tuple[Spot, ...]:
    """A measurement of the runs of one recipe, up to where the shortest of them has come."""
    lines = [[(row["update"], row[name]) for row in rows if name in row] for rows in seeds]
    length = min(map(len, lines))
    width = -(-length // SPOTS)
    found = []
    for first in range(0, length, width):
        parts = [line[first : min(first + width, length)] for line in lines]
        means = [sum(value for _, value in part) / len(part) for part in parts]
        found.append(Spot(parts[0][-1][0], _spread(means)))
    return tuple(found)


def _spread(values: list[float]) -> Interval:
    """Their mean, between the lowest and the highest: of two seeds, Student's interval would hide the chart."""
    return Interval(sum(values) / len(values), min(values), max(values), len(values), "seeds")


def main(words: list[str]) -> int:
    """Draw what there are records of."""
    if len(words) not in (1, 2) or not all(Path(word).is_dir() for word in words):
        print("usage: python docs/curves.py FOLDER [INTO]    (a folder of runs, with a metrics.jsonl each)")
        return 2
    into = Path(words[1]) if len(words) == 2 else PAGES
    found = records(Path(words[0]))
    for page, (stages, wanted) in CURVES.items():
        recipes = [(stage, recipe, seeds) for stage in stages for recipe, seeds in found.get(stage, {}).items()]
        if not recipes:
            print(f"{page}: no record of {' or '.join(stages)}")
            continue
        alone = len({stage for stage, _, _ in recipes}) == len(recipes)
        runs = {stage if alone else recipe: seeds for stage, recipe, seeds in recipes}
        looks = {
            label: Look("", HUES[place % len(HUES)], MARKERS[place % len(MARKERS)], DASHES[place % len(DASHES)])
            for place, label in enumerate(runs)
        }
        svg = standalone_svg([chart(name, title, runs) for name, title in wanted], looks, percent=False)
        (into / f"{page}.svg").write_text(svg, encoding="utf-8")
        told = ", ".join(f"{label} x {len(seeds)}" for label, seeds in runs.items())
        print(f"{page}: {len(svg) / 1000:.0f} kB, {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
