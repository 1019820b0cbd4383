"""Operators that pick, place or mask elements by index.

Indices may have any dtype and are cut off towards zero. Where an index out of range is an error, it is found when the
values are known, and raised at the next wait.
"""

from __future__ import annotations

from typing import Any, Literal, cast

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, ShapeError, ValuesNeeded
from mxnet._ops import Count, DType, Shape, op
from mxnet._runtime.dtypes import TORCH, fitting
from mxnet._runtime.engine import ValueFailure
from mxnet._runtime.shapes import nth_axis
from mxnet._runtime.state import state


class OutOfBounds(ValueFailure, IndexError):
    """An index beyond its axis."""


def whole(indices: Tensor) -> Tensor:
    return indices if indices.dtype is torch.int64 else indices.long()


def within(who: str, indices: Tensor, low: int, size: int, axis: int) -> int:
    """Check values, and return the least; skipped, 0, where there are none.

    On a GPU this waits for the values, since a bad index would end the process.
    """
    if state.tracing or indices.is_meta or indices.numel() == 0:
        return 0
    least, most = map(int, torch.aminmax(indices))
    for index in (least, most):
        if not low <= index < size:
            raise OutOfBounds(f"{who}: index {index} is out of bounds for axis {axis} with size {size}")
    return least


def select(data: Tensor, axis: int, places: Tensor) -> Tensor:
    """The slices of ``data`` along ``axis`` at ``places``, of one axis."""
    made = torch.index_select(data, axis, places)
    if made.requires_grad:
        # torch adds up gradients twice as fast, copying included, if they are contiguous in memory
        made.register_hook(lambda grad: grad if grad is None else grad.contiguous())  # None from BlockGrad
    return made


def _told_take(a: Shape, indices: Shape, *, axis: int, **_: Any) -> Shape | None:
    if 0 in a or not -len(a) <= axis < len(a):
        return None
    at = axis % len(a)
    return (*a[:at], *indices, *a[at + 1 :])


@op("take", told=_told_take)
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
    places = whole(indices)
    if mode == "clip":
        places = places.clamp(0, size - 1)
    elif mode == "wrap":
        places = places.remainder(size)
    else:
        within("take", places, 0, size, axis)
    if places.dim() == 1:
        return select(a, axis, places)
    picked = select(a, axis, places.reshape(-1))
    return picked.reshape(a.shape[:axis] + places.shape + a.shape[axis + 1 :])


def picked_places(data: Tensor, index: Tensor, axis: int, mode: str) -> Tensor:
    """``index`` of ``pick`` as whole numbers within ``axis``, which has size one in their shape."""
    kept = (*data.shape[:axis], 1, *data.shape[axis + 1 :])
    shape = tuple(index.shape)
    if shape != kept and shape != kept[:axis] + kept[axis + 1 :] and not (data.dim() == 1 and index.numel() == 1):
        raise ShapeError(
            f"pick: index has shape {shape}, expected {kept[:axis] + kept[axis + 1 :]} or {kept} "
            f"from data {tuple(data.shape)}, axis={axis}"
        )
    places = whole(index).reshape(kept)
    size = data.shape[axis]
    return places.clamp(0, size - 1) if mode == "clip" else places.remainder(size)


def _told_pick(data: Shape, index: Shape, *, axis: int | None, keepdims: bool, **_: Any) -> Shape | None:
    if axis is None or len(data) < 2 or not -len(data) <= axis < len(data):
        return None
    at = axis % len(data)
    whole, short = (*data[:at], 1, *data[at + 1 :]), data[:at] + data[at + 1 :]
    return None if index not in (whole, short) else whole if keepdims else short


