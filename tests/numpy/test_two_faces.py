"""mx.np.ndarray beside NDArray: one core, two sets of rules."""

from __future__ import annotations

import operator

import numpy as onp
import pytest

import mxnet as mx
from mxnet import autograd, np

VALUES = onp.arange(-6, 6, dtype="float32").reshape(3, 4)


@pytest.fixture(autouse=True)
def numpy_shapes():
    with mx.np_shape(True):
        yield


CALLS = {
    "arange": lambda n: n.arange(3, 10, 2, dtype="float32"),
    "argmax": lambda n: n.argmax(n.array(VALUES), axis=1),
    "argmin over all": lambda n: n.argmin(n.array(VALUES)),
    "clip": lambda n: n.clip(n.array(VALUES), -1, 2),
    "concatenate": lambda n: n.concatenate([n.array(VALUES), n.array(VALUES)], axis=1),
    "dot": lambda n: n.dot(n.array(VALUES), n.array(VALUES).T),
    "expand_dims": lambda n: n.expand_dims(n.array(VALUES), 1),
    "eye": lambda n: n.eye(3, 4, 1, dtype="float32"),
    "full": lambda n: n.full((2, 0), 7, dtype="float32"),
    "linspace": lambda n: n.linspace(0, 1, 5, dtype="float32"),
    "max over an axis": lambda n: n.max(n.array(VALUES), axis=0),
    "mean over all is a scalar array": lambda n: n.mean(n.array(VALUES)),
    "sum over two axes": lambda n: n.array(VALUES).sum(axis=(0, 1)),
    "arithmetic broadcasts": lambda n: n.array(VALUES) * n.array([[1.0], [2.0], [3.0]], dtype="float32") - 1,
    "floats divide": lambda n: 1 / (n.array(VALUES) + 20),
    "matrix product": lambda n: n.array(VALUES) @ n.array(VALUES).T,
    "powers": lambda n: n.array(VALUES) ** 2,
    "remainders have the sign of the divisor": lambda n: n.array(VALUES) % 4,
    "a number at an index": lambda n: n.array(VALUES)[1, 2],
    "a row": lambda n: n.array(VALUES)[-1],
    "slices with steps": lambda n: n.array(VALUES)[::-2, 1:],
    "new axes": lambda n: n.array(VALUES)[None, :, None, 1],
    "by lists": lambda n: n.array(VALUES)[[0, 2], [1, 3]],
    "by a mask": lambda n: n.array(VALUES)[n.array(VALUES) > 1],
    "transposed": lambda n: n.array(VALUES).T,
    "reshaped": lambda n: n.array(VALUES).reshape(2, -1),
}


@pytest.mark.parametrize("name", CALLS)
def test_functions_and_operators_give_what_numpy_gives(name: str) -> None:
    got, want = CALLS[name](np), CALLS[name](onp)
    assert isinstance(got, np.ndarray) and got.shape == want.shape
    onp.testing.assert_allclose(got.asnumpy(), want, rtol=1e-6)


def test_comparisons_are_booleans_here_and_floats_in_nd() -> None:
    assert (np.array([1.0, 2.0]) > 1.5).dtype == onp.bool_
    assert (mx.nd.array([1.0, 2.0]) > 1.5).dtype is onp.float32


def test_zero_dimensional_arrays_print_and_convert_as_numbers() -> None:
    x = np.array(3.5)
    assert x.shape == () and float(x) == 3.5 and repr(x) == "array(3.5)" and x.item() == 3.5
    assert repr(np.ones((2,), dtype="int32")) == "array([1, 1], dtype=int32)"
    assert repr(np.zeros((0, 3))) == "array([], shape=(0, 3))"


def test_faces_turn_into_each_other_and_share_memory() -> None:
    x = mx.nd.array([[1.0, 2.0]])
    y = x.as_np_ndarray()
    y[0, 1] = 9
    assert isinstance(y, np.ndarray) and x.asnumpy().tolist() == [[1, 9]]
    back = y.as_nd_ndarray()
    back[0, 0] = 5
    assert type(back) is mx.nd.NDArray and y.asnumpy().tolist() == [[5, 9]]


def test_assignment_writes_in_place_and_views_see_it() -> None:
    x = np.array(VALUES)
    row = x[1]
    x[1, :] = 8
    x[0, 1:3] += 100
    assert row.asnumpy().tolist() == [8] * 4
    assert x[0].asnumpy().tolist() == [-6, 95, 96, -3]


def test_gradients_flow_and_have_the_face_of_their_array() -> None:
    x = np.array([1.0, 2.0, 3.0])
    x.attach_grad()
    with autograd.record():
        y = (x * x)[1:].sum()
    y.backward()
    assert y.shape == () and isinstance(x.grad, np.ndarray)
    assert x.grad.asnumpy().tolist() == [0, 4, 6]


