"""Arrays and gradients for tests of operators."""

from __future__ import annotations

from typing import Any

import numpy as np

import mxnet as mx


def ones(*shape: int, dtype: str = "float32") -> mx.nd.NDArray:
    return mx.nd.ones(shape, dtype=dtype)


def normal(*shape: int) -> mx.nd.NDArray:
    return mx.nd.array(np.random.RandomState(sum(shape)).randn(*shape))


def grad_of(function: Any, *inputs: mx.nd.NDArray) -> list[np.ndarray]:
    for i in inputs:
        i.attach_grad()
    with mx.autograd.record():
        out = function(*inputs)
    out.backward()
    return [i.grad.asnumpy() for i in inputs]
