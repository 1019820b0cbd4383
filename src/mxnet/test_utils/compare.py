"""Comparisons of arrays, with messages that say where they differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mxnet._base.errors import ShapeError
from mxnet.ndarray import NDArray
from mxnet.numpy import ndarray

from .tolerances import Tolerance, get_etol, get_tols


class UnequalShapes(ShapeError, AssertionError):
    """Arrays that can not be equal, for their shapes."""


def host(array: Any) -> Any:
    """``array`` as a NumPy array if it is one of ours; anything else unchanged."""
    return array.asnumpy() if hasattr(array, "asnumpy") else array


def same(a: Any, b: Any) -> bool:
    """Whether shapes and all elements are equal. NaN is not equal to NaN.

    >>> same(np.ones(2), np.ones(2))
    True
    """
    return bool(np.array_equal(host(a), host(b)))


def same_array(array1: Any, array2: Any) -> bool:
    """Whether two arrays are the same memory.

    >>> import mxnet as mx
    >>> x = mx.nd.ones((3,))
    >>> same_array(x, x[:]), same_array(x, x.copy())
    (True, False)
    """
    if array1._sparse or array2._sparse:
        return array1 is array2 or getattr(array1, "_storage", array1) is getattr(array2, "_storage", array2)
    one, two = array1._ready(), array2._ready()
    return one.data_ptr() == two.data_ptr() and one.shape == two.shape and one.device == two.device


def checkShapes(a: Any, b: Any) -> None:
    """Raise an AssertionError unless the shapes are equal."""
    if a.shape != b.shape:
        raise _different(a, b, f" a.shape = {a.shape} and b.shape = {b.shape} are not equal")


def almost_equal(
    a: Any,
    b: Any,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    equal_nan: bool = False,
    use_broadcast: bool = True,
) -> bool:
    """Whether ``abs(a - b) <= atol + rtol * abs(b)`` everywhere.

    Args:
        a, b: arrays of ours, NumPy arrays or numbers.
        rtol, atol: numbers, dicts from dtype to number, or None for the default of the coarser of the two dtypes.
        equal_nan: whether NaN equals NaN.
        use_broadcast: whether the shapes may differ as far as NumPy broadcasts them.

    >>> almost_equal(np.float32([1]), np.float32([1.00001]))
    True
    """
    rtol, atol = get_tols(a, b, rtol, atol)
    a, b = np.asarray(host(a)), np.asarray(host(b))
    if not use_broadcast:
        checkShapes(a, b)
    return bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan))


def assert_almost_equal(
    a: Any,
    b: Any,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    names: tuple[str, str] = ("a", "b"),
    equal_nan: bool = False,
    use_broadcast: bool = True,
    mismatches: tuple[int, int] = (10, 10),
) -> None:
    """Raise an AssertionError unless ``abs(a - b) <= atol + rtol * abs(b)`` everywhere.

    Args:
        a, b, rtol, atol, equal_nan, use_broadcast: as in :func:`almost_equal`.
        names: what to call the two in the message.
        mismatches: how many of the worst places the message lists, and how many 1.9.1 looked for before it gave up
            counting; here all are counted.

    >>> assert_almost_equal(np.ones(2), np.ones(2) + 1e-7)
    """
    _assert_near(a, b, *get_tols(a, b, rtol, atol), 0, names, equal_nan, use_broadcast, mismatches)


def assert_almost_equal_with_err(
    a: Any,
    b: Any,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    etol: float | None = None,
    names: tuple[str, str] = ("a", "b"),
    equal_nan: bool = False,
    mismatches: tuple[int, int] = (10, 10),
) -> None:
    """:func:`assert_almost_equal`, but a share ``etol`` of the elements may be off.

    >>> assert_almost_equal_with_err(np.ones(4), np.array([1, 1, 1, 2]), etol=0.5)
    """
    _assert_near(a, b, *get_tols(a, b, rtol, atol), get_etol(etol), names, equal_nan, True, mismatches)


def assert_almost_equal_ignore_nan(
    a: Any, b: Any, rtol: Tolerance = None, atol: Tolerance = None, names: tuple[str, str] = ("a", "b")
) -> None:
    """:func:`assert_almost_equal` where neither is NaN."""
    a, b = np.copy(host(a)), np.copy(host(b))
    either = np.logical_or(np.isnan(a), np.isnan(b))
    a[either] = 0
    b[either] = 0
    assert_almost_equal(a, b, rtol, atol, names)


def assert_allclose(a: Any, b: Any, rtol: float = 1e-07, atol: float = 0, equal_nan: bool = True) -> None:
    """:func:`assert_almost_equal` with NumPy's defaults."""
    assert_almost_equal(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)


