"""Iterators around iterators, and the one over MNIST's files."""

from __future__ import annotations

import gzip
import logging
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet.io import DataBatch, DataDesc, DataIter, MNISTIter, NDArrayIter, PrefetchingIter, ResizeIter

MNIST = Path(__file__).resolve().parents[2] / "examples" / "data" / "mnist"
FILES = {"image": str(MNIST / "t10k-images-idx3-ubyte.gz"), "label": str(MNIST / "t10k-labels-idx1-ubyte.gz")}


def numbers(batches: Any) -> list[list[int]]:
    return [b.data[0].asnumpy().astype(int).tolist() for b in batches]


def test_a_resized_epoch_goes_round_and_a_short_one_can_go_on() -> None:
    longer = ResizeIter(NDArrayIter(np.arange(4), batch_size=2), 3)
    assert numbers(longer) == [[0, 1], [2, 3], [0, 1]]
    longer.reset()
    assert numbers(longer) == [[0, 1], [2, 3], [0, 1]]
    shorter = ResizeIter(NDArrayIter(np.arange(6), batch_size=2), 2, reset_internal=False)
    assert numbers(shorter) == [[0, 1], [2, 3]]
    shorter.reset()
    assert numbers(shorter) == [[4, 5], [0, 1]]
    assert shorter.getpad() == 0 and shorter.provide_data[0].shape == (2,)


def test_prefetching_gives_the_same_batches_and_begins_anew() -> None:
    plain = NDArrayIter(np.arange(10), np.arange(10), 4)
    ahead = PrefetchingIter(NDArrayIter(np.arange(10), np.arange(10), 4))
    assert numbers(ahead) == numbers(plain)
    ahead.reset()
    plain.reset()
    assert [b.pad for b in ahead] == [b.pad for b in plain]
    with pytest.raises(StopIteration):
        ahead.next()


def test_prefetching_puts_several_iterators_side_by_side_under_new_names() -> None:
    sources = [NDArrayIter(np.arange(4), np.arange(4), 2), NDArrayIter(np.arange(4) * 2, np.arange(4), 2)]
    both = PrefetchingIter(
        sources,
        rename_data=[{"data": "left"}, {"data": "right"}],
        rename_label=[{"softmax_label": "one"}, {"softmax_label": "two"}],
    )
    assert [d.name for d in both.provide_data + both.provide_label] == ["left", "right", "one", "two"]
    batch = both.next()
    assert batch.data[1].asnumpy().tolist() == [0, 2] and len(batch.label) == 2


def test_prefetching_describes_batches_as_their_iterator_does_unless_names_are_new() -> None:
    source = NDArrayIter(np.arange(4), batch_size=2)
    pairs = type("Pairs", (NDArrayIter,), {"provide_data": [("data", (2,))], "provide_label": []})
    assert PrefetchingIter(source).provide_data == source.provide_data
    described = PrefetchingIter(pairs(np.arange(4), batch_size=2)).provide_data
    assert described == [("data", (2,))] and not isinstance(described[0], DataDesc)
    renamed = PrefetchingIter(pairs(np.arange(4), batch_size=2), rename_data=[{"data": "x"}]).provide_data
    assert isinstance(renamed[0], DataDesc) and renamed[0].name == "x"
    assert repr(DataDesc("x", (np.int64(2), 3))) == "DataDesc[x,(2, 3),<class 'numpy.float32'>,NCHW]"


class Failing(DataIter):
    provide_data = [DataDesc("data", (2,))]
    provide_label: list[DataDesc] = []

    def __init__(self) -> None:
        super().__init__(2)
        self.given = 0

    def next(self) -> DataBatch:
        self.given += 1
        if self.given == 3:
            raise KeyError("the third batch")
        return DataBatch([mx.nd.ones((2,))], [], 0)

    def reset(self) -> None:
        self.given = 0


def test_an_error_in_a_prefetching_thread_reaches_the_caller() -> None:
    found: list[Any] = []

    def read() -> None:
        try:
            found.extend(PrefetchingIter(Failing()))
        except KeyError as error:
            found.append(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(60)
    assert not reader.is_alive()
    assert str(found[-1]) == "'the third batch'"


def test_iterators_that_end_at_different_times_are_an_error() -> None:
    uneven = PrefetchingIter([NDArrayIter(np.arange(4), batch_size=2), NDArrayIter(np.arange(8), batch_size=2)])
    uneven.next()
    uneven.next()
    with pytest.raises(ValueError, match=r"iterators \[0\] ended before the others"):
        uneven.next()


def test_a_base_iterator_asks_its_own_parts() -> None:
    class Two(DataIter):
        left = 2

        def iter_next(self) -> bool:
            self.left -= 1
            return self.left >= 0

        def getdata(self) -> list[mx.nd.NDArray]:
            return [mx.nd.full((1,), self.left)]

        def getpad(self) -> int:
            return 0

    assert [(b.data[0].asscalar(), b.label, b.pad) for b in Two(1)] == [(1, None, 0), (0, None, 0)]


def test_mnist_gives_pixels_over_256_in_complete_batches() -> None:
    digits = MNISTIter(**FILES, batch_size=32, shuffle=False, silent=True)
    assert str(digits.provide_data) == "[DataDesc[data,(32, 1, 28, 28),<class 'numpy.float32'>,NCHW]]"
    assert str(digits.provide_label) == "[DataDesc[softmax_label,(32,),<class 'numpy.float32'>,NCHW]]"
    first = digits.next()
    assert first.label[0].asnumpy()[:5].tolist() == [7, 2, 1, 0, 4]
    assert first.data[0].max().asscalar() == np.float32(255 / 256)
    assert 1 + sum(1 for _ in digits) == 312
    digits.reset()
    assert digits.next().label[0].asnumpy()[:5].tolist() == [7, 2, 1, 0, 4]


def test_mnist_comes_flat_in_parts_shuffled_and_in_another_dtype() -> None:
    part = MNISTIter(**FILES, batch_size=10, flat=True, num_parts=3, part_index=1, shuffle=False, silent=True)
    assert part.next().data[0].shape == (10, 784)
    assert 1 + sum(1 for _ in part) == 333
    orders = [
        MNISTIter(**FILES, batch_size=50, seed=seed, silent=True).next().label[0].asnumpy().tolist()
        for seed in (1, 1, 2)
    ]
    assert orders[0] == orders[1] != orders[2]
    half = MNISTIter(**FILES, batch_size=2, dtype="float16", silent=True)
    assert half.next().data[0].dtype is np.float16


def test_mnist_repeats_its_first_batch_when_loading_is_skipped() -> None:
    digits = MNISTIter(**FILES, batch_size=10, shuffle=False, silent=True)
    digits.debug_skip_load()
    assert digits.next() is digits.next()


def test_mnist_refuses_what_it_can_not_read(tmp_path: Path) -> None:
    with pytest.raises(mx.MXNetError, match="nowhere"):
        MNISTIter(image="nowhere", label=FILES["label"])
    cut = tmp_path / "cut-idx3-ubyte"
    cut.write_bytes(gzip.open(FILES["image"]).read(1000))
    with pytest.raises(mx.MXNetError, match="cut-idx3-ubyte: offset 4"):
        MNISTIter(image=str(cut), label=FILES["label"])
    with pytest.raises(ValueError, match="part_index is 2"):
        MNISTIter(**FILES, num_parts=2, part_index=2)


def test_mnist_says_which_arguments_it_does_not_know(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        MNISTIter(**FILES, silent=True, prefetch_buffer=1, rotate=True)
    assert "takes no rotate" in caplog.text and "prefetch_buffer" not in caplog.text
