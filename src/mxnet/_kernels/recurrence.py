"""Stacks of recurrent layers run over whole sequences: by ATen's fused layers, and step by step what these have not.

Dropout lies between layers, sequences may differ in length, and the LSTM's cell state may be clipped.
"""

from __future__ import annotations

import functools
import warnings
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._runtime import random
from mxnet._runtime.engine import ValueFailure
from mxnet._runtime.state import state

_FUSED: dict[str, Any] = {
    "rnn_relu": torch._VF.rnn_relu,  # type: ignore[attr-defined]
    "rnn_tanh": torch._VF.rnn_tanh,  # type: ignore[attr-defined]
    "lstm": torch._VF.lstm,  # type: ignore[attr-defined]
    "gru": torch._VF.gru,  # type: ignore[attr-defined]
}


class Cells(NamedTuple):
    """A stack of layers with its parameters. ``clip`` is (least, greatest, whether NaN is clipped too)."""

    mode: str
    layers: int
    bidirectional: bool
    weights: list[Tensor]
    per_cell: int
    clip: tuple[float | None, float | None, bool] | None

    def one(self, layer: int) -> Cells:
        """The stack of this one layer."""
        size = self.per_cell * (1 + self.bidirectional)
        return self._replace(layers=1, weights=self.weights[layer * size : (layer + 1) * size])


def _run_stack(cells: Cells, data: Tensor, states: tuple[Tensor, ...], sizes: Tensor | None) -> tuple[Tensor, ...]:
    """Output and states after: of data (T, N, I), or of packed data with the number of rows of each step."""
    if cells.clip is not None:
        return _run_clipped(cells, data, states, sizes)
    hx: Any = list(states) if cells.mode == "lstm" else states[0]
    keep = torch.is_grad_enabled() and any([t.requires_grad for t in (data, *states, *cells.weights)])
    if keep or not torch.is_grad_enabled():
        return _run_fused(cells, data, hx, sizes, keep)
    with torch.no_grad():  # ATen takes a slower way where gradients might be asked for
        return _run_fused(cells, data, hx, sizes, False)


