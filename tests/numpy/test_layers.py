"""Gluon's layers and losses on np arrays, traced and not: what they give of NDArrays."""

from __future__ import annotations

import numpy as onp
import pytest

import mxnet as mx
from mxnet import gluon

_draw = onp.random.RandomState(0)


def _numbers(*shape: int) -> onp.ndarray:
    return _draw.rand(*shape).astype("float32")


def _signs(*shape: int) -> onp.ndarray:
    return onp.sign(_numbers(*shape) - 0.5)


nn, losses, rnn = gluon.nn, gluon.loss, gluon.rnn


def _sequence() -> gluon.HybridBlock:
    net = nn.HybridSequential()
    net.add(nn.Conv2D(2, 3), nn.BatchNorm(), nn.Activation("tanh"), nn.GlobalMaxPool2D(), nn.Flatten(), nn.Dense(2))
    return net


CASES = {
    "Dense": (lambda: nn.Dense(3, activation="relu", flatten=False), [_numbers(2, 5, 4)]),
    "Conv2DTranspose": (lambda: nn.Conv2DTranspose(2, 3), [_numbers(1, 2, 5, 5)]),
    "a sequence": (_sequence, [_numbers(2, 3, 6, 6)]),
    "LayerNorm": (nn.LayerNorm, [_numbers(3, 4)]),
    "GroupNorm": (lambda: nn.GroupNorm(2), [_numbers(2, 4, 3, 3)]),
    "InstanceNorm": (nn.InstanceNorm, [_numbers(2, 3, 4)]),
    "Embedding": (lambda: nn.Embedding(5, 3), [onp.array([1, 2], "float32")]),
    "PReLU": (nn.PReLU, [_numbers(2, 3) - 0.5]),
    "GELU": (nn.GELU, [_numbers(2, 3) - 0.5]),
    "Swish": (nn.Swish, [_numbers(2, 3) - 0.5]),
    "LSTM": (lambda: rnn.LSTM(3), [_numbers(4, 2, 3)]),
    "GRU": (lambda: rnn.GRU(3, 2, bidirectional=True), [_numbers(4, 2, 3)]),
    "L2Loss": (losses.L2Loss, [_numbers(2, 3), _numbers(2, 3)]),
    "SigmoidBCELoss": (losses.SigmoidBCELoss, [_numbers(2, 3), _numbers(2, 3)]),
    "SoftmaxCELoss": (losses.SoftmaxCELoss, [_numbers(2, 3), onp.array([0, 2], "float32")]),
    "HuberLoss": (losses.HuberLoss, [_numbers(2, 3), _numbers(2, 3)]),
    "HingeLoss": (losses.HingeLoss, [_numbers(2, 3), _signs(2, 3)]),
    "TripletLoss": (losses.TripletLoss, [_numbers(2, 3), _numbers(2, 3), _numbers(2, 3)]),
    "PoissonNLLLoss": (losses.PoissonNLLLoss, [_numbers(2, 3), _numbers(2, 3)]),
    "CosineEmbeddingLoss": (
        losses.CosineEmbeddingLoss,
        [_numbers(2, 3), _numbers(2, 3), onp.array([1, -1], "float32")],
    ),
    "CTCLoss": (losses.CTCLoss, [_numbers(2, 5, 4), onp.array([[1, 2], [2, 1]], "float32")]),
    "SDMLLoss": (losses.SDMLLoss, [_numbers(3, 4), _numbers(3, 4)]),
}


def _run(make, inputs, numpy: bool, hybrid: bool):
    with mx.util.np_shape(numpy), mx.util.np_array(numpy):
        block = make()
        block.initialize(mx.init.One())
        block.hybridize(hybrid)
        arrays = [mx.np.array(a) if numpy else mx.nd.array(a) for a in inputs]
        arrays[0].attach_grad()
        with mx.autograd.record():
            out = block(*arrays)
        out.backward()
        return out, arrays[0].grad.asnumpy()


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_layers_and_losses_give_of_np_arrays_what_they_give_of_ndarrays(name: str, hybrid: bool) -> None:
    make, inputs = CASES[name]
    want, want_gradient = _run(make, inputs, numpy=False, hybrid=False)
    got, gradient = _run(make, inputs, numpy=True, hybrid=hybrid)
    assert isinstance(got, mx.np.ndarray)
    onp.testing.assert_allclose(got.asnumpy(), want.asnumpy(), rtol=1e-4, atol=1e-5)
    onp.testing.assert_allclose(gradient, want_gradient, rtol=1e-4, atol=1e-5)
