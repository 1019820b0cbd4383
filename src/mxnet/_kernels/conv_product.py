"""Convolutions of few positions and many weights, as products of matrices.

Near its end a network has hundreds of channels and a handful of pixels. Convolution kernels first put all weights into
an order of their own, once forward and twice backward, which then takes longer than the convolution. In training the
weights are multiplied as they are, with one row for each position of all that the kernel meets. In inference weights
can be kept in the order of taps, and then what the kernel meets outside of an image is not multiplied at all.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mxnet._ops import Shape

_MOST_ROWS = 256
"""With more positions than this in a batch, a kernel of one pixel is left to oneDNN."""


def small(data: Tensor, weight: Tensor) -> bool:
    """Whether there are more weights than values, so that reordering the weights takes most of the time."""
    return weight.numel() >= data.numel()


def as_product(
    data: Tensor, weight: Tensor, bias: Tensor | None, stride: Shape, pad: Shape, dilate: Shape
) -> Tensor | None:
    """The convolution of ``data`` (N, C, H, W) over all channels; None where this is not the way to do it."""
    down, across = axes(data.shape, weight.shape, stride or (1, 1), pad or (0, 0), dilate or (1, 1))
    rows = data.shape[0] * down.positions * across.positions
    if rows <= 0 or down.positions < 1:
        return None
    if weight[0, 0].numel() == 1 and not any(pad):
        if rows > _MOST_ROWS:
            return None
        pixels = data[:, :, :: down.stride, :: across.stride].permute(0, 2, 3, 1)
        return torch.nn.functional.linear(pixels, weight.flatten(1), bias).permute(0, 3, 1, 2)
    if 2 * rows > weight.shape[0]:  # the columns would be as much to write as the weights in another order
        return None
    made: Tensor = _Columns.apply(data, weight, down, across)
    return made if bias is None else made + bias.view(-1, 1, 1)


def axes(data: Shape, weight: Shape, stride: Shape, pad: Shape, dilate: Shape) -> tuple[Axis, Axis]:
    """How kernel and image meet, down and across."""
    down, across = (Axis(*numbers) for numbers in zip(data[2:], weight[2:], stride, pad, dilate, strict=True))
    return down, across


def products(data: Tensor, taps: Tensor, down: Axis, across: Axis) -> Tensor:
    """The convolution of ``data`` (N, C, H, W), with the weights as of ``taps_first``."""
    images = _positions_first(data)
    made = images.new_zeros((down.positions, across.positions, data.shape[0], taps.shape[1]))
    for tap, where, pixels in _meetings(down, across):
        _add_product(made[where], _rows(images[pixels]), taps[tap].t())
    return _channels_last(made)


class Axis(NamedTuple):
    size: int
    kernel: int
    stride: int
    pad: int
    dilate: int

    @property
    def positions(self) -> int:
        return (self.size + 2 * self.pad - self.dilate * (self.kernel - 1) - 1) // self.stride + 1

    def meeting(self, tap: int) -> tuple[slice, slice] | None:
        """The positions at which a tap of the kernel is on the image, and the pixels there."""
        first = tap * self.dilate - self.pad
        start = max(0, -(first // self.stride))
        stop = min(self.positions, (self.size - 1 - first) // self.stride + 1)
        if start >= stop:
            return None
        pixel = start * self.stride + first
        return slice(start, stop), slice(pixel, pixel + (stop - start - 1) * self.stride + 1, self.stride)


@lru_cache(maxsize=256)
def _meetings(down: Axis, across: Axis) -> list[tuple[int, tuple[slice, slice], tuple[slice, slice]]]:
    """For each tap that is ever on the image: its number, and where it meets which pixels."""
    found = []
    for i in range(down.kernel):
        for j in range(across.kernel):
            rows, columns = down.meeting(i), across.meeting(j)
            if rows and columns:
                found.append((i * across.kernel + j, (rows[0], columns[0]), (rows[1], columns[1])))
    return found


class _Columns(torch.autograd.Function):
    """One product of all that the kernel meets at a position, in a row of its own, with the weights as they are."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, weight: Tensor, down: Axis, across: Axis) -> Tensor:
        columns = data.new_zeros((data.shape[0], down.positions, across.positions, data.shape[1], weight[0, 0].numel()))
        images = data.permute(0, 2, 3, 1)
        for tap, (row, column), (y, x) in _meetings(down, across):
            columns[:, row, column, :, tap] = images[:, y, x]
        columns = columns.flatten(3)
        ctx.save_for_backward(data, weight, columns)
        ctx.axes = down, across
        return torch.nn.functional.linear(columns, weight.flatten(1)).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        data, weight, columns = ctx.saved_tensors
        down, across = ctx.axes
        for_data, for_weight = ctx.needs_input_grad[:2]
        if torch.is_grad_enabled():  # the gradient may be differentiated again, which torch's own can be
            stride, pad, dilate = zip(down[2:], across[2:], strict=True)
            wanted = [for_data, for_weight, False]
            made = torch.ops.aten.convolution_backward(
                grad, data, weight, None, stride, pad, dilate, False, (0, 0), 1, wanted
            )
            return made[0], made[1], None, None
        grads, images, products = grad.permute(0, 2, 3, 1).flatten(0, 2), None, None
        if for_data:
            met = torch.mm(grads, weight.flatten(1)).view(*columns.shape[:3], weight.shape[1], -1)
            images = grad.new_zeros((len(data), down.size, across.size, weight.shape[1]))
            for tap, (row, column), (y, x) in _meetings(down, across):
                images[:, y, x] += met[:, row, column, :, tap]
            images = images.permute(0, 3, 1, 2)
        if for_weight:
            products = torch.mm(grads.t(), columns.flatten(0, 2)).view(weight.shape)
        return images, products, None, None


def _positions_first(images: Tensor) -> Tensor:
    """(N, C, H, W) as (H, W, N, C), in memory too."""
    return images.permute(2, 3, 0, 1).contiguous()


def _channels_last(images: Tensor) -> Tensor:
    """(H, W, N, C) as (N, C, H, W), with the channels last in memory, as what follows wants them."""
    return images.permute(2, 0, 1, 3).contiguous().permute(0, 3, 1, 2)


def _rows(images: Tensor) -> Tensor:
    return images.reshape(-1, images.shape[-1])


def _add_product(to: Tensor, left: Tensor, right: Tensor) -> None:
    if to.is_contiguous():
        to.view(-1, to.shape[-1]).addmm_(left, right)
    else:
        to += torch.mm(left, right).view(to.shape)


def taps_first(weight: Tensor) -> Tensor:
    """(O, C, H, W) as (H W, O, C), in memory too, by a product with the unit matrix: copies with strides are slower."""
    taps = weight[0, 0].numel()
    flat = weight.reshape(-1, taps).t()
    return torch.mm(_unit(taps, weight), flat).view(taps, *weight.shape[:2])


def _unit(size: int, like: Tensor) -> Tensor:
    return torch.eye(size, dtype=like.dtype, device=like.device)
