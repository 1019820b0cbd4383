"""Operators of ``mx.np`` that move elements: shapes, axes, diagonals, joining and splitting."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._ops import Shape, op
from mxnet._runtime.shapes import nth_axes, nth_axis

from .joining import concat, told_concat, told_stack
from .joining import stack as stack_kernel
from .slicing import split_v2

OptShape = Shape | None


def fit(size: int, shape: Shape) -> Shape:
    """``shape`` with its -1 worked out for ``size`` elements.

    Raises:
        ShapeError: it is none that they fit in.
    """
    known = math.prod([s for s in shape if s >= 0])
    opened = [i for i, s in enumerate(shape) if s < 0]
    if any(s < -1 for s in shape) or len(opened) > 1:
        raise ShapeError(f"reshape: {shape} is no shape; expected sizes and at most one -1")
    if opened and known and size % known == 0:
        return tuple(size // known if s < 0 else s for s in shape)
    if opened or known != size:
        raise ShapeError(f"cannot reshape array of size {size} into shape {shape}")
    return shape


def in_order(who: str, axes: Shape, ndim: int) -> Shape:
    """The axes counted from 0, in the order they are named.

    Raises:
        ShapeError: one does not exist, or is named twice.
    """
    nth_axes(who, axes, ndim)
    return tuple(nth_axis(who, a, ndim) for a in axes)


def _order(who: str, order: str) -> None:
    if order != "C":
        raise ArgumentError(f"{who}: order is {order!r}, expected 'C'")


@op("_np_reshape", view=True)
def reshape(a: Tensor, *, newshape: Shape, order: str = "C") -> Tensor:
    """The same values in another shape; one -1 is worked out, and 0 is a size."""
    _order("reshape", order)
    return a.reshape(fit(a.numel(), newshape))


def _coded(shape: Shape, spec: Shape) -> list[int]:
    """The sizes that the codes of ``npx.reshape`` stand for, with -1 left as it is."""
    made: list[int] = []
    at, i = 0, 0

    def take() -> int:
        nonlocal at
        if at >= len(shape):
            raise ShapeError(f"npx.reshape: {spec} asks for more axes than shape {shape} has")
        at += 1
        return shape[at - 1]

    while i < len(spec):
        code = spec[i]
        if code >= -1:
            made.append(code)
            at += 1
        elif code == -2:
            made.append(take())
        elif code == -3:
            if take() != 1:
                raise ShapeError(
                    f"npx.reshape: -3 in {spec} drops an axis of size 1; axis {at - 1} has {shape[at - 1]}"
                )
        elif code == -4:
            made += shape[at:]
            at = len(shape)
        elif code == -5:
            made.append(take() * take())
        elif code == -6 and i + 2 < len(spec):
            whole, (left, right) = take(), spec[i + 1 : i + 3]
            left = whole // right if left == -1 and right else left
            right = whole // left if right == -1 and left else right
            if left * right != whole:
                raise ShapeError(f"npx.reshape: {spec[i + 1 : i + 3]} does not split an axis of size {whole}")
            made += [left, right]
            i += 2
        else:
            raise ShapeError(f"npx.reshape: {code} in {spec} is no size and no code")
        i += 1
    return made


def coded_shape(shape: Shape, spec: Shape, reverse: bool) -> Shape:
    """The shape that ``npx.reshape`` gives an array of ``shape``.

    >>> coded_shape((2, 3, 4), (-2, -5), False), coded_shape((2, 1, 4), (-2, -3, -1), False)
    ((2, 12), (2, 4))
    """
    if reverse:  # read from the right, where the two sizes of a split come before its code
        turned = list(spec[::-1])
        for i, code in enumerate(turned):
            if code == -6 and i >= 2:
                turned[i - 2 : i + 1] = [-6, turned[i - 2], turned[i - 1]]
        return fit(math.prod(shape), tuple(_coded(shape[::-1], tuple(turned))[::-1]))
    return fit(math.prod(shape), tuple(_coded(shape, spec)))


@op("_npx_reshape", aliases=("_npi_reshape",), view=True)
def npx_reshape(a: Tensor, *, newshape: Shape, reverse: bool = False, order: str = "C") -> Tensor:
    """The same values in another shape, which may be given by codes.

    Attrs:   newshape, of sizes and of -1, worked out; -2, the size of this axis; -3, leave out this axis of size 1;
             -4, all axes left; -5, this axis times the next; -6, this axis split into the two sizes that follow;
             reverse, read both from the right
    Raises:  ShapeError if they do not fit
    """
    _order("npx.reshape", order)
    return a.reshape(coded_shape(tuple(a.shape), newshape, reverse))


@op("_np_copy")
def copy(a: Tensor) -> Tensor:
    """A copy."""
    return a.clone()


@op("_np_transpose", view=True)
def transpose(a: Tensor, *, axes: OptShape = None) -> Tensor:
    """The axes permuted; reversed if ``axes`` is None."""
    if axes is None:
        return a.permute(tuple(range(a.dim()))[::-1])
    if len(axes) != a.dim():
        raise ShapeError(f"transpose: axes={axes} do not match an array of {a.dim()} axes")
    return a.permute(in_order("transpose", axes, a.dim()))


@op("_np_squeeze", view=True)
def squeeze(a: Tensor, *, axis: OptShape = None) -> Tensor:
    """Without axes of size 1: all of them, or those named."""
    if axis is None or (a.dim() == 0 and axis in ((0,), (-1,))):
        return a.squeeze()
    dims = nth_axes("squeeze", axis, a.dim())
    if wrong := [d for d in dims if a.shape[d] != 1]:
        raise ShapeError(f"squeeze: cannot select an axis to squeeze out, axis {wrong[0]} has size {a.shape[wrong[0]]}")
    return a.squeeze(dims)


@op("_np_moveaxis", view=True)
def moveaxis(a: Tensor, *, source: Shape, destination: Shape) -> Tensor:
    """The axes ``source`` moved to the places ``destination``; the others keep their order."""
    if len(source) != len(destination):
        raise ShapeError(f"moveaxis: source={source} and destination={destination} must have the same number of axes")
    return a.movedim(in_order("moveaxis", source, a.dim()), in_order("moveaxis", destination, a.dim()))


@op("_np_roll")
def roll(data: Tensor, *, shift: OptShape = None, axis: OptShape = None) -> Tensor:
    """Elements shifted along axes, wrapping around; without ``axis``, in the flattened array."""
    if shift is None:
        raise ArgumentError("roll: shift is missing")
    if axis is None:
        return torch.roll(data.reshape(-1), sum(shift)).reshape(data.shape)
    dims = [nth_axis("roll", d, data.dim()) for d in axis]  # the same axis may be named twice
    shifts = list(shift) * (len(dims) if len(shift) == 1 else 1)
    if len(shifts) != len(dims):
        raise ShapeError(f"roll: shift={shift} and axis={axis} must have the same number of numbers")
    return torch.roll(data, shifts, dims) if dims else data.clone()


@op("_npi_flip")
def flip(data: Tensor, *, axis: OptShape) -> Tensor:
    """In reverse order along ``axis``, or all axes."""
    dims = range(data.dim()) if axis is None else nth_axes("flip", axis, data.dim())
    return torch.flip(data, tuple(dims))


@op("_npi_rot90")
def rot90(data: Tensor, *, k: int = 1, axes: OptShape = None) -> Tensor:
    """Turned by ``k`` right angles in the plane of two axes, from the first towards the second."""
    axes = axes or (0, 1)
    if len(axes) != 2 or data.dim() < 2:
        raise ShapeError(f"rot90: axes={axes} of data {tuple(data.shape)}; expected two axes of two or more")
    return torch.rot90(data, k, in_order("rot90", axes, data.dim()))


@op("_npi_broadcast_to", view=True)
def broadcast_to(array: Tensor, *, shape: Shape = ()) -> Tensor:
    """Axes of size 1, and axes in front, repeated to ``shape``, in which -1 and -2 stand for the size there is."""
    at = len(shape) - array.dim()
    if at < 0:
        raise ShapeError(f"broadcast_to: array {tuple(array.shape)} has more axes than shape {shape}")
    return array.expand([array.shape[i - at] if s < 0 and i >= at else s for i, s in enumerate(shape)])


# -- diagonals -------------------------------------------------------------------------------------------------------


@op("_np_diag")
def diag(data: Tensor, *, k: int = 0) -> Tensor:
    """The ``k``-th diagonal of a matrix, or of one axis the matrix that has it there."""
    if data.dim() not in (1, 2):
        raise ShapeError(f"diag: data has shape {tuple(data.shape)}, expected one axis or two")
    return torch.diag_embed(data, k) if data.dim() == 1 else torch.diagonal(data, k).clone()


@op("_np_diagflat")
def diagflat(data: Tensor, *, k: int = 0) -> Tensor:
    """A matrix with the flattened ``data`` on its ``k``-th diagonal."""
    return torch.diag_embed(data.reshape(-1), k)


def _planes(who: str, data: Tensor, axis1: int, axis2: int) -> tuple[int, int]:
    first, second = nth_axis(who, axis1, data.dim()), nth_axis(who, axis2, data.dim())
    if first == second:
        raise ShapeError(f"{who}: axis1 and axis2 cannot be equal, both are {axis1}")
    return first, second


@op("_np_diagonal", view=True)
def diagonal(data: Tensor, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The diagonals of the matrices in two axes, as last axis."""
    return torch.diagonal(data, offset, *_planes("diagonal", data, axis1, axis2))


