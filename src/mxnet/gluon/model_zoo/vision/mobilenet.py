"""MobileNet, V1 and V2: convolutions of single channels, and of 1 x 1 between them."""

from __future__ import annotations

import os
from typing import Any

from mxnet.context import Context, cpu
from mxnet.gluon import nn
from mxnet.gluon.block import HybridBlock
from mxnet.gluon.model_zoo.model_store import MODELS

from ._parts import Classifier, normalised, trained

__all__ = [
    "MobileNet", "MobileNetV2", "get_mobilenet", "get_mobilenet_v2", "mobilenet0_25", "mobilenet0_5", "mobilenet0_75",
    "mobilenet1_0", "mobilenet_v2_0_25", "mobilenet_v2_0_5", "mobilenet_v2_0_75", "mobilenet_v2_1_0",
]  # fmt: skip

# of V1: output channels and stride of each pair of convolutions
_PAIRS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1),
    (1024, 2), (1024, 1),
)  # fmt: skip
# of V2: how many times more channels there are inside, output channels, how many of these, stride of the first one
_BOTTLENECKS = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip


class RELU6(HybridBlock):
    """``x`` between 0 and 6, these where it is beyond."""

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.clip(x, 0, 6, name="relu6")


def _convolution(
    channels: int, activation: HybridBlock | None, kernel: int = 1, stride: int = 1, groups: int = 1
) -> list[HybridBlock]:
    made = nn.Conv2D(channels, kernel, stride, kernel // 2, groups=groups, use_bias=False)
    return normalised(made, activation)


class LinearBottleneck(HybridBlock):
    """More channels by 1 x 1, each convolved by itself, and few by 1 x 1 out of these; added to the input if it fits.

    Args:
        in_channels: input channels.
        channels: output channels.
        t: how many times more channels there are inside.
        stride: of the convolution of single channels.
    """

    def __init__(self, in_channels: int, channels: int, t: int, stride: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_shortcut = stride == 1 and in_channels == channels
        inner = in_channels * t
        with self.name_scope():
            self.out = nn.HybridSequential()
            self.out.add(*_convolution(inner, RELU6()))
            self.out.add(*_convolution(inner, RELU6(), 3, stride, groups=inner))
            self.out.add(*_convolution(channels, None))

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        out = self.out(x)
        return F.elemwise_add(out, x) if self.use_shortcut else out


class MobileNet(Classifier):
    """MobileNet, arXiv:1704.04861.

    Args:
        multiplier: for the number of channels, at least 0.25.
        classes: how many scores.

    Inputs:  data (N, 3, H, W), 224 x 224 as a rule
    Outputs: (N, classes)
    """

    def __init__(self, multiplier: float = 1.0, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            with self.features.name_scope():
                inner = int(32 * multiplier)
                self.features.add(*_convolution(inner, nn.Activation("relu"), 3, 2))
                for channels, stride in _PAIRS:
                    self.features.add(*_convolution(inner, nn.Activation("relu"), 3, stride, groups=inner))
                    inner = int(channels * multiplier)
                    self.features.add(*_convolution(inner, nn.Activation("relu")))
                self.features.add(nn.GlobalAvgPool2D(), nn.Flatten())
            self.output = nn.Dense(classes)


class MobileNetV2(Classifier):
    """MobileNet V2, arXiv:1801.04381.

    Args:
        multiplier: for the number of channels.
        classes: how many scores.

    Inputs:  data (N, 3, H, W), 224 x 224 as a rule
    Outputs: (N, classes)
    """

    def __init__(self, multiplier: float = 1.0, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="features_")
            with self.features.name_scope():
                before = int(32 * multiplier)
                self.features.add(*_convolution(before, RELU6(), 3, 2))
                for t, channels, count, stride in _BOTTLENECKS:
                    own = int(channels * multiplier)
                    for number in range(count):
                        self.features.add(LinearBottleneck(before, own, t, 1 if number else stride))
                        before = own
                self.features.add(*_convolution(int(1280 * max(multiplier, 1.0)), RELU6()))
                self.features.add(nn.GlobalAvgPool2D())
            self.output = nn.HybridSequential(prefix="output_")
            with self.output.name_scope():
                self.output.add(nn.Conv2D(classes, 1, use_bias=False, prefix="pred_"), nn.Flatten())


def _version(multiplier: float) -> str:
    """The multiplier as it is in the names of files: 1.0, 0.75, 0.5, 0.25."""
    text = f"{multiplier:.2f}"
    return text[:-1] if text in ("1.00", "0.50") else text


def get_mobilenet(
    multiplier: float,
    pretrained: bool = False,
    ctx: Context = cpu(),  # noqa: B008  never changed
    root: str | os.PathLike[str] = MODELS,
    **kwargs: Any,
) -> MobileNet:
    """A MobileNet.

    Args:
        multiplier: for the number of channels, at least 0.25; there are trained parameters for 0.25, 0.5, 0.75 and 1.
        pretrained: load trained parameters; see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`.
        ctx: where these are put.
        root: the folder of the file with them.
        kwargs: arguments of :class:`MobileNet`.
    """
    return trained(MobileNet(multiplier, **kwargs), f"mobilenet{_version(multiplier)}", pretrained, ctx, root)


def get_mobilenet_v2(
    multiplier: float,
    pretrained: bool = False,
    ctx: Context = cpu(),  # noqa: B008  never changed
    root: str | os.PathLike[str] = MODELS,
    **kwargs: Any,
) -> MobileNetV2:
    """A MobileNet V2; arguments as for :func:`get_mobilenet`."""
    return trained(MobileNetV2(multiplier, **kwargs), f"mobilenetv2_{_version(multiplier)}", pretrained, ctx, root)


def mobilenet1_0(**kwargs: Any) -> MobileNet:
    """MobileNet with a multiplier of 1.0; arguments of :func:`get_mobilenet`."""
    return get_mobilenet(1.0, **kwargs)


def mobilenet0_75(**kwargs: Any) -> MobileNet:
    """MobileNet with a multiplier of 0.75; arguments of :func:`get_mobilenet`."""
    return get_mobilenet(0.75, **kwargs)


def mobilenet0_5(**kwargs: Any) -> MobileNet:
    """MobileNet with a multiplier of 0.5; arguments of :func:`get_mobilenet`."""
    return get_mobilenet(0.5, **kwargs)


def mobilenet0_25(**kwargs: Any) -> MobileNet:
    """MobileNet with a multiplier of 0.25; arguments of :func:`get_mobilenet`."""
    return get_mobilenet(0.25, **kwargs)


def mobilenet_v2_1_0(**kwargs: Any) -> MobileNetV2:
    """MobileNet V2 with a multiplier of 1.0; arguments of :func:`get_mobilenet_v2`."""
    return get_mobilenet_v2(1.0, **kwargs)


def mobilenet_v2_0_75(**kwargs: Any) -> MobileNetV2:
    """MobileNet V2 with a multiplier of 0.75; arguments of :func:`get_mobilenet_v2`."""
    return get_mobilenet_v2(0.75, **kwargs)


def mobilenet_v2_0_5(**kwargs: Any) -> MobileNetV2:
    """MobileNet V2 with a multiplier of 0.5; arguments of :func:`get_mobilenet_v2`."""
    return get_mobilenet_v2(0.5, **kwargs)


def mobilenet_v2_0_25(**kwargs: Any) -> MobileNetV2:
    """MobileNet V2 with a multiplier of 0.25; arguments of :func:`get_mobilenet_v2`."""
    return get_mobilenet_v2(0.25, **kwargs)
