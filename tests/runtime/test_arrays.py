"""Arrays against the recorded answers of 1.9.1."""

from __future__ import annotations

import array
import copy
import pathlib
import pickle
from collections import deque
from typing import Any

import numpy as np
import pytest
import torch

import mxnet as mx
from tests.answers import check, recorded
from tests.runtime.array_probes import PROBES

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "arrays.json", PROBES)


@pytest.mark.parametrize("name", PROBES)
def test_arrays_answer_as_the_reference(name: str) -> None:
    check(PROBES[name], mx, ANSWERS[name])


# -- where 1.9.1 crashes, writes beyond an array, or refuses what makes sense ----------------------------------------


def test_arrays_calculate_with_numpy_arrays_in_their_own_dtype() -> None:
    x = mx.nd.array([1, 2, 3])
    for got in (x + np.array([1.0, 2, 3]), np.array([1.0, 2, 3]) + x):
        assert isinstance(got, mx.nd.NDArray) and got.dtype is np.float32
        assert got.asnumpy().tolist() == [2, 4, 6]
    assert (x == np.ones(3)).asnumpy().tolist() == [1, 0, 0]
    assert (np.array([[10.0], [20.0]]) - x).shape == (2, 3)
    with pytest.raises(TypeError, match="not supported"):
        x + np.array(["a", "b", "c"])


def test_indices_out_of_bounds_are_refused_when_writing_too() -> None:
    x = mx.nd.arange(6).reshape((2, 3))
    for key in ([0, 5], mx.nd.array([-3]), (slice(None), np.array([3])), ([0, 1], [0, 7])):
        with pytest.raises(IndexError, match="is out of bounds for axis"):
            x[key] = 9
        with pytest.raises(IndexError, match="is out of bounds for axis"):
            x[key]
    assert x.asnumpy().ravel().tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("mask", [[True, False, True], [[True, False]], [True]])
def test_a_mask_of_another_shape_is_refused_by_its_axis(mask: list[object]) -> None:
    x = mx.nd.zeros((2, 3))
    for key in (mask, np.array(mask), mx.nd.array(mask, dtype="bool")):
        for refused in (lambda k: x[k], lambda k: x.__setitem__(k, 1)):
            with pytest.raises(IndexError, match="boolean index did not match indexed array along dimension [01]"):
                refused(key)
    assert x.asnumpy().sum() == 0


def test_bool_masks_select_as_in_numpy() -> None:
    """1.9.1 takes their values for the indices 0 and 1."""
    values = np.arange(6, dtype="float32").reshape(2, 3)
    for mask in (values > 2, np.array([False, True]), values < 0):
        for key in (mask, mx.nd.array(mask, dtype="bool"), mask.tolist()):
            x = mx.nd.array(values)
            assert x[key].asnumpy().tolist() == values[mask].tolist()
            x[key] = -1
            assert x.asnumpy().tolist() == np.where(mask if mask.ndim == 2 else mask[:, None], -1, values).tolist()


def test_numbers_come_out_of_arrays_with_one_element() -> None:
    x = mx.nd.array([[3]], dtype="int32")
    assert x.asscalar() == 3 and x.asscalar().shape == ()
    assert (int(mx.nd.array([2.7])), float(x), x.item()) == (2, 3.0, 3)
    for convert in (float, int, mx.nd.NDArray.asscalar, mx.nd.NDArray.item):
        with pytest.raises(ValueError, match=r"not a scalar.*\(2,\)"):
            convert(mx.nd.ones((2,)))


def test_numpy_functions_take_arrays_as_they_are() -> None:
    x = mx.nd.array([1, 2], dtype="int32")
    assert np.asarray(x).dtype == np.int32 and np.asarray(x).tolist() == [1, 2]
    assert np.asarray(x, dtype="float64").dtype == np.float64
    assert np.stack([x, x]).shape == (2, 2)
    assert 2 in x and 5 not in x