@op("pick", aliases=("choose_element_0index",), told=_told_pick)
def pick(
    data: Tensor,
    index: Tensor,
    *,
    axis: int | None = -1,
    keepdims: bool = False,
    mode: Literal["clip", "wrap"] = "clip",
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
    places = picked_places(data, index, axis, mode)
    found = torch.gather(data, axis, places)
    if keepdims:
        return found
    found = found.squeeze(axis)
    return found if found.dim() else found.unsqueeze(0)


def _told_batch_take(a: Shape, indices: Shape) -> Shape | None:
    return indices if a and a[:-1] == indices and 0 not in a else None


@op("batch_take", told=_told_batch_take)
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
    places = whole(indices).reshape(*a.shape[:-1], 1).clamp(0, a.shape[-1] - 1)
    return torch.gather(a, -1, places).reshape(indices.shape)


def _told_one_hot(indices: Shape, *, depth: int, **_: Any) -> Shape:
    return *indices, depth


@op("one_hot", told=_told_one_hot)
def one_hot(
    indices: Tensor, *, depth: Count, on_value: float = 1.0, off_value: float = 0.0, dtype: DType = DType("float32")
) -> Tensor:
    """A row of ``off_value`` with ``on_value`` at each index.

    Inputs:  indices (...), those beyond the depth give no ``on_value``
    Attrs:   depth, the length of the rows; on_value; off_value; dtype of the result
    Outputs: (..., depth)
    """
    places = whole(indices).unsqueeze(-1)
    there = (places >= 0) & (places < depth)
    to = TORCH[dtype]
    rows = torch.full((*indices.shape, depth), fitting(off_value, to), dtype=to, device=indices.device)
    if not depth:
        return rows
    value = torch.full((), fitting(on_value, to), dtype=to, device=rows.device)
    # an index out of range writes to the last column what belongs there anyway
    return rows.scatter_(-1, places.clamp(0, depth - 1), torch.where(there, value, rows[..., -1:]))


def _told_where(condition: Shape, x: Shape, y: Shape) -> Shape | None:
    return x if x == y and (condition == x or (condition and condition == x[: len(condition)])) else None


@op("where", told=_told_where)
def where(condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Elements of ``x`` where the condition is not zero, else of ``y``.

    Inputs:  condition, like x or with the first of its axes: one number for all that is there; x; y like x
    Outputs: like x
    Raises:  ShapeError, DTypeError if they do not go together
    Source:  behaviour of MXNet 1.9.1, which outside of graphs takes no condition with several, but fewer, axes
    """
    if x.dtype is not y.dtype:
        raise DTypeError(f"where: y has dtype {y.dtype}, expected {x.dtype} as x; use astype")
    shape = x.shape
    axes = condition.dim()
    if y.shape != shape or (condition.shape != shape and (not axes or condition.shape != shape[:axes])):
        raise ShapeError(
            f"where: condition {tuple(condition.shape)}, x {tuple(shape)}, y {tuple(y.shape)}; "
            "expected y as x, and the condition as x or with the first of its axes"
        )
    if axes != len(shape):
        condition = condition.reshape(*condition.shape, *[1] * (len(shape) - axes))
    return torch.where(condition if condition.dtype is torch.bool else condition != 0, x, y)


@op("_contrib_boolean_mask")
def boolean_mask(data: Tensor, index: Tensor, *, axis: int = 0) -> Tensor:
    """The parts of ``data`` along ``axis`` where ``index`` is not zero.

    Inputs:  data (...); index (size of axis,)
    Attrs:   axis, 0 only in 1.9.1
    Outputs: data with fewer elements along ``axis``, possibly none; how many depends on the values, so that its
             shape can not be inferred
    Raises:  ShapeError if index does not fit
    """
    axis = nth_axis("_contrib_boolean_mask", axis, data.dim())
    if index.dim() != 1 or index.shape[0] != data.shape[axis]:
        raise ShapeError(
            f"_contrib_boolean_mask: index has shape {tuple(index.shape)}, expected ({data.shape[axis]},) "
            f"from axis {axis} of data {tuple(data.shape)}"
        )
    if index.is_meta:
        raise ValuesNeeded("_contrib_boolean_mask: the shape of the result depends on values; call it on arrays")
    places = torch.nonzero(index).reshape(-1)
    if data.requires_grad:
        return cast(Tensor, _Different.apply(data, axis, places))
    return torch.index_select(data, axis, places)


class _Different(torch.autograd.Function):
    """Slices along ``axis`` at ``places`` that are all different: gradients are put there, which is faster than adding
    them up."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, axis: int, places: Tensor) -> Tensor:
        ctx.save_for_backward(places)
        ctx.shape, ctx.axis = data.shape, axis
        return torch.index_select(data, axis, places)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[override]
        (places,) = ctx.saved_tensors
        return grad.new_zeros(ctx.shape).index_copy_(ctx.axis, places, grad), None, None


@op("_contrib_index_copy")
def index_copy(old_tensor: Tensor, index_vector: Tensor, new_tensor: Tensor) -> Tensor:
    """``old_tensor`` with rows of ``new_tensor`` at the indices given.

    Inputs:  old_tensor (n, ...); index_vector (k,); new_tensor (k, ...)
    Outputs: like old_tensor
    Raises:  ShapeError if they do not go together; an IndexError at the wait for an index beyond n, which 1.9.1
             does not check
    """
    old, new = tuple(old_tensor.shape), tuple(new_tensor.shape)
    if index_vector.dim() != 1 or not old or not new or old[1:] != new[1:] or index_vector.shape[0] != new[0]:
        raise ShapeError(
            f"_contrib_index_copy: old_tensor {old}, index_vector {tuple(index_vector.shape)}, new_tensor {new}; "
            "expected one index for each row of new_tensor, and rows alike"
        )
    places = whole(index_vector)
    within("_contrib_index_copy", places, 0, old[0], 0)
    return torch.index_copy(old_tensor, 0, places, new_tensor)


def _column(who: str, rows: int, other: Tensor) -> None:
    if other.dim() != 1 or other.shape[0] != rows:
        raise ShapeError(f"{who}: got {tuple(other.shape)}, expected one number for each of {rows} rows")


@op("fill_element_0index")
def fill_element_0index(lhs: Tensor, mhs: Tensor, rhs: Tensor) -> Tensor:
    """``lhs`` with ``mhs[i]`` at column ``rhs[i]`` of row i; columns that are not there are skipped.

    Inputs:  lhs (n, m); mhs (n,); rhs (n,)
    Raises:  ShapeError if they do not go together
    """
    if lhs.dim() != 2:
        raise ShapeError(f"fill_element_0index: lhs has shape {tuple(lhs.shape)}, expected a matrix")
    _column("fill_element_0index", lhs.shape[0], mhs)
    _column("fill_element_0index", lhs.shape[0], rhs)
    return torch.where(_hot(rhs, lhs.shape[1]), mhs[:, None], lhs)


def _hot(places: Tensor, depth: int) -> Tensor:
    return whole(places).unsqueeze(-1) == torch.arange(depth, device=places.device)


@op("_onehot_encode")
def onehot_encode(lhs: Tensor, rhs: Tensor) -> Tensor:
    """One-hot rows of the indices ``lhs`` (n,), in shape and dtype of ``rhs`` (n, m)."""
    if rhs.dim() != 2:
        raise ShapeError(f"_onehot_encode: rhs has shape {tuple(rhs.shape)}, expected a matrix")
    _column("_onehot_encode", rhs.shape[0], lhs)
    return _hot(lhs, rhs.shape[1]).to(rhs.dtype)
