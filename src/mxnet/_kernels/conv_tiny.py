"""Convolutions so small that oneDNN takes longer to begin than another kernel takes for all."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mxnet._ops import Shape

_MOST, _MOST_WEIGHTS = 1 << 19, 1 << 14
"""Multiplications, at a stride of one, and weights: with half a million the two take the same time, with a few thousand
oneDNN takes three times as long. Many weights, for few pixels, are read faster by oneDNN.
"""


def tiny(data: Shape, weight: Shape, groups: int, dilate: Shape) -> bool:
    """Whether a convolution of float32 (N, C, H, W) on a CPU is for :func:`convolve_tiny`."""
    taps = weight[0] * weight[2] * weight[3]
    if not 0 < math.prod(data) * taps <= _MOST or weight[1] * taps > _MOST_WEIGHTS:
        return False
    return groups == 1 and (not dilate or dilate[0] == dilate[1] == 1)


def convolve_tiny(data: Tensor, weight: Tensor, bias: Tensor | None, stride: Shape, pad: Shape) -> Tensor:
    """The convolution, which can be differentiated twice."""
    window = weight.shape[2:], bias, stride or (1, 1), pad or (0, 0)
    return torch._C._nn.thnn_conv2d(  # type: ignore[attr-defined, no-any-return]
        in_plain_order(data), in_plain_order(weight), *window
    )


def gradient_of_data(grad: Tensor, data: Tensor, weight: Tensor, stride: Shape, pad: Shape) -> Tensor:
    """The gradient of ``data``, by the same kernel."""
    window = weight.shape[2:], stride, pad, (True, False, False)
    made: Tensor = torch.ops.aten._slow_conv2d_backward(grad, in_plain_order(data), in_plain_order(weight), *window)[0]
    return made


def in_plain_order(t: Tensor) -> Tensor:
    """``t``, four axes, with the strides of its shape.

    With others the kernel fails, or computes something else, even those of axes that are one long.
    """
    _, c, h, w = t.shape
    return t if t.stride() == (c * h * w, h * w, w, 1) else t.contiguous().view(-1).view(t.shape)
