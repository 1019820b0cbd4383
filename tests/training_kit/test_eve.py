"""Eve against the algorithm of its paper, arXiv:1611.01505."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx


def by_the_paper(w, grads, losses, rate=0.1, b1=0.9, b2=0.999, b3=0.9, c=10.0, eps=1e-8, low=0.5):
    m, v, d = np.zeros_like(w), np.zeros_like(w), 1.0
    for t, (g, loss) in enumerate(zip(grads, losses, strict=True), 1):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        if t > 1:
            before = losses[t - 2]
            change = np.clip(abs(loss - before) / (min(loss, before) - low), 1 / c, c)
            d = b3 * d + (1 - b3) * change
        w = w - rate / d * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps)
    return w


@pytest.mark.parametrize("as_array", [False, True])
def test_steps_are_those_of_the_paper(as_array):
    draw = np.random.RandomState(0)
    w, grads, losses = draw.normal(size=5), draw.normal(size=(6, 5)), [4.0, 1.0, 1.001, 30.0, 2.0, 2.5]
    eve = mx.optimizer.create("eve", learning_rate=0.1, beta3=0.9, minimum=0.5)
    updater, weight = mx.optimizer.get_updater(eve), mx.nd.array(w, dtype="float64")
    for grad, loss in zip(grads, losses, strict=True):
        eve.set_loss(mx.nd.array([loss - 0.25, loss + 0.25]) if as_array else loss)
        updater(0, mx.nd.array(grad, dtype="float64"), weight)
    np.testing.assert_allclose(weight.asnumpy(), by_the_paper(w, grads, losses), rtol=1e-5)


def test_without_losses_it_is_adam():
    weights = [mx.nd.ones(3), mx.nd.ones(3)]
    for rule, weight in zip(("eve", "adam"), weights, strict=True):
        updater = mx.optimizer.get_updater(mx.optimizer.create(rule, learning_rate=0.1))
        updater(0, mx.nd.array([1.0, -2.0, 3.0]), weight)
    np.testing.assert_allclose(*[w.asnumpy() for w in weights], rtol=1e-5)


def test_a_limit_below_one_is_refused():
    with pytest.raises(ValueError, match="c is 0.5, expected at least 1"):
        mx.optimizer.Eve(c=0.5)
