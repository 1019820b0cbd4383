#!/usr/bin/env python3
"""A multilayer perceptron twice: from scratch, with arrays and their gradients, and with Gluon's layers.

    python examples/mlp.py                    # the 10,000 digits that come with the project
    python examples/mlp.py --data FOLDER      # all of MNIST's, or FashionMNIST

Both begin with the same weights and see the same batches, so they learn the same, as the picture shows. Gluon adds
names, shapes that are inferred, a graph instead of single calls, and any optimizer.

Measured: 96.1% of the 10,000 test digits right after 10 epochs, which take each of the two 5 seconds of one core.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import _common
import numpy as np
from tqdm import tqdm

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn

SIZES = 28 * 28, 256, 128, 10


def main(argv: list[str] | None = None) -> dict[str, list[dict[str, float]]]:
    """Train both; returns their histories."""
    parser = _common.image_parser(__doc__, "mlp", epochs=10, batch_size=50, learning_rate=0.3)
    parser.add_argument("--data", type=Path, default=_common.DATA / "mnist", help="folder with MNIST's four files")
    options = _common.parse(parser, argv)
    train, test = (_common.digits(train=kind, folder=options.data, limit=options.limit) for kind in (True, False))
    batches = _common.loaders(train, test, options.batch_size)

    scratch, net = Perceptron(SIZES, options.ctx), perceptron(SIZES)
    net.initialize(ctx=options.ctx)
    net.hybridize()
    for layer, (weight, bias) in zip(net, scratch.layers, strict=True):
        layer.weight.set_data(weight.T)
        layer.bias.set_data(bias)

    histories = {}
    np.random.seed(options.seed)
    histories["from scratch"] = fit_from_scratch(scratch, *batches, options)
    np.random.seed(options.seed)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": options.learning_rate})
    histories["gluon"] = _common.fit(net, trainer, *batches, options)
    draw(histories, options.output / "both.png")
    for name, history in histories.items():
        print(f"{name}: test accuracy {history[-1]['test accuracy']:.2%} after {history[-1]['seconds']:.1f} s")
    _common.save(net, histories["gluon"], options)
    return histories


class Perceptron:
    """Dense layers with ReLU between them, of nothing but arrays."""

    def __init__(self, sizes: tuple[int, ...], ctx: mx.Context) -> None:
        self.layers = [
            (nd.random.normal(0, (2 / wide) ** 0.5, (wide, narrow), ctx=ctx), nd.zeros(narrow, ctx=ctx))
            for wide, narrow in zip(sizes, sizes[1:], strict=False)
        ]
        self.arrays = [array for layer in self.layers for array in layer]
        for array in self.arrays:
            array.attach_grad()

    def __call__(self, x: nd.NDArray) -> nd.NDArray:
        x = x.flatten()
        for weight, bias in self.layers[:-1]:
            x = nd.relu(nd.dot(x, weight) + bias)
        weight, bias = self.layers[-1]
        return nd.dot(x, weight) + bias

    def descend(self, rate: float) -> None:
        for array in self.arrays:
            array -= rate * array.grad


def cross_entropy(scores: nd.NDArray, label: nd.NDArray) -> nd.NDArray:
    """Minus the logarithm of the probability that the right class is given."""
    scores = scores - scores.max(axis=1, keepdims=True)  # or the exponential of a large one overflows
    return scores.exp().sum(axis=1).log() - scores.pick(label)


def fit_from_scratch(
    net: Perceptron, train: gluon.data.DataLoader, test: gluon.data.DataLoader, options: argparse.Namespace
) -> list[dict[str, float]]:
    history: list[dict[str, float]] = []
    began = time.perf_counter()
    for epoch in range(options.epochs):
        total = nd.zeros(1, ctx=options.ctx)
        for data, label in tqdm(train, desc=f"from scratch {epoch + 1}/{options.epochs}", file=sys.stderr):
            with autograd.record():
                loss = cross_entropy(net(data.as_in_context(options.ctx)), label.as_in_context(options.ctx)).mean()
            loss.backward()
            net.descend(options.learning_rate)
            total += loss
        found = _common.accuracy(net, test, options.ctx)
        seconds = time.perf_counter() - began
        history.append({"loss": total.asscalar() / len(train), "test accuracy": found, "seconds": seconds})
    return history


def perceptron(sizes: tuple[int, ...]) -> nn.HybridSequential:
    """The same of Gluon's layers."""
    net = nn.HybridSequential()
    with net.name_scope():
        for size in sizes[1:-1]:
            net.add(nn.Dense(size, activation="relu"))
        net.add(nn.Dense(sizes[-1]))
    return net


def draw(histories: dict[str, list[dict[str, float]]], path: Path) -> None:
    plt = _common.pyplot()
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for (name, history), style in zip(histories.items(), ("-", "o"), strict=True):
        axes.plot(range(1, len(history) + 1), [seen["loss"] for seen in history], style, label=name)
    axes.set(title="The same loss twice", xlabel="epoch", ylabel="cross-entropy", yscale="log")
    axes.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    main()
