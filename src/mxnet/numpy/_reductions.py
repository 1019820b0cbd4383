"""Reductions and sorting, for arrays and for symbols: see ``_face``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

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
        initial: the value to begin with.
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
    """Whether no element is zero, over all axes or those named; bool.

    >>> from mxnet import np
    >>> np.all(np.array([2, 0]))
    array(False)
    """
    return face._np_all(a, axis=axis, keepdims=keepdims, out=out)


def any(face: Face, a: Any, axis: _Axis = None, out: Any = None, keepdims: bool = False) -> Any:
    """Whether any element is not zero, over all axes or those named; bool.

    >>> from mxnet import np
    >>> np.any(np.array([2, 0]))
    array(True)
    """
    return face._np_any(a, axis=axis, keepdims=keepdims, out=out)


def mean(face: Face, a: Any, axis: _Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Mean over all axes, or those named; float32 for integers. Arguments as for ``sum``.

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
    """Weighted mean over all axes, or those named.

    Args:
        a: an array.
        axis: one axis or several; None for all.
        weights: an array like ``a``, or with one axis, for ``axis``; None for ones.
        returned: also return the sum of the weights.
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
    """Cumulative sums along ``axis``, or in the flattened array.

    >>> from mxnet import np
    >>> np.cumsum(np.array([2, 4]))
    array([2., 6.])
    """
    return face._np_cumsum(a, axis=axis, dtype=dtype, out=out)


def argsort(face: Face, a: Any, axis: int | None = -1, kind: Any = None, order: Any = None) -> Any:
    """The indices that sort ``a`` along ``axis``, or flattened if None; int64. ``kind`` has no effect.

    Raises:
        ArgumentError: ``order`` is not None; it is for arrays with fields.

    >>> from mxnet import np
    >>> np.argsort(np.array([4, 2]))
    array([1, 0], dtype=int64)
    """
    if order is not None:
        raise NotSupported(f"argsort: order is {order!r}, expected None; arrays have no fields")
    return face._npi_argsort(a, axis=axis, is_ascend=True, dtype="int64")


def sort(face: Face, a: Any, axis: int | None = -1, kind: Any = None, order: Any = None) -> Any:
    """``a`` sorted along ``axis``, or flattened if None. ``kind`` has no effect.

    Raises:
        ArgumentError: ``order`` is not None; it is for arrays with fields.

    >>> from mxnet import np
    >>> np.sort(np.array([4, 2]))
    array([2., 4.])
    """
    if order is not None:
        raise NotSupported(f"sort: order is {order!r}, expected None; arrays have no fields")
    return face._npi_sort(a, axis=axis, is_ascend=True)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (sum, prod, max, min, all, any, mean, var, std, average, argmax, argmin, cumsum, argsort, sort)
}
FUNCTIONS |= {"amax": max, "amin": min, "product": prod, "sometrue": any}
