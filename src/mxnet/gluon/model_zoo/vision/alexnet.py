"""AlexNet, in one column."""

from __future__ import annotations

import os
from typing import Any

from mxnet.context import Context, cpu
from mxnet.gluon import nn
from mxnet.gluon.model_zoo.model_store import MODELS

from ._parts import Classifier, trained

__all__ = ["AlexNet", "alexnet"]

# channels, kernel size, stride, padding, whether pooling follows
_CONVOLUTIONS = (
    (64, 11, 4, 2, True),
    (192, 5, 1, 2, True),
    (384, 3, 1, 1, False),
    (256, 3, 1, 1, False),
    (256, 3, 1, 1, True),
)


class AlexNet(Classifier):
    """AlexNet as in "One weird trick for parallelizing convolutional neural networks", arXiv:1404.5997.

    Args:
        classes: how many scores.

    Inputs:  data (N, 3, H, W), 224 x 224 as a rule
    Outputs: (N, classes)
    """

    def __init__(self, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            with self.features.name_scope():
                for channels, kernel, stride, padding, pooled in _CONVOLUTIONS:
                    self.features.add(nn.Conv2D(channels, kernel, stride, padding, activation="relu"))
                    if pooled:
                        self.features.add(nn.MaxPool2D(pool_size=3, strides=2))
                self.features.add(nn.Flatten())
                for _ in range(2):
                    self.features.add(nn.Dense(4096, activation="relu"), nn.Dropout(0.5))
            self.output = nn.Dense(classes)


def alexnet(
    pretrained: bool = False,
    ctx: Context = cpu(),  # noqa: B008  never changed
    root: str | os.PathLike[str] = MODELS,
    **kwargs: Any,
) -> AlexNet:
    """AlexNet.

    Args:
        pretrained: load trained parameters; see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`.
        ctx: where these are put.
        root: the folder of the file with them.
        kwargs: arguments of :class:`AlexNet`.
    """
    return trained(AlexNet(**kwargs), "alexnet", pretrained, ctx, root)
