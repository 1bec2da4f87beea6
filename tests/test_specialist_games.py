"""The specialist's network for games: what it looks up, what it costs, and how it draws its actions."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from tiny import COUNTER, silent

from reason_arena.agents.learning.progress import read_lines
from reason_arena.agents.learning.rollout import rollout
from reason_arena.agents.registry import Place
from reason_arena.agents.specialist.agent import SpecialistAgent, count_parameters, forward_flops, train_flops
from reason_arena.agents.specialist.algorithms import build_policy, choose
from reason_arena.agents.specialist.config import SpecialistConfig
from reason_arena.agents.specialist.games import PLACES, GameNet, _entry
from reason_arena.agents.specialist.trainer import Run, train_specialist
from reason_arena.envs.pokemon.scout import Scout
from reason_arena.envs.pokemon.swarm import SwarmReset
from reason_arena.tasks.errors import BadConfig, UnknownName
from reason_arena.tasks.pokemon.array_view import BATTLE, SCALARS, SPACES

pytest.importorskip("pyboy")
ENV_ID = "Reason-Pokemon-v0"
CONFIG = SpecialistConfig(env_id=ENV_ID, level="until=1,steps=40", net_arch=(32, 32), deterministic=False)
SPACE = spaces.Dict({name: spaces.Box(at.low, at.high, at.shape, at.dtype) for name, at in SPACES.items()})


def moments(count: int, seed: int = 0) -> dict[str, Any]:
    """Arrays of any content, a row each."""
    SPACE.seed(seed)
    each = [SPACE.sample() for _ in range(count)]
    return {name: np.stack([one[name] for one in each]) for name in SPACES}


def tensors(arrays: dict[str, Any]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(values) for name, values in arrays.items()}


@pytest.fixture(scope="module")
def policy() -> Any:
    torch.manual_seed(0)
    return build_policy(CONFIG, gym.make(ENV_ID, view="array"))


def test_what_is_looked_up_is_what_the_arrays_say() -> None:
    """With tables of zeros but for one entry each, only the row that names it changes."""
    torch.manual_seed(1)
    net, seen = GameNet(SPACE, (8,)), moments(3)
    seen["scalars"][:, [SCALARS.index(name) for name in ("map", "x", "y")]] = np.array([[7, 9, 2]] * 3) / 255
    seen["battle"][:, BATTLE.index("foe species")] = 0
    seen["battle"][:, BATTLE.index("own species")] = np.array([0, 0, 177]) / np.float32(255)
    seen["milestones"][:] = 0
    seen["milestones"][1, [0, 8]] = 1
    seen["bag"][:], seen["tiles"][:], seen["walk"][:] = 0, 0, 0
    seen["bag"][0, 3], seen["tiles"][1, 17, 4], seen["walk"][1, 8, 9] = (20, 5), 237, 8
    for table in (net.place, net.errand, net.stage, net.map, net.squares, net.words, net.item, net.kind):
        torch.nn.init.zeros_(table.weight)
    before = net(tensors(seen))
    for table, entry, row in (
        (net.item, 20, 0),
        (net.words, 17 * 256 + 237, 1),
        (net.squares, 89 * 16 + 8, 1),
        (net.kind, 177, 2),
    ):
        with torch.no_grad():
            table.weight[entry] = 50
            changed = (net(tensors(seen)) != before).any(1)
            table.weight[entry] = 0
        assert changed.tolist() == [row == each for each in range(3)], (table, entry)
    with torch.no_grad():
        net.map.weight[7] = 50
        assert (net(tensors(seen)) != before).any(1).all()
        net.map.weight[7] = 0
        net.stage.weight[2] = 50
        assert (net(tensors(seen)) != before).any(1).tolist() == [False, True, False], "who has two milestones"


def test_places_of_a_small_world_share_no_entry() -> None:
    from reason_arena.tasks.pokemon.hearthway.world import PLACES as WORLD

    spots = [
        (at, x, y) for at, place in enumerate(WORLD) for y in range(len(place.grid)) for x in range(len(place.grid[0]))
    ]
    entries = _entry(*(torch.tensor(column) for column in zip(*spots, strict=True)))
    assert 0 <= int(entries.min()) <= int(entries.max()) < PLACES
    assert len(set(entries.tolist())) > 0.75 * len(spots)


def test_a_place_has_an_entry_for_each_number_of_milestones() -> None:
    stages = torch.arange(65)
    entries = [_entry(torch.tensor(at), torch.tensor(x), torch.tensor(9), stages) for at in (0, 12) for x in range(20)]
    assert all(0 <= int(each.min()) <= int(each.max()) < PLACES for each in entries)
    assert all(len(set(each[:16].tolist())) == 16 for each in entries), "all of the free cartridge's"
    assert min(len(set(each.tolist())) for each in entries) >= 63


def test_a_row_means_the_same_in_every_batch(policy: Any) -> None:
    seen = tensors(moments(6))
    with torch.no_grad():
        together = policy.get_distribution(seen).distribution.logits
        alone = policy.get_distribution({name: values[4:5] for name, values in seen.items()}).distribution.logits
    torch.testing.assert_close(together[4:5], alone, rtol=1e-5, atol=1e-6)


def test_parameters_and_flops_are_counted_by_hand(policy: Any) -> None:
    tables = 2 * 8192 * 24 + 65 * 16 + 256 * 16 + 90 * 16 * 64 + 18 * 256 * 48 + 3 * 256 * 8
    wide = 2 * 24 + 16 + 16 + 64 + 48 + 8 + 2 * 8 + 3 * 8 + 90 + 64 + 60 + 12 + 24
    layers, heads = wide * 32 + 32 + 32 * 32 + 32, 32 * 8 + 8 + 32 + 1
    assert count_parameters(policy) == tables + layers + heads
    once = 90 * 64 + 360 * 48 + 20 * 8 + wide * 32 + 32 * 32 + 32 * 8
    assert forward_flops(policy) == 2 * once
    assert train_flops(policy, 3) == (once + 32) * (2 + 6 * 3)
    real = build_policy(replace(CONFIG, net_arch=(256, 256)), gym.make(ENV_ID, view="array"))
    assert count_parameters(real) < 1_000_000


def test_actions_are_drawn_as_often_as_the_policy_says(policy: Any) -> None:
    seen = {name: np.repeat(values, 4000, axis=0) for name, values in moments(1).items()}
    with torch.no_grad():
        expected = policy.get_distribution(tensors({n: v[:1] for n, v in seen.items()})).distribution.probs[0].numpy()
    agent = SpecialistAgent(policy, CONFIG)
    agent.reset(range(4000))
    drawn = np.bincount(agent.act(seen, [{}] * 4000), minlength=8) / 4000
    np.testing.assert_allclose(drawn, expected, atol=4 * np.sqrt(0.25 / 4000))
    greedy = SpecialistAgent(policy, replace(CONFIG, deterministic=True))
    assert set(greedy.act(seen, [{}] * 4000)) == {int(expected.argmax())}


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.DISABLED])
def test_an_episode_hangs_on_its_seed_alone(policy: Any, mode: AutoresetMode) -> None:
    """However many are side by side, and however they begin their next ones."""

    def played(rows: int) -> list[tuple[int, float, str]]:
        env = gym.make_vec(ENV_ID, num_envs=rows, view="array", level=CONFIG.level, split="test", autoreset_mode=mode)
        episodes = rollout(env, SpecialistAgent(policy, CONFIG), [5, 6, 7, 6, 8])
        env.close()
        return [(episode.length, episode.return_, episode.problem_id) for episode in episodes]

    alone = played(1)
    assert played(3) == alone
    assert [name.rpartition("/")[2] for _, _, name in alone] == ["5", "6", "7", "6", "8"]


def test_games_are_played_a_few_at_a_time_and_begin_by_themselves() -> None:
    env = Place(ENV_ID, "test", 1).many("array", 200)
    assert (env.num_envs, env.metadata["autoreset_mode"]) == (32, AutoresetMode.DISABLED)
    env.close()
    assert Place(level=2).many("array", 7).num_envs == 7


def test_what_does_not_suit_is_refused() -> None:
    with pytest.raises(BadConfig, match="network 'game': Reason-Arithmetic-v0 does not show a game's arrays"):
        build_policy(replace(COUNTER, network="game"), gym.make("Reason-Arithmetic-v0", view="array"))
    with pytest.raises(BadConfig, match="reward_weights: expected none, which is for Reason-Pokemon-v0 alone"):
        replace(COUNTER, reward_weights={"levels": 1.0})
    with pytest.raises(BadConfig, match=r"swarm: expected none, .*, got 0\.5"):
        replace(COUNTER, swarm=0.5)
    for name in ("scout", "novelty"):
        with pytest.raises(BadConfig, match=f"{name}: expected 0 without a swarm, got 1"):
            replace(CONFIG, swarm=0.0, **{name: 1})
    with pytest.raises(UnknownName, match="'luck'"):
        replace(CONFIG, reward_weights={"luck": 1.0})
    with pytest.raises(BadConfig, match=r"reward_weights\.levels: expected a number, got inf"):
        replace(CONFIG, reward_weights={"levels": float("inf")})
    assert replace(CONFIG, reward_weights={"levels": 0.5}).reward.levels == 0.5
    assert CONFIG.reward == "shaped"


def test_masks_are_used_where_they_are_asked_for(tmp_path: Path) -> None:
    """A script takes all buttons but one away: only that one is drawn."""
    config = replace(CONFIG, algorithm="maskable_ppo", total_timesteps=32, num_envs=2, n_steps=16, batch_size=16)
    final = train_specialist(replace(config, evaluate_every=0), tmp_path, 0, report=silent)
    agent, seen = SpecialistAgent.load(final), moments(50)
    mask = np.array([0, 0, 0, 0, 1, 0, 0, 0], np.int8)
    agent.reset(range(50))
    assert set(agent.act(seen, [{"action_mask": mask}] * 50)) == {4}
    assert choose(CONFIG, gym.make(ENV_ID, view="array")) == "ppo"


def test_steps_of_scouts_are_billed_on_every_level_that_was_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk, presses = Scout.walk, list[int]()

    def counted(self: Scout, start: bytes, plan: Any) -> Any:
        for number, seen in enumerate(walk(self, start, plan)):
            if number:
                presses.append(number)
            yield seen

    monkeypatch.setattr(Scout, "walk", counted)
    levels = (("until=3,steps=150", 0.5), ("until=2,steps=150", 0.5))
    config = replace(CONFIG, curriculum=levels, num_envs=4, n_steps=256, total_timesteps=4096, swarm=0.5, scout=20)
    final = train_specialist(replace(config, batch_size=256, evaluate_every=0), tmp_path, 0, report=silent)
    assert len(presses) > 100, "somebody left the house"
    assert SpecialistAgent.load(final).cost().train_env_steps == 4096 + len(presses)


def test_a_swarm_goes_on_with_what_it_found_when_the_level_changes_and_tells_its_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    took: list[tuple[int, int]] = []
    began: list[list[str]] = []
    take_over, step = SwarmReset.take_over, SwarmReset.step

    def noted(self: SwarmReset, actions: Any) -> Any:
        told = step(self, actions)
        over = told[2] | told[3]
        began.append(told[4]["final_info"]["start"][over].tolist() if over.any() else [])
        return told

    def watched(self: SwarmReset, before: SwarmReset) -> None:
        take_over(self, before)
        took.append((len(self.library), len(before.library)))

    monkeypatch.setattr(SwarmReset, "take_over", watched)
    monkeypatch.setattr(SwarmReset, "step", noted)
    levels = (("until=3,steps=150", 0.75), ("until=3,steps=300,patience=90", 0.25))
    config = replace(CONFIG, curriculum=levels, num_envs=4, n_steps=256, total_timesteps=4096, swarm=0.5, scout=20)
    train_specialist(replace(config, batch_size=256, evaluate_every=0), tmp_path, 0, report=silent)
    assert took == [(took[0][1], took[0][1])]
    assert took[0][1] > 0, "somebody left the house"
    ended = [list(chain.from_iterable(began[first : first + 256])) for first in range(0, len(began), 256)]
    shares = [each.count("snapshot") / len(each) if each else 0.0 for each in ended]
    assert [row["swarmed"] for row in read_lines(tmp_path / "metrics.jsonl")] == shares
    assert len(shares) == 4
    assert 0 < max(shares) <= 1


@pytest.mark.parametrize(
    ("limits", "stuck_is_over", "worth"),
    [("steps=99,patience=5", False, True), ("steps=99,patience=5", True, False), ("steps=5", True, True)],
)
def test_what_follows_an_episode_without_progress_is_worth_something_only_if_it_is_to_be(
    limits: str, stuck_is_over: bool, worth: bool, tmp_path: Path
) -> None:
    """SB3 adds the critic's value of what comes next where `TimeLimit.truncated` is set, and nowhere else."""
    config = replace(
        CONFIG, level=f"until=1,{limits}", num_envs=2, n_steps=2, batch_size=4, stuck_is_over=stuck_is_over
    )
    with closing(Run(config, tmp_path, 0, None, {})) as run:
        run.bridge.reset()
        for _ in range(5):
            _, _, dones, infos = run.bridge.step(np.zeros(2, np.int64))
    assert dones.all()
    assert [info["TimeLimit.truncated"] for info in infos] == [worth, worth]