def _assert_near(
    a: Any,
    b: Any,
    rtol: float,
    atol: float,
    etol: float,
    names: tuple[str, str],
    equal_nan: bool,
    use_broadcast: bool,
    mismatches: tuple[int, int],
) -> None:
    if _plain(a) and _plain(b) and a.shape != b.shape:
        raise UnequalShapes(
            f"a.shape = {a.shape} and b.shape = {b.shape} are not equal, as those of NDArrays have to be"
        )
    numbers = np.isscalar(a) and np.isscalar(b)
    a, b = np.asarray(host(a)), np.asarray(host(b))
    if not use_broadcast:
        checkShapes(a, b)
    near = np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)
    wrong = int(near.size - np.count_nonzero(near))
    if wrong == 0 or wrong <= etol * near.size:
        return
    if a.dtype == np.bool_ and b.dtype == np.bool_:
        np.testing.assert_equal(a, b)
    a_all, b_all = np.broadcast_arrays(a.astype(np.float64), b.astype(np.float64))
    with np.errstate(all="ignore"):
        error = np.abs(a_all - b_all) / (atol + rtol * np.abs(b_all) + 1e-20)
    # what can not be measured is worst, what is near enough by the rule is out of the list
    rank = np.where(np.isnan(error), np.inf, error)
    rank = np.where(near, -np.inf, rank)
    if numbers or near.ndim == 0:
        raise _different(a[()], b[()], f"\nError {float(error):f} exceeds tolerance {_tolerance(rtol, atol)}.\n")
    order = np.argsort(-rank, axis=None, kind="stable")[: max(1, min(wrong, mismatches[0]))]
    worst = [tuple(int(i) for i in np.unravel_index(o, near.shape)) for o in order]
    text = (
        f"\nError {error[worst[0]]:f} exceeds tolerance {_tolerance(rtol, atol)} (mismatch "
        f"{100.0 * wrong / near.size:f}%).\n" + locationError(a_all, b_all, worst[0], names, maxError=True)
    )
    if len(worst) > 1:
        listed = [
            f"{i + 1:4d}: Error {error[w]:f}  " + locationError(a_all, b_all, w, names) for i, w in enumerate(worst)
        ]
        text += f"\nMaximum errors, of {near.size} elements:\n" + "\n".join(listed)
    raise _different(a, b, text)


def _plain(value: Any) -> bool:
    """Whether ``value`` is an NDArray: 1.9.1 compares two of them by an operator that does not broadcast."""
    return isinstance(value, NDArray) and not isinstance(value, ndarray)


def _tolerance(rtol: float, atol: float) -> str:
    return f"rtol={rtol:e}, atol={atol:e}"


def locationError(a: Any, b: Any, index: tuple[int, ...], names: tuple[str, str], maxError: bool = False) -> str:
    """The place ``index`` and both values there, as text; ``maxError`` says that it is the worst place."""
    which = "maximum error" if maxError else "error"
    return f"Location of {which}: {index}, {names[0]}={a[index]:.8f}, {names[1]}={b[index]:.8f}"


def _different(a: Any, b: Any, why: str) -> AssertionError:
    return AssertionError(f"\nItems are not equal:{why}\n ACTUAL: {_show(a)}\n DESIRED: {_show(b)}")


def _show(value: Any) -> str:
    lines = repr(host(value)).split("\n")
    return "\n".join(lines[:3]) + ("..." if len(lines) > 3 else "")


def assert_exception(f: Callable[..., Any], exception_type: Any, *args: Any, **kwargs: Any) -> None:
    """Raise an AssertionError unless ``f(*args, **kwargs)`` raises ``exception_type``.

    >>> assert_exception(int, ValueError, "one")
    """
    try:
        f(*args, **kwargs)
    except exception_type:
        return
    raise AssertionError(f"{getattr(f, '__name__', f)} did not raise {exception_type}")


def compare_ndarray_tuple(t1: Any, t2: Any, rtol: Tolerance = None, atol: Tolerance = None) -> None:
    """Raise an AssertionError unless two arrays, or nested tuples of them, are almost equal; None matches anything."""
    if t1 is None or t2 is None:
        return
    if isinstance(t1, tuple):
        for one, two in zip(t1, t2, strict=True):
            compare_ndarray_tuple(one, two, rtol, atol)
    else:
        assert_almost_equal(t1, t2, rtol=rtol, atol=atol)
