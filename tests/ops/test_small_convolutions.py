"""Convolutions that compiled graphs run as products of matrices are those that calls run."""

from __future__ import annotations

import numpy as np
import pytest

import mxnet as mx

# kernel, stride, pad, dilate, groups, channels, filters, size
SHAPES = [
    pytest.param((3, 3), (1, 1), (1, 1), (1, 1), 1, 24, 40, 2, id="the end of a network"),
    pytest.param((3, 3), (2, 2), (1, 1), (1, 1), 1, 24, 40, 4, id="with strides"),
    pytest.param((1, 1), (2, 2), (0, 0), (1, 1), 1, 32, 64, 4, id="a short cut"),
    pytest.param((2, 3), (1, 2), (0, 1), (2, 1), 1, 24, 80, 5, id="of different axes"),
    pytest.param((3, 3), (1, 1), (1, 1), (1, 1), 2, 24, 64, 2, id="in groups, by the ordinary way"),
    pytest.param((3, 3), (1, 1), (1, 1), (1, 1), 1, 64, 64, 9, id="of many positions, by the ordinary way"),
]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kernel, stride, pad, dilate, groups, channels, filters, size", SHAPES)
def test_a_small_convolution_is_the_same_in_a_graph(
    kernel: tuple[int, int],
    stride: tuple[int, int],
    pad: tuple[int, int],
    dilate: tuple[int, int],
    groups: int,
    channels: int,
    filters: int,
    size: int,
    bias: bool,
) -> None:
    attrs = {"kernel": kernel, "stride": stride, "pad": pad, "dilate": dilate, "num_group": groups}
    symbol = mx.sym.Convolution(mx.sym.var("data"), num_filter=filters, no_bias=not bias, name="c", **attrs)
    run = symbol.simple_bind(mx.cpu(), data=(4, channels, size, size))
    arrays = {n: mx.nd.random.normal(shape=a.shape) for n, a in run.arg_dict.items()}
    (out,) = run.forward(is_train=True, **arrays)
    head = mx.nd.random.normal(shape=out.shape)
    run.backward(head)
    for array in arrays.values():
        array.attach_grad()
    with mx.autograd.record():
        expected = mx.nd.Convolution(*arrays.values(), num_filter=filters, no_bias=not bias, **attrs)
    expected.backward(head)
    np.testing.assert_allclose(out.asnumpy(), expected.asnumpy(), rtol=1e-4, atol=1e-4)
    for name, array in arrays.items():
        np.testing.assert_allclose(run.grad_dict[name].asnumpy(), array.grad.asnumpy(), rtol=1e-4, atol=1e-3)
