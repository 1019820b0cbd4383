"""The windows that slide over images, as the columns of a matrix, and back."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._kernels.spatial import check_dims, check_floats
from mxnet._ops import Shape, op


class Windows(NamedTuple):
    """Where windows lie that slide over spatial axes, one number for each axis."""

    stride: Shape
    dilate: Shape
    pad: Shape
    out: Shape


def windows(who: str, sizes: Sequence[int], kernel: Shape, stride: Shape, dilate: Shape, pad: Shape) -> Windows:
    """Attributes of a convolution over ``sizes``, with their defaults, and the number of windows along each axis.

    Raises:
        ArgumentError: kernel has not 1 to 3 numbers, one an axis, another one not as many, or one of them is too small.
        ShapeError: the kernel is larger than the image with its margins.
    """
    if not 1 <= len(kernel) <= 3 or len(sizes) != len(kernel) or min(kernel) < 1:
        raise ArgumentError(
            f"{who}: kernel is {kernel}, expected positive numbers, one for each of the {len(sizes)} spatial axes, 3 "
            "at most"
        )
    ones = (1,) * len(kernel)
    stride, dilate, pad = stride or ones, dilate or ones, pad or (0,) * len(kernel)
    for name, value, least in (("stride", stride, 1), ("dilate", dilate, 1), ("pad", pad, 0)):
        if len(value) != len(kernel) or min(value) < least:
            raise ArgumentError(
                f"{who}: {name} is {value}, expected {len(kernel)} numbers of at least {least}, as many as kernel has"
            )
    out = []
    for x, k, s, d, p in zip(sizes, kernel, stride, dilate, pad, strict=True):
        if d * (k - 1) + 1 > x + 2 * p:
            raise ShapeError(
                f"{who}: kernel {kernel} with dilate={dilate} exceeds the image {tuple(sizes)} with pad={pad}"
            )
        out.append((x + 2 * p - d * (k - 1) - 1) // s + 1)
    return Windows(stride, dilate, pad, tuple(out))


def _slices(kernel: int, stride: int, dilate: int, out: int, like: Tensor) -> Tensor:
    """Indices (kernel * out) of the padded first axis, that meet each place of the kernel in each window."""
    first = torch.arange(kernel, device=like.device).unsqueeze(1) * dilate
    return (first + torch.arange(out, device=like.device) * stride).view(-1)


class _WindowsCopied(torch.autograd.Function):
    """A copy of the windows as one strided view: several times faster than torch's own on CPUs."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, kernel: Shape, dilate: Shape, pad: Shape, stride: Shape, out: Shape) -> Tensor:
        ctx.fold = tuple(data.shape[2:]), kernel, dilate, pad, stride
        data = F.pad(data, (pad[1], pad[1], pad[0], pad[0])).contiguous()
        n, c, y, x = data.stride()
        sizes = (*data.shape[:2], *kernel, *out)
        view = data.as_strided(sizes, (n, c, y * dilate[0], x * dilate[1], y * stride[0], x * stride[1]))
        return view.reshape(data.shape[0], data.shape[1] * math.prod(kernel), math.prod(out))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        return _added(grad, *ctx.fold), None, None, None, None, None


def _added(columns: Tensor, size: Shape, kernel: Shape, dilate: Shape, pad: Shape, stride: Shape) -> Tensor:
    """Images from their windows, which overlap as sums: an addition for each place of the kernel.

    torch's own takes three times as long on CPUs.
    """
    out = [
        (x + 2 * p - d * (k - 1) - 1) // s + 1 for x, k, d, p, s in zip(size, kernel, dilate, pad, stride, strict=True)
    ]
    parts = columns.reshape(columns.shape[0], -1, *kernel, *out)
    image = columns.new_zeros(*parts.shape[:2], *(x + 2 * p for x, p in zip(size, pad, strict=True)))
    for i, j in itertools.product(*map(range, kernel)):
        top, left = i * dilate[0], j * dilate[1]
        down, right = top + out[0] * stride[0], left + out[1] * stride[1]
        image[:, :, top : down : stride[0], left : right : stride[1]] += parts[:, :, i, j]
    return image[:, :, pad[0] : pad[0] + size[0], pad[1] : pad[1] + size[1]].contiguous()


