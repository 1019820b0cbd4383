"""Copies that lie in memory in the order of their axes, of tensors that do not, as after a transpose."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor

_SIMD = {4: torch.float32, 1: torch.uint8}  # by size: what torch's kernel that shuffles channels has vector code for
_MANY = 1 << 15
"""Below this many elements torch's own copy is as fast."""
_STRIP = 32
_LINES = 1 << 15
"""How much the caches near a core hold."""


def of_host(values: np.ndarray) -> Tensor:
    """``values``, numbers of a dtype that torch has, as a tensor in the order of their axes; shared if it can be.

    >>> of_host(np.ones((2, 1), ">i4")[:, ::-1])
    tensor([[1],
            [1]], dtype=torch.int32)
    """
    values = np.ascontiguousarray(values).reshape(values.shape)
    try:
        return torch.from_numpy(values)
    except ValueError:  # bytes in the other order; or an odd stride along an axis of size one, which NumPy ignores
        return torch.from_numpy(values.astype(values.dtype.newbyteorder("="), order="C", copy=True))


def in_order(view: Tensor) -> Tensor:
    """``view`` itself if it lies in memory in the order of its axes, else a copy that does."""
    return view if view.is_contiguous() else copied(view)


def copied(view: Tensor) -> Tensor:
    """A copy of ``view``, whatever its strides, in the order of its axes. It can be differentiated repeatedly.

    torch copies transposed matrices element by element. On CPUs the way taken here needs half the time, or a tenth of
    it where neighbours are a power of two apart.
    """
    way = _way(view) if view.is_cpu and view.numel() >= _MANY and view.stride(-1) > 1 else None
    if way is None:
        return view.clone(memory_format=torch.contiguous_format)
    if view.requires_grad and torch.is_grad_enabled():
        return cast(Tensor, _Copied.apply(view, way))
    return way(view)


def _way(view: Tensor) -> Callable[[Tensor], Tensor] | None:
    """How to copy ``view`` faster than torch's own copy does, if there is a way."""
    size = view.element_size()
    plan = _plan(view.shape, view.stride(), size) if size in _SIMD else None
    if plan is not None:
        return partial(_transposed, plan=plan)
    if view.shape[-1] >= 8 * _STRIP and view.stride(-1) * size % 1024 == 0:
        return _in_strips
    return None


def _in_strips(view: Tensor) -> Tensor:
    """A few elements of the last axis at a time: elements so far apart that all are kept in the same few lines of a
    cache push each other out, and torch is up to ten times slower."""
    out = view.new_empty(view.shape)
    for part, made in zip(view.split(_STRIP, -1), out.split(_STRIP, -1), strict=True):
        made.copy_(part)
    return out


class _Plan(NamedTuple):
    """Transpose ``batch`` matrices of ``rows`` and ``columns``; take what that makes as ``sizes``; permute to ``axes``.

    ``axes`` is empty where the last step has nothing to do.
    """

    batch: int
    rows: int
    columns: int
    sizes: tuple[int, ...]
    axes: tuple[int, ...]


@lru_cache(1024)
def _plan(shape: tuple[int, ...], strides: tuple[int, ...], size: int) -> _Plan | None:
    """How to copy by transposing matrices, if that is faster than torch's own copy."""
    strides = tuple([stride for stride, n in zip(strides, shape, strict=True) if n > 1])
    shape = tuple([n for n in shape if n > 1])
    order = sorted(range(len(shape)), key=lambda axis: -strides[axis])  # as they are in memory
    filled = 1
    for axis in reversed(order):
        if strides[axis] != filled:
            return None
        filled *= shape[axis]
    # the last axes are to become the innermost
    begin = order.index(len(shape) - 1)
    end = begin + 1
    while begin and order[begin - 1] == order[begin] - 1:
        begin -= 1
    if end == len(order):
        return None
    kept = order[:begin] + order[end:] + order[begin:end]
    axes: tuple[int, ...] = ()
    if kept != list(range(len(kept))):  # two passes: where torch would read each line of memory many times
        far = math.prod(shape[order[-1] + 1 :]) > _LINES
        collide = shape[-1] >= 32 and strides[-1] * size % 4096 == 0
        if not far and not collide:
            return None
        axes = tuple([kept.index(axis) for axis in range(len(kept))])
    batch, rows = (
        math.prod([shape[axis] for axis in order[:begin]]),
        math.prod([shape[axis] for axis in order[begin:end]]),
    )
    return _Plan(batch, rows, filled // (batch * rows), tuple([shape[axis] for axis in kept]), axes)


def _transposed(view: Tensor, plan: _Plan) -> Tensor:
    batch, rows, columns, sizes, axes = plan
    count = rows * columns
    # the kernel transposes the (groups, channels of a group) of each pixel, if the channels are last
    pixels = view.view(_SIMD[view.element_size()]).as_strided((batch, count, 1, 1), (count, 1, count, count))
    made = torch.ops.aten.native_channel_shuffle(pixels, rows).view(view.dtype).permute(0, 2, 3, 1)
    return (made.view(sizes).permute(axes).contiguous() if axes else made).view(view.shape)


class _Copied(torch.autograd.Function):
    """A copy that torch has no gradient of. Its gradient is passed on, in the order in memory that ``view`` has."""

    @staticmethod
    def forward(ctx: Any, view: Tensor, way: Callable[[Tensor], Tensor]) -> Tensor:
        strides = view.stride()
        ctx.order = sorted(range(view.dim()), key=lambda axis: -strides[axis])
        return way(view)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        if not grad.is_contiguous():  # ones that share their memory
            return grad, None
        order = ctx.order
        return copied(grad.permute(order)).permute([order.index(axis) for axis in range(grad.dim())]), None