@op("_np_trace")
def trace(data: Tensor, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The sums of the diagonals of the matrices in two axes."""
    return torch.diagonal(data, offset, *_planes("trace", data, axis1, axis2)).sum(-1, dtype=data.dtype)


@op("_npi_tril")
def tril(data: Tensor, *, k: int = 0) -> Tensor:
    """Zero above the ``k``-th diagonal; one axis stands for a matrix of such rows."""
    if data.dim() == 0:
        raise ShapeError("tril: data has no axes, expected one at least")
    return torch.tril(data.expand(data.shape[0], -1) if data.dim() == 1 else data, k)


@op("_npi_diag_indices_from", types="_ -> int64")
def diag_indices_from(data: Tensor) -> Tensor:
    """The indices of the main diagonal, a row for each axis."""
    if data.dim() < 2 or len(set(data.shape)) != 1:
        raise ShapeError(f"diag_indices_from: data has shape {tuple(data.shape)}, expected two axes or more, all alike")
    return torch.arange(data.shape[0], device=data.device).expand(data.dim(), -1).clone()


# -- joining and splitting -------------------------------------------------------------------------------------------


def _told_concatenate(*shapes: Shape, axis: int | None, **_: Any) -> Shape | None:
    return (sum(map(math.prod, shapes)),) if axis is None else told_concat(*shapes, dim=axis)


@op("_npi_concatenate", outputs=("out",), num_args="num_args", told=_told_concatenate)
def concatenate(*data: Tensor, axis: int | None = 0, dim: int = 1) -> Tensor:
    """Arrays one after the other along ``axis``, flattened if it is None. ``dim`` has no effect."""
    if axis is None:
        return concat(*[d.reshape(-1) for d in data], dim=0)
    return concat(*data, dim=axis)


def _told_stack(*shapes: Shape, axis: int) -> Shape | None:
    return told_stack(*shapes, axis=axis) if len({*shapes}) == 1 else None


@op("_npi_stack", num_args="num_args", told=_told_stack)
def stack(*data: Tensor, axis: int = 0) -> Tensor:
    """Arrays of one shape side by side along a new axis."""
    if len({d.shape for d in data}) > 1:
        raise ShapeError(f"stack: all arrays must have one shape, got {[tuple(d.shape) for d in data]}")
    return stack_kernel(*data, axis=axis)


def _with_axes(data: tuple[Tensor, ...], least: int) -> list[Tensor]:
    """Each array with at least this many axes, added where NumPy adds them."""
    if least == 1:
        return [torch.atleast_1d(d) for d in data]
    return [torch.atleast_2d(d) if least == 2 else torch.atleast_3d(d) for d in data]


@op("_npi_vstack", num_args="num_args")
def vstack(*data: Tensor) -> Tensor:
    """Rows below each other."""
    return concat(*_with_axes(data, 2), dim=0)


@op("_npi_hstack", outputs=("out",), num_args="num_args")
def hstack(*data: Tensor, dim: int = 1) -> Tensor:
    """Columns beside each other; arrays of one axis one after the other. ``dim`` has no effect."""
    arrays = _with_axes(data, 1)
    return concat(*arrays, dim=0 if arrays[0].dim() == 1 else 1)


@op("_npi_dstack", outputs=("out",), num_args="num_args")
def dstack(*data: Tensor, dim: int = 1) -> Tensor:
    """One after the other along the third axis. ``dim`` has no effect."""
    return concat(*_with_axes(data, 3), dim=2)


@op("_npi_column_stack", num_args="num_args")
def column_stack(*data: Tensor) -> Tensor:
    """Columns beside each other; an array of one axis is a column."""
    return concat(*[d.reshape(-1, 1) if d.dim() < 2 else d for d in data], dim=1)


def _numbered(a: Any) -> tuple[str, ...]:
    return tuple(f"output{i}" for i in range(a.num_args)) if a.num_args > 1 else ("output",)


def _at_least(least: int) -> None:
    def kernel(*arys: Tensor, num_args: int = 1) -> tuple[Tensor, ...]:
        return tuple(_with_axes(arys, least))

    kernel.__name__ = kernel.__qualname__ = f"atleast_{least}d"
    kernel.__doc__ = f"Each array with {least} axes at least; num_args is how many they are."
    op(f"_np_atleast_{least}d", outputs=_numbered, view=True)(kernel)


for _least in (1, 2, 3):
    _at_least(_least)


def _split_names(a: Any) -> tuple[str, ...]:
    count = a.sections if a.sections > 0 else len(a.indices)
    return ("output",) if count == 1 else tuple(f"output{i}" for i in range(count))


@op("_npi_hsplit", outputs=_split_names, view=True)
def hsplit(
    data: Tensor, *, indices: Shape, axis: int = 1, squeeze_axis: bool = False, sections: int = 0
) -> Tensor | tuple[Tensor, ...]:
    """Cut along the second axis, or the only one; attributes as of ``_split_v2``, but ``axis`` has no effect."""
    at = 1 if data.dim() > 1 else 0
    return split_v2(data, indices=indices, axis=at, squeeze_axis=squeeze_axis, sections=sections)


@op("_npi_dsplit", outputs=_split_names, view=True)
def dsplit(
    data: Tensor, *, indices: Shape, axis: int = 1, squeeze_axis: bool = False, sections: int = 0
) -> Tensor | tuple[Tensor, ...]:
    """Cut along ``axis``, for which the front end says 2; attributes as of ``_split_v2``."""
    if data.dim() < 3:
        raise ShapeError(f"dsplit: data has shape {tuple(data.shape)}, expected three axes at least")
    return split_v2(data, indices=indices, axis=axis, squeeze_axis=squeeze_axis, sections=sections)


# -- differences -----------------------------------------------------------------------------------------------------


@op("_npi_diff")
def diff(a: Tensor, *, n: int = 1, axis: int = -1) -> Tensor:
    """The differences of neighbours along ``axis``, taken ``n`` times."""
    if n < 0:
        raise ArgumentError(f"diff: n is {n}, expected 0 or more")
    return torch.diff(a, n, nth_axis("diff", axis, a.dim())) if n else a


def _ends(a: Any) -> tuple[str, ...]:
    return ("input1", "input2", "input3")[: 1 + a.to_begin_arr_given + a.to_end_arr_given]


@op("_npi_ediff1d", inputs=_ends)
def ediff1d(
    input1: Tensor,
    input2: Tensor | None = None,
    input3: Tensor | None = None,
    *,
    to_begin_arr_given: bool = False,
    to_end_arr_given: bool = False,
    to_begin_scalar: float | None = None,
    to_end_scalar: float | None = None,
) -> Tensor:
    """The differences of neighbours of the flattened ``input1``, with numbers before and after them.

    Inputs:  input1; what comes before, if to_begin_arr_given; what comes after, if to_end_arr_given
    """
    if to_end_arr_given and not to_begin_arr_given:
        input2, input3 = None, input2 if input3 is None else input3
    parts = [_end(input1, input2, to_begin_scalar), torch.diff(input1.reshape(-1)), _end(input1, input3, to_end_scalar)]
    return torch.cat([p for p in parts if p is not None])


def _end(like: Tensor, array: Tensor | None, scalar: float | None) -> Tensor | None:
    if array is not None:
        return array.reshape(-1).to(like.dtype)
    return None if scalar is None else like.new_full((1,), scalar if like.is_floating_point() else int(scalar))
