"""Weights of torchvision's networks for those of the zoo."""

from __future__ import annotations

import os
import pickle
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from mxnet import ndarray
from mxnet._base.errors import ArgumentError, FormatError, InputTypeError, ShapeError
from mxnet._base.lazy import lazy
from mxnet.gluon import nn
from mxnet.gluon._parameter import Parameter
from mxnet.gluon.block import HybridBlock

from . import vision
from .vision.mobilenet import LinearBottleneck
from .vision.resnet import BottleneckV1

_safetensors = lazy("safetensors.torch", extra="safetensors")

_Names = Iterator[str | None]


def _alexnet(net: vision.AlexNet) -> _Names:
    yield from (f"features.{i}" for i in (0, 3, 6, 8, 10))
    yield from (f"classifier.{i}" for i in (1, 4, 6))


def _vgg(net: vision.VGG) -> _Names:
    # the places in features are the same
    for place, layer in net.features._children.items():
        if isinstance(layer, (nn.Conv2D, nn.BatchNorm)):
            yield f"features.{place}"
    yield from (f"classifier.{i}" for i in (0, 3, 6))


def _resnet(net: vision.ResNetV1) -> _Names:
    yield from ("conv1", "bn1")
    stages = [child for child in net.features if isinstance(child, nn.HybridSequential)]
    for number, stage in enumerate(stages, 1):
        for place, block in enumerate(stage):
            at = f"layer{number}.{place}."
            for i in range(1, 4 if isinstance(block, BottleneckV1) else 3):
                yield from (f"{at}conv{i}", f"{at}bn{i}")
            if block.downsample is not None:
                yield from (f"{at}downsample.0", f"{at}downsample.1")
    yield "fc"


def _squeezenet(net: vision.SqueezeNet) -> _Names:
    yield "features.0"
    for place, child in net.features._children.items():
        if isinstance(child, nn.HybridSequential):
            yield from (f"features.{place}.{part}" for part in ("squeeze", "expand1x1", "expand3x3"))
    yield "classifier.1"


def _densenet(net: vision.DenseNet) -> _Names:
    yield from ("features.conv0", "features.norm0")
    parts = [child for child in net.features if isinstance(child, nn.HybridSequential)]
    for i, part in enumerate(parts):
        number = i // 2 + 1
        if i % 2:
            yield from (f"features.transition{number}.norm", f"features.transition{number}.conv")
            continue
        for layer in range(1, len(part) + 1):
            at = f"features.denseblock{number}.denselayer{layer}."
            yield from (f"{at}norm1", f"{at}conv1", f"{at}norm2", f"{at}conv2")
    yield from (f"features.norm{len(parts) // 2 + 2}", "classifier")


_A = "branch1x1 branch5x5_1 branch5x5_2 branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3 branch_pool"
_B = "branch3x3 branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3"
_C = (
    "branch1x1 branch7x7_1 branch7x7_2 branch7x7_3 branch7x7dbl_1 branch7x7dbl_2 branch7x7dbl_3 branch7x7dbl_4 "
    "branch7x7dbl_5 branch_pool"
)
_D = "branch3x3_1 branch3x3_2 branch7x7x3_1 branch7x7x3_2 branch7x7x3_3 branch7x7x3_4"
_E = (
    "branch1x1 branch3x3_1 branch3x3_2a branch3x3_2b branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3a branch3x3dbl_3b "
    "branch_pool"
)
_STEM = "Conv2d_1a_3x3 Conv2d_2a_3x3 Conv2d_2b_3x3 Conv2d_3b_1x1 Conv2d_4a_3x3"
_MIXED = {
    "5b": _A, "5c": _A, "5d": _A, "6a": _B, "6b": _C, "6c": _C, "6d": _C, "6e": _C, "7a": _D, "7b": _E, "7c": _E,
}  # fmt: skip


def _inception(net: vision.Inception3) -> _Names:
    places = [*_STEM.split(), *(f"Mixed_{k}.{branch}" for k, branches in _MIXED.items() for branch in branches.split())]
    for place in places:
        yield from (f"{place}.conv", f"{place}.bn")
    yield "fc"


def _mobilenet(net: vision.MobileNetV2) -> _Names:
    count = sum(isinstance(child, LinearBottleneck) for child in net.features)
    yield from ("features.0.0", "features.0.1")
    for number in range(1, count + 1):
        at = f"features.{number}.conv."
        if number == 1:
            # torchvision's first bottleneck has no convolution that widens
            yield from (None, None, f"{at}0.0", f"{at}0.1", f"{at}1", f"{at}2")
        else:
            yield from (f"{at}0.0", f"{at}0.1", f"{at}1.0", f"{at}1.1", f"{at}2", f"{at}3")
    yield from (f"features.{count + 1}.{i}" for i in (0, 1))
    yield "classifier.1"


