"""Functions of sym that are more than one operator: creation, and binary ones of symbols or numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError, DTypeError
from mxnet._ops.types import sizes_of
from mxnet._runtime.dtypes import NAME, torch_dtype

from ._arithmetic import combine, is_number
from ._compose import function
from .symbol import Symbol


def _creation(op: str, dtype: Any, ctx: Any = None, **attrs: Any) -> Symbol:
    name = "float32" if dtype is None else NAME[torch_dtype(dtype)]
    return function(op)(dtype=name, **({"ctx": str(ctx)} if ctx is not None else {}), **attrs)


def zeros(shape: Any, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Zeros of the given shape.

    >>> zeros((2,)).eval()[0].asnumpy()
    array([0., 0.], dtype=float32)
    """
    return _creation("_zeros", dtype, shape=sizes_of(shape), **kwargs)


def ones(shape: Any, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Ones of the given shape.

    >>> ones((2,)).eval()[0].asnumpy()
    array([1., 1.], dtype=float32)
    """
    return _creation("_ones", dtype, shape=sizes_of(shape), **kwargs)


def full(shape: Any, val: float, dtype: Any = None, **kwargs: Any) -> Symbol:
    """``val`` everywhere.

    >>> full((2,), 7).eval()[0].asnumpy()
    array([7., 7.], dtype=float32)
    """
    return _creation("_full", dtype, shape=sizes_of(shape), value=float(val), **kwargs)


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    name: str | None = None,
    dtype: Any = None,
) -> Symbol:
    """Numbers from ``start`` up to, not including, ``stop``, each ``repeat`` times.

    >>> arange(0, 3, repeat=2).eval()[0].asnumpy()
    array([0., 0., 1., 1., 2., 2.], dtype=float32)
    """
    return _creation(
        "_arange", dtype, start=start, stop=stop, step=step, repeat=repeat, infer_range=infer_range, name=name
    )


def linspace(
    start: float, stop: float, num: int, endpoint: bool = True, name: str | None = None, dtype: Any = None
) -> Symbol:
    """``num`` numbers at equal distances from ``start`` to ``stop``.

    >>> linspace(0, 1, 3).eval()[0].asnumpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return _creation("_linspace", dtype, start=start, stop=stop, num=num, endpoint=endpoint, name=name)


def eye(N: int, M: int = 0, k: int = 0, dtype: Any = None, **kwargs: Any) -> Symbol:
    """N by M matrix with ones on the diagonal ``k`` places above the main one.

    >>> eye(2).eval()[0].asnumpy()
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    return _creation("_eye", dtype, N=N, M=M, k=k, **kwargs)


def split_v2(ary: Symbol, indices_or_sections: Any, axis: int = 0, squeeze_axis: bool = False) -> Symbol:
    """Pieces along ``axis``: so many equal ones, or cut before each of the given indices.

    Raises:
        ArgumentError: neither a number nor a tuple of numbers.

    >>> import mxnet as mx
    >>> [part.asnumpy().tolist() for part in split_v2(mx.sym.var("x"), (1,)).eval(x=mx.nd.array([1, 2, 3]))]
    [[1.0], [2.0, 3.0]]
    """
    if isinstance(indices_or_sections, int):
        return function("_split_v2")(
            ary, indices=[], axis=axis, squeeze_axis=squeeze_axis, sections=indices_or_sections
        )
    if isinstance(indices_or_sections, (tuple, list)):
        indices = [0, *indices_or_sections]  # a list, whose brackets files show
        return function("_split_v2")(ary, indices=indices, axis=axis, squeeze_axis=squeeze_axis, sections=0)
    raise ArgumentError(f"split_v2: indices_or_sections must be int or tuple of ints, got {indices_or_sections!r}")


def histogram(a: Symbol, bins: Any = 10, range: tuple[float, float] | None = None, **kwargs: Any) -> Symbol:
    """How many values fall in each bin, and the edges of the bins: two outputs.

    Args:
        bins: how many bins of equal width in ``range`` (low, high), or a symbol of their edges.

    Raises:
        ArgumentError: ``bins`` is neither, or a number without ``range``.

    >>> import mxnet as mx
    >>> counts, edges = histogram(mx.sym.var("x"), bins=3, range=(0, 9)).eval(x=mx.nd.array([1, 2, 2, 7]))
    >>> counts.asnumpy().tolist()
    [3, 0, 1]
    """
    if isinstance(bins, Symbol):
        return function("_histogram")(a, bins, **kwargs)
    if not isinstance(bins, (int, np.integer)):
        raise ArgumentError(f"histogram: bins argument should be either an integer or a Symbol, got {bins!r}")
    if range is None:
        raise ArgumentError("histogram: null range is not supported in symbol mode; give range=(low, high)")
    return function("_histogram")(a, bin_cnt=int(bins), range=range, **kwargs)


def _binary(name: str, text: str, on_numbers: Callable[[Any, Any], Any], array: str, scalar: str, mirrored: str) -> Any:
    def call(left: Any, right: Any) -> Any:
        if isinstance(left, Symbol):
            return combine(array, scalar, left, right)
        if isinstance(right, Symbol) and is_number(left):
            return combine(array, mirrored, right, left)
        if is_number(left) and is_number(right):
            return on_numbers(left, right)
        raise DTypeError(f"{name}: types ({type(left)}, {type(right)}) not supported; expected symbols or numbers")

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{text} of two symbols, a symbol and a number, or two numbers."
    return call


maximum = _binary("maximum", "The larger", max, "_Maximum", "_MaximumScalar", "_MaximumScalar")
minimum = _binary("minimum", "The smaller", min, "_Minimum", "_MinimumScalar", "_MinimumScalar")
hypot = _binary("hypot", "The hypotenuse", np.hypot, "_Hypot", "_HypotScalar", "_HypotScalar")
_power = _binary("power", "Power", operator.pow, "_Power", "_PowerScalar", "_RPowerScalar")


def power(base: Any, exp: Any) -> Any:
    """``base`` to the power of ``exp``, symbols or numbers.

    >>> import mxnet as mx
    >>> power(2, mx.sym.var("x")).eval(x=mx.nd.array([3]))[0].asscalar()
    8.0
    """
    return _power(base, exp)


pow = power
