"""sort, argsort, topk."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx


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


@pytest.mark.parametrize("dtype", ["float32", "int64", "uint8"])
def test_different_elements_come_in_order_with_where_they_are_first_and_how_often(dtype: str) -> None:
    values = np.random.default_rng(0).integers(0, 40, (30, 20)).astype(dtype)
    got = mx.np.unique(mx.np.array(values, dtype=dtype), True, True, True)
    for one, other in zip(got, np.unique(values.ravel(), True, True, True), strict=True):
        np.testing.assert_array_equal(one.asnumpy(), other)


def test_what_is_no_number_does_not_break_the_order_of_different_elements() -> None:
    got = mx.np.unique(mx.np.array([3, np.nan, 1, np.nan, 1]))
    np.testing.assert_array_equal(got.asnumpy(), [1, 3, np.nan, np.nan])


@pytest.mark.parametrize(
    ("ret_typ", "names"),
    [("value", ["t_output0"]), ("indices", ["t_output"]), ("mask", ["t_output"]), ("both", ["t_output0", "t_output1"])],
)
def test_outputs_of_topk_are_numbered_where_there_are_values(ret_typ, names):
    assert mx.sym.topk(mx.sym.Variable("a"), ret_typ=ret_typ, name="t").list_outputs() == names
