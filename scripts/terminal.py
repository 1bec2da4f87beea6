"""A terminal that gives keys as they are pressed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


def read_key(ask: Callable[[], object]) -> str:
    """The next key, in lower case: on a terminal as it is pressed, elsewhere a line. At the end of the input, "q".

    Args:
        ask: prints the question. Keys that were pressed before do not count on a terminal: nobody had read it.
    """
    try:
        import termios
        import tty
    except ImportError:  # a system without terminals of this kind
        termios = None  # type: ignore[assignment]
    if termios is None or not sys.stdin.isatty():
        ask()
        line = sys.stdin.readline()
        return line.strip().lower() if line else "q"
    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)
    try:
        tty.setcbreak(handle)
        ask()
        pressed = os.read(handle, 64)  # an arrow key is several bytes, the last of them a letter
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)
    return "q" if pressed in (b"", b"\x04") else pressed.decode(errors="replace").lower()
