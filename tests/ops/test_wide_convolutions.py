"""The weights of convolutions learn by products of matrices what oneDNN's own gradient tells them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet._kernels import conv, conv_gradient

# images, channels, filters, height, width, kernel, pad, stride, dilate
SHAPES = [
    pytest.param(3, 5, 7, 9, 8, (3, 3), (1, 1), (1, 1), (1, 1), id="padded to the same size"),
    pytest.param(2, 4, 3, 6, 7, (1, 1), (0, 0), (1, 1), (1, 1), id="of one pixel, narrowing"),
    pytest.param(2, 4, 9, 3, 3, (1, 1), (0, 0), (1, 1), (1, 1), id="of one pixel, widening"),
    pytest.param(2, 3, 4, 5, 5, (5, 3), (0, 2), (1, 1), (1, 1), id="of different axes"),
    pytest.param(2, 6, 4, 5, 9, (2, 4), (1, 2), (1, 1), (1, 1), id="of even sizes"),
    pytest.param(2, 3, 4, 4, 4, (3, 3), (3, 3), (1, 1), (1, 1), id="padded by more than the kernel"),
    pytest.param(1, 3, 4, 6, 2, (1, 7), (0, 5), (1, 1), (1, 1), id="wider than the image"),
    pytest.param(4, 3, 6, 5, 5, (1, 1), (1, 1), (1, 1), (1, 1), id="of one pixel, padded"),
    pytest.param(3, 5, 4, 8, 7, (3, 3), (1, 1), (2, 2), (1, 1), id="with strides"),
    pytest.param(3, 5, 4, 7, 7, (1, 1), (0, 0), (2, 2), (1, 1), id="of one pixel, with strides"),
    pytest.param(3, 5, 4, 2, 2, (1, 1), (1, 1), (2, 2), (1, 1), id="of one pixel, between strides"),
    pytest.param(2, 3, 4, 9, 9, (4, 2), (1, 0), (3, 2), (1, 1), id="with different strides"),
    pytest.param(2, 3, 4, 9, 8, (3, 3), (2, 2), (1, 1), (2, 2), id="dilated"),
    pytest.param(2, 3, 4, 11, 9, (3, 2), (2, 1), (2, 3), (3, 2), id="dilated, with strides"),
    pytest.param(3, 1, 4, 7, 8, (3, 3), (1, 1), (1, 1), (1, 1), id="gray"),
    pytest.param(2, 1, 1, 9, 7, (4, 2), (1, 0), (3, 2), (1, 1), id="gray, with different strides"),
    pytest.param(2, 1, 4, 11, 9, (3, 2), (2, 1), (2, 3), (3, 2), id="gray, dilated, with strides"),
]


@pytest.mark.parametrize("few", [0, 32])
@pytest.mark.parametrize("block", [1, 700, 1 << 20])
@pytest.mark.parametrize("images, channels, filters, height, width, kernel, pad, stride, dilate", SHAPES)
def test_gradients_are_those_of_a_convolution(
    images: int,
    channels: int,
    filters: int,
    height: int,
    width: int,
    kernel: tuple[int, int],
    pad: tuple[int, int],
    stride: tuple[int, int],
    dilate: tuple[int, int],
    block: int,
    few: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conv_gradient, "_BLOCK", block)
    monkeypatch.setattr(conv_gradient, "_FEW", few)
    torch.manual_seed(0)
    data = torch.randn(images, channels, height, width, dtype=torch.float64)
    data = data.to(memory_format=torch.channels_last).requires_grad_()
    weight = torch.randn(filters, channels, *kernel, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(filters, dtype=torch.float64, requires_grad=True)
    inputs = data, weight, bias
    expected = torch.conv2d(*inputs, stride, pad, dilate)
    out = conv_gradient.with_products(*inputs, stride, pad, dilate)
    head = torch.randn_like(expected)
    torch.testing.assert_close(torch.autograd.grad(out, inputs, head), torch.autograd.grad(expected, inputs, head))


def test_gradients_can_be_differentiated_again() -> None:
    torch.manual_seed(0)
    data = torch.randn(2, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(2, 3, 3, 3, dtype=torch.float64, requires_grad=True)
    window = None, (2, 2), (1, 1), ()
    torch.autograd.gradgradcheck(lambda *two: conv_gradient.with_products(*two, *window), (data, weight))


@pytest.mark.parametrize(
    "size, pad, worth",
    [
        pytest.param((7, 7), (1, 1), True, id="small"),
        pytest.param((6, 6), (1, 1), False, id="much larger with padding"),
        pytest.param((28, 28), (8, 8), False, id="with much padding"),
        pytest.param((224, 224), (1, 1), False, id="of more numbers than should be copied"),
    ],
)
def test_images_that_are_not_worth_copying_are_left_to_the_library(
    size: tuple[int, int], pad: tuple[int, int], worth: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conv_gradient, "_SLOW", True)
    data, weight = (torch.empty(shape, device="meta") for shape in ((1, 512, *size), (512, 512, 3, 3)))
    assert conv_gradient.worthwhile(data, weight, (), pad) is worth


@pytest.mark.parametrize(
    "channels, outputs, size, stride, worth",
    [
        pytest.param(1, 1, 5, 1, True, id="gray"),
        pytest.param(1, 8, 60, 4, True, id="gray, with strides"),
        pytest.param(3, 64, 224, 1, True, id="large"),
        pytest.param(3, 64, 224, 2, False, id="large, with strides"),
        pytest.param(3, 64, 64, 1, False, id="small"),
        pytest.param(3, 16, 224, 1, False, id="for few outputs"),
        pytest.param(1, 8, 3000, 1, False, id="of more numbers than should be copied"),
    ],
)
def test_images_of_few_channels_are_worth_it_if_gray_or_large(
    channels: int, outputs: int, size: int, stride: int, worth: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conv_gradient, "_SLOW", True)
    data, weight = (
        torch.empty(shape, device="meta") for shape in ((1, channels, size, size), (outputs, channels, 3, 3))
    )
    assert conv_gradient.worthwhile(data, weight, (stride, stride), (1, 1)) is worth


def test_a_gray_network_learns_the_same_imperative_compiled_and_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Conv2D(20, 5, padding=2), mx.gluon.nn.MaxPool2D(), mx.gluon.nn.Conv2D(16, 3, strides=2))
    net.initialize(mx.init.Xavier())
    x, found = mx.nd.random.normal(shape=(8, 1, 28, 28)), []
    x.attach_grad()
    for slow, compiled in (False, False), (True, False), (True, True):
        monkeypatch.setattr(conv_gradient, "_SLOW", slow)
        net.hybridize(compiled)
        with mx.autograd.record():
            loss = (net(x) ** 2).sum()
        loss.backward()
        found.append([a.asnumpy() for a in (x.grad, *(p.grad() for p in net.collect_params().values()))])
    for got in found[1:]:
        for values, expected in zip(got, found[0], strict=True):
            np.testing.assert_allclose(values, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("kernel, pad", [(3, 1), (1, 0)], ids=["3 x 3", "1 x 1"])
def test_a_compiled_network_learns_what_an_imperative_one_does(
    kernel: int, pad: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conv_gradient, "_SLOW", True)
    used: list[Any] = []
    plain = conv_gradient.with_products
    monkeypatch.setattr(conv, "with_products", lambda *args: used.append(1) or plain(*args))
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Conv2D(128, kernel, padding=pad, use_bias=False), mx.gluon.nn.BatchNorm())
    net.add(mx.gluon.nn.Activation("relu"), mx.gluon.nn.Conv2D(160, kernel, padding=pad), mx.gluon.nn.GlobalAvgPool2D())
    net.initialize(mx.init.Xavier())
    x, found = mx.nd.random.normal(shape=(2, 128, 28, 28)), []
    for compiled in (False, True):
        net.hybridize(compiled)
        with mx.autograd.record():
            loss = (net(x) ** 2).sum()
        loss.backward()
        found.append({name: p.grad().asnumpy() for name, p in net.collect_params().items() if p.grad_req != "null"})
    assert len(used) == 2, "both convolutions are worth it"
    for name, expected in found[0].items():
        np.testing.assert_allclose(found[1][name], expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
