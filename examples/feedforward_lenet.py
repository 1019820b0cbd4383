#!/usr/bin/env python3
"""LeNet in symbols, trained by ``FeedForward`` on two contexts.

Each batch is cut in two, each half runs in its own context, and a store adds up the gradients. On a machine without
GPUs, ``cpu(0)`` and ``cpu(1)`` are the same processor; apart from these names, the program is the same.

    python examples/feedforward_lenet.py
    python examples/feedforward_lenet.py --ctx gpu     # the first two GPUs
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import mxnet as mx
from mxnet.gluon.data.vision import IDXDataset

EMBEDDED = Path(__file__).resolve().parent / "data" / "mnist"


def lenet() -> mx.sym.Symbol:
    data = mx.sym.Variable("data")
    # first and second convolution
    net = mx.sym.Convolution(data=data, kernel=(5, 5), num_filter=20, name="conv1")
    net = mx.sym.Activation(data=net, act_type="tanh")
    net = mx.sym.Pooling(data=net, pool_type="max", kernel=(2, 2), stride=(2, 2))
    net = mx.sym.Convolution(data=net, kernel=(5, 5), num_filter=50, name="conv2")
    net = mx.sym.Activation(data=net, act_type="tanh")
    net = mx.sym.Pooling(data=net, pool_type="max", kernel=(2, 2), stride=(2, 2))
    # first and second full layer
    net = mx.sym.FullyConnected(data=mx.sym.Flatten(data=net), num_hidden=500, name="fc1")
    net = mx.sym.Activation(data=net, act_type="tanh")
    net = mx.sym.FullyConnected(data=net, num_hidden=10, name="fc2")
    return mx.sym.SoftmaxOutput(data=net, name="softmax")


def digits(kind: str, count: int, batch_size: int) -> mx.io.NDArrayIter:
    images, labels = IDXDataset(EMBEDDED, kind)[:count]
    pixels = images.asnumpy().transpose(0, 3, 1, 2).astype("float32") / 255
    return mx.io.NDArrayIter(pixels, labels.astype("float32"), batch_size)


def main(argv: list[str] | None = None) -> mx.model.FeedForward:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ctx", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--learning-rate", type=float, default=0.01)
    parser.add_argument("--batch-size", type=int, default=50)
    parser.add_argument("--out", help="prefix of the checkpoint; none is written without")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    mx.random.seed(0)
    batch_size = options.batch_size
    train, val = digits("train10k", options.examples, batch_size), digits("t10k", options.examples, batch_size)
    model = mx.model.FeedForward(
        ctx=[mx.Context(options.ctx, 0), mx.Context(options.ctx, 1)],
        symbol=lenet(),
        num_round=options.rounds,
        learning_rate=options.learning_rate,
        momentum=0.9,
        wd=0.00001,
        initializer=mx.init.Xavier(),
    )
    model.fit(X=train, eval_data=val, batch_end_callback=mx.callback.Speedometer(batch_size))
    print(f"test accuracy {model.score(val):.2%}")
    if options.out:
        model.save(options.out)
    return model


if __name__ == "__main__":
    main()
