#!/usr/bin/env python3
"""A declarative network in an imperative program: the update is a line of Python over arrays.

The network is a symbol in a ``Module``; forward and backward run its graph. The program updates the parameters itself,
here by ``param -= 0.2 * grad``.

    python examples/module_update.py
"""

from __future__ import annotations

import argparse
from pathlib import Path

import mxnet as mx
from mxnet.gluon.data.vision import IDXDataset

EMBEDDED = Path(__file__).resolve().parent / "data" / "mnist"


def network() -> mx.sym.Symbol:
    net = mx.sym.FullyConnected(mx.sym.flatten(mx.sym.var("data")), num_hidden=64, name="hidden")
    net = mx.sym.FullyConnected(mx.sym.Activation(net, act_type="relu"), num_hidden=10, name="scores")
    return mx.sym.SoftmaxOutput(net, name="softmax", normalization="batch")


def digits(kind: str, count: int, batch_size: int) -> mx.io.NDArrayIter:
    images, labels = IDXDataset(EMBEDDED, kind)[:count]
    pixels = images.asnumpy().transpose(0, 3, 1, 2).astype("float32") / 255
    return mx.io.NDArrayIter(pixels, labels.astype("float32"), batch_size, last_batch_handle="discard")


def train(module: mx.mod.Module, data: mx.io.NDArrayIter, rate: float) -> None:
    """One pass over ``data``, with an update of our own."""
    parameters, gradients = module._exec_group.param_arrays, module._exec_group.grad_arrays
    data.reset()
    for batch in data:
        module.forward(batch, is_train=True)
        module.backward()
        for copies, grads in zip(parameters, gradients, strict=True):
            for param, grad in zip(copies, grads, strict=True):  # one a context
                param -= rate * grad


def main(argv: list[str] | None = None) -> float:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=0.2)
    options = parser.parse_args(argv)
    mx.random.seed(0)
    train_data, test_data = digits("train10k", options.examples, 50), digits("t10k", options.examples, 50)
    module = mx.mod.Module(network())
    module.bind(train_data.provide_data, train_data.provide_label)
    module.init_params(mx.init.Xavier())
    for epoch in range(options.epochs):
        train(module, train_data, options.rate)
        accuracy = module.score(test_data, "acc")[0][1]
        print(f"epoch {epoch + 1}: test accuracy {accuracy:.2%}")
    return accuracy


if __name__ == "__main__":
    main()
