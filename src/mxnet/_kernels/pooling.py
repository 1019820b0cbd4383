"""Pooling: maxima, means, sums and norms of windows that slide over an array."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError
from mxnet._kernels import pooling_onednn as onednn
from mxnet._kernels import result_shapes
from mxnet._kernels.layout import (
    channels_first,
    channels_in_memory_last,
    channels_last,
    check_layout,
    gradient_in_order,
    per_axis,
)
from mxnet._kernels.windows import Margins, Windows, WindowSum, combined, windows_of
from mxnet._ops import Shape, op
from mxnet._runtime.copies import in_order
from mxnet._runtime.dtypes import NAME

_MAX: dict[int, Callable[..., Tensor]] = {1: torch.max_pool1d, 2: torch.max_pool2d, 3: torch.max_pool3d}
_LARGE = 3 << 20
"""The number of elements from which oneDNN's maxima and gradients are worth checking that all numbers are finite."""


def _padded(data: Tensor, margins: Margins, value: float) -> Tensor:
    """``data`` with ``value`` around it, or cut, by margins below zero, where windows end before it does."""
    if not any(map(any, margins)):
        return data
    return F.pad(data, [n for pair in reversed(margins) for n in pair], value=value)


class _MaxChannelsLast(torch.autograd.Function):
    """Max pooling of contiguous images on the CPU, to be differentiated.

    torch's kernel is vectorised over channels only: with these last it is three to nine times faster, including copies.
    The gradient would then have them last too, which slows down what comes before by more than that gains.
    """

    @staticmethod
    def forward(ctx: Any, data: Tensor, kernel: Shape, stride: Shape, pad: Shape, ceil: bool) -> Tensor:
        last = channels_in_memory_last(data)
        out, places = torch.ops.aten.max_pool2d_with_indices(last, kernel, stride, pad, (1, 1), ceil)
        ctx.save_for_backward(data, places)
        ctx.window = kernel, stride, pad, (1, 1), ceil
        return in_order(out)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        data, places = ctx.saved_tensors
        like = torch.empty_like(data, memory_format=torch.channels_last)  # for its form alone
        scatter = torch.ops.aten.max_pool2d_with_indices_backward
        made = scatter(channels_in_memory_last(grad), like, *ctx.window, places)
        return in_order(made), None, None, None, None


def _by_axis(data: Tensor, kernel: Shape) -> bool:
    """Whether pooling one axis after the other is faster: on CPUs torch's is vectorised only for channels last."""
    return data.is_cpu and data.numel() >= 16384 and max(kernel) > 1 and data.is_contiguous()


def _max(data: Tensor, kernel: Shape, stride: Shape, pad: Shape, convention: str) -> Tensor:
    windows = windows_of(data.shape[2:], kernel, stride, pad, convention)
    stride, pad, _, margins, native = windows
    if not data.is_floating_point():  # with channels last torch counts places in the dtype of data
        data = data.contiguous()
    by_axis, ceil = _by_axis(data, kernel), convention == "full"
    if by_axis and not data.requires_grad:
        # oneDNN ignores NaN
        if onednn.is_faster(data, kernel, windows) and onednn.all_finite(data):
            return onednn.run(data, _MAX[len(kernel)], kernel, stride, pad, 1, ceil)
        return combined(data, kernel, stride, margins, _lowest(data.dtype), torch.maximum)
    pool = _MAX[len(kernel)]
    if not native:
        return pool(_padded(data, margins, _lowest(data.dtype)), kernel, stride)
    large = by_axis and data.dim() == 4 and data.numel() >= _LARGE
    if large and onednn.is_possible(data, windows) and onednn.all_finite(data):
        return cast(Tensor, onednn.Maxima.apply(data, kernel, stride, pad, ceil))
    if by_axis and data.dim() == 4 and data.shape[1] >= 8:
        return cast(Tensor, _MaxChannelsLast.apply(data, kernel, stride, pad, ceil))
    return pool(data, kernel, stride, pad, 1, ceil)


def _lowest(dtype: torch.dtype) -> float:
    return (torch.finfo(dtype) if dtype.is_floating_point else torch.iinfo(dtype)).min


def _avg_pool3d(data: Tensor, *window: Any) -> Tensor:
    if data.is_cpu and data.dtype in (torch.float16, torch.bfloat16):  # torch has none of them there
        return F.avg_pool3d(data.float(), *window).to(data.dtype)
    return F.avg_pool3d(data, *window)


