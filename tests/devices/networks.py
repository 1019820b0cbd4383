"""Networks where arrays are not on the CPU: the same training, and nothing of it is left there."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon
from mxnet.gluon import nn, rnn
from tests.devices import place

OPTIMIZERS = sorted({kind for kind in mx.optimizer.Optimizer.opt_registry.values()}, key=lambda kind: kind.__name__)
OTHERS = {"SGLD", "GroupAdaGrad"}
"""Random, and of tables alone."""


def images() -> gluon.HybridBlock:
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, 3, padding=1), nn.BatchNorm(), nn.Activation("relu"), nn.MaxPool2D(), nn.AvgPool2D(2, 1))
    net.add(nn.Conv2DTranspose(3, 2), nn.GroupNorm(), nn.PReLU(), nn.GlobalAvgPool2D(), nn.Dense(3))
    return net


class Words(gluon.HybridBlock):
    """Numbers of words, through an embedding and recurrent layers."""

    def __init__(self, kind: type = rnn.RNN) -> None:
        super().__init__()
        with self.name_scope():
            self.embedding = nn.Embedding(5, 4)
            self.layer = kind(3, num_layers=2, bidirectional=True, layout="NTC")
            self.norm = nn.LayerNorm()
            self.out = nn.Dense(3)

    def hybrid_forward(self, F, x):
        return self.out(self.norm(self.layer(self.embedding(x))))


NETWORKS = {"images": (images, (4, 2, 6, 6)), "words": (Words, (4, 5))}
if place.IS_GPU:  # of these torch has kernels for the CPU and for GPUs, and none for others
    NETWORKS.update(lstm=(partial(Words, rnn.LSTM), (4, 5)), gru=(partial(Words, rnn.GRU), (4, 5)))


def trained(make, shape, start: str, optimizer: str = "sgd", hybridize: bool = True) -> list[np.ndarray]:
    """Parameters after three steps on the current context, the loss and what a metric says; begun from a file."""
    random = np.random.RandomState(0)
    net, loss, metric = make(), gluon.loss.SoftmaxCrossEntropyLoss(), mx.metric.Accuracy()
    if Path(start).exists():
        net.load_parameters(start, ctx=mx.current_context())
    else:
        net.initialize(mx.init.Xavier())
    net.hybridize(hybridize)
    data = random.randint(0, 5, shape) if len(shape) == 2 else random.randn(*shape)
    x, y = mx.nd.array(data), mx.nd.array(random.randint(0, 3, len(data)))
    if not Path(start).exists():
        net(x)
        net.save_parameters(start)
    trainer = gluon.Trainer(net.collect_params(), optimizer, kvstore=None)
    for _ in range(3):
        with autograd.record():
            out = net(x)
            error = loss(out, y)
        error.backward()
        trainer.step(len(data))
        metric.update([y], [out])
    assert {v.ctx for p in net.collect_params().values() for v in p.list_data()} == {mx.current_context()}
    return [*(p.data().asnumpy() for p in net.collect_params().values()), error.asnumpy(), np.array(metric.get()[1])]


@pytest.mark.parametrize("hybridize", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_networks_train_on_another_device_as_on_the_cpu(name: str, hybridize: bool, tmp_path: Path) -> None:
    make, shape = NETWORKS[name]
    start = str(tmp_path / "start.params")
    trained(make, shape, start)
    expected = trained(make, shape, start, hybridize=hybridize)
    with place.gpu():
        got = trained(make, shape, start, hybridize=hybridize)
    for e, g in zip(expected, got, strict=True):
        np.testing.assert_allclose(g, e, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", [kind for kind in OPTIMIZERS if kind.__name__ not in OTHERS])
def test_optimizers_step_on_another_device_as_on_the_cpu(kind: type, tmp_path: Path) -> None:
    start = str(tmp_path / "start.params")
    trained(lambda: nn.Dense(3), (4, 5), start)
    expected = trained(lambda: nn.Dense(3), (4, 5), start, kind.__name__.lower())
    with place.gpu():
        got = trained(lambda: nn.Dense(3), (4, 5), start, kind.__name__.lower())
    for e, g in zip(expected, got, strict=True):
        np.testing.assert_allclose(g, e, rtol=1e-5, atol=1e-6)
