"""Reshape, transpose, slice, join, split, repeat, pad."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mxnet as mx
from mxnet._base.errors import ShapeError
from mxnet._runtime.shapes import infer_reshape, nth_axes
from tests.ops.small_arrays import ones


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.data())
def test_sizes_and_one_left_open_reshape_as_in_numpy(old, data):
    array = np.zeros(old)
    target = data.draw(st.permutations(old))
    at = data.draw(st.integers(0, len(target) - 1))
    spec = tuple(-1 if i == at else s for i, s in enumerate(target))
    for reverse in (False, True):
        assert infer_reshape(tuple(old), spec, reverse) == array.reshape(spec).shape


@given(st.lists(st.integers(1, 5), min_size=2, max_size=5))
def test_copying_joining_and_splitting_keep_the_number_of_elements(old):
    old = tuple(old)
    assert infer_reshape(old, (0,) * len(old), False) == old
    assert infer_reshape(old, (-2,), True) == old
    assert infer_reshape(old, (-3, -2), False) == (old[0] * old[1], *old[2:])
    assert infer_reshape(old, (-4, 1, -1, -2), False) == (1, *old)
    assert infer_reshape(old, (-2, -3), True) == (*old[:-2], old[-2] * old[-1])


@pytest.mark.parametrize(
    ("spec", "reverse", "words"),
    [
        ((5, 5), False, "25"),
        ((6,), False, "holds 6 elements, the data 24"),
        ((-1, -1), False, "at most"),
        ((-1, 5), False, "divided by 5"),
        ((0, 0, 0, 0), False, "copies dimension 3"),
        ((-3, -3), False, "joins"),
        ((-4, 5, -1, -2), False, "split 2 into 5"),
        ((-4, 2), False, "two sizes"),
        ((-7, 2), False, "no code"),
        ((-4, 1, 2, -2), True, "from the right"),
        ((), False, "empty"),
    ],
)
def test_a_shape_that_does_not_fit_is_refused_with_the_reason(spec, reverse, words):
    with pytest.raises(ShapeError, match=words):
        infer_reshape((2, 3, 4), spec, reverse)


def test_zero_size_arrays_reshape_by_their_codes():
    assert infer_reshape((2, 0, 3), (0, -1)) == (2, 0)
    assert infer_reshape((2, 0, 3), (-3, -2)) == (0, 3)
    with pytest.raises(ShapeError, match="divided by 0"):
        infer_reshape((2, 0, 3), (-1, 0))


def test_axes_are_counted_from_the_front_in_order():
    assert nth_axes("here", (-1, 0), 3) == (0, 2)
    with pytest.raises(ShapeError, match="here: axes .* duplicates"):
        nth_axes("here", (-1, 2), 3)


def test_results_never_share_memory_with_inputs():
    x = mx.nd.zeros((2, 2))
    for made in (
        mx.nd.Reshape(x, shape=(4,)),
        mx.nd.transpose(x),
        mx.nd.slice(x, begin=(0,), end=(1,)),
        mx.nd.SliceChannel(x, num_outputs=2)[0],
        mx.nd.sum(x, axis=(0, 1), exclude=True),
        mx.nd.Crop(x.reshape((1, 1, 2, 2)), h_w=(2, 2)),
        mx.nd.repeat(x, repeats=1),
        mx.nd.tile(x, reps=()),
    ):
        made[:] = 1
        assert x.asnumpy().max() == 0


def test_negative_axes_work_where_1_9_1_has_none():
    x = mx.nd.array(np.arange(6).reshape(2, 3))
    np.testing.assert_array_equal(mx.nd.flip(x, axis=-1).asnumpy(), x.asnumpy()[:, ::-1])
    assert mx.nd.transpose(x, axes=(-1, 0)).shape == (3, 2)
    assert mx.nd.broadcast_axis(ones(2, 1), axis=-1, size=3).shape == (2, 3)


def test_slices_beyond_the_axis_are_empty():
    assert mx.nd.slice(ones(2, 3), begin=(0, 5), end=(1, 9)).shape == (1, 0)
    assert mx.nd.slice(ones(4), begin=(0,), end=(4,), step=(-1,)).shape == (0,)


def test_axes_of_both_arrays_are_counted_from_the_last_of_the_sliced_one():
    x = mx.nd.arange(48).reshape((3, 2, 4, 2))
    like = ones(2, 1, 3)
    np.testing.assert_array_equal(mx.nd.slice_like(x, like, axes=(-2, -3)).asnumpy(), x.asnumpy()[:, :1, :3])
    with pytest.raises(ShapeError, match="slice_like"):
        mx.nd.slice_like(x, like, axes=(-1,))
    assert mx.nd.slice_like(x, like, axes=None).shape == x.shape
    cut = mx.sym.slice_like(mx.sym.var("x"), mx.sym.var("like"), axes=None)
    assert mx.sym.load_json(cut.tojson()).infer_shape(x=x.shape, like=like.shape)[1] == [x.shape]


@pytest.mark.parametrize(("k", "expected"), [(-3, None), (-2, (0,)), (-1, (1,)), (2, (1,)), (3, (0,)), (4, None)])
def test_the_diagonal_next_to_the_last_one_is_empty(k, expected):
    if expected is None:
        with pytest.raises(ShapeError, match="diag"):
            mx.nd.diag(ones(2, 3), k=k)
    else:
        assert mx.nd.diag(ones(2, 3), k=k).shape == expected


def test_whole_numbers_are_spaced_by_whole_steps():
    for dtype in ("int32", "uint8"):
        made = mx.nd.contrib.arange_like(ones(4, dtype=dtype), start=1.7, step=1.5)
        np.testing.assert_array_equal(made.asnumpy(), [1, 2, 3, 4])
