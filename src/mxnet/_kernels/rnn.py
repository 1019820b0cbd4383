"""Recurrent layers over whole sequences: ``RNN`` with its modes, stacked, in both directions.

All parameters of all layers come as one vector, in the order cuDNN keeps them: the weights by layer and direction
(from the input, from the state, of the projection), then the biases by layer and direction (of the input, of the
state). Gates lie as ATen has them, too: input, forget, cell, output of the LSTM; reset, update, new of the GRU. So the
vector is cut into views, and ATen's fused layers do the work.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError, ShapeError
from mxnet._kernels.nn import Sizes
from mxnet._kernels.recurrence import Cells, run
from mxnet._ops import Op, Positive, op

_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


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
    results = run(cells, data, states, sequence_length, p)
    return tuple(results) if state_outputs else results[0]


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
    results = run(cells, data, tuple(states), None, attrs["p"])
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
