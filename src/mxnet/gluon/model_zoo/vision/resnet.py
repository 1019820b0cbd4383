"""Residual networks: of the first paper (V1), and with normalisation before the convolutions (V2)."""

from __future__ import annotations

import abc
import os
from collections.abc import Sequence
from typing import Any

from mxnet.context import Context, cpu
from mxnet.gluon import nn
from mxnet.gluon._errors import RejectedError
from mxnet.gluon.block import HybridBlock
from mxnet.gluon.model_zoo.model_store import MODELS

from ._parts import Classifier, normalised, sequence, trained

__all__ = [
    "BasicBlockV1", "BasicBlockV2", "BottleneckV1", "BottleneckV2", "ResNetV1", "ResNetV2", "get_resnet",
    "resnet101_v1", "resnet101_v2", "resnet152_v1", "resnet152_v2", "resnet18_v1", "resnet18_v2", "resnet34_v1",
    "resnet34_v2", "resnet50_v1", "resnet50_v2",
]  # fmt: skip


def _conv3x3(channels: int, stride: int, in_channels: int) -> nn.Conv2D:
    return nn.Conv2D(channels, 3, stride, 1, use_bias=False, in_channels=in_channels)


class _BlockV1(HybridBlock, abc.ABC):
    """The input, or ``downsample`` of it, added to what ``body`` makes of it, and a ReLU.

    Args:
        channels: output channels.
        stride: of the first convolution.
        downsample: pass the input through a 1 x 1 convolution, because it has another size or other channels.
        in_channels: input channels; 0 to derive them from the first input.
    """

    body: nn.HybridSequential
    # as in the graphs that 1.9.1 writes
    _shortcut_first = False

    def __init__(
        self, channels: int, stride: int, downsample: bool = False, in_channels: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.body = sequence(*self._layers(channels, stride, in_channels))
        self.downsample = None
        if downsample:
            shortcut = nn.Conv2D(channels, 1, stride, use_bias=False, in_channels=in_channels)
            self.downsample = sequence(*normalised(shortcut))

    @abc.abstractmethod
    def _layers(self, channels: int, stride: int, in_channels: int) -> list[HybridBlock]:
        """What ``body`` consists of."""

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        found, shortcut = self.body(x), x if self.downsample is None else self.downsample(x)
        total = shortcut + found if self._shortcut_first else found + shortcut
        return F.Activation(total, act_type="relu")


class BasicBlockV1(_BlockV1):
    __doc__ = f"""Two convolutions of 3 x 3; for V1 of 18 and 34 layers. {_BlockV1.__doc__}"""
    _shortcut_first = True

    def _layers(self, channels: int, stride: int, in_channels: int) -> list[HybridBlock]:
        return [
            *normalised(_conv3x3(channels, stride, in_channels), nn.Activation("relu")),
            *normalised(_conv3x3(channels, 1, channels)),
        ]


class BottleneckV1(_BlockV1):
    __doc__ = f"""Convolutions of 1 x 1, 3 x 3 with a quarter of the channels, 1 x 1; for V1 of 50 layers and more.

    The stride is that of the first one. {_BlockV1.__doc__}"""

    def _layers(self, channels: int, stride: int, in_channels: int) -> list[HybridBlock]:
        inner = channels // 4
        return [
            *normalised(nn.Conv2D(inner, kernel_size=1, strides=stride), nn.Activation("relu")),
            *normalised(_conv3x3(inner, 1, inner), nn.Activation("relu")),
            *normalised(nn.Conv2D(channels, kernel_size=1, strides=1)),
        ]


class _BlockV2(HybridBlock, abc.ABC):
    """The input added to what is made of it by convolutions, with normalisation and ReLU before each.

    Args:
        channels: output channels.
        stride: of the convolution of 3 x 3, the first one.
        downsample: pass the input, normalised, through a 1 x 1 convolution, because it has another size or other
            channels.
        in_channels: input channels; 0 to derive them from the first input.
    """

    def __init__(
        self, channels: int, stride: int, downsample: bool = False, in_channels: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        convolutions = self._convolutions(channels, stride, in_channels)
        self._steps = len(convolutions)
        for number, convolution in enumerate(convolutions, 1):
            setattr(self, f"bn{number}", nn.BatchNorm())
            setattr(self, f"conv{number}", convolution)
        self.downsample = None
        if downsample:
            self.downsample = nn.Conv2D(channels, 1, stride, use_bias=False, in_channels=in_channels)

    @abc.abstractmethod
    def _convolutions(self, channels: int, stride: int, in_channels: int) -> list[nn.Conv2D]:
        """The convolutions, from the input on."""

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        residual = x
        for number in range(1, self._steps + 1):
            x = F.Activation(getattr(self, f"bn{number}")(x), act_type="relu")
            if number == 1 and self.downsample is not None:
                residual = self.downsample(x)
            x = getattr(self, f"conv{number}")(x)
        return x + residual


class BasicBlockV2(_BlockV2):
    __doc__ = f"""Two convolutions of 3 x 3; for V2 of 18 and 34 layers. {_BlockV2.__doc__}"""

    def _convolutions(self, channels: int, stride: int, in_channels: int) -> list[nn.Conv2D]:
        return [_conv3x3(channels, stride, in_channels), _conv3x3(channels, 1, channels)]


class BottleneckV2(_BlockV2):
    __doc__ = f"""Convolutions of 1 x 1, 3 x 3 with a quarter of the channels, 1 x 1; for V2 of 50 layers and more.

    {_BlockV2.__doc__}"""

    def _convolutions(self, channels: int, stride: int, in_channels: int) -> list[nn.Conv2D]:
        inner = channels // 4
        return [
            nn.Conv2D(inner, kernel_size=1, strides=1, use_bias=False),
            _conv3x3(inner, stride, inner),
            nn.Conv2D(channels, kernel_size=1, strides=1, use_bias=False),
        ]


class _ResNet(Classifier, abc.ABC):
    """Stages of residual blocks; each but the first halves width and height.

    Args:
        block: the class of the blocks.
        layers: how many blocks each stage has.
        channels: of the first convolution, and of each stage.
        classes: how many scores.
        thumbnail: for small images: start with one convolution of 3 x 3 and without pooling.

    Inputs:  data (N, 3, H, W), 224 x 224 as a rule
    Outputs: (N, classes)

    Raises:
        RejectedError: ``channels`` are not one more than ``layers``.
    """

    def __init__(
        self,
        block: type[HybridBlock],
        layers: Sequence[int],
        channels: Sequence[int],
        classes: int = 1000,
        thumbnail: bool = False,
        **kwargs: Any,
    ) -> None:
        if len(layers) != len(channels) - 1:
            raise RejectedError(
                f"{type(self).__name__}: got {len(channels)} channels for {len(layers)} layers, expected one more: of "
                "the first convolution and of each stage"
            )
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            self.features.add(*self._before())
            if thumbnail:
                self.features.add(_conv3x3(channels[0], 1, 0))
            else:
                self.features.add(*normalised(nn.Conv2D(channels[0], 7, 2, 3, use_bias=False), nn.Activation("relu")))
                self.features.add(nn.MaxPool2D(3, 2, 1))
            for number, count in enumerate(layers, 1):
                before, own = channels[number - 1 : number + 1]
                self.features.add(self._make_layer(block, count, own, 1 if number == 1 else 2, number, before))
            self.features.add(*self._after())
            self.output = nn.Dense(classes, in_units=channels[-1])

    def _make_layer(
        self, block: Any, layers: int, channels: int, stride: int, stage_index: int, in_channels: int = 0
    ) -> nn.HybridSequential:
        """A stage; its first block has the stride."""
        stage = nn.HybridSequential(prefix=f"stage{stage_index}_")
        with stage.name_scope():
            stage.add(block(channels, stride, channels != in_channels, in_channels=in_channels, prefix=""))
            for _ in range(layers - 1):
                stage.add(block(channels, 1, False, in_channels=channels, prefix=""))
        return stage

    def _before(self) -> list[HybridBlock]:
        """What comes before the first convolution."""
        return []

    @abc.abstractmethod
    def _after(self) -> list[HybridBlock]:
        """What comes after the last stage."""


class ResNetV1(_ResNet):
    __doc__ = f"""ResNet V1 as in "Deep Residual Learning for Image Recognition", arXiv:1512.03385.

    {_ResNet.__doc__}"""

    def _after(self) -> list[HybridBlock]:
        return [nn.GlobalAvgPool2D()]


class ResNetV2(_ResNet):
    __doc__ = f"""ResNet V2 as in "Identity Mappings in Deep Residual Networks", arXiv:1603.05027.

    {_ResNet.__doc__}"""

    def _before(self) -> list[HybridBlock]:
        return [nn.BatchNorm(scale=False, center=False)]

    def _after(self) -> list[HybridBlock]:
        return [nn.BatchNorm(), nn.Activation("relu"), nn.GlobalAvgPool2D(), nn.Flatten()]


resnet_spec = {
    18: ("basic_block", [2, 2, 2, 2], [64, 64, 128, 256, 512]),
    34: ("basic_block", [3, 4, 6, 3], [64, 64, 128, 256, 512]),
    50: ("bottle_neck", [3, 4, 6, 3], [64, 256, 512, 1024, 2048]),
    101: ("bottle_neck", [3, 4, 23, 3], [64, 256, 512, 1024, 2048]),
    152: ("bottle_neck", [3, 8, 36, 3], [64, 256, 512, 1024, 2048]),
}
"""By the number of layers: kind of block, blocks of each stage, channels."""
resnet_net_versions = [ResNetV1, ResNetV2]
resnet_block_versions: list[dict[str, type[HybridBlock]]] = [
    {"basic_block": BasicBlockV1, "bottle_neck": BottleneckV1},
    {"basic_block": BasicBlockV2, "bottle_neck": BottleneckV2},
]


def get_resnet(
    version: int,
    num_layers: int,
    pretrained: bool = False,
    ctx: Context = cpu(),  # noqa: B008  never changed
    root: str | os.PathLike[str] = MODELS,
    **kwargs: Any,
) -> ResNetV1 | ResNetV2:
    """A ResNet of 18, 34, 50, 101 or 152 layers.

    Args:
        version: 1 or 2.
        num_layers: how many layers have weights.
        pretrained: load trained parameters; see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`.
        ctx: where these are put.
        root: the folder of the file with them.
        kwargs: arguments of :class:`ResNetV1`.

    Raises:
        RejectedError: another version or number of layers.

    >>> import mxnet as mx
    >>> net = get_resnet(1, 18, classes=10, thumbnail=True)
    >>> net.initialize()
    >>> net(mx.nd.zeros((2, 3, 32, 32))).shape
    (2, 10)
    """
    if num_layers not in resnet_spec:
        raise RejectedError(f"Invalid number of layers: {num_layers}. Options are {resnet_spec.keys()!s}")
    if version not in (1, 2):
        raise RejectedError(f"Invalid resnet version: {version}. Options are 1 and 2.")
    kind, layers, channels = resnet_spec[num_layers]
    net = resnet_net_versions[version - 1](resnet_block_versions[version - 1][kind], layers, channels, **kwargs)
    return trained(net, f"resnet{num_layers}_v{version}", pretrained, ctx, root)


def resnet18_v1(**kwargs: Any) -> ResNetV1:
    """ResNet-18 V1; arguments of :func:`get_resnet`."""
    return get_resnet(1, 18, **kwargs)


def resnet34_v1(**kwargs: Any) -> ResNetV1:
    """ResNet-34 V1; arguments of :func:`get_resnet`."""
    return get_resnet(1, 34, **kwargs)


def resnet50_v1(**kwargs: Any) -> ResNetV1:
    """ResNet-50 V1; arguments of :func:`get_resnet`."""
    return get_resnet(1, 50, **kwargs)


def resnet101_v1(**kwargs: Any) -> ResNetV1:
    """ResNet-101 V1; arguments of :func:`get_resnet`."""
    return get_resnet(1, 101, **kwargs)


def resnet152_v1(**kwargs: Any) -> ResNetV1:
    """ResNet-152 V1; arguments of :func:`get_resnet`."""
    return get_resnet(1, 152, **kwargs)


def resnet18_v2(**kwargs: Any) -> ResNetV2:
    """ResNet-18 V2; arguments of :func:`get_resnet`."""
    return get_resnet(2, 18, **kwargs)


def resnet34_v2(**kwargs: Any) -> ResNetV2:
    """ResNet-34 V2; arguments of :func:`get_resnet`."""
    return get_resnet(2, 34, **kwargs)


def resnet50_v2(**kwargs: Any) -> ResNetV2:
    """ResNet-50 V2; arguments of :func:`get_resnet`."""
    return get_resnet(2, 50, **kwargs)


def resnet101_v2(**kwargs: Any) -> ResNetV2:
    """ResNet-101 V2; arguments of :func:`get_resnet`."""
    return get_resnet(2, 101, **kwargs)


def resnet152_v2(**kwargs: Any) -> ResNetV2:
    """ResNet-152 V2; arguments of :func:`get_resnet`."""
    return get_resnet(2, 152, **kwargs)
