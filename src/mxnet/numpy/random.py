"""Random np arrays, from the generators that ``mx.random.seed`` seeds."""

from __future__ import annotations

from typing import Any

import torch

from mxnet._base.errors import ArgumentError
from mxnet._runtime.context import Context, current_context
from mxnet._runtime.dtypes import NAME, torch_dtype
from mxnet._runtime.random import generator

from .multiarray import as_array, ndarray, numpy_call

_Ctx = Context | None


def _sizes(size: Any) -> tuple[int, ...]:
    return () if size is None else (size,) if isinstance(size, int) else tuple(size)


def _draw(op: str, size: Any, dtype: Any, ctx: _Ctx, out: Any, **parameters: float) -> Any:
    name = "float32" if dtype is None else NAME[torch_dtype(dtype)]
    return numpy_call(op, shape=_sizes(size), dtype=name, ctx=str(ctx or current_context()), out=out, **parameters)


def uniform(
    low: float = 0.0, high: float = 1.0, size: Any = None, dtype: Any = None, ctx: _Ctx = None, out: Any = None
) -> Any:
    """Uniform on [low, high).

    >>> uniform(size=(2, 3)).shape
    (2, 3)
    """
    return _draw("_random_uniform", size, dtype, ctx, out, low=low, high=high)


def normal(
    loc: float = 0.0, scale: float = 1.0, size: Any = None, dtype: Any = None, ctx: _Ctx = None, out: Any = None
) -> Any:
    """Normal with mean ``loc`` and standard deviation ``scale``."""
    return _draw("_random_normal", size, dtype, ctx, out, loc=loc, scale=scale)


def randint(
    low: int, high: int | None = None, size: Any = None, dtype: Any = None, ctx: _Ctx = None, out: Any = None
) -> Any:
    """Integers in [low, high), or in [0, low) where ``high`` is None; int64 unless ``dtype`` says otherwise."""
    if high is None:
        low, high = 0, low
    if high <= low:
        raise ArgumentError(f"randint: no integer in [{low}, {high})")
    ctx = ctx or current_context()
    data = torch.randint(low, high, _sizes(size), generator=generator(ctx.device), device=ctx.device, dtype=torch.int64)
    made = ndarray(data.to(torch_dtype(dtype or "int64")), ctx)
    return made if out is None else made.copyto(out)


def choice(a: Any, size: Any = None, replace: bool = True, p: Any = None, ctx: _Ctx = None, out: Any = None) -> Any:
    """Elements of ``a``, or of range(a), drawn with or without replacement, with probabilities ``p`` if given."""
    ctx = ctx or (a.ctx if isinstance(a, ndarray) else current_context())
    shape = _sizes(size)
    count = 1
    for s in shape:
        count *= s
    pool = a if isinstance(a, int) else as_array(a).size
    if not replace and count > pool:
        raise ArgumentError(f"choice: can not take {count} of {pool} without replacement")
    weights = torch.ones(pool, device=ctx.device) if p is None else as_array(p)._data.to(ctx.device)
    if count:
        index = torch.multinomial(weights, count, replacement=replace, generator=generator(ctx.device))
    else:
        index = torch.zeros(0, dtype=torch.int64, device=ctx.device)
    index = index.reshape(shape)
    data = index if isinstance(a, int) else as_array(a)._data.to(ctx.device).reshape(-1)[index]
    made = ndarray(data, ctx)
    return made if out is None else made.copyto(out)


def shuffle(x: ndarray) -> None:
    """Put the rows of ``x`` in random order, in place."""
    order = torch.randperm(len(x), generator=generator(x._data.device), device=x._data.device)
    x._data.copy_(x._data[order])


def rand(*size: int, **kwargs: Any) -> Any:
    """Uniform on [0, 1), with the sizes one by one."""
    return uniform(size=size, **kwargs)


def randn(*size: int, **kwargs: Any) -> Any:
    """Standard normal, with the sizes one by one."""
    return normal(size=size, **kwargs)


def seed(seed: int) -> None:
    """Seed the generators of all contexts."""
    from mxnet._runtime.random import seed as set_seed

    set_seed(int(seed))
