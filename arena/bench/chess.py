"""Plies of chess a second, with legal moves, ends, planes and a mask: ours beside what else people play in Python.

Everybody plays random moves and begins again when a game is over or 512 plies long; each encodes as its interface
allows it to, python-chess through the table that we use ourselves. Counted are CPU-seconds.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ...tasks.errors import BadConfig
from .measurement import Measurement, in_turn

if TYPE_CHECKING:
    from ...tasks.chess.boards import Backend

ROWS = 7
_UNIT = "plies / CPU-s"
_LONGEST = 512
_SECONDS = 1.5
_SHAPE, _ACTIONS = (18, 8, 8), 4672
_MANY = 64


def chess() -> Iterator[Measurement]:
    """Random play on 64 boards and on one, without numba, and what it costs to begin."""
    _check()
    row = f"{_MANY} boards"
    ours = partial(_plies, _our_round(_MANY))
    yield in_turn("chess", row, _UNIT, ours, partial(_plies, _python_chess(_MANY)), "python-chess")
    yield in_turn("chess", row, _UNIT, ours, partial(_plies, _open_spiel(_MANY)), "OpenSpiel")
    yield in_turn("chess", row, _UNIT, ours, partial(_plies, _pettingzoo()), "PettingZoo chess_v6, one board")
    alone = partial(_plies, _our_round(1))
    yield in_turn("chess", "one board", _UNIT, alone, partial(_plies, _python_chess(1)), "python-chess")
    without = partial(_plies, _our_round(_MANY, "python-chess"))
    yield in_turn(
        "chess", f"{row}, without numba", _UNIT, without, partial(_plies, _python_chess(_MANY)), "python-chess"
    )
    with tempfile.TemporaryDirectory() as kept:
        begun = partial(_cpu_seconds, _OURS, kept)
        for row in ("first move, compiled anew", "first move, compiled before"):
            mine, theirs = begun(), _cpu_seconds(_THEIRS, kept)
            yield Measurement("chess", row, "CPU-s", mine, theirs, "python-chess", theirs / mine)


def _check() -> None:
    try:
        import chess  # noqa: F401
        import numba  # noqa: F401
        import pettingzoo.classic  # noqa: F401
        import pyspiel  # noqa: F401
    except ImportError as error:
        raise BadConfig(f"bench chess: {error}; pip install 'reason-arena[chess,dev]'") from None


def _plies(play: Callable[[], int]) -> float:
    """Plies that a round makes, a CPU-second."""
    play()
    plies, began = 0, time.process_time()
    while time.process_time() - began < _SECONDS:
        plies += play()
    return plies / (time.process_time() - began)


def _our_round(count: int, backend: Backend | None = None) -> Callable[[], int]:
    from ...tasks.chess.boards import boards

    games, rows, rng = boards(count, backend), np.arange(count), np.random.default_rng(0)
    lengths = np.zeros(count, np.int64)

    def play() -> int:
        for row in np.flatnonzero((games.ends != 0) | (lengths >= _LONGEST)).tolist():
            games.place(row)
            lengths[row] = 0
        games.planes(rows)
        games.mask(rows)
        places = (rng.random(count) * games.counts).astype(np.int64)
        games.push(rows, games.legal[rows, places].astype(np.int64))
        lengths[:] += 1
        return count

    return play


def _python_chess(count: int) -> Callable[[], int]:
    """Bitboards become planes, and moves become ids by a table, for all boards at once where that is faster.

    It looks through the whole game for a repetition, so it is asked only where there can be one.
    """
    import chess

    from ...tasks.chess.moves import move_id

    numbers = _numbers(move_id)
    games, rng = [chess.Board() for _ in range(count)], random.Random(0)
    planes, mask = np.zeros((count, *_SHAPE), np.uint8), np.zeros((count, _ACTIONS), np.int8)
    flat = mask.reshape(-1)

    def play() -> int:
        bits: list[int] = []
        scalars: list[tuple[int, ...]] = []
        legal: list[int] = []
        for row, game in enumerate(games):
            moves = list(game.legal_moves)
            if (
                not moves
                or game.halfmove_clock >= 100
                or game.is_insufficient_material()
                or (game.halfmove_clock >= 8 and game.is_repetition(3))
                or game.ply() >= _LONGEST
            ):
                game.reset()
                moves = list(game.legal_moves)
            ours, theirs = game.occupied_co[game.turn], game.occupied_co[not game.turn]
            kinds = (game.pawns, game.knights, game.bishops, game.rooks, game.queens, game.kings)
            passing = 1 << game.ep_square if game.ep_square is not None else 0
            seen = [*(kind & ours for kind in kinds), *(kind & theirs for kind in kinds), passing]
            castling, base, flip = game.castling_rights, _ACTIONS * row, 0
            if not game.turn:
                seen, castling, flip = [_turned(word) for word in seen], _turned(castling), 56
            bits += seen
            corners = (castling >> 7 & 1, castling & 1, castling >> 63 & 1, castling >> 56 & 1)
            scalars.append((*corners, game.halfmove_clock))
            legal += [base + numbers[m.promotion or 0][m.from_square ^ flip][m.to_square ^ flip] for m in moves]
            game.push(moves[int(rng.random() * len(moves))])
        spread = np.unpackbits(np.array(bits, np.uint64).view(np.uint8), bitorder="little")
        planes[:, :13] = spread.reshape(count, 13, 8, 8)
        planes[:, 13:] = np.array(scalars, np.uint8)[:, :, None, None]
        mask[:] = 0
        flat[legal] = 1
        return count

    return play


def _turned(word: int) -> int:
    """A bitboard top to bottom, for which plain Python has nothing faster."""
    return int.from_bytes(word.to_bytes(8, "little"), "big")


def _numbers(move_id: Callable[[int, int, int, bool], int]) -> list[list[list[int]]]:
    """By promotion, start and end a move's id, in lists, which plain Python reads the fastest; -1 for none."""
    numbers = [[[-1] * 64 for _ in range(64)] for _ in range(6)]
    for promotion in (0, 2, 3, 4, 5):
        for start in range(64):
            for end in range(64):
                try:
                    numbers[promotion][start][end] = move_id(start, end, promotion, True)
                except KeyError:
                    continue
    return numbers