def _sum(data: Tensor, kernel: Shape, stride: Shape, pad: Shape, convention: str) -> Tensor:
    """Sums over windows; outside of data there are zeros."""
    stride, pad, _, margins, native = windows_of(data.shape[2:], kernel, stride, pad, convention)
    if _by_axis(data, kernel):
        return cast(Tensor, WindowSum.apply(data, kernel, stride, margins))
    if not native:
        data, pad = _padded(data, margins, 0), (0,) * len(pad)
    ceil = native and convention == "full"
    if len(kernel) == 3:
        return _avg_pool3d(data, kernel, stride, pad, ceil, True, 1)
    if len(kernel) == 2:
        return F.avg_pool2d(data, kernel, stride, pad, ceil, True, 1)
    return F.avg_pool2d(data.unsqueeze(2), (1, *kernel), (1, *stride), (0, *pad), ceil, True, 1).squeeze(2)


def _average(data: Tensor, kernel: Shape, stride: Shape, pad: Shape, convention: str, with_pad: bool) -> Tensor:
    sizes = data.shape[2:]
    windows = windows_of(sizes, kernel, stride, pad, convention)
    if windows.native and not _by_axis(data, kernel):
        pool = (F.avg_pool1d, F.avg_pool2d, _avg_pool3d)[len(kernel) - 1]
        return pool(data, kernel, windows.stride, windows.pad, convention == "full", with_pad)
    if _by_axis(data, kernel) and onednn.within_padding(windows) and onednn.is_faster(data, kernel, windows):
        means = onednn.Means.apply(data, kernel, windows.stride, windows.pad, convention == "full", with_pad)
        return cast(Tensor, means)
    scale = _scale(data, _counts(sizes, kernel, windows, with_pad))
    if _by_axis(data, kernel):
        return cast(Tensor, WindowSum.apply(data, kernel, windows.stride, windows.margins, scale))
    return _sum(data, kernel, stride, pad, convention) * scale


@lru_cache(1024)
def _counts(sizes: Shape, kernel: Shape, windows: Windows, with_pad: bool) -> tuple[tuple[int, ...], ...]:
    """How many elements a window has along each axis: one number where all have as many."""
    made = []
    places = zip(sizes, kernel, windows.stride, windows.pad, windows.out, windows.margins, strict=True)
    for x, k, s, pad, o, (left, _) in places:
        low, high = (-left, x + pad) if with_pad else (0, x)
        counts = [max(min(j * s - left + k, high) - max(j * s - left, low), 1) for j in range(o)]
        made.append(tuple(counts if len(set(counts)) > 1 else counts[:1]))
    return tuple(made)


def _scale(data: Tensor, counts: tuple[tuple[int, ...], ...]) -> Tensor | float:
    """One over the number of elements of each window, one number if that is the same for all."""
    scale: Tensor | float = 1.0
    for axis, along in enumerate(counts, 1):
        if len(along) == 1:
            scale /= along[0]
        else:
            shares = torch.tensor([1 / n for n in along], dtype=data.dtype, device=data.device)
            scale = shares.view([-1] + [1] * (len(counts) - axis)) * scale
    return scale


def _root(total: Tensor, p: int) -> Tensor:
    """The p-th root, with a gradient of zero at zero."""
    if p == 1:
        return total
    zero = total == 0
    total = total.masked_fill(zero, 1)
    root = total.sqrt() if p == 2 else total.sign() * total.abs().pow(1 / p)
    return root.masked_fill(zero, 0)


def _global_pool(data: Tensor, pool_type: str, p: int) -> Tensor:
    axes = list(range(2, data.dim()))
    data = gradient_in_order(data)
    if pool_type == "max":
        if not data.requires_grad:  # four times as fast as with places, the first of which would get the gradient
            return data.amax(axes, keepdim=True)
        return data.flatten(2).max(2).values.reshape(data.shape[:2] + (1,) * len(axes))
    if pool_type == "avg":
        return data.mean(axes, keepdim=True)
    if pool_type == "sum":
        return data.sum(axes, keepdim=True)
    return _root(data.pow(p).sum(axes, keepdim=True), p)


def _pool(
    data: Tensor,
    kernel: Shape,
    pool_type: str,
    global_pool: bool,
    pooling_convention: str,
    stride: Shape,
    pad: Shape,
    p_value: int | None,
    count_include_pad: bool | None,
    layout: str | None,
) -> Tensor:
    axes = data.dim() - 2
    if not 1 <= axes <= 3 or (layout and len(layout) != axes + 2) or not (global_pool or len(kernel) == axes):
        check_layout("Pooling", data, kernel if kernel else (0,) * axes if global_pool else kernel, layout)
    if pool_type == "lp" and p_value not in (1, 2, 3):
        raise ArgumentError(f"Pooling: p_value is {p_value}, expected 1, 2 or 3 with pool_type='lp'")
    if pool_type != "max" and not data.is_floating_point():
        raise DTypeError(f"Pooling: data has dtype {NAME[data.dtype]}, expected a floating point type for {pool_type}")
    last = layout is not None and layout[-1] == "C"
    if last:
        data = channels_first(data)
    if global_pool:
        out = _global_pool(data, pool_type, p_value or 1)
        return channels_last(out) if last else out
    if pool_type == "max":
        out = _max(data, kernel, stride, pad, pooling_convention)
    elif pool_type == "avg":
        out = _average(data, kernel, stride, pad, pooling_convention, count_include_pad is not False)
    elif pool_type == "sum":
        out = _sum(data, kernel, stride, pad, pooling_convention)
    else:
        p = p_value or 1
        out = _root(_sum(data.pow(p), kernel, stride, pad, pooling_convention), p)
    return channels_last(out) if last else out


