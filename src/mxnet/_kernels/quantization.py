"""Numbers in 8 bits: to and from floating point, and from the 32 bits in which products are summed.

A quantized array comes with the two ends of the range of real numbers that it stands for, each an array of one number.
For int8 and int32 the end of larger magnitude is the scale, and zero is zero; so it is for uint8, which has only the
upper half. Nothing here has a gradient: it is for networks that are trained already.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor

from mxnet._base.errors import DTypeError, ShapeError
from mxnet._ops import op

OutType: TypeAlias = Literal["auto", "int8", "uint8"]
Triple: TypeAlias = tuple[Tensor, Tensor, Tensor]

WHOLE = {torch.int8: 127.0, torch.uint8: 255.0, torch.int32: 2147483647.0}
"""By dtype: the number that stands for the end of the range."""
HALVES = {torch.int8: 127.5, torch.uint8: 255.5}
"""The same, half a step further: in most of 1.9.1's operators the end of the range is the end of the last step."""


def check_ranges(who: str, **ranges: Tensor | None) -> None:
    """Check that the ends of ranges are arrays (1,) of float32.

    Raises:
        ShapeError, DTypeError: one of them is not, or is missing.
    """
    for name, end in ranges.items():
        if end is None or end.shape != (1,):
            got = "is missing" if end is None else f"has shape {tuple(end.shape)}"
            raise ShapeError(f"{who}: Shape inconsistent, {name} {got}, expected (1,): one end of a range")
        check_dtype(who, name, end, torch.float32)


def check_dtype(who: str, name: str, data: Tensor, *expected: torch.dtype) -> None:
    """Raise DTypeError unless ``data`` is of one of the dtypes."""
    if data.dtype not in expected:
        wanted = " or ".join(str(d).removeprefix("torch.") for d in expected)
        raise DTypeError(
            f"{who}: Type inconsistent, {name} is {str(data.dtype).removeprefix('torch.')}, expected {wanted}"
        )


def size_of(low: Tensor, high: Tensor) -> Tensor:
    """The larger end of a range, without its sign."""
    return torch.maximum(low.detach().abs(), high.detach().abs())


def per_range(levels: float, size: Tensor) -> Tensor:
    """How many steps make one; 0 for a range without width, in which everything is zero."""
    return torch.where(size > 0, number(size, levels) / size, size)  # a number / an array would be rounded twice


def rescale(levels: float, size: Tensor, given: torch.dtype, given_size: Tensor) -> Tensor:
    """The factor that takes numbers of the dtype ``given`` and its range to ``levels`` in a range of ``size``.

    It is computed in 1.9.1's order, so that halves are rounded as there.
    """
    return per_range(levels, size) / (number(size, HALVES[given]) / given_size)


def rounded(data: Tensor, dtype: torch.dtype) -> Tensor:
    """``data``, a float32 array used nowhere else, as whole numbers of ``dtype``: halves to even, ends cut off."""
    if dtype is torch.int32:  # float32 has no 2^31 - 1
        return data.round_().to(torch.float64).clamp_(-2147483648.0, 2147483647.0).to(dtype)
    ends = torch.iinfo(dtype)
    return data.round_().clamp_(ends.min, ends.max).to(dtype)


def number(like: Tensor, value: float) -> Tensor:
    """``value`` as an end of a range, where ``like`` is."""
    return torch.full((1,), value, dtype=torch.float32, device=like.device)


def chosen(out_type: str, low: float | None, high: float | None) -> torch.dtype:
    """The dtype that ``out_type`` stands for: ``auto`` is uint8 if a range is given that has nothing below zero."""
    if out_type == "auto":
        return torch.uint8 if low is not None and high is not None and low >= 0 else torch.int8
    return torch.uint8 if out_type == "uint8" else torch.int8


