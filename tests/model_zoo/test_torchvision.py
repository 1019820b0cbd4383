"""Weights of torchvision's networks give their scores here."""

from __future__ import annotations

import functools
import math
import warnings

import pytest
import torch

import mxnet as mx
from mxnet.gluon.model_zoo import import_torchvision, vision
from tests.model_zoo import networks, torch_nets

CLASSES = 7
DENSENETS = {"161": (96, 48, (6, 12, 36, 24)), "201": (64, 32, (6, 12, 48, 32))}
WIDE = (256, 512, 1024, 2048)
VGG16 = ((64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3)

# the network here, that of torch, width of the images, whether it has to be changed
PAIRS = {
    "AlexNet": (lambda: vision.alexnet(classes=CLASSES), torch_nets.AlexNet, 224, False),
    "VGG": (
        lambda: vision.VGG([1, 1, 2, 1, 1], [8, 8, 16, 16, 16], CLASSES),
        functools.partial(torch_nets.VGG, groups=((8,), (8,), (16, 16), (16,), (16,))), 224, False,
    ),
    "VGG with normalisation": (
        lambda: vision.VGG([1, 1, 2, 1, 1], [8, 8, 16, 16, 16], CLASSES, batch_norm=True),
        functools.partial(torch_nets.VGG, groups=((8,), (8,), (16, 16), (16,), (16,)), norm=True), 224, False,
    ),
    "ResNet": (
        lambda: vision.ResNetV1(vision.BasicBlockV1, [1, 2, 1, 1], [64, 64, 32, 64, 32], CLASSES),
        functools.partial(torch_nets.ResNet, layers=(1, 2, 1, 1), widths=(64, 32, 64, 32)), 64, False,
    ),
    "ResNet of bottlenecks": (
        lambda: vision.ResNetV1(vision.BottleneckV1, [2, 2, 1, 1], [64, 64, 32, 64, 128], CLASSES),
        functools.partial(torch_nets.ResNet, layers=(2, 2, 1, 1), widths=(64, 32, 64, 128), deep=True), 64, True,
    ),
    "SqueezeNet 1.0": (
        lambda: vision.squeezenet1_0(classes=CLASSES),
        functools.partial(torch_nets.SqueezeNet, version="1.0"), 224, False,
    ),
    "SqueezeNet 1.1": (lambda: vision.squeezenet1_1(classes=CLASSES), torch_nets.SqueezeNet, 224, False),
    "DenseNet": (
        lambda: vision.DenseNet(16, 8, (2, 3, 2, 2), 2, classes=CLASSES),
        functools.partial(torch_nets.DenseNet, init=16, growth=8, config=(2, 3, 2, 2), size=2), 224, False,
    ),
    "Inception v3": (lambda: vision.inception_v3(classes=CLASSES), torch_nets.Inception3, 299, False),
    "MobileNet V2": (lambda: vision.mobilenet_v2_1_0(classes=CLASSES), torch_nets.MobileNetV2, 64, True),
}  # fmt: skip
WHOLE = {
    "resnet18": (lambda: vision.resnet18_v1(), torch_nets.ResNet, 224, False),
    "resnet50": (
        lambda: vision.resnet50_v1(),
        functools.partial(torch_nets.ResNet, layers=(3, 4, 6, 3), widths=WIDE, deep=True), 224, True,
    ),
    "resnet152": (
        lambda: vision.resnet152_v1(),
        functools.partial(torch_nets.ResNet, layers=(3, 8, 36, 3), widths=WIDE, deep=True), 224, True,
    ),
    "vgg16_bn": (lambda: vision.vgg16_bn(), functools.partial(torch_nets.VGG, groups=VGG16, norm=True), 224, False),
    "densenet121": (lambda: vision.densenet121(), torch_nets.DenseNet, 224, False),
    **{
        f"densenet{number}": (
            getattr(vision, f"densenet{number}"),
            functools.partial(torch_nets.DenseNet, init=init, growth=growth, config=config), 224, False,
        )
        for number, (init, growth, config) in DENSENETS.items()
    },
}  # fmt: skip


def random_torch_net(make, classes):
    torch.manual_seed(4)
    net = make(classes)
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if value.dim() > 1:
                value.normal_(std=math.sqrt(2 / value[0].numel()))
            elif name.endswith("running_var") or (name.endswith("weight") and value.dim() == 1):
                value.uniform_(0.8, 1.2)
            elif value.dim() == 1:
                value.normal_(std=0.1)
    return net.eval()


def check_scores(pair, classes):
    make, make_torch, size, changed = pair
    theirs, net = random_torch_net(make_torch, classes), make()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert import_torchvision(net, theirs.state_dict()) is net
    assert [str(w.message)[:17] for w in told] == ["import_torchvision"[:17]] * changed
    images = networks.image(size)
    with torch.no_grad():
        want = theirs(torch.from_numpy(images)).numpy()
    assert want.shape == (1, classes) and want.std() > 1e-3
    for hybrid in (False, True):
        net.hybridize(hybrid)
        got = net(mx.nd.array(images)).asnumpy()
        assert abs(got - want).max() <= 1e-4 * abs(want).max()
    return net, want


@pytest.mark.parametrize("name", PAIRS)
def test_imported_weights_give_the_same_scores(name):
    check_scores(PAIRS[name], CLASSES)


@pytest.mark.nightly
@pytest.mark.parametrize("name", WHOLE)
def test_imported_weights_of_whole_networks_give_the_same_scores(name):
    check_scores(WHOLE[name], 1000)


def test_a_network_that_was_changed_is_exported_as_it_then_is(tmp_path):
    for name in ("ResNet of bottlenecks", "MobileNet V2"):
        net, want = check_scores(PAIRS[name], CLASSES)
        net.export(str(tmp_path / "net"))
        again = mx.gluon.SymbolBlock.imports(
            str(tmp_path / "net-symbol.json"), "data", str(tmp_path / "net-0000.params")
        )
        got = again(mx.nd.array(networks.image(64))).asnumpy()
        assert abs(got - want).max() <= 1e-4 * abs(want).max()


@pytest.fixture(scope="module")
def squeezed():
    return random_torch_net(torch_nets.SqueezeNet, CLASSES).state_dict()


def same_weights(net, state):
    assert (net.features[0].weight.data().asnumpy() == state["features.0.weight"].float().numpy()).all()
    assert (net.output[0].bias.data().asnumpy() == state["classifier.1.bias"].float().numpy()).all()


def test_weights_come_from_files_of_safetensors_and_of_torch(squeezed, tmp_path):
    safetensors = pytest.importorskip("safetensors.torch")
    safetensors.save_file(squeezed, tmp_path / "net.safetensors")
    torch.save(squeezed, tmp_path / "net.pth")
    for file in ("net.safetensors", "net.pth"):
        same_weights(import_torchvision(vision.squeezenet1_1(classes=CLASSES), tmp_path / file), squeezed)
        same_weights(import_torchvision(vision.squeezenet1_1(classes=CLASSES), str(tmp_path / file)), squeezed)


def test_weights_may_be_arrays_in_half_precision_and_the_network_initialised(squeezed):
    net = vision.squeezenet1_1(classes=CLASSES)
    net.initialize()
    half = {k: v.bfloat16() for k, v in squeezed.items()}
    same_weights(import_torchvision(net, half), half)
    same_weights(import_torchvision(net, {k: v.numpy() for k, v in squeezed.items()}), squeezed)


def test_older_names_of_densenet_are_understood():
    make, make_torch, _, _ = PAIRS["DenseNet"]
    state = random_torch_net(make_torch, CLASSES).state_dict()
    old = {k.replace("norm1", "norm.1").replace("conv2.", "conv.2."): v for k, v in state.items()}
    assert old.keys() != state.keys()
    net = import_torchvision(make(), old)
    assert (net.output.weight.data().asnumpy() == state["classifier.weight"].numpy()).all()


def without(state, *names):
    return {k: v for k, v in state.items() if k not in names}


REFUSED = {
    "a missing weight": (
        lambda s: without(s, "features.0.bias"),
        ValueError, "the state_dict: features.0.bias is missing for features.0 of the SqueezeNet",
    ),
    "a weight too many": (
        lambda s: {**s, "head.weight": s["features.0.weight"]},
        ValueError, r"the SqueezeNet has no place for head.weight \(1 in all\)",
    ),
    "another number of classes": (
        lambda s: {**s, "classifier.1.weight": torch.zeros(5, 512, 1, 1)},
        ValueError, r"classifier.1.weight has shape \(5, 512, 1, 1\), expected \(7, 0, 1, 1\) .* number of classes",
    ),
    "something else": (lambda s: 5, TypeError, "got a int, expected a state_dict or the path of a file with one"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_weights_that_do_not_fit_are_refused_and_leave_the_network_as_it_was(what, squeezed):
    change, kind, words = REFUSED[what]
    net = vision.squeezenet1_1(classes=CLASSES)
    with pytest.raises(kind, match=words) as info:
        import_torchvision(net, change(squeezed))
    assert isinstance(info.value, mx.base.MXNetError)
    assert all(p._data is None for p in net.collect_params().values())


def test_networks_that_torchvision_has_not_are_refused(squeezed):
    for net in (vision.resnet18_v2(), vision.mobilenet1_0(), mx.gluon.nn.Dense(2)):
        with pytest.raises(ValueError, match=f"got a {type(net).__name__}, expected one of AlexNet, DenseNet"):
            import_torchvision(net, squeezed)


def test_a_file_with_more_than_tensors_is_not_read(tmp_path):
    torch.save(torch_nets.SqueezeNet(2), tmp_path / "model.pth")
    torch.save([1], tmp_path / "list.pth")
    for file, words in (("model.pth", "holds more than tensors"), ("list.pth", "holds a list, expected a state_dict")):
        with pytest.raises(ValueError, match=words):
            import_torchvision(vision.squeezenet1_1(), tmp_path / file)
