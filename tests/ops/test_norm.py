"""Normalisation: statistics, fixed parameters, precision, refusals."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx
from mxnet._base.errors import ShapeError
from tests.ops.small_arrays import normal, ones


def test_batch_norm_updates_its_statistics_in_the_forward_pass_of_training_only() -> None:
    x = mx.nd.array([[1.0, 10.0], [3.0, 30.0]])
    parameters = [ones(2), mx.nd.zeros(2)]
    mean, var = mx.nd.zeros(2), ones(2)
    mx.nd.BatchNorm(x, *parameters, mean, var)
    assert mean.asnumpy().tolist() == [0, 0]
    with mx.autograd.train_mode():
        mx.nd.BatchNorm(x, *parameters, mean, var, momentum=0.5)
    np.testing.assert_allclose(mean.asnumpy(), [1, 10])
    np.testing.assert_allclose(var.asnumpy(), [0.5 + 0.5 * 1, 0.5 + 0.5 * 100])
    with mx.autograd.train_mode():
        mx.nd.BatchNorm(x, *parameters, mean, var, momentum=0.5, use_global_stats=True)
    np.testing.assert_allclose(mean.asnumpy(), [1, 10])


def test_batch_norm_with_fixed_gamma_sets_it_to_one_and_gives_it_no_gradient() -> None:
    gamma, x = mx.nd.array([5.0, 7.0]), mx.nd.array([[1.0, 10.0], [3.0, 31.0]])
    gamma.attach_grad()
    gamma.grad[:] = 9
    with mx.autograd.record():
        y = mx.nd.BatchNorm(x, gamma, mx.nd.zeros(2), mx.nd.zeros(2), ones(2))
        (y * y * x).backward()
    assert gamma.grad.asnumpy().tolist() == [0, 0]
    assert gamma.asnumpy().tolist() == [1, 1]
    assert abs(y.asnumpy()).max() < 1.01


@pytest.mark.parametrize("axis", [(0, 1, 2, 3), (2, 3)])
def test_batch_norm_has_one_gradient_of_a_sum_and_of_ones(axis: tuple[int, ...]) -> None:
    data = mx.nd.random.normal(shape=(4, 3, 5, 6))
    found = []
    for summed in (True, False):
        gamma, beta, mean, var = (mx.nd.array([1, 2, 3]) for _ in range(4))
        for a in (data, gamma, beta):
            a.attach_grad()
        with mx.autograd.record():
            out = mx.nd.BatchNorm(data, gamma, beta, mean, var, fix_gamma=False)
            head = out.sum(axis=axis) if summed else out
        head.backward(mx.nd.ones(head.shape))
        found.append([a.grad.asnumpy() for a in (data, gamma, beta)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_batch_norm_of_one_value_a_channel_gives_beta_alone() -> None:
    x, gamma, beta = mx.nd.array([[1000.3, -2e6, 0.1]]), mx.nd.array([1, 2, 3]), mx.nd.array([0.5, 0.1, 0.2])
    mean, var = ones(3), ones(3)
    for a in (x, gamma, beta):
        a.attach_grad()
    with mx.autograd.record():
        out, seen, _ = mx.nd.BatchNorm(x, gamma, beta, mean, var, fix_gamma=False, momentum=0.5, output_mean_var=True)
    out.backward()
    assert out.asnumpy().tolist() == [beta.asnumpy().tolist()]
    assert seen.asnumpy().tolist() == x.asnumpy()[0].tolist()
    assert [a.grad.asnumpy().ravel().tolist() for a in (x, gamma, beta)] == [[0, 0, 0], [0, 0, 0], [1, 1, 1]]
    np.testing.assert_allclose(mean.asnumpy(), 0.5 + 0.5 * x.asnumpy()[0])
    assert var.asnumpy().tolist() == [0.5, 0.5, 0.5]


def test_batch_norm_with_wrong_parameters_changes_nothing() -> None:
    mean, var = mx.nd.zeros(3), ones(3)
    with mx.autograd.train_mode(), pytest.raises(ShapeError, match=r"BatchNorm: .*\(4,\)"):
        mx.nd.BatchNorm(ones(2, 3), ones(4), mx.nd.zeros(3), mean, var)
    assert mean.asnumpy().tolist() == [0, 0, 0] and var.asnumpy().tolist() == [1, 1, 1]


def test_batch_norm_of_half_precision_keeps_its_statistics_in_single() -> None:
    mean, var = mx.nd.zeros(3), ones(3)
    with mx.autograd.train_mode():
        y = mx.nd.BatchNorm(normal(8, 3).astype("float16"), ones(3), mx.nd.zeros(3), mean, var)
    assert y.dtype == np.float16 and mean.dtype == np.float32
    assert mean.asnumpy().any()


def test_layer_norm_adds_gradients_of_many_rows_up_without_losing_digits() -> None:
    data, head = normal(5000, 16), normal(5000, 17)[:, 1:]
    gamma, beta = ones(16), ones(16)
    for parameter in (gamma, beta, data):
        parameter.attach_grad()
    with mx.autograd.record():
        out = mx.nd.LayerNorm(data, gamma, beta)
    out.backward(head)
    wide, top = data.asnumpy().astype("float64"), head.asnumpy().astype("float64")
    normed = (wide - wide.mean(1, keepdims=True)) / np.sqrt(wide.var(1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(beta.grad.asnumpy(), top.sum(0), rtol=2e-6, atol=1e-4)
    np.testing.assert_allclose(gamma.grad.asnumpy(), (normed * top).sum(0), rtol=2e-6, atol=1e-4)
    inner = top - top.mean(1, keepdims=True) - normed * (normed * top).mean(1, keepdims=True)
    expected = inner / np.sqrt(wide.var(1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(data.grad.asnumpy(), expected, rtol=1e-4, atol=1e-5)


def test_batch_norm_refuses_an_axis_that_is_not_there() -> None:
    with pytest.raises(ShapeError, match="axis 2"):
        mx.nd.BatchNorm(ones(3, 3), *[ones(3)] * 4, axis=2)
