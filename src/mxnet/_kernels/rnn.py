"""Recurrent layers over whole sequences: ``RNN`` with its modes, stacked, in both directions.

All parameters of all layers come as one vector, in the order cuDNN keeps them: the weights by layer and direction
(from the input, from the state, of the projection), then the biases by layer and direction (of the input, of the
state). Gates lie as ATen has them, too: input, forget, cell, output of the LSTM; reset, update, new of the GRU. So the
vector is cut into views, and ATen's fused layers do the work.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError, ShapeError
from mxnet._kernels.nn import Sizes
from mxnet._ops import Op, Positive, op
from mxnet._runtime import random
from mxnet._runtime.engine import ValueFailure
from mxnet._runtime.state import state as thread

_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}
_FUSED: dict[str, Any] = {
    "rnn_relu": torch._VF.rnn_relu,  # type: ignore[attr-defined]
    "rnn_tanh": torch._VF.rnn_tanh,  # type: ignore[attr-defined]
    "lstm": torch._VF.lstm,  # type: ignore[attr-defined]
    "gru": torch._VF.gru,  # type: ignore[attr-defined]
}


class Layout(NamedTuple):
    """Where the parameters lie in their vector."""

    lengths: tuple[int, ...]
    """Of the pieces, in order."""
    shapes: tuple[tuple[int, int], ...]
    """Of the weights, which come first."""
    order: tuple[int, ...]
    """Which piece is which in ATen's list: a layer's and direction's weights and biases, then the next one's."""
    per_cell: int
    total: int
    parts: list[tuple[int, ...]]
    """Shapes of all pieces."""


@functools.lru_cache(256)
def layout(mode: str, inputs: int, hidden: int, layers: int, directions: int, projection: int) -> Layout:
    """How the vector of parameters is divided. ``projection`` is 0 for none."""
    rows, width = _GATES[mode] * hidden, projection or hidden
    shapes: list[tuple[int, int]] = []
    for layer in range(layers):
        cell = [(rows, inputs if layer == 0 else width * directions), (rows, width)]
        if projection:
            cell.append((projection, hidden))
        shapes += cell * directions
    cells, kinds = layers * directions, 3 if projection else 2
    lengths = [a * b for a, b in shapes] + [rows] * (2 * cells)
    order: list[int] = []
    for cell_index in range(cells):
        first, bias = cell_index * kinds, cells * kinds + 2 * cell_index
        order += [first, first + 1, bias, bias + 1, *range(first + 2, first + kinds)]
    parts = [*shapes, *[(rows,)] * (2 * cells)]
    return Layout(tuple(lengths), tuple(shapes), tuple(order), kinds + 2, sum(lengths), parts)


def cut(parameters: Tensor, plan: Layout) -> list[Tensor]:
    """The parameters as views of their vector, in ATen's order."""
    pieces = list(parameters.split_with_sizes(plan.lengths))
    for i, shape in enumerate(plan.shapes):
        pieces[i] = pieces[i].view(shape)
    return [pieces[i] for i in plan.order]


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


def _run(cells: Cells, data: Tensor, states: tuple[Tensor, ...], sizes: Tensor | None) -> tuple[Tensor, ...]:
    """Output and states after: of data (T, N, I), or of packed data with the number of rows of each step."""
    if cells.clip is not None:
        return _run_clipped(cells, data, states, sizes)
    hx: Any = list(states) if cells.mode == "lstm" else states[0]
    keep = torch.is_grad_enabled() and any([t.requires_grad for t in (data, *states, *cells.weights[:1])])
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
        data, *ends = _run(cells.one(layer), data, own, sizes)
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
    output, *after = _run_dropping(cells, packed, own, sizes, p) if p else _run(cells, packed, own, sizes)
    whole = output.new_zeros((steps * batch, output.shape[1])).index_copy(0, rows, output)
    ends = [s.index_copy(1, chosen, a) for s, a in zip(states, after, strict=True)]
    return whole.unflatten(0, (steps, batch)), *ends


def _empty_output(cells: Cells, data: Tensor, states: tuple[Tensor, ...]) -> Tensor:
    width = states[0].shape[2] * (1 + cells.bidirectional)
    return data.new_zeros((*data.shape[:2], width))


def _inputs(a: Any) -> tuple[str, ...]:
    names = ("data", "parameters", "state")
    return names + ("state_cell",) * (a.mode == "lstm") + ("sequence_length",) * a.use_sequence_length


def _outputs(a: Any) -> tuple[str, ...]:
    if not a.state_outputs:
        return ("output",)
    return ("output", "state_output", "statecell_output") if a.mode == "lstm" else ("output", "state_output")


def _one_dtype(*known: torch.dtype | None) -> tuple[tuple[torch.dtype | None, ...], list[torch.dtype | None]]:
    return known, [known[0]]


_RANK = "RNN: data has shape {}, expected rank 3: [sequence length, batch size, input size]"


