"""Data sets and samplers."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon import data as gdata
from mxnet.gluon.contrib.data import IntervalSampler

NUMBERS = gdata.SimpleDataset(list(range(10)))


def test_an_array_data_set_gives_tuples_or_single_elements() -> None:
    three = gdata.ArrayDataset([1, 2], np.array([4.0, 5.0]), mx.nd.array([[7, 8], [9, 10]]))
    one, two, row = three[1]
    assert (one, two, row.asnumpy().tolist()) == (2, 5.0, [9, 10])
    assert len(three) == 2 and len(list(three)) == 2
    assert gdata.ArrayDataset([3, 4])[0] == 3


def test_labels_in_an_ndarray_with_one_axis_are_numbers() -> None:
    label = gdata.ArrayDataset([1, 2], mx.nd.array([7, 8]))[0][1]
    assert type(label) is np.float32 and label == 7
    assert isinstance(gdata.ArrayDataset([1, 2], mx.nd.array([[7], [8]]))[0][1], mx.nd.NDArray)


def test_arrays_of_different_lengths_or_none_are_refused() -> None:
    with pytest.raises(AssertionError, match=r"array\[0\] has length 2 while array\[1\] has 3"):
        gdata.ArrayDataset([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="at least 1 array"):
        gdata.ArrayDataset()


def test_a_transform_takes_the_parts_of_a_tuple_as_arguments() -> None:
    pairs = gdata.ArrayDataset([1, 2], [3, 4])
    assert list(pairs.transform(lambda x, y: x * y)) == [3, 8]
    assert list(pairs.transform_first(lambda x: -x)) == [(-1, 3), (-2, 4)]
    assert list(NUMBERS.take(2).transform_first(lambda x: -x)) == [0, -1]


def test_a_lazy_transform_is_called_when_asked_an_eager_one_once() -> None:
    calls: list[int] = []

    def note(x: int) -> int:
        calls.append(x)
        return x

    lazy = NUMBERS.take(3).transform(note)
    assert calls == []
    assert (lazy[1], lazy[1], calls) == (1, 1, [1, 1])
    calls.clear()
    eager = NUMBERS.take(3).transform(note, lazy=False)
    assert (eager[1], eager[1], calls) == (1, 1, [0, 1, 2])


def test_filters_shards_and_samples_choose_examples() -> None:
    assert list(NUMBERS.filter(lambda x: x % 3 == 0)) == [0, 3, 6, 9]
    assert list(NUMBERS.transform(lambda x: x + 1).filter(lambda x: x % 5 == 0)) == [5, 10]
    assert [list(NUMBERS.shard(4, i)) for i in range(4)] == [[0, 1, 2], [3, 4, 5], [6, 7], [8, 9]]
    assert [len(NUMBERS.take(n)) for n in (0, 3, 100, None)] == [0, 3, 10, 10]
    assert list(NUMBERS.sample(gdata.SequentialSampler(3, start=5))) == [5, 6, 7]


def test_impossible_choices_are_refused() -> None:
    for index in (-1, 3):
        with pytest.raises(AssertionError, match="Shard index"):
            NUMBERS.shard(3, index)
    with pytest.raises(TypeError, match="Expected gluon.data.Sampler"):
        NUMBERS.sample([1, 2])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="count is -1"):
        NUMBERS.take(-1)


def test_the_bases_say_what_is_missing() -> None:
    for use in (len, lambda d: d[0]):
        with pytest.raises(NotImplementedError, match="Dataset must define"):
            use(gdata.Dataset())
    with pytest.raises(NotImplementedError, match="Sampler must define __iter__"):
        iter(gdata.Sampler())


def test_a_random_sampler_follows_the_seed_of_numpy() -> None:
    np.random.seed(0)
    assert [int(i) for i in gdata.RandomSampler(10)] == [2, 8, 4, 9, 1, 6, 7, 3, 0, 5]  # as on 1.9.1


def test_batches_of_indices_keep_drop_or_roll_over_the_rest() -> None:
    ten = gdata.SequentialSampler(10)
    keep, discard, rollover = (gdata.BatchSampler(ten, 3, how) for how in ("keep", "discard", "rollover"))
    assert [len(b) for b in keep] == [3, 3, 3, 1] and len(keep) == 4
    assert [len(b) for b in discard] == [3, 3, 3] and len(discard) == 3
    rounds = []
    for _ in range(4):
        rounds.append((len(rollover), list(rollover)))
    assert rounds == [
        (3, [[0, 1, 2], [3, 4, 5], [6, 7, 8]]),
        (3, [[9, 0, 1], [2, 3, 4], [5, 6, 7]]),
        (4, [[8, 9, 0], [1, 2, 3], [4, 5, 6], [7, 8, 9]]),
        (3, [[0, 1, 2], [3, 4, 5], [6, 7, 8]]),
    ]
    for arguments in ((ten, 3, "other"), (ten, 0)):
        with pytest.raises(ValueError):
            gdata.BatchSampler(*arguments)


def test_an_interval_sampler_goes_round_until_all_have_come() -> None:
    assert list(IntervalSampler(13, 3)) == [0, 3, 6, 9, 12, 1, 4, 7, 10, 2, 5, 8, 11]
    assert list(IntervalSampler(13, 3, rollover=False)) == [0, 3, 6, 9, 12]
    with pytest.raises(AssertionError, match="Interval 5"):
        IntervalSampler(3, 5)
