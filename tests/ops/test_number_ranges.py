"""Numbers at and beyond the ends of dtypes, and the words for dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet._base.errors import ArgumentError
from tests.ops.small_arrays import ones


@pytest.mark.parametrize("dtype", ["float64", np.float64, np.dtype("float64"), float])
def test_a_dtype_of_a_few_allowed_ones_is_a_name_a_dtype_or_a_class(dtype: Any) -> None:
    data = ones(2, 2)
    for op in (mx.nd.softmax, mx.nd.softmin, mx.nd.log_softmax):
        assert op(data, dtype=dtype).dtype == np.float64
    assert mx.sym.softmax(mx.sym.var("x"), dtype=dtype).list_attr() == {"dtype": "float64"}
    with pytest.raises(ArgumentError, match="dtype expect one of .* but value=<class .numpy.int8.>"):
        mx.nd.softmax(data, dtype=np.int8)


def test_an_array_as_a_dtype_stands_for_its_own() -> None:
    whole = ones(3, dtype="int32")
    data = ones(2)
    assert data.astype(whole).dtype == data.astype(whole, copy=False).dtype == np.int32
    assert mx.nd.cast(data, dtype=whole).dtype == mx.nd.zeros((1,), dtype=whole).dtype == np.int32
    assert mx.sym.cast(mx.sym.var("x"), dtype=whole).list_attr() == {"dtype": "int32"}
    assert mx.np.ones(2).astype(whole).dtype == np.int32
    with pytest.raises(TypeError):
        data.astype(np.ones(3, dtype="int32"))


FILLED: dict[str, Callable[[Any, float], Any]] = {
    "full": lambda x, big: mx.nd.full(x.shape, big, dtype=x.dtype),
    "operator _full": lambda x, big: mx.sym.full(x.shape, big, dtype=x.dtype).eval()[0],
    "SequenceMask": lambda x, big: mx.nd.SequenceMask(
        x, mx.nd.array([0, 0], dtype=x.dtype), use_sequence_length=True, value=big
    ),
    "one_hot": lambda x, big: mx.nd.one_hot(mx.nd.array([0, 0]), 1, on_value=big, dtype=x.dtype),
    "Pad": lambda x, big: mx.nd.pad(x.reshape((1, 1, 2, 2)), "constant", (0, 0, 0, 0, 1, 0, 0, 0), big)[0, 0, 0],
}


@pytest.mark.parametrize("name", FILLED)
@pytest.mark.parametrize("big", [1e10, -3.4028235e38])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_numbers_out_of_the_range_of_a_dtype_are_infinite_where_they_are_put(name: str, big: float, dtype: str) -> None:
    found = FILLED[name](ones(2, 2, dtype=dtype), big).asnumpy()
    with np.errstate(over="ignore"):
        assert (found == np.array(big).astype(dtype)).all()


@pytest.mark.parametrize("key", [slice(None), 0, (0, 1), (slice(None), 1)])
def test_numbers_out_of_the_range_of_a_dtype_are_infinite_when_assigned(key: Any) -> None:
    x = ones(2, 2, dtype="float16")
    x[key] = -1e18
    expected = np.ones((2, 2), "float16")
    expected[key] = -np.inf
    assert x.asnumpy().tolist() == expected.tolist()


@pytest.mark.parametrize("bound", [1e10, 3.4028235e38])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_bounds_out_of_the_range_of_a_dtype_let_everything_through(bound: float, dtype: str) -> None:
    x = mx.nd.array([-5, 7], dtype=dtype)
    x.attach_grad()
    with mx.autograd.record():
        y = x.clip(-bound, bound)
    y.backward()
    assert y.asnumpy().tolist() == [-5, 7]
    assert x.grad.asnumpy().tolist() == [1, 1]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64"])
@pytest.mark.parametrize("make", [mx.nd.array, mx.np.array])
def test_no_integer_is_beyond_an_infinite_number(make: Callable[..., Any], dtype: str) -> None:
    x = make([0, 1, 100], dtype=dtype)
    inf = float("inf")
    for holds in (x < inf, x <= inf, x > -inf, x >= -inf, x != inf):
        assert holds.asnumpy().tolist() == [1, 1, 1]
    for fails in (x > inf, x == inf, x <= -inf, x == float("nan")):
        assert fails.asnumpy().tolist() == [0, 0, 0]


def test_remainders_that_are_zero_have_no_sign() -> None:
    found = (mx.nd.array([-3, -1, 0, 2]) % 1).asnumpy()
    assert not np.signbit(found).any()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("add", [197, 199, 203]),
        ("subtract", [-203, -201, -197]),
        ("multiply", [-600, -200, 600]),
        ("mod", [197, 199, 3]),
    ],
)
def test_bytes_with_and_without_a_sign_are_computed_with_as_int32(name: str, expected: list[int]) -> None:
    signed, unsigned = mx.np.array([-3, -1, 3], dtype="int8"), mx.np.array([200], dtype="uint8")
    made = getattr(mx.np, name)(signed, unsigned)
    assert made.dtype == np.int32
    assert made.asnumpy().tolist() == expected
