"""Reductions: an axis, several or all of them become one number.

``axis=None`` and ``axis=()`` mean all axes; ``exclude`` inverts the choice. The dtype of the input is kept; the mean of
integers is cut off towards zero. Without NumPy shapes a full reduction has shape (1,).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError
from mxnet._kernels import result_shapes
from mxnet._ops import Shape, op
from mxnet._runtime.dtypes import TORCH
from mxnet._runtime.shapes import nth_axes, nth_axis


@functools.lru_cache(1024)
def _dims(who: str, ndim: int, axis: Shape | None, exclude: bool) -> Shape | None:
    """The axes to reduce, None for all. An empty tuple means none: everything was excluded."""
    if not axis:
        return None
    found = nth_axes(who, axis, ndim)
    if exclude:
        return tuple(i for i in range(ndim) if i not in found)
    return found


def along(who: str, data: Tensor, axis: int | None) -> tuple[Tensor, int]:
    """The array and the axis to work along: of the flattened array if none is named.

    Raises:
        ShapeError: the array has no such axis; ``who`` is the operator named in the message.
    """
    return (data.reshape(-1), 0) if axis is None else (data, nth_axis(who, axis, data.dim()))


def _shaped(result: Tensor) -> Tensor:
    """An axis of size 1 is left, with NumPy shapes too; the reductions of ``mx.np`` are operators of their own."""
    return result if result.dim() else result.unsqueeze(0)


def _count(data: Tensor, dims: Shape | None) -> int:
    return data.numel() if dims is None else math.prod([data.shape[d] for d in dims])


def _told(data: Shape, *, axis: Shape | None, keepdims: bool, exclude: bool = False, **_: Any) -> Shape | None:
    if 0 in data or not result_shapes.once_each(data, axis or ()):
        return None
    made = result_shapes.reduced(data, axis=_dims("", len(data), axis, exclude), keepdims=keepdims)
    return None if made is None else made or (1,)


@op("sum", aliases=("sum_axis",), told=_told)
def sum(data: Tensor, *, axis: Shape | None = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
    """Sum of the elements over ``axis``.

    Inputs:  data (...), any dtype, which is kept: integers wrap around
    Attrs:   axis, None or () for all; keepdims, leave reduced axes with size one; exclude, reduce all but ``axis``
    Outputs: data without the reduced axes; (1,) if none is left
    Raises:  ShapeError if an axis is not there or is named twice
    Source:  behaviour of MXNet 1.9.1
    """
    dims = _dims("sum", data.dim(), axis, exclude)
    if dims == ():
        return data
    if data.dtype is torch.bool:
        return _shaped(torch.sum(data, dims, keepdims) != 0)
    return _shaped(torch.sum(data, dims, keepdims, dtype=data.dtype))


@op("mean", told=_told)
def mean(data: Tensor, *, axis: Shape | None = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
    """Mean of the elements over ``axis``; of integers, cut off towards zero. Arguments as of ``sum``."""
    dims = _dims("mean", data.dim(), axis, exclude)
    if dims == ():
        return data
    if data.is_floating_point():
        if not keepdims and dims and _count(data, dims) == 1:  # mostly of losses; the gradient is shorter too
            return _shaped(data.clone().squeeze(dims))
        return _shaped(torch.mean(data, dims, keepdims))
    if data.dtype is torch.bool:
        return _shaped(torch.sum(data, dims, keepdims) != 0)
    return _shaped(_int_mean(data, dims, keepdims))


def _int_mean(data: Tensor, dims: Shape | None, keepdims: bool) -> Tensor:
    total = torch.sum(data, dims, keepdims)
    return torch.div(total, max(_count(data, dims), 1), rounding_mode="trunc").to(data.dtype)


def product(data: Tensor, dims: Shape, keepdims: bool) -> Tensor:
    """The product over some axes, of the same dtype.

    torch multiplies along one axis at a time; partial products overflow the dtype more often than the whole one.
    """
    if len(dims) == 1:
        return torch.prod(data, dims[0], keepdims, dtype=data.dtype)
    kept = [d for d in range(data.dim()) if d not in dims]
    rows = data.permute(*kept, *dims).flatten(len(kept)) if dims else data.unsqueeze(-1)
    made = torch.prod(rows, -1, dtype=data.dtype)
    return made.reshape([1 if d in dims else n for d, n in enumerate(data.shape)]) if keepdims else made


def _product(data: Tensor, dims: Shape | None, keepdims: bool) -> Tensor:
    return _shaped(product(data, tuple(range(data.dim())) if dims is None else dims, keepdims))


@op("prod", told=_told)
def prod(data: Tensor, *, axis: Shape | None = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
    """Product of the elements over ``axis``. Arguments as of ``sum``.

    The gradient at a zero is the product of the others, where 1.9.1 divides by zero.
    """
    dims = _dims("prod", data.dim(), axis, exclude)
    return data if dims == () else _product(data, dims, keepdims)


@op("nansum", told=_told)
def nansum(data: Tensor, *, axis: Shape | None = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
    """Sum over ``axis``, not-a-number counted as zero. Arguments as of ``sum``."""
    dims = _dims("nansum", data.dim(), axis, exclude)
    if data.is_floating_point():
        data = torch.where(torch.isnan(data), 0, data)
    return data if dims == () else _shaped(torch.sum(data, dims, keepdims, dtype=data.dtype))


@op("nanprod", told=_told)
def nanprod(data: Tensor, *, axis: Shape | None = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
    """Product over ``axis``, not-a-number counted as one. Arguments as of ``sum``."""
    dims = _dims("nanprod", data.dim(), axis, exclude)
    if data.is_floating_point():
        data = torch.where(torch.isnan(data), 1, data)
    return data if dims == () else _product(data, dims, keepdims)


class _Extreme(torch.autograd.Function):
    """Every element that equals the extreme gets the whole gradient; torch would divide it among them."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, reduce: Callable[..., Tensor], dims: Shape, keepdims: bool) -> Tensor:
        kept = reduce(data, dims, True)
        ctx.save_for_backward(data, kept)
        return kept if keepdims else kept.reshape(_without(data.shape, dims))

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        data, kept = ctx.saved_tensors
        return torch.where(data == kept, grads[0].reshape(kept.shape), 0), None, None, None


