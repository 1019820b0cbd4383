"""Correlation of two feature maps."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._kernels.spatial import check_dims, check_floats
from mxnet._ops import Count, Positive, Shape, op


def _told_correlation(
    data1: Shape,
    data2: Shape,
    *,
    kernel_size: int,
    max_displacement: int,
    stride1: int,
    stride2: int,
    pad_size: int,
    **_: Any,
) -> Shape | None:
    if data1 != data2 or len(data1) != 4 or kernel_size % 2 == 0:
        return None
    height, width = (n + 2 * (pad_size - max_displacement) - kernel_size for n in data1[2:])
    if min(height, width) < 0:
        return None
    displacements = 2 * (max_displacement // stride2) + 1
    return data1[0], displacements**2, height // stride1 + 1, width // stride1 + 1


@op("Correlation", outputs=("output", "tmp1", "tmp2"), visible=1, told=_told_correlation)
def correlation(
    data1: Tensor,
    data2: Tensor,
    *,
    kernel_size: Positive = 1,
    max_displacement: Count = 1,
    stride1: Positive = 1,
    stride2: Positive = 1,
    pad_size: Count = 0,
    is_multiply: bool = True,
) -> tuple[Tensor, ...]:
    """Compare every patch of ``data1`` with those of ``data2`` in its neighbourhood.

    Inputs:  data1 and data2, both (N, C, H, W), of one floating point dtype
    Attrs:   kernel_size, of the square patches, odd; max_displacement, how far in pixels the neighbourhood reaches;
             stride1, step between patches of data1; stride2, between those of data2; pad_size, zeros around both;
             is_multiply, whether patches are compared by the mean of products, or of absolute differences
    Outputs: (N, D * D, h, w), D = 2 (max_displacement // stride2) + 1 displacements along each axis, x fastest; h and
             w are (size + 2 pad_size - 2 max_displacement - kernel_size) // stride1 + 1
    Raises:  ShapeError if the shapes differ (1.9.1 reads beyond the smaller one), or no patch fits; ArgumentError if
             kernel_size is even; DTypeError
    Source:  FlowNet, arXiv:1504.06852; behaviour of MXNet 1.9.1, in which the absolute value has the slope 1 at zero
    """
    who = "Correlation"
    check_dims(who, "data1", data1, "N C H W")
    check_floats(who, data1=data1, data2=data2)
    if data1.shape != data2.shape:
        raise ShapeError(
            f"{who}: data1 has shape {tuple(data1.shape)} and data2 {tuple(data2.shape)}, expected the same"
        )
    if kernel_size % 2 == 0:
        raise ArgumentError(f"{who}: kernel_size is {kernel_size}, expected an odd number")
    height, width = (n + 2 * (pad_size - max_displacement) for n in data1.shape[2:])
    if min(height, width) < kernel_size:
        raise ShapeError(
            f"{who}: no patch of kernel_size={kernel_size} fits in data {tuple(data1.shape)} with pad_size={pad_size} "
            f"and max_displacement={max_displacement}; enlarge pad_size"
        )
    # for single pixels the patches that stride1 skips need not be computed at all
    step = stride1 if kernel_size == 1 else 1
    margins = (pad_size,) * 4
    one, two = F.pad(data1, margins), F.pad(data2, margins)
    one = one[
        :, :, max_displacement : max_displacement + height : step, max_displacement : max_displacement + width : step
    ]
    radius = max_displacement // stride2 * stride2
    shifts = range(max_displacement - radius, max_displacement + radius + 1, stride2)
    maps = []
    for y in shifts:
        for x in shifts:
            patch = two[:, :, y : y + height : step, x : x + width : step]
            if is_multiply:
                compared = one * patch
            else:
                difference = one - patch
                compared = torch.where(difference >= 0, difference, -difference)
            maps.append(compared.mean(1))
    out = torch.stack(maps, 1)
    return (out if kernel_size == 1 else F.avg_pool2d(out, kernel_size, stride1),)
