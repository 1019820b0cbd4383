"""Shapes of results that are known without running a kernel: what operators say as ``told``."""

from __future__ import annotations

import math
from collections.abc import Container
from typing import Any

from mxnet._ops import Shape


def of_only(data: Shape, *others: Shape, **_: Any) -> Shape | None:
    """That of the only input."""
    return None if others else data


def of_all(first: Shape, *others: Shape, **_: Any) -> Shape | None:
    """That of all inputs."""
    return first if all([s == first for s in others]) else None


def broadcast(*shapes: Shape, **_: Any) -> Shape | None:
    """The larger size on each axis, the others being 1 or, before the first, not there."""
    rank = max(map(len, shapes))
    if any([len(s) < rank for s in shapes]):
        shapes = tuple([(1,) * (rank - len(s)) + s for s in shapes])
    sizes = [set(of_axis) - {1} for of_axis in zip(*shapes, strict=True)]
    return None if any([len(s) > 1 for s in sizes]) else tuple([s.pop() if s else 1 for s in sizes])


def per_channel(data: Shape, *parameters: Shape, axis: int = 1, **_: Any) -> Shape | None:
    """That of the first input, whose size along the axis the others have."""
    if not -len(data) <= axis < len(data):
        return None
    return data if all([s == (data[axis],) for s in parameters]) else None


def with_axis(data: Shape, *others: Shape, axis: int, **_: Any) -> Shape | None:
    """That of the only input, if it has the axis."""
    return data if not others and -len(data) <= axis < len(data) else None


def of_rank(least: int, data: Shape, **_: Any) -> Shape | None:
    """That of the only input, if it has so many axes."""
    return data if len(data) >= least else None


def once_each(data: Shape, axes: Shape) -> bool:
    """Whether ``data`` has all of the axes, and none is named twice."""
    return len({i % len(data) for i in axes if -len(data) <= i < len(data)}) == len(axes)


def reduced(data: Shape, *, axis: Shape | int | None, keepdims: bool, **_: Any) -> Shape | None:
    """That of the only input without some axes or, with ``keepdims``, of size one there; None are all axes."""
    axes = range(len(data)) if axis is None else (axis,) if isinstance(axis, int) else axis
    if 0 in data or not once_each(data, tuple(axes)):
        return None
    gone = {i % len(data) for i in axes}
    return tuple([1 if i in gone else n for i, n in enumerate(data) if keepdims or i not in gone])


def along(data: Shape, *, axis: int | None, **_: Any) -> Shape | None:
    """That of the only input, flattened if there is no axis."""
    return (math.prod(data),) if axis is None else with_axis(data, axis=axis) if 0 not in data else None


def square(data: Shape, **_: Any) -> Shape | None:
    """That of the only input, if it is of square matrices."""
    return data if len(data) > 1 and data[-1] == data[-2] else None


def matrices(
    ranks: Container[int], lhs: Shape, rhs: Shape, *, transpose_a: bool, transpose_b: bool, **_: Any
) -> Shape | None:
    """That of the products of matrices of so many axes, one by one if there are more than two axes."""
    if len(lhs) != len(rhs) or len(lhs) not in ranks:
        return None
    (m, k), (j, n) = lhs[-2:][:: -1 if transpose_a else 1], rhs[-2:][:: -1 if transpose_b else 1]
    return (*lhs[:-2], m, n) if k == j and lhs[:-2] == rhs[:-2] else None


def slid(sizes: Shape, kernel: Shape, stride: Shape, pad: Shape, dilate: Shape = (), up: bool = False) -> Shape | None:
    """How often a window of the size ``kernel`` fits in along each axis; empty attributes are as in layers.

    With ``up`` a part of a step counts as one.
    """
    ones = (1,) * len(kernel)
    stride, dilate, pad = stride or ones, dilate or ones, pad or (0,) * len(kernel)
    if not len(sizes) == len(stride) == len(dilate) == len(pad) == len(kernel) or min(stride) < 1 or 0 in sizes:
        return None
    spare = [
        size + 2 * margin - spread * (width - 1) - 1
        for size, width, spread, margin in zip(sizes, kernel, dilate, pad, strict=True)
    ]
    if min(spare) < 0:
        return None
    return tuple([(left + (step - 1) * up) // step + 1 for left, step in zip(spare, stride, strict=True)])
