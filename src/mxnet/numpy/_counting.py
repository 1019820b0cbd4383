"""Quantiles, counts and differences, for arrays and for symbols: see ``_face``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mxnet._base.errors import ArgumentError
from mxnet.ndarray._operators import number_of

from ._face import Face, NotSupported

_Axis = int | Sequence[int] | None


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
    """The value below which ``q`` per cent of the values lie.

    Args:
        a: an array.
        q: a percentage, or an array of them.
        axis: one axis or several; None for all.
        out: an array to write the result to.
        overwrite_input: must be None.
        interpolation: between two values: ``linear``, ``lower``, ``higher``, ``midpoint`` or ``nearest``.
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
        if not 0 <= number <= 100:
            raise ArgumentError(f"percentile: q is {number}, expected a percentage from 0 to 100")
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
    """As ``percentile``, but ``q`` is from 0 to 1.

    >>> from mxnet import np
    >>> np.quantile(np.array([2, 4]), 0.25)
    array(2.5)
    """
    return percentile(face, a, q * 100, axis, out, overwrite_input, interpolation, keepdims)


def bincount(face: Face, x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each whole number is in ``x``, or the sum of its ``weights``; for at least ``minlength`` numbers.

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
        bins: the number of bins of equal width in ``range``, or an array of their edges.
        range: the lower and upper end.
        normed, weights, density: not supported: None or False.

    >>> from mxnet import np
    >>> np.histogram(np.array([1, 2, 1]), bins=2, range=(0.0, 4.0))[0]
    array([2, 1], dtype=int64)
    """
    if normed or weights is not None or density:
        raise NotSupported("histogram: normed, weights and density are not supported")
    if face.is_array(bins):
        return face._npi_histogram(a, bins)
    if not isinstance(bins, int):
        raise NotSupported(f"histogram: bins is {bins!r}, expected a number or an array of edges")
    if range is None:
        raise NotSupported("histogram: range is missing; give the lower and upper end")
    return face._npi_histogram(a, bin_cnt=bins, range=tuple(range))


def diff(face: Face, a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The differences of neighbours along ``axis``, taken ``n`` times. ``prepend`` and ``append`` must be None.

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
    f.__name__: f for f in (percentile, quantile, bincount, histogram, diff, ediff1d)
}
