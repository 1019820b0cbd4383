"""Reductions and sorting, for arrays and for symbols: see ``_face``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mxnet._base.errors import ArgumentError
from mxnet.ndarray._operators import number_of

from ._face import Face, NotSupported

_Axis = int | Sequence[int] | None


def sum(
    face: Face,
    a: Any,
    axis: _Axis = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: float | None = None,
    out: Any = None,
) -> Any:
    """Sum over all axes, or those named.

    Args:
        a: an array.
        axis: one axis or several; None for all.
        dtype: to sum in, and of the result; that of ``a`` if None, int64 for bool.
        keepdims: leave the axes with size 1.
        initial: what to begin with.
        out: an array to write the result to.

    >>> from mxnet import np
    >>> np.sum(np.ones((2, 3)), axis=0)
    array([2., 2., 2.])
    """
    return face._np_sum(a, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, out=out)


def prod(
    face: Face,
    a: Any,
    axis: _Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: float | None = None,
) -> Any:
    """Product over all axes, or those named; arguments as for ``sum``.

    >>> from mxnet import np
    >>> np.prod(np.array([2, 3]))
    array(6.)
    """
    return face._np_prod(a, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, out=out)


def max(
    face: Face, a: Any, axis: _Axis = None, out: Any = None, keepdims: bool = False, initial: float | None = None
) -> Any:
    """Largest over all axes, or those named; arguments as for ``sum``.

    >>> from mxnet import np
    >>> np.max(np.array([2, 3]))
    array(3.)
    """
    return face._np_max(a, axis=axis, keepdims=keepdims, initial=initial, out=out)


def min(
    face: Face, a: Any, axis: _Axis = None, out: Any = None, keepdims: bool = False, initial: float | None = None
) -> Any:
    """Smallest over all axes, or those named; arguments as for ``sum``.

    >>> from mxnet import np
    >>> np.min(np.array([2, 3]))
    array(2.)
    """
    return face._np_min(a, axis=axis, keepdims=keepdims, initial=initial, out=out)


def all(face: Face, a: Any, axis: _Axis = None, out: Any = None, keepdims: bool = False) -> Any:
    """Whether none is zero over all axes, or those named, as bool.

    >>> from mxnet import np
    >>> np.all(np.array([2, 0]))
    array(False)
    """
    return face._np_all(a, axis=axis, keepdims=keepdims, out=out)


def any(face: Face, a: Any, axis: _Axis = None, out: Any = None, keepdims: bool = False) -> Any:
    """Whether one is not zero over all axes, or those named, as bool.

    >>> from mxnet import np
    >>> np.any(np.array([2, 0]))
    array(True)
    """
    return face._np_any(a, axis=axis, keepdims=keepdims, out=out)


def mean(face: Face, a: Any, axis: _Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Mean over all axes, or those named, of integers float32; arguments as for ``sum``.

    >>> from mxnet import np
    >>> np.mean(np.array([2, 3]))
    array(2.5)
    """
    return face._npi_mean(a, axis=axis, dtype=dtype, keepdims=keepdims, out=out)


