"""The habits of a mind that checks itself: how often they show in what a model writes, and whether they pay.

The phrases are those that reports of reinforcement learning on reasoning models name as emergent: turning back, looking
over a result, beginning anew (DeepSeek-AI 2025, arXiv:2501.12948; Gandhi et al. 2025, arXiv:2503.01307).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

PHRASES = {
    "backtrack": (
        "wait", "hold on", "no, that", "actually", "go back", "going back", "not right", "that is wrong",
        "that's wrong", "i made a mistake", "i made an error",
    ),
    "check": (
        "let me check", "let's check", "let us check", "let me verify", "let's verify", "let us verify", "double-check",
        "double check", "to check", "to verify", "checking", "verifying", "make sure",
    ),
    "restart": (
        "start over", "starting over", "start again", "begin again", "try again", "from the beginning", "another way",
        "another approach", "different approach", "alternatively",
    ),
}  # fmt: skip
"""what shows a habit, in any case"""
HABITS: dict[str, re.Pattern[str]] = {
    name: re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b", re.IGNORECASE)
    for name, phrases in PHRASES.items()
}


def habits(texts: Sequence[str], rewards: Sequence[float]) -> dict[str, float]:
    """How many of the texts show a habit, and what those that do earn beside those that do not.

    Args:
        texts: what was written, one an episode.
        rewards: what each was worth.

    Returns:
        `habit_<name>`: the share of texts with at least one such phrase. `habit_<name>_pays`: their mean reward less
        that of the others; absent where all texts show the habit, or none does.

    >>> habits(["4. Wait, 5.", "4", "4. Let me check: 4."], [1.0, 0.0, 1.0])["habit_backtrack_pays"]
    0.5
    """
    found: dict[str, float] = {}
    for name, pattern in HABITS.items():
        shown = [bool(pattern.search(text)) for text in texts]
        found[f"habit_{name}"] = sum(shown) / max(1, len(texts))
        having = [reward for reward, has in zip(rewards, shown, strict=True) if has]
        lacking = [reward for reward, has in zip(rewards, shown, strict=True) if not has]
        if having and lacking:
            found[f"habit_{name}_pays"] = sum(having) / len(having) - sum(lacking) / len(lacking)
    return found
