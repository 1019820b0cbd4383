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
