"""Arrays from nothing: constants, ranges, the identity matrix."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._ops import Count, Ctx, DType, Shape, op
from mxnet._runtime.context import device_for
from mxnet._runtime.dtypes import TORCH, fitting
from mxnet._runtime.state import np_shape_active


def known_shape(name: str, shape: Shape) -> Shape:
    """``shape``, or an error if no array can have it."""
    if min(shape, default=0) <= 0 and (not np_shape_active() or min(shape, default=0) < 0):
        raise ShapeError(
            f"{name}: inferring shapes failed, shape is {shape}; expected sizes of 1 or "
            "more; zero, and no size at all, need mx.util.np_shape()"
        )
    return shape


@op("_zeros")
def zeros(*, shape: Shape = (), ctx: Ctx = Ctx(""), dtype: DType = DType("float32")) -> Tensor:
    """Zeros of the given shape and dtype."""
    return torch.zeros(known_shape("_zeros", shape), dtype=TORCH[dtype], device=device_for(ctx))


@op("_ones")
def ones(*, shape: Shape = (), ctx: Ctx = Ctx(""), dtype: DType = DType("float32")) -> Tensor:
    """Ones of the given shape and dtype."""
    return torch.ones(known_shape("_ones", shape), dtype=TORCH[dtype], device=device_for(ctx))


@op("_full")
def full(*, value: float, shape: Shape = (), ctx: Ctx = Ctx(""), dtype: DType = DType("float32")) -> Tensor:
    """``value`` everywhere, in the given shape and dtype."""
    to = TORCH[dtype]
    cut = fitting(value, to)
    cut = cut if to.is_floating_point else int(cut)
    return torch.full(known_shape("_full", shape), cut, dtype=to, device=device_for(ctx))


@op("_zeros_without_dtype")
def zeros_without_dtype(*, shape: Shape | None = None, ctx: Ctx = Ctx(""), dtype: int = -1) -> Tensor:
    """Zeros whose dtype is a flag as in files; -1 is float32."""
    from mxnet._runtime.dtypes import FROM_FLAG

    to = FROM_FLAG[max(dtype, 0)]
    return torch.zeros(known_shape("_zeros_without_dtype", shape or ()), dtype=to, device=device_for(ctx))


def _told_arange(*, start: float, stop: float | None, step: float, repeat: int, **_: Any) -> Shape | None:
    if stop is None:
        start, stop = 0.0, start
    if step == 0 or (stop - start) / step < 0 or repeat < 1:
        return None
    return (math.ceil((stop - start) / step) * repeat,)


@op("_arange", told=_told_arange)
def arange(
    *,
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    ctx: Ctx = Ctx(""),
    dtype: DType = DType("float32"),
) -> Tensor:
    """Numbers from ``start`` up to, not including, ``stop``, each ``repeat`` times.

    Attrs:   with stop None the range is [0, start); in graphs infer_range leaves the length to what takes it
    Raises:  ArgumentError if step is 0, or points away from stop
    """
    if stop is None:
        start, stop = 0.0, start
    if step == 0 or (stop - start) / step < 0 or repeat < 1:
        raise ArgumentError(f"_arange: no range from {start} to {stop} in steps of {step}, repeat {repeat}")
    count = max(math.ceil((stop - start) / step), 0)
    device = device_for(ctx)
    if not TORCH[dtype].is_floating_point:  # there are no steps between whole numbers; NumPy cuts both too
        start, step = int(start), int(step)
    index = torch.arange(count, dtype=torch.float64, device=None if device.type == "mps" else device)
    values = (start + index * step).to(TORCH[dtype]).to(device)
    return values.repeat_interleave(repeat) if repeat > 1 else values


@op("_linspace", told=lambda *, num, **_: (num,))
def linspace(
    *, start: float, stop: float, num: Count, endpoint: bool = True, ctx: Ctx = Ctx(""), dtype: DType = DType("float32")
) -> Tensor:
    """``num`` numbers at equal distances from ``start`` to ``stop``, which is the last if ``endpoint``."""
    parts = num - 1 if endpoint else num
    gap = (stop - start) / parts if parts > 0 else 0.0
    device = device_for(ctx)
    index = torch.arange(num, dtype=torch.float64, device=None if device.type == "mps" else device)
    return (start + index * gap).to(TORCH[dtype]).to(device)


@op("_eye")
def eye(*, N: int, M: int = 0, k: int = 0, ctx: Ctx = Ctx(""), dtype: DType = DType("float32")) -> Tensor:
    """N by M matrix (N by N where M is 0) with ones on the diagonal ``k`` places above the main one."""
    return diagonal(N, M or N, k, ctx, dtype)


def diagonal(rows: int, columns: int, k: int, ctx: str, dtype: str) -> Tensor:
    """A matrix of zeros with ones on the diagonal ``k`` places above the main one, which may lie outside of it."""
    made = torch.zeros((rows, columns), dtype=TORCH[dtype], device=device_for(ctx))
    made.diagonal(k).fill_(1)
    return made
