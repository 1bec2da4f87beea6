"""The page of the families of `Reason-AIME-v0`, counted over instances that are drawn here.

`docs/generate.py` writes it to docs/aime_families.md.
"""

from __future__ import annotations

from collections import Counter
from math import log2

from reason_arena.tasks.aime import catalogue
from reason_arena.tasks.aime.family import AREAS, Family
from reason_arena.tasks.aime.toolbox import PROGRAMS
from reason_arena.tasks.stream import Stream

DRAWS = 1_000
"""instances of a tier that are counted"""
FEW = 1_000
"""fewer distinct instances than this are marked"""

HEAD = f"""# The families of Reason-AIME-v0

<!-- Written by docs/generate.py from the families in tasks/aime/families. -->

Every family has three tiers, which are ranges of its parameters. For each tier, in order:

- **number**: its difficulty, as the exam numbers its problems from 1 to 15;
- **instances**: about how many there are, over all splits; fewer than {FEW:,} are in italics;
- **entropy**: of the answers of {DRAWS:,} instances, in bits; all of 0 to 999 equally often would be 10;
- **commonest**: the share of its commonest answer, which is what always giving that answer scores.

**Tool** is what solves the family in the array view; families without one are beyond its tools. Families whose name is
followed by *held out* are never posed in training.
"""


def page() -> str:
    """The page."""
    parts = [HEAD]
    families = catalogue.families()
    for area in AREAS:
        rows = [_row(family) for family in families.values() if family.area == area]
        heading = "| family | number | instances | entropy | commonest | tool |\n|---|---|---|---|---|---|"
        parts.append(f"## {area.capitalize()}\n\n" + "\n".join([heading, *rows]) + "\n")
    held = len(catalogue.HELD_OUT)
    tools = len(PROGRAMS)
    parts.append(f"{len(families)} families, {held} of them held out, {tools} within reach of the tools.\n")
    return "\n".join(parts)


def _row(family: Family) -> str:
    counted = [_count(family, tier) for tier in range(1, len(family.difficulty) + 1)]
    name = f"{family.name}, *held out*" if family.name in catalogue.HELD_OUT else family.name
    cells = [
        name,
        ", ".join(map(str, family.difficulty)),
        ", ".join(_many(count) for count in family.distinct),
        ", ".join(f"{entropy:.1f}" for entropy, _ in counted),
        ", ".join(f"{share:.1%}" for _, share in counted),
        f"`{PROGRAMS[family.name].tool}`" if family.name in PROGRAMS else "",
    ]
    return "| " + " | ".join(cells) + " |"


def _count(family: Family, tier: int) -> tuple[float, float]:
    """Entropy in bits, and the share of the commonest answer."""
    rng = Stream(f"docs {family.name} {tier}")
    counts = Counter(family.instance(rng, tier, "train")[1] for _ in range(DRAWS))
    shares = [count / DRAWS for count in counts.values()]
    return -sum(share * log2(share) for share in shares), max(shares)


def _many(count: float) -> str:
    text = f"{count:,.0f}" if count < 1e6 else f"10^{log2(count) / log2(10):.0f}"
    return f"*{text}*" if count < FEW else text