# what torchvision calls the layers, in the order in which the network here has them; None: it has no such layer
_NAMES: dict[type[HybridBlock], Any] = {
    vision.AlexNet: _alexnet,
    vision.DenseNet: _densenet,
    vision.Inception3: _inception,
    vision.MobileNetV2: _mobilenet,
    vision.ResNetV1: _resnet,
    vision.SqueezeNet: _squeezenet,
    vision.VGG: _vgg,
}
_ROLES = {"gamma": "weight", "beta": "bias"}
# numbers of batches seen, and the second classifier of Inception v3, which is only used in training
_IGNORED = re.compile(r"(.*\.)?num_batches_tracked|AuxLogits\..*")


def _layers(block: HybridBlock) -> Iterator[HybridBlock]:
    """The layers with parameters, in order."""
    if block._reg_params:
        yield block
    for child in block._children.values():
        yield from _layers(child)


def _read(source: Any) -> tuple[dict[str, torch.Tensor], str]:
    """The tensors by torchvision's current names, and a name for their source."""
    if isinstance(source, Mapping):
        state, origin = source, "the state_dict"
    elif isinstance(source, (str, os.PathLike)):
        origin = os.fspath(source)
        if origin.endswith(".safetensors"):
            state = _safetensors.load_file(origin)
        else:
            try:
                state = torch.load(origin, map_location="cpu", weights_only=True)
            except pickle.UnpicklingError as error:
                raise FormatError(
                    f"{origin}: holds more than tensors, and is not read because it could run code: save "
                    "model.state_dict() instead of the model"
                ) from error
        if not isinstance(state, Mapping):
            raise FormatError(
                f"{origin}: holds a {type(state).__name__}, expected a state_dict: save model.state_dict()"
            )
    else:
        raise InputTypeError(
            f"import_torchvision: got a {type(source).__name__}, expected a state_dict or the path of a file with one"
        )
    # older files of DenseNet have norm.1 for norm1
    return {
        re.sub(r"(denselayer\d+\.(norm|conv))\.(\d\.)", r"\1\3", name): torch.as_tensor(value)
        for name, value in state.items()
        if not _IGNORED.fullmatch(name)
    }, origin


def _identity(layer: HybridBlock, size: int) -> dict[str, np.ndarray]:
    """Parameters with which a 1 x 1 convolution, or a normalisation in inference, changes nothing."""
    if isinstance(layer, nn.Conv2D):
        return {"weight": np.eye(size)[:, :, None, None]}
    one, none = np.ones(size), np.zeros(size)
    return {"gamma": one, "beta": none, "running_mean": none, "running_var": one - layer._kwargs["eps"]}


def _matched(
    net: HybridBlock, names: list[str | None], state: dict[str, torch.Tensor], origin: str
) -> list[tuple[Parameter, np.ndarray]]:
    """The parameters of ``net`` with their values."""
    kind, left, found = type(net).__name__, set(state), []
    for layer, name in zip(_layers(net), names, strict=True):
        own = {} if name is not None else _identity(layer, net.features[0]._channels)
        for role, parameter in layer._reg_params.items():
            key = f"{name}.{_ROLES.get(role, role)}"
            left.discard(key)
            if role in own:
                values = own[role]
            elif key in state:
                values = state[key].detach().float().numpy()
                if values.ndim == 2 and isinstance(layer, nn.Conv2D):
                    values = values[:, :, None, None]
            elif role == "bias" and isinstance(layer, nn.Conv2D) and isinstance(net, vision.ResNetV1):
                values = np.zeros(parameter.shape)
            else:
                raise ArgumentError(
                    f"{origin}: {key} is missing for {name} of the {kind}; it must be the state_dict of torchvision's "
                    "network of that name"
                )
            _check_shape(parameter, tuple(values.shape), key, origin)
            found.append((parameter, values))
    if isinstance(net, vision.MobileNetV2):
        left.discard("classifier.1.bias")
    if left:
        raise ArgumentError(f"{origin}: the {kind} has no place for {', '.join(sorted(left)[:5])} ({len(left)} in all)")
    return found