def kept(low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """An unchanged range as results: copies, without gradients."""
    return low.detach().clone(), high.detach().clone()


@op("_contrib_quantize", outputs=("output0", "output1", "output2"))
def quantize(
    data: Tensor, min_range: Tensor, max_range: Tensor, *, out_type: Literal["int8", "uint8"] = "uint8"
) -> Triple:
    """``data`` in 8 bits, the larger end of the range being 127, or 255 of uint8.

    Inputs:  data (...) float32; min_range, max_range (1,) float32
    Attrs:   out_type; in uint8 what is below zero becomes zero
    Outputs: like data in out_type; the ends of its range (1,): of int8 as far from zero as each other
    Raises:  DTypeError unless all is float32; ShapeError unless ranges are (1,)
    Source:  behaviour of MXNet 1.9.1, except for a range without width, which makes zeros
    """
    check_dtype("quantize", "data", data, torch.float32)
    check_ranges("quantize", min_range=min_range, max_range=max_range)
    dtype = chosen(out_type, None, None)
    size = size_of(min_range, max_range)
    made = rounded(data.detach() * per_range(WHOLE[dtype], size), dtype)
    return (made, -size, size) if dtype is torch.int8 else (made, *kept(min_range, max_range))


def _ends(data: Tensor, low: float | None, high: float | None) -> tuple[Tensor, Tensor]:
    """Those given, or else those of the data."""
    if low is not None and high is not None:
        return number(data, low), number(data, high)
    if data.dtype in HALVES:
        size = HALVES[data.dtype]
        return number(data, -size if data.dtype is torch.int8 else 0.0), number(data, size)
    ends = torch.aminmax(data.detach())
    return ends.min.view(1), ends.max.view(1)


@op("_contrib_quantize_v2", outputs=("output0", "output1", "output2"))
def quantize_v2(
    data: Tensor,
    *,
    out_type: OutType = "int8",
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> Triple:
    """``data`` in 8 bits, the larger end of the range being 127.5, or 255.5 of uint8.

    Inputs:  data (...) float32; or int8 or uint8, which has been quantized before and stays as it is
    Attrs:   min_calib_range, max_calib_range, the range; that of data unless both are given. out_type, of which auto
             is uint8 if they are given and min_calib_range is not negative, else int8
    Outputs: like data in out_type; the ends of its range (1,): of int8 as far from zero as each other, unless
             data has been quantized before
    Raises:  DTypeError for another dtype
    Source:  behaviour of MXNet 1.9.1, except for a range without width, which makes zeros, and for numbers of 8 bits
             that out_type does not have: here the nearest that it has
    """
    check_dtype("quantize_v2", "data", data, torch.float32, torch.int8, torch.uint8)
    dtype = chosen(out_type, min_calib_range, max_calib_range)
    low, high = _ends(data, min_calib_range, max_calib_range)
    if data.dtype is not torch.float32:
        if data.dtype is not dtype:
            data = data.clamp(min=0) if dtype is torch.uint8 else data.clamp(max=127)
        return data.to(dtype), low, high
    size = size_of(low, high)
    made = rounded(data.detach() * per_range(HALVES[dtype], size), dtype)
    return (made, -size, size) if dtype is torch.int8 else (made, low, high)


@op("_contrib_quantize_asym", outputs=("output", "scale", "shift"))
def quantize_asym(
    data: Tensor, *, min_calib_range: float | None = None, max_calib_range: float | None = None
) -> Triple:
    """``data * scale + shift`` in uint8, the ends of the range being 0 and 255.

    Inputs:  data (...) float32
    Attrs:   min_calib_range, max_calib_range, the range; that of data unless both are given
    Outputs: like data in uint8; scale and shift, (1,) float32 each: 255 / (max - min) and 255 - max * scale
    Raises:  DTypeError unless data is float32
    Source:  documentation of MXNet 1.9.1, which ends the process instead. Of a range without width the scale is 1
    """
    check_dtype("quantize_asym", "data", data, torch.float32)
    low, high = _ends(data, min_calib_range, max_calib_range)
    width = high - low
    scale = torch.where(width > 0, number(width, 255.0) / width, 1.0)
    shift = 255.0 - high * scale
    made = torch.addcmul(shift, data.detach(), scale).add_(0.5).floor_().clamp_(0, 255)
    return made.to(torch.uint8), scale, shift


@op("_contrib_dequantize")
def dequantize(
    data: Tensor, min_range: Tensor, max_range: Tensor, *, out_type: Literal["float32"] = "float32"
) -> Tensor:
    """``data`` of 8 bits in floating point, 127.5, or 255.5 of uint8, being the larger end of the range.

    Inputs:  data (...) int8 or uint8; min_range, max_range (1,) float32
    Attrs:   out_type, the only one there is
    Outputs: like data in float32
    Raises:  DTypeError; ShapeError unless ranges are (1,)
    Source:  behaviour of MXNet 1.9.1
    """
    check_dtype("dequantize", "data", data, torch.int8, torch.uint8)
    check_ranges("dequantize", min_range=min_range, max_range=max_range)
    return data.detach().to(torch.float32).mul_(size_of(min_range, max_range) / HALVES[data.dtype])


@op("_contrib_requantize", outputs=("output0", "output1", "output2"))
def requantize(
    data: Tensor,
    min_range: Tensor,
    max_range: Tensor,
    *,
    out_type: OutType = "int8",
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> Triple:
    """``data`` of 32 bits in 8.

    Inputs:  data (...) int32, 2^31 - 1 being the larger end of the range; min_range, max_range (1,) float32
    Attrs:   min_calib_range, max_calib_range, the range of the result, 127, or 255 of uint8, being its larger end;
             that of data unless both are given. out_type, of which auto is uint8 if they are given and
             min_calib_range is not negative, else int8
    Outputs: like data in out_type; the ends of its range (1,): as far from zero as each other, or from zero of uint8
    Raises:  DTypeError; ShapeError unless ranges are (1,)
    Source:  behaviour of MXNet 1.9.1, except for a range without width, which makes zeros, and for -2^31 in data
             without a given range, which turns all signs there
    """
    check_dtype("requantize", "data", data, torch.int32)
    check_ranges("requantize", min_range=min_range, max_range=max_range)
    dtype = chosen(out_type, min_calib_range, max_calib_range)
    unit = size_of(min_range, max_range) / WHOLE[torch.int32]
    if min_calib_range is not None and max_calib_range is not None:
        size = number(data, max(abs(min_calib_range), abs(max_calib_range)))
    else:
        ends = torch.aminmax(data)
        size = size_of(ends.min.view(1).to(torch.float32), ends.max.view(1).to(torch.float32)) * unit
    made = rounded(data.to(torch.float32).mul_(unit * per_range(WHOLE[dtype], size)), dtype)
    return made, -size if dtype is torch.int8 else torch.zeros_like(size), size
