"""Functions of nd that are more than one operator: binary ones of arrays or numbers, joins, axis moves."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError, ShapeError

from ._namespace import function
from ._operators import apply, number_of
from .ndarray import NDArray


def _binary(
    name: str, text: str, on_numbers: Callable[[Any, Any], Any], elemwise: str, broadcast: str, scalar: str, mirror: str
) -> Callable[[Any, Any], Any]:
    def call(lhs: Any, rhs: Any) -> Any:
        if isinstance(lhs, NDArray):
            return apply(lhs, rhs, elemwise, broadcast, scalar, False)
        if isinstance(rhs, NDArray):
            return apply(rhs, lhs, elemwise, broadcast, mirror, True)
        if number_of(lhs) is not None and number_of(rhs) is not None:
            return on_numbers(lhs, rhs)
        raise InputTypeError(f"{name}: types ({type(lhs)}, {type(rhs)}) not supported; expected arrays or numbers")

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"""{text} of two arrays (axes of size 1 are repeated to fit), an array and a number, or two numbers.

    Raises:
        InputTypeError: an argument is neither.
        ShapeError: the shapes do not fit.
    """
    return call


add = _binary("add", "Sum", operator.add, "elemwise_add", "broadcast_add", "_plus_scalar", "_plus_scalar")
subtract = _binary(
    "subtract", "Difference", operator.sub, "elemwise_sub", "broadcast_sub", "_minus_scalar", "_rminus_scalar"
)
multiply = _binary("multiply", "Product", operator.mul, "elemwise_mul", "broadcast_mul", "_mul_scalar", "_mul_scalar")
divide = _binary("divide", "Quotient", operator.truediv, "elemwise_div", "broadcast_div", "_div_scalar", "_rdiv_scalar")
true_divide = divide
modulo = _binary("modulo", "Remainder", operator.mod, "_mod", "broadcast_mod", "_mod_scalar", "_rmod_scalar")
maximum = _binary(
    "maximum",
    "The larger",
    lambda a, b: a if a > b else b,
    "_maximum",
    "broadcast_maximum",
    "_maximum_scalar",
    "_maximum_scalar",
)
minimum = _binary(
    "minimum",
    "The smaller",
    lambda a, b: a if a < b else b,
    "_minimum",
    "broadcast_minimum",
    "_minimum_scalar",
    "_minimum_scalar",
)
equal = _binary(
    "equal",
    "1 where equal, else 0,",
    lambda a, b: int(a == b),
    "_equal",
    "broadcast_equal",
    "_equal_scalar",
    "_equal_scalar",
)
not_equal = _binary(
    "not_equal",
    "1 where different, else 0,",
    lambda a, b: int(a != b),
    "_not_equal",
    "broadcast_not_equal",
    "_not_equal_scalar",
    "_not_equal_scalar",
)
greater = _binary(
    "greater",
    "1 where the first is larger, else 0,",
    lambda a, b: int(a > b),
    "_greater",
    "broadcast_greater",
    "_greater_scalar",
    "_lesser_scalar",
)
greater_equal = _binary(
    "greater_equal",
    "1 where the first is not smaller, else 0,",
    lambda a, b: int(a >= b),
    "_greater_equal",
    "broadcast_greater_equal",
    "_greater_equal_scalar",
    "_lesser_equal_scalar",
)
lesser = _binary(
    "lesser",
    "1 where the first is smaller, else 0,",
    lambda a, b: int(a < b),
    "_lesser",
    "broadcast_lesser",
    "_lesser_scalar",
    "_greater_scalar",
)
lesser_equal = _binary(
    "lesser_equal",
    "1 where the first is not larger, else 0,",
    lambda a, b: int(a <= b),
    "_lesser_equal",
    "broadcast_lesser_equal",
    "_lesser_equal_scalar",
    "_greater_equal_scalar",
)
logical_and = _binary(
    "logical_and",
    "1 where both are not 0",
    lambda a, b: int(bool(a) and bool(b)),
    "_logical_and",
    "broadcast_logical_and",
    "_logical_and_scalar",
    "_logical_and_scalar",
)
logical_or = _binary(
    "logical_or",
    "1 where one is not 0",
    lambda a, b: int(bool(a) or bool(b)),
    "_logical_or",
    "broadcast_logical_or",
    "_logical_or_scalar",
    "_logical_or_scalar",
)
logical_xor = _binary(
    "logical_xor",
    "1 where just one is not 0",
    lambda a, b: int(bool(a) != bool(b)),
    "_logical_xor",
    "broadcast_logical_xor",
    "_logical_xor_scalar",
    "_logical_xor_scalar",
)


def power(base: Any, exp: Any) -> Any:
    """``base`` to the power of ``exp``, arrays or numbers.

    >>> import mxnet as mx
    >>> power(2, mx.nd.array([1, 2, 3])).asnumpy()
    array([2., 4., 8.], dtype=float32)
    """
    return _power(base, exp)


_power = _binary("power", "Power", operator.pow, "_power", "broadcast_power", "_power_scalar", "_rpower_scalar")


class UnlikeArrays(ShapeError, DTypeError, AssertionError):
    """Arrays that can not be put together, for their shapes or dtypes."""


def concatenate(arrays: Sequence[NDArray], axis: int = 0, always_copy: bool = True) -> NDArray:
    """The arrays one after the other along ``axis``; a single one is returned as it is unless ``always_copy``.

    Raises:
        InputTypeError: there are none.
        UnlikeArrays: other sizes than those along ``axis`` differ, or the dtypes.

    >>> import mxnet as mx
    >>> concatenate([mx.nd.ones((1, 2)), mx.nd.zeros((1, 2))]).asnumpy()
    array([[1., 1.],
           [0., 0.]], dtype=float32)
    """
    arrays = list(arrays)
    if not arrays or not all(isinstance(a, NDArray) for a in arrays):
        raise InputTypeError(f"concatenate: expected a list of at least one NDArray, got {arrays!r}")
    if len(arrays) == 1 and not always_copy:
        return arrays[0]
    try:
        return function("Concat")(*arrays, dim=axis)
    except (ShapeError, DTypeError) as error:
        raise UnlikeArrays(str(error)) from None


def moveaxis(tensor: NDArray, source: int | Sequence[int], destination: int | Sequence[int]) -> NDArray:
    """The axes ``source`` moved to the places ``destination``, the others kept in order.

    Raises:
        ArgumentError: an axis is out of range, named twice, or the two differ in length.

    >>> import mxnet as mx
    >>> moveaxis(mx.nd.ones((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    n = tensor.ndim
    moved = _axes("source", source, n)
    places = _axes("destination", destination, n)
    if len(moved) != len(places):
        raise ArgumentError("moveaxis: `source` and `destination` arguments must have the same number of elements")
    order = [i for i in range(n) if i not in moved]
    for place, axis in sorted(zip(places, moved, strict=True)):
        order.insert(place, axis)
    return tensor.transpose(*order)


def _axes(name: str, axes: int | Sequence[int], n: int) -> list[int]:
    listed = [axes] if isinstance(axes, (int, np.integer)) else list(axes)
    for a in listed:
        if not -n <= a < n:
            raise ArgumentError(f"moveaxis: {name} axis {a} is out of bounds for array of dimension {n}")
    normal = [int(a) % n for a in listed]
    if len(set(normal)) != len(normal):
        raise ArgumentError(f"moveaxis: repeated axis in `{name}` argument: {axes}")
    return normal


def split_v2(ary: NDArray, indices_or_sections: Any, axis: int = 0, squeeze_axis: bool = False) -> Any:
    """Pieces of ``ary`` along ``axis``: so many equal ones, or cut before each of the given indices.

    Raises:
        ArgumentError: neither a number nor a tuple of numbers.
        ShapeError: the axis has no equal parts of that number.

    >>> import mxnet as mx
    >>> [part.asnumpy().tolist() for part in split_v2(mx.nd.array([1, 2, 3]), (1,))]
    [[1.0], [2.0, 3.0]]
    """
    if isinstance(indices_or_sections, int):
        if ary.shape[axis] % indices_or_sections:
            raise ShapeError(
                f"split_v2: array split does not result in an equal division: {indices_or_sections} parts of axis "
                f"{axis} of {ary.shape}"
            )
        return function("_split_v2")(
            ary, indices=(), axis=axis, squeeze_axis=squeeze_axis, sections=indices_or_sections
        )
    if isinstance(indices_or_sections, (tuple, list)):
        indices = (0, *indices_or_sections)
        return function("_split_v2")(ary, indices=indices, axis=axis, squeeze_axis=squeeze_axis, sections=0)
    raise ArgumentError(f"split_v2: indices_or_sections must be int or tuple of ints, got {indices_or_sections!r}")


def onehot_encode(indices: NDArray, out: NDArray) -> NDArray:
    """Write 1 to column ``indices[i]`` of row i of ``out`` and 0 elsewhere; returns ``out``.

    >>> import mxnet as mx
    >>> onehot_encode(mx.nd.array([2, 0]), mx.nd.zeros((2, 3))).asnumpy()
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    out[:] = function("one_hot")(indices, depth=out.shape[1], dtype=out.dtype)
    return out


def histogram(a: NDArray, bins: Any = 10, range: tuple[float, float] | None = None) -> tuple[NDArray, NDArray]:
    """How many values fall into each bin, and the edges of the bins.

    Args:
        a: the values, of any shape.
        bins: how many bins of equal width, or an array of their edges in the dtype of ``a``.
        range: (low, high) of equal bins; values outside are not counted. None for the extremes of ``a``: then the
            counts and edges are float32, as in 1.9.1.

    >>> import mxnet as mx
    >>> counts, edges = mx.nd.histogram(mx.nd.array([1, 2, 2, 7]), bins=3, range=(0, 9))
    >>> counts.asnumpy().tolist()
    [3, 0, 1]
    """
    from .creation import array

    if isinstance(bins, NDArray):
        return function("_histogram")(a, bins)
    if not isinstance(bins, (int, np.integer)):
        raise ArgumentError(f"histogram: bins argument should be either an integer or an NDArray, got {bins!r}")
    if range is not None:
        return function("_histogram")(a, bin_cnt=int(bins), range=range)
    counts, edges = np.histogram(a.asnumpy(), bins=bins)
    return array(counts, ctx=a.context), array(edges, ctx=a.context)


def isnan(data: NDArray) -> NDArray:
    """1 where the value is not a number, else 0, in the dtype of ``data``."""
    return data != data


def isinf(data: NDArray) -> NDArray:
    """1 where the value is infinite, else 0, in the dtype of ``data``."""
    return data.abs() == np.inf


def isfinite(data: NDArray) -> NDArray:
    """1 where the value is a finite number, else 0, in the dtype of ``data``."""
    return (isinf(data) + isnan(data)) == 0
