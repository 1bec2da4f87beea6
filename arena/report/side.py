"""One of two agents that the page shows beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from .data import AgentInfo, Episode
from .examples import right
from .palette import Look

HOLLOW = (False, True)
"""the arrow of the second of two is an outline"""


@dataclass(frozen=True)
class Side:
    """One agent's episode, and how the agent is drawn."""

    agent: AgentInfo
    episode: Episode
    look: Look
    hollow: bool
    """whether its arrow is an outline"""

    @property
    def name(self) -> str:
        """HTML of the agent with its arrow, full or hollow."""
        fill = "none" if self.hollow else "currentColor"
        mark = (
            f'<svg class="swatch" viewBox="0 0 28 12" aria-hidden="true" style="color:var({self.look.variable})">'
            f'<path d="M1 4H17V1L27 6 17 11V8H1z" fill="{fill}" stroke="currentColor"/></svg>'
        )
        return f"<span>{mark}{escape(self.agent.label)}</span>"

    def article(self, ended: str, body: str) -> str:
        """HTML of all of a side.

        Args:
            ended: what came of the episode.
            body: HTML.
        """
        mark = ("right", "✓") if right(self.episode) else ("wrong", "✗")
        verdict = f'<span class="verdict {mark[0]}">{mark[1]} {escape(ended)}</span>'
        return f"<article><h5>{self.name} {verdict}</h5>{body}</article>"
