"""Reductions of ``mx.np``. Without ``axis`` they are over all axes, and the result has none."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor

from mxnet._base.errors import DTypeError, ShapeError
from mxnet._ops import DType, Shape, op
from mxnet._runtime.dtypes import TORCH
from mxnet._runtime.integers import carry
from mxnet._runtime.shapes import nth_axes, nth_axis

from . import result_shapes
from .reduce import product

OptShape = Shape | None
SUMMED = "T -> dtype|T#"
COUNTED = "T -> dtype|T/"


def _dims(who: str, data: Tensor, axis: OptShape) -> Shape:
    return tuple(range(data.dim())) if axis is None else nth_axes(who, axis, data.dim())


def _begun(result: Tensor, initial: float | None, combine: Any) -> Tensor:
    return result if initial is None else combine(result, torch.as_tensor(initial).to(result))


@op("_np_sum", types=SUMMED, told=result_shapes.reduced)
def sum_(
    a: Tensor,
    *,
    axis: OptShape = None,
    dtype: DType | None = None,
    keepdims: bool = False,
    initial: float | None = None,
) -> Tensor:
    """Sum over ``axis``.

    Inputs:  a, any shape and dtype, which is kept; bool becomes int64
    Attrs:   axis, one or several, None for all, () for none; dtype, to sum in and of the result; keepdims, leave
             reduced axes with size one; initial, the value to start from
    Raises:  ShapeError for an axis that is not there, or is named twice
    """
    dims = _dims("sum", a, axis)
    wanted, within = _dtypes(a, dtype)
    made = torch.sum(a, dims, keepdims, dtype=within) if dims else a.to(within)
    return _cast(_begun(made, initial, torch.add), wanted)


def _dtypes(a: Tensor, dtype: str | None) -> tuple[torch.dtype, torch.dtype]:
    """The dtype of a sum, and the one to sum in: for floats the wider of both that is floating point, for gradients."""
    wanted = TORCH[dtype] if dtype else torch.int64 if a.dtype is torch.bool else a.dtype
    if not a.is_floating_point():
        return wanted, wanted
    return wanted, torch.promote_types(a.dtype, wanted) if wanted.is_floating_point else a.dtype


def _cast(made: Tensor, wanted: torch.dtype) -> Tensor:
    """``made`` in another dtype; its gradient comes back through integers too."""
    result = made.to(wanted)
    if made.requires_grad and not result.requires_grad and torch.is_grad_enabled():
        return carry(made, result)
    return result


@op("_np_prod", aliases=("_np_product",), types=SUMMED, told=result_shapes.reduced)
def prod(
    a: Tensor,
    *,
    axis: OptShape = None,
    dtype: DType | None = None,
    keepdims: bool = False,
    initial: float | None = None,
) -> Tensor:
    """Product over ``axis``; arguments as for ``sum``."""
    wanted, within = _dtypes(a, dtype)
    made = product(a.to(within), _dims("prod", a, axis), keepdims)
    return _cast(_begun(made, initial, torch.mul), wanted)


class _Extreme(torch.autograd.Function):
    """Every element that equals the extreme receives the whole gradient."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, find: Any, dims: Shape, keepdims: bool) -> Tensor:
        found: Tensor = find(a, dims, True)
        ctx.save_for_backward(a, found)
        ctx.shape = found.shape
        return found if keepdims else found.squeeze(dims)

    @staticmethod
    def backward(ctx: Any, head: Tensor) -> tuple[Tensor, None, None, None]:  # type: ignore[override]
        a, found = ctx.saved_tensors
        return head.reshape(ctx.shape) * (a == found), None, None, None


def _extreme(who: str, find: Any, a: Tensor, axis: OptShape, keepdims: bool, initial: float | None) -> Tensor:
    dims = _dims(who, a, axis)
    if any(a.shape[d] == 0 for d in dims):
        if initial is None:
            raise ShapeError(f"{who}: zero-size array to reduction operation {who} which has no identity; give initial")
        kept = [1 if d in dims else n for d, n in enumerate(a.shape) if keepdims or d not in dims]
        return torch.full(kept, initial, dtype=a.dtype, device=a.device)
    if a.requires_grad and dims:
        made: Tensor = _Extreme.apply(a, find, dims, keepdims)
    else:
        made = find(a, dims, keepdims) if dims else a
    combine = torch.maximum if find is torch.amax else torch.minimum
    return _begun(made, initial, combine)


