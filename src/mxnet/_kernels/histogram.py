"""Counts of values by bin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError, ShapeError
from mxnet._ops import Floats, op


def _edges(low: float, high: float, count: int, like: Tensor) -> Tensor:
    steps = torch.arange(count + 1, dtype=torch.float64, device=like.device)
    edges = low + steps * ((high - low) / count if count else float("nan"))
    if count:
        edges[-1] = high
    return edges.to(like.dtype)


def _inputs(a: Any) -> tuple[str, ...]:
    return ("data", "bins") if a.bin_cnt is None else ("data",)


def _types(*dtypes: torch.dtype | None) -> tuple[Sequence[torch.dtype | None], Sequence[torch.dtype | None]]:
    common = next((d for d in dtypes if d is not None), None)
    return [common for _ in dtypes], (torch.int64, common)


_BLOCK = 1 << 16


def _even(data: Tensor, low: float, high: float, count: int) -> bool:
    """Whether edges are so far apart, in the digits of ``data``, that the bin next to the right one can be computed."""
    if data.dtype not in (torch.float32, torch.float64) or not count:
        return False
    return (high - low) / count > 8 * torch.finfo(data.dtype).eps * max(abs(low), abs(high))


def _counted(values: Tensor, edges: Tensor, low: float, high: float) -> Tensor:
    """Counts for even edges, block by block. A bin that is computed and held against its edges takes a quarter of the
    time of a search."""
    count = len(edges) - 1
    edges = edges.clone()
    edges[-1] = torch.nextafter(edges[-1], edges.new_tensor(torch.inf))  # the last has both
    found = torch.zeros(count + 2, dtype=torch.int64, device=values.device)
    for part in values.split(_BLOCK):
        guess = part.sub(low).mul_(count / (high - low)).nan_to_num_(-1.0).clamp_(0, count - 1).int()
        # place 0 is below the first edge, count + 1 above the last; what is no number is not above any
        place = guess + (part >= edges.index_select(0, guess))
        place += part >= edges[1:].index_select(0, guess)
        found += torch.bincount(place, minlength=count + 2)
    return found[1:-1]


@op("_histogram", inputs=_inputs, outputs=("output0", "output1"), types=_types)
def histogram(
    data: Tensor, bins: Tensor | None = None, *, bin_cnt: int | None = None, range: Floats | None = None
) -> tuple[Tensor, Tensor]:
    """How many values fall into each bin: from its lower edge up to, not including, the upper; the last includes both.

    Inputs:  data (...); bins (B + 1,), the edges in rising order and the dtype of data, unless bin_cnt is given
    Attrs:   bin_cnt, so many bins of equal width in range (low, high); neither or both are given
    Outputs: counts (B,), int64; edges (B + 1,) in the dtype of data. No gradient
    Raises:  ArgumentError for a wrong bin_cnt or range; ShapeError, DTypeError for wrong bins
    Source:  behaviour of MXNet 1.9.1
    """
    if (bin_cnt is None) != (range is None):
        raise ArgumentError(f"_histogram: bin_cnt is {bin_cnt} and range {range}: both or neither should be given")
    if bin_cnt is not None and range is not None:
        if len(range) != 2 or not range[0] <= range[1]:
            raise ArgumentError(f"_histogram: range is {range}, expected (low, high) with low <= high")
        if bin_cnt < 0:
            raise ArgumentError(f"_histogram: bin_cnt is {bin_cnt}, expected how many bins to make")
        bins = _edges(range[0], range[1], bin_cnt, data)
    elif bins is None:
        raise InputTypeError("_histogram: input bins is missing; give the edges, or bin_cnt and range")
    if bins.dim() != 1 or not len(bins):
        raise ShapeError(f"_histogram: bins has shape {tuple(bins.shape)}, expected (B + 1,), the edges of the bins")
    if bins.dtype is not data.dtype:
        raise DTypeError(
            f"_histogram: bins is {bins.dtype}, expected {data.dtype} as data; use astype() on one of them"
        )
    count = len(bins) - 1
    if data.is_meta:
        return data.new_empty(count, dtype=torch.int64), bins
    values, edges = data.detach().flatten(), bins.detach()
    if not count:
        return values.new_zeros(0, dtype=torch.int64), edges.clone()
    if range is not None and _even(values, range[0], range[1], count):
        return _counted(values, edges, range[0], range[1]), edges.clone()
    # place 0 is below the first edge, count + 1 from the last one on
    places = torch.bucketize(values, edges, right=True)
    places = torch.where(values == edges[-1], count, places)
    if values.is_floating_point():
        places = torch.where(values.isnan(), 0, places)
    return torch.bincount(places, minlength=count + 2)[1 : count + 1], edges.clone()
