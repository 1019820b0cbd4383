"""Where the channels are: in the shape, by layouts, and in memory, where compiled programs let convolutions choose."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._ops import Shape
from mxnet._runtime.copies import in_order
from mxnet._runtime.state import state


def channels_first(data: Tensor) -> Tensor:
    """(N, ..., C) as (N, C, ...): a view."""
    return data.movedim(-1, 1)


def channels_last(data: Tensor) -> Tensor:
    """(N, C, ...) as (N, ..., C), in memory too."""
    return in_order(data.movedim(1, -1))


def per_axis(who: str, name: str, value: Shape, axes: int, default: int) -> Shape:
    """An attribute of one number for each spatial axis, all ``default`` where it is not given."""
    if not value:
        return (default,) * axes
    if len(value) != axes:
        raise ArgumentError(f"{who}: {name} is {value}, expected {axes} numbers, as many as kernel has")
    return value


def check_layout(who: str, data: Tensor, kernel: Shape, layout: str | None) -> None:
    if not 1 <= len(kernel) <= 3 or data.dim() != len(kernel) + 2 or (layout and len(layout) != data.dim()):
        check_axes(who, tuple(data.shape), kernel, layout)


def check_axes(who: str, shape: Shape, kernel: Shape, layout: str | None) -> None:
    """Refuse data of another number of axes than the kernel's and two."""
    if not 1 <= len(kernel) <= 3 or len(shape) != len(kernel) + 2 or (layout and len(layout) != len(shape)):
        expected = f"{len(kernel) + 2} dimensions as {layout or 'batch, channel and one for each of kernel'}"
        raise ShapeError(f"{who}: data has shape {shape}, expected {expected}, with kernel={kernel} of 1 to 3 numbers")


def channels_in_memory_last(data: Tensor) -> Tensor:
    """Images (N, C, H, W) with the same values, of strides that make oneDNN compute with channels last.

    That is a third faster, including the gradient. What follows, such as pooling, keeps these strides and gains too.
    """
    if data.shape[1] > 1:
        return in_order(data.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    # torch takes a single channel to be first unless the strides are exactly these
    n, _, height, width = data.shape
    return data.reshape(n, height, width, 1).permute(0, 3, 1, 2)


def gapless(data: Tensor) -> Tensor:
    """``data``, or a copy if it is part of another tensor: for kernels of torch that work well only on whole tensors.

    Others they read number by number, at half the speed, and add up naively. Channels stay where they are in memory.
    """
    if data.is_contiguous() or (data.dim() == 4 and data.is_contiguous(memory_format=torch.channels_last)):
        return data
    return channels_in_memory_last(data) if data.dim() == 4 and data.stride(1) == 1 else in_order(data)


class _GradientInOrder(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, out: Tensor) -> Tensor:
        return out.view_as(out)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:  # type: ignore[override]
        return grad.contiguous(memory_format=torch.channels_last)


def gradient_in_order(out: Tensor) -> Tensor:
    """``out``, whose gradient will have the same order in memory.

    The gradient of a flattening or of a mean has channels first, and torch's kernels that meet both orders are up to
    twenty times slower.
    """
    if state.any_strides and out.requires_grad and out.dim() == 4 and not out.is_contiguous():
        made: Tensor = _GradientInOrder.apply(out)
        return made
    return out
