"""Zeros beyond the end of sequences are put there by the bits of a mask; other values are filled in."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx

LENGTHS = np.array([0, 2, 5, 3], np.float32)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint8", "int32", "int64"])
@pytest.mark.parametrize("tail", [(), (3,), (2, 5)], ids=str)
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("value", [0, 7])
def test_all_beyond_the_end_has_the_value_and_all_before_stays(
    value: int, axis: int, tail: tuple[int, ...], dtype: str
) -> None:
    data = np.random.default_rng(0).integers(1, 100, ((5, 4, *tail), (4, 5, *tail))[axis]).astype(dtype)
    got = mx.nd.SequenceMask(
        mx.nd.array(data, dtype=dtype), mx.nd.array(LENGTHS), use_sequence_length=True, value=value, axis=axis
    )
    expected = data.copy().swapaxes(0, axis)
    for i, length in enumerate(LENGTHS.astype(int)):
        expected[length:, i] = value
    np.testing.assert_array_equal(got.asnumpy(), expected.swapaxes(0, axis))
    assert got.dtype == np.dtype(dtype)


def test_what_is_masked_may_be_no_number_and_gradients_are_masked_as_often_as_one_likes() -> None:
    data = np.full((5, 4, 2), 3, np.float32)
    data[4] = np.nan
    data[3, 3] = np.inf
    x = mx.nd.array(data)
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.SequenceMask(x, mx.nd.array(np.minimum(LENGTHS, 3)), use_sequence_length=True)
        first = mx.autograd.grad(y * y, x, create_graph=True)[0]
    first.backward()
    kept = (np.arange(5)[:, None] < np.minimum(LENGTHS, 3))[..., None] * np.ones(2)
    np.testing.assert_array_equal(y.asnumpy(), 3 * kept)
    np.testing.assert_array_equal(first.asnumpy(), 6 * kept)
    np.testing.assert_array_equal(x.grad.asnumpy(), 2 * kept)
