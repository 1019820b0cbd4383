"""Operators that pick, place or mask elements by index.

Indices may have any dtype and are cut off towards zero. Where an index out of range is an error it is found when
the values are known, and told at the next wait.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError, ShapeError
from mxnet._ops import Count, DType, Shape, op
from mxnet._runtime.dtypes import TORCH
from mxnet._runtime.engine import ValueFailure
from mxnet._runtime.shapes import nth_axis
from mxnet._runtime.state import np_shape_active, state


class OutOfBounds(ValueFailure, IndexError):
    """An index beyond its axis."""


def _long(indices: Tensor) -> Tensor:
    return indices if indices.dtype is torch.int64 else indices.to(torch.int64)


def _within(who: str, indices: Tensor, low: int, size: int, axis: int) -> None:
    """Check values; skipped where there are none. On a GPU this waits, since a bad index would end the process."""
    if state.tracing or indices.is_meta or indices.numel() == 0:
        return
    least, most = torch.aminmax(indices)
    for index in (int(least), int(most)):
        if not low <= index < size:
            raise OutOfBounds(f"{who}: index {index} is out of bounds for axis {axis} with size {size}")


@op("take")
def take(a: Tensor, indices: Tensor, *, axis: int = 0, mode: Literal["clip", "raise", "wrap"] = "clip") -> Tensor:
    """Elements of ``a`` along ``axis`` at ``indices``.

    Inputs:  a (...); indices (...)
    Attrs:   axis; mode for indices beyond it: clip to the edge, wrap around, or raise
    Outputs: a with ``axis`` replaced by the axes of indices
    Raises:  ShapeError if the axis is not there; with mode="raise" an IndexError at the wait
    Source:  behaviour of MXNet 1.9.1
    """
    axis = nth_axis("take", axis, a.dim())
    size = a.shape[axis]
    places = _long(indices)
    if mode == "clip":
        places = places.clamp(0, size - 1)
    elif mode == "wrap":
        places = places.remainder(size)
    else:
        _within("take", places, 0, size, axis)
    if places.dim() == 1:
        return torch.index_select(a, axis, places)
    picked = torch.index_select(a, axis, places.reshape(-1))
    return picked.reshape(a.shape[:axis] + places.shape + a.shape[axis + 1 :])


@op("pick", aliases=("choose_element_0index",))
def pick(
    data: Tensor, index: Tensor, *, axis: int | None = -1, keepdims: bool = False, mode: Literal["clip", "wrap"] = "clip"
) -> Tensor:
    """One element along ``axis`` for each position of the others.

    Inputs:  data (...); index, the shape of data without ``axis`` or with size one there
    Attrs:   axis, which can not be None; keepdims; mode for indices beyond the axis, clip or wrap
    Outputs: data without ``axis``, or with size one there
    Raises:  ShapeError if index has another shape; ArgumentError for axis=None
    """
    if axis is None:
        raise ArgumentError("pick: axis=None is not supported; name an axis")
    axis = nth_axis("pick", axis, data.dim())
    kept = (*data.shape[:axis], 1, *data.shape[axis + 1 :])
    shape = tuple(index.shape)
    if shape != kept and shape != kept[:axis] + kept[axis + 1 :] and not (data.dim() == 1 and index.numel() == 1):
        raise ShapeError(
            f"pick: index has shape {shape}, expected {kept[:axis] + kept[axis + 1 :]} or {kept} "
            f"from data {tuple(data.shape)}, axis={axis}"
        )
    places = _long(index).reshape(kept)
    size = data.shape[axis]
    places = places.clamp(0, size - 1) if mode == "clip" else places.remainder(size)
    found = torch.gather(data, axis, places)
    if keepdims:
        return found
    found = found.squeeze(axis)
    return found if found.dim() or np_shape_active() else found.reshape(1)


@op("batch_take")
def batch_take(a: Tensor, indices: Tensor) -> Tensor:
    """One element of each row: ``a[i, indices[i]]``, indices clipped.

    Inputs:  a (..., n); indices, the shape of a without its last axis
    Outputs: like indices, with the dtype of a
    Raises:  ShapeError if indices has another size
    """
    if indices.numel() * a.shape[-1] != a.numel():
        raise ShapeError(
            f"batch_take: indices has shape {tuple(indices.shape)}, expected {tuple(a.shape[:-1])} from a "
            f"{tuple(a.shape)}"
        )
    places = _long(indices).reshape(*a.shape[:-1], 1).clamp(0, a.shape[-1] - 1)
    return torch.gather(a, -1, places).reshape(indices.shape)


@op("one_hot")
def one_hot(
    indices: Tensor, *, depth: Count, on_value: float = 1.0, off_value: float = 0.0, dtype: DType = DType("float32")
) -> Tensor:
    """A row of ``off_value`` with ``on_value`` at each index.

    Inputs:  indices (...), those beyond the depth give no ``on_value``
    Attrs:   depth, the length of the rows; on_value; off_value; dtype of the result
    Outputs: (..., depth)
    """
    places = _long(indices).unsqueeze(-1)
    hot = places == torch.arange(depth, device=indices.device)
    if on_value == 1 and off_value == 0:
        return hot.to(TORCH[dtype])
    base = torch.full((), off_value, dtype=TORCH[dtype], device=indices.device)
    return base.expand(hot.shape).masked_fill(hot, on_value)


@op("where")
def where(condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Elements of ``x`` where the condition is not zero, else of ``y``.

    Inputs:  condition, like x or with one number for each row of x; x; y like x
    Outputs: like x
    Raises:  ShapeError, DTypeError if they do not go together
    """
    if x.dtype is not y.dtype:
        raise DTypeError(f"where: y has dtype {y.dtype}, expected {x.dtype} as x; use astype")
    shape = x.shape
    if y.shape != shape or (condition.shape != shape and condition.shape != shape[:1]):
        raise ShapeError(
            f"where: condition {tuple(condition.shape)}, x {tuple(shape)}, y {tuple(y.shape)}; "
            "expected y as x, and the condition as x or one number for each row"
        )
    if condition.dim() != len(shape):
        condition = condition.reshape(-1, *[1] * (len(shape) - 1))
    return torch.where(condition if condition.dtype is torch.bool else condition != 0, x, y)