def test_shapes_that_hold_another_number_of_elements_are_refused() -> None:
    for shape in ((5, -1), (2, 3), (2, 3, 5), ()):
        for reshape in (
            lambda s: mx.nd.zeros((2, 3, 4)).reshape(s),
            lambda s: mx.nd.reshape(mx.nd.zeros((2, 3, 4)), s),
        ):
            with pytest.raises(ValueError, match=r"\(2, 3, 4\)"):
                reshape(shape)


def test_axes_are_given_to_transpose_one_by_one_too() -> None:
    assert mx.nd.zeros((2, 3, 4)).transpose(1, 2, 0).shape == (3, 4, 2)
    assert mx.nd.zeros((2, 3, 4)).transpose(None).shape == (4, 3, 2)
    assert mx.nd.zeros((2, 3, 4)).transpose(axes=(0, 2, 1)).shape == (2, 4, 3)


class _Column:
    """A column of a table: no sequence, but NumPy makes an array of it."""

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        return np.array([0, 1, 2], "int64")


@pytest.mark.parametrize(
    "value",
    [range(3), array.array("d", [0, 1, 2]), memoryview(np.arange(3)), deque([0, 1, 2]), np.arange(3).flat, _Column()],
    ids=lambda v: type(v).__name__,
)
def test_anything_that_numpy_makes_an_array_of_is_assigned(value: Any) -> None:
    x = mx.nd.zeros((2, 3))
    x[1] = value
    assert x.asnumpy().tolist() == [[0, 0, 0], [0, 1, 2]]
    x[:] = value
    assert x.asnumpy().tolist() == [[0, 1, 2]] * 2
    y = mx.nd.zeros((2, 3), dtype="int32")
    y[[0, 1], :] = value
    assert y.asnumpy().tolist() == [[0, 1, 2]] * 2


@pytest.mark.parametrize("value", [2.0, np.full((), 2.0), np.float64(2)], ids=lambda v: type(v).__name__)
def test_the_only_element_of_an_array_without_axes_is_assigned_by_a_whole_slice(value: Any) -> None:
    with mx.util.np_shape(True):
        x = mx.nd.zeros(())
        x[:] = value
        assert (x.shape, x.asscalar()) == ((), 2.0)
        x[:] = mx.nd.ones(())
        assert x.asscalar() == 1.0


@pytest.mark.parametrize("value", [None, "a", object(), {"a": 1}, ["a"], [[1], [2, 3]]], ids=lambda v: type(v).__name__)
def test_what_holds_no_numbers_makes_no_array(value: object) -> None:
    with pytest.raises(TypeError, match="source_array must be array like"):
        mx.nd.array(value)
    x = mx.nd.zeros((2,))
    with pytest.raises(TypeError, match="non-array-like"):
        x[:] = value
    assert x.asnumpy().tolist() == [0, 0]


def test_bfloat16_arrays_calculate_and_come_out_as_float32() -> None:
    x = mx.nd.array([1, 2.5, 1e-3]).astype("bfloat16")
    assert x.dtype == np.dtype([("bfloat16", np.uint16)])
    assert (x + x).dtype == x.dtype
    assert (x * 2).asnumpy().dtype == np.float32
    np.testing.assert_allclose((x * 2).asnumpy(), [2, 5, 2e-3], rtol=2**-8)
    assert mx.nd.zeros((2,), dtype=x.dtype).dtype == x.dtype


def test_arrays_of_torch_tensors_are_copies() -> None:
    tensor = torch.arange(3, dtype=torch.float64)
    x = mx.nd.array(tensor)
    tensor.zero_()
    assert x.dtype is np.float64 and x.asnumpy().tolist() == [0, 1, 2]


def test_arrays_are_found_in_sets_by_identity_and_in_lists_by_value() -> None:
    x, y = mx.nd.ones((1,)), mx.nd.ones((1,))
    assert len({x, y}) == 2 and hash(x) == hash(x)
    assert y in [x]  # == of one element


