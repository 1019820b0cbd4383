#!/usr/bin/env python3
"""A network that prints what it is run with: arrays, or once symbols.

``hybrid_forward`` is written once for both. Without ``hybridize()``, ``F`` is ``mx.nd`` and every call runs the Python
code; after it, the first call runs the code with ``F = mx.sym``, and the recorded graph is used from then on.

    python examples/hybrid_print.py
"""

from __future__ import annotations

import mxnet as mx
from mxnet import gluon, nd
from mxnet.gluon import nn


class HybridNet(gluon.HybridBlock):
    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.hidden = nn.Dense(10)
            self.output = nn.Dense(2)

    def hybrid_forward(self, F, x):
        print("F: ", F.__name__)
        print("x: ", type(x).__name__)
        x = F.relu(self.hidden(x))
        print("hidden: ", type(x).__name__)
        return self.output(x)


def main() -> tuple[nd.NDArray, nd.NDArray]:
    """The outputs for one input, before and after ``hybridize()``."""
    mx.random.seed(0)
    net = HybridNet()
    net.initialize()
    x = nd.random.normal(shape=(1, 4))
    print("=== as it is ===")
    imperative = net(x)
    net(x)
    print("=== hybridized: once with symbols ===")
    net.hybridize()
    symbolic = net(x)
    print("=== and not again ===")
    net(x)
    return imperative, symbolic


if __name__ == "__main__":
    main()
