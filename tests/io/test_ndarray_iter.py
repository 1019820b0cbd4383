"""NDArrayIter: batches, what becomes of the rest, descriptions; as MXNet 1.9.1 has it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet.io import DataBatch, DataDesc, NDArrayIter

X = np.arange(10)
Y = X * 10


def epoch(batches: NDArrayIter) -> list[tuple[list[int], int | None]]:
    return [(b.data[0].asnumpy().astype(int).tolist(), b.pad) for b in batches]


def test_pad_fills_the_last_batch_with_the_first_examples() -> None:
    batches = NDArrayIter(X, Y, 4)
    expected = [([0, 1, 2, 3], 0), ([4, 5, 6, 7], 0), ([8, 9, 0, 1], 2)]
    assert epoch(batches) == expected
    batches.reset()
    assert epoch(batches) == expected


def test_pad_goes_round_as_often_as_needed() -> None:
    assert epoch(NDArrayIter(np.arange(3), batch_size=8)) == [([0, 1, 2, 0, 1, 2, 0, 1], 5)]


def test_discard_leaves_an_incomplete_batch_out() -> None:
    batches = NDArrayIter(X, Y, 4, last_batch_handle="discard")
    for _ in range(2):
        assert epoch(batches) == [([0, 1, 2, 3], 0), ([4, 5, 6, 7], 0)]
        batches.reset()


def test_roll_over_keeps_the_rest_for_the_next_epoch() -> None:
    batches = NDArrayIter(np.arange(11), None, 4, last_batch_handle="roll_over")
    epochs = []
    for _ in range(5):
        epochs.append(epoch(batches))
        batches.reset()
    assert epochs == [
        [([0, 1, 2, 3], 0), ([4, 5, 6, 7], 0)],
        [([8, 9, 10, 0], 3), ([1, 2, 3, 4], 0), ([5, 6, 7, 8], 0)],
        [([9, 10, 0, 1], 2), ([2, 3, 4, 5], 0), ([6, 7, 8, 9], 0)],
        [([10, 0, 1, 2], 1), ([3, 4, 5, 6], 0), ([7, 8, 9, 10], 0)],
        [([0, 1, 2, 3], 0), ([4, 5, 6, 7], 0)],
    ]


def test_roll_over_keeps_the_rest_of_the_old_order_when_it_shuffles() -> None:
    np.random.seed(3)
    batches = NDArrayIter(X, Y, 4, shuffle=True, last_batch_handle="roll_over")
    first = epoch(batches)
    batches.reset()
    second = epoch(batches)
    # measured on MXNet 1.9.1 with this seed
    assert first == [([5, 4, 1, 2], 0), ([9, 6, 7, 0], 0)]
    assert second == [([3, 8, 1, 2], 2), ([4, 9, 3, 8], 0), ([6, 0, 5, 7], 0)]


def test_roll_over_works_with_fewer_examples_than_a_batch() -> None:
    batches = NDArrayIter(np.arange(3), None, 5, last_batch_handle="roll_over")
    epochs = []
    for _ in range(3):
        epochs.append(epoch(batches))
        batches.reset()
    assert epochs == [[], [([0, 1, 2, 0, 1], 3)], [([2, 0, 1, 2, 0], 1)]]


def test_hard_reset_forgets_what_was_rolled_over() -> None:
    batches = NDArrayIter(X, None, 4, last_batch_handle="roll_over")
    epoch(batches)
    batches.reset()
    batches.hard_reset()
    assert epoch(batches)[0] == ([0, 1, 2, 3], 0)


def test_a_reset_in_the_middle_of_an_epoch_begins_anew() -> None:
    batches = NDArrayIter(X, None, 4, last_batch_handle="roll_over")
    batches.next()
    batches.reset()
    assert epoch(batches)[0] == ([0, 1, 2, 3], 0)


def test_shuffling_keeps_data_and_labels_together_and_says_the_order() -> None:
    batches = NDArrayIter(X, Y, 1, shuffle=True)
    seen = []
    for i, batch in enumerate(batches):
        value = batch.data[0].asscalar()
        assert batch.label[0].asscalar() == 10 * value
        assert value == X[batches.idx[i]]
        seen.append(int(value))
    assert sorted(seen) == X.tolist()


def test_a_dict_is_given_in_the_order_of_its_names_and_a_list_is_numbered() -> None:
    named = NDArrayIter({"b": X, "a": np.ones((10, 2))}, {"z": Y}, 4)
    assert [tuple(d) for d in named.provide_data] == [("a", (4, 2)), ("b", (4,))]
    assert [tuple(d) for d in named.provide_label] == [("z", (4,))]
    numbered = NDArrayIter([X, X], [Y, Y], 4)
    assert [d.name for d in numbered.provide_data] == ["_0_data", "_1_data"]
    assert [d.name for d in numbered.provide_label] == ["_0_softmax_label", "_1_softmax_label"]


def test_descriptions_carry_names_dtype_and_layout() -> None:
    batches = NDArrayIter(
        mx.nd.ones((4, 2, 2, 1), dtype="int32"), Y[:4], 2, data_name="pixels", label_name="kind", layout="NHWC"
    )
    assert str(batches.provide_data) == "[DataDesc[pixels,(2, 2, 2, 1),<class 'numpy.int32'>,NHWC]]"
    assert str(batches.provide_label) == "[DataDesc[kind,(2,),<class 'numpy.float32'>,NHWC]]"
    assert batches.next().data[0].dtype is np.int32


def test_numpy_arrays_become_float32() -> None:
    for dtype in ("uint8", "float64", "int64"):
        assert NDArrayIter(X.astype(dtype), batch_size=2).next().data[0].dtype is np.float32


def test_examples_lie_along_the_axis_n_of_the_layout() -> None:
    data = mx.nd.array(np.arange(60).reshape(3, 10, 2))
    batches = NDArrayIter(data, np.arange(10), 4, layout="TNC")
    assert batches.num_data == 10
    made = list(batches)
    assert [b.data[0].shape for b in made] == [(3, 4, 2)] * 3
    assert made[2].pad == 2 and made[2].label[0].asnumpy().tolist() == [8, 9, 0, 1]
    np.testing.assert_array_equal(made[1].data[0].asnumpy(), data.asnumpy()[:, 4:8])


def test_writing_to_a_batch_leaves_the_source_alone() -> None:
    data = mx.nd.arange(4)
    NDArrayIter(data, None, 2).next().data[0][:] = -1
    assert data.asnumpy().tolist() == [0, 1, 2, 3]


def test_without_labels_a_batch_has_an_empty_list() -> None:
    for nothing in (None, [], {}):
        batches = NDArrayIter(X, nothing, 4)
        assert batches.provide_label == [] and batches.next().label == []


def test_the_parts_of_a_batch_can_be_asked_for_one_by_one() -> None:
    batches = NDArrayIter(X, Y, 4)
    assert batches.iter_next() and batches.iter_next() and batches.iter_next()
    assert batches.getdata()[0].asnumpy().tolist() == [8, 9, 0, 1]
    assert batches.getlabel()[0].asnumpy().tolist() == [80, 90, 0, 10]
    assert batches.getpad() == 2 and batches.getindex() is None
    assert not batches.iter_next()


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"data": None}, AssertionError, "got no arrays"),
        ({"data": []}, AssertionError, "got no arrays"),
        ({"data": "abc"}, TypeError, "Input must be NDArray"),
        ({"data": {"a": "x"}}, TypeError, "for a, should be NDArray"),
        ({"data": X, "label": Y[:5]}, ValueError, "softmax_label has 5 examples, expected 10"),
        ({"data": X, "batch_size": 0}, ValueError, "batch_size is 0"),
        ({"data": X, "last_batch_handle": "keep"}, ValueError, "expected pad, discard or roll_over"),
        ({"data": X, "layout": "CHW"}, ValueError, "has no axis N"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text) as caught:
        NDArrayIter(**arguments)
    assert isinstance(caught.value, mx.MXNetError)


def test_parts_of_a_batch_before_the_first_are_refused() -> None:
    with pytest.raises(mx.MXNetError, match="call next"):
        NDArrayIter(X, None, 4).getdata()


def test_a_description_is_a_tuple_of_name_and_shape() -> None:
    description = DataDesc("data", (2, 3), np.float16, "NC")
    name, shape = description
    assert (name, shape) == ("data", (2, 3)) and description == ("data", (2, 3))
    assert (description.dtype, description.layout) == (np.float16, "NC")
    assert [DataDesc.get_batch_axis(layout) for layout in (None, "NCHW", "TNC", "CHW")] == [0, 0, 1, -1]
    listed = DataDesc.get_list([("a", (1,)), ("b", (2,))], [("b", np.int32), ("a", np.float64)])
    assert [d.dtype for d in listed] == [np.float64, np.int32]


def test_a_batch_prints_its_shapes() -> None:
    batch = DataBatch([mx.nd.ones((2, 3)), mx.nd.ones((7, 8))], [mx.nd.ones((4, 5))])
    assert str(batch) == "DataBatch: data shapes: [(2, 3), (7, 8)] label shapes: [(4, 5)]"
    with pytest.raises(AssertionError, match="Data must be list"):
        DataBatch(mx.nd.ones((2,)))


@pytest.mark.parametrize("shuffle", [False, True])
def test_sparse_rows_come_in_batches_when_incomplete_ones_are_left_out(shuffle: bool) -> None:
    pytest.importorskip("scipy")
    rows = np.arange(12, dtype=np.float32).reshape(6, 2)
    sparse = mx.nd.array(rows).tostype("csr")
    for given in (sparse, sparse.asscipy()):
        for handle in ("pad", "roll_over"):
            with pytest.raises(NotImplementedError, match="`last_batch_handle` set to `discard`"):
                mx.io.NDArrayIter(given, batch_size=4, last_batch_handle=handle)
        batches = mx.io.NDArrayIter(given, rows[:, 0], 3, shuffle=shuffle, last_batch_handle="discard")
        seen = []
        for batch in batches:
            np.testing.assert_array_equal(batch.data[0].asnumpy()[:, 0], batch.label[0].asnumpy())
            seen += batch.data[0].asnumpy().tolist()
        assert sorted(seen) == rows.tolist()


def test_batches_that_are_not_there_are_told_as_1_9_1_tells_them():
    it = mx.io.NDArrayIter(mx.nd.ones((4, 2)), batch_size=2)
    assert it.getlabel() == []
    with pytest.raises(mx.MXNetError, match="no current batch"):
        it.getdata()
    list(it)
    for ask in (it.getdata, it.getlabel):
        with pytest.raises(AssertionError, match="no current batch"):
            ask()


def test_numbers_are_no_arrays_of_examples():
    for arguments in ((np.zeros((4, 2)), [0, 1, 0, 1], 2), ([1, 2, 3, 4],), (np.array(5.0),)):
        with pytest.raises(IndexError, match="is a single number, expected an array of examples"):
            mx.io.NDArrayIter(*arguments)
