"""Decoding with shapes that stay: a step is recorded once, as a CUDA graph, and then only replayed.

A step of a small model is a thousand kernels of microseconds each, and the time to launch them one by one is most of
it. A graph launches them together, if all tensors stay where they are and no number decides on the way. So here each
row has slots of its own for keys and values in one large tensor, its prompt's copied in front, and where a row has come
to is itself a tensor. Rows and slots are rounded up to a few sizes, with one graph for each pair that occurs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from .attention import Pair
from .decoder import Decoder, LlamaDecoder, ModuleDecoder, fits
from .precision import casts_to, full_precision
from .store import KeyValues, Past

SLOTS = 128
"""slots are a multiple of it"""
ROWS = 32
"""rows are a power of two up to it, and beyond a multiple of it"""
Step = Callable[[], Tensor]


def fastest(model: Any, engine: str) -> type[Decoder]:
    """The decoder to step a model with, where `engine` is "auto" or "eager", as in `Sampling`."""
    if not fits(model):
        return ModuleDecoder
    return StaticDecoder if engine == "auto" and model.device.type == "cuda" else LlamaDecoder


def graph(step: Step, pool: Any) -> Step:
    """A CUDA graph of a step: what it reads and writes stays where it is now.

    Args:
        step: what to record.
        pool: handle of the working memory that it shares with other graphs: none reads what another has left, but for
            what is still held.
    """
    beside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(2):  # libraries take their working memory in the first run, which no graph can
            step()
    torch.cuda.current_stream().wait_stream(beside)
    recorded = torch.cuda.CUDAGraph()
    with torch.cuda.graph(recorded, pool=pool):
        found = step()

    def replay(held: Step = step) -> Tensor:
        """`held` is never called: it keeps alive what was made outside of the graph and is read by it."""
        recorded.replay()
        return found

    return replay


class StaticStore:
    """Rows under way, each with its prompt's keys and values and its own in slots 0, 1, 2 ... See `store.KeyValues`.

    Shapes: M rows and S slots at most, K key-value heads, D numbers a head.
    """

    def __init__(self, pairs: list[Pair]) -> None:
        """Begin without rows; `pairs` are keys and values (M, K, S, D) of each layer, to be written over."""
        self._pairs = pairs
        self.position = torch.empty(0, dtype=torch.int64)
        """(B,) of the next token of each row, on the CPU"""

    def __len__(self) -> int:
        return len(self.position)

    @property
    def span(self) -> int:
        """See `Store`."""
        return int(self.position.max()) + 1

    def admit(self, pasts: list[Past], prompt: Tensor) -> None:
        """See `Store`."""
        there, first = prompt.to(self._pairs[0][0].device), len(self)
        for layer, whole in enumerate(self._pairs):
            for held, part in zip(whole, zip(*(past.pairs[layer] for past in pasts), strict=True), strict=True):
                read = pad_sequence(list(part), batch_first=True)[there].transpose(1, 2)  # (b, K, L, D)
                held[first : first + len(prompt), :, : read.shape[2]] = read.to(held.dtype)
        lengths = torch.tensor([len(past.tokens) for past in pasts])
        self.position = torch.cat([self.position, lengths[prompt]])

    def keep(self, rows: Tensor) -> None:
        """See `Store`."""
        if len(rows) and not torch.equal(rows, torch.arange(len(rows))):
            there, span = rows.to(self._pairs[0][0].device), min(self.span, self._pairs[0][0].shape[2])
            for pair in self._pairs:
                for held in pair:
                    held[: len(rows), :, :span] = held[there, :, :span]
        self.position = self.position[rows]

    def past(self, row: int, tokens: tuple[int, ...]) -> Past:
        """See `Store`."""
        pairs = [(keys[row, :, : len(tokens)], values[row, :, : len(tokens)]) for keys, values in self._pairs]
        return Past(tokens, [(keys.transpose(0, 1).clone(), values.transpose(0, 1).clone()) for keys, values in pairs])

    def begin_step(self, slots: int = 1) -> None:
        """Nothing: there is room."""

    def end_step(self) -> None:
        """See `Store`. A row that is over and rides along writes its last slot again and again, which nobody reads."""
        self.position = (self.position + 1).clamp(max=self._pairs[0][0].shape[2] - 1)


class _View:
    """The first B rows and S slots of a store, for one step. See Attends."""

    def __init__(self, pairs: list[Pair], position: Tensor, rows: int, slots: int) -> None:
        self._pairs = [(keys[:rows, :, :slots], values[:rows, :, :slots]) for keys, values in pairs]
        self.position = position[:rows]
        """(B,) where the model is"""
        self.span = slots
        self._rows = torch.arange(rows, device=position.device)
        self._slots = torch.arange(slots, device=position.device)
        self._ahead = torch.empty(0)

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """See Attends."""
        if not layer:
            self._ahead = (self._slots > self.position[:, None])[:, None, None]  # (B, 1, 1, S)
        (keys, values), (rows, heads, size) = self._pairs[layer], query.shape
        keys[self._rows, :, self.position] = key.to(keys.dtype)
        values[self._rows, :, self.position] = value.to(values.dtype)
        query = (query * scale).to(keys.dtype).view(rows, key.shape[1], -1, size)
        scores = (query @ keys.mT).float().masked_fill(self._ahead, -torch.inf)  # (B, K, R, S)
        mixed = torch.softmax(scores, dim=-1).to(values.dtype) @ values
        return mixed.reshape(rows, heads, size).to(value.dtype)


class StaticDecoder(LlamaDecoder):
    """Steps a Llama by recorded steps. It stays with its model: call `renew` when the weights have changed."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self._steps: dict[tuple[int, int], Step] = {}
        self._pool: Any = None
        self._clear()

    def record(self, step: Step) -> Step:
        """What does the same again, on what the tensors hold by then."""
        if self._pool is None:
            self._pool = torch.cuda.graph_pool_handle()
        with torch.cuda.device(self._model.device):  # streams are the current device's, which need not be the model's
            return graph(step, self._pool)

    def _clear(self) -> None:
        self._forget()
        self._pairs: list[Pair] = []
        self._addresses = self._find()

    def _forget(self) -> None:
        """Drop what was recorded, and its working memory: torch takes no handle again whose graphs are all gone."""
        self._steps.clear()
        self._pool = None

    def renew(self) -> None:
        """Take over the weights as they are now; begin anew if they are elsewhere or of another format."""
        embedding = self._model.model.embed_tokens.weight
        if self._dtype != (casts_to(embedding.device) or embedding.dtype) or self._addresses != self._find():
            self._fuse()
            self._clear()
            return
        for held, layer in zip(self._layers, self._model.model.layers, strict=True):
            for old, new in zip(held, self._fused(layer), strict=True):
                if old is not new:
                    old.copy_(new)

    def _find(self) -> list[tuple[int, int]]:
        """Where the weights are that steps read from the model itself."""
        return [(id(weight), weight.data_ptr() if weight.is_cuda else 0) for weight in self._model.parameters()]

    def store(self, rows: int, slots: int) -> KeyValues:
        """An empty store with room for so many rows and slots; there is one at a time."""
        rows, slots = _rows(rows), _slots(slots)
        if not self._pairs or rows > self._pairs[0][0].shape[0] or slots > self._pairs[0][0].shape[2]:
            self._forget()
            old = self._pairs
            if old:
                rows, slots = max(rows, old[0][0].shape[0]), max(slots, old[0][0].shape[2])
            self._pairs, old = [], []  # before there are new ones
            there = self._model.device
            dtype = self._dtype if there.type != "cpu" else torch.promote_types(self._dtype, torch.float32)
            shape = rows, self._kv_heads, slots, self._size
            self._pairs = [
                (torch.zeros(shape, dtype=dtype, device=there), torch.zeros(shape, dtype=dtype, device=there))
                for _ in self._layers
            ]
            self._tokens, self._position = (torch.zeros(rows, dtype=torch.int64, device=there) for _ in range(2))
            self._turn(slots)
        return StaticStore(self._pairs)

    def step(self, store: KeyValues, tokens: Tensor) -> Tensor:
        """See Decoder. The logits are good until the next step."""
        count, most = len(tokens), self._pairs[0][0].shape
        rows, slots = min(_rows(count), most[0]), min(_slots(store.span), most[2])
        self._tokens[:count] = tokens.to(self._tokens.device)
        self._position[:count] = store.position.to(self._position.device)
        self._position[count:] = 0  # rows that are nobody's
        with full_precision(self._position):
            if (rows, slots) not in self._steps:
                view = _View(self._pairs, self._position, rows, slots)
                written = self._tokens[:rows]
                self._steps[rows, slots] = self.record(lambda: self._step(view, written))
            return self._steps[rows, slots]()[:count]


def _rows(count: int) -> int:
    """As many rows, rounded up.

    >>> [_rows(count) for count in (1, 3, 17, 33, 256)]
    [1, 4, 32, 64, 256]
    """
    return 1 << (count - 1).bit_length() if count <= ROWS else -(-count // ROWS) * ROWS


def _slots(count: int) -> int:
    """As many slots, rounded up."""
    return -(-count // SLOTS) * SLOTS