def _fill(
    data: Sizes,
    parameters: Sizes = None,
    state: Sizes = None,
    state_cell: Sizes = None,
    sequence_length: Sizes = None,
    *,
    mode: str,
    state_size: int,
    num_layers: int,
    bidirectional: bool,
    projection_size: int | None,
    **_: Any,
) -> tuple[Sizes, ...]:
    if data and len(data) != 3:
        raise ShapeError(_RANK.format(data))
    directions, width = 1 + bidirectional, projection_size or state_size
    batch = data[1] if data else 0
    lengths = (batch,) if batch else None
    if data and data[2]:
        total = layout(mode, data[2], state_size, num_layers, directions, projection_size or 0).total
        parameters = (total,)
    if data and not batch and state and len(state) == 3:
        data = (data[0], state[1], data[2])
    stacked = num_layers * directions
    # in a graph the inputs that are not there leave no gap: sequence_length follows state where there is no cell
    fourth = (stacked, batch, state_size) if mode == "lstm" else lengths
    return data, parameters, (stacked, batch, width), fourth, lengths


def _check(
    data: Tensor, parameters: Tensor, states: Sequence[Tensor], lengths: Tensor | None, expected: Sequence[Any]
) -> None:
    """Raise unless the inputs have the ``expected`` shapes and one dtype."""
    names = ("parameters", "state", "state_cell")
    for name, got, want in zip(names, (parameters, *states), expected, strict=False):
        if got.shape != want:
            raise ShapeError(
                f"RNN: Shape inconsistent, {name} has shape {tuple(got.shape)}, expected {tuple(want)} from data "
                f"{tuple(data.shape)} and the attributes; give it that shape"
            )
        if got.dtype is not data.dtype:
            raise DTypeError(f"RNN: data is {data.dtype} and {name} {got.dtype}, expected one dtype; cast one of them")
    if lengths is not None and lengths.shape != data.shape[1:2]:
        raise ShapeError(
            f"RNN: Shape inconsistent, sequence_length has shape {tuple(lengths.shape)}, expected ({data.shape[1]},), "
            "one length for each sequence of the batch"
        )


def _clip_of(
    mode: str, least: float | None, greatest: float | None, nan: bool
) -> tuple[float | None, float | None, bool] | None:
    if mode != "lstm" or (least is None and greatest is None):
        return None
    if least is not None and greatest is not None and least > greatest:
        raise ArgumentError(
            f"RNN: lstm_state_clip_min is {least} and lstm_state_clip_max {greatest}, expected min <= max"
        )
    return least, greatest, nan


@op("RNN", inputs=_inputs, outputs=_outputs, fill=_fill, random=True, by_mode=True)
def rnn(
    data: Tensor,
    parameters: Tensor,
    state: Tensor,
    state_cell: Tensor | None = None,
    sequence_length: Tensor | None = None,
    *,
    state_size: Positive,
    num_layers: Positive,
    bidirectional: bool = False,
    mode: Literal["gru", "lstm", "rnn_relu", "rnn_tanh"],
    p: float = 0.0,
    state_outputs: bool = False,
    projection_size: int | None = None,
    lstm_state_clip_min: float | None = None,
    lstm_state_clip_max: float | None = None,
    lstm_state_clip_nan: bool = False,
    use_sequence_length: bool = False,
) -> Tensor | tuple[Tensor, ...]:
    """Recurrent layers over sequences: Elman networks (rnn_relu, rnn_tanh), LSTM, GRU.

    With I inputs, H = state_size, P = projection_size or H, L = num_layers, D = 2 if bidirectional else 1 and G gates:
    Inputs:  data (T, N, I); parameters, one vector: for each layer and direction the weights from the input
             (G H, I or D P), from the state (G H, P) and of the projection (P, H); then for each layer and direction
             the biases of the input (G H,) and of the state (G H,). state (L D, N, P); state_cell (L D, N, H) of the
             LSTM; sequence_length (N,), if use_sequence_length, the steps of each sequence, 0 to T
    Attrs:   p, share of the outputs of every layer but the last that are dropped in training; state_outputs, whether
             the states after the last step are returned too; projection_size, only of the LSTM;
             lstm_state_clip_min, lstm_state_clip_max, between which the LSTM's cell state is kept at every step, and
             lstm_state_clip_nan, to put the least (or else the greatest) value for what is not a number; without
             bounds, and in other modes, clipping has no effect
    Outputs: output (T, N, D P), zero beyond a sequence's length; the states after each sequence's last step
    Raises:  ShapeError, DTypeError if an input does not fit data; ArgumentError for bad attributes
    Source:  LSTM doi:10.1162/neco.1997.9.8.1735; projection arXiv:1402.1128; GRU arXiv:1406.1078; behaviour of MXNet
             1.9.1, whose CPU version passes over sequence_length and the clipping: here they do what its GPU
             version does. A projection can be trained on every device.
    """
    if mode != "lstm" and state_cell is not None and sequence_length is None:
        state_cell, sequence_length = None, state_cell
    if data.dim() != 3:
        raise ShapeError(_RANK.format(tuple(data.shape)))
    if not 0 <= p <= 1:
        raise ArgumentError(f"RNN: p is {p}, expected the share of elements to drop, from 0 to 1")
    if projection_size is not None and (mode != "lstm" or projection_size < 1):
        raise ArgumentError(
            f"RNN: projection_size is {projection_size} with mode={mode}, expected a positive size with mode=lstm"
        )
    if use_sequence_length != (sequence_length is not None) or (mode == "lstm") != (state_cell is not None):
        raise InputTypeError(
            f"RNN: got {3 + (state_cell is not None) + (sequence_length is not None)} inputs, expected data, "
            f"parameters, state{', state_cell' * (mode == 'lstm')}{', sequence_length' * use_sequence_length}"
        )
    directions, width = 1 + bidirectional, projection_size or state_size
    steps, batch, size = data.shape
    stacked = num_layers * directions
    plan = layout(mode, size, state_size, num_layers, directions, projection_size or 0)
    states = (state,) if state_cell is None else (state, state_cell)
    expected = (plan.total,), (stacked, batch, width), (stacked, batch, state_size)
    _check(data, parameters, states, sequence_length, expected)
    clip = _clip_of(mode, lstm_state_clip_min, lstm_state_clip_max, lstm_state_clip_nan)
    if clip is None and projection_size == state_size:
        clip = None, None, False  # ATen tells that there is a projection by the sizes of the states alone
    if data.is_meta:
        results = (data.new_empty((steps, batch, width * directions)), *[s.new_empty(s.shape) for s in states])
        return results if state_outputs else results[0]
    cells = Cells(mode, num_layers, bidirectional, cut(parameters, plan), plan.per_cell, clip)
    results = _run_all(cells, data, states, sequence_length, p)
    return tuple(results) if state_outputs else results[0]


