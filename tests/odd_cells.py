"""Cells that do in a moment what real ones do in an hour: end well, raise, or take their worker with them."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

from reason_arena.tasks.errors import Diverged


@dataclass(frozen=True)
class OddCell:
    name: str
    place: Path
    deed: str = "write"
    needs: tuple[Path, ...] = ()
    effort: float = 1.0

    @property
    def folder(self) -> Path:
        return self.place / self.name

    @property
    def marker(self) -> Path:
        return self.folder / "made"

    @property
    def done(self) -> bool:
        return self.marker.exists()

    @property
    def tries(self) -> int:
        return len(list(self.folder.glob("try-*")))

    def run(self) -> None:
        (self.folder / f"try-{self.tries}").touch()
        if self.deed == "die" or (self.deed == "die once" and self.tries == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        if self.deed == "diverge":
            raise Diverged("the loss is nan")
        if self.deed == "err":
            raise ZeroDivisionError("one\nover\nnone")
        if self.deed == "linger":
            self._linger()
        self.marker.write_text(os.environ["OMP_NUM_THREADS"])

    def _linger(self) -> None:
        """Work until somebody interrupts it, a minute at most, and keep what would be a checkpoint."""
        (self.folder / "begun").touch()
        try:
            for _ in range(1200):
                threading.Event().wait(0.05)
        except KeyboardInterrupt:
            (self.folder / "kept").touch()
            raise
