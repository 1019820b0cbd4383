"""Local response normalisation."""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch import Tensor

from mxnet._kernels import result_shapes
from mxnet._ops import Positive, op


@op("LRN", outputs=("output", "tmp_norm"), visible=1, told=functools.partial(result_shapes.of_rank, 2))
def lrn(
    data: Tensor,
    *,
    alpha: float = 9.99999975e-05,
    beta: float = 0.75,
    knorm: float = 2.0,
    nsize: Positive,
) -> tuple[Tensor, ...]:
    """Local response normalisation: divide by a power of the mean square over ``nsize`` neighbouring channels.

    Inputs:  data (N, C, ...)
    Outputs: data / (knorm + alpha * (sum of squares) / nsize) ** beta, like data. With an even nsize the sum has one
             channel less, as many on either side
    Source:  Krizhevsky et al., NIPS 2012; behaviour of MXNet 1.9.1
    """
    reach, scale = (nsize - 1) // 2, alpha / nsize
    if data.requires_grad or not data.is_cpu:
        sums = torch.add(data.new_tensor(knorm), _ChannelWindow.apply(data * data, reach), alpha=scale)
        if beta != 0.75:
            return (data * sums.pow(-beta),)
        root = sums.rsqrt()  # that of the paper, and of most networks; roots are several times faster than powers
        return (data * (root * root.sqrt()),)
    out = data.new_empty(data.shape)
    if data.numel():
        rows, channels = data.shape[:2]
        _normalise(data.reshape(rows, channels, -1), out.view(rows, channels, -1), 2 * reach + 1, knorm, scale, beta)
    return (out,)


_BLOCK = 1 << 18
"""Elements that a thread normalises at a time: with their sums, what the caches hold of a core's share."""


def _normalise(data: Tensor, out: Tensor, width: int, knorm: float, scale: float, beta: float) -> None:
    """Divide (N, C, K) by (knorm + scale * (sum of squares)) ** beta, block by block: a batch fits into no cache."""
    rows, channels, length = data.shape
    block = _BLOCK * torch.get_num_threads()
    span = _even(length, block // channels)
    count = _even(rows, block // (channels * span))
    part = data.new_full((), knorm / width)
    padded = data.new_full((count, channels + width - 1, span), knorm / width)
    squares = padded[:, width // 2 : width // 2 + channels]
    first, *others = (padded[:, shift : shift + channels] for shift in range(width))
    sums = data.new_empty(first.shape) if others else first
    for row in range(0, rows, count):
        row = min(row, rows - count)  # the last blocks begin within the one before
        for at in range(0, length, span):
            at = min(at, length - span)
            block_of = (slice(row, row + count), slice(None), slice(at, at + span))
            x = data[block_of]
            torch.addcmul(part, x, x, value=scale, out=squares)
            so_far = first
            for other in others:
                so_far = torch.add(so_far, other, out=sums)
            if beta == 0.75:  # that of the paper, and of most networks; roots are several times faster than powers
                sums.rsqrt_().rsqrt_().pow_(3)
            else:
                sums.pow_(beta)
            torch.div(x, sums, out=out[block_of])


def _even(size: int, most: int) -> int:
    """A size of parts, at most ``most``, such that parts differ little when ``size`` is cut into them."""
    parts = -(-size // max(most, 1))
    return -(-size // parts)


def _add_window(total: Tensor, data: Tensor, reach: int) -> Tensor:
    """Add to each channel the ``reach`` channels on either side."""
    for i in range(1, min(reach + 1, data.shape[1])):
        total[:, i:] += data[:, :-i]
        total[:, :-i] += data[:, i:]
    return total


class _ChannelWindow(torch.autograd.Function):
    """Sums over the ``reach`` channels on either side; its gradient is the same of the gradient."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, reach: int) -> Tensor:
        ctx.reach = reach
        return _add_window(data.clone(), data, reach)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        return _ChannelWindow.apply(grad, ctx.reach), None
