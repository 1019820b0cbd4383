"""The networks are those of 1.9.1: blocks, names, shapes, graphs. What it says of them is in recorded/."""

from __future__ import annotations

import functools
import pathlib

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon.model_zoo import vision
from tests.model_zoo import networks

TABLES = pathlib.Path(__file__).parent / "recorded" / "networks.json.xz"
recorded = functools.cache(lambda: networks.read_tables(TABLES))


@pytest.mark.parametrize("name", [*networks.NAMES, *networks.VARIANTS])
def test_blocks_prefixes_parameters_and_graph_are_the_same(name):
    got, want = networks.describe(mx, name), recorded()[name]
    assert got["repr"] == want["repr"]
    assert got["prefixes"] == want["prefixes"]
    assert got["keys"] == want["keys"]
    assert got["parameters"] == want["parameters"]
    assert got["graph"]["nodes"] == want["graph"]["nodes"]
    assert got["graph"] == want["graph"]


def test_an_unknown_name_gets_a_list_of_all():
    with pytest.raises(ValueError, match="Model resnet18 is not supported. Available options are\n\talexnet\n") as info:
        vision.get_model("resnet18")
    assert str(info.value).split("\n\t")[1:] == networks.NAMES == sorted(vision._MODELS)


REFUSED = {
    "version of a ResNet": (lambda: vision.get_resnet(3, 18), "Invalid resnet version: 3. Options are 1 and 2."),
    "depth of a ResNet": (lambda: vision.get_resnet(1, 19), "Invalid number of layers: 19. Options are"),
    "channels of a ResNet": (lambda: vision.ResNetV1(vision.BasicBlockV1, [1, 2], [3]), "got 1 channels for 2 layers"),
    "filters of a VGG": (lambda: vision.VGG([1, 2], [3]), "got 2 layers and 1 filters, expected as many of each"),
    "version of a SqueezeNet": (lambda: vision.SqueezeNet("2.0"), "Unsupported SqueezeNet version 2.0"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_1_9_1_asserts_is_refused_with_a_reason(what):
    make, words = REFUSED[what]
    with pytest.raises(AssertionError, match=words):
        make()


@pytest.mark.parametrize("name", ["ResNetV1 small", "ResNetV2 deep", "MobileNetV2", "VGG"])
def test_a_network_trains_hybridized_as_it_does_imperatively(name):
    net = networks.VARIANTS[name](vision)
    networks.fill(mx, net, 64)
    images = mx.nd.array(networks.image(64, 4))
    net.cast("float64")  # rounding errors grow in deep networks
    images = images.astype("float64")

    def gradients():
        net.collect_params().zero_grad()
        mx.random.seed(7)
        with mx.autograd.record():
            loss = net(images).square().sum()
        loss.backward()
        grads = {k: p.grad().asnumpy() for k, p in net.collect_params().items() if p.grad_req != "null"}
        return loss.asscalar(), grads

    loss, wanted = gradients()
    net.hybridize()
    again, got = gradients()
    assert again == pytest.approx(loss, rel=1e-10)
    assert wanted.keys() == got.keys()
    for key, grad in wanted.items():
        assert abs(grad - got[key]).max() <= 1e-8 * max(1, abs(grad).max()), key


def test_a_convolution_of_single_pixels_with_a_stride_and_few_channels_has_a_gradient():
    """Of which oneDNN would overrun its memory."""
    layer = mx.gluon.nn.Conv2D(16, 1, 2, 1, use_bias=False, in_channels=8)
    layer.initialize()
    images, grads = mx.nd.array(networks.image(64)[:, [0, 1, 2, 0, 1, 2, 0, 1]]), []
    for hybrid in (False, True):
        layer.hybridize(hybrid)
        with mx.autograd.record():
            loss = layer(images).square().sum()
        loss.backward()
        grads.append(layer.weight.grad().asnumpy())
    thin = images.asnumpy()[:, :, 1::2, 1::2].reshape(8, -1).astype("float64")
    weight = layer.weight.data().asnumpy().reshape(16, 8)
    for grad in grads:
        np.testing.assert_allclose(grad.reshape(16, 8), 2 * weight @ thin @ thin.T, rtol=1e-4, atol=1e-3)


def test_a_network_takes_numpy_arrays():
    net = networks.VARIANTS["ResNetV1 small"](vision)
    net.initialize()
    with mx.util.np_array(True), mx.util.np_shape(True):
        scores = net(mx.np.ones((2, 3, 8, 8)))
    assert type(scores) is mx.np.ndarray and scores.shape == (2, 7)


def test_the_parts_of_a_densenet_are_there_for_networks_of_others() -> None:
    net = mx.gluon.nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(vision.densenet._make_dense_block(2, 4, 8, 0, 3), vision.densenet._make_transition(6))
    net.initialize()
    assert net(mx.nd.ones((1, 4, 8, 8))).shape == (1, 6, 4, 4)
    weights = [name for name in net.collect_params() if name.endswith("weight")]
    assert weights == [*(f"net_stage3_conv{i}_weight" for i in range(4)), "net_conv0_weight"]


def test_a_vgg_of_another_number_of_layers_is_refused_in_words():
    with pytest.raises(KeyError, match="num_layers is 12, expected one of 11, 13, 16, 19"):
        mx.gluon.model_zoo.vision.get_vgg(12)