def _check_shape(parameter: Parameter, shape: tuple[int, ...], key: str, origin: str) -> None:
    expected = tuple(parameter.shape)
    if len(shape) != len(expected) or any(e not in (0, -1, n) for e, n in zip(expected, shape, strict=True)):
        raise ShapeError(
            f"{origin}: {key} has shape {shape}, expected {expected} for {parameter.name}; is it of another variant of "
            "the network, or of another number of classes?"
        )


def _adapted(net: HybridBlock, state: dict[str, torch.Tensor]) -> list[str]:
    """Make ``net`` compute what torchvision's network does where the zoo's differs; says what was changed."""
    changed = []
    if isinstance(net, vision.ResNetV1):
        blocks = [b for stage in net.features if isinstance(stage, nn.HybridSequential) for b in stage]
        for block in blocks:
            if isinstance(block, BottleneckV1):
                first, second = block.body[0]._kwargs, block.body[3]._kwargs
                if first["stride"] != (1, 1):
                    first["stride"], second["stride"] = (1, 1), first["stride"]
                    changed = ["the stride of its blocks moved from the first convolution to the second"]
    if isinstance(net, vision.MobileNetV2) and "classifier.1.bias" in state:
        last = net.output[0]
        if last.bias is None:
            with last.name_scope():
                last.bias = last.params.get("bias", shape=(last._channels,), init="zeros", allow_deferred_init=True)
            last._kwargs["no_bias"] = False
            changed.append(f"its last convolution got a bias, {last.bias.name}")
    return changed


def import_torchvision(net: HybridBlock, source: Any, ctx: Any = None) -> HybridBlock:
    """Give a network of the zoo the weights of torchvision's network of the same name.

    AlexNet, VGG with and without normalisation, ResNet V1, SqueezeNet, DenseNet, Inception v3 and MobileNet V2; the
    number of classes must be the same. The scores are then those of torchvision's network in evaluation. Where the
    two differ:

    - ResNet V1 of 50 layers and more: torchvision has the stride of a block in its second convolution (called V1.5),
      the zoo in its first. It is moved here, which this says as a warning: such a network is saved with ``export``,
      which keeps the strides, and not by its parameters alone. The biases of 1 x 1 convolutions, which torchvision does
      not have, are zero.
    - MobileNet V2: torchvision's classifier has a bias; the last convolution here gets one, with a warning as well.
      The first bottleneck has a 1 x 1 convolution more here, whose parameters change nothing in evaluation.
    - Inception v3: torchvision's trained network (``transform_input``) expects the same images as the others and scales
      them by itself; here they have to be scaled to pixels from -1 to 1. The second classifier is ignored.
    - Images of other sizes than 224 x 224 (Inception v3: 299 x 299): torchvision averages features to a fixed size
      before it classifies, the zoo does so in ResNet and MobileNet only.

    Args:
        net: the network; it need not be initialised.
        source: a ``state_dict`` (tensors or arrays by name), or the path of one in a file: ``.safetensors``, or what
            ``torch.save`` wrote, which is read with ``weights_only=True``.
        ctx: where the parameters are put if ``net`` is not initialised; the CPU if None.

    Returns:
        ``net``

    Raises:
        ArgumentError: ``net`` is none of these networks, or weights are missing or left over.
        ShapeError: weights are of other shapes. Parameters are then as they were.
        FormatError: the file holds something else.

    >>> import torch
    >>> net = vision.squeezenet1_1(classes=10)
    >>> state = {"features.0.weight": torch.zeros(64, 3, 3, 3)}
    >>> import_torchvision(net, state)
    Traceback (most recent call last):
    mxnet._base.errors.ArgumentError: the state_dict: features.0.bias is missing for features.0 of the SqueezeNet...
    """
    kind = next((k for k in _NAMES if isinstance(net, k)), None)
    if kind is None:
        known = ", ".join(k.__name__ for k in _NAMES)
        raise ArgumentError(f"import_torchvision: got a {type(net).__name__}, expected one of {known}")
    state, origin = _read(source)
    found = _matched(net, list(_NAMES[kind](net)), state, origin)
    changed = _adapted(net, state)
    if isinstance(net, vision.MobileNetV2) and net.output[0].bias is not None:
        found.append((net.output[0].bias, state["classifier.1.bias"].float().numpy()))
    for parameter, values in found:
        parameter._load_init(ndarray.array(values, dtype="float32"), ctx, cast_dtype=True)
    if changed:
        net.hybridize(False)
        warnings.warn(
            f"import_torchvision: to compute what torchvision's network does, {net.name} was changed: "
            f"{' and '.join(changed)}. Save it with export(), or import again: its parameters alone do not fit another "
            f"{type(net).__name__}.",
            stacklevel=2,
        )
    return net
