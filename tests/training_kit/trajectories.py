"""Training by 200 steps, the same here and in 1.9.1: same first parameters, same batches, same losses.

Runs under the Python of either; ``trajectories.py NAME FILE`` writes the losses to FILE.npy. The parameters come from
NumPy by their order in the network and their shape, so neither side's random numbers matter.

Trained fast, no two programs agree for long: where a ReLU or a maximum is about to change sides a difference in the
last bit turns a gradient by a percent, and each step carries it on. The control is 1.9.1 against itself, with first
weights changed by a random 1e-7 of their size: its losses then differ by up to 1e-2 where the learning rate is ten
times what it is here, and at the settings below by up to 1e-4 for LeNet, and 2e-4 for ResNet-18, whose losses fall
from 2.44 to 1.87 and from 2.93 to 1.91. With them two programs that compute the same can be told from two that do not.
"""

from __future__ import annotations

import sys

import numpy as np

import mxnet as mx
from mxnet import autograd, gluon
from mxnet.gluon import nn

STEPS = 200


def mlp() -> nn.HybridSequential:
    net = nn.HybridSequential()
    net.add(nn.Dense(64, activation="relu"), nn.Dense(32, activation="tanh"), nn.Dense(10))
    return net


def lenet() -> nn.HybridSequential:
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(8, 5, activation="tanh"),
        nn.MaxPool2D(2, 2),
        nn.Conv2D(16, 5, activation="tanh"),
        nn.MaxPool2D(2, 2),
        nn.Flatten(),
        nn.Dense(64, activation="tanh"),
        nn.Dense(10),
    )
    return net


class Recurrent(gluon.HybridBlock):
    """Two layers of LSTM, and the mean of their outputs classified (SequenceLast makes 1.9.1 crash here)."""

    def __init__(self) -> None:
        super().__init__()
        with self.name_scope():
            self.lstm = gluon.rnn.LSTM(16, num_layers=2, input_size=8)
            self.out = nn.Dense(10, in_units=16)

    def hybrid_forward(self, F, x):
        return self.out(F.mean(self.lstm(x), axis=0))


def resnet() -> gluon.HybridBlock:
    return gluon.model_zoo.vision.resnet18_v1(classes=10, thumbnail=True)


CASES = {
    "mlp": (mlp, (16, 20), "sgd", {"learning_rate": 0.05, "wd": 1e-3}),
    "lenet": (lenet, (32, 1, 28, 28), "nag", {"learning_rate": 0.001, "momentum": 0.9, "wd": 1e-4}),
    "lstm": (Recurrent, (12, 8, 8), "adam", {"learning_rate": 0.003, "clip_gradient": 0.5}),
    "resnet18": (resnet, (32, 3, 16, 16), "sgd", {"learning_rate": 1e-5, "momentum": 0.9, "multi_precision": True}),
}
"""Network, shape of a batch, optimizer and its arguments."""


def set_parameters(net: gluon.Block, first: mx.nd.NDArray) -> None:
    """Weights drawn like Xavier's, by NumPy; scales and variances 1, the rest 0."""
    net.initialize()
    net(first)  # shapes become known
    for place, (name, param) in enumerate(net.collect_params().items()):
        draw = np.random.RandomState(place)
        if name.endswith("weight"):
            bound = np.sqrt(6 / (param.shape[0] + np.prod(param.shape[1:])))
            param.set_data(mx.nd.array(draw.uniform(-bound, bound, param.shape)))
        else:
            param.set_data(mx.nd.array(np.full(param.shape, name.endswith(("gamma", "running_var")), "float32")))


def batches(shape: tuple[int, ...], time_major: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """Sixteen batches over and over, noise around a pattern of each class so that there is something to learn."""
    draw = np.random.RandomState(7)
    size, rest = (shape[1], (shape[0], *shape[2:])) if time_major else (shape[0], shape[1:])
    patterns = draw.normal(0, 1, (10, *rest))
    found = []
    for _ in range(16):
        label = draw.randint(0, 10, size)
        data = 0.5 * patterns[label] + draw.normal(0, 1, (size, *rest))
        if time_major:
            data = data.swapaxes(0, 1)
        found.append((data.astype("float32"), label.astype("float32")))
    return found


def train(name: str, steps: int = STEPS, hybridize: bool = True) -> np.ndarray:
    """The mean loss of each step."""
    make, shape, optimizer, arguments = CASES[name]
    net = make()
    data = [(mx.nd.array(x), mx.nd.array(y)) for x, y in batches(shape, name == "lstm")]
    set_parameters(net, data[0][0])
    if hybridize:
        net.hybridize()
    loss_of = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), optimizer, dict(arguments))
    losses = []
    for step in range(steps):
        x, y = data[step % len(data)]
        with autograd.record():
            loss = loss_of(net(x), y)
        loss.backward()
        trainer.step(len(y))
        losses.append(loss.mean())
    return np.array([v.asscalar() for v in losses])


if __name__ == "__main__":
    np.save(sys.argv[2], train(sys.argv[1], *map(int, sys.argv[3:])))