@op("_np_max", aliases=("_np_amax",), told=result_shapes.reduced)
def max_(a: Tensor, *, axis: OptShape = None, keepdims: bool = False, initial: float | None = None) -> Tensor:
    """Largest over ``axis``; not-a-number wins. Arguments as of ``sum``.

    Raises:  ShapeError for an axis of size 0 without ``initial``
    """
    return _extreme("max", torch.amax, a, axis, keepdims, initial)


@op("_np_min", aliases=("_np_amin",), told=result_shapes.reduced)
def min_(a: Tensor, *, axis: OptShape = None, keepdims: bool = False, initial: float | None = None) -> Tensor:
    """Smallest over ``axis``; not-a-number wins. Arguments as of ``max``."""
    return _extreme("min", torch.amin, a, axis, keepdims, initial)


@op("_np_all", types="_ -> bool", told=result_shapes.reduced)
def all_(data: Tensor, *, axis: OptShape = None, keepdims: bool = False) -> Tensor:
    """Whether no element is zero over ``axis``, as bool."""
    truth = data.detach() != 0
    for d in sorted(_dims("all", data, axis), reverse=True):
        truth = torch.all(truth, d, keepdims)
    return truth


@op("_np_any", aliases=("_np_sometrue",), types="_ -> bool", told=result_shapes.reduced)
def any_(data: Tensor, *, axis: OptShape = None, keepdims: bool = False) -> Tensor:
    """Whether any element is nonzero over ``axis``, as bool."""
    truth = data.detach() != 0
    for d in sorted(_dims("any", data, axis), reverse=True):
        truth = torch.any(truth, d, keepdims)
    return truth


def _count(a: Tensor, dims: Shape) -> int:
    return math.prod([a.shape[d] for d in dims])


@op("_npi_mean", types=COUNTED, told=result_shapes.reduced)
def mean(
    a: Tensor,
    *,
    axis: OptShape = None,
    dtype: DType | None = None,
    keepdims: bool = False,
    initial: float | None = None,
) -> Tensor:
    """Mean over ``axis``, of integers float32; of nothing zero, as in 1.9.1. Arguments as of ``sum``.

    ``initial`` is added to the sum before it is divided.
    """
    dims = _dims("mean", a, axis)
    wanted = TORCH[dtype] if dtype else a.dtype if a.is_floating_point() else torch.float32
    if not dims and initial is None:
        return _cast(a, wanted)
    if not a.is_floating_point() and not wanted.is_floating_point:
        total = _begun(torch.sum(a, dims, keepdims, dtype=wanted), initial, torch.add)
        return torch.div(total, max(_count(a, dims), 1), rounding_mode="trunc")
    within = torch.promote_types(a.dtype, wanted)
    within = within if within.is_floating_point else torch.float64
    if initial is None and a.numel():
        return _cast(torch.mean(a, dims, keepdims, dtype=within), wanted)
    total = _begun(torch.sum(a, dims, keepdims, dtype=within), initial, torch.add)
    return _cast(total / max(_count(a, dims), 1), wanted)


def _moments(who: str, a: Tensor, axis: OptShape, dtype: str | None, ddof: int, keepdims: bool) -> Any:
    dims = _dims(who, a, axis)
    wanted = TORCH[dtype] if dtype else a.dtype
    if a.dtype is torch.bool:
        raise DTypeError(f"{who}: data is bool; use astype()")
    source = a.to(wanted) if wanted.is_floating_point else a.double()
    if not dims:
        return torch.square(source - source) / (1 - ddof), source, wanted
    centre = torch.mean(source, dims, True)
    total = torch.sum(torch.square(source - centre), dims, keepdims)
    return total / (_count(a, dims) - ddof), centre if keepdims else centre.squeeze(dims), wanted


@op("_npi_var", outputs=("var", "mean"), visible=1, types="T -> dtype|T", told=result_shapes.reduced)
def var(
    a: Tensor, *, axis: OptShape = None, dtype: DType | None = None, ddof: int = 0, keepdims: bool = False
) -> tuple[Tensor, Tensor]:
    """Variance over ``axis``, of integers cut to their dtype; the sum of squares is divided by the count less ``ddof``.

    The second output, which is not shown, is the mean.
    """
    made, centre, wanted = _moments("var", a, axis, dtype, ddof, keepdims)
    return made.to(wanted), centre.to(wanted)


@op("_npi_std", outputs=("std", "mean"), visible=1, types="T -> dtype|T", told=result_shapes.reduced)
def std(
    a: Tensor, *, axis: OptShape = None, dtype: DType | None = None, ddof: int = 0, keepdims: bool = False
) -> tuple[Tensor, Tensor]:
    """Standard deviation over ``axis``; arguments as for ``var``. The second output, not shown, is the mean."""
    made, centre, wanted = _moments("std", a, axis, dtype, ddof, keepdims)
    return torch.sqrt(made).to(wanted), centre.to(wanted)


