"""Arrays of ``mx.np`` from nothing. A shape may have no axes, and axes no elements."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from mxnet._ops import Ctx, DType, Shape, op
from mxnet._runtime.context import device_for
from mxnet._runtime.dtypes import TORCH

from .creation import arange as arange_kernel
from .creation import diagonal, linspace

_HERE = Ctx("")
_FLOAT = DType("float32")


@op("_npi_zeros")
def zeros(*, shape: Shape = (), ctx: Ctx = _HERE, dtype: DType = _FLOAT) -> Tensor:
    """Zeros of the given shape and dtype."""
    return torch.zeros(shape, dtype=TORCH[dtype], device=device_for(ctx))


@op("_npi_ones")
def ones(*, shape: Shape = (), ctx: Ctx = _HERE, dtype: DType = _FLOAT) -> Tensor:
    """Ones of the given shape and dtype."""
    return torch.ones(shape, dtype=TORCH[dtype], device=device_for(ctx))


@op("_npi_identity")
def identity(*, shape: Shape = (), ctx: Ctx = _HERE, dtype: DType = _FLOAT) -> Tensor:
    """A matrix of the given shape with ones on its main diagonal."""
    rows, columns = shape
    return diagonal(rows, columns, 0, ctx, dtype)


@op("_npi_eye")
def eye(*, N: int, M: int | None = None, k: int = 0, ctx: Ctx = _HERE, dtype: DType = _FLOAT) -> Tensor:
    """N by M matrix (N by N where M is None) with ones on the diagonal ``k`` places above the main one."""
    return diagonal(N, N if M is None else M, k, ctx, dtype)


@op("_npi_full_like", types="T -> dtype|T")
def full_like(a: Tensor, *, fill_value: float, ctx: Ctx = _HERE, dtype: DType | None = None) -> Tensor:
    """``fill_value`` in the shape of ``a``, and in its dtype unless another is given. ``ctx`` has no effect."""
    wanted = TORCH[dtype] if dtype else a.dtype
    value = fill_value if wanted.is_floating_point else int(fill_value)
    return torch.full(a.shape, value, dtype=wanted, device=a.device)


@op("_npi_arange")
def arange(
    *,
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    ctx: Ctx = _HERE,
    dtype: DType = _FLOAT,
) -> Tensor:
    """Numbers from ``start`` up to, not including, ``stop``, each ``repeat`` times; none where stop is behind start."""
    if stop is None:
        start, stop = 0.0, start
    if step and (stop - start) / step < 0:
        stop = start
    return arange_kernel(start=start, stop=stop, step=step, repeat=repeat, ctx=ctx, dtype=dtype)


@op("_npi_logspace")
def logspace(
    *,
    start: float,
    stop: float,
    num: int,
    endpoint: bool = True,
    base: float = 10.0,
    ctx: Ctx = _HERE,
    dtype: DType = _FLOAT,
) -> Tensor:
    """``base`` to the power of ``num`` numbers at equal distances from ``start`` to ``stop``."""
    powers = linspace(start=start, stop=stop, num=num, endpoint=endpoint, ctx=ctx, dtype=DType("float64"))
    return torch.pow(base, powers).to(TORCH[dtype])


@op("_npi_indices")
def indices(*, dimensions: Shape, dtype: DType = DType("int32"), ctx: Ctx = _HERE) -> Tensor:
    """The index of each element of an array of shape ``dimensions``, a block for each of its axes."""
    device = device_for(ctx)
    lines = [torch.arange(n, dtype=TORCH[dtype], device=device) for n in dimensions]
    if not lines:
        return torch.empty((0,), dtype=TORCH[dtype], device=device)
    return torch.stack(torch.meshgrid(*lines, indexing="ij"))


def _window(name: str, at: Callable[[Tensor], Tensor], text: str) -> None:
    def kernel(*, M: int, dtype: DType = _FLOAT, ctx: Ctx = _HERE) -> Tensor:
        angles = torch.arange(max(M, 0), dtype=torch.float64, device=device_for(ctx)) * (2 * math.pi / max(M - 1, 1))
        made = at(angles) if M != 1 else torch.ones_like(angles)
        return made.to(TORCH[dtype])

    kernel.__name__ = kernel.__qualname__ = name
    kernel.__doc__ = f"The {text} window of ``M`` points."
    op(f"_npi_{name}")(kernel)


_window("hanning", lambda x: 0.5 - 0.5 * torch.cos(x), "Hann")
_window("hamming", lambda x: 0.54 - 0.46 * torch.cos(x), "Hamming")
_window("blackman", lambda x: 0.42 - 0.5 * torch.cos(x) + 0.08 * torch.cos(2 * x), "Blackman")
