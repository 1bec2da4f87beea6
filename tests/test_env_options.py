"""What every environment refuses when it is made, and in which words."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import pytest
from test_envs import FACES

from reason_arena.tasks.errors import ReasonError

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"view": "arrray"}, "unknown view 'arrray': did you mean 'array'"),
    ({"level": 99}, "level 99: expected 0 to"),
    ({"level": None}, "level None: expected 0 to"),
    ({"split": "tset"}, "unknown split 'tset': did you mean 'test'"),
    ({"reward": "shapd"}, "unknown reward 'shapd': did you mean 'shaped'"),
    ({"render_mode": "ascii"}, "unknown render mode 'ascii'.*expected one of ansi"),
    ({"num_envs": 0}, "num_envs: expected 1 or more, got 0"),
]
WRONG_THERE: dict[str, list[tuple[dict[str, Any], str]]] = {
    "Reason-AIME-v0": [
        ({"families": "flor-sum"}, "unknown family 'flor-sum': did you mean 'floor-sum'"),
        ({"families": "held"}, "are held out and cannot be trained on; ask for split 'test'"),
        ({"wordings": "held"}, "wordings are held out"),
        ({"wordings": "odd"}, "expected wordings out of seen, held, all, got 'odd'"),
        ({"tiers": 4}, "expected tiers like 2 or 1-3, got '4'"),
        ({"tiers": (1, 2)}, "expected tiers like 2 or 1-3, got '1\\+2'"),
        ({"figures": "none"}, "figures is a setting of real problems, expected with dataset="),
        ({"level": 9, "dataset": "some.jsonl"}, "number is a setting of generated problems"),
        ({"level": "tiers=2", "tiers": 2}, "expected each setting once, got tiers twice"),
        ({"dataset": "nowhere.jsonl"}, "nowhere.jsonl"),
    ],
    "Reason-Arithmetic-v0": [
        ({"level": "digits=x"}, "expected a number or a range like 1-3 for digits, got 'x'"),
        ({"scratchpad": "colums"}, "unknown scratchpad 'colums': did you mean 'columns'"),
    ],
    "Reason-Chess-v0": [
        ({"opponent": "gredy"}, "unknown opponent 'gredy': did you mean 'greedy'"),
        ({"opponent": "greedy@2"}, "expected a share of random moves from 0 to 1"),
        ({"opening": "x"}, "expected opening=an integer from 0 to 40, got 'x'"),
        ({"hint": "all"}, "expected hint=none or on_request or list, got 'all'"),
        ({"fen": "8/8/8/8/8/8/8/8 w - - 0 1"}, "White has no king"),
    ],
    "Reason-ChessEndgame-v0": [
        ({"opponent": "perfekt@0.5"}, "unknown opponent 'perfekt': did you mean 'perfect'"),
        ({"material": "KQ"}, "expected the men of the two sides, up to 4 in all"),
        ({"material": "KBK", "level": 2}, "expected positions of the split 'train' that the first side wins"),
        ({"mate": 99}, "expected mate=an integer from 1 to 43"),
        ({"colour": "green"}, "expected colour=both or white or black, got 'green'"),
    ],
    "Reason-ChessPuzzle-v0": [
        ({"mate": 4}, "expected mate=an integer from 1 to 3"),
        ({"source": "lichees"}, "expected source=generated or lichess, got 'lichees'"),
        ({"level": 1, "rating": "400-800"}, "rating is a setting of rows, expected with source=lichess"),
        ({"themes": "noSuchTheme"}, "expected rows of the split 'train', found none"),
        ({"dataset": "none.csv"}, "cannot read none.csv"),
    ],
    "Reason-Pokemon-v0": [
        ({"until": 99}, "hearthway has [0-9]+ milestones, got until=99"),
        ({"until": "crest"}, "expected until=end, badge or a milestone's number, got 'crest'"),
        ({"steps": 0}, "expected steps=an integer from 1 to"),
        ({"steps": 5.0}, r"steps: expected a text, a whole number, True or False, or several of them, got 5\.0"),
        ({"until": 1.0}, r"until: expected a text, a whole number, .* got 1\.0"),
        ({"allow_unknown_rom": "no"}, "allow_unknown_rom: expected True or False, got 'no'"),
        ({"rom_path": ""}, "rom_path: expected the path of a Game Boy cartridge's file, got an empty text"),
        ({"commands": "keys"}, "expected commands=buttons or goto or all, got 'keys'"),
        ({"start": "lab"}, "start='lab': expected 'intro', 'milestone 1' to"),
        ({"start": b"abc"}, "expected bytes that snapshot\\(\\) returned"),
        ({"level": "cartridge=red"}, "asks for red: name its file with rom_path= or REASON_POKEMON_ROM"),
        ({"rom_path": "nowhere.gb"}, "nowhere.gb: expected the file of a Game Boy cartridge"),
    ],
    "Reason-ReasoningGym-v0": [
        ({"task": "chain_sums"}, "did you mean 'chain_sum'"),
        ({"task": "chain_sum", "level": 3}, "level=3, task='chain_sum': expected one of the two"),
        ({"task": "chain_sum", "config": {"terms": 3}}, "chain_sum has no setting 'terms'"),
        ({"task": "chain_sum", "config": {"min_terms": 9}}, "chain_sum cannot be had with"),
        ({"task": "chain_sum", "config": [1]}, "expected a dictionary of settings"),
        ({"task": "chain_sum", "config": {"min_terms": {1}}}, "expected what JSON can hold"),
        ({"task": "Chain Sum"}, "expected a name of reasoning-gym"),
        ({"config": {"min_terms": 3}}, "expected with task="),
        ({"level": 3, "scoring": "kind"}, "scoring='kind': expected one of strict, own"),
    ],
}


@pytest.mark.parametrize("view", ["text", "array"])
@pytest.mark.parametrize(
    ("env_id", "wrong", "expected"),
    [
        pytest.param(env_id, *each, id=f"{env_id}-{each[0]}")
        for env_id in FACES
        for each in (*WRONG, *WRONG_THERE[env_id])
    ],
)
def test_a_wrong_option_is_named(env_id: str, view: str, wrong: dict[str, Any], expected: str) -> None:
    options = {"view": view, **wrong}
    with pytest.raises(ReasonError, match=expected):
        gym.make_vec(env_id, **{"num_envs": 2, **options})
    if "num_envs" not in wrong:
        with pytest.raises(ReasonError, match=expected):
            gym.make(env_id, **options)
