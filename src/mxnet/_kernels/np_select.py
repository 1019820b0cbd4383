"""Operators of ``mx.np`` that choose, find, insert and remove elements."""

from __future__ import annotations

import re
from typing import Any, Literal

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, ShapeError, ValuesNeeded
from mxnet._ops import op
from mxnet._runtime.engine import ValueFailure
from mxnet._runtime.state import state

from . import result_shapes
from .broadcast import same_dtype
from .reduce import along

OptInt = int | None


def _truth(condition: Tensor) -> Tensor:
    return condition if condition.dtype is torch.bool else condition != 0


def _scalar(value: float, like: Tensor) -> Tensor:
    cut = value if like.is_floating_point() else int(value)
    return torch.full((), cut, dtype=like.dtype, device=like.device)


@op("_npi_where", types="_ T -> T", told=result_shapes.broadcast)
def where(condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Elements of ``x`` where the condition is not zero, else of ``y``; axes of size 1 are repeated to fit."""
    same_dtype("where", x, y)
    return torch.where(_truth(condition), x, y)


@op("_npi_where_lscalar", types="_ T -> T", told=result_shapes.broadcast)
def where_lscalar(condition: Tensor, x: Tensor, *, scalar: float = 0.0) -> Tensor:
    """``scalar``, in the dtype of ``x``, where the condition is not zero, else elements of ``x``."""
    return torch.where(_truth(condition), _scalar(scalar, x), x)


@op("_npi_where_rscalar", types="_ T -> T", told=result_shapes.broadcast)
def where_rscalar(condition: Tensor, y: Tensor, *, scalar: float = 0.0) -> Tensor:
    """Elements of ``y`` where the condition is not zero, else ``scalar`` in their dtype."""
    return torch.where(_truth(condition), y, _scalar(scalar, y))


@op("_npi_where_scalar2", types="_ -> float32", told=result_shapes.broadcast)
def where_scalar2(condition: Tensor, *, x: float = 0.0, y: float = 0.0) -> Tensor:
    """``x`` where the condition is not zero, else ``y``; float32."""
    left, right = (torch.full((), v, dtype=torch.float32, device=condition.device) for v in (x, y))
    return torch.where(_truth(condition), left, right)


class Violated(ValueFailure, ValueError):
    """A constraint that is not met."""


class BadIndices(ArgumentError, IndexError):
    """Places out of range. This is raised at once, as the shape of the result depends on them."""


def _needs_values(who: str) -> None:
    if state.tracing:
        raise ValuesNeeded(f"{who}: the shape of the result depends on values; it is known only when they are")


@op("_npx_nonzero", aliases=("_npi_nonzero",), types="_ -> int64")
def nonzero(x: Tensor) -> Tensor:
    """The indices of the nonzero elements, one row for each; int64. The number of rows depends on the values."""
    _needs_values("nonzero")
    return torch.nonzero(x.reshape(1) if x.dim() == 0 else x)


@op("_npx_constraint_check", types="_ -> bool")
def constraint_check(input: Tensor, *, msg: str = "Constraint violated.") -> Tensor:
    """True if all of ``input`` is; otherwise an error that says ``msg``."""
    made = torch.all(_truth(input))
    if not state.tracing and not bool(made):
        raise Violated(msg)
    return made


def _found(a: Any) -> tuple[str, ...]:
    count = 1 + a.return_index + a.return_inverse + a.return_counts
    return ("output",) if count == 1 else tuple(f"output{i}" for i in range(count))


@op("_npi_unique", outputs=_found, types="T -> T int64")
def unique(
    data: Tensor,
    *,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: OptInt = None,
) -> Tensor | tuple[Tensor, ...]:
    """The different elements, or slices along ``axis``, in order.

    Outputs: these; then, if asked for, int64: where each occurs first, which of them each element is, how often each
             occurs
    """
    _needs_values("unique")
    flat, dim = along("unique", data.detach(), axis)
    # without an axis torch sorts the elements; slices it would compare, which is a hundred times slower
    by = None if axis is None else dim
    made, inverse, counts = torch.unique(flat, return_inverse=True, return_counts=True, dim=by)
    found = [made]
    if return_index:
        places = torch.arange(flat.shape[dim], device=data.device)
        first = torch.full((made.shape[dim],), flat.shape[dim], device=data.device)
        found.append(first.scatter_reduce(0, inverse, places, "amin"))
    found += [inverse] * return_inverse + [counts] * return_counts
    return found[0] if len(found) == 1 else tuple(found)


def _weighed(a: Any) -> tuple[str, ...]:
    return ("data", "weights") if a.has_weights else ("data",)


@op("_npi_bincount", inputs=_weighed)
def bincount(data: Tensor, weights: Tensor | None = None, *, minlength: int = 0, has_weights: bool = False) -> Tensor:
    """How often each whole number is in ``data``, or the sum of its weights; at least ``minlength`` numbers."""
    _needs_values("bincount")
    if data.is_floating_point() or data.dim() != 1:
        raise DTypeError(f"bincount: data is {data.dtype} {tuple(data.shape)}, expected integers along one axis")
    if data.numel() and int(data.min()) < 0:
        raise BadIndices("bincount: data has negative numbers, expected 0 or more")
    if weights is not None and weights.shape != data.shape:
        raise ShapeError(f"bincount: weights has shape {tuple(weights.shape)}, expected {tuple(data.shape)} as data")
    made = torch.bincount(data, weights, minlength)
    return made.to(data.dtype if weights is None else weights.dtype)


# -- taking out and putting in ---------------------------------------------------------------------------------------


def _places(
    who: str, size: int, obj: Tensor | None, start: OptInt, stop: OptInt, step: OptInt, one: OptInt
) -> list[int] | Tensor:
    """The chosen places: a number, a slice, or the numbers (or a mask) in an array."""
    if obj is not None:
        if obj.dtype is torch.bool:
            return torch.nonzero(obj).reshape(-1)
        index = obj.reshape(-1).long()
        return index if who == "delete" else torch.where(index < 0, index + size, index)
    if one is not None:
        if not -size <= one < size + (who == "insert"):
            raise ShapeError(f"{who}: index {one} is out of bounds for an axis of size {size}")
        return [one + size if one < 0 else one]
    return list(range(*slice(start, stop, step).indices(size)))


def _taken(a: Any) -> tuple[str, ...]:
    said = a.int_ind is not None or a.start is not None or a.stop is not None or a.step is not None
    return ("arr",) if said else ("arr", "obj")


@op("_npi_delete", inputs=_taken, types="T _ -> T")
def delete(
    arr: Tensor,
    obj: Tensor | None = None,
    *,
    start: OptInt = None,
    stop: OptInt = None,
    step: OptInt = None,
    int_ind: OptInt = None,
    axis: OptInt = None,
) -> Tensor:
    """Without the elements at ``int_ind``, in the slice, or at the places in ``obj``, along ``axis`` or flattened.

    Places in ``obj`` that are out of range, and negative ones, are ignored, as in 1.9.1.
    """
    if obj is not None:
        _needs_values("delete")
    arr, dim = along("delete", arr, axis)
    size = arr.shape[dim]
    places = _places("delete", size, obj, start, stop, step, int_ind)
    gone = places.tolist() if isinstance(places, Tensor) else places
    left = sorted(set(range(size)) - set(gone))
    return arr.index_select(dim, torch.tensor(left, dtype=torch.int64, device=arr.device))


def _put(arr: Tensor, dim: int, places: list[int] | Tensor, values: Tensor, one: bool) -> Tensor:
    """``values`` before the elements at ``places``; at a single one, as many of them as they have along the axis."""
    values = values.to(arr.dtype)
    values = values.reshape([1] * (arr.dim() - values.dim()) + list(values.shape))
    if one:
        values = values.movedim(0, dim)
    index = torch.as_tensor(places, dtype=torch.int64, device=arr.device)
    if index.numel() == 1:
        index = index.expand(values.shape[dim])
    shape = list(arr.shape)
    shape[dim] = index.numel()
    joined = torch.cat([values.expand(shape), arr], dim)
    keys = torch.cat([index * 2, torch.arange(arr.shape[dim], device=arr.device) * 2 + 1])
    return joined.index_select(dim, torch.argsort(keys, stable=True))


def _number_or_array(arr: Tensor, values: Tensor | None, val: float | None) -> Tensor:
    if values is not None:
        return values
    if val is None:
        raise ArgumentError("insert: neither values nor val say what to insert")
    return _scalar(val, arr)


def _inserted(a: Any) -> tuple[str, ...]:
    return ("arr",) if a.val is not None else ("arr", "values")


def _insert(
    arr: Tensor,
    values: Tensor | None = None,
    *,
    val: float | None = None,
    start: OptInt = None,
    stop: OptInt = None,
    step: OptInt = None,
    int_ind: OptInt = None,
    axis: OptInt = None,
) -> Tensor:
    """``val`` or ``values`` put before the element at ``int_ind``, or before those in the slice, along ``axis`` or
    flattened."""
    source, dim = along("insert", arr, axis)
    places = _places("insert", source.shape[dim], None, start, stop, step, int_ind)
    return _put(source, dim, places, _number_or_array(arr, values, val), int_ind is not None)


op("_npi_insert_scalar", inputs=_inserted, types="T _ -> T")(_insert)
op("_npi_insert_slice", inputs=_inserted, types="T _ -> T")(_insert)


def _inserted_at(a: Any) -> tuple[str, ...]:
    return ("arr", "values", "obj")[: 2 if a.val is not None else 3]


@op("_npi_insert_tensor", inputs=_inserted_at, types="T _ -> T")
def insert_tensor(
    arr: Tensor,
    values: Tensor | None = None,
    obj: Tensor | None = None,
    *,
    val: float | None = None,
    start: OptInt = None,
    stop: OptInt = None,
    step: OptInt = None,
    int_ind: OptInt = None,
    axis: OptInt = None,
) -> Tensor:
    """``val`` or ``values`` put before the elements at the places in ``obj``, along ``axis`` or flattened.

    Without ``values`` the second input is ``obj``. ``start``, ``stop``, ``step`` and ``int_ind`` have no effect.
    """
    obj = values if obj is None else obj
    source, dim = along("insert", arr, axis)
    places = _places("insert", source.shape[dim], obj, None, None, None, None)
    if not state.tracing and len(places) and not 0 <= int(min(places)) <= int(max(places)) <= source.shape[dim]:
        raise BadIndices(f"insert: an index is out of bounds for an axis of size {source.shape[dim]}")
    return _put(source, dim, places, _number_or_array(arr, None if val is not None else values, val), False)


_MODES = Literal["constant", "edge", "maximum", "minimum", "reflect", "symmetric"]


def _source(size: int, before: int, after: int, mode: str, device: Any) -> Tensor:
    """For each element of the padded axis, which one of the axis it is."""
    index = torch.arange(-before, size + after, device=device)
    if mode == "edge":
        return index.clamp(0, size - 1)
    if mode == "symmetric":
        index = torch.remainder(index, 2 * size)
        return torch.where(index < size, index, 2 * size - 1 - index)
    around = max(2 * (size - 1), 1)
    index = torch.remainder(index, around)
    return torch.where(index < size, index, around - index)


@op("_npi_pad")
def pad(
    data: Tensor,
    *,
    pad_width: str,
    mode: _MODES = "constant",
    constant_value: float = 0.0,
    reflect_type: str = "even",
) -> Tensor:
    """Make axes longer at both ends.

    Attrs:   pad_width, for each axis how much before and after; mode, what with: constant_value, the element at the
             edge, the largest or smallest along the axis, or the elements mirrored with the edge (symmetric) or
             without; reflect_type, even alone
    """
    widths = _widths(pad_width, data.dim())
    if reflect_type != "even":
        raise ArgumentError(f"pad: unsupported reflect_type {reflect_type!r}, expected 'even'")
    if mode == "constant":
        value = constant_value if data.is_floating_point() else int(constant_value)
        flat = [n for pair in reversed(widths) for n in pair]
        return torch.nn.functional.pad(data, flat, value=value)
    for dim, (before, after) in enumerate(widths):
        size = data.shape[dim]
        if not before and not after:
            continue
        if not size:
            raise ShapeError(f"pad: can't extend empty axis {dim} using modes other than 'constant'")
        if mode in ("maximum", "minimum"):
            found = (torch.amax if mode == "maximum" else torch.amin)(data, dim, True)
            shape = list(data.shape)
            parts = [found.expand([*shape[:dim], n, *shape[dim + 1 :]]) for n in (before, after)]
            data = torch.cat([parts[0], data, parts[1]], dim)
        else:
            data = data.index_select(dim, _source(size, before, after, mode, data.device))
    return data


def _widths(text: str, axes: int) -> list[tuple[int, int]]:
    """Pairs from text as ``((1, 1), (0, 2))``; one pair, or one number, stands for all axes."""
    numbers = [int(n) for n in re.findall(r"-?\d+", text)]
    if len(numbers) == 1:
        numbers *= 2
    if len(numbers) == 2:
        numbers *= axes
    if len(numbers) != 2 * axes or min(numbers, default=0) < 0:
        raise ShapeError(f"pad: pad_width is {text}, expected two numbers of 0 or more for each of {axes} axes")
    return list(zip(numbers[::2], numbers[1::2], strict=True))


# -- memory and masks ------------------------------------------------------------------------------------------------


@op("_npi_share_memory", types="_ -> bool")
def share_memory(a: Tensor, b: Tensor) -> Tensor:
    """Whether both are in the same memory, as a bool without axes."""
    return torch.full((), overlap(a, b), dtype=torch.bool, device=a.device)


def _extent(a: Tensor) -> range:
    """The bytes from the first element to the last."""
    last = sum((n - 1) * step for n, step in zip(a.shape, a.stride(), strict=True))
    return range(a.data_ptr(), a.data_ptr() + (last + 1) * a.element_size())


def overlap(a: Tensor, b: Tensor) -> bool:
    """Whether the stretches of memory that two tensors lie in have bytes in common."""
    if a.is_meta or b.is_meta or a.device != b.device or not a.numel() or not b.numel():
        return False
    left, right = _extent(a), _extent(b)
    return left.start < right.stop and right.start < left.stop


def _masked(data: Tensor, mask: Tensor, start_axis: int) -> Tensor:
    """The mask with an axis for each of ``data``."""
    end = start_axis + mask.dim()
    if tuple(mask.shape) != tuple(data.shape[start_axis:end]):
        raise ShapeError(
            f"the mask has shape {tuple(mask.shape)}, expected {tuple(data.shape[start_axis:end])} as axes "
            f"{start_axis} to {end} of {tuple(data.shape)}"
        )
    return _truth(mask).reshape([1] * start_axis + list(mask.shape) + [1] * (data.dim() - end))


@op("_npi_boolean_mask_assign_scalar", mutates=("data",), types="T _ -> T")
def boolean_mask_assign_scalar(data: Tensor, mask: Tensor, *, value: float = 0.0, start_axis: int = 0) -> Tensor:
    """Write ``value`` where the mask, of axes from ``start_axis`` on, is true."""
    return data.masked_fill_(_masked(data, mask, start_axis), value)


@op("_npi_boolean_mask_assign_tensor", mutates=("data",), types="T _ T -> T")
def boolean_mask_assign_tensor(data: Tensor, mask: Tensor, value: Tensor, *, start_axis: int = 0) -> Tensor:
    """Write ``value``, which has one axis in the place of those of the mask, where the mask is true."""
    places = (slice(None),) * start_axis + (_truth(mask),)
    _masked(data, mask, start_axis)
    if not data.is_meta:
        data[places] = value.to(data.dtype)
    return data
