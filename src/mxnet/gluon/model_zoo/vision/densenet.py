"""DenseNet: each layer sees what all before it have found."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from mxnet.context import Context, cpu
from mxnet.gluon import nn
from mxnet.gluon.block import HybridBlock
from mxnet.gluon.contrib.nn import HybridConcurrent, Identity
from mxnet.gluon.model_zoo.model_store import MODELS

from ._parts import Classifier, sequence, trained

__all__ = ["DenseNet", "densenet121", "densenet161", "densenet169", "densenet201"]

densenet_spec = {
    121: (64, 32, [6, 12, 24, 16]),
    161: (96, 48, [6, 12, 36, 24]),
    169: (64, 32, [6, 12, 32, 32]),
    201: (64, 32, [6, 12, 48, 32]),
}
"""By the number of layers: channels of the first convolution, of each dense layer, and dense layers of each block."""


def _normalised_first(channels: int, kernel: int, padding: int = 0) -> list[HybridBlock]:
    convolution = nn.Conv2D(channels, kernel, padding=padding, use_bias=False)
    return [nn.BatchNorm(), nn.Activation("relu"), convolution]


def _dense_layer(growth_rate: int, bn_size: int, dropout: float) -> HybridConcurrent:
    """The input, and ``growth_rate`` new channels."""
    found = sequence(*_normalised_first(bn_size * growth_rate, 1), *_normalised_first(growth_rate, 3, 1))
    if dropout:
        found.add(nn.Dropout(dropout))
    both = HybridConcurrent(axis=1, prefix="")
    both.add(Identity())
    both.add(found)
    return both


# Networks of others are built from the next two, by the names that they have in 1.9.1.


def _make_dense_block(
    num_layers: int, bn_size: int, growth_rate: int, dropout: float, stage_index: int
) -> nn.HybridSequential:
    """``num_layers`` dense layers, one after the other."""
    stage = nn.HybridSequential(prefix=f"stage{stage_index}_")
    with stage.name_scope():
        stage.add(*[_dense_layer(growth_rate, bn_size, dropout) for _ in range(num_layers)])
    return stage


def _make_transition(num_output_features: int) -> nn.HybridSequential:
    """What halves the size of images between two blocks."""
    return sequence(*_normalised_first(num_output_features, 1), nn.AvgPool2D(2, 2))


class DenseNet(Classifier):
    """DenseNet-BC, arXiv:1608.06993.

    Args:
        num_init_features: channels of the first convolution.
        growth_rate: channels that each dense layer adds.
        block_config: dense layers of each block.
        bn_size: channels of the bottleneck of a dense layer, in ``growth_rate``.
        dropout: rate of dropout after each dense layer.
        classes: how many scores.

    Inputs:  data (N, 3, H, W), 224 x 224 as a rule
    Outputs: (N, classes)
    """

    def __init__(
        self,
        num_init_features: int,
        growth_rate: int,
        block_config: Sequence[int],
        bn_size: int = 4,
        dropout: float = 0,
        classes: int = 1000,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            with self.features.name_scope():
                self.features.add(nn.Conv2D(num_init_features, 7, 2, 3, use_bias=False), nn.BatchNorm())
                self.features.add(nn.Activation("relu"), nn.MaxPool2D(3, 2, 1))
                channels = num_init_features
                for number, layers in enumerate(block_config, 1):
                    self.features.add(_make_dense_block(layers, bn_size, growth_rate, dropout, number))
                    channels += layers * growth_rate
                    if number != len(block_config):
                        channels //= 2
                        self.features.add(_make_transition(channels))
                self.features.add(nn.BatchNorm(), nn.Activation("relu"), nn.AvgPool2D(7), nn.Flatten())
            self.output = nn.Dense(classes)


def get_densenet(
    num_layers: int,
    pretrained: bool = False,
    ctx: Context = cpu(),  # noqa: B008  never changed
    root: str | os.PathLike[str] = MODELS,
    **kwargs: Any,
) -> DenseNet:
    """A DenseNet of 121, 161, 169 or 201 layers.

    Args:
        num_layers: how many layers have weights.
        pretrained: load trained parameters; see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`.
        ctx: where these are put.
        root: the folder of the file with them.
        kwargs: arguments of :class:`DenseNet`.

    Raises:
        KeyError: another number of layers.
    """
    return trained(DenseNet(*densenet_spec[num_layers], **kwargs), f"densenet{num_layers}", pretrained, ctx, root)


def densenet121(**kwargs: Any) -> DenseNet:
    """DenseNet-121; arguments of :func:`get_densenet`."""
    return get_densenet(121, **kwargs)


def densenet161(**kwargs: Any) -> DenseNet:
    """DenseNet-161; arguments of :func:`get_densenet`."""
    return get_densenet(161, **kwargs)


def densenet169(**kwargs: Any) -> DenseNet:
    """DenseNet-169; arguments of :func:`get_densenet`."""
    return get_densenet(169, **kwargs)


def densenet201(**kwargs: Any) -> DenseNet:
    """DenseNet-201; arguments of :func:`get_densenet`."""
    return get_densenet(201, **kwargs)
