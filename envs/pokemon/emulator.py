"""A Game Boy without sound, window or files: cartridge and saved games are bytes in memory."""

from __future__ import annotations

import hashlib
import warnings
import weakref
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...tasks.errors import BadCartridge, BadCheckpoint, BadConfig
from ...tasks.pokemon import EXTRA, PACKAGE
from ...tasks.pokemon.addresses import HRAM, HRAM_SIZE, WRAM, WRAM_SIZE
from ...tasks.pokemon.memory import Memory

if TYPE_CHECKING:
    from pyboy import PyBoy

FRAMES = 24
"""of one press, and so of one step"""
HELD = 8
"""frames of it that the button is down"""
BOOT = 120
"""frames from switching on to a title that listens"""


def needed() -> None:
    """Raises BadConfig, which says how to install it, where PyBoy is missing."""
    if find_spec(PACKAGE) is None:
        raise BadConfig(f"pyboy, which emulates the Game Boy, is missing; pip install 'reason-arena[{EXTRA}]'")


@cache
def emulator_version() -> str:
    """PyBoy's, on which the format of saved games depends."""
    return version(PACKAGE)


def _switched_on(rom: bytes) -> PyBoy:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a window's library says which of its files it uses, and there is no window
        from pyboy import PyBoy
    # From a file PyBoy would look for saved games beside it; from bytes it has nowhere to look, and nowhere to write.
    try:
        return PyBoy(BytesIO(rom), window="null", sound_emulated=False, log_level="CRITICAL")
    except Exception as error:  # whatever PyBoy makes of a cartridge of a kind that it does not know
        raise BadCartridge(f"PyBoy {emulator_version()} cannot run the cartridge: {error}") from None


class Emulator:
    """A console that was switched on with a cartridge in it, and shows the title.

    Args:
        rom: the cartridge.

    Raises:
        BadConfig: PyBoy is not installed.
        BadCartridge: PyBoy cannot run it.
    """

    def __init__(self, rom: bytes) -> None:
        needed()
        self._boy = _switched_on(rom)
        # Those that nobody has closed are stopped before the interpreter takes from under PyBoy what it stops with.
        self._end = weakref.finalize(self, self._boy.stop, save=False)
        self.stopped = False
        """whether it is switched off"""
        self._boy.set_emulation_speed(0)
        # Without a picture drawn before, the first one after a saved game would be an old one. It has to be one of the
        # cartridge: that of the first frame, before anything is shown, does not help.
        self._boy.tick(BOOT, True)

    @property
    def memory(self) -> Memory:
        """Bytes by address, as they are at the moment."""
        memory: Memory = self._boy.memory
        return memory

    def wait(self, frames: int, draw: bool = False) -> None:
        """Nothing is pressed. With `draw` the last frame is drawn."""
        if frames > 0:
            self._boy.tick(frames, draw)

    def press(self, button: str, draw: bool = False) -> None:
        """A button, down for 8 of 24 frames; "noop" for none. With `draw` the last frame is drawn."""
        if button == "noop":
            self._boy.tick(FRAMES, draw)
            return
        self._boy.button_press(button)
        self._boy.tick(HELD, False)
        self._boy.button_release(button)
        self._boy.tick(FRAMES - HELD, draw)

    def poke(self, address: int, value: int) -> None:
        """Change a byte."""
        self._boy.memory[address] = value

    def screen(self) -> NDArray[np.uint8]:
        """The frame that was drawn last: (144, 160, 3), a copy."""
        pixels: NDArray[np.uint8] = self._boy.screen.ndarray[:, :, :3].copy()
        return pixels

    def shades(self) -> NDArray[np.uint8]:
        """Every second pixel of the frame that was drawn last, in shades of grey: (72, 80), a copy."""
        pixels: NDArray[np.uint8] = self._boy.screen.ndarray[::2, ::2, 0].copy()
        return pixels

    def save(self) -> bytes:
        """All of the console, about 150 KB; going on is not disturbed by it."""
        file = BytesIO()
        self._boy.save_state(file)
        return file.getvalue()

    def load(self, state: bytes) -> None:
        """Go on from what `save` returned. Raises BadCheckpoint; the console is then to be thrown away."""
        try:
            self._boy.load_state(BytesIO(state))
        except Exception as error:  # whatever PyBoy makes of bytes that are none of its own
            raise BadCheckpoint(f"the saved game cannot be read by PyBoy {emulator_version()}: {error}") from None

    def digest(self) -> str:
        """SHA-1 of the working memory, by which two runs are compared."""
        cells: Any = self._boy.memory
        ram = bytes(cells[WRAM : WRAM + WRAM_SIZE]) + bytes(cells[HRAM : HRAM + HRAM_SIZE])
        return hashlib.sha1(ram, usedforsecurity=False).hexdigest()

    def stop(self) -> None:
        """Switch off; nothing is written."""
        self.stopped = True
        self._end()
