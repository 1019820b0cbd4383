"""Operators that cut arrays: slices, splits, crops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, MXNetError, ShapeError
from mxnet._ops import OptInts, Positive, Shape, numbered, op
from mxnet._runtime.dtypes import fitting
from mxnet._runtime.shapes import nth_axis
from mxnet._runtime.state import np_shape_active


def _slices(who: str, shape: Shape, begin: OptInts, end: OptInts, step: OptInts) -> tuple[tuple[slice, ...], Shape]:
    """Slices with positive steps, and the axes to flip afterwards because their step was negative."""
    if step and all(s is None for s in step):
        step = ()
    if len(begin) != len(end) or len(begin) > len(shape) or (step and len(step) != len(begin)):
        raise ShapeError(
            f"{who}: begin={begin}, end={end}, step={step} must have one length, at most the "
            f"{len(shape)} dimensions of data {tuple(shape)}"
        )
    if not step:
        return tuple([slice(b, e) for b, e in zip(begin, end, strict=True)]), ()
    made: list[slice] = []
    flipped: list[int] = []
    for i, s in enumerate(step):
        if s == 0:
            raise ArgumentError(f"{who}: step[{i}] is 0; expected another number or None")
        chosen = slice(begin[i], end[i], s)
        if s is not None and s < 0:
            reached = range(*chosen.indices(shape[i]))
            chosen = slice(reached[-1], reached[0] + 1, -s) if reached else slice(0, 0)
            flipped.append(i)
        made.append(chosen)
    return tuple(made), tuple(flipped)


class _Block(torch.autograd.Function):
    """A block cut from several axes: torch's own gradient makes an array of zeros for each of them."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, chosen: tuple[slice, ...]) -> Tensor:
        ctx.shape, ctx.chosen = data.shape, chosen
        return data[chosen]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        whole = grad.new_zeros(ctx.shape)
        whole[ctx.chosen] = grad
        return whole, None


def _block(data: Tensor, chosen: tuple[slice, ...]) -> Tensor:
    if data.requires_grad and len(chosen) > 1:
        cut: Tensor = _Block.apply(data, chosen)
        return cut
    return data[chosen]


def _told_slice(data: Shape, **bounds: Any) -> Shape | None:
    try:
        chosen, _ = _slices("slice", data, **bounds)
    except MXNetError:
        return None  # the kernel says what is wrong
    return (*[len(range(*c.indices(n))) for c, n in zip(chosen, data, strict=False)], *data[len(chosen) :])


@op("slice", aliases=("crop",), view=True, told=_told_slice)
def slice_(data: Tensor, *, begin: OptInts, end: OptInts, step: OptInts = ()) -> Tensor:
    """A block of the array.

    Inputs:  data (...)
    Attrs:   begin, end, step for the leading axes, as in Python's slices, None included; the step may be negative
    Outputs: the block; bounds beyond the axis are cut off
    Raises:  ShapeError if there are more of them than axes; ArgumentError for a step of 0
    """
    chosen, flipped = _slices("slice", data.shape, begin, end, step)
    part = _block(data, chosen)
    return part.flip(flipped) if flipped else part


@op("slice_axis", view=True)
def slice_axis(data: Tensor, *, axis: int, begin: int, end: int | None) -> Tensor:
    """The elements ``begin`` to ``end`` (not included) of one axis.

    Inputs:  data (...)
    Attrs:   axis; begin; end, None for the end of the axis. Negative ones count from the end.
    Outputs: data with ``axis`` cut
    Raises:  ShapeError if the range is empty or not within the axis; with NumPy shapes ranges of nothing, and any of
             an axis of size 0, give nothing
    """
    axis = nth_axis("slice_axis", axis, data.dim())
    size = data.shape[axis]
    if not size and np_shape_active():
        return data.narrow(axis, 0, 0)
    first = begin + size if begin < 0 else begin
    last = size if end is None else end + size if end < 0 else end
    if not 0 <= first < last <= size and not (np_shape_active() and 0 <= first == last <= size):
        raise ShapeError(
            f"slice_axis: begin={begin}, end={end} of axis {axis} of data {tuple(data.shape)}; "
            f"expected begin before end, both within the size {size}"
        )
    return data.narrow(axis, first, last - first)


@op("slice_like", view=True)
def slice_like(data: Tensor, shape_like: Tensor, *, axes: Shape | None = ()) -> Tensor:
    """The first elements of ``data``, as many as ``shape_like`` has.

    Inputs:  data (...); shape_like, of which only the shape counts
    Attrs:   axes that are cut, all of them if empty, none if None; negative ones count from the last axis of data, for
             both
    Outputs: data with these axes cut
    Raises:  ShapeError if shape_like is longer or has no such axis, or the ranks differ and no axes are given
    """
    ours, theirs = data.shape, shape_like.shape
    if axes is None:
        return data
    if not axes and len(ours) != len(theirs):
        raise ShapeError(f"slice_like: data {tuple(ours)} and shape_like {tuple(theirs)} differ in rank; give axes")
    for a in axes or range(len(ours)):
        i = nth_axis("slice_like", a, len(ours))
        size = theirs[nth_axis("slice_like", i, len(theirs))]
        if size > ours[i]:
            raise ShapeError(
                f"slice_like: axis {a} of shape_like has size {size}, expected at most {ours[i]} as in data"
            )
        data = data.narrow(i, 0, size)
    return data