def var(
    face: Face,
    a: Any,
    axis: _Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> Any:
    """Variance over all axes, or those named: the sum of squares is divided by the count less ``ddof``.

    >>> from mxnet import np
    >>> np.var(np.array([2, 4]))
    array(1.)
    """
    return face._npi_var(a, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, out=out)


def std(
    face: Face,
    a: Any,
    axis: _Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> Any:
    """Standard deviation over all axes, or those named; arguments as for ``var``.

    >>> from mxnet import np
    >>> np.std(np.array([2, 4]))
    array(1.)
    """
    return face._npi_std(a, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, out=out)


def average(
    face: Face, a: Any, axis: _Axis = None, weights: Any = None, returned: bool = False, out: Any = None
) -> Any:
    """Weighted mean over all axes, or those named, and if ``returned`` the sum of the weights too.

    Args:
        a: an array.
        axis: one axis or several; None for all.
        weights: like ``a``, or of one axis, then along ``axis``; None for ones.
        returned: give the sum of the weights too.
        out: an array to write the result to.

    >>> from mxnet import np
    >>> np.average(np.array([2, 4]), weights=np.array([1, 3]))
    array(3.5)
    """
    if weights is None:
        return face._npi_average(a, axis=axis, returned=returned, weighted=False, out=out)
    return face._npi_average(a, weights, axis=axis, returned=returned, out=out)


def argmax(face: Face, a: Any, axis: int | None = None, out: Any = None) -> Any:
    """Index of the largest along ``axis``, or in the flattened array; int64.

    >>> from mxnet import np
    >>> np.argmax(np.array([2, 4]))
    array(1, dtype=int64)
    """
    return face._npi_argmax(a, axis=axis, keepdims=False, out=out)


def argmin(face: Face, a: Any, axis: int | None = None, out: Any = None) -> Any:
    """Index of the smallest along ``axis``, or in the flattened array; int64.

    >>> from mxnet import np
    >>> np.argmin(np.array([2, 4]))
    array(0, dtype=int64)
    """
    return face._npi_argmin(a, axis=axis, keepdims=False, out=out)


def cumsum(face: Face, a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
    """Sums of all elements up to each, along ``axis`` or in the flattened array.

    >>> from mxnet import np
    >>> np.cumsum(np.array([2, 4]))
    array([2., 6.])
    """
    return face._np_cumsum(a, axis=axis, dtype=dtype, out=out)


def argsort(face: Face, a: Any, axis: int | None = -1, kind: Any = None, order: Any = None) -> Any:
    """The indices that put ``a`` in order along ``axis``, or flattened; int64. ``kind`` has no effect.

    Raises:
        ArgumentError: ``order``, which is for structures.

    >>> from mxnet import np
    >>> np.argsort(np.array([4, 2]))
    array([1, 0], dtype=int64)
    """
    if order is not None:
        raise NotSupported(f"argsort: order is {order!r}, expected None; arrays have no fields")
    return face._npi_argsort(a, axis=axis, is_ascend=True, dtype="int64")


def sort(face: Face, a: Any, axis: int | None = -1, kind: Any = None, order: Any = None) -> Any:
    """``a`` in order along ``axis``, or flattened. ``kind`` has no effect.

    Raises:
        ArgumentError: ``order``, which is for structures.

    >>> from mxnet import np
    >>> np.sort(np.array([4, 2]))
    array([2., 4.])
    """
    if order is not None:
        raise NotSupported(f"sort: order is {order!r}, expected None; arrays have no fields")
    return face._npi_sort(a, axis=axis, is_ascend=True)


def percentile(
    face: Face,
    a: Any,
    q: Any,
    axis: _Axis = None,
    out: Any = None,
    overwrite_input: bool | None = None,
    interpolation: str = "linear",
    keepdims: bool = False,
) -> Any:
    """The value below which ``q`` per cent of those over the axes lie.

    Args:
        a: an array.
        q: a percentage, or an array of them.
        axis: one axis or several; None for all.
        out: an array to write the result to.
        overwrite_input: None alone.
        interpolation: between two values: linear, lower, higher, midpoint or nearest.
        keepdims: leave the axes with size 1.

    >>> from mxnet import np
    >>> np.percentile(np.array([2, 4]), 50)
    array(3.)
    """
    if overwrite_input is not None:
        raise NotSupported("percentile: overwrite_input is not supported")
    attrs = {"axis": axis, "interpolation": interpolation, "keepdims": keepdims}
    number = None if face.is_array(q) else number_of(q)
    if number is not None:
        return face._npi_percentile(a, q_scalar=number, **attrs, out=out)
    return face._npi_percentile(a, q, q_scalar=None, **attrs, out=out)


def quantile(
    face: Face,
    a: Any,
    q: Any,
    axis: _Axis = None,
    out: Any = None,
    overwrite_input: bool | None = None,
    interpolation: str = "linear",
    keepdims: bool = False,
) -> Any:
    """As ``percentile``, with shares of 1 in the place of percentages.

    >>> from mxnet import np
    >>> np.quantile(np.array([2, 4]), 0.25)
    array(2.5)
    """
    return percentile(face, a, q * 100, axis, out, overwrite_input, interpolation, keepdims)


def bincount(face: Face, x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each whole number is in ``x``, or the sum of its ``weights``; for ``minlength`` numbers at least.

    >>> from mxnet import np
    >>> np.bincount(np.array([1, 1, 2], dtype='int32'))
    array([0, 2, 1], dtype=int32)
    """
    if minlength < 0:
        raise ArgumentError(f"bincount: minlength is {minlength}, expected 0 or more")
    if weights is None:
        return face._npi_bincount(x, minlength=minlength, has_weights=False)
    return face._npi_bincount(x, weights, minlength=minlength, has_weights=True)


def histogram(
    face: Face,
    a: Any,
    bins: Any = 10,
    range: Any = None,
    normed: bool | None = None,
    weights: Any = None,
    density: bool | None = None,
) -> Any:
    """How many values fall in each bin, and the edges of the bins.

    Args:
        a: an array.
        bins: how many, of equal width in ``range`` (low, high), or an array of their edges.
        range: the lower and upper end.
        normed, weights, density: None alone.

    >>> from mxnet import np
    >>> np.histogram(np.array([1, 2, 1]), bins=2, range=(0.0, 4.0))[0]
    array([2, 1], dtype=int64)
    """
    if normed or weights is not None or density:
        raise NotSupported("histogram: normed, weights and density are not supported")
    if face.is_array(bins):
        return face._npi_histogram(a, bins)
    if not isinstance(bins, int):
        raise ArgumentError(f"histogram: bins is {bins!r}, expected a number or an array of edges")
    if range is None:
        raise NotSupported("histogram: range is missing; give the lower and upper end")
    return face._npi_histogram(a, bin_cnt=bins, range=tuple(range))


def diff(face: Face, a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The differences of neighbours along ``axis``, taken ``n`` times. ``prepend`` and ``append`` are None alone.

    >>> from mxnet import np
    >>> np.diff(np.array([1, 2, 4]))
    array([1., 2.])
    """
    if prepend is not None or append is not None:
        raise NotSupported("diff: prepend and append are not supported; concatenate before")
    return face._npi_diff(a, n=n, axis=axis)


def ediff1d(face: Face, ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """The differences of neighbours of the flattened array, with arrays or numbers before and after them.

    >>> from mxnet import np
    >>> np.ediff1d(np.array([1, 2, 4]), to_end=9)
    array([1., 2., 9.])
    """
    begin, end = (None if v is None or face.is_array(v) else number_of(v) for v in (to_begin, to_end))
    arrays = [v for v, n in ((to_begin, begin), (to_end, end)) if v is not None and n is None]
    return face._npi_ediff1d(
        ary,
        *arrays,
        to_begin_arr_given=to_begin is not None and begin is None,
        to_end_arr_given=to_end is not None and end is None,
        to_begin_scalar=begin,
        to_end_scalar=end,
    )


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (sum, prod, max, min, all, any, mean, var, std, average, argmax, argmin, cumsum, argsort, sort)
}
FUNCTIONS |= {f.__name__: f for f in (percentile, quantile, bincount, histogram, diff, ediff1d)}
FUNCTIONS |= {"amax": max, "amin": min, "product": prod, "sometrue": any}