def _has_workspace(pool_type: str, kernel: Shape, layout: str | None) -> bool:
    """Whether 1.9.1 counts a second output, never seen, in symbol files."""
    return pool_type == "max" and len(kernel) > 0 and not (layout and layout[-1] == "C")


def _pooling_outputs(a: Any) -> tuple[str, ...]:
    return ("output", "workspace") if _has_workspace(a.pool_type, a.kernel, a.layout) else ("output",)


def _told_pooling(
    data: Shape,
    *,
    kernel: Shape,
    stride: Shape,
    pad: Shape,
    global_pool: bool,
    pooling_convention: str,
    layout: str | None = None,
    pool_type: str = "max",
    p_value: int | None = None,
    **_: Any,
) -> Shape | None:
    axes = len(data) - 2
    if not 1 <= axes <= 3 or 0 in data or (layout and (layout[-1] == "C" or len(layout) != len(data))):
        return None
    if pool_type == "lp" and p_value not in (1, 2, 3):
        return None
    if global_pool:
        return (*data[:2], *[1] * axes) if len(kernel) in (0, axes) else None
    if not kernel or pooling_convention == "same":
        return None
    sizes = result_shapes.slid(data[2:], kernel, stride, pad, up=pooling_convention == "full")
    return None if sizes is None else (*data[:2], *sizes)


@op("Pooling", outputs=_pooling_outputs, visible=1, told=_told_pooling)
def pooling(
    data: Tensor,
    *,
    kernel: Shape = (),
    pool_type: Literal["avg", "lp", "max", "sum"] = "max",
    global_pool: bool = False,
    cudnn_off: bool = False,
    pooling_convention: Literal["full", "same", "valid"] = "valid",
    stride: Shape = (),
    pad: Shape = (),
    p_value: int | None = None,
    count_include_pad: bool | None = None,
    layout: Literal["NCDHW", "NCHW", "NCW", "NDHWC", "NHWC", "NWC"] | None = None,
) -> Tensor | tuple[Tensor, ...]:
    """The maximum, mean, sum or p-norm of windows that slide over ``data``.

    Inputs:  data (N, C, ...), or (N, ..., C) in layouts that end in C, with 1 to 3 spatial axes
    Attrs:   stride is 1 and pad is 0 where not given; global_pool, one window over all, whatever kernel says;
             pooling_convention, the size of the output: valid (x + 2 pad - kernel) // stride + 1, full the same
             rounded up, same x / stride rounded up, all padding being after the data; p_value, 1 to 3, for lp;
             count_include_pad, whether padding counts in a mean (it does unless said); cudnn_off has no effect
    Outputs: (N, C, ...). Where a window lies wholly outside of data the maximum is the dtype's lowest number, and
             all others are zero
    Raises:  ShapeError if kernel does not fit data; ArgumentError
    Source:  behaviour of MXNet 1.9.1, in which ``same`` is for one axis and needs ``pad=(0, 0, 0)``
    """
    out = _pool(
        data, kernel, pool_type, global_pool, pooling_convention, stride, pad, p_value, count_include_pad, layout
    )
    return (out,) if _has_workspace(pool_type, kernel, layout) else out


@op("Pooling_v1")
def pooling_v1(
    data: Tensor,
    *,
    kernel: Shape = (),
    pool_type: Literal["avg", "max", "sum"] = "max",
    global_pool: bool = False,
    pooling_convention: Literal["full", "valid"] = "valid",
    stride: Shape = (),
    pad: Shape = (),
) -> Tensor:
    """Pooling of old symbol files: see Pooling, but padding is zeros for the greatest too, and counts in each mean."""
    if not global_pool:
        sides = per_axis("Pooling_v1", "pad", pad, data.dim() - 2, 0)
        data, pad = (_padded(data, tuple([(p, p) for p in sides]), 0) if any(sides) else data), ()
        if pool_type == "avg":
            total = _pool(data, kernel, "sum", False, pooling_convention, stride, pad, None, None, None)
            return total / math.prod(kernel)
    return _pool(data, kernel, pool_type, global_pool, pooling_convention, stride, pad, None, None, None)