@functools.cache
def _use_projection() -> None:
    """Let torch say once, to nobody, that oneDNN has no projections."""
    one = torch.zeros(1, 1, 1)
    weights = [torch.zeros(8, 1)] * 2 + [torch.zeros(8)] * 2 + [torch.zeros(1, 2)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.lstm(one, [one, torch.zeros(1, 1, 2)], weights, True, 1, 0.0, False, False, False)


def _run_fused(cells: Cells, data: Tensor, hx: Any, sizes: Tensor | None, keep: bool) -> tuple[Tensor, ...]:
    fused = _FUSED[cells.mode]
    if cells.per_cell == 5:
        _use_projection()
    # drop rate 0: ATen's own dropout draws from torch's generator
    if sizes is not None:
        return fused(data, sizes, hx, cells.weights, True, cells.layers, 0.0, keep, cells.bidirectional)
    return fused(data, hx, cells.weights, True, cells.layers, 0.0, keep, cells.bidirectional, False)


def _run_dropping(
    cells: Cells, data: Tensor, states: tuple[Tensor, ...], sizes: Tensor | None, p: float
) -> tuple[Tensor, ...]:
    """The same, layer by layer, with dropout in between."""
    each = 1 + cells.bidirectional
    after: list[tuple[Tensor, ...]] = []
    for layer in range(cells.layers):
        if layer:
            mask = torch.empty_like(data, memory_format=torch.contiguous_format)
            mask.bernoulli_(1 - p, generator=random.generator(data.device))
            data = data * (mask.mul_(1 / (1 - p)) if p < 1 else mask)
        own = tuple([s[layer * each : (layer + 1) * each] for s in states])
        data, *ends = _run_stack(cells.one(layer), data, own, sizes)
        after.append(tuple(ends))
    return data, *[torch.cat(parts) for parts in zip(*after, strict=True)]


def _run_clipped(cells: Cells, data: Tensor, states: tuple[Tensor, ...], sizes: Tensor | None) -> tuple[Tensor, ...]:
    """LSTM step by step: what ATen has not, clipping the cell state, and projections that keep its size."""
    counts = [data.shape[1]] * data.shape[0] if sizes is None else sizes.tolist()
    flat = data.flatten(0, 1) if sizes is None else data
    hidden, memory = states
    ends_h: list[Tensor] = []
    ends_c: list[Tensor] = []
    for _ in range(cells.layers):
        directions: list[Tensor] = []
        for direction in range(1 + cells.bidirectional):
            i = len(ends_h)
            own = cells.weights[i * cells.per_cell : (i + 1) * cells.per_cell]
            out, h, c = _clipped_direction(own, flat, hidden[i], memory[i], counts, direction == 1, cells.clip)
            directions.append(out)
            ends_h.append(h)
            ends_c.append(c)
        flat = directions[0] if len(directions) == 1 else torch.cat(directions, 1)
    output = flat.unflatten(0, data.shape[:2]) if sizes is None else flat
    return output, torch.stack(ends_h), torch.stack(ends_c)


def _clipped_direction(
    weights: list[Tensor], flat: Tensor, h: Tensor, c: Tensor, counts: list[int], reverse: bool, clip: Any
) -> tuple[Tensor, Tensor, Tensor]:
    """One direction over packed rows: step t has ``counts[t]`` rows, those of the longest sequences."""
    w_input, w_state, b_input, b_state, *projection = weights
    least, greatest, nan = clip
    steps = F.linear(flat, w_input, b_input + b_state).split(counts)
    turned = w_state.t()
    outputs: list[Tensor] = []
    for gates in reversed(steps) if reverse else steps:
        n = gates.shape[0]
        i, f, g, o = torch.addmm(gates, h[:n], turned).chunk(4, 1)
        memory = torch.sigmoid(f) * c[:n] + torch.sigmoid(i) * torch.tanh(g)
        if nan:
            memory = memory.masked_fill(memory.isnan(), least if least is not None else greatest)
        if least is not None or greatest is not None:
            memory = memory.clamp(least, greatest)
        now = torch.sigmoid(o) * torch.tanh(memory)
        if projection:
            now = F.linear(now, projection[0])
        outputs.append(now)
        h, c = (now, memory) if n == h.shape[0] else (torch.cat([now, h[n:]]), torch.cat([memory, c[n:]]))
    return torch.cat(outputs[::-1] if reverse else outputs), h, c


def _run_lengths(
    cells: Cells, data: Tensor, states: tuple[Tensor, ...], lengths: Tensor, p: float
) -> tuple[Tensor, ...]:
    """Sequences of different lengths: rows are packed, the longest first, and spread out again; the rest is zero."""
    steps, batch = data.shape[:2]
    counts = lengths.detach().to("cpu", torch.int64)
    if bool(((counts < 0) | (counts > steps)).any()):
        raise ValueFailure(
            f"RNN: sequence_length is {counts.tolist()}, expected lengths from 0 to {steps}, the steps of data"
        )
    counts, order = counts.sort(descending=True, stable=True)
    present = counts > torch.arange(steps).unsqueeze(1)
    sizes = present.sum(1)
    sizes = sizes[: int((sizes > 0).sum())]
    if not len(sizes):
        return _empty_output(cells, data, states), *[s.clone() for s in states]
    rows = (torch.arange(steps).unsqueeze(1) * batch + order)[present].to(data.device)
    chosen = order[: int(sizes[0])].to(data.device)
    packed = data.flatten(0, 1).index_select(0, rows)
    own = tuple([s.index_select(1, chosen) for s in states])
    output, *after = _run_dropping(cells, packed, own, sizes, p) if p else _run_stack(cells, packed, own, sizes)
    whole = output.new_zeros((steps * batch, output.shape[1])).index_copy(0, rows, output)
    ends = [s.index_copy(1, chosen, a) for s, a in zip(states, after, strict=True)]
    return whole.unflatten(0, (steps, batch)), *ends


def _empty_output(cells: Cells, data: Tensor, states: tuple[Tensor, ...]) -> Tensor:
    width = states[0].shape[2] * (1 + cells.bidirectional)
    return data.new_zeros((*data.shape[:2], width))


def run(cells: Cells, data: Tensor, states: tuple[Tensor, ...], lengths: Tensor | None, p: float) -> tuple[Tensor, ...]:
    p = p if state.training and cells.layers > 1 else 0.0
    if lengths is not None:
        return _run_lengths(cells, data, states, lengths, p)
    return _run_dropping(cells, data, states, None, p) if p else _run_stack(cells, data, states, None)
