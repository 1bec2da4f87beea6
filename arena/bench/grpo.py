"""One step of GRPO beside TRL's: the same model, prompts, reward, objective, each side in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ...tasks.errors import BadConfig
from .grpo_case import SMOLLM2, Case
from .measurement import Measurement, last_words

CASES: dict[str, Case] = {
    "4.2M, 32-token prompts": Case(prompt=32),
    "4.2M, 256-token prompts": Case(prompt=256),
    "4.2M, 32-token prompts, answers of 4 to 256": Case(prompt=32, new=256, learning_rate=0.0),
    "SmolLM2-135M shape, 64-token prompts": SMOLLM2,
}
PEER = "TRL {version} tuned"
GAP = 1e-3
"""how far the two sides' gradients may be apart in float32, relative to their norm"""


def grpo() -> Iterator[Measurement]:
    """Tokens a CPU-second of whole steps, of sampling and of training, and peak memory."""
    try:
        import trl
    except ImportError:
        raise BadConfig("bench grpo: the peer TRL is missing; pip install 'reason-arena[dev]'") from None
    peer = PEER.format(version=trl.__version__)
    for name, case in CASES.items():
        ours, theirs = measured("ours", case), measured("trl", case)
        _check_equal(name, theirs)
        for part, key, unit in (
            ("step", "step", "tokens / CPU-s"),
            ("sampling", "sample", "tokens / CPU-s"),
            ("training", "train", "tokens / CPU-s"),
        ):
            mine, other = (side["tokens"] / side[key] for side in (ours, theirs))
            yield Measurement("grpo", f"{name}: {part}", unit, mine, other, peer, mine / other)
        memory = ours["peak_mb"], theirs["peak_mb"]
        yield Measurement("grpo", f"{name}: peak memory", "MB", *memory, peer, memory[1] / memory[0])


def measured(side: str, case: Case) -> dict[str, Any]:
    """What a process of its own says of one side."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    words = [sys.executable, "-m", f"{__package__}.grpo_{side}", json.dumps(asdict(case))]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadConfig(f"bench grpo: {side} failed: {last_words(done.stderr)} on {case}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _check_equal(name: str, theirs: dict[str, Any]) -> None:
    """See that both compute one loss: TRL's batch went through ours too."""
    if theirs["loss_gap"] > 1e-4 or theirs["gradient_gap"] > GAP:
        raise BadConfig(f"bench grpo, {name}: the two sides compute different losses: {theirs}")
