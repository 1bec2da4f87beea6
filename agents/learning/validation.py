"""What training tells of episodes on validation problems, for the learning curve."""

from __future__ import annotations

from collections.abc import Sequence

from .rollout import Episode


def scores(episodes: Sequence[Episode]) -> dict[str, float]:
    """The fields of a line of metrics that say how good an agent is now.

    Args:
        episodes: at least one.

    Returns:
        "score", the share of episodes that were right, by which checkpoints are compared; where episodes have
        milestones also "score_furthest", the mean number of the furthest one.
    """
    told = {"score": sum(episode.correct for episode in episodes) / len(episodes)}
    reached = [episode.counts["furthest"] for episode in episodes if "furthest" in episode.counts]
    return told | ({"score_furthest": sum(reached) / len(reached)} if reached else {})
