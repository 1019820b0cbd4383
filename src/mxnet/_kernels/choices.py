"""Draws from given elements: indices by their probabilities, an array's slices, different classes."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, ShapeError
from mxnet._ops import Shape, op
from mxnet._runtime.context import device_for
from mxnet._runtime.dtypes import TORCH
from mxnet._runtime.random import generator
from mxnet._runtime.state import np_shape_active

from .creation import known_shape
from .draws import choose

_EXACT = {"uint8": 2**8, "float16": 2**11, "float32": 2**24, "int32": 2**31, "float64": 2**53}


@op(
    "_sample_multinomial",
    aliases=("sample_multinomial",),
    random=True,
    outputs=lambda a: ("output0", "output1") if a.get_prob else ("output",),
)
def sample_multinomial(
    data: Tensor,
    *,
    shape: Shape = (),
    get_prob: bool = False,
    dtype: Literal["float16", "float32", "float64", "int32", "uint8"] = "int32",
) -> Any:
    """Indices into the last axis of ``data``, which holds their probabilities.

    Inputs:  data (..., K) floating point; rows that do not add up to 1 are scaled, where 1.9.1 gives wrong indices
    Outputs: indices (..., shape), or (1,) for one distribution and no shape, of ``dtype``; with get_prob also the
             logarithms of ``data`` at these indices, through which gradients flow
    Raises:  DTypeError for integer data; ArgumentError if ``dtype`` can not hold K - 1 (1.9.1 checks float32 alone);
             on the CPU, MXNetError at the wait for a row that is negative somewhere or adds up to 0
    """
    name = "_sample_multinomial"
    if not data.is_floating_point():
        raise DTypeError(f"{name}: data is {data.dtype}; this operation only supports floating point types")
    if data.dim() == 0 or data.shape[-1] == 0:
        raise ShapeError(f"{name}: data has shape {tuple(data.shape)}; expected a last axis of probabilities")
    classes = data.shape[-1]
    if classes > _EXACT[dtype]:
        raise ArgumentError(f"{name}: indices up to {classes - 1} do not fit into {dtype}; choose a wider dtype")
    batch = data.shape[:-1]
    size = (*batch, *shape) or (() if np_shape_active() else (1,))
    if data.is_meta:
        index = torch.empty(size, dtype=TORCH[dtype], device=data.device)
        return (index, torch.empty(size, dtype=data.dtype, device=data.device)) if get_prob else index
    flat = data.detach().reshape(-1, classes)
    index = choose(name, flat, math.prod(shape))
    drawn = index.reshape(size).to(TORCH[dtype])
    if not get_prob:
        return drawn
    return drawn, data.reshape(-1, classes).gather(1, index).reshape(size).log()


@op("_shuffle", aliases=("shuffle",), random=True)
def shuffle(data: Tensor) -> Tensor:
    """The slices of ``data`` along its first axis, in random order."""
    if data.is_meta or data.dim() == 0:
        return torch.empty_like(data) if data.is_meta else data.clone()
    return data.index_select(0, torch.randperm(data.shape[0], generator=generator(data.device), device=data.device))


@op(
    "_sample_unique_zipfian",
    outputs=("output0", "output1"),
    random=True,
    types=lambda: ([], [torch.int64, torch.int64]),
)
def sample_unique_zipfian(*, range_max: int, shape: Shape | None = None) -> tuple[Tensor, Tensor]:
    """For each row different classes below ``range_max``, drawn by P(c) = log((c + 2) / (c + 1)) / log(range_max + 1).

    Attrs:   shape, (rows, classes a row)
    Outputs: the classes, int64; how many draws each row took, (rows,) int64
    Raises:  ShapeError if shape is not two sizes; ArgumentError if there are not that many classes
    """
    name = "_sample_unique_zipfian"
    if shape is None or len(shape) != 2:
        raise ShapeError(f"{name}: shape is {shape}; expected (rows, classes a row)")
    rows, count = known_shape(name, shape)
    if count > range_max:
        raise ArgumentError(f"{name}: {count} different classes do not exist below range_max={range_max}")
    device = device_for("")
    if device.type == "meta":
        return torch.empty(shape, dtype=torch.int64, device=device), torch.empty(rows, dtype=torch.int64, device=device)
    found = [_first_different(count, range_max) for _ in range(rows)]
    classes = torch.stack([f[0] for f in found]).to(device)
    return classes, torch.tensor([f[1] for f in found], dtype=torch.int64, device=device)


def _first_different(count: int, range_max: int) -> tuple[Tensor, int]:
    """The first ``count`` different classes of a sequence of draws, and how many draws that took."""
    host = torch.device("cpu")
    draws = torch.empty(0, dtype=torch.int64)
    while True:
        more = torch.empty(max(2 * count, draws.numel()), dtype=torch.float64).uniform_(generator=generator(host))
        fresh = more.mul_(math.log(range_max + 1)).exp_().to(torch.int64).sub_(1).clamp_(0, range_max - 1)
        draws = torch.cat([draws, fresh])
        values, inverse = draws.unique(return_inverse=True)
        if values.numel() >= count:
            place = torch.arange(draws.numel())
            first = torch.full(values.shape, draws.numel()).scatter_reduce_(0, inverse, place, "amin").sort().values
            first = first[:count]
            return draws[first], int(first[-1]) + 1
