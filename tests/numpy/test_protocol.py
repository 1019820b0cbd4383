"""NumPy's own functions called with np arrays, and those that mx.np borrows."""

from __future__ import annotations

from typing import Any

import numpy as onp
import pytest

import mxnet as mx
from mxnet import np

X = onp.array([[1.5, -2.5], [4.0, 0.5]], dtype="float32")


@pytest.mark.parametrize(
    "call",
    [
        lambda a: onp.sum(a, axis=0),
        lambda a: onp.concatenate([a, a]),
        lambda a: onp.exp(a),
        lambda a: onp.add(a, a),
        lambda a: onp.multiply(2, a),
        lambda a: onp.ones(2, dtype="float32") + a,
        lambda a: onp.linalg.norm(a),
        lambda a: onp.where(a > 0, a, a),
        lambda a: onp.median(a, axis=1),
        lambda a: onp.heaviside(a, a),
    ],
)
def test_functions_of_numpy_give_np_arrays_with_its_values(call) -> None:
    got = call(np.array(X))
    assert isinstance(got, np.ndarray)
    onp.testing.assert_allclose(got.asnumpy(), call(X), rtol=1e-5)


def test_functions_of_numpy_have_gradients_where_there_is_an_operator() -> None:
    x = np.array(X)
    x.attach_grad()
    with mx.autograd.record():
        y = onp.square(x).sum()
    y.backward()
    onp.testing.assert_allclose(x.grad.asnumpy(), 2 * X)


def test_numbers_and_tuples_stay_what_they_are() -> None:
    a = np.array(X)
    assert onp.allclose(a, a) is True
    assert np.linalg.matrix_rank(a) == 2
    whole, rest = np.modf(a)[::-1]
    assert isinstance(whole, np.ndarray)
    onp.testing.assert_allclose((whole + rest).asnumpy(), X)


def test_borrowed_functions_are_found_in_fallback_and_in_np() -> None:
    a = np.array(X)
    assert np.isclose(a, a).asnumpy().all() and np.fallback.isclose(a, a).dtype == onp.bool_
    with pytest.raises(AttributeError, match="no attribute 'no_such'"):
        _ = np.no_such
    with pytest.raises(AttributeError, match="no attribute 'no_such'"):
        _ = np.fallback.no_such


@pytest.mark.parametrize("function", [np.nanmax, onp.nanmax, np.linalg.cond], ids=["np", "numpy", "np.linalg"])
def test_a_function_without_a_gradient_does_not_lose_one_in_silence(function: Any) -> None:
    x = np.array(X)
    x.attach_grad()
    with mx.autograd.record(), pytest.raises(mx.MXNetError, match=r"has no gradient.*detach"):
        function(x * 2)
    with mx.autograd.record():
        y = (x * function(x.detach())).sum() * bool(np.allclose(x, x))
    y.backward()
    onp.testing.assert_allclose(x.grad.asnumpy(), function(X), rtol=1e-5)


def test_an_out_array_is_written() -> None:
    a, out = np.array(X), np.zeros((2, 2))
    assert onp.add(a, a, out=out) is out
    onp.testing.assert_allclose(out.asnumpy(), 2 * X)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"where": False}, NotImplementedError),
        ({"dtype": "int8"}, NotImplementedError),
        ({"casting": "safe"}, NotImplementedError),
        ({"casting": "mxnet"}, TypeError),
        ({"dtype": "abcdefg"}, TypeError),
        ({"foo": 1}, TypeError),
    ],
)
def test_options_of_numpy_that_are_not_there_are_refused_by_class(options, error) -> None:
    with pytest.raises(error):
        np.exp(np.array(X), **options)
    with pytest.raises(error):
        np.add(np.array(X), 1, **options)


def test_arrays_without_axes_are_not_iterable_as_those_of_numpy() -> None:
    assert not onp.iterable(mx.np.array(1.0))  # what draws axes asks this
    assert onp.iterable(mx.np.ones(3)) and [float(x) for x in mx.np.arange(3)] == [0, 1, 2]
    with pytest.raises(TypeError, match="without axes"):
        iter(mx.np.array(1.0))


def test_arrays_without_axes_are_taken_for_numbers_and_as_they_are_at_the_time() -> None:
    start, stop = np.array(1.0), np.array(3.0)
    assert np.arange(start, stop, 0.5).asnumpy().tolist() == [1, 1.5, 2, 2.5]
    assert np.clip(np.arange(5), start, stop).asnumpy().tolist() == [1, 1, 2, 3, 3]
    start[()] = 2
    assert np.arange(start, stop, 0.5).asnumpy().tolist() == [2, 2.5]
    assert np.clip(np.arange(5), start, stop).asnumpy().tolist() == [2, 2, 2, 3, 3]


@pytest.mark.parametrize(
    "make, text",
    [
        (
            lambda: np.arange(12),
            "array([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11.])",
        ),
        (
            lambda: np.zeros((1, 20), dtype="int32"),
            "array([[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],\n      dtype=int32)",
        ),
        (lambda: np.ones(2, dtype="float64"), "array([1., 1.], dtype=float64)"),
        (lambda: np.ones(2, dtype="float16"), "array([1., 1.], dtype=float16)"),
        (lambda: np.ones(2, dtype="bfloat16"), "array([1., 1.], dtype=bfloat16)"),
        (lambda: np.ones(2, dtype="bool"), "array([ True,  True])"),
        (lambda: np.ones(2000), "array([1., 1., 1., ..., 1., 1., 1.])"),
        (lambda: np.ones(2000, dtype="int32"), "array([1, 1, 1, ..., 1, 1, 1], dtype=int32)"),
        (lambda: np.array(3, dtype="int32"), "array(3, dtype=int32)"),
    ],
)
def test_arrays_are_shown_as_1_9_1_shows_them(make: Any, text: str) -> None:
    assert repr(make()) == text


def test_lists_given_to_functions_are_float32() -> None:
    for made, wanted in [
        (np.exp([1, 2]), onp.exp([1, 2])),
        (np.std([1, 2]), 0.5),
        (np.arctan2([1, 2], [3, 4]), onp.arctan2([1, 2], [3, 4])),
    ]:
        assert made.dtype == onp.float32
        onp.testing.assert_allclose(made.asnumpy(), wanted, rtol=1e-6)
    assert np.add(onp.array([1, 2]), onp.array([3, 4])).dtype == onp.int64, "arrays of NumPy keep their dtype"


def test_lists_stay_integers_for_functions_of_integers_and_beside_integers() -> None:
    assert np.bincount([1, 2, 2]).asnumpy().tolist() == [0, 1, 2]
    assert np.bitwise_and([1, 2], [3, 1]).asnumpy().tolist() == [1, 0]
    assert np.lcm([2, 3], [4, 6]).asnumpy().tolist() == [4, 6]
    assert np.take(np.array([5.0, 7.0]), [1]).asnumpy().tolist() == [7]
    assert (np.array([1, 2], dtype="int64") & [1, 3]).dtype == onp.int64


def test_percentages_bins_and_decorated_things_are_refused_as_in_1_9_1() -> None:
    with pytest.raises(ValueError, match="q is 101, expected a percentage"):
        np.percentile(np.ones(3), 101)
    with pytest.raises(NotImplementedError, match="bins is 'x'"):
        np.histogram(np.ones(3), bins="x")
    with pytest.raises(TypeError, match="expected a function or a class"):
        mx.util.use_np(5)
