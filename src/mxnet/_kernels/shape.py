"""Operators that change the shape of an array, or return it.

Those declared ``view`` return torch views; front ends copy them, compiled programs need not.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ShapeError
from mxnet._kernels.layout import gradient_in_order
from mxnet._ops import Ctx, Positive, Shape, op
from mxnet._runtime.shapes import infer_reshape, nth_axes, nth_axis
from mxnet._runtime.state import np_shape_active

_reshaped = functools.lru_cache(4096)(infer_reshape)


@op("Reshape", aliases=("reshape",), view=True)
def reshape(
    data: Tensor, *, shape: Shape = (), reverse: bool = False, target_shape: Shape = (), keep_highest: bool = False
) -> Tensor:
    """The same elements in another shape.

    Inputs:  data (...)
    Attrs:   shape, sizes and the codes 0 -1 -2 -3 -4 (copy, infer, copy all the rest, join two, split in two);
             reverse, read it from the right; target_shape and keep_highest, the older form, used where shape is
             empty: 0 stands for the size that is left over, keep_highest copies the first one
    Outputs: data in the new shape
    Raises:  ShapeError if the shape does not hold as many elements, where 1.9.1 reads or writes beyond the array
    Source:  behaviour of MXNet 1.9.1
    """
    if not shape and target_shape:
        return data.reshape(_legacy_target(tuple(data.shape), target_shape, keep_highest))
    return data.reshape(_reshaped(data.shape, shape, reverse))


def _legacy_target(old: Shape, target: Shape, keep_highest: bool) -> Shape:
    made = list(target)
    if keep_highest and old:
        made[0] = old[0]
    total = math.prod(old)
    if made.count(0) == 1:
        known = math.prod([m for m in made if m])
        made[made.index(0)] = total // known
    if math.prod(made) != total:
        raise ShapeError(
            f"Reshape: data of shape {old} can not take target_shape={target}, keep_highest={keep_highest}; "
            "use shape=, with -1 for the size to infer"
        )
    return tuple(made)


@op("Flatten", aliases=("flatten",), view=True)
def flatten(data: Tensor) -> Tensor:
    """Join all axes but the first: (n, ...) becomes (n, product of the others)."""
    shape = data.shape
    return gradient_in_order(data).reshape(shape[0] if shape else 1, math.prod(shape[1:]))


@op("transpose", view=True)
def transpose(data: Tensor, *, axes: Shape = ()) -> Tensor:
    """Permute the axes.

    Inputs:  data (...)
    Attrs:   axes, where each axis of the result comes from; empty reverses them
    Outputs: data with permuted axes
    Raises:  ShapeError if axes is not a permutation
    """
    if not axes:
        return data.t() if data.dim() == 2 else data.permute(tuple(range(data.dim() - 1, -1, -1)))
    try:
        return data.permute(axes)
    except (RuntimeError, IndexError) as error:
        raise ShapeError(
            f"transpose: axes={axes} of data {tuple(data.shape)}; expected each of its {data.dim()} axes once"
        ) from error


@op("SwapAxis", aliases=("swapaxes",), view=True)
def swapaxes(data: Tensor, *, dim1: int = 0, dim2: int = 0) -> Tensor:
    """Exchange the axes ``dim1`` and ``dim2``."""
    return data.transpose(dim1, dim2)


@op("expand_dims", view=True)
def expand_dims(data: Tensor, *, axis: int) -> Tensor:
    """Put an axis of size one before ``axis``; -1 is after the last."""
    return data.unsqueeze(axis)


@op("squeeze", view=True)
def squeeze(data: Tensor, *, axis: Shape | None = None) -> Tensor:
    """Remove axes of size one.

    Inputs:  data (...)
    Attrs:   axis, those to remove, all of size one if None
    Outputs: data without them; (1,) if none would be left
    Raises:  ShapeError if one of them has another size, does not exist, or is named twice
    """
    if axis is None:
        result = data.squeeze()
    else:
        axes = nth_axes("squeeze", axis, data.dim())
        shape = data.shape
        for a in axes:
            if shape[a] != 1:
                raise ShapeError(f"squeeze: axis {a} of data {tuple(shape)} has size {shape[a]}, expected 1")
        result = data.squeeze(axes)
    return result if result.dim() or np_shape_active() else result.unsqueeze(0)


@op("broadcast_to", view=True)
def broadcast_to(data: Tensor, *, shape: Shape = ()) -> Tensor:
    """Repeat axes of size one up to ``shape``, where 0 keeps the axis as it is.

    Raises:  ShapeError if the ranks differ or another axis would change
    """
    old = data.shape
    if len(shape) != len(old):
        raise ShapeError(f"broadcast_to: data {tuple(old)} can not be broadcast to {shape}: the ranks differ")
    return data.expand([s or o for s, o in zip(shape, old, strict=True)])


@op("broadcast_axis", aliases=("broadcast_axes",), view=True)
def broadcast_axis(data: Tensor, *, axis: Shape = (), size: Shape = ()) -> Tensor:
    """Repeat the given axes, of size one, up to the given sizes.

    Raises:  ShapeError if one is not there or not of size one, or axis and size differ in length
    """
    if len(axis) != len(size):
        raise ShapeError(f"broadcast_axis: axis={axis} and size={size} differ in length")
    shape = list(data.shape)
    for a, s in zip(axis, size, strict=True):
        a = nth_axis("broadcast_axis", a, len(shape))
        if shape[a] != 1:
            raise ShapeError(f"broadcast_axis: axis {a} of data {tuple(data.shape)} has size {shape[a]}, expected 1")
        shape[a] = s
    return data.expand(shape)


@op("broadcast_like", view=True)
def broadcast_like(lhs: Tensor, rhs: Tensor, *, lhs_axes: Shape | None = None, rhs_axes: Shape | None = None) -> Tensor:
    """Repeat axes of size one of ``lhs`` up to the sizes of ``rhs``.

    Inputs:  lhs (...); rhs, of which only the shape counts
    Attrs:   lhs_axes and the rhs_axes they are matched with, all if None
    Raises:  ShapeError if sizes do not go together, or the ranks differ and no axes are given
    """
    ours, theirs = list(lhs.shape), rhs.shape
    if lhs_axes is None or rhs_axes is None:
        if len(ours) != len(theirs):
            raise ShapeError(f"broadcast_like: lhs {tuple(ours)} and rhs {tuple(theirs)} differ in rank; give axes")
        return lhs.expand(theirs)
    if len(lhs_axes) != len(rhs_axes) or not lhs_axes:
        raise ShapeError(f"broadcast_like: lhs_axes={lhs_axes} and rhs_axes={rhs_axes} differ in length or are empty")
    for a, b in zip(lhs_axes, rhs_axes, strict=True):
        ours[nth_axis("broadcast_like", a, len(ours))] = theirs[nth_axis("broadcast_like", b, len(theirs))]
    return lhs.expand(ours)


@op("reshape_like", view=True)
def reshape_like(
    lhs: Tensor,
    rhs: Tensor,
    *,
    lhs_begin: int | None = None,
    lhs_end: int | None = None,
    rhs_begin: int | None = None,
    rhs_end: int | None = None,
) -> Tensor:
    """``lhs`` in the shape of ``rhs``, or with a run of its axes replaced by a run of axes of ``rhs``.

    Raises:  ShapeError if the sizes do not hold the same number of elements or a run is empty
    """
    if lhs_begin is None and lhs_end is None and rhs_begin is None and rhs_end is None:
        try:
            return lhs.reshape(rhs.shape)
        except RuntimeError:
            raise ShapeError(
                f"reshape_like: lhs has shape {tuple(lhs.shape)}, {lhs.numel()} elements; expected {rhs.numel()} as "
                f"rhs of shape {tuple(rhs.shape)}"
            ) from None
    ours = _run("lhs", lhs.shape, lhs_begin, lhs_end)
    theirs = _run("rhs", rhs.shape, rhs_begin, rhs_end)
    return lhs.reshape([*lhs.shape[: ours.start], *rhs.shape[theirs], *lhs.shape[ours.stop :]])


def _run(name: str, shape: Shape, begin: int | None, end: int | None) -> slice:
    n = len(shape)
    first = 0 if begin is None else begin + n if begin < 0 else begin
    last = n if end is None else end + n if end < 0 else end
    if not 0 <= first < last <= n:
        raise ShapeError(f"reshape_like: {name}_begin={begin}, {name}_end={end} of {n} axes; expected begin before end")
    return slice(first, last)


@op("diag", view=True)
def diag(data: Tensor, *, k: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """A diagonal, or from a vector the matrix that has it there.

    Inputs:  data (n,) or (...)
    Attrs:   k, above the main diagonal if positive; axis1 and axis2, rows and columns
    Outputs: a matrix, or data without the two axes and with the diagonal as the last one
    Raises:  ShapeError if there is no such diagonal or the axes are the same
    """
    if data.dim() == 1:
        return torch.diag(data, k)
    found = torch.diagonal(data, k, axis1, axis2)
    if found.shape[-1] == 0 and not np_shape_active():
        rows, columns = data.shape[axis1], data.shape[axis2]
        if not -rows <= k <= columns:  # beyond the last diagonals there is an empty one, as in 1.9.1
            raise ShapeError(f"diag: data {tuple(data.shape)} has no diagonal k={k}; expected {-rows} to {columns}")
    return found


@op("shape_array")
def shape_array(data: Tensor) -> Tensor:
    """The shape as an array of int64."""
    return torch.tensor(data.shape, dtype=torch.int64, device=data.device)


@op("size_array")
def size_array(data: Tensor) -> Tensor:
    """The number of elements as an int64 array of shape (1,)."""
    return torch.tensor([data.numel()], dtype=torch.int64, device=data.device)


def _told_arange_like(data: Shape, *, axis: int | None, **_: Any) -> Shape | None:
    if axis is None:
        return data
    return (data[axis],) if -len(data) <= axis < len(data) else None


@op("_contrib_arange_like", told=_told_arange_like)
def arange_like(
    data: Tensor,
    *,
    start: float = 0.0,
    step: float = 1.0,
    repeat: Positive = 1,
    ctx: Ctx = Ctx(""),
    axis: int | None = None,
) -> Tensor:
    """Evenly spaced numbers, as many as ``data`` or one of its axes has.

    Inputs:  data (...), of which shape, dtype and device count
    Attrs:   start and step, for whole dtypes without their fractions; repeat, how often each number comes; ctx has no
             effect, the device is that of data; axis
    Outputs: like data, or (size of axis,)
    Raises:  ShapeError if the axis is not there
    """
    if axis is not None:
        shape: Shape = (data.shape[nth_axis("_contrib_arange_like", axis, data.dim())],)
    else:
        shape = tuple(data.shape)
    count = math.prod(shape)
    if not data.is_floating_point():
        start, step = math.trunc(start), math.trunc(step)
    numbers = torch.arange(-(-count // repeat), device=data.device, dtype=torch.float64) * step + start
    if repeat > 1:
        numbers = torch.repeat_interleave(numbers, repeat)[:count]
    return numbers.to(data.dtype).reshape(shape)


@op("_identity_with_attr_like_rhs")
def identity_with_attr_like_rhs(lhs: Tensor, rhs: Tensor) -> Tensor:
    """``lhs``, whose shape must be that of ``rhs``."""
    if lhs.shape != rhs.shape:
        raise ShapeError(
            f"_identity_with_attr_like_rhs: rhs has shape {tuple(rhs.shape)}, expected {tuple(lhs.shape)} as lhs"
        )
    return lhs