@op("_slice_assign", aliases=("_crop_assign",))
def slice_assign(lhs: Tensor, rhs: Tensor, *, begin: OptInts, end: OptInts, step: OptInts = ()) -> Tensor:
    """A copy of ``lhs`` in which the block that ``slice`` would return is ``rhs``.

    Raises:  ShapeError if rhs does not have the shape of the block
    """
    chosen, flipped = _slices("_slice_assign", lhs.shape, begin, end, step)
    result = lhs.clone()
    block = result[chosen]
    if block.shape != rhs.shape:
        raise ShapeError(f"_slice_assign: rhs has shape {tuple(rhs.shape)}, expected {tuple(block.shape)} as the slice")
    block.copy_(rhs.flip(flipped) if flipped else rhs)
    return result


@op("_slice_assign_scalar", aliases=("_crop_assign_scalar",))
def slice_assign_scalar(
    data: Tensor, *, scalar: float = 0.0, begin: OptInts, end: OptInts, step: OptInts = ()
) -> Tensor:
    """A copy of ``data`` in which the block that ``slice`` would return is filled with ``scalar``."""
    chosen, _ = _slices("_slice_assign_scalar", data.shape, begin, end, step)
    result = data.clone()
    result[chosen].fill_(fitting(scalar, data.dtype))
    return result


def _squeezed(part: Tensor, axis: int, who: str) -> Tensor:
    if part.shape[axis] != 1:
        raise ShapeError(f"{who}: squeeze_axis needs parts of size 1 along axis {axis}, got {part.shape[axis]}")
    part = part.squeeze(axis)
    return part if part.dim() or np_shape_active() else part.unsqueeze(0)


def _parts(parts: Sequence[Tensor]) -> Tensor | tuple[Tensor, ...]:
    return parts[0] if len(parts) == 1 else tuple(parts)


def _part_names(a: Any) -> tuple[str, ...]:
    return tuple([f"output{i}" for i in range(a.num_outputs)])  # a single one has its number too


@op("SliceChannel", aliases=("split",), outputs=_part_names, view=True)
def split(
    data: Tensor, *, num_outputs: Positive, axis: int = 1, squeeze_axis: bool = False
) -> Tensor | tuple[Tensor, ...]:
    """Cut an axis into equal parts.

    Inputs:  data (...)
    Attrs:   num_outputs; axis; squeeze_axis, take the axis away: each part must have size one there
    Outputs: num_outputs arrays
    Raises:  ShapeError if the axis does not divide
    """
    axis = nth_axis("SliceChannel", axis, data.dim())
    size = data.shape[axis]
    if size % num_outputs:
        raise ShapeError(
            f"SliceChannel: axis {axis} of data {tuple(data.shape)} can not be split into num_outputs={num_outputs} "
            f"equal parts; expected a divisor of {size}"
        )
    parts: Sequence[Tensor] = data.split(size // num_outputs, axis) if size else (data,) * num_outputs
    return _parts([_squeezed(p, axis, "SliceChannel") for p in parts] if squeeze_axis else parts)


def _split_names(a: Any) -> tuple[str, ...]:
    count = a.sections if a.sections > 0 else len(a.indices)
    return numbered(count)


@op("_split_v2", outputs=_split_names, view=True)
def split_v2(
    data: Tensor, *, indices: Shape, axis: int = 1, squeeze_axis: bool = False, sections: int = 0
) -> Tensor | tuple[Tensor, ...]:
    """Cut an axis at the given places.

    Inputs:  data (...)
    Attrs:   indices where parts begin, the first one 0; axis; squeeze_axis as in ``SliceChannel``; sections, if
             positive, the number of parts, instead of indices: equal ones, or the first ones longer by one
    Outputs: one array a part
    Raises:  ShapeError if the places are not ascending or lie beyond the axis, unless it has size 0
    """
    axis = nth_axis("_split_v2", axis, data.dim())
    size = data.shape[axis]
    if sections > 0:
        each, longer = divmod(size, sections)
        places = [each * i + min(i, longer) for i in range(sections)]
    else:
        places = list(indices) if size else [0] * len(indices)
    ends = [*places[1:], size]
    if not places or places[0] != 0 or any(b > e for b, e in zip(places, ends, strict=True)):
        raise ShapeError(
            f"_split_v2: indices={indices} of axis {axis}, size {size}; expected places in ascending order from 0"
        )
    parts = [data.narrow(axis, b, e - b) for b, e in zip(places, ends, strict=True)]
    return _parts([_squeezed(p, axis, "_split_v2") for p in parts] if squeeze_axis else parts)


@op("Crop", num_args="num_args")
def crop(*data: Tensor, offset: Shape = (0, 0), h_w: Shape = (0, 0), center_crop: bool = False) -> Tensor:
    """Cut height and width of images.

    Inputs:  data (n, c, h, w), and optionally an array whose height and width are taken
    Attrs:   offset, rows and columns skipped; h_w, the size with one input; center_crop, offset in the middle
    Outputs: (n, c, height, width)
    Raises:  ShapeError if the cut is not within the image, or empty; ArgumentError for more than two inputs
    """
    if len(data) not in (1, 2):
        raise ArgumentError(f"Crop: got {len(data)} inputs, expected an image and at most an array like the result")
    image = data[0]
    size = data[1].shape[2:4] if len(data) == 2 else h_w
    rows, columns = image.shape[2] - size[0], image.shape[3] - size[1]
    top, left = (rows // 2, columns // 2) if center_crop else offset
    if image.dim() != 4 or not (0 <= top <= rows and 0 <= left <= columns and size[0] and size[1]):
        raise ShapeError(
            f"Crop: {tuple(size)} at offset {(top, left)} does not lie within data {tuple(image.shape)}; "
            "expected (n, c, h, w) with room for it"
        )
    return image[:, :, top : top + size[0], left : left + size[1]].clone()
