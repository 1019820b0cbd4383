"""Pick, place and mask elements by index; sequences."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from tests.ops.small_arrays import ones


def gradient(function, x):
    x.attach_grad()
    with mx.autograd.record():
        y = function(x)
    y.backward()
    return x.grad.asnumpy()


def test_elements_taken_twice_get_both_gradients():
    grad = gradient(lambda x: mx.nd.take(x, mx.nd.array([0, 0, 5, -3])), ones(3, 2))
    np.testing.assert_array_equal(grad, [[3, 3], [0, 0], [1, 1]])
    grad = gradient(lambda x: mx.nd.gather_nd(x, mx.nd.array([[0, 0, -1], [1, 1, 0]])), ones(2, 2))
    np.testing.assert_array_equal(grad, [[0, 2], [1, 0]])


def test_a_condition_with_the_first_axes_holds_for_all_that_is_there():
    condition = mx.nd.array([[0, 1, 1], [1, 0, 1]])
    x = mx.nd.array(np.arange(12).reshape(2, 3, 2))
    wanted = np.where(condition.asnumpy()[..., None] != 0, x.asnumpy(), -x.asnumpy())
    graph = mx.sym.where(mx.sym.var("condition"), mx.sym.var("x"), mx.sym.var("y"))
    assert graph.infer_shape(condition=(2, 3), x=(2, 3, 2))[1] == [(2, 3, 2)]
    made = [graph.eval(condition=condition, x=x, y=-x)[0], mx.nd.where(condition, x, -x)]
    for y in made:
        np.testing.assert_array_equal(y.asnumpy(), wanted)
    with pytest.raises(mx.MXNetError, match=r"condition \(3,\).*first of its axes"):
        mx.nd.where(mx.nd.ones((3,)), x, x)


def test_last_elements_without_lengths_have_a_gradient():
    grad = gradient(mx.nd.SequenceLast, ones(3, 2))
    np.testing.assert_array_equal(grad, [[0, 0], [0, 0], [1, 1]])


def test_lengths_beyond_the_data_take_the_nearest_element():
    x = mx.nd.array(np.arange(6).reshape(3, 2))
    y = mx.nd.SequenceLast(x, mx.nd.array([0, 9]), use_sequence_length=True)
    np.testing.assert_array_equal(y.asnumpy(), [0, 5])


def test_batch_take_picks_from_the_last_axis_of_any_rank():
    x = mx.nd.array(np.arange(8).reshape(2, 2, 2))
    y = mx.nd.batch_take(x, mx.nd.array([[0, 1], [1, 1]], dtype="int32"))
    np.testing.assert_array_equal(y.asnumpy(), [[0, 3], [5, 7]])


def test_unravel_index_takes_positions_of_any_shape():
    y = mx.nd.unravel_index(mx.nd.array([[2, 4]], dtype="int32"), shape=(2, 3))
    np.testing.assert_array_equal(y.asnumpy(), [[[0, 1]], [[2, 1]]])


def test_an_empty_mask_gives_an_empty_array():
    assert mx.nd.contrib.boolean_mask(ones(3, 2), mx.nd.zeros(3)).shape == (0, 2)
    assert mx.nd.contrib.boolean_mask(ones(2, 3), mx.nd.array([1, 0, 1]), axis=1).shape == (2, 2)


@pytest.mark.parametrize("rows", [40, 1000, 4000])
@pytest.mark.parametrize("block", [(), (3,), (2, 5)])
def test_blocks_are_scattered_and_gathered_by_coordinates_from_either_end(rows, block):
    draw = np.random.default_rng(0)
    places = draw.permutation(60 * 70)[:rows]
    indices = np.stack([places // 70 - 60 * draw.integers(0, 2, rows), places % 70 - 70 * draw.integers(0, 2, rows)])
    data = draw.standard_normal((rows, *block)).astype("float32")
    weight = draw.standard_normal((60, 70, *block)).astype("float32")
    expected = np.zeros((60, 70, *block), "float32")
    expected[tuple(indices)] = data

    scattered, gathered = mx.nd.array(data), mx.nd.array(weight)
    at = mx.nd.array(indices)
    for a in (scattered, gathered):
        a.attach_grad()
    with mx.autograd.record():
        out = mx.nd.scatter_nd(scattered, at, shape=(60, 70, *block))
        back = mx.nd.gather_nd(gathered, at)
        loss = (out * mx.nd.array(weight)).sum() + (back * mx.nd.array(data)).sum()
    loss.backward()
    np.testing.assert_array_equal(out.asnumpy(), expected)
    np.testing.assert_array_equal(back.asnumpy(), weight[tuple(indices)])
    np.testing.assert_array_equal(scattered.grad.asnumpy(), weight[tuple(indices)])
    np.testing.assert_array_equal(gathered.grad.asnumpy(), expected)


def test_blocks_scattered_to_one_place_are_one_of_them_and_have_the_gradient_of_it_each():
    data = mx.nd.array(np.arange(6).reshape(3, 2))
    weight = mx.nd.array([[5, 6], [7, 8]])
    grad = gradient(lambda x: mx.nd.scatter_nd(x, mx.nd.array([[1, 1, 1]]), shape=(2, 2)) * weight, data)
    np.testing.assert_array_equal(grad, [[7, 8]] * 3)
    made = mx.nd.scatter_nd(data, mx.nd.array([[1, 1, 1]]), shape=(2, 2)).asnumpy()
    assert not made[0].any() and made[1].tolist() in data.asnumpy().tolist()


@pytest.mark.parametrize(
    "call",
    [
        lambda: mx.nd.take(ones(3, 2), mx.nd.array([0, 3]), mode="raise"),
        lambda: mx.nd.take(ones(3, 2), mx.nd.array([0, -1]), mode="raise"),
        lambda: mx.nd.gather_nd(ones(2, 3), mx.nd.array([[0, 5], [1, 2]])),
        lambda: mx.nd.scatter_nd(ones(3), mx.nd.array([[0, 1, 9]]), shape=(2,)),
        lambda: mx.nd.contrib.index_copy(mx.nd.zeros((3, 2)), mx.nd.array([2, 5]), ones(2, 2)),
    ],
)
def test_an_index_out_of_bounds_is_told_at_the_wait(call):
    made = call()
    with pytest.raises(IndexError, match="out of bounds"):
        made.asnumpy()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ((slice(None), [0, -2, 0], slice(None, None, -2)), 7),
        ((slice(None), [0, 1, 3], slice(None, None, -1)), np.arange(18).reshape(3, 3, 2)),
        ((np.array([[0, 2]]), slice(None, None, -2)), np.arange(8).reshape(1, 2, 2, 2)),
        ((slice(None, None, -1), np.array([True, False, True, False])), 3),
        ((slice(2, -2, -2), [1], [0]), 5),
    ],
)
def test_slices_that_go_backwards_beside_index_arrays_are_read_and_written_as_in_numpy(key, value):
    for make in (mx.nd.array, mx.np.array):
        expected = np.arange(24.0).reshape(3, 4, 2).astype("float32")
        x = make(expected)
        np.testing.assert_array_equal(x[key].asnumpy(), expected[key])
        x[key] = value
        expected[key] = value
        np.testing.assert_array_equal(x.asnumpy(), expected)


@pytest.mark.parametrize("key", [slice(None, None, -2), slice(1, 0, -1), (None, slice(2, None, -2))])
def test_slices_of_one_element_share_memory_even_where_they_go_backwards(key):
    x = mx.nd.zeros((2,))
    x[key][:] = 5
    np.testing.assert_array_equal(x.asnumpy(), [0, 5])
    assert x[slice(-9, -8, -1)].shape == (0,)
    x[key] -= 2
    np.testing.assert_array_equal(x.asnumpy(), [0, 3])


def test_elements_taken_for_what_has_no_gradient_have_none():
    for taken in (lambda x: mx.nd.take(x, mx.nd.array([1, 0])), lambda x: mx.nd.Embedding(mx.nd.array([1]), x, 2, 3)):
        np.testing.assert_array_equal(
            gradient(lambda x, f=taken: mx.nd.BlockGrad(f(x) * 1), ones(2, 3)), np.zeros((2, 3))
        )
        np.testing.assert_array_equal(gradient(lambda x, f=taken: mx.nd.BlockGrad(f(x)), ones(2, 3)), np.zeros((2, 3)))
