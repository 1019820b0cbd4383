"""sort, argsort, topk."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from mxnet._base.errors import ArgumentError, ShapeError
from tests.ops import array_checks as checks

FAMILY = "sort"
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


def test_equal_elements_of_short_axes_keep_their_order():
    x = mx.nd.array(np.arange(40) % 3)
    np.testing.assert_array_equal(mx.nd.argsort(x).asnumpy(), np.argsort(x.asnumpy(), kind="stable"))
    np.testing.assert_array_equal(mx.nd.topk(x, k=12).asnumpy(), np.argsort(-x.asnumpy(), kind="stable")[:12])


@pytest.mark.parametrize("size", [5, 64, 65, 1000])
@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("ascend", [False, True])
def test_the_best_elements_are_found_on_short_and_long_axes(size, k, ascend):
    x = np.random.RandomState(size).permutation(3 * size).reshape(3, size).astype("float32")
    values, places = mx.nd.topk(mx.nd.array(x), k=k, is_ascend=ascend, ret_typ="both", dtype="int64")
    expected = np.sort(x) if ascend else -np.sort(-x)
    np.testing.assert_array_equal(values.asnumpy(), expected[:, :k])
    np.testing.assert_array_equal(np.take_along_axis(x, places.asnumpy(), 1), expected[:, :k])


def test_sort_of_the_flattened_array_has_a_gradient():
    x = mx.nd.array([[3, 1], [2, 0]])
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.sort(x, axis=None) * mx.nd.arange(4)
    y.backward()
    np.testing.assert_array_equal(x.grad.asnumpy(), [[3, 1], [2, 0]])


@pytest.mark.parametrize(
    ("op", "attrs", "error"),
    [
        ("topk", {"k": 9}, ShapeError),
        ("topk", {"axis": 2}, ShapeError),
        ("topk", {"ret_typ": "all"}, ArgumentError),
        ("sort", {"axis": -3}, ShapeError),
        ("argsort", {"axis": 2}, ShapeError),
        ("argsort", {"dtype": "text"}, ArgumentError),
    ],
)
def test_bad_calls_are_refused_at_the_call_naming_the_operator(op, attrs, error):
    with pytest.raises(error, match=op):
        getattr(mx.nd, op)(mx.nd.ones((2, 3)), **attrs)
