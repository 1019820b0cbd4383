"""Layers with weights on arrays of 8 bits with their ranges; see ``quantization.py``. Sums are exact, in int32."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._base.errors import ArgumentError, InputTypeError, ShapeError
from mxnet._kernels.layout import per_axis
from mxnet._kernels.nn import Sizes
from mxnet._kernels.quantization import HALVES, Triple, check_dtype, check_ranges, number, per_range, rounded, size_of
from mxnet._kernels.quantized_layers import EXACT, OUTPUTS, product_range
from mxnet._kernels.rnn import layout, rnn
from mxnet._ops import Count, Positive, Shape, op

_INPUTS = "data weight bias min_data max_data min_weight max_weight min_bias max_bias".split()
_INT32 = float(1 << 31)


def _layer_inputs(a: Any) -> tuple[str, ...]:
    return tuple(n for n in _INPUTS if not (a.no_bias and n.endswith("bias")))


def _ordered(who: str, no_bias: bool, given: tuple[Tensor | None, ...]) -> tuple[Tensor | None, list[Tensor]]:
    """The bias, and the ends of ranges. Without a bias the ranges follow weight, with or without a gap for the bias."""
    there = [t for t in given if t is not None]
    expected = 4 if no_bias else 7
    if len(there) != expected:
        named = ", ".join(n for n in _INPUTS if not (no_bias and n.endswith("bias")))
        raise InputTypeError(
            f"{who}: got {len(there) + 2} inputs, expected {expected + 2} with no_bias={no_bias}: {named}"
        )
    return (None, there) if no_bias else (there[0], there[1:])


def _check_layer(who: str, data: Tensor, weight: Tensor, bias: Tensor | None, ranges: list[Tensor]) -> None:
    check_dtype(who, "data", data, *HALVES)
    check_dtype(who, "weight", weight, torch.int8)
    if bias is not None:
        check_dtype(who, "bias", bias, torch.int8)
        if bias.shape != weight.shape[:1]:
            raise ShapeError(f"{who}: bias has shape {tuple(bias.shape)}, expected {tuple(weight.shape[:1])}")
    check_ranges(who, **dict(zip(_INPUTS[3:], ranges, strict=False)))


def _summed(product: Callable[[Tensor, Tensor], Tensor], data: Tensor, weight: Tensor, inside: int) -> Tensor:
    """``product``, which sums over axis 1 of both and over ``inside`` elements of each of its places, in int32.

    float32 has fast kernels, and is exact if the sums are split into pieces; what exceeds int32 wraps around. On CUDA
    devices float32 convolutions may use algorithms that are not exact on whole numbers, so float64 is used there.
    """
    highest = 255 if data.dtype is torch.uint8 else 128
    most = EXACT // (highest * 128 * inside)
    if data.is_cuda or most == 0:
        return product(data.double(), weight.double()).round_().to(torch.int64).to(torch.int32)
    pieces = max(-(-data.shape[1] // most), 1)
    parts = zip(data.chunk(pieces, 1), weight.chunk(pieces, 1), strict=True)
    sums = (_whole(product(_real(d), _real(w))) for d, w in parts)
    return functools.reduce(Tensor.add_, sums).contiguous()


def _whole(made: Tensor) -> Tensor:
    return (made if made.is_cpu else made.round_()).to(torch.int32)


def _real(data: Tensor) -> Tensor:
    """``data`` in float32; images with channels last, for which oneDNN has the faster kernels."""
    last = torch.channels_last if data.dim() == 4 else torch.preserve_format
    return data.to(torch.float32, memory_format=last)


def _with_bias(total: Tensor, bias: Tensor, data: Tensor, ranges: list[Tensor]) -> Tensor:
    """Add ``bias``, brought from its range to that of the sums and cut towards zero."""
    sizes = [size_of(*ranges[i : i + 2]) for i in (0, 2, 4)]
    steps = per_range(HALVES[data.dtype], sizes[0]) * per_range(HALVES[torch.int8], sizes[1])
    scaled = bias.detach() * (steps / (number(bias, HALVES[torch.int8]) / sizes[2]))
    whole = scaled.to(torch.float64 if bias.device.type != "mps" else torch.float32).clamp_(-_INT32, _INT32 - 1)
    return total.add_(whole.to(torch.int32).view(-1, *[1] * (total.dim() - 2)))


def _range(data: Tensor, weight: Tensor, ranges: list[Tensor]) -> tuple[Tensor, Tensor]:
    end = product_range(data, weight, size_of(*ranges[:2]), size_of(*ranges[2:4]))
    return -end, end


def _filled(data: Sizes, weight: Sizes, count: int, no_bias: bool) -> tuple[Sizes, ...]:
    ends: tuple[Sizes, ...] = ((1,),) * (4 if no_bias else 6)
    return (data, weight, *ends) if no_bias else (data, weight, (count,), *ends)


def _fill_fully_connected(
    data: Sizes, *others: Sizes, num_hidden: int, no_bias: bool, flatten: bool, **_: Any
) -> tuple[Sizes, ...]:
    if data is None:
        return _filled(None, others[0] if others else None, num_hidden, no_bias)
    return _filled(data, (num_hidden, math.prod(data[1:]) if flatten else data[-1]), num_hidden, no_bias)


@op("_contrib_quantized_fully_connected", outputs=OUTPUTS, inputs=_layer_inputs, fill=_fill_fully_connected)
def quantized_fully_connected(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    min_data: Tensor | None = None,
    max_data: Tensor | None = None,
    min_weight: Tensor | None = None,
    max_weight: Tensor | None = None,
    min_bias: Tensor | None = None,
    max_bias: Tensor | None = None,
    *,
    num_hidden: Positive,
    no_bias: bool = False,
    flatten: bool = True,
) -> Triple:
    """``data @ weight.T + bias`` of numbers of 8 bits.

    Inputs:  data (N, ...) int8 or uint8; weight (num_hidden, K) int8; bias (num_hidden,) int8 and the two ends of its
             range, unless no_bias; the ends of the ranges of data and weight, (1,) float32
    Attrs:   flatten, all axes but the first as one; else the last axis is K and the others stay
    Outputs: (N, num_hidden) or (..., num_hidden) int32; the ends of its range, 2^31 - 1 being the greater
    Raises:  ShapeError, DTypeError; InputTypeError if inputs are missing
    Source:  behaviour of MXNet 1.9.1
    """
    who = "quantized_fully_connected"
    bias, ranges = _ordered(who, no_bias, (bias, min_data, max_data, min_weight, max_weight, min_bias, max_bias))
    _check_layer(who, data, weight, bias, ranges)
    if data.dim() == 0:
        raise ShapeError(f"{who}: data has shape (), expected (N, ...)")
    rows = data.reshape(data.shape[0], -1) if flatten else data.reshape(-1, data.shape[-1])
    if weight.shape != (num_hidden, rows.shape[1]):
        raise ShapeError(
            f"{who}: Shape inconsistent, weight has shape {tuple(weight.shape)}, expected ({num_hidden}, "
            f"{rows.shape[1]}) from num_hidden and data {tuple(data.shape)}"
        )
    total = _summed(F.linear, rows, weight, 1)
    if bias is not None:
        total = _with_bias(total, bias.unsqueeze(0), data, ranges)
    if not flatten:
        total = total.view(*data.shape[:-1], num_hidden)
    return total, *_range(data, weight, ranges)


def _fill_conv(
    data: Sizes, *others: Sizes, kernel: Shape, num_filter: int, no_bias: bool, **_: Any
) -> tuple[Sizes, ...]:
    weight = (num_filter, data[1], *kernel) if data else others[0] if others else None
    return _filled(data, weight, num_filter, no_bias)


@op("_contrib_quantized_conv", outputs=OUTPUTS, inputs=_layer_inputs, fill=_fill_conv)
def quantized_conv(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    min_data: Tensor | None = None,
    max_data: Tensor | None = None,
    min_weight: Tensor | None = None,
    max_weight: Tensor | None = None,
    min_bias: Tensor | None = None,
    max_bias: Tensor | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: Positive,
    num_group: Positive = 1,
    workspace: Count = 1024,
    no_bias: bool = False,
    cudnn_tune: Literal["fastest", "limited_workspace", "off"] | None = None,
    cudnn_off: bool = False,
    layout: Literal["NCDHW", "NCHW", "NCW", "NDHWC", "NHWC"] | None = None,
) -> Triple:
    """Cross-correlation of ``data`` with ``num_filter`` kernels, of numbers of 8 bits.

    Inputs:  data (N, C, ...) int8 or uint8 with 2 or 3 spatial axes; weight (num_filter, C, *kernel) int8; bias
             (num_filter,) int8 and the two ends of its range, unless no_bias; the ends of the ranges of data and
             weight, (1,) float32
    Attrs:   as of Convolution, num_group only 1 and layout only those with channels first; workspace, cudnn_tune and
             cudnn_off have no effect
    Outputs: (N, num_filter, ...) int32; the ends of its range, 2^31 - 1 being the greater
    Raises:  ShapeError, DTypeError; ArgumentError for groups and other layouts; InputTypeError if inputs are missing
    Source:  behaviour of MXNet 1.9.1, which on CPUs takes only uint8, reports a range that is twice too wide, and adds
             the bias in its own range; here all is as in quantized_fully_connected
    """
    who = "quantized_conv"
    bias, ranges = _ordered(who, no_bias, (bias, min_data, max_data, min_weight, max_weight, min_bias, max_bias))
    _check_layer(who, data, weight, bias, ranges)
    axes = len(kernel)
    if num_group != 1:
        raise ArgumentError(f"{who}: num_group is {num_group}, expected 1: convolutions of 8 bits have no groups")
    if layout not in (None, "NCHW", "NCDHW"):
        raise ArgumentError(f"{who}: layout is {layout}, expected NCHW or NCDHW")
    if axes not in (2, 3) or data.dim() != axes + 2:
        raise ShapeError(
            f"{who}: data has shape {tuple(data.shape)} and kernel is {kernel}, expected 4 dimensions with a kernel of "
            "2 numbers, or 5 with 3"
        )
    if weight.shape != (num_filter, data.shape[1], *kernel):
        raise ShapeError(
            f"{who}: Shape inconsistent, weight has shape {tuple(weight.shape)}, expected "
            f"{(num_filter, data.shape[1], *kernel)} from num_filter, data {tuple(data.shape)} and kernel"
        )
    steps, spread, margin = (
        per_axis(who, n, v, axes, default)
        for n, v, default in (("stride", stride, 1), ("dilate", dilate, 1), ("pad", pad, 0))
    )
    convolve = torch.conv2d if axes == 2 else torch.conv3d
    total = _summed(
        lambda x, w: convolve(x, w, None, steps, margin, spread),  # type: ignore[arg-type]
        data,
        weight,
        math.prod(kernel),
    )
    if bias is not None:
        total = _with_bias(total, bias, data, ranges)
    return total, *_range(data, weight, ranges)


def _fill_batch_norm(data: Sizes, *others: Sizes, axis: int, **_: Any) -> tuple[Sizes, ...]:
    channels = (data[axis],) if data else None
    return data, channels, channels, channels, channels, (1,), (1,)


@op(
    "_contrib_quantized_batch_norm",
    outputs=OUTPUTS,
    aux=("moving_mean", "moving_var"),
    fill=_fill_batch_norm,
)
def quantized_batch_norm(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    moving_mean: Tensor,
    moving_var: Tensor,
    min_data: Tensor,
    max_data: Tensor,
    *,
    eps: float = 0.0010000000474974513,
    momentum: float = 0.899999976,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
    cudnn_off: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> Triple:
    """Batch normalization of numbers of 8 bits by statistics that are kept.

    Inputs:  data (N, C, ...) int8 or uint8; gamma, beta, moving_mean, moving_var (C,) float32; min_data, max_data
             (1,) float32
    Attrs:   eps; min_calib_range, max_calib_range, the range of the result, which must be given; axis, only 1.
             momentum, fix_gamma, use_global_stats, output_mean_var and cudnn_off have no effect: the statistics stay
             as they are, and gamma is what is given
    Outputs: like data in int8; the range that is given
    Raises:  ArgumentError without a range, or for another axis; ShapeError, DTypeError
    Source:  behaviour of MXNet 1.9.1, which rounds uint8 to int8 first, and divides by sqrt(1 + eps) once more than
             it should; so does this
    """
    who = "quantized_batch_norm"
    if min_calib_range is None or max_calib_range is None:
        raise ArgumentError(f"{who}: min_calib_range or max_calib_range is missing, expected both: the result's range")
    if axis != 1 or data.dim() < 2:
        raise ArgumentError(
            f"{who}: axis is {axis} and data has shape {tuple(data.shape)}, expected axis 1 of (N, C, ...)"
        )
    check_dtype(who, "data", data, *HALVES)
    check_ranges(who, min_data=min_data, max_data=max_data)
    channels = data.shape[1:2]
    for name, one in (("gamma", gamma), ("beta", beta), ("moving_mean", moving_mean), ("moving_var", moving_var)):
        if one.shape != channels:
            raise ShapeError(f"{who}: {name} has shape {tuple(one.shape)}, expected {tuple(channels)} from data")
        check_dtype(who, name, one, torch.float32)
    values = data.detach().to(torch.float32)
    if data.dtype is torch.uint8:
        values = (values * (HALVES[torch.int8] / HALVES[torch.uint8])).round_()
    low, high = number(data, min_calib_range), number(data, max_calib_range)
    size = size_of(low, high)
    each = gamma.detach() / (moving_var.detach() + eps).sqrt()
    factor = each * size_of(min_data, max_data) * per_range(1.0, size) / math.sqrt(1 + eps)
    term = (beta.detach() - moving_mean.detach() * each) * per_range(HALVES[torch.int8], size)
    shape = (-1, *[1] * (data.dim() - 2))
    return rounded(values * factor.view(shape) + term.view(shape), torch.int8), low, high


def _rnn_outputs(a: Any) -> tuple[str, ...]:
    return ("output", "state_output", "statecell_ouput") if a.state_outputs else ("output",)  # as 1.9.1 spells it


def _fill_rnn(
    data: Sizes, *others: Sizes, state_size: int, num_layers: int, bidirectional: bool, **attrs: Any
) -> tuple[Sizes, ...]:
    if data is None or len(data) != 3:
        return (data, *others[:3], (1,), (1,))
    directions, projection = 1 + bidirectional, attrs["projection_size"] or 0
    stacked = num_layers * directions
    total = layout("lstm", data[2], state_size, num_layers, directions, projection).total
    state, cell = (stacked, data[1], projection or state_size), (stacked, data[1], state_size)
    return data, (total,), state, cell, (1,), (1,)


@op("_contrib_quantized_rnn", outputs=_rnn_outputs, fill=_fill_rnn)
def quantized_rnn(
    data: Tensor,
    parameters: Tensor,
    state: Tensor,
    state_cell: Tensor,
    data_scale: Tensor,
    data_shift: Tensor,
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
    """An LSTM over data of 8 bits.

    Inputs:  data (T, N, I) uint8; parameters, state, state_cell as of RNN, float32; data_scale, data_shift (1,)
             float32, by which data was made: see quantize_asym
    Attrs:   as of RNN, mode only lstm, without use_sequence_length; p has no effect, as nothing is trained
    Outputs: as of RNN, float32
    Raises:  ArgumentError for another mode or with sequence lengths; ShapeError, DTypeError
    Source:  documentation of MXNet 1.9.1, which needs certain processors and rounds the weights to 8 bits too, which is
             not done here
    """
    who = "quantized_rnn"
    if mode != "lstm" or use_sequence_length:
        raise ArgumentError(
            f"{who}: mode is {mode!r} and use_sequence_length {use_sequence_length}, expected 'lstm' without lengths"
        )
    check_dtype(who, "data", data, torch.uint8)
    check_ranges(who, data_scale=data_scale, data_shift=data_shift)
    real = (data.to(torch.float32) - data_shift.detach()) / data_scale.detach()
    return rnn(
        real,
        parameters.detach(),
        state.detach(),
        state_cell.detach(),
        state_size=state_size,
        num_layers=num_layers,
        bidirectional=bidirectional,
        mode="lstm",
        p=0.0,
        state_outputs=state_outputs,
        projection_size=projection_size,
        lstm_state_clip_min=lstm_state_clip_min,
        lstm_state_clip_max=lstm_state_clip_max,
        lstm_state_clip_nan=lstm_state_clip_nan,
        use_sequence_length=False,
    )
