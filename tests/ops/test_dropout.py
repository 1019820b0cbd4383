"""Dropout: what it drops, which gradient it has, and what its seed decides."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet._base.errors import ArgumentError
from mxnet._runtime import random
from tests.ops.small_arrays import ones


def test_dropout_in_training_drops_a_share_and_scales_the_rest() -> None:
    x = ones(200, 500)
    with mx.autograd.train_mode():
        y = mx.nd.Dropout(x, p=0.3).asnumpy()
    assert set(np.unique(y).tolist()) == {0.0, np.float32(1 / 0.7).item()}
    assert abs((y == 0).mean() - 0.3) < 0.01
    assert abs(y.mean() - 1) < 0.01


def test_dropout_passes_the_gradient_through_the_same_mask() -> None:
    x = ones(50, 40)
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.Dropout(x, p=0.5)
    y.backward()
    assert np.array_equal(x.grad.asnumpy(), y.asnumpy())


def test_dropout_along_axes_shares_one_fate() -> None:
    with mx.autograd.train_mode():
        y = mx.nd.Dropout(ones(5, 60, 4), p=0.5, axes=(0, 2)).asnumpy()
    assert (y == y[:1, :, :1]).all()
    assert 10 < (y[0, :, 0] == 0).sum() < 50


def test_dropout_repeats_with_the_seed_and_leaves_the_generator_of_torch_alone() -> None:
    before = torch.get_rng_state()
    drawn = []
    for seed in (7, 7, 8):
        random.seed(seed)
        drawn.append(mx.nd.Dropout(ones(100), mode="always").asnumpy())
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])
    assert torch.equal(torch.get_rng_state(), before)


def test_dropout_of_everything_is_not_a_number_and_of_more_is_refused() -> None:
    assert np.isnan(mx.nd.Dropout(ones(4), p=1.0, mode="always").asnumpy()).all()
    with pytest.raises(ArgumentError, match="p is 1.5, expected the share"):
        mx.nd.Dropout(ones(4), p=1.5)


@pytest.mark.parametrize(
    "draw",
    [
        lambda x: mx.nd.Dropout(x, mode="always"),
        lambda x: mx.nd.LeakyReLU(x - 2, act_type="rrelu")[0],
    ],
)
def test_what_a_seed_drops_does_not_follow_the_order_in_memory(draw) -> None:
    drawn = []
    for order in (torch.contiguous_format, torch.channels_last):
        random.seed(7)
        data = mx.nd.ones((2, 3, 4, 5))
        data._data = data._data.contiguous(memory_format=order)
        with mx.autograd.train_mode():
            drawn.append(draw(data).asnumpy())
    assert np.array_equal(*drawn) and len(np.unique(drawn[0])) > 1


def test_axes_may_be_counted_from_the_end_and_have_to_be_there() -> None:
    y = mx.nd.Dropout(ones(5, 60), axes=(-1,), mode="always").asnumpy()
    assert (y == y[:, :1]).all()
    with pytest.raises(mx.MXNetError, match=r"axes is \(2,\), but data has 2 axes, shape \(5, 60\)"):
        mx.nd.Dropout(ones(5, 60), axes=(2,), mode="always")
