"""Large transposed arrays are copied by transposing matrices: every order of axes must give what plain copies give."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet._runtime.copies import _in_strips, _plan, _way, copied

SHAPES = [(200, 301), (300, 1024), (8, 90, 50), (40, 1, 33, 31), (3, 130, 7, 17), (2, 80, 3, 1, 130), (4, 128, 1024)]


@pytest.mark.parametrize("dtype", ["float32", "float16", "int32", "uint8", "int64", "bool"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_copy_has_the_values_of_every_order_of_axes_and_its_own_memory(shape, dtype):
    data = torch.arange(int(np.prod(shape))).reshape(shape).to(getattr(torch, dtype))
    for axes in itertools.permutations(range(len(shape))):
        view = data.permute(axes)
        got = copied(view)
        expected = view.clone(memory_format=torch.contiguous_format)
        assert torch.equal(got, expected), axes
        assert got.stride() == expected.stride()
        assert got.data_ptr() != data.data_ptr()


def test_parts_and_repetitions_of_arrays_are_copied_too():
    data = torch.randn(300, 40, 40)
    for view in (data[:, :, 1:].mT, data[:, 1:].mT, data[1:].mT, data[::2].mT, data[:, :1].expand(300, 40, 40).mT):
        assert torch.equal(copied(view), view.clone())


def test_not_a_number_and_the_sign_of_zero_stay():
    data = torch.randn(256, 256)
    data[3, 5], data[7, 9] = float("nan"), -0.0
    got = copied(data.T)
    assert got[5, 3].isnan() and got[9, 7] == 0 and got[9, 7].signbit()


def test_parts_of_wide_matrices_and_numbers_of_other_sizes_are_copied_in_strips():
    for view in (torch.randn(300, 1024)[:, 5:].T, torch.randn(300, 512).double().T, torch.randn(2, 300, 512).half().mT):
        assert _way(view) is _in_strips
        assert torch.equal(copied(view), view.clone())
        x = view.clone().requires_grad_()
        (grad,) = torch.autograd.grad(copied(x.mT.contiguous().mT).sum(), x)
        assert torch.equal(grad, torch.ones_like(x))


def test_a_number_that_is_repeated_is_copied_as_torch_does(monkeypatch):
    monkeypatch.setattr("mxnet._runtime.copies._way", None)
    view = torch.randn(300, 1).expand(300, 1024)
    assert torch.equal(copied(view), view.clone())


def test_all_three_ways_of_transposing_are_tested_here():
    def steps(shape, *axes):
        view = torch.empty(shape).permute(axes)
        plan = _plan(view.shape, view.stride(), 4)
        return None if plan is None else bool(plan.axes)

    assert steps((200, 301), 1, 0) is False
    assert steps((4, 128, 1024), 2, 1, 0) is None, "little lies between the elements of a line"
    assert steps((40, 128, 1024), 2, 1, 0) is True
    assert steps((200, 301), 0, 1) is None


@pytest.mark.parametrize("axes", [(0, 2, 1), (2, 0, 1), (2, 1, 0), (1, 0, 2)])
def test_gradients_of_copies_are_those_of_plain_copies(axes):
    data = torch.randn(33, 64, 1024, generator=torch.manual_seed(0))
    weight = torch.randn(data.permute(axes).shape)

    def gradients(copy):
        x = data.clone().requires_grad_()
        y = copy(x.permute(axes))
        (first,) = torch.autograd.grad((y * y * weight).sum(), x, create_graph=True)
        (second,) = torch.autograd.grad((first * first).sum(), x)
        return first, second

    for got, expected in zip(gradients(copied), gradients(torch.clone), strict=True):
        assert torch.equal(got, expected)


def test_the_operator_gives_gradients_to_arrays():
    x = mx.nd.random.normal(shape=(64, 40, 30))
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.transpose(x, axes=(0, 2, 1))
        z = y * y
    z.backward()
    np.testing.assert_array_equal(y.asnumpy(), x.asnumpy().transpose(0, 2, 1))
    np.testing.assert_allclose(x.grad.asnumpy(), 2 * x.asnumpy(), rtol=1e-6)
