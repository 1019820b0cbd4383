"""VGG: the networks of Oxford's Visual Geometry Group."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from mxnet.context import Context, cpu
from mxnet.gluon import nn
from mxnet.gluon._errors import RejectedError, UnknownNameError
from mxnet.gluon.model_zoo.model_store import MODELS
from mxnet.initializer import Xavier

from ._parts import Classifier, trained

__all__ = ["VGG", "get_vgg", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn"]

_FILTERS = [64, 128, 256, 512, 512]
vgg_spec = {
    11: ([1, 1, 2, 2, 2], _FILTERS),
    13: ([2, 2, 2, 2, 2], _FILTERS),
    16: ([2, 2, 3, 3, 3], _FILTERS),
    19: ([2, 2, 4, 4, 4], _FILTERS),
}
"""By the number of layers: convolutions of each group, and their channels."""


class VGG(Classifier):
    """VGG as in "Very Deep Convolutional Networks for Large-Scale Image Recognition", arXiv:1409.1556.

    Args:
        layers: how many convolutions each group has; pooling follows each group.
        filters: how many channels those of each group have.
        classes: how many scores.
        batch_norm: batch normalisation after each convolution.

    Inputs:  data (N, 3, H, W), 224 x 224 as a rule
    Outputs: (N, classes)

    Raises:
        RejectedError: ``layers`` and ``filters`` are not of one length.
    """

    def __init__(
        self,
        layers: Sequence[int],
        filters: Sequence[int],
        classes: int = 1000,
        batch_norm: bool = False,
        **kwargs: Any,
    ) -> None:
        if len(layers) != len(filters):
            raise RejectedError(f"VGG: got {len(layers)} layers and {len(filters)} filters, expected as many of each")
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            with self.features.name_scope():
                for count, channels in zip(layers, filters, strict=True):
                    self._add_group(count, channels, batch_norm)
                for _ in range(2):
                    dense = nn.Dense(4096, activation="relu", weight_initializer="normal", bias_initializer="zeros")
                    self.features.add(dense, nn.Dropout(0.5))
            self.output = nn.Dense(classes, weight_initializer="normal", bias_initializer="zeros")

    def _add_group(self, count: int, channels: int, batch_norm: bool) -> None:
        xavier = Xavier(rnd_type="gaussian", factor_type="out", magnitude=2)
        for _ in range(count):
            self.features.add(
                nn.Conv2D(channels, 3, padding=1, weight_initializer=xavier, bias_initializer="zeros"),
                *([nn.BatchNorm()] if batch_norm else []),
                nn.Activation("relu"),
            )
        self.features.add(nn.MaxPool2D(strides=2))


def get_vgg(
    num_layers: int,
    pretrained: bool = False,
    ctx: Context = cpu(),  # noqa: B008  never changed
    root: str | os.PathLike[str] = MODELS,
    **kwargs: Any,
) -> VGG:
    """A VGG of 11, 13, 16 or 19 layers.

    Args:
        num_layers: how many layers have weights.
        pretrained: load trained parameters; see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`.
        ctx: where these are put.
        root: the folder of the file with them.
        kwargs: arguments of :class:`VGG`.

    Raises:
        UnknownNameError: another number of layers.
    """
    if num_layers not in vgg_spec:
        raise UnknownNameError(
            f"get_vgg: num_layers is {num_layers!r}, expected one of {', '.join(map(str, vgg_spec))}"
        )
    name = f"vgg{num_layers}_bn" if kwargs.get("batch_norm") else f"vgg{num_layers}"
    return trained(VGG(*vgg_spec[num_layers], **kwargs), name, pretrained, ctx, root)


def vgg11(**kwargs: Any) -> VGG:
    """VGG-11; arguments of :func:`get_vgg`."""
    return get_vgg(11, **kwargs)


def vgg11_bn(**kwargs: Any) -> VGG:
    """VGG-11 with batch normalisation; arguments of :func:`get_vgg`."""
    return get_vgg(11, batch_norm=True, **kwargs)


def vgg13(**kwargs: Any) -> VGG:
    """VGG-13; arguments of :func:`get_vgg`."""
    return get_vgg(13, **kwargs)


def vgg13_bn(**kwargs: Any) -> VGG:
    """VGG-13 with batch normalisation; arguments of :func:`get_vgg`."""
    return get_vgg(13, batch_norm=True, **kwargs)


def vgg16(**kwargs: Any) -> VGG:
    """VGG-16; arguments of :func:`get_vgg`."""
    return get_vgg(16, **kwargs)


def vgg16_bn(**kwargs: Any) -> VGG:
    """VGG-16 with batch normalisation; arguments of :func:`get_vgg`."""
    return get_vgg(16, batch_norm=True, **kwargs)


def vgg19(**kwargs: Any) -> VGG:
    """VGG-19; arguments of :func:`get_vgg`."""
    return get_vgg(19, **kwargs)


def vgg19_bn(**kwargs: Any) -> VGG:
    """VGG-19 with batch normalisation; arguments of :func:`get_vgg`."""
    return get_vgg(19, batch_norm=True, **kwargs)
