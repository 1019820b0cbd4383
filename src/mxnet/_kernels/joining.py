"""Operators that join, repeat, pad and reorder arrays: concatenation, tiling, padding, blocks of images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, ShapeError
from mxnet._kernels import result_shapes
from mxnet._ops import Shape, op
from mxnet._runtime.dtypes import fitting
from mxnet._runtime.shapes import nth_axis
from mxnet._runtime.state import np_shape_active


def _alike(who: str, data: Sequence[Tensor]) -> None:
    """Refuse different dtypes, as 1.9.1 does; torch would promote them."""
    if not data:
        raise ArgumentError(f"{who}: got no arrays, expected one at least")
    first = data[0].dtype
    for i, d in enumerate(data):
        if d.dtype is not first:
            raise DTypeError(f"{who}: input {i} is {d.dtype}, expected {first} as input 0; use astype")


def told_concat(*shapes: Shape, dim: int, **_: Any) -> Shape | None:
    first = shapes[0]
    if not -len(first) <= dim < len(first):
        return None
    axis = dim % len(first)
    before, after = first[:axis], first[axis + 1 :]
    if any([len(s) != len(first) or s[:axis] != before or s[axis + 1 :] != after for s in shapes]):
        return None
    return *before, sum([s[axis] for s in shapes]), *after


@op("Concat", aliases=("concat",), num_args="num_args", told=told_concat)
def concat(*data: Tensor, dim: int = 1) -> Tensor:
    """Join arrays along an axis they have.

    Inputs:  any number of arrays of one dtype, alike in all axes but ``dim``
    Attrs:   dim
    Outputs: the joined array
    Raises:  ShapeError, DTypeError if they do not go together
    """
    _alike("Concat", data)
    return torch.cat(data, dim)


@op("_rnn_param_concat", num_args="num_args", told=told_concat)
def rnn_param_concat(*data: Tensor, dim: int = 1) -> Tensor:
    """``Concat`` of the flattened parameters of a recurrent layer."""
    _alike("_rnn_param_concat", data)
    return torch.cat(data, dim)


def told_stack(*shapes: Shape, axis: int, **_: Any) -> Shape | None:
    rank = len(shapes[0])
    if len({*map(math.prod, shapes)}) > 1 or not -rank - 1 <= axis <= rank:
        return None
    at = axis % (rank + 1)
    return (*shapes[0][:at], len(shapes), *shapes[0][at:])


@op("stack", num_args="num_args", told=told_stack)
def stack(*data: Tensor, axis: int = 0) -> Tensor:
    """Join arrays of one shape and dtype along a new axis.

    Raises:  ShapeError, DTypeError if they are not alike
    Source:  behaviour of MXNet 1.9.1, where all arrays have the shape of the first: those of as many elements are
             reshaped to it. There arrays of other sizes are read past their ends; here they are an error
    """
    _alike("stack", data)
    shape = data[0].shape
    if any([d.shape != shape for d in data]):
        data = tuple([d.reshape(shape) if d.numel() == data[0].numel() else d for d in data])
    return torch.stack(data, axis)


def _told_tile(data: Shape, *, reps: Shape) -> Shape | None:
    if min(reps, default=1) < 1:
        return None
    rank = max(len(data), len(reps))
    data, reps = (1,) * (rank - len(data)) + data, (1,) * (rank - len(reps)) + reps
    return tuple([n * r for n, r in zip(data, reps, strict=True)])


@op("tile", told=_told_tile)
def tile(data: Tensor, *, reps: Shape) -> Tensor:
    """Repeat the whole array ``reps`` times along each axis; missing leading axes or counts are one.

    Raises:  ShapeError for a count below one (zero is allowed with NumPy shapes)
    """
    if reps and min(reps) < (0 if np_shape_active() else 1):
        raise ShapeError(f"tile: got reps={reps}, expected positive counts")
    return torch.tile(data, reps)


@op("repeat")
def repeat(data: Tensor, *, repeats: int, axis: int | None = None) -> Tensor:
    """Repeat each element, next to itself.

    Inputs:  data (...)
    Attrs:   repeats; axis, None for the flattened array
    Raises:  ArgumentError for a negative count; ShapeError for an axis that is not there
    """
    if repeats < 0:
        raise ArgumentError(f"repeat: got repeats={repeats}, expected a count")
    if axis is not None:
        nth_axis("repeat", axis, data.dim())
    return torch.repeat_interleave(data, repeats, axis)


def _told_reverse(data: Shape, *, axis: Shape) -> Shape | None:
    return data if result_shapes.once_each(data, axis) else None


@op("reverse", aliases=("flip",), told=_told_reverse)
def reverse(data: Tensor, *, axis: Shape) -> Tensor:
    """Reverse the order of the elements along the given axes."""
    return torch.flip(data, axis)


def _told_pad(data: Shape, *, mode: str, pad_width: Shape, **_: Any) -> Shape | None:
    if len(data) not in (4, 5) or len(pad_width) != 2 * len(data) or any(pad_width[:4]) or min(pad_width) < 0:
        return None
    sides = [*zip(data, pad_width[::2], pad_width[1::2], strict=True)]
    if 0 in data or (mode == "reflect" and any([max(before, after) >= n for n, before, after in sides])):
        return None
    return tuple([n + before + after for n, before, after in sides])


@op("Pad", aliases=("pad",), told=_told_pad)
def pad(
    data: Tensor, *, mode: Literal["constant", "edge", "reflect"], pad_width: Shape, constant_value: float = 0.0
) -> Tensor:
    """Make the spatial axes longer.

    Inputs:  data (n, c, h, w) or (n, c, d, h, w)
    Attrs:   mode: constant_value, the edge element, or the elements mirrored at the edge; pad_width, two counts an
             axis, before and after, those of the first two axes 0
    Raises:  ShapeError for other ranks and counts, and where there is not enough to mirror
    """
    n = data.dim()
    if n not in (4, 5) or len(pad_width) != 2 * n or any(pad_width[:4]) or min(pad_width) < 0:
        raise ShapeError(
            f"Pad: data {tuple(data.shape)}, pad_width={pad_width}; expected data of rank 4 or 5, two counts an axis, "
            "the first four of them 0"
        )
    widths = [pad_width[i + side] for i in range(2 * n - 2, 2, -2) for side in (0, 1)]
    if mode == "constant":
        return torch.nn.functional.pad(data, widths, value=fitting(constant_value, data.dtype))
    return torch.nn.functional.pad(data, widths, mode="replicate" if mode == "edge" else "reflect")


def _blocks(who: str, data: Tensor, block: int) -> None:
    if data.dim() != 4 or block < 1 or 0 in data.shape:
        raise ShapeError(f"{who}: data {tuple(data.shape)}, block_size={block}; expected rank 4 and positive sizes")


@op("depth_to_space")
def depth_to_space(data: Tensor, *, block_size: int) -> Tensor:
    """Move blocks of channels into squares: (n, c * b * b, h, w) becomes (n, c, h * b, w * b).

    Raises:  ShapeError for another rank, or channels that do not divide
    """
    _blocks("depth_to_space", data, block_size)
    n, c, h, w = data.shape
    b = block_size
    if c % (b * b):
        raise ShapeError(f"depth_to_space: {c} channels, expected a multiple of block_size**2 = {b * b}")
    parts = data.reshape(n, b, b, c // (b * b), h, w).permute(0, 3, 4, 1, 5, 2)
    return parts.reshape(n, c // (b * b), h * b, w * b)


@op("space_to_depth")
def space_to_depth(data: Tensor, *, block_size: int) -> Tensor:
    """Move squares into blocks of channels, the inverse of ``depth_to_space``.

    Raises:  ShapeError for another rank, or height and width that do not divide
    """
    _blocks("space_to_depth", data, block_size)
    n, c, h, w = data.shape
    b = block_size
    if h % b or w % b:
        raise ShapeError(f"space_to_depth: height and width {h}, {w}, expected multiples of block_size={b}")
    parts = data.reshape(n, c, h // b, b, w // b, b).permute(0, 3, 5, 1, 2, 4)
    return parts.reshape(n, c * b * b, h // b, w // b)
