"""Operators that pick and place elements by their coordinates, or turn these into positions and back.

Out of range coordinates are found when the values are known, and raised at the next wait.
"""

from __future__ import annotations

import math
from typing import Any, cast

import torch
from torch import Tensor

from mxnet._base.errors import ShapeError
from mxnet._ops import Shape, op
from mxnet._runtime.shapes import nth_axis

from .indexing import select, whole, within


def _positions(who: str, indices: Tensor, shape: Shape) -> Tensor:
    """Where the coordinates ``indices`` (m, ...) are on the leading m axes of ``shape`` taken as one: (k,).

    torch picks and places by one index up to four times as fast as by a tuple of them.
    """
    if indices.dim() < 2 or indices.shape[0] > len(shape):
        raise ShapeError(
            f"{who}: indices has shape {tuple(indices.shape)}, expected (m, ...) of rank 2 at least, with m at most "
            f"the {len(shape)} axes of {tuple(shape)}"
        )
    flat = None
    for axis, row in enumerate(whole(indices).unbind(0)):
        size = shape[axis]
        if within(who, row, -size, size, axis) < 0:
            row = torch.where(row < 0, row + size, row)
        flat = row if flat is None else flat * size + row
    if flat is None:
        flat = torch.zeros(indices.shape[1:], dtype=torch.int64, device=indices.device)
    return flat.reshape(-1)


def _told_gather(data: Shape, indices: Shape) -> Shape | None:
    if len(indices) < 2 or indices[0] > len(data) or 0 in data or 0 in indices:
        return None
    return indices[1:] + data[indices[0] :]


@op("gather_nd", told=_told_gather)
def gather_nd(data: Tensor, indices: Tensor) -> Tensor:
    """Elements or blocks of ``data`` by their coordinates.

    Inputs:  data (...); indices (m, ...), row i holds the coordinates along axis i, negative ones from the end
    Outputs: the axes of indices after the first, then those of data after the m-th
    Raises:  ShapeError if there are more coordinates than axes; an IndexError at the wait for one beyond its axis
    """
    places = _positions("gather_nd", indices, data.shape)
    m = indices.shape[0]
    block = data.shape[m:]
    found = select(data.reshape(math.prod(data.shape[:m]), *block), 0, places)
    return found.reshape(indices.shape[1:] + block)


def _told_scatter(data: Shape, indices: Shape, *, shape: Shape) -> Shape | None:
    return shape if min(shape, default=0) > 0 and data == _told_gather(shape, indices) else None


@op("scatter_nd", told=_told_scatter)
def scatter_nd(data: Tensor, indices: Tensor, *, shape: Shape) -> Tensor:
    """Zeros, with ``data`` at the given coordinates: the opposite of ``gather_nd``.

    Inputs:  data (what gather_nd would give); indices (m, ...)
    Attrs:   shape of the result
    Outputs: an array of that shape; where coordinates occur twice, one of them wins
    Raises:  ShapeError if the three do not go together; an IndexError at the wait for coordinates beyond the shape,
             which 1.9.1 writes to unchecked
    """
    places = _positions("scatter_nd", indices, shape)
    _placed("scatter_nd", data, indices, shape)
    m = indices.shape[0]
    size = math.prod(shape[:m])
    blocks = data.reshape(len(places), *shape[m:])
    made = _Scatter.apply(blocks, places, size) if data.requires_grad else _scattered(blocks, places, size)
    return cast(Tensor, made).view(shape)


def _scattered(blocks: Tensor, places: Tensor, size: int) -> Tensor:
    """``size`` blocks of zeros, with ``blocks`` at ``places``."""
    count = len(places)
    if not blocks.is_cpu or blocks.dim() == 1 or size > 2 * count:
        return blocks.new_zeros((size, *blocks.shape[1:])).index_copy_(0, places, blocks)
    # Where most places get a block, each finds its own: reading a block takes a third of the time of placing it.
    source = torch.full((size,), -1).scatter_(0, places, torch.arange(count))
    return blocks.index_select(0, source.clamp(min=0)).index_fill_(0, (source < 0).nonzero().view(-1), 0)


class _Scatter(torch.autograd.Function):
    """Blocks that another one has overwritten have the gradient of that place too."""

    @staticmethod
    def forward(ctx: Any, blocks: Tensor, places: Tensor, size: int) -> Tensor:
        ctx.save_for_backward(places)
        return _scattered(blocks, places, size)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[override]
        return grad.index_select(0, *ctx.saved_tensors), None, None