def test_copies_are_new_arrays_outside_the_graph() -> None:
    x = mx.nd.arange(4)
    x.attach_grad()
    for twin in (copy.copy(x), copy.deepcopy(x), x.copy()):
        twin[:] = 9
        assert x.asnumpy().tolist() == [0, 1, 2, 3]
    memo: dict = {}
    pair = copy.deepcopy([x, x], memo)
    assert pair[0] is pair[1] and pair[0].grad is None


def test_a_numpy_array_can_be_shared_and_then_is_read_only() -> None:
    values = np.arange(3, dtype="float32")
    shared = mx.nd.from_numpy(values)
    shared[:] = 7
    assert values.tolist() == [7, 7, 7]
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 1
    mine = np.arange(3, dtype="float64")
    own = mx.nd.from_numpy(mine, zero_copy=False)
    mine[:] = 9
    assert own.dtype is np.float64 and own.asnumpy().tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="C-contiguous"):
        mx.nd.from_numpy(np.ones((2, 3)).T)


def test_histograms_count_what_numpy_counts() -> None:
    values = np.random.RandomState(0).uniform(size=100).astype("float32")
    counts, edges = mx.nd.histogram(mx.nd.array(values), bins=5, range=(0, 1))
    want, places = np.histogram(values, bins=5, range=(0, 1))
    assert counts.asnumpy().tolist() == want.tolist() and counts.dtype is np.int64
    np.testing.assert_allclose(edges.asnumpy(), places, rtol=1e-6)
    counts, _ = mx.nd.histogram(mx.nd.array(values), bins=mx.nd.array([0, 0.5, 1]))
    assert counts.asnumpy().sum() == 100


def test_infinities_and_nans_are_told_from_numbers() -> None:
    x = mx.nd.array([1, np.inf, -np.inf, np.nan])
    functions = mx.nd.contrib
    assert functions.isnan(x).asnumpy().tolist() == [0, 0, 0, 1]
    assert functions.isinf(x).asnumpy().tolist() == [0, 1, 1, 0]
    assert functions.isfinite(x).asnumpy().tolist() == [1, 0, 0, 0]


def test_functions_that_make_arrays_are_found_beside_the_class() -> None:
    from mxnet.ndarray.ndarray import array, concatenate, waitall

    assert array is mx.nd.array
    assert concatenate is mx.nd.concatenate
    assert waitall is mx.nd.waitall
    assert mx.nd.ndarray.zeros((1, 2)).shape == (1, 2)


@pytest.mark.parametrize("face", ["nd", "sym"])
def test_operators_are_in_the_dictionary_of_their_module(face: str) -> None:
    contrib = getattr(mx, face).contrib
    assert "box_encode" in contrib.__dict__
    assert callable(vars(getattr(mx, face))["FullyConnected"])
    assert "no_such_operator" not in contrib.__dict__


def test_an_operator_taken_out_of_its_module_is_gone_until_it_is_put_back() -> None:
    taken = mx.nd.contrib.__dict__.pop("box_decode")
    assert not hasattr(mx.nd.contrib, "box_decode")
    assert "box_decode" not in mx.nd.contrib.__dict__
    mx.nd.contrib.box_decode = taken
    assert mx.nd.contrib.__dict__["box_decode"] is taken


class _Pickled:
    """What 1.9.1 writes of an array or symbol into a pickle: its class, called with None, and then its state."""

    def __init__(self, cls: type, handle: Any) -> None:
        self.cls, self.handle = cls, handle

    def __reduce__(self) -> tuple[Any, ...]:
        return self.cls, (None,), {"handle": self.handle}


def test_arrays_and_symbols_pickled_by_1_9_1_are_read() -> None:
    dense = bytes.fromhex("c9fa93f9" + "00000000" + "02000000" + "0100000000000000" * 2 + "01000000" + "00000000" * 2)
    for cls in (mx.nd.NDArray, mx.np.ndarray):
        back = pickle.loads(pickle.dumps(_Pickled(cls, bytearray(dense + np.float32(7).tobytes()))))
        assert type(back) is cls
        assert back.shape == (1, 1)
        assert (back + 1).asnumpy() == [[8]]
    symbol = mx.sym.Variable("x") + 1
    read = pickle.loads(pickle.dumps(_Pickled(mx.sym.Symbol, symbol.tojson())))
    assert read.tojson() == symbol.tojson()
    assert read.eval(x=mx.nd.ones((1,)))[0].asscalar() == 2


