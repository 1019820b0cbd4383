"""Products, factorisations, triangles, determinants."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from mxnet._base.errors import MXNetError
from tests.ops.small_arrays import ones


@pytest.mark.parametrize("dtype", ["float16", "int32"])
def test_products_of_dtypes_that_1_9_1_lacks_on_processors_work(dtype):
    x = mx.nd.array([[1, 2], [3, 4]], dtype=dtype)
    for product in (mx.nd.dot(x, x), mx.nd.batch_dot(x.expand_dims(0), x.expand_dims(0))[0]):
        assert product.dtype == np.dtype(dtype)
        np.testing.assert_array_equal(product.asnumpy(), [[7, 10], [15, 22]])


def test_factorisations_give_the_matrix_back():
    rng = np.random.RandomState(0)
    for n in (1, 2, 5, 20):
        root = rng.randn(3, n, n)
        matrix = mx.nd.array(root @ root.transpose(0, 2, 1) + np.eye(n), dtype="float64")
        lower = mx.nd.linalg.potrf(matrix)
        np.testing.assert_allclose(mx.nd.linalg.syrk(lower).asnumpy(), matrix.asnumpy(), atol=1e-9)
        np.testing.assert_allclose(
            mx.nd.batch_dot(mx.nd.linalg.potri(lower), matrix).asnumpy(), np.stack([np.eye(n)] * 3), atol=1e-6
        )
        q, low = mx.nd.linalg.gelqf(matrix)
        np.testing.assert_allclose(mx.nd.batch_dot(low, q).asnumpy(), matrix.asnumpy(), atol=1e-9)
        u, values = mx.nd.linalg.syevd(matrix)
        rebuilt = mx.nd.batch_dot(u, mx.nd.batch_dot(mx.nd.linalg.makediag(values), u), transpose_a=True)
        np.testing.assert_allclose(rebuilt.asnumpy(), matrix.asnumpy(), atol=1e-9)


def test_the_largest_element_of_an_eigenvector_is_positive():
    rng = np.random.RandomState(1)
    matrix = rng.randn(8, 5, 5)
    u = mx.nd.linalg.syevd(mx.nd.array(matrix + matrix.transpose(0, 2, 1)))[0].asnumpy()
    largest = np.take_along_axis(u, np.abs(u).argmax(-1)[..., None], -1)
    assert (largest > 0).all()


@pytest.mark.parametrize("call", ["potrf", "inverse"])
def test_matrices_that_can_not_be_factored_are_told_at_the_wait(call):
    made = getattr(mx.nd.linalg, call)(mx.nd.array([[1, 1], [1, 1]]) if call == "inverse" else -ones(2, 2))
    assert made.shape == (2, 2)
    with pytest.raises(MXNetError, match=call):
        made.asnumpy()


@pytest.mark.parametrize("function", [mx.nd.linalg.det, lambda x: mx.nd.linalg.slogdet(x)[1]])
def test_gradients_of_determinants_at_singular_matrices_are_zero(function):
    x = mx.nd.array([[[1, 1], [1, 1]], [[2, 0], [0, 1]]])
    x.attach_grad()
    with mx.autograd.record():
        y = function(x)
    y.backward()
    np.testing.assert_allclose(x.grad.asnumpy()[0], 0, atol=1e-6)
    assert np.abs(x.grad.asnumpy()[1]).max() >= 1


@pytest.mark.parametrize("solve", [mx.np.linalg.solve, mx.np.linalg.tensorsolve])
@pytest.mark.parametrize(
    "dtypes, expected",
    [
        (("float64", "float32"), "float64"),
        (("float32", "float64"), "float64"),
        (("float32", "int32"), "float64"),
        (("int64", "int64"), "float64"),
        (("float32", "float32"), "float32"),
    ],
)
def test_equations_of_two_dtypes_are_solved_in_the_wider_and_their_gradients_are_in_each_ones_own(
    solve, dtypes, expected
):
    a = mx.np.array([[2, 1], [1, 3]], dtype=dtypes[0])
    b = mx.np.array([1, 2], dtype=dtypes[1])
    a.attach_grad()
    b.attach_grad()
    with mx.autograd.record():
        x = solve(a, b)
    assert x.dtype == np.dtype(expected)
    np.testing.assert_allclose(x.asnumpy(), [0.2, 0.6], rtol=1e-6)
    x.backward()
    assert (a.grad.dtype, b.grad.dtype) == (a.dtype, b.dtype)
    made = getattr(mx.sym.np.linalg, solve.__name__)(*(mx.sym.var(name).as_np_ndarray() for name in "ab"))
    assert made.infer_type(a=dtypes[0], b=dtypes[1])[1] == [np.dtype(expected).type]


def test_sums_of_products_of_truths_are_truths():
    a = mx.np.array([[True, True], [False, True]], dtype=bool)
    assert mx.np.einsum("ij,jk", a, a).asnumpy().tolist() == [[True, True], [False, True]]
    assert mx.np.einsum("ij->i", a).asnumpy().tolist() == [True, True]