@op("im2col")
def im2col(data: Tensor, *, kernel: Shape, stride: Shape = (), dilate: Shape = (), pad: Shape = ()) -> Tensor:
    """Windows that slide over images, as the columns of a matrix.

    Inputs:  data (N, C, ...) float, with 1 to 3 spatial axes
    Attrs:   as of Convolution: stride and dilate are 1 and pad is 0 where not given
    Outputs: (N, C * product of kernel, number of windows)
    Raises:  ShapeError if kernel exceeds data; ArgumentError; DTypeError
    Source:  behaviour of MXNet 1.9.1, in which one and three axes fail
    """
    check_floats("im2col", data=data)
    stride, dilate, pad, out = windows("im2col", data.shape[2:], kernel, stride, dilate, pad)
    if len(kernel) == 1:
        return F.unfold(data.unsqueeze(2), (1, *kernel), (1, *dilate), (0, *pad), (1, *stride))
    if len(kernel) == 2:
        if data.is_cpu:
            copied: Tensor = _WindowsCopied.apply(data, kernel, dilate, pad, stride, out)
            return copied
        return F.unfold(data, kernel, dilate, pad, stride)
    batch, channels = data.shape[:2]
    planes = F.pad(data, (0, 0, 0, 0, pad[0], pad[0]))
    planes = planes.index_select(2, _slices(kernel[0], stride[0], dilate[0], out[0], data)).transpose(1, 2)
    columns = F.unfold(planes.flatten(0, 1), kernel[1:], dilate[1:], pad[1:], stride[1:])
    columns = columns.view(batch, kernel[0], out[0], channels, kernel[1] * kernel[2], out[1] * out[2])
    return columns.permute(0, 3, 1, 4, 2, 5).reshape(batch, channels * math.prod(kernel), math.prod(out))


@op("col2im")
def col2im(
    data: Tensor, *, output_size: Shape, kernel: Shape, stride: Shape = (), dilate: Shape = (), pad: Shape = ()
) -> Tensor:
    """Put the columns of im2col back in their places, where windows overlap as sums: the gradient of im2col.

    Inputs:  data (N, C * product of kernel, number of windows) float
    Attrs:   output_size, of the 1 to 3 spatial axes; the others as of im2col
    Outputs: (N, C, *output_size)
    Raises:  ShapeError if data does not have the columns of such an image; ArgumentError; DTypeError
    Source:  behaviour of MXNet 1.9.1, in which one and three axes fail
    """
    check_floats("col2im", data=data)
    check_dims("col2im", "data", data, "N C*kernel windows")
    stride, dilate, pad, out = windows("col2im", output_size, kernel, stride, dilate, pad)
    batch, rows, count = data.shape
    if rows % math.prod(kernel) or count != math.prod(out):
        raise ShapeError(
            f"col2im: data has shape {tuple(data.shape)}, expected (N, a multiple of {math.prod(kernel)}, "
            f"{math.prod(out)}) from output_size={output_size} and kernel={kernel}"
        )
    if len(kernel) == 1:
        return F.fold(data, (1, *output_size), (1, *kernel), (1, *dilate), (0, *pad), (1, *stride)).squeeze(2)
    if len(kernel) == 2:
        return F.fold(data, output_size, kernel, dilate, pad, stride)
    channels = rows // math.prod(kernel)
    columns = data.reshape(batch, channels, kernel[0], kernel[1] * kernel[2], out[0], out[1] * out[2])
    columns = columns.permute(0, 2, 4, 1, 3, 5).reshape(-1, channels * kernel[1] * kernel[2], out[1] * out[2])
    planes = F.fold(columns, output_size[1:], kernel[1:], dilate[1:], pad[1:], stride[1:])
    planes = planes.view(batch, kernel[0] * out[0], channels, *output_size[1:]).transpose(1, 2)
    image = data.new_zeros(batch, channels, output_size[0] + 2 * pad[0], *output_size[1:])
    image = image.index_add(2, _slices(kernel[0], stride[0], dilate[0], out[0], data), planes)
    return image[:, :, pad[0] : pad[0] + output_size[0]].contiguous()
