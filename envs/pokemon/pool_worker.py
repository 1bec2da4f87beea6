"""The process that holds some environments of a pool: a byte in, a step of each, a byte out.

    python -m reason_arena.envs.pokemon.pool_worker READS WRITES BLOCK PARENT

The numbers are descriptors of two pipes and of the shared block, and the process that started this one. It ends when
nobody is at the other end of the pipes any more.
"""

from __future__ import annotations

import sys
import traceback
from contextlib import suppress
from typing import Any

from .pool_block import mapped, size
from .pool_pipe import CALL, CALLERS, DONE, DYING, REFUSALS, REFUSED, RESULT, STEP, Gone, Pipe
from .pool_rows import Rows


def serve(pipe: Pipe, block: int, parent: int) -> None:
    """Do what is asked until nobody is there to ask, or until something breaks; first be told the setup."""
    rows = None
    while True:
        pipe.wait(parent)
        mendable: tuple[type[Exception], ...] = REFUSALS
        try:
            kind, message = pipe.receive()
            if rows is None:
                rows = Rows(message, mapped(block, size(message.layout, message.num_envs)))
                told: Any = rows.origin()
            elif kind == STEP:
                told = rows.step()
            else:
                name, args = message
                mendable = CALLERS if name == "call" else REFUSALS
                told = getattr(rows, name)(*args)
            pipe.send(RESULT if kind == CALL or told else DONE, told)
        except Gone:
            raise
        except mendable as error:  # as a single environment would have raised; it goes on
            pipe.send(REFUSED, error)
        except Exception as error:
            pipe.send(DYING, "".join(traceback.format_exception_only(error)).strip())
            raise


def main(words: list[str]) -> None:
    """Serve a pool; the words are those of the module's docstring."""
    reads, writes, block, parent = map(int, words)
    with suppress(Gone):
        serve(Pipe(reads, writes), block, parent)


if __name__ == "__main__":
    main(sys.argv[1:])
