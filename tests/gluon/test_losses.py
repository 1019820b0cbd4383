"""Losses against recorded values and gradients of 1.9.1."""

from __future__ import annotations

import pathlib
from functools import partial

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon import loss
from tests.answers import check, recorded
from tests.gluon.loss_probes import PROBES

ANSWERS = recorded(pathlib.Path(__file__).parent / "recorded" / "losses.json", PROBES)


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("name", PROBES)
def test_losses_and_their_gradients_are_those_of_the_reference(name: str, hybrid: bool) -> None:
    check(partial(PROBES[name], hybrid=hybrid), mx, ANSWERS[name])


# -- what 1.9.1 can not do -------------------------------------------------------------------------------------------

PRED, LABEL = np.linspace(-2, 2, 12).reshape(3, 4), np.arange(12).reshape(3, 4) % 5


def test_a_squared_difference_without_a_weight_is_not_halved() -> None:
    pred, label = mx.nd.array(PRED), mx.nd.array(LABEL)
    whole, half = loss.L2Loss(weight=None)(pred, label), loss.L2Loss()(pred, label)
    np.testing.assert_allclose(whole.asnumpy(), 2 * half.asnumpy(), rtol=1e-6)


def test_metric_learning_is_weighted() -> None:
    x, y = mx.nd.array(PRED), mx.nd.array(LABEL)
    once, thrice = loss.SDMLLoss()(x, y), loss.SDMLLoss(weight=3)(x, y)
    np.testing.assert_allclose(thrice.asnumpy(), 3 * once.asnumpy(), rtol=1e-6)


def test_full_poisson_loss_has_a_gradient_for_counts_of_zero() -> None:
    # Stirling's logarithm of zero is masked; in 1.9.1 the loss of a count of zero is no number
    pred, target = mx.nd.array([0.5, 0.5, 0.5]), mx.nd.array([0.0, 1.0, 3.0])
    pred.attach_grad()
    target.attach_grad()
    with mx.autograd.record():
        value = loss.PoissonNLLLoss(compute_full=True)(pred, target)
    value.backward()
    assert np.isfinite(value.asnumpy()).all() and np.isfinite(target.grad.asnumpy()).all()
    np.testing.assert_allclose(pred.grad.asnumpy(), (np.exp(0.5) - np.array([0, 1, 3])) / 3, rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: loss.LogisticLoss(label_format="two"), "label_format can only be signed or binary.*two"),
        (lambda: loss.CTCLoss(layout="CTN"), "Only 'NTC' and 'TNC' layouts for pred are supported. Got: CTN"),
        (lambda: loss.CTCLoss(label_layout="T"), "Only 'NT' and 'TN' layouts for label are supported. Got: T"),
        (lambda: loss.L1Loss(weight="2"), "L1Loss: weight must be a number or None, got '2'"),
    ],
)
def test_errors_say_what_is_expected(make, words: str) -> None:
    with pytest.raises(mx.MXNetError, match=words):
        make()


def test_a_loss_of_ones_own_gets_weights_and_a_place_in_a_model() -> None:
    class Cubic(loss.Loss):
        def hybrid_forward(self, F, pred, label, sample_weight=None):
            value = loss._apply_weighting(F, F.abs(pred - label) ** 3, self._weight, sample_weight)
            return F.mean(value, axis=self._batch_axis, exclude=True)

    cubic = Cubic(weight=0.5, batch_axis=0)
    assert repr(cubic) == "Cubic(batch_axis=0, w=0.5)"
    for _ in range(2):
        found = cubic(mx.nd.array([[2.0], [3.0]]), mx.nd.zeros((2, 1)), mx.nd.array([[1.0], [2.0]]))
        assert found.asnumpy().tolist() == [4.0, 27.0]
        cubic.hybridize()


def test_an_array_takes_the_shape_of_another_in_losses_of_ones_own() -> None:
    x, y = mx.nd.arange(6), mx.nd.zeros((2, 3))
    assert loss._reshape_like(mx.nd, x, y).asnumpy().tolist() == [[0, 1, 2], [3, 4, 5]]
    assert loss._reshape_like(mx.sym, mx.sym.var("x"), mx.sym.var("y")).list_arguments() == ["x", "y"]


def test_labels_are_looked_at_now_and_then_after_many_calls() -> None:
    loss, pred = mx.gluon.loss.SoftmaxCrossEntropyLoss(), mx.nd.zeros((2, 4))
    for _ in range(100):
        loss(pred, mx.nd.array([0, 3]))
    with pytest.warns(UserWarning, match="expected 0 to 3"):
        for _ in range(16):
            loss(pred, mx.nd.array([0, 4]))


def test_an_axis_that_predictions_have_not_is_told_of_with_the_loss() -> None:
    for axis in (1, -2):
        with pytest.raises(mx.MXNetError, match="(?s)out of range.*SoftmaxCrossEntropyLoss"):
            mx.gluon.loss.SoftmaxCrossEntropyLoss(axis=axis)(mx.nd.zeros((2,)), mx.nd.zeros((2,)))


def test_of_cosines_only_labels_of_1_and_minus_1_count() -> None:
    x, y = mx.nd.array([[1, 2]] * 8), mx.nd.array([[3, 1]] * 8)
    x.attach_grad()
    with mx.autograd.record():
        values = loss.CosineEmbeddingLoss()(x, y, mx.nd.array([1, -1, 0, 0.5, 2, -2, -0.5, np.nan]))
    values.backward()
    assert (values[:2].asnumpy() > 0.2).all()
    assert (x.grad[:2].asnumpy() != 0).all()
    assert not values[2:].asnumpy().any()
    assert not x.grad[2:].asnumpy().any()


@pytest.mark.parametrize("hybrid", [False, True])
def test_metric_learning_needs_as_many_rows_on_both_sides(hybrid: bool) -> None:
    learn = loss.SDMLLoss()
    learn.hybridize(hybrid)
    with pytest.raises(AssertionError, match=r"\(2, 4\) and x2 \(3, 4\)"):
        learn(mx.nd.ones((2, 4)), mx.nd.ones((3, 4)))
