"""Functions of ``mx.np``, made from the operators that ``mx.nd`` is made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as onp
import torch

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._runtime.context import Context, current_context
from mxnet._runtime.dtypes import NAME, torch_dtype
from mxnet.ndarray.creation import make

from .multiarray import TABLE, as_array, binary, extreme, ndarray, numpy_call, reduction

_Ctx = Context | None


def array(object: Any, dtype: Any = None, ctx: _Ctx = None) -> ndarray:
    """An array with a copy of ``object``; float32 unless it is an array or ``dtype`` says otherwise.

    >>> array([1, 2])
    array([1., 2.])
    """
    return make(ndarray, object, ctx, None if dtype is None else torch_dtype(dtype))


def _filled(op: str, shape: Any, dtype: Any, ctx: _Ctx, **more: Any) -> ndarray:
    shape = (shape,) if isinstance(shape, (int, onp.integer)) else tuple(shape)
    name = "float32" if dtype is None else NAME[torch_dtype(dtype)]
    return numpy_call(op, shape=shape, dtype=name, ctx=str(ctx or current_context()), **more)


def _order(order: str) -> None:
    if order != "C":
        raise ArgumentError(f"order is {order!r}; expected 'C'")


def zeros(shape: Any, dtype: Any = None, order: str = "C", ctx: _Ctx = None) -> ndarray:
    """Zeros of the given shape.

    >>> zeros((2,))
    array([0., 0.])
    """
    _order(order)
    return _filled("_zeros", shape, dtype, ctx)


def ones(shape: Any, dtype: Any = None, order: str = "C", ctx: _Ctx = None) -> ndarray:
    """Ones of the given shape.

    >>> ones((2,))
    array([1., 1.])
    """
    _order(order)
    return _filled("_ones", shape, dtype, ctx)


def full(
    shape: Any, fill_value: float, order: str = "C", dtype: Any = None, ctx: _Ctx = None, out: Any = None
) -> ndarray:
    """``fill_value`` everywhere.

    >>> full((2,), 3)
    array([3., 3.])
    """
    _order(order)
    made = _filled("_full", shape, dtype, ctx, value=float(fill_value))
    return made if out is None else made.copyto(out)  # type: ignore[return-value]


def empty(shape: Any, dtype: Any = None, order: str = "C", ctx: _Ctx = None) -> ndarray:
    """An array with values that are yet to be written."""
    _order(order)
    ctx = ctx or current_context()
    return ndarray(torch.empty(shape, dtype=torch_dtype(dtype), device=ctx.device), ctx)


def arange(start: float, stop: Any = None, step: float = 1, dtype: Any = None, ctx: _Ctx = None) -> ndarray:
    """Numbers from ``start`` up to, not including, ``stop``.

    >>> arange(3)
    array([0., 1., 2.])
    """
    name = "float32" if dtype is None else NAME[torch_dtype(dtype)]
    return numpy_call("_arange", start=start, stop=stop, step=step, dtype=name, ctx=str(ctx or current_context()))


def linspace(
    start: float,
    stop: float,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    ctx: _Ctx = None,
) -> Any:
    """``num`` numbers at equal distances, with the distance too if ``retstep``.

    Raises:
        ArgumentError: an ``axis`` other than 0; ``start`` and ``stop`` are numbers.
    """
    if axis != 0:
        raise ArgumentError(f"linspace: axis is {axis}; expected 0")
    name = "float32" if dtype is None else NAME[torch_dtype(dtype)]
    text = str(ctx or current_context())
    made = numpy_call("_linspace", start=start, stop=stop, num=num, endpoint=endpoint, dtype=name, ctx=text)
    parts = num - 1 if endpoint else num
    return (made, (stop - start) / parts if parts else float("nan")) if retstep else made


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None, ctx: _Ctx = None) -> ndarray:
    """Ones on a diagonal, zeros elsewhere."""
    name = "float32" if dtype is None else NAME[torch_dtype(dtype)]
    return numpy_call("_eye", N=N, M=M or 0, k=k, dtype=name, ctx=str(ctx or current_context()))


def zeros_like(a: Any, dtype: Any = None, order: str = "C", ctx: _Ctx = None, out: Any = None) -> ndarray:
    """Zeros in the shape of ``a``."""
    made = zeros(a.shape, dtype or a.dtype, order, ctx or a.ctx)
    return made if out is None else made.copyto(out)  # type: ignore[return-value]


def ones_like(a: Any, dtype: Any = None, order: str = "C", ctx: _Ctx = None, out: Any = None) -> ndarray:
    """Ones in the shape of ``a``."""
    made = ones(a.shape, dtype or a.dtype, order, ctx or a.ctx)
    return made if out is None else made.copyto(out)  # type: ignore[return-value]


def _make_binary(name: str, row: tuple[str, str, str, str]) -> Callable[..., Any]:
    def call(x1: Any, x2: Any, out: Any = None) -> Any:
        return binary(row[0], row[1], row[2], x1, x2, row[3], out)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"``{name}`` of two arrays or numbers, by NumPy's rules for shapes and dtypes."
    return call


def _make_unary(name: str, op: str) -> Callable[..., Any]:
    def call(x: Any, out: Any = None, **kwargs: Any) -> Any:
        return numpy_call(op, as_array(x), out=out)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"``{name}`` element by element: the operator ``{op}`` of ``mx.nd`` on np arrays."
    return call


UNARY = {
    n: n
    for n in """abs sign rint ceil floor trunc fix square sqrt cbrt exp log log10 log2 log1p expm1 sin cos tan
arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh degrees radians reciprocal negative""".split()
}
UNARY["absolute"] = "abs"
BINARY = {**{n: _make_binary(n, row) for n, row in TABLE.items()}}
BINARY["true_divide"] = BINARY["divide"]
GENERATED: dict[str, Callable[..., Any]] = {n: _make_unary(n, op) for n, op in UNARY.items()} | BINARY


def sum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Sum over all axes, or those named."""
    return as_array(a).sum(axis, dtype, out, keepdims)


def mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Mean over all axes, or those named."""
    return as_array(a).mean(axis, dtype, out, keepdims)


def max(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Largest over all axes, or those named."""
    return reduction("max", as_array(a), axis, keepdims, None, out)


def min(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Smallest over all axes, or those named."""
    return reduction("min", as_array(a), axis, keepdims, None, out)


def prod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Product over all axes, or those named."""
    return as_array(a).prod(axis, dtype, out, keepdims)


def std(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    """Standard deviation over all axes, or those named."""
    return as_array(a).std(axis, dtype, out, ddof, keepdims)


def var(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    """Variance over all axes, or those named."""
    return as_array(a).var(axis, dtype, out, ddof, keepdims)


def argmax(a: Any, axis: int | None = None, out: Any = None) -> Any:
    """Index of the largest; int64."""
    return extreme("argmax", as_array(a), axis, out)


def argmin(a: Any, axis: int | None = None, out: Any = None) -> Any:
    """Index of the smallest; int64."""
    return extreme("argmin", as_array(a), axis, out)


def dot(a: Any, b: Any, out: Any = None) -> Any:
    """Matrix product, inner product of vectors, or product with a number."""
    if onp.ndim(b) == 0 if not isinstance(b, ndarray) else b.ndim == 0:
        return BINARY["multiply"](a, b, out)
    return numpy_call("dot", as_array(a), as_array(b), out=out)


def reshape(a: Any, newshape: Any, reverse: bool = False, order: str = "C") -> Any:
    """The same values in another shape.

    Raises:
        ShapeError: the sizes do not multiply to the size of ``a``.
        ArgumentError: ``reverse``, which belongs to npx.reshape.
    """
    if reverse:
        raise ArgumentError("reshape: reverse is not for np.reshape; use nd.reshape")
    return as_array(a).reshape(newshape, order=order)


def transpose(a: Any, axes: Any = None) -> Any:
    """The axes permuted, reversed if None."""
    return as_array(a).transpose(axes)


def expand_dims(a: Any, axis: int) -> Any:
    """A new axis of size 1."""
    return numpy_call("expand_dims", as_array(a), axis=axis)


def squeeze(a: Any, axis: Any = None) -> Any:
    """Without axes of size 1."""
    return numpy_call("squeeze", as_array(a), axis=axis)


def concatenate(seq: Sequence[Any], axis: int | None = 0, out: Any = None) -> Any:
    """The arrays one after the other along ``axis``, flattened if None."""
    arrays = [as_array(a) if axis is not None else as_array(a).reshape(-1) for a in seq]
    if not arrays:
        raise ArgumentError("concatenate: need at least one array")
    return numpy_call("Concat", *arrays, dim=axis or 0, out=out)


def stack(arrays: Sequence[Any], axis: int = 0, out: Any = None) -> Any:
    """The arrays side by side along a new axis."""
    listed = [as_array(a) for a in arrays]
    if len({a.shape for a in listed}) > 1:
        raise ShapeError(f"stack: all arrays must have one shape, got {[a.shape for a in listed]}")
    return numpy_call("stack", *listed, axis=axis, out=out)


def where(condition: Any, x: Any, y: Any) -> Any:
    """``x`` where ``condition`` is true, else ``y``; axes of size 1 are repeated to fit.

    Gradients flow to ``x`` and ``y``: the choice is a product with the condition as 0 and 1 of finite values.
    """
    mask = as_array(condition)
    x, y = as_array(x, mask), as_array(y, mask)
    shape = onp.broadcast_shapes(mask.shape, x.shape, y.shape)
    if x._meta().dtype is not y._meta().dtype:
        from .multiarray import promoted

        x, y = promoted(x, y)
    wide = [a if a.shape == shape else a.broadcast_to(shape) for a in (mask.astype("float32"), x, y)]
    return numpy_call("where", *wide)


def clip(a: Any, a_min: float, a_max: float, out: Any = None) -> Any:
    """Kept between ``a_min`` and ``a_max``."""
    return numpy_call("clip", as_array(a), a_min=a_min, a_max=a_max, out=out)
