"""Gluon's loaders as iterators."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from mxnet.contrib.io import DataLoaderIter
from mxnet.gluon.data import ArrayDataset, DataLoader


def loader(last_batch: str = "keep") -> DataLoader:
    x = np.arange(10, dtype="float64").reshape(5, 2)
    return DataLoader(ArrayDataset(x, np.arange(5)), 2, last_batch=last_batch)


def test_batches_are_those_of_the_loader_in_one_dtype() -> None:
    batches = DataLoaderIter(loader("discard"))
    assert [str(d) for d in batches.provide_data + batches.provide_label] == [
        "DataDesc[data,(2, 2),float32,NCHW]",
        "DataDesc[softmax_label,(2,),float32,NCHW]",
    ]
    found = [(b.data[0].asnumpy().tolist(), b.label[0].asnumpy().tolist(), b.pad, b.index) for b in batches]
    assert found == [([[0, 1], [2, 3]], [0, 1], 0, None), ([[4, 5], [6, 7]], [2, 3], 0, None)]
    assert [b.label[0].dtype for b in DataLoaderIter(loader(), dtype="float16")] == [np.float16] * 3


def test_a_smaller_last_batch_is_filled_up() -> None:
    batches = DataLoaderIter(loader(), data_name="x", label_name="y")
    *_, last = batches
    assert last.pad == 1
    assert last.data[0].asnumpy().tolist() == [[8, 9], [0, 0]] and last.label[0].asnumpy().tolist() == [4, 0]


@pytest.mark.parametrize(("last_batch", "counts"), [("keep", [3, 3]), ("discard", [2, 2]), ("rollover", [2, 3])])
def test_resetting_begins_anew(last_batch: str, counts: list[int]) -> None:
    batches = DataLoaderIter(loader(last_batch))
    found = []
    for _ in counts:
        found.append(len(list(batches)))
        batches.reset()
    assert found == counts


def test_modules_learn_from_loaders() -> None:
    x = np.random.RandomState(0).rand(32, 4).astype("float32")
    data = ArrayDataset(x, (x[:, 0] > 0.5).astype("float32"))
    net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2), name="softmax")
    module = mx.mod.Module(net)
    batches = DataLoaderIter(DataLoader(data, 8))
    module.fit(batches, num_epoch=40, optimizer_params={"learning_rate": 1.0}, initializer=mx.init.Zero())
    batches.reset()
    assert dict(module.score(batches, "acc"))["accuracy"] > 0.9


@pytest.mark.parametrize("samples", [[], np.ones((4, 3))])
def test_loaders_of_other_things_than_pairs_are_refused(samples: object) -> None:
    with pytest.raises(mx.MXNetError, match="expected pairs of data and label"):
        DataLoaderIter(DataLoader(samples, 3))
