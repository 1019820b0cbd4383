"""The softmax family."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError, ShapeError
from mxnet._kernels import result_shapes
from mxnet._kernels.nn import Sizes
from mxnet._ops import Shape, op
from mxnet._runtime.dtypes import NAME, TORCH
from mxnet._runtime.state import state


def _by_length(data: Tensor, length: Tensor, axis: int) -> Tensor:
    """Which elements along ``axis`` count: a mask that broadcasts to data."""
    axis %= data.dim()
    steps = torch.arange(data.shape[axis], device=data.device).view([-1] + [1] * (data.dim() - 1 - axis))
    return steps < (length.unsqueeze(axis) if data.dim() > 1 else length)


def _softmax_inputs(a: Any) -> tuple[str, ...]:
    return ("data", "length") if a.use_length else ("data",)


def _fill_softmax(data: Sizes, length: Sizes = None, *, axis: int, use_length: bool, **_: Any) -> tuple[Sizes, Sizes]:
    if data and use_length:
        axis %= len(data)
        length = data[:axis] + data[axis + 1 :] or (1,)
    return data, length


def _told_softmax(*shapes: Shape, use_length: bool | None, **attrs: Any) -> Shape | None:
    return None if use_length else result_shapes.with_axis(*shapes, **attrs)


@op("softmax", inputs=_softmax_inputs, fill=_fill_softmax, told=_told_softmax)
def softmax(
    data: Tensor,
    length: Tensor | None = None,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: Literal["float16", "float32", "float64"] | None = None,
    use_length: bool | None = False,
) -> Tensor:
    """exp(data / temperature), scaled to sum to one along ``axis``.

    Inputs:  data; length, integers of data's shape without ``axis``, with use_length only
    Attrs:   dtype, that of the output, data's if None; use_length, elements from ``length`` on are left out: zero
    Outputs: like data
    Raises:  InputTypeError if length is required and missing
    Source:  behaviour of MXNet 1.9.1
    """
    if temperature is not None and temperature != 1:
        data = data / temperature
    to = None if dtype is None else TORCH[dtype]
    if not use_length:
        return torch.softmax(data, axis, to)
    if length is None:
        raise InputTypeError("softmax: input length is missing; use_length=True takes the number of elements from it")
    # integers are recorded as float64, when their gradient is asked for; shapes are inferred for any dtype
    if length.is_floating_point() and length.dtype is not torch.float64 and not state.tracing:
        raise DTypeError(f"softmax: length has dtype {NAME[length.dtype]}, expected an integer type")
    valid = _by_length(data, length, axis)
    # a row without elements would be 0 / 0
    return torch.softmax(data.masked_fill(~valid, -math.inf), axis, to).masked_fill(~valid, 0)


def _no_length(who: str, use_length: bool | None) -> None:
    if use_length:
        raise ArgumentError(f"{who}: use_length is True, expected False, as it takes no lengths; use softmax")


@op("log_softmax", told=_told_softmax)
def log_softmax(
    data: Tensor,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: Literal["float16", "float32", "float64"] | None = None,
    use_length: bool | None = False,
) -> Tensor:
    """Logarithm of the softmax of ``data / temperature`` along ``axis``.

    Attrs:   dtype, that of the output, data's if None; use_length must be False, there is no input of lengths
    Outputs: like data
    Raises:  ArgumentError if use_length is set
    Source:  behaviour of MXNet 1.9.1
    """
    if temperature is not None and temperature != 1:
        data = data / temperature
    _no_length("log_softmax", use_length)
    return torch.log_softmax(data, axis, None if dtype is None else TORCH[dtype])


@op("softmin", told=_told_softmax)
def softmin(
    data: Tensor,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: Literal["float16", "float32", "float64"] | None = None,
    use_length: bool | None = False,
) -> Tensor:
    """exp(-data / temperature), scaled to sum to one along ``axis``.

    Attrs:   dtype, that of the output, data's if None; use_length must be False, there is no input of lengths
    Outputs: like data
    Raises:  ArgumentError if use_length is set
    Source:  behaviour of MXNet 1.9.1
    """
    _no_length("softmin", use_length)
    data = -data if temperature is None else data / -temperature
    return torch.softmax(data, axis, None if dtype is None else TORCH[dtype])


def _told_activation(data: Shape, *, mode: str) -> Shape | None:
    return result_shapes.of_rank(1 if mode == "instance" else 3, data)


@op("SoftmaxActivation", told=_told_activation)
def softmax_activation(data: Tensor, *, mode: Literal["channel", "instance"] = "instance") -> Tensor:
    """Softmax over the last axis, or over the channels of each position.

    Inputs:  data (..., K), or (N, C, ...) of three dimensions at least for mode channel
    Outputs: like data
    Raises:  ShapeError if data has too few dimensions
    Source:  behaviour of MXNet 1.9.1 on CPUs, whose gradient, however, is that of a softmax over all axes but the first
    """
    if mode == "instance":
        return torch.softmax(data, -1)
    if data.dim() < 3:
        raise ShapeError(
            f"SoftmaxActivation: data has shape {tuple(data.shape)}, expected at least 3 dimensions with mode=channel"
        )
    return torch.softmax(data, 1)
