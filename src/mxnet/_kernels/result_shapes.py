"""Shapes of results that are known without running a kernel: what operators say as ``told``."""

from __future__ import annotations

from typing import Any

from mxnet._ops import Shape


def of_only(data: Shape, *others: Shape, **_: Any) -> Shape | None:
    """That of the only input."""
    return None if others else data


def of_all(first: Shape, *others: Shape, **_: Any) -> Shape | None:
    """That of all inputs."""
    return first if all([s == first for s in others]) else None


def broadcast(*shapes: Shape, **_: Any) -> Shape | None:
    """The larger size on each axis of inputs of one rank, the others being 1."""
    if len({len(s) for s in shapes}) != 1:
        return None
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


def matrices(rank: int, lhs: Shape, rhs: Shape, *, transpose_a: bool, transpose_b: bool, **_: Any) -> Shape | None:
    """That of the products of matrices of so many axes, one by one if there are more than two axes."""
    if not len(lhs) == len(rhs) == rank:
        return None
    (m, k), (j, n) = lhs[-2:][:: -1 if transpose_a else 1], rhs[-2:][:: -1 if transpose_b else 1]
    return (*lhs[:-2], m, n) if k == j and lhs[:-2] == rhs[:-2] else None


def slid(sizes: Shape, kernel: Shape, stride: Shape, pad: Shape, dilate: Shape = ()) -> Shape | None:
    """How often a window of the size ``kernel`` fits in along each axis; empty attributes are as in layers."""
    ones = (1,) * len(kernel)
    stride, dilate, pad = stride or ones, dilate or ones, pad or (0,) * len(kernel)
    if not len(sizes) == len(stride) == len(dilate) == len(pad) == len(kernel) or min(stride) < 1 or 0 in sizes:
        return None
    made = [
        (size + 2 * margin - spread * (width - 1) - 1) // step + 1
        for size, width, step, spread, margin in zip(sizes, kernel, stride, dilate, pad, strict=True)
    ]
    return tuple(made) if min(made) > 0 else None