def test_one_declaration_serves_both_faces() -> None:
    assert isinstance(np.arctan(np.array([1.0])), np.ndarray)
    assert type(mx.nd.arctan(mx.nd.array([1.0]))) is mx.nd.NDArray


def test_arithmetic_between_the_faces_names_the_way_out() -> None:
    with pytest.raises(TypeError, match="as_np_ndarray"):
        np.ones((2, 2)) + mx.nd.ones((2, 2))


@pytest.mark.parametrize("key", ["0 truths mask", "truth", "untruth", "truth and number", "slice truth mask", "0 mask"])
def test_truths_without_axes_select_all_or_nothing_as_in_numpy(key: str) -> None:
    values = onp.arange(24.0, dtype="float32").reshape(2, 3, 4)
    mask = onp.array([[True, False, True, False]] * 3)
    chosen = {
        "0 truths mask": (0, True, True, mask),
        "truth": True,
        "untruth": False,
        "truth and number": (True, 0),
        "slice truth mask": (slice(None), True, mask),
        "0 mask": (0, mask),
    }[key]
    ours = (
        tuple(np.array(k) if isinstance(k, onp.ndarray) else k for k in chosen) if isinstance(chosen, tuple) else chosen
    )
    x = np.array(values)
    onp.testing.assert_array_equal(x[ours].asnumpy(), values[chosen])
    values[chosen] = x[ours] = 7
    onp.testing.assert_array_equal(x.asnumpy(), values)


def test_a_mask_without_axes_writes_a_number_without_axes() -> None:
    x = np.array(3.0)
    x[np.array(True, dtype=bool)] = 5
    assert x.item() == 5


@pytest.mark.parametrize("dtype", ["int32", "float64"])
def test_what_is_written_over_an_array_of_another_dtype_has_its_gradient(dtype: str) -> None:
    x = np.zeros((2, 3), dtype=dtype)
    y = np.array(VALUES[:2, :3])
    y.attach_grad()
    with autograd.record():
        x[:] = y
        x.backward()
    assert x.dtype == onp.dtype(dtype)
    assert y.grad.asnumpy().tolist() == [[1, 1, 1], [1, 1, 1]]


def test_another_shape_is_a_copy_of_an_array_of_mx_np_and_shares_memory_in_mx_nd() -> None:
    for reshaped in (lambda a: a.reshape(-1), lambda a: a.reshape((3, 2), order="C"), lambda a: a.flatten()):
        a = mx.np.ones((2, 3))
        reshaped(a)[:] = 7
        assert (a.asnumpy() == 1).all()
    a = mx.nd.ones((2, 3))
    a.reshape(-1)[:] = 7
    assert (a.asnumpy() == 7).all()


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "bool"])
def test_integers_are_not_changed_in_place_by_what_they_can_not_hold(dtype: str) -> None:
    a = np.array([1, 0, 3], dtype=dtype)
    before = a.asnumpy()
    halves = np.array([1.5, 2.0, 3.0])
    for change, other in ((operator.itruediv, 2), (operator.itruediv, a), (operator.iadd, halves)):
        with pytest.raises(mx.MXNetError, match="can not hold"):
            change(a, other)
    assert (a.asnumpy() == before).all()
    if dtype != "bool":
        a += 1
        assert a.dtype == dtype and a.tolist() == [2, 1, 4]
    b = np.array([1, 0, 3], dtype="float32")
    b += np.array([1, 1, 1], dtype="int32")
    assert b.dtype == onp.float32 and b.tolist() == [2, 1, 4]


def test_a_power_in_place_is_a_new_array_that_is_recorded() -> None:
    a = np.array([1.0, 2.0])
    same = a
    a **= 2
    assert a is not same and same.tolist() == [1, 2] and a.tolist() == [1, 4]
    a.attach_grad()
    with autograd.record():
        b = a * 3
        b **= 2
    b.backward()
    assert a.grad.tolist() == [18, 72]


@pytest.mark.parametrize("subscripts", ["ij->i", "ij->", "ii", "...i->...", "ij,jk->ik"])
@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float16", "float32"])
def test_einsum_keeps_the_dtype(dtype: str, subscripts: str) -> None:
    values = onp.array([[1, 2], [3, 4]], dtype)
    count = subscripts.count(",") + 1
    made = np.einsum(subscripts, *[np.array(values, dtype=dtype)] * count)
    expected = onp.einsum(subscripts, *[values] * count)
    assert made.dtype == dtype and made.tolist() == expected.tolist()