def _run_all(
    cells: Cells, data: Tensor, states: tuple[Tensor, ...], lengths: Tensor | None, p: float
) -> tuple[Tensor, ...]:
    p = p if thread.training and cells.layers > 1 else 0.0
    if lengths is not None:
        return _run_lengths(cells, data, states, lengths, p)
    return _run_dropping(cells, data, states, None, p) if p else _run(cells, data, states, None)


def rnn_of_parts(*tensors: Tensor, **attrs: Any) -> Tensor | tuple[Tensor, ...]:
    """``RNN`` with the parameters one by one instead of in a vector: no join, no cut, no gradients of either.

    Inputs:  data, state, state_cell of the LSTM, sequence_length if used; then the parameters in the order of the
             vector
    Source:  programs put it in the place of ``RNN`` behind ``_rnn_param_concat``
    """
    mode, layers = attrs["mode"], attrs["num_layers"]
    count = 2 + (mode == "lstm")
    data, *states = tensors[:count]
    lengths = tensors[count] if attrs["use_sequence_length"] else None
    parts = tensors[count + attrs["use_sequence_length"] :]
    plan = _plan_of_parts(data, states, attrs)
    kinds = {p.dtype for p in parts}
    if len(kinds) > 1:
        raise DTypeError(f"RNN: parameters are {', '.join(map(str, kinds))}, expected one dtype; cast some of them")
    fits = plan is not None and lengths is None and data.dtype in kinds and [p.shape for p in parts] == plan.parts
    if not fits:
        # A vector is refused if it does not fit, and suits cuDNN. For a shape alone, torch's cat loads its compiler.
        if data.is_meta:
            vector = data.new_empty(sum([p.numel() for p in parts]), dtype=parts[0].dtype)
        else:
            vector = torch.cat([p.reshape(-1) for p in parts])
        return rnn(data, vector, *states, **({} if lengths is None else {"sequence_length": lengths}), **attrs)
    weights = [parts[i] for i in plan.order]  # type: ignore[union-attr]
    cells = Cells(mode, layers, attrs["bidirectional"], weights, 4, None)
    results = _run_all(cells, data, tuple(states), None, attrs["p"])
    return tuple(results) if attrs["state_outputs"] else results[0]


def _plan_of_parts(data: Tensor, states: Sequence[Tensor], attrs: dict[str, Any]) -> Layout | None:
    """The order of parameters that suit ``data`` and ``states``; None for a case that ``rnn`` is to see to."""
    if data.device.type != "cpu" or data.dim() != 3 or not 0 <= attrs["p"] <= 1 or attrs["projection_size"]:
        return None
    if attrs["lstm_state_clip_min"] is not None or attrs["lstm_state_clip_max"] is not None:
        return None
    hidden, directions = attrs["state_size"], 1 + attrs["bidirectional"]
    shape = (attrs["num_layers"] * directions, data.shape[1], hidden)
    if any([s.shape != shape or s.dtype is not data.dtype for s in states]):
        return None
    return layout(attrs["mode"], data.shape[2], hidden, attrs["num_layers"], directions, 0)


def _fill_parts(*shapes: Sizes, **attrs: Any) -> tuple[Sizes, ...]:
    """As ``_fill``; it says nothing of the parameters, whose shapes programs know by the time they run."""
    count = 2 + (attrs["mode"] == "lstm") + attrs["use_sequence_length"]
    data, _, *others = _fill(shapes[0], None, *shapes[1:count], **attrs)
    return data, *others[: count - 1]


RNN_OF_PARTS = Op(rnn_of_parts, "_RNN_of_parts", outputs=_outputs, fill=_fill_parts, random=True, types=_one_dtype)
