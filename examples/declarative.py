#!/usr/bin/env python3
"""A computation that is described first, and run when its inputs are known.

``C`` and ``D`` below compute nothing: they are symbols. Only what an output needs is run, and memory is freed after its
last use: ``C`` can share memory with ``D``, because ``C`` is not needed later. The executor's plan shows this.

    python examples/declarative.py
"""

from __future__ import annotations

import re

import mxnet as mx

SIDE = 1024  # of the matrices whose memory is measured: 4 MiB each


def describe() -> mx.sym.Symbol:
    A = mx.sym.Variable("A")
    B = mx.sym.Variable("B")
    C = B * A
    D = C + 1
    return D


def evaluate(D: mx.sym.Symbol, a: mx.nd.NDArray, b: mx.nd.NDArray) -> mx.nd.NDArray:
    return D.eval(ctx=mx.cpu(), A=a, B=b)[0]


def planned_megabytes(symbol: mx.sym.Symbol, grad_req: str) -> int:
    """What an executor needs between its arguments and their gradients, in MiB."""
    run = symbol.simple_bind(mx.cpu(), grad_req=grad_req, A=(SIDE, SIDE), B=(SIDE, SIDE))
    return int(re.search(r"Total (\d+) MB allocated", run.debug_str()).group(1))


def chain(length: int) -> mx.sym.Symbol:
    """``D`` with more of the same after it: for prediction its length makes no difference to the memory."""
    D = describe()
    B = D.get_inputs()["B"]
    for _ in range(length):
        D = B * D + 1
    return D


def main() -> None:
    D = describe()
    print("arguments:", D.list_arguments(), " outputs:", D.list_outputs())
    d = evaluate(D, mx.nd.ones(10), mx.nd.ones(10) * 2)
    print("D =", d.asnumpy().tolist())
    for length in (0, 10, 20):
        symbol = chain(length)
        nodes = len(symbol.get_internals()) - 2
        print(
            f"{nodes:3} operators: {planned_megabytes(symbol, 'null'):3} MiB to predict, "
            f"{planned_megabytes(symbol, 'write'):3} MiB to train"
        )


if __name__ == "__main__":
    main()
