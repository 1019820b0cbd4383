"""Channels last in memory: what compiled programs let convolutions choose, and what follows them must keep."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mxnet._runtime.state import state


def channels_in_memory_last(data: Tensor) -> Tensor:
    """Images (N, C, H, W) with the same values, of strides that make oneDNN compute with channels last.

    That is a third faster, gradient included. What follows, pooling say, keeps these strides and gains too.
    """
    if data.shape[1] > 1:
        return data.contiguous(memory_format=torch.channels_last)
    # torch takes one channel to be first unless the strides are exactly those
    n, _, height, width = data.shape
    return data.reshape(n, height, width, 1).permute(0, 3, 1, 2)


class _GradientInOrder(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, out: Tensor) -> Tensor:
        return out.view_as(out)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:  # type: ignore[override]
        return grad.contiguous(memory_format=torch.channels_last)


def gradient_in_order(out: Tensor) -> Tensor:
    """``out``, whose gradient will lie in memory as it does.

    The gradient of a flattening or of a mean has channels first, and torch's kernels that meet both orders are up to
    twenty times slower.
    """
    if state.any_strides and out.requires_grad and out.dim() == 4 and not out.is_contiguous():
        made: Tensor = _GradientInOrder.apply(out)
        return made
    return out
