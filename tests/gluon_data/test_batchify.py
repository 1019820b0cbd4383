"""Functions that make batches."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon.data import DataLoader, batchify

SENTENCES = [([1, 2, 3], 0, "one"), ([4], 1, "two"), ([5, 6], 2, "three")]
HOWS = [{}, {"num_workers": 2}, {"num_workers": 2, "thread_pool": True}]


@pytest.mark.parametrize("how", HOWS)
def test_samples_of_several_lengths_are_loaded(how) -> None:
    together = batchify.Group(batchify.Pad(val=-1, dtype="float32"), batchify.Stack(), batchify.AsList())
    words, labels, names = next(iter(DataLoader(SENTENCES, 3, batchify_fn=together, **how)))
    assert words.asnumpy().tolist() == [[1, 2, 3], [4, -1, -1], [5, 6, -1]] and words.dtype == np.float32
    assert labels.asnumpy().tolist() == [0, 1, 2] and names == ["one", "two", "three"]


def test_padding_fills_up_every_axis_to_a_multiple() -> None:
    made = batchify.Pad(val=9, round_to=2)([mx.nd.ones((1, 3)), mx.nd.zeros((2, 1))]).asnumpy()
    assert made.tolist() == [[[1, 1, 1, 9], [9, 9, 9, 9]], [[0, 9, 9, 9], [0, 9, 9, 9]]]


def test_appended_arrays_keep_their_shapes() -> None:
    made = batchify.Append(expand=False)([np.ones((2, 3)), mx.nd.ones((4,))])
    assert [array.shape for array in made] == [(2, 3), (4,)]
    made = batchify.Append(batch_axis=1, use_shared_mem=True)([np.ones((2, 3), np.int32)])
    assert made[0].shape == (2, 1, 3) and made[0].dtype == np.int32 and str(made[0].context) == "cpu_shared(0)"


def test_shared_batches_say_so() -> None:
    assert str(batchify.Stack(use_shared_mem=True)([1, 2]).context) == "cpu_shared(0)"
    assert str(batchify.Pad(use_shared_mem=True)([[1], [2]]).context) == "cpu_shared(0)"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: batchify.Pad(round_to=0), "round_to is 0"),
        (lambda: batchify.Pad()([[1], [[2]]]), "sample 1 has shape"),
        (lambda: batchify.Pad()([1, 2]), "at least one"),
        (lambda: batchify.Group(3), "function 0 is int"),
        (lambda: batchify.Group([len], len), "got both"),
        (lambda: batchify.Group(len, len)([(1, 2), (1,)]), "sample 1 is tuple with 1 parts"),
        (lambda: batchify.Group(len)([5]), "sample 0 is int"),
    ],
)
def test_what_can_not_be_a_batch_is_told(make, says) -> None:
    with pytest.raises(mx.MXNetError, match=says):
        make()


def test_loaders_take_try_nopython() -> None:
    assert len(list(DataLoader([1, 2, 3], 2, try_nopython=True))) == 2


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        ([(1, 2), (3,)], "sample 1 has 1 part, sample 0 has 2 parts"),
        ([(1,), (2,), (3, 4)], "sample 2 has 2 parts, sample 0 has 1 part"),
        ([(1, 2), 3], "sample 1 is int, sample 0 has 2 parts"),
    ],
)
def test_samples_of_unequal_numbers_of_parts_are_told(samples: list, words: str) -> None:
    with pytest.raises(mx.error.ShapeError, match=words):
        next(iter(DataLoader(samples, 3)))
