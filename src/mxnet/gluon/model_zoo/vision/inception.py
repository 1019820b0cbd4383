"""Inception v3: modules that look at the same thing in several ways."""

from __future__ import annotations

import os
from typing import Any

from mxnet.context import Context, cpu
from mxnet.gluon import nn
from mxnet.gluon.block import HybridBlock
from mxnet.gluon.contrib.nn import HybridConcurrent
from mxnet.gluon.model_zoo.model_store import MODELS

from ._parts import Classifier, normalised, sequence, trained

__all__ = ["Inception3", "inception_v3"]

# A convolution is a tuple of channels, kernel size, and a stride if it is without padding; pooling is a name; other
# tuples are parts one after the other, and lists are parts side by side.
_Part = Any
_ROW, _COLUMN = (1, 7), (7, 1)


def _a(pooled: int) -> _Part:
    return [((64, 1),), ((48, 1), (64, 5)), ((64, 1), (96, 3), (96, 3)), ("avg", (pooled, 1))]


def _c(inner: int) -> _Part:
    return [
        ((192, 1),),
        ((inner, 1), (inner, _ROW), (192, _COLUMN)),
        ((inner, 1), (inner, _COLUMN), (inner, _ROW), (inner, _COLUMN), (192, _ROW)),
        ("avg", (192, 1)),
    ]


_B = [((384, 3, 2),), ((64, 1), (96, 3), (96, 3, 2)), ("max",)]
_D = [((192, 1), (320, 3, 2)), ((192, 1), (192, _ROW), (192, _COLUMN), (192, 3, 2)), ("max",)]
_SPLIT = [((384, (1, 3)),), ((384, (3, 1)),)]
_E = [((320, 1),), (((384, 1),), _SPLIT), (((448, 1), (384, 3)), _SPLIT), ("avg", (192, 1))]

_STEM = ((32, 3, 2), (32, 3, 1), (64, 3), "max", (80, 1), (192, 3, 1), "max")
_MODULES = {
    "A1_": _a(32), "A2_": _a(64), "A3_": _a(64), "B_": _B, "C1_": _c(128), "C2_": _c(160), "C3_": _c(160),
    "C4_": _c(192), "D_": _D, "E1_": _E, "E2_": _E,
}  # fmt: skip


def _convolution(channels: int, kernel: Any, stride: int | None = None) -> HybridBlock:
    sizes = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    padding = (0, 0) if stride else (sizes[0] // 2, sizes[1] // 2)
    made = nn.Conv2D(channels, sizes, stride or 1, padding, use_bias=False)
    return sequence(*normalised(made, nn.Activation("relu"), epsilon=0.001))


def _make(part: _Part) -> HybridBlock:
    if part == "max":
        return nn.MaxPool2D(3, 2)
    if part == "avg":
        return nn.AvgPool2D(3, 1, 1)
    if isinstance(part, list):
        return _side_by_side(part)
    if isinstance(part[0], int):
        return _convolution(*part)
    return sequence(*[_make(p) for p in part])


def _side_by_side(parts: list[_Part], prefix: str = "") -> HybridConcurrent:
    made = HybridConcurrent(axis=1, prefix=prefix)
    with made.name_scope():
        for part in parts:
            made.add(_make(part))
    return made


class Inception3(Classifier):
    """Inception v3 as in "Rethinking the Inception Architecture for Computer Vision", arXiv:1512.00567.

    Args:
        classes: how many scores.

    Inputs:  data (N, 3, H, W), 299 x 299 as a rule
    Outputs: (N, classes)
    """

    def __init__(self, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            self.features.add(*[_make(part) for part in _STEM])
            self.features.add(*[_side_by_side(parts, prefix) for prefix, parts in _MODULES.items()])
            self.features.add(nn.AvgPool2D(8), nn.Dropout(0.5))
            self.output = nn.Dense(classes)


def inception_v3(
    pretrained: bool = False,
    ctx: Context = cpu(),  # noqa: B008  never changed
    root: str | os.PathLike[str] = MODELS,
    **kwargs: Any,
) -> Inception3:
    """Inception v3.

    Args:
        pretrained: load trained parameters; see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`.
        ctx: where these are put.
        root: the folder of the file with them.
        kwargs: arguments of :class:`Inception3`.
    """
    return trained(Inception3(**kwargs), "inceptionv3", pretrained, ctx, root)
