#!/usr/bin/env python3
"""The gradient of a program that loops as long as its values say.

Recording follows what runs, so ordinary Python control flow is differentiated too. ``f`` doubles its argument until it
is long enough; it is piecewise linear, and its gradient is the factor, which depends on the argument.

    python examples/while_loop_gradient.py
"""

from __future__ import annotations

from mxnet import autograd, nd


def f(a: nd.NDArray) -> nd.NDArray:
    b = a * 2
    while nd.norm(b).asscalar() < 1000:
        b = b * 2
    return b if nd.sum(b).asscalar() > 0 else 100 * b


def value_and_gradient(a: nd.NDArray, head: nd.NDArray | None = None) -> tuple[nd.NDArray, nd.NDArray]:
    """``f(a)``, and the gradient at ``a`` of its sum, or of its product with ``head``."""
    a.attach_grad()
    with autograd.record():
        c = f(a)
    c.backward(head)
    return c, a.grad


def main() -> None:
    for number in (0.5, 3.0, -3.0, 700.0):
        a = nd.array([number])
        c, gradient = value_and_gradient(a)
        print(f"f({number}) = {c.asscalar():g}, its gradient is {gradient.asscalar():g} = {(c / a).asscalar():g}")
    a, head = nd.random.normal(shape=3), nd.array([10, 1.0, 0.1])
    c, gradient = value_and_gradient(a, head)
    print("with a head gradient:", (gradient / (c / a)).asnumpy().round(6).tolist(), "times the factor")


if __name__ == "__main__":
    main()
