"""Convolutions of few multiplications run by another kernel, and give the same however their values lie in memory."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet._kernels.conv_tiny import convolve_tiny, gradient_of_data, tiny

LAYOUTS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "plain": lambda t: t,
    "channels last": lambda t: t.to(memory_format=torch.channels_last),
    "permuted": lambda t: t.permute(0, 2, 3, 1).clone(memory_format=torch.contiguous_format).permute(0, 3, 1, 2),
    "reversed": lambda t: t.permute(3, 2, 1, 0).clone(memory_format=torch.contiguous_format).permute(3, 2, 1, 0),
    "sliced": lambda t: t.repeat_interleave(2, 2).repeat_interleave(2, 3)[:, :, ::2, ::2],
    "expanded": lambda t: t[:1, :1, :1, :1].expand(t.shape),
}
# channels, filters, size, kernel, stride, pad
SHAPES = [(1, 1, 5, 3, 1, 1), (1, 4, 1, 1, 1, 0), (3, 1, 1, 3, 1, 1), (3, 1, 5, 1, 2, 0), (3, 4, 5, 3, 2, 1)]


@pytest.mark.parametrize("channels, filters, size, kernel, stride, pad", SHAPES)
def test_the_order_in_memory_changes_nothing(
    channels: int, filters: int, size: int, kernel: int, stride: int, pad: int
) -> None:
    torch.manual_seed(0)
    data, weight, bias = torch.randn(2, channels, size, size), torch.randn(filters, channels, kernel, kernel), None
    window = (stride, stride), (pad, pad)
    grads = LAYOUTS["plain"], LAYOUTS["channels last"]
    for of_data, of_weight, of_grad in itertools.product(LAYOUTS.values(), LAYOUTS.values(), grads):
        inputs = [of_data(data).requires_grad_(), of_weight(weight).requires_grad_()]
        expected = torch.conv2d(inputs[0].double(), inputs[1].double(), bias, *window)
        out = convolve_tiny(*inputs, bias, *window)
        grad = of_grad(torch.randn(out.shape))
        wanted = [g.double() for g in torch.autograd.grad(expected, inputs, grad.double())]
        got = [out, *torch.autograd.grad(out, inputs, grad)]
        got.append(gradient_of_data(grad, *(t.detach() for t in inputs), *window))
        for values, right in zip(got, [expected, *wanted, wanted[0]], strict=True):
            torch.testing.assert_close(values.double(), right, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "size, channels, groups, dilate, expected",
    [
        pytest.param(8, 8, 1, (), True, id="tiny"),
        pytest.param(8, 8, 1, (1, 1), True, id="tiny, with all said"),
        pytest.param(80, 8, 1, (), False, id="many pixels"),
        pytest.param(1, 64, 1, (), False, id="many weights"),
        pytest.param(8, 0, 1, (), False, id="nothing"),
        pytest.param(8, 8, 2, (), False, id="groups"),
        pytest.param(8, 8, 1, (1, 2), False, id="dilated"),
    ],
)
def test_what_counts_as_tiny(size: int, channels: int, groups: int, dilate: tuple[int, ...], expected: bool) -> None:
    assert tiny((1, channels, size, size), (channels, channels // groups, 3, 3), groups, dilate) is expected


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("bias", [True, False])
def test_a_net_of_tiny_layers_predicts_and_learns_as_one_of_large_batches(layout: str, bias: bool) -> None:
    """The same images, one by one and in a batch that is large enough for the other kernel."""
    axis = layout.index("C")
    net = mx.gluon.nn.HybridSequential()
    for filters in (4, 6):
        net.add(mx.gluon.nn.Conv2D(filters, 3, 2, 1, layout=layout, use_bias=bias))
        net.add(mx.gluon.nn.BatchNorm(axis, use_global_stats=True), mx.gluon.nn.Activation("relu"))
    net.initialize(mx.init.Xavier())
    x = mx.nd.random.normal(shape=(400, 3, 12, 12) if axis == 1 else (400, 12, 12, 3))
    whole = net(x).asnumpy()
    for compiled in (False, True):
        net.hybridize(compiled)
        np.testing.assert_allclose(net(x[:2]).asnumpy(), whole[:2], rtol=1e-4, atol=1e-5)
    parameters = [p for p in net.collect_params().values() if p.grad_req != "null"]
    found = []
    for part in [x], [x[i : i + 4] for i in range(0, 400, 4)]:
        for p in parameters:
            p.grad_req = "add"
            p.zero_grad()
        for images in part:
            with mx.autograd.record():
                loss = (net(images) ** 2).sum()
            loss.backward()
        found.append([p.grad().asnumpy() for p in parameters])
    for got, expected in zip(*found, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