@op("_backward_gather_nd")
def scatter_sum_nd(data: Tensor, indices: Tensor, *, shape: Shape) -> Tensor:
    """Zeros, with ``data`` added at the given coordinates, as often as they occur: the gradient of ``gather_nd``.

    Inputs:  data (what gather_nd would give); indices (m, ...)
    Attrs:   shape of the result
    Outputs: an array of that shape
    Raises:  ShapeError if the three do not go together; an IndexError at the wait for coordinates beyond the shape
    """
    places = _positions("_backward_gather_nd", indices, shape)
    _placed("_backward_gather_nd", data, indices, shape)
    m = indices.shape[0]
    blocks = data.reshape(len(places), *shape[m:])
    return blocks.new_zeros((math.prod(shape[:m]), *shape[m:])).index_add(0, places, blocks).view(shape)


@op("_scatter_set_nd")
def scatter_set_nd(lhs: Tensor, rhs: Tensor, indices: Tensor, *, shape: Shape) -> Tensor:
    """``lhs`` with ``rhs`` at the given coordinates.

    Raises:  ShapeError if lhs has not ``shape`` or rhs does not fit; an IndexError at the wait
    """
    if tuple(lhs.shape) != shape:
        raise ShapeError(f"_scatter_set_nd: lhs has shape {tuple(lhs.shape)}, expected shape={shape}")
    places = _positions("_scatter_set_nd", indices, shape)
    _placed("_scatter_set_nd", rhs, indices, shape)
    m = indices.shape[0]
    blocks = lhs.reshape(math.prod(shape[:m]), *shape[m:])
    return blocks.index_copy(0, places, rhs.reshape(len(places), *shape[m:])).view(shape)


def _placed(who: str, data: Tensor, indices: Tensor, shape: Shape) -> None:
    expected = (*indices.shape[1:], *shape[indices.shape[0] :])
    if tuple(data.shape) != expected:
        raise ShapeError(
            f"{who}: data has shape {tuple(data.shape)}, expected {expected} from indices {tuple(indices.shape)}, "
            f"shape={shape}"
        )


@op("_contrib_index_array", types=lambda data: ([data], [torch.int64]))
def index_array(data: Tensor, *, axes: Shape | None = None) -> Tensor:
    """The coordinates of every element.

    Inputs:  data (...), of which only the shape counts
    Attrs:   axes whose coordinates are wanted, all if None
    Outputs: (..., number of axes), int64
    Raises:  ShapeError for an axis that is not there
    """
    shape = data.shape
    chosen = range(len(shape)) if axes is None else [nth_axis("_contrib_index_array", a, len(shape)) for a in axes]
    parts = []
    for a in chosen:
        line = torch.arange(shape[a], device=data.device)
        parts.append(line.reshape([-1 if i == a else 1 for i in range(len(shape))]).expand(shape))
    return torch.stack(parts, -1) if parts else data.new_zeros((*shape, 0), dtype=torch.int64)


@op("_ravel_multi_index", aliases=("ravel_multi_index",))
def ravel_multi_index(data: Tensor, *, shape: Shape = ()) -> Tensor:
    """Flat positions from coordinates.

    Inputs:  data (m, n), a column for each position
    Attrs:   shape of the array meant, m sizes; the first does not matter and may be -1
    Outputs: (n,), with the dtype of data; coordinates are not checked
    Raises:  ShapeError if data does not fit
    """
    if data.dim() != 2 or data.shape[0] != len(shape):
        raise ShapeError(f"_ravel_multi_index: data has shape {tuple(data.shape)}, expected ({len(shape)}, n)")
    flat = torch.zeros_like(data[0], dtype=torch.int64)
    for row, size in zip(whole(data), shape, strict=True):
        flat = flat * size + row
    return flat.to(data.dtype)


@op("_unravel_index", aliases=("unravel_index",))
def unravel_index(data: Tensor, *, shape: Shape = ()) -> Tensor:
    """Coordinates from flat positions.

    Inputs:  data (...)
    Attrs:   shape of the array meant; the first size does not matter and may be -1
    Outputs: (number of sizes, ...), with the dtype of data
    Raises:  ShapeError for an empty shape
    """
    if not shape:
        raise ShapeError("_unravel_index: shape is empty; give that of the array the positions are in")
    flat = whole(data)
    rows: list[Tensor] = []
    for size in reversed(shape[1:]):
        rows.append(flat.remainder(size))
        flat = torch.div(flat, size, rounding_mode="floor")
    return torch.stack([flat, *reversed(rows)]).to(data.dtype)