def _averaged(a: Any) -> tuple[str, ...]:
    return ("a", "weights") if a.weighted else ("a",)


@op("_npi_average", outputs=("output0", "output1"), visible=lambda a: 2 if a.returned else 1, inputs=_averaged)
def average(
    a: Tensor, weights: Tensor | None = None, *, axis: OptShape = None, returned: bool = False, weighted: bool = True
) -> tuple[Tensor, Tensor]:
    """Weighted mean over ``axis``, and the sums of the weights.

    Inputs:  a (...); weights like a, or of one axis, then along ``axis``
    Outputs: the mean, of integers cut to their dtype; the sums, one number where they are alike for all
    Raises:  ShapeError if the weights fit neither way
    """
    dims = _dims("average", a, axis)
    if weights is None:
        count = _count(a, dims)
        source = a if a.is_floating_point() else a.double()
        made = torch.mean(source, dims) if dims else source
        return made.to(a.dtype), a.new_full((), count)
    each = weights
    if weights.shape != a.shape:
        if len(dims) != 1 or axis is None or weights.shape != (a.shape[dims[0]],):
            raise ShapeError(
                f"average: weights has shape {tuple(weights.shape)}, expected {tuple(a.shape)} as a, or one axis as "
                f"axis={axis} of it"
            )
        weights = weights.reshape([-1 if d == dims[0] else 1 for d in range(a.dim())]).expand(a.shape)
    total = torch.sum(weights, dims)
    made = torch.sum(a * weights, dims) / total
    return made.to(a.dtype), total if each is weights else torch.sum(each)


def _position(who: str, find: Any, data: Tensor, axis: int | None, keepdims: bool) -> Tensor:
    if data.dim() == 0 and axis in (0, -1):
        axis = None
    if axis is not None:
        nth_axis(who, axis, data.dim())
    if data.numel() == 0:
        if axis is None or data.shape[axis] == 0:
            raise ShapeError(f"{who}: attempt to search an empty sequence")
        return torch.sum(data.detach(), axis, keepdims, dtype=torch.int64)
    if data.dtype is torch.bool:
        data = data.to(torch.uint8)
    made: Tensor = find(data.detach(), axis, keepdims)
    return made


@op("_npi_argmax", types="_ -> int64", told=result_shapes.reduced)
def argmax(data: Tensor, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The position of the largest element along ``axis``, or in the flattened array; int64. The first of equals."""
    return _position("argmax", torch.argmax, data, axis, keepdims)


@op("_npi_argmin", types="_ -> int64", told=result_shapes.reduced)
def argmin(data: Tensor, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The position of the smallest element along ``axis``, or in the flattened array; int64. The first of equals."""
    return _position("argmin", torch.argmin, data, axis, keepdims)


def _in_wide(a: torch.dtype | None, *q: torch.dtype | None) -> Any:
    return (a, *q), (a if a in (None, torch.float32, torch.float64) else torch.float32,)


@op("_npi_percentile", inputs=lambda a: ("a",) if a.q_scalar is not None else ("a", "q"), types=_in_wide)
def percentile(
    a: Tensor,
    q: Tensor | None = None,
    *,
    axis: OptShape = None,
    interpolation: Literal["linear", "lower", "higher", "midpoint", "nearest"] = "linear",
    keepdims: bool = False,
    q_scalar: float | None = None,
) -> Tensor:
    """The value below which ``q`` per cent of the elements over ``axis`` lie; float64 for float64, else float32.

    Inputs:  a (...); q, one or several percentages, unless ``q_scalar`` says one
    Outputs: the axes of q, then those of a that are left
    """
    dims = _dims("percentile", a, axis)
    kept = [d for d in range(a.dim()) if d not in dims]
    source = a if a.dtype in (torch.float32, torch.float64) else a.to(torch.float32)
    flat = source.permute((*kept, *dims)).reshape([a.shape[d] for d in kept] + [-1])
    share = torch.tensor(q_scalar, dtype=source.dtype, device=a.device) if q is None else q.to(source.dtype)
    made = torch.quantile(flat, share.reshape(-1) / 100, -1, interpolation=interpolation)
    left = [1 if d in dims else a.shape[d] for d in range(a.dim())] if keepdims else [a.shape[d] for d in kept]
    return made.reshape([*share.shape, *left])
