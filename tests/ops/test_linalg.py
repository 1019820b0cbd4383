"""Products, factorisations, triangles, determinants."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from mxnet._base.errors import ArgumentError, DTypeError, MXNetError, ShapeError
from tests.ops import array_checks as checks

FAMILY = "linalg"
RECORDED, NAMES = checks.samples(FAMILY)
INFERABLE, INFERABLE_NAMES = checks.inferable(FAMILY)
SMOOTH, SMOOTH_NAMES = checks.smooth(FAMILY)


@pytest.mark.parametrize(("recorded", "case"), RECORDED, ids=NAMES)
def test_values_and_gradients_are_those_of_1_9_1(recorded, case):
    checks.check_answer(recorded, case)


@pytest.mark.parametrize("case", INFERABLE, ids=INFERABLE_NAMES)
def test_shapes_and_dtypes_are_known_without_values(case):
    checks.check_inference(case)


@pytest.mark.parametrize("case", [case for _, case in RECORDED], ids=NAMES)
def test_inputs_are_left_alone(case):
    checks.check_inputs_stay(case)


@pytest.mark.parametrize("case", SMOOTH, ids=SMOOTH_NAMES)
def test_gradient_agrees_with_finite_differences(case):
    checks.check_gradient(case)


def ones(*shape, dtype="float32"):
    return mx.nd.ones(shape, dtype=dtype)


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


BAD = [
    ("dot", (ones(2, 3), ones(2, 3)), {}, ShapeError),
    ("dot", (ones(3), ones(4)), {}, ShapeError),
    ("dot", (ones(4), ones(2, 3, 4)), {}, ShapeError),
    ("dot", (ones(2, 1), ones(3, 2, 2)), {}, ShapeError),
    ("dot", (ones(3), ones(3)), {"transpose_a": True}, ArgumentError),
    ("dot", (ones(2, 3), ones(3, 2, dtype="float64")), {}, DTypeError),
    ("dot", (ones(2, 3, 4), ones(4, 2, 2, dtype="float64")), {}, DTypeError),
    ("batch_dot", (ones(1, 2, 3), ones(2, 3, 2)), {}, ShapeError),
    ("batch_dot", (ones(2, 3), ones(3, 2)), {}, ShapeError),
    ("batch_dot", (ones(2, 2, 3), ones(2, 2, 3)), {}, ShapeError),
    ("batch_dot", (ones(1, 2, 2, 3), ones(2, 2, 3, 2)), {}, ShapeError),
    ("khatri_rao", (ones(2, 3), ones(3, 2)), {}, ShapeError),
    ("linalg_gemm", (ones(2, 3), ones(3, 2), ones(1, 2)), {}, ShapeError),
    ("linalg_gemm2", (ones(2, 2, 3), ones(3, 2)), {}, ShapeError),
    ("linalg_gemm2", (ones(2, 3), ones(2, 3)), {}, ShapeError),
    ("linalg_potrf", (ones(2, 3),), {}, ShapeError),
    ("linalg_trmm", (ones(3, 3), ones(2, 3)), {}, ShapeError),
    ("linalg_trsm", (ones(3, 3), ones(3)), {}, ShapeError),
    ("linalg_gelqf", (ones(3, 2),), {}, ShapeError),
    ("linalg_extractdiag", (ones(3, 3),), {"offset": 3}, ShapeError),
    ("linalg_extracttrian", (ones(2, 3),), {}, ShapeError),
    ("linalg_maketrian", (ones(5),), {}, ShapeError),
    ("linalg_inverse", (ones(2, 3),), {}, ShapeError),
    ("linalg_det", (ones(3),), {}, ShapeError),
]


@pytest.mark.parametrize(("op", "inputs", "attrs", "error"), BAD, ids=[f"{b[0]}-{n}" for n, b in enumerate(BAD)])
def test_bad_calls_are_refused_at_the_call_naming_the_operator(op, inputs, attrs, error):
    with pytest.raises(error, match=op):
        getattr(mx.nd, op)(*inputs, **attrs)
