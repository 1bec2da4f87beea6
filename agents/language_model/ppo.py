"""Practice with a critic: a value head beside the language model tells what each token is worth (PPO)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..learning.advantages import episode_gae, whiten
from ..learning.batch import Batch, collate
from ..learning.objectives import clipped_fraction, ppo, value_loss
from .config import Stage as StageName
from .forward import Reading
from .heads import ScalarHead
from .practice import Played, Practice, Rows
from .practice_config import PpoConfig


class Ppo(Practice):
    """Proximal policy optimisation a token at a time. See objectives.ppo and advantages.gae.

    The environment pays a turn on its last token, the divergence from the reference is paid for on each. Old values are
    read in one pass before the first step. An episode is one chain of tokens, also where it is several sequences, since
    its player forgets. A time limit ends it like any other end, unless `config.bootstrap`: the value head, which then
    learns from itself, can run away where most episodes end so and nothing is discounted.
    """

    name: StageName = "ppo"
    config: PpoConfig

    def __init__(self, config: PpoConfig, agent: Any, *arguments: Any, **options: Any) -> None:
        """See Practice."""
        super().__init__(config, agent, *arguments, **options)
        self.heads["value"] = ScalarHead(agent.model.config.get_text_config().hidden_size)

    def learn_from(self, episodes: list[Played], rows: Rows) -> tuple[list[Batch], dict[str, float]]:
        """See Practice."""
        whole = collate(rows.trajectories)
        values, ends, kl = self._old(whole)
        rewards = self._rewards(episodes, rows, whole, kl)
        config, episode = self.config, torch.tensor(rows.owners)
        bootstrap = torch.zeros(len(episodes))
        for owner, row in {owner: row for row, owner in enumerate(rows.owners)}.items():  # its last row
            if config.bootstrap and episodes[owner].episode.truncated:
                bootstrap[owner] = ends[row]
        chain: dict[str, Any] = {"gamma": config.gamma, "lam": config.gae_lambda, "bootstrap": bootstrap}
        advantage, returns = episode_gae(rewards, values, whole.mask, episode, **chain)
        error = ((returns - values)[whole.mask]).square().mean()
        spread_out = returns[whole.mask].var(unbiased=False)
        told = {"value_explained": 1 - (error / spread_out.clamp(min=1e-8)).item()}
        if config.whiten:
            advantage = whiten(advantage, whole.mask)
        columns = {"advantage": advantage, "values": values, "returns": returns}
        by_row = {
            name: [column[row, : int(whole.lengths[row])] for row in range(len(whole))]
            for name, column in columns.items()
        }
        groups = sorted({owner // config.group for owner in rows.owners})
        batches = [self.batch(rows, part, **by_row) for _ in range(config.epochs) for part in self.parts(rows, groups)]
        return [batch for batch in batches if batch.chosen], told

    def _old(self, whole: Batch) -> tuple[Tensor, Tensor, Tensor | None]:
        """Values (B, T) before and (B,) behind the tokens, and the log-ratio to the reference if it is paid for."""
        values, ends = torch.zeros(whole.mask.shape), torch.zeros(len(whole))
        index = torch.arange(len(whole))
        kl = torch.zeros(whole.mask.shape) if self._reference is not None and self.config.beta else None
        with torch.no_grad():
            pieces = list(whole.with_extra(row=index).micro_batches(self.micro_batch_tokens))
            for piece in self.world.share(pieces):
                reading = Reading(self._agent.model, piece, last=True)
                rows, width = piece.extra["row"], piece.mask.shape[1]
                values[rows, :width] = reading.values(self.heads["value"]).cpu()
                ends[rows] = reading.ends(self.heads["value"]).cpu()
                reference = self.reference_logprobs(piece)
                if kl is not None and reference is not None:
                    kl[rows, :width] = (piece.logprobs - reference.cpu()) * piece.mask
        self.world.add_(values, ends, kl)
        return values, ends, kl

    def _rewards(self, episodes: list[Played], rows: Rows, whole: Batch, kl: Tensor | None) -> Tensor:
        """(B, T): each turn's reward on its last token, less what the divergence costs."""
        paid = torch.zeros(whole.mask.shape)
        for row, (trajectory, owner) in enumerate(zip(rows.trajectories, rows.owners, strict=True)):
            last = {turn: place for place, turn in enumerate(trajectory.turns) if turn >= 0}
            for turn, place in last.items():
                paid[row, place] = episodes[owner].rewards[turn]
        return paid if kl is None else paid - self.config.beta * kl

    def loss(self, reading: Reading, batch: Batch, total: float) -> tuple[Tensor, dict[str, float]]:
        """See objectives.ppo and objectives.value_loss."""
        config, scored = self.config, reading.score(self.temperature)
        clips: dict[str, Any] = {"clip_low": config.clip_low, "clip_high": config.clip_high}
        policy = ppo(scored.logprobs, batch.logprobs, batch.advantage, batch.mask, **clips, total=total)
        values = reading.values(self.heads["value"])
        old, returns = batch.extra["values"], batch.extra["returns"]
        worth = value_loss(values, old, returns, batch.mask, clip=config.value_clip, total=total)
        entropy = (scored.entropy * batch.mask).sum() / total
        clipped = clipped_fraction(scored.logprobs.detach(), batch.logprobs, batch.advantage, batch.mask, **clips)
        told = self.statistics(scored.logprobs, batch, self.reference_logprobs(batch))
        told |= {"clip_fraction": clipped.item() * batch.chosen, "value_loss": worth.item() * total}
        return policy + config.value_weight * worth - config.entropy_weight * entropy, told
