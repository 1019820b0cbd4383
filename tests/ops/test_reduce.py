"""Reductions."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx


def test_ties_get_the_whole_gradient_each():
    x = mx.nd.array([[1, 3, 3], [3, 0, 3]])
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.max(x)
    y.backward()
    np.testing.assert_array_equal(x.grad.asnumpy(), [[0, 1, 1], [1, 0, 1]])


def test_gradient_of_a_product_with_a_zero_is_the_product_of_the_others():
    x = mx.nd.array([2, 0, 3])
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.prod(x)
    y.backward()
    np.testing.assert_array_equal(x.grad.asnumpy(), [0, 6, 0])


def test_gradient_of_the_norm_of_zeros_is_zero():
    x = mx.nd.zeros((2, 3))
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.norm(x, axis=1)
    y.backward()
    np.testing.assert_array_equal(x.grad.asnumpy(), np.zeros((2, 3)))


@pytest.mark.parametrize("out_dtype", ["float16", "float32", "float64", "int32"])
def test_norm_takes_the_dtype_of_its_result(out_dtype):
    y = mx.nd.norm(mx.nd.array([3, 4]), out_dtype=out_dtype)
    assert y.dtype == np.dtype(out_dtype)
    assert y.asscalar() == 5


def test_the_dtype_of_a_norm_is_inferred():
    y = mx.sym.norm(mx.sym.var("x"), out_dtype="float64")
    assert y.infer_type(x="float32")[1] == [np.float64]


def test_norm_of_integers_is_cut_off():
    y = mx.nd.norm(mx.nd.array([[5, 5]], dtype="int32"), axis=1)
    assert (y.dtype, y.asscalar()) == (np.int32, 7)


def test_mean_of_small_integers_does_not_wrap_around():
    assert mx.nd.mean(mx.nd.array([100, 100, 28], dtype="int8")).asscalar() == 76


@pytest.mark.parametrize("numpy_shapes", [False, True])
def test_reductions_leave_one_axis_with_numpy_shapes_too(numpy_shapes):
    data = mx.nd.array([[2, 1], [0, 3]])
    with mx.util.np_shape(numpy_shapes):
        whole = [getattr(data, name)() for name in ("sum", "mean", "max", "min", "prod", "nansum", "norm", "argmax")]
        row = [mx.nd.dot(data[0], data[0]), mx.nd.pick(data[0], mx.nd.array([1]), axis=0), data[0].sum(axis=0)]
        assert [a.shape for a in [*whole, *row, mx.nd.linalg.sumlogdiag(data)]] == [(1,)] * 12
        assert mx.nd.linalg.det(data).shape == (() if numpy_shapes else (1,))
    with mx.np_shape():
        assert mx.np.ones(3).sum().shape == mx.np.dot(mx.np.ones(3), mx.np.ones(3)).shape == ()


@pytest.mark.parametrize("product", [mx.nd.prod, mx.nd.nanprod, lambda x: mx.np.prod(x.as_np_ndarray())])
def test_products_of_parts_too_great_for_the_dtype_leave_a_product_that_is_zero_zero(product):
    numbers = np.linspace(0, 2, 720, dtype="float32").reshape(2, 3, 4, 5, 6)
    assert product(mx.nd.array(numbers)).asnumpy() == 0


@pytest.mark.parametrize("axis", [None, 1, (0, 2), (2, 0), (1, 2), (-1, -2, 0)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_products_over_several_axes_and_their_gradients_are_numpys(axis, keepdims):
    numbers = np.random.RandomState(0).uniform(0.5, 2, (2, 3, 4)).astype("float32")
    expected = np.prod(numbers, axis=axis, keepdims=keepdims)
    for x, product in [(mx.nd.array(numbers), mx.nd.prod), (mx.np.array(numbers), mx.np.prod)]:
        x.attach_grad()
        with mx.autograd.record():
            y = product(x, axis=axis, keepdims=keepdims)
        assert y.shape == expected.shape or (expected.shape, y.shape) == ((), (1,))
        np.testing.assert_allclose(y.asnumpy().reshape(expected.shape), expected, rtol=1e-5)
        y.backward()
        whole = np.prod(numbers, axis=axis, keepdims=True)
        np.testing.assert_allclose(x.grad.asnumpy(), whole / numbers, rtol=1e-5)
