"""Calls of the output layers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from sample import Bad, Sample, normal, numbers, ones


def layer(op: str, inputs: list, attrs: dict) -> Sample:
    """A call whose gradient is another than the slope, by definition."""
    return Sample(op, inputs, attrs, numeric=())


def outputs() -> Iterator[Sample]:
    options: tuple[dict[str, Any], ...] = (
        {},
        dict(grad_scale=2.0),
        dict(normalization="batch"),
        dict(normalization="valid"),
        dict(normalization="valid", use_ignore=True, ignore_label=2),
        dict(normalization="valid", ignore_label=2),
        dict(normalization="valid", use_ignore=True, ignore_label=7),
        dict(normalization="batch", use_ignore=True, ignore_label=0),
        dict(use_ignore=True, ignore_label=0, smooth_alpha=0.2),
        dict(smooth_alpha=0.3),
    )
    two, one = numbers([[0, 1, 2, 2], [0, 1, 5, 1]]), numbers([2, 0, -1, 1])
    for attrs in options:
        yield layer("SoftmaxOutput", [normal(4, 3), one], attrs)
        yield layer("SoftmaxOutput", [normal(4, 3), np.abs(normal(4, 3, seed=1))], attrs)
        multi = dict(attrs, multi_output=True)
        yield layer("SoftmaxOutput", [normal(2, 3, 4), two], multi)
        yield layer("SoftmaxOutput", [normal(2, 3, 2, 2), two], multi)
        yield layer("SoftmaxOutput", [normal(2, 3, 2, 2), two.reshape(2, 2, 2)], multi)
        yield layer("SoftmaxOutput", [normal(2, 3, 2, 2), two.reshape(2, 1, 2, 2)], multi)
        yield layer("SoftmaxOutput", [normal(2, 4, 3), two], dict(attrs, preserve_shape=True))
        yield layer("SoftmaxOutput", [normal(2, 4, 3), two], attrs)
    all_ignored = dict(normalization="valid", use_ignore=True, ignore_label=3)
    yield layer("SoftmaxOutput", [normal(4, 3), numbers([3, 3, 3, 3])], all_ignored)
    yield layer("Softmax", [normal(4, 3), one], {})
    for name in ("LinearRegressionOutput", "LogisticRegressionOutput", "MAERegressionOutput"):
        for attrs in ({}, dict(grad_scale=3.0)):
            target = np.round(normal(4, 3, seed=1))
            yield layer(name, [np.round(normal(4, 3) * 2), target], attrs)
            yield layer(name, [normal(4, 1), normal(4)], attrs)
            yield layer(name, [normal(4), normal(4, seed=1)], attrs)
            yield layer(name, [normal(2, 3, 2), normal(2, 6)], attrs)
    for linear, margin, weight in itertools.product((False, True), (1.0, 0.5), (1.0, 2.0)):
        attrs = dict(use_linear=linear, margin=margin, regularization_coefficient=weight)
        yield layer("SVMOutput", [normal(4, 3), one], attrs)
        yield layer("SVMOutput", [normal(2, 4, 3), two], attrs)
    for attrs in ({}, dict(grad_scale=2.0), dict(normalization="batch"), dict(normalization="valid", valid_thresh=0.5)):
        yield layer("MakeLoss", [normal(4, 3)], attrs)
    yield layer("MakeLoss", [normal(4, 3)], dict(normalization="valid", valid_thresh=50.0))
    for shape in ((4,), (2, 3, 4), (3, 2, 1, 2)):
        yield layer("MakeLoss", [normal(*shape)], dict(normalization="batch"))
    yield layer("make_loss", [normal(4, 3)], {})
    yield layer("BlockGrad", [normal(4, 3)], {})


SAMPLES = [*outputs()]
BAD = [
    Bad("SoftmaxOutput", [ones(2, 3), ones(3)], {}, "ShapeError", "label has shape"),
    Bad("SoftmaxOutput", [ones(2, 3), ones(2, 1)], {}, "ShapeError", "label has shape"),
    Bad("LinearRegressionOutput", [ones(2, 3), ones(2)], {}, "ShapeError", "label has shape"),
    Bad("SVMOutput", [ones(1, 2, 3), ones(1)], {}, "ShapeError", "label has shape"),
    Bad(
        "SoftmaxOutput",
        [ones(2, 3), ones(2, dtype="int32")],
        {},
        "DTypeError",
        "label has dtype int32, expected float32",
    ),
    Bad("SVMOutput", [ones(2, 3), ones(2, dtype="int32")], {}, "DTypeError", "label has dtype int32, expected float32"),
    Bad(
        "MAERegressionOutput",
        [ones(2, 3), ones(2, 3, dtype="int32")],
        {},
        "DTypeError",
        "label has dtype int32, expected float32",
    ),
]