def _open_spiel(count: int) -> Callable[[], int]:
    """Its observer writes the planes into a buffer; actions come as a list."""
    import pyspiel
    from open_spiel.python.observation import make_observation

    game, rng = pyspiel.load_game("chess"), random.Random(0)
    observer = make_observation(game)
    states = [game.new_initial_state() for _ in range(count)]
    planes = np.zeros((count, observer.tensor.size), np.float32)
    mask = np.zeros((count, game.num_distinct_actions()), np.int8)

    def play() -> int:
        mask[:] = 0
        for row, state in enumerate(states):
            if state.is_terminal() or state.move_number() >= _LONGEST:
                state = states[row] = game.new_initial_state()
            legal = state.legal_actions()
            mask[row, legal] = 1
            observer.set_from(state, state.current_player())
            planes[row] = observer.tensor
            state.apply_action(legal[int(rng.random() * len(legal))])
        return count

    return play


def _pettingzoo() -> Callable[[], int]:
    """One board, for that is what it has; planes and mask come with each observation."""
    from pettingzoo.classic import chess_v6

    env, rng = chess_v6.env(), np.random.default_rng(0)
    env.reset(seed=0)

    def play() -> int:
        observation, _, over, cut, _ = env.last()
        if over or cut:
            env.reset()
            observation, *_ = env.last()
        env.step(int(rng.choice(np.flatnonzero(observation["action_mask"]))))
        return 1

    return play


_OURS = """
import numpy as np
from reason_arena.tasks.chess.boards import boards
games, rows = boards(64), np.arange(64)
games.planes(rows), games.mask(rows)
games.push(rows, games.legal[rows, 0].astype(np.int64))
"""
_THEIRS = "import chess, numpy; [next(iter(chess.Board().legal_moves)) for _ in range(64)]"


def _cpu_seconds(script: str, kept: str) -> float:
    """What a new process takes; compiled code is kept in, and taken from, a folder."""
    before = _spent()
    paths = os.pathsep.join(path for path in sys.path if path)
    env = {**os.environ, "NUMBA_CACHE_DIR": kept, "PYTHONPATH": paths}
    subprocess.run([sys.executable, "-c", script], env=env, check=True)
    return _spent() - before


def _spent() -> float:
    used: Any = resource.getrusage(resource.RUSAGE_CHILDREN)
    return float(used.ru_utime + used.ru_stime)