@pytest.mark.parametrize(
    "call",
    [
        lambda f, x: f.slice_axis(x, 0, axis=0, begin=0, end=1),
        lambda f, x: f.relu(x, None, None, None, None),
        lambda f, x: f.one_hot(x, depth=2, dtype="int32x"),
        lambda f, x: f.random.uniform(0, 1, (2,), dtype="foo"),
    ],
)
@pytest.mark.parametrize("face", [mx.nd, mx.sym])
def test_calls_that_do_not_fit_the_signature_and_unknown_dtypes_are_type_errors(face: Any, call: Any) -> None:
    x = mx.sym.Variable("x") if face is mx.sym else mx.nd.ones((2,))
    with pytest.raises(TypeError) as error:
        call(face, x)
    assert isinstance(error.value, mx.MXNetError)


def test_out_may_be_a_list_of_one_array() -> None:
    x, weight = mx.nd.array([[4, 9]]), mx.nd.ones((2,))
    out = [mx.nd.zeros((2, 1))]
    assert mx.nd.transpose(x, out=out) is out
    assert out[0].asnumpy().tolist() == [[4], [9]]
    written = [weight]
    assert mx.nd.sgd_update(weight, mx.nd.ones((2,)), lr=0.5, out=written) is written
    assert weight.asnumpy().tolist() == [0.5, 0.5]
    with pytest.raises(mx.MXNetError, match="out"):
        mx.nd.transpose(x, out=[mx.nd.zeros((2, 1)), mx.nd.zeros((2, 1))])


def test_all_of_an_array_is_the_array_itself() -> None:
    for x in (mx.nd.ones((2, 3)), mx.np.ones((2, 3))):
        x.attach_grad()
        for whole in (x[:], x[()], x[::1]):
            assert whole is x
        for part in (x[...], x[:, :], x[0:2]):
            assert part is not x
        with mx.autograd.record():
            loss = (x[:] * x[:]).sum()
        loss.backward()
        assert (x.grad.asnumpy() == 2).all()


def test_the_axes_of_an_array_with_one_are_turned_by_nothing() -> None:
    x = mx.nd.ones((3,))
    assert x.T is x
    x.attach_grad()
    with mx.autograd.record():
        y = x.T * 2
    y.backward()
    assert x.grad.asnumpy().tolist() == [2, 2, 2]


def shift_back(x: Any) -> None:
    x[:-1] = x[1:]


def shift_on(x: Any) -> None:
    x[1:] = x[:-1]


def shift_by_copyto(x: Any) -> None:
    x[:-1].copyto(x[1:])


def repeat_a_row(x: Any) -> None:
    x[:] = x[1]


def exchange_rows(x: Any) -> None:
    x[[2, 0, 1]] = x.copy() if isinstance(x, np.ndarray) else x  # NumPy 1 reads rows it has written


def a_row_as_column(x: Any) -> None:
    flat = x.reshape(-1) if isinstance(x, np.ndarray) else x.reshape((-1,))
    x[:, 1] = flat[:3]


def add_neighbours(x: Any) -> None:
    part = x[1:]
    part += x[:-1].copy() if isinstance(x, np.ndarray) else x[:-1]


@pytest.mark.parametrize(
    "change",
    [shift_back, shift_on, shift_by_copyto, repeat_a_row, exchange_rows, a_row_as_column, add_neighbours],
    ids=lambda f: f.__name__,
)
def test_an_array_may_be_written_from_its_own_memory(change: Any) -> None:
    values = np.arange(9, dtype="float32").reshape(3, 3)
    x = mx.nd.array(values)
    change(x)
    if change is shift_by_copyto:
        shift_on(values)
    else:
        change(values)
    assert x.asnumpy().tolist() == values.tolist()


