"""Order: sort, argsort, topk.

Positions come as float32 unless a dtype is asked for. Equal elements keep their order, except in ``topk`` of a long
axis, where the order of equals is not specified.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from mxnet._base.errors import ShapeError
from mxnet._kernels import result_shapes
from mxnet._kernels.reduce import along
from mxnet._ops import DType, Shape, op
from mxnet._runtime.dtypes import TORCH

_SORT_UP_TO = 64
"""Axes up to this size are sorted, which keeps the order of equals; on longer ones selection is much faster."""


def _topk_names(a: Any) -> tuple[str, ...]:
    both = ("output0", "output1")
    return both if a.ret_typ == "both" else both[:1] if a.ret_typ == "value" else ("output",)


def _select(data: Tensor, axis: int, k: int, is_ascend: bool) -> tuple[Tensor, Tensor]:
    size = data.shape[axis]
    if k == 1:
        values, places = torch.min(data, axis, True) if is_ascend else torch.max(data, axis, True)
        return values, places
    if size <= _SORT_UP_TO or 2 * k > size:
        values, places = torch.sort(data, dim=axis, descending=not is_ascend, stable=True)
        return (values, places) if k == size else (values.narrow(axis, 0, k), places.narrow(axis, 0, k))
    values, places = torch.topk(data, k, axis, not is_ascend, True)
    return values, places


def _told_topk(data: Shape, *, axis: int | None, k: int, ret_typ: str, **_: Any) -> Shape | None:
    flat = result_shapes.along(data, axis=axis)
    if flat is None or 0 in data:
        return None
    at = 0 if axis is None else axis % len(flat)
    if k > flat[at]:
        return None
    return data if ret_typ == "mask" else (*flat[:at], k if k >= 1 else flat[at], *flat[at + 1 :])


@op("topk", outputs=_topk_names, told=_told_topk)
def topk(
    data: Tensor,
    *,
    axis: int | None = -1,
    k: int = 1,
    ret_typ: Literal["both", "indices", "mask", "value"] = "indices",
    is_ascend: bool = False,
    dtype: DType = DType("float32"),
) -> Tensor | tuple[Tensor, Tensor]:
    """The ``k`` largest (with ``is_ascend`` smallest) elements along an axis, best first.

    Inputs:  data (...)
    Attrs:   axis, None for the flattened array; k, below one for all; ret_typ, what to return: values, their
             positions, both, or a mask of ones and zeros like data; dtype of the positions
    Outputs: data with ``axis`` of size k; like data for the mask
    Raises:  ShapeError if k exceeds the axis, or the axis is not there
    """
    flat, at = along("topk", data, axis)
    size = flat.shape[at] if flat.dim() else 1
    if k > size:
        raise ShapeError(f"topk: k={k} exceeds the size {size} of axis {axis} of data {tuple(data.shape)}")
    values, places = _select(flat, at, k if k >= 1 else size, is_ascend)
    if ret_typ == "mask":
        return torch.zeros_like(flat.detach()).scatter_(at, places, 1).reshape(data.shape)
    if ret_typ == "value":
        return values
    numbers = places.to(TORCH[dtype])
    return numbers if ret_typ == "indices" else (values, numbers)


@op("sort", outputs=("output0",), unseen=1, told=result_shapes.along)
def sort(data: Tensor, *, axis: int | None = -1, is_ascend: bool = True) -> Tensor:
    """The elements in order along an axis.

    Inputs:  data (...)
    Attrs:   axis, None for the flattened array; is_ascend
    Outputs: like data, one-dimensional without axis
    Raises:  ShapeError if the axis is not there
    """
    flat, at = along("sort", data, axis)
    return torch.sort(flat, dim=at, descending=not is_ascend, stable=True)[0]


@op("argsort", told=result_shapes.along)
def argsort(data: Tensor, *, axis: int | None = -1, is_ascend: bool = True, dtype: DType = DType("float32")) -> Tensor:
    """The positions that would sort ``data`` along an axis, as numbers of ``dtype``. Arguments as of ``sort``."""
    flat, at = along("argsort", data, axis)
    return torch.argsort(flat, dim=at, descending=not is_ascend, stable=True).to(TORCH[dtype])
