"""Convolutions of few positions and many weights, as products of matrices.

Where a network ends there are hundreds of channels and a handful of pixels. Convolution kernels put all weights in an
order of their own first, forward and twice backward, which then takes longer than the convolution. Forward alone they
are the faster ones still.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_MOST_ROWS = 256
"""Of more positions than that in a batch the columns cost more than the order of the weights."""
_MOST_PIXELS = 9
"""Of larger images than that too, unless a kernel of one pixel makes columns that are the image."""


def small(data: Tensor, weight: Tensor) -> bool:
    """Whether there are more weights than values: putting them in another order is what takes the time."""
    return weight.numel() >= data.numel()


def as_product(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: tuple[int, ...],
    pad: tuple[int, ...],
    dilate: tuple[int, ...],
) -> Tensor | None:
    """The convolution of ``data`` (N, C, H, W) over all channels; None where this is not the way to do it."""
    kernel = weight.shape[2:]
    stride, pad, dilate = stride or (1, 1), pad or (0, 0), dilate or (1, 1)
    height, width = (
        (size + 2 * p - d * (k - 1) - 1) // s + 1
        for size, k, s, p, d in zip(data.shape[2:], kernel, stride, pad, dilate, strict=True)
    )
    count = data.shape[0]
    if not 0 < count * height * width <= _MOST_ROWS or height < 1:
        return None
    if height * width > _MOST_PIXELS and max(kernel) > 1:
        return None
    columns = functional.unfold(data, tuple(kernel), dilate, pad, stride)
    rows = columns.transpose(1, 2).reshape(count * height * width, -1)
    made = torch.nn.functional.linear(rows, weight.reshape(weight.shape[0], -1), bias)
    return made.view(count, height, width, -1).permute(0, 3, 1, 2)