def _without(shape: Shape, dims: Shape) -> Shape:
    return tuple(s for i, s in enumerate(shape) if i not in dims) if dims else ()


def _extreme(data: Tensor, reduce: Callable[..., Tensor], dims: Shape | None, keepdims: bool) -> Tensor:
    if dims is None:
        dims = tuple(range(data.dim()))
    elif dims == ():
        return data
    if data.requires_grad:
        return _shaped(_Extreme.apply(data, reduce, dims, keepdims))
    return _shaped(reduce(data, dims, keepdims))


@op("max", aliases=("max_axis",), told=_told)
def max_(data: Tensor, *, axis: Shape | None = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
    """Largest element over ``axis``; not-a-number wins. Arguments as of ``sum``.

    Every element that equals the maximum receives the whole gradient.
    """
    return _extreme(data, torch.amax, _dims("max", data.dim(), axis, exclude), keepdims)


@op("min", aliases=("min_axis",), told=_told)
def min_(data: Tensor, *, axis: Shape | None = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
    """Smallest element over ``axis``; not-a-number wins. Arguments and gradient as of ``max``."""
    return _extreme(data, torch.amin, _dims("min", data.dim(), axis, exclude), keepdims)


def _told_norm(data: Shape, *, ord: int, **attrs: Any) -> Shape | None:
    return _told(data, **attrs) if ord in (1, 2) else None


@op("norm", told=_told_norm)
def norm(
    data: Tensor,
    *,
    ord: int = 2,
    axis: Shape | None = None,
    out_dtype: Literal["float16", "float32", "float64", "int32", "int64", "int8"] | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Vector norm over ``axis``, also over several of them: the elements are taken as one long vector.

    Inputs:  data (...)
    Attrs:   ord 1, sum of absolute values, or 2, root of the sum of squares; axis, None for all;
             out_dtype, that of the result, the input's unless given (1.9.1 fails where they differ)
    Outputs: data without the reduced axes; (1,) if none is left
    Raises:  ArgumentError if ord is neither 1 nor 2; ShapeError for an axis that is not there

    The gradient at zero is zero, where 1.9.1 gives not-a-number.
    """
    if ord not in (1, 2):
        raise ArgumentError(f"norm: only supports ord=1 and ord=2, got ord={ord}")
    dims = _dims("norm", data.dim(), axis, False)
    wanted = data.dtype if out_dtype is None else TORCH[out_dtype]
    if not data.is_floating_point():
        data = data.to(torch.float64)
    result = torch.linalg.vector_norm(data, ord, dims, keepdims)
    return _shaped(result if result.dtype is wanted else result.to(wanted))


def _position(find: Callable[..., Tensor], data: Tensor, axis: int | None, keepdims: bool) -> Tensor:
    if axis is not None:
        axis = nth_axis(find.__name__, axis, data.dim())
        if not data.numel():  # torch requires elements along the axis even where there is nothing to be found
            kept = [1] * keepdims
            shape = (*data.shape[:axis], *kept, *data.shape[axis + 1 :])
            if 0 in shape:
                return data.new_empty(shape)
    dtype = data.dtype
    if dtype is torch.bool:
        data = data.to(torch.uint8)
    return _shaped(find(data, axis, keepdims).to(dtype))


def _told_position(data: Shape, *, axis: int | None = 1, keepdims: bool = False) -> Shape | None:
    return _told(data, axis=None if axis is None else (axis,), keepdims=keepdims)


@op("argmax", told=_told_position)
def argmax(data: Tensor, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Position of the largest element along ``axis``, the first one of equals.

    Inputs:  data (...)
    Attrs:   axis, None for the position in the flattened array; keepdims
    Outputs: data without ``axis``, positions as numbers of the input's dtype
    Raises:  ShapeError if the axis is not there
    """
    return _position(torch.argmax, data, axis, keepdims)


@op("argmin", told=_told_position)
def argmin(data: Tensor, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Position of the smallest element along ``axis``, the first one of equals. Arguments as of ``argmax``."""
    return _position(torch.argmin, data, axis, keepdims)


@op("argmax_channel", told=_told_position)
def argmax_channel(data: Tensor) -> Tensor:
    """Position of the largest element along axis 1, numbers of the input's dtype."""
    return _position(torch.argmax, data, 1, False)


@op("moments", outputs=("output0", "output1"))
def moments(data: Tensor, *, axes: Shape | None = None, keepdims: bool = False) -> tuple[Tensor, Tensor]:
    """Mean and variance (divided by the count) over ``axes``.

    Inputs:  data (...)
    Attrs:   axes, in effect required: in 1.9.1 leaving them out does not mean all; keepdims
    Outputs: mean and var, data without ``axes``
    Raises:  ArgumentError without axes; ShapeError if one is not there
    """
    dims = _dims("moments", data.dim(), axes, False)
    if dims is None:
        raise ArgumentError("moments: empty axes are not supported; pass all axes to get global moments")
    if data.is_floating_point():
        var, average = torch.var_mean(data, dims, correction=0, keepdim=keepdims)
        return _shaped(average), _shaped(var)
    centre = _int_mean(data, dims, True)
    var = _int_mean(torch.square(data - centre), dims, keepdims)
    return _shaped(centre if keepdims else centre.reshape(_without(data.shape, dims))), _shaped(var)


@op("_np_cumsum", aliases=("cumsum",), told=result_shapes.along)
def cumsum(
    a: Tensor,
    *,
    axis: int | None = None,
    dtype: Literal["float16", "float32", "float64", "int32", "int64", "int8"] | None = None,
) -> Tensor:
    """Running sum along ``axis``, of the flattened array if it is None.

    Inputs:  a (...)
    Attrs:   axis; dtype of the sums and the result, the input's unless given
    Outputs: like ``a``, one-dimensional without axis
    Raises:  ShapeError if the axis is not there
    """
    a, axis = along("cumsum", a, axis)
    wanted = torch.int64 if a.dtype is torch.bool else a.dtype
    if dtype is None or TORCH[dtype] is wanted:
        return torch.cumsum(a, axis, dtype=wanted)
    within = torch.promote_types(wanted, TORCH[dtype])  # rounded once, at the end
    return torch.cumsum(a, axis, dtype=within).to(TORCH[dtype])