SHARED_WRONGLY = {
    "a number as a capsule": (lambda: mx.nd.from_dlpack(3), AssertionError, "Invalid DLPack Tensor.* got int"),
    "a capsule twice": (lambda: twice(mx.nd.ones((2,)).to_dlpack_for_read()), AssertionError, "consumed only once"),
    "a list as an array": (lambda: mx.nd.from_numpy([1, 2]), AttributeError, r"got list; array\(\) takes others"),
}


def twice(capsule: object) -> None:
    mx.nd.from_dlpack(capsule)
    mx.nd.from_dlpack(capsule)


@pytest.mark.parametrize("what", SHARED_WRONGLY)
def test_memory_that_can_not_be_shared_is_told_of(what: str) -> None:
    call, kind, words = SHARED_WRONGLY[what]
    with pytest.raises(kind, match=words) as caught:
        call()
    assert isinstance(caught.value, mx.MXNetError)


@pytest.mark.parametrize(
    "make",
    [
        lambda ctx: mx.nd.array([1], ctx=ctx),
        lambda ctx: mx.nd.full((2,), 1, ctx=ctx),
        lambda ctx: mx.nd.empty((2,), ctx=ctx),
        lambda ctx: mx.np.array([1], ctx=ctx),
        lambda ctx: mx.np.empty((2,), ctx=ctx),
        lambda ctx: mx.nd.sparse.csr_matrix([[1]], ctx=ctx),
        lambda ctx: mx.nd.sparse.row_sparse_array([[1]], ctx=ctx),
        lambda ctx: mx.nd.sparse.zeros("csr", (1, 1), ctx=ctx),
    ],
)
@pytest.mark.parametrize("ctx", ["cpu", "gpu(0)", 5])
def test_what_is_no_context_is_refused_in_words(make: Any, ctx: Any) -> None:
    with pytest.raises(AttributeError, match=r"ctx must be a Context, like mx.cpu\(\)") as refused:
        make(ctx)
    assert isinstance(refused.value, mx.MXNetError)


def test_only_contexts_and_all_can_be_seeded() -> None:
    mx.random.seed(1, ctx="all")
    mx.random.seed(1, ctx=mx.cpu())
    with pytest.raises(KeyError, match="'foo', expected a Context"):
        mx.random.seed(1, ctx="foo")


def test_what_does_not_fit_is_told_without_words_of_torch() -> None:
    x = mx.nd.ones((3,))
    for key in (slice(None), [0, 1, 2]):
        with pytest.raises(ValueError, match=r"\(2,\) and requested shape \(3,\)$"):
            x[key] = [1, 2]
    square = mx.nd.ones((3, 3))
    for use in (lambda: square[[0, 1], [0, 1, 2]], lambda: square.__setitem__(([0, 1], [0, 1, 2]), mx.nd.ones(2))):
        with pytest.raises(ValueError, match=r"indices of shapes \(2,\), \(3,\) can not be") as refused:
            use()
        assert isinstance(refused.value, IndexError)


def test_functions_refuse_what_is_no_array_of_numbers() -> None:
    with pytest.raises(ValueError, match="<U1 is not supported"):
        mx.nd.from_numpy(np.array(["a"]))
    with pytest.raises(TypeError, match="out must have NDArray type, but got 5"):
        mx.nd.random.uniform(out=5)
    with pytest.raises(TypeError, match="out must have NDArray type"):
        mx.init.Xavier()("a_weight", np.zeros((2, 2)))


@pytest.mark.parametrize("other", [mx.nd.ones((2,)), mx.nd.ones((2, 2)), mx.nd.ones((2, 3), dtype="int32")])
def test_unlike_arrays_are_not_concatenated(other: Any) -> None:
    with pytest.raises(AssertionError, match="Concat") as refused:
        mx.nd.concatenate([mx.nd.ones((2, 3)), other])
    assert isinstance(refused.value, mx.MXNetError)
