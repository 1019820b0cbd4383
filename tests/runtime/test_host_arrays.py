"""NumPy arrays of odd memory layouts, wherever arrays are made of them or take values from them."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx

_FIELDS = np.zeros(3, dtype=[("a", "<f4"), ("b", "u1")])
_FIELDS["a"] = 1
LAYOUTS = {
    "back to front along an axis of one": np.ones((3, 1), "float32")[:, ::-1],
    "back to front": np.ones((3, 2), "float32")[::-1, ::-1],
    "the last of many, back to front": np.ones((1, 3), "float32")[::-1, :1],
    "a column of records": _FIELDS["a"],
    "one record": _FIELDS["a"][:1],
    "bytes in the other order": np.ones((2, 2), ">f4"),
    "read only": np.broadcast_to(np.float32(1), (2, 3)),
}


def _as_indices(source):
    return mx.nd.ones(2)[source.astype("int64") * 0]


WAYS = {
    "nd.array": mx.nd.array,
    "np.array": lambda source: mx.np.array(source).as_nd_ndarray(),
    "assignment": lambda source: _assigned(mx.nd.zeros(source.shape), source),
    "assignment to a part": lambda source: _assigned(mx.nd.zeros((2, *source.shape)), source, 1),
    "from_numpy": lambda source: mx.nd.from_numpy(source, zero_copy=False),
    "operand": lambda source: mx.nd.zeros(source.shape) + mx.nd.array(source),
    "indices": _as_indices,
}


def _assigned(target, source, part=slice(None)):
    target[part] = source
    return target[part]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("way", WAYS)
def test_values_of_numpy_arrays_arrive_whatever_their_strides_and_byte_order(way, layout):
    source = LAYOUTS[layout]
    made = WAYS[way](source)
    assert made.shape == source.shape
    assert (made.asnumpy() == 1).all()


def test_what_numpy_calls_contiguous_can_be_shared_with_it():
    source = np.ones((3, 1), "float32")[:, ::-1]
    assert source.flags.c_contiguous
    assert mx.nd.from_numpy(source).asnumpy().tolist() == [[1], [1], [1]]


def test_row_sparse_arrays_take_rows_back_to_front():
    made = mx.nd.sparse.row_sparse_array((np.ones((2, 1), "float32")[:, ::-1], np.array([2, 0])[::-1]), shape=(3, 1))
    assert made.asnumpy().tolist() == [[1], [0], [1]]


@pytest.mark.parametrize(
    "word, name",
    [
        ("f4", "float32"),
        ("<f8", "float64"),
        (">i4", "int32"),
        ("d", "float64"),
        ("single", "float32"),
        ("byte", "int8"),
        ("ubyte", "uint8"),
        ("?", "bool"),
        ("i8", "int64"),
        (np.dtype("f2"), "float16"),
    ],
)
def test_dtypes_may_be_said_in_any_word_numpy_has_for_them(word, name):
    x = mx.nd.ones((2,))
    made = [
        mx.nd.array([1, 0], dtype=word),
        mx.nd.zeros((2,), dtype=word),
        x.astype(word),
        mx.nd.cast(x, dtype=word),
        mx.np.array([1, 0], dtype=word),
        x.as_np_ndarray().astype(word),
        mx.sym.cast(mx.sym.var("x"), dtype=word).eval(x=x)[0],
    ]
    assert {np.dtype(m.dtype).name for m in made} == {name}
    assert mx.sym.var("x", dtype=word, shape=(1,)).infer_type()[0] == [np.dtype(name).type]
    assert np.dtype(mx.gluon.Parameter("w", shape=(1,), dtype=word).dtype) == np.dtype(word)


@pytest.mark.parametrize("word", ["complex64", "M8[D]", "str", "(2,", "float31", "uint16", "u2", "(" * 99999])
def test_dtypes_that_arrays_can_not_have_are_refused(word):
    with pytest.raises((mx.MXNetError, TypeError, KeyError)):
        mx.nd.zeros((2,), dtype=word)


def test_a_dtype_given_as_none_is_numpys_for_operators_and_the_usual_one_where_arrays_are_made():
    x = mx.nd.array([[2, 1], [0, 3]])
    for made in (
        mx.nd.softmax(x, dtype=None),
        x.log_softmax(dtype=None),
        mx.nd.one_hot(x[0], depth=3, dtype=None),
        mx.nd.argsort(x, dtype=None),
        mx.nd.cumsum(x, dtype=None),
        mx.nd.cast(x, dtype=None),
        mx.nd.arange(3, dtype=None),
        mx.nd.linspace(0, 1, 3, dtype=None),
        mx.sym.softmin(mx.sym.var("x"), dtype=None).eval(x=x)[0],
    ):
        assert made.dtype == np.float64
    assert mx.sym.softmax(mx.sym.var("x"), dtype=None, name="made").attr("dtype") == "float64"
    for made in (
        x.astype("int32").astype(None),
        mx.nd.Embedding(x[0], x, input_dim=2, output_dim=2, dtype=None),
        mx.nd.zeros((2,), dtype=None),
        mx.nd.full((2,), 1, dtype=None),
        mx.sym.arange(3, dtype=None).eval()[0],
    ):
        assert made.dtype == np.float32
    assert mx.nd.random.randint(0, 3, dtype=None).dtype == np.int32


def test_a_dtype_given_as_none_was_not_given_to_numpys_functions():
    x = mx.np.array([[2, 1], [0, 3]], dtype="float16")
    for made in (mx.npx.softmax(x, dtype=None), mx.np.cumsum(x, dtype=None), mx.np.mean(x, dtype=None)):
        assert made.dtype == np.float16
    assert mx.npx.one_hot(x[0], depth=3, dtype=None).dtype == np.float32
    softmax = mx.sym.npx.softmax(mx.sym.var("x").as_np_ndarray(), dtype=None, name="made")
    assert softmax.attr("dtype") is None


@pytest.mark.parametrize(
    "source", [["1", "2.5"], np.array(["1", "2.5"]), np.array([b"1", b"2.5"]), np.array(["1", 2.5], dtype=object)]
)
def test_numbers_as_text_are_read_and_other_text_is_refused(source):
    assert mx.nd.array(source).asnumpy().tolist() == [1, 2.5]
    assert mx.np.array(list(source)).asnumpy().tolist() == [1, 2.5]
    x = mx.nd.zeros((2,))
    x[:] = source
    assert x.asnumpy().tolist() == [1, 2.5]
    with pytest.raises(TypeError, match="source_array must be array like"):
        mx.nd.array(["1", "x"])
    with pytest.raises((TypeError, ValueError)):
        x[:] = ["1", "x"]
