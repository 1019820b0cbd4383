"""SqueezeNet."""

from __future__ import annotations

import os
from typing import Any

from mxnet.context import Context, cpu
from mxnet.gluon import nn
from mxnet.gluon._errors import RejectedError
from mxnet.gluon.block import HybridBlock
from mxnet.gluon.contrib.nn import HybridConcurrent
from mxnet.gluon.model_zoo.model_store import MODELS

from ._parts import Classifier, sequence, trained

__all__ = ["SqueezeNet", "squeezenet1_0", "squeezenet1_1"]

# first convolution: channels and kernel size; then the squeezed channels of each fire module, 0 for pooling
_VERSIONS: dict[str, tuple[tuple[int, int], tuple[int, ...]]] = {
    "1.0": ((96, 7), (0, 16, 16, 32, 0, 32, 48, 48, 64, 0, 64)),
    "1.1": ((64, 3), (0, 16, 16, 0, 32, 32, 0, 48, 48, 64, 64)),
}


def _convolution(channels: int, kernel: int, padding: int = 0) -> nn.HybridSequential:
    return sequence(nn.Conv2D(channels, kernel, padding=padding), nn.Activation("relu"))


def _fire(squeezed: int) -> HybridBlock:
    """Few channels out of many, and four times as many each by 1 x 1 and 3 x 3 out of these."""
    entry, expanded = _convolution(squeezed, 1), HybridConcurrent(axis=1, prefix="")
    expanded.add(_convolution(4 * squeezed, 1))
    expanded.add(_convolution(4 * squeezed, 3, 1))
    return sequence(entry, expanded)


class SqueezeNet(Classifier):
    """SqueezeNet, arXiv:1602.07360; version 1.1 needs 2.4 times less computation.

    Args:
        version: ``1.0`` or ``1.1``.
        classes: how many scores.

    Inputs:  data (N, 3, H, W), 224 x 224 as a rule
    Outputs: (N, classes) from images of 224 x 224

    Raises:
        RejectedError: another version.
    """

    def __init__(self, version: str, classes: int = 1000, **kwargs: Any) -> None:
        if version not in _VERSIONS:
            raise RejectedError(f"Unsupported SqueezeNet version {version}: 1.0 or 1.1 expected")
        super().__init__(**kwargs)
        (channels, kernel), modules = _VERSIONS[version]
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            with self.features.name_scope():
                self.features.add(nn.Conv2D(channels, kernel, 2), nn.Activation("relu"))
                for squeezed in modules:
                    self.features.add(_fire(squeezed) if squeezed else nn.MaxPool2D(3, 2, ceil_mode=True))
                self.features.add(nn.Dropout(0.5))
            self.output = sequence(
                nn.Conv2D(classes, kernel_size=1), nn.Activation("relu"), nn.AvgPool2D(13), nn.Flatten()
            )


def get_squeezenet(
    version: str,
    pretrained: bool = False,
    ctx: Context = cpu(),  # noqa: B008  never changed
    root: str | os.PathLike[str] = MODELS,
    **kwargs: Any,
) -> SqueezeNet:
    """A SqueezeNet.

    Args:
        version: ``1.0`` or ``1.1``.
        pretrained: load trained parameters; see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`.
        ctx: where these are put.
        root: the folder of the file with them.
        kwargs: arguments of :class:`SqueezeNet`.
    """
    return trained(SqueezeNet(version, **kwargs), f"squeezenet{version}", pretrained, ctx, root)


def squeezenet1_0(**kwargs: Any) -> SqueezeNet:
    """SqueezeNet 1.0; arguments of :func:`get_squeezenet`."""
    return get_squeezenet("1.0", **kwargs)


def squeezenet1_1(**kwargs: Any) -> SqueezeNet:
    """SqueezeNet 1.1; arguments of :func:`get_squeezenet`."""
    return get_squeezenet("1.1", **kwargs)
