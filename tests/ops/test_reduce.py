"""Reductions."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from mxnet._base.errors import ArgumentError, ShapeError
from tests.ops import array_checks as checks

FAMILY = "reduce"
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


def test_norm_of_integers_is_cut_off():
    y = mx.nd.norm(mx.nd.array([[5, 5]], dtype="int32"), axis=1)
    assert (y.dtype, y.asscalar()) == (np.int32, 7)


def test_mean_of_small_integers_does_not_wrap_around():
    assert mx.nd.mean(mx.nd.array([100, 100, 28], dtype="int8")).asscalar() == 76


def test_reductions_may_give_arrays_without_axes_under_numpy_shapes():
    with mx.util.np_shape(True):
        assert mx.nd.sum(mx.nd.ones((2, 2))).shape == ()
    assert mx.nd.sum(mx.nd.ones((2, 2))).shape == (1,)


@pytest.mark.parametrize(
    ("op", "attrs", "error", "words"),
    [
        ("sum", {"axis": 3}, ShapeError, "axis 3"),
        ("max", {"axis": (0, -4)}, ShapeError, "axis -4"),
        ("mean", {"axis": (0, 0)}, ShapeError, "duplicates"),
        ("prod", {"axis": (1, -2)}, ShapeError, "duplicates"),
        ("argmax", {"axis": 5}, ShapeError, "argmax"),
        ("argmin", {"axis": -4}, ShapeError, "argmin"),
        ("cumsum", {"axis": 4}, ShapeError, "axis 4"),
        ("norm", {"ord": 3}, ArgumentError, "ord=3"),
        ("moments", {}, ArgumentError, "axes"),
        ("sum", {"axes": 1}, ArgumentError, "axes"),
    ],
)
def test_bad_calls_are_refused_at_the_call(op, attrs, error, words):
    with pytest.raises(error, match=words):
        getattr(mx.nd, op)(mx.nd.ones((2, 3, 4)), **attrs)


def test_channel_wise_argmax_needs_a_channel():
    with pytest.raises(mx.MXNetError):
        mx.nd.argmax_channel(mx.nd.ones(4))
