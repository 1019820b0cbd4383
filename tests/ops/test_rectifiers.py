"""Rectifiers: those that draw or learn their slopes, the ends of their range, gradients of their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import mxnet as mx
from mxnet._base.errors import ShapeError
from tests.ops.small_arrays import grad_of, normal, ones


def test_rrelu_in_training_draws_a_slope_for_every_element_and_returns_the_factors() -> None:
    x = mx.nd.array(np.linspace(-1, 1, 400))
    x.attach_grad()
    with mx.autograd.record():
        y, mask = mx.nd.LeakyReLU(x, act_type="rrelu", lower_bound=0.2, upper_bound=0.4)
    y.backward()
    factors = mask.asnumpy()
    assert (factors[200:] == 1).all()
    assert 0.2 <= factors[:200].min() < 0.22 and 0.38 < factors[:200].max() <= 0.4
    np.testing.assert_allclose(y.asnumpy(), x.asnumpy() * factors)
    assert np.array_equal(x.grad.asnumpy(), factors)


def test_rrelu_in_prediction_has_the_mean_slope_and_its_gradient() -> None:
    x = mx.nd.array([-2.0, 3.0])
    x.attach_grad()
    with mx.autograd.record(train_mode=False):
        y, _ = mx.nd.LeakyReLU(x, act_type="rrelu", lower_bound=0.2, upper_bound=0.4)
    y.backward()
    np.testing.assert_allclose(y.asnumpy(), [-0.6, 3.0], rtol=1e-6)
    np.testing.assert_allclose(x.grad.asnumpy(), [0.3, 1.0], rtol=1e-6)


def test_selu_has_the_gradient_of_its_formula() -> None:
    (got,) = grad_of(lambda x: mx.nd.LeakyReLU(x, act_type="selu"), mx.nd.array([-1.0, 2.0]))
    np.testing.assert_allclose(got, [1.0507009873 * 1.6732632423 * np.exp(-1), 1.0507009873], rtol=1e-5)


@pytest.mark.parametrize(
    ("data", "gamma", "as_if"),
    [
        ((3, 4), (3, 4), (3, 4)),
        ((3, 4), (3, 1), (3, 1)),
        ((3, 4), (3,), (3, 1)),
        ((3, 4), (1, 4), (1, 4)),
        ((4,), (4,), (4,)),
        ((3, 4, 2, 5), (3, 4), (3, 4, 1, 1)),
        ((3, 4, 2, 5), (3, 1), (3, 1, 1, 1)),
        ((3, 3, 2), (3,), (1, 3, 1)),
    ],
)
def test_slopes_of_prelu_are_one_a_channel_or_else_one_a_row_and_channel(data: Any, gamma: Any, as_if: Any) -> None:
    x, slopes = normal(*data), mx.nd.array(np.arange(1, 1 + np.prod(gamma)).reshape(gamma))
    of_x, of_slopes = grad_of(lambda d, g: mx.nd.LeakyReLU(d, g, act_type="prelu"), x, slopes)
    wide = np.broadcast_to(slopes.asnumpy().reshape(as_if), data)
    negative = np.minimum(x.asnumpy(), 0)
    np.testing.assert_allclose(of_x, np.where(negative < 0, wide, 1))
    summed = negative.sum(tuple(i for i, n in enumerate(as_if) if n < data[i]), keepdims=True)
    np.testing.assert_allclose(of_slopes, summed.reshape(gamma), rtol=1e-5)


def test_slopes_of_prelu_have_their_gradient_in_executors_whose_data_have_one() -> None:
    # 1.9.1 multiplies it by the slopes
    made = mx.sym.LeakyReLU(mx.sym.square(mx.sym.var("data")) - 2, mx.sym.var("gamma"), act_type="prelu")
    bound = made.simple_bind(mx.cpu(), data=(1, 3))
    bound.arg_dict["data"][:], bound.arg_dict["gamma"][:] = mx.nd.array([[0, 1, 2]]), mx.nd.array([0.25, 0.5, 2])
    bound.forward(is_train=True)
    bound.backward(mx.nd.ones((1, 3)))
    assert bound.grad_dict["gamma"].asnumpy().tolist() == [-2, -1, 0]
    assert bound.grad_dict["data"].asnumpy().tolist() == [[0, 1, 4]]


@pytest.mark.parametrize("gamma", [(2, 4), (4, 5), (3, 4, 5), (1, 4, 1)])
def test_slopes_of_prelu_of_other_shapes_are_refused(gamma: Any) -> None:
    with pytest.raises(ShapeError, match="gamma"):
        mx.nd.LeakyReLU(ones(3, 4, 5), ones(*gamma), act_type="prelu")


INF = float("inf")


@pytest.mark.parametrize(
    ("rectify", "expected", "slopes"),
    [
        (
            lambda x: mx.nd.Activation(x, act_type="softrelu"),
            [0, 0, np.log(2), 30, 1000, INF],
            [0, 0, 0.5, 1, 1, 1],
        ),
        (
            lambda x: mx.nd.LeakyReLU(x, act_type="elu", slope=0.5),
            [-0.5, -0.5, 0, 30, 1000, INF],
            [0, 0, 0.5, 1, 1, 1],
        ),
        (mx.nd.relu, [0, 0, 0, 30, 1000, INF], [0, 0, 0, 1, 1, 1]),
    ],
    ids=["softrelu", "elu", "relu"],
)
def test_rectifiers_at_the_ends_of_their_range(rectify: Any, expected: list[float], slopes: list[float]) -> None:
    x = mx.nd.array([-INF, -1000, 0, 30, 1000, INF])
    np.testing.assert_allclose(rectify(x).asnumpy(), expected, rtol=1e-6)
    np.testing.assert_allclose(grad_of(rectify, x)[0], slopes, rtol=1e-6)
    not_a_number = mx.nd.array([np.nan])
    assert np.isnan(rectify(not_a_number).asnumpy()).all()


@pytest.mark.parametrize(
    ("rectify", "curvature"),
    [
        (lambda x: mx.nd.Activation(x, act_type="softrelu"), lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2),
        (lambda x: mx.nd.LeakyReLU(x, act_type="elu", slope=0.5), lambda x: np.where(x > 0, 0, 0.5 * np.exp(x))),
        (mx.nd.softsign, lambda x: -2 * np.sign(x) / (1 + np.abs(x)) ** 3),
        (lambda x: mx.nd.contrib.quadratic(x, a=3.0, b=2.0, c=1.0), lambda x: np.full_like(x, 6)),
    ],
    ids=["softrelu", "elu", "softsign", "quadratic"],
)
def test_gradients_written_by_hand_have_gradients(rectify: Any, curvature: Any) -> None:
    x = mx.nd.array([-3.0, -0.5, 0.25, 4.0])
    x.attach_grad()
    with mx.autograd.record():
        first = mx.autograd.grad(rectify(x), x, create_graph=True)[0]
    first.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), curvature(x.asnumpy()), rtol=1e-5, atol=1e-6)
