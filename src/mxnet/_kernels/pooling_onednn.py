"""Pooling by oneDNN: when it is possible and faster than what torch does by itself, and its gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._kernels.windows import Windows
from mxnet._ops import Shape

_ONEDNN = torch.backends.mkldnn.is_available()
_BLOCK = 16
"""The channels that oneDNN takes at a time, and the length of a row whose loop costs as much to call as to run."""


class Maxima(torch.autograd.Function):
    """Max pooling of large images of finite numbers, to be differentiated: faster still by a seventh to a third."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, kernel: Shape, stride: Shape, pad: Shape, ceil: bool) -> Tensor:
        with torch.enable_grad():  # else places are not kept
            out = torch.max_pool2d(data.detach().to_mkldnn().requires_grad_(), kernel, stride, pad, 1, ceil).detach()
        ctx.save_for_backward(data, out)
        ctx.window = kernel, stride, pad, (1, 1), ceil
        return out.to_dense()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        data, out = ctx.saved_tensors
        if torch.is_grad_enabled():  # the gradient may be differentiated again, which torch's own can be
            places = torch.ops.aten.max_pool2d_with_indices(data.detach(), *ctx.window)[1]
            scatter = torch.ops.aten.max_pool2d_with_indices_backward
            return scatter(grad, data.detach(), *ctx.window, places), None, None, None, None
        like = torch.empty(data.shape, dtype=data.dtype, layout=out.layout)  # for its form alone
        made: Tensor = torch.ops.aten.mkldnn_max_pool2d_backward(grad.contiguous().to_mkldnn(), out, like, *ctx.window)
        return made.to_dense(), None, None, None, None


def is_faster(data: Tensor, kernel: Shape, windows: Windows) -> bool:
    """Whether oneDNN is faster still, up to four times, although torch copies the data and the result for it.

    It is where windows overlap, and rows are short or would have to be copied anyway for their margins.
    """
    if not is_possible(data, windows):
        return False
    short = _BLOCK
    if any(map(any, windows.margins)):
        short *= 4 if data.dim() == 4 and max(windows.stride) > 1 else 2
    return data.shape[-1] <= short and any(k > s for k, s in zip(kernel, windows.stride, strict=True))


def is_possible(data: Tensor, windows: Windows) -> bool:
    """Whether oneDNN can do it, without padding the channels by much."""
    return _ONEDNN and windows.native and data.dim() > 3 and data.shape[1] >= _BLOCK and data.dtype is torch.float32


def within_padding(windows: Windows) -> bool:
    """Whether no window ends beyond the padding, where oneDNN counts elements and 1.9.1 does not."""
    return all(right <= pad for pad, (_, right) in zip(windows.pad, windows.margins, strict=True))


def all_finite(data: Tensor) -> bool:
    """Whether all are finite numbers, as far as their sum tells: oneDNN ignores NaN."""
    return math.isfinite(data.detach().sum().item())


def run(data: Tensor, pool: Callable[..., Tensor], *attributes: Any) -> Tensor:
    """``pool`` by oneDNN, which knows its own arrays by their layout."""
    return pool(data.to_mkldnn(), *attributes).to_dense()


class Means(torch.autograd.Function):
    """``avg_pool2d`` or ``avg_pool3d`` by oneDNN, differentiable more than once."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, *window: Any) -> Tensor:
        ctx.shape, ctx.window = data.shape, window
        return run(data, F.avg_pool2d if data.dim() == 4 else F.avg_pool3d, *window)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        return _MeansGradient.apply(grad, ctx.shape, *ctx.window), *[None] * len(ctx.window)


class _MeansGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, grad: Tensor, shape: Shape, *window: Any) -> Tensor:
        ctx.window, grad = window, grad.contiguous().to_mkldnn()
        like = torch.empty(shape, dtype=grad.dtype, layout=grad.layout)  # for its form alone
        spread = torch.ops.aten.avg_pool2d_backward if grad.dim() == 4 else torch.ops.aten.avg_pool3d_backward
        return cast(Tensor, spread(grad, like, *window, None)).to_dense()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        return Means.apply(grad.contiguous(), *ctx.window), None, *[None] * len(ctx.window)
