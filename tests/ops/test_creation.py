"""Arrays from nothing: what the recorded samples of creation do not reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import mxnet as mx


@pytest.mark.parametrize("k", [-9, -2, 0, 1, 4, 9])
def test_ones_are_on_one_diagonal_which_may_lie_outside(k: int) -> None:
    for rows, columns in ((3, 5), (5, 3), (4, 4)):
        np.testing.assert_array_equal(mx.nd.eye(rows, columns, k).asnumpy(), np.eye(rows, columns, k))
        np.testing.assert_array_equal(mx.np.eye(rows, columns, k).asnumpy(), np.eye(rows, columns, k))


@pytest.mark.parametrize(
    ("dtype", "number", "expected"),
    [("uint8", -1.5, 255), ("uint8", 300, 44), ("int8", 300, 44), ("int32", 1e20, -(2**31)), ("uint8", np.nan, 0)],
)
def test_numbers_beyond_a_whole_dtype_become_what_c_makes_of_them(dtype: str, number: float, expected: int) -> None:
    written = mx.nd.zeros((2,), dtype=dtype)
    written[:] = number
    written[1:] = number
    hot = mx.nd.one_hot(mx.nd.array([0, 5]), depth=1, on_value=number, off_value=number, dtype=dtype)
    padded = mx.nd.pad(
        mx.nd.zeros((1, 1, 1, 1), dtype=dtype),
        mode="constant",
        pad_width=(0, 0, 0, 0, 1, 0, 0, 0),
        constant_value=number,
    )
    for made in (
        written,
        mx.nd.full((2,), number, dtype=dtype),
        hot,
        padded[:, :, :1],
        mx.sym.full((2,), number, dtype=dtype).eval()[0],
    ):
        assert made.dtype == np.dtype(dtype)
        assert (made.asnumpy() == expected).all()


def test_arrays_that_are_yet_to_be_written_may_be_without_elements() -> None:
    assert mx.nd.empty((0, 3)).shape == (0, 3)
    assert mx.nd.full((0,), 1).asnumpy().tolist() == []
    for shape in ((2, -1), ()):
        with pytest.raises(mx.base.MXNetError, match="shape"):
            mx.nd.empty(shape)


@pytest.mark.parametrize("make", [mx.nd.zeros, mx.nd.ones, mx.nd.empty])
@pytest.mark.parametrize("shape", [2.5, None])
def test_what_is_no_shape_is_refused_by_the_errors_of_this_package(make: Any, shape: Any) -> None:
    with pytest.raises(mx.base.MXNetError, match="whole number") as error:
        make(shape)
    assert isinstance(error.value, TypeError)
