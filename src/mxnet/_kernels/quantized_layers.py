"""Layers without weights, sums and products, on arrays of 8 bits with their ranges; see ``quantization.py``."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, InputTypeError, ShapeError
from mxnet._kernels.nn import Sizes, embedding
from mxnet._kernels.pooling import pooling
from mxnet._kernels.quantization import (
    HALVES,
    WHOLE,
    Triple,
    check_dtype,
    check_ranges,
    kept,
    number,
    per_range,
    rescale,
    rounded,
    size_of,
)
from mxnet._ops import DType, Positive, Shape, op

OUTPUTS = ("output", "min_output", "max_output")
_BYTES = (torch.int8, torch.uint8)
_FLOAT32 = DType("float32")
EXACT = 1 << 24
"""float32 can represent every whole number up to here."""


@op("_contrib_quantized_act", outputs=OUTPUTS)
def quantized_act(
    data: Tensor,
    min_data: Tensor,
    max_data: Tensor,
    *,
    act_type: Literal["relu", "sigmoid", "softrelu", "softsign", "tanh"],
) -> Triple:
    """The rectifier of numbers of 8 bits.

    Inputs:  data (...) int8 or uint8; min_data, max_data (1,) float32
    Attrs:   act_type, only relu
    Outputs: like data; its range, which stays
    Raises:  ArgumentError for another act_type; DTypeError; ShapeError unless ranges are (1,)
    Source:  behaviour of MXNet 1.9.1, which labels the result of uint8 as int8, so that what is above 127 is negative
    """
    if act_type != "relu":
        raise ArgumentError(f"quantized_act: act_type is {act_type!r}, expected 'relu', the only one in 8 bits")
    check_dtype("quantized_act", "data", data, *_BYTES)
    check_ranges("quantized_act", min_data=min_data, max_data=max_data)
    return data if data.dtype is torch.uint8 else data.clamp(min=0), *kept(min_data, max_data)


@op("_contrib_quantized_flatten", outputs=OUTPUTS, view=True)
def quantized_flatten(data: Tensor, min_data: Tensor, max_data: Tensor) -> Triple:
    """All axes but the first as one.

    Inputs:  data (N, ...); min_data, max_data (1,) float32
    Outputs: (N, the rest); its range, which stays
    Raises:  ShapeError, DTypeError unless ranges are (1,) float32
    Source:  behaviour of MXNet 1.9.1
    """
    check_ranges("quantized_flatten", min_data=min_data, max_data=max_data)
    if data.dim() == 0:
        raise ShapeError("quantized_flatten: data has shape (), expected (N, ...)")
    made = data.detach().reshape(data.shape[0], math.prod(data.shape[1:]))
    return made, min_data.detach(), max_data.detach()


@op("_contrib_quantized_pooling", outputs=OUTPUTS)
def quantized_pooling(
    data: Tensor,
    min_data: Tensor,
    max_data: Tensor,
    *,
    kernel: Shape = (),
    pool_type: Literal["avg", "lp", "max", "sum"] = "max",
    global_pool: bool = False,
    cudnn_off: bool = False,
    pooling_convention: Literal["full", "same", "valid"] = "valid",
    stride: Shape = (),
    pad: Shape = (),
    p_value: int | None = None,
    count_include_pad: bool | None = None,
    layout: Literal["NCDHW", "NCHW", "NCW", "NDHWC", "NHWC", "NWC"] | None = None,
) -> Triple:
    """The maximum or mean of windows that slide over numbers of 8 bits.

    Inputs:  data (N, C, ...) int8 or uint8; min_data, max_data (1,) float32
    Attrs:   as of Pooling, of pool_type only max and avg, of layout only those with channels first; p_value and
             cudnn_off have no effect. In a mean all of a window counts, even what the full convention has beyond the
             padding, unless count_include_pad is False
    Outputs: (N, C, ...) like data, means rounded with halves to even; its range, which stays
    Raises:  ArgumentError for other pool types and layouts; ShapeError if kernel does not fit; DTypeError
    Source:  behaviour of MXNet 1.9.1, which has no windows of one axis and fails with the same convention
    """
    if pool_type not in ("max", "avg"):
        raise ArgumentError(f"quantized_pooling: pool_type is {pool_type!r}, expected 'max' or 'avg'")
    if layout is not None and layout[-1] == "C":
        raise ArgumentError(f"quantized_pooling: layout is {layout}, expected one with channels first: NCHW, NCDHW")
    check_dtype("quantized_pooling", "data", data, *_BYTES)
    check_ranges("quantized_pooling", min_data=min_data, max_data=max_data)
    window: dict[str, Any] = {
        "kernel": kernel,
        "global_pool": global_pool,
        "pooling_convention": pooling_convention,
        "stride": stride,
        "pad": pad,
        "layout": layout,
    }
    area = math.prod(data.shape[2:] if global_pool else kernel)
    values = data.detach()
    if pool_type == "avg" or not data.is_cpu:  # the largest of whole numbers: there are kernels on CPUs alone
        values = values.to(torch.float32 if area * 255 < EXACT else torch.float64)
    if pool_type == "max":
        made = _plain(pooling(values, pool_type="max", **window))
    else:
        made = _plain(pooling(values, pool_type="sum", **window))
        made = made / (area if count_include_pad is not False else _inside(values, window))
    return made if made.dtype is data.dtype else rounded(made, data.dtype), *kept(min_data, max_data)


def _plain(made: Tensor | tuple[Tensor, ...]) -> Tensor:
    return made if isinstance(made, Tensor) else made[0]


def _inside(values: Tensor, window: dict[str, Any]) -> Tensor:
    """How many elements of data each window has, 1 if none."""
    ones = values.new_ones((1, 1, *values.shape[2:]))
    return _plain(pooling(ones, pool_type="sum", **window)).clamp(min=1)


def _common(*arrays: Tensor) -> torch.dtype:
    """uint8 if all are, else int8."""
    return torch.uint8 if all(a.dtype is torch.uint8 for a in arrays) else torch.int8


@op("_contrib_quantized_concat", outputs=OUTPUTS)
def quantized_concat(*data: Tensor, num_args: Positive, dim: int = 1) -> Triple:
    """Arrays of 8 bits joined along ``dim``, in the range that contains all of theirs.

    Inputs:  num_args arrays, int8 or uint8, alike but along dim; then the ends of their ranges (1,), min0, max0,
             min1, max1, ...
    Outputs: the arrays joined, in uint8 if all are, else in int8; the least end and the greatest end, (1,) each
    Raises:  InputTypeError unless there are three times num_args inputs; ShapeError; DTypeError
    Source:  behaviour of MXNet 1.9.1
    """
    if len(data) != 3 * num_args:
        raise InputTypeError(
            f"quantized_concat: got {len(data)} inputs, expected {3 * num_args}: {num_args} arrays and two ends of the "
            "range of each"
        )
    arrays, lows, highs = data[:num_args], data[num_args::2], data[num_args + 1 :: 2]
    for i, (array, low, high) in enumerate(zip(arrays, lows, highs, strict=True)):
        check_dtype("quantized_concat", f"data{i}", array, *_BYTES)
        check_ranges("quantized_concat", **{f"min{i}": low, f"max{i}": high})
    least = torch.stack([t.detach() for t in lows]).amin(0)
    greatest = torch.stack([t.detach() for t in highs]).amax(0)
    dtype = _common(*arrays)
    size = size_of(least, greatest)
    parts = [
        rounded(a.detach() * rescale(HALVES[dtype], size, a.dtype, size_of(low, high)), dtype)
        for a, low, high in zip(arrays, lows, highs, strict=True)
    ]
    return torch.cat(parts, dim), least, greatest


def _check_pair(who: str, lhs: Tensor, rhs: Tensor, ranges: tuple[Tensor, ...], *dtypes: torch.dtype) -> None:
    if lhs.shape != rhs.shape:
        raise ShapeError(f"{who}: rhs has shape {tuple(rhs.shape)}, expected {tuple(lhs.shape)} as lhs")
    check_dtype(who, "lhs", lhs, *dtypes)
    check_dtype(who, "rhs", rhs, *dtypes)
    check_ranges(who, **dict(zip(("lhs_min", "lhs_max", "rhs_min", "rhs_max"), ranges, strict=True)))


def _share(size: Tensor, data: Tensor, total: Tensor) -> Tensor:
    """What ``data`` is multiplied by in a sum of int32 whose range is ``total``."""
    return torch.where(total > 0, size * WHOLE[torch.int32] / (total * HALVES[data.dtype]), total)


@op("_contrib_quantized_elemwise_add", outputs=OUTPUTS)
def quantized_elemwise_add(
    lhs: Tensor,
    rhs: Tensor,
    lhs_min: Tensor,
    lhs_max: Tensor,
    rhs_min: Tensor,
    rhs_max: Tensor,
    *,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> Triple:
    """The sum of two arrays of 8 bits, each in its own range.

    Inputs:  lhs, rhs of one shape, int8 or uint8; the ends of their ranges (1,) float32
    Attrs:   min_calib_range, max_calib_range, the range of the result
    Outputs: with a range the sum in 8 bits, uint8 if both are, else int8; without one in int32, whose range is as
             wide as both of theirs
    Raises:  ShapeError if shapes differ or ranges are not (1,); DTypeError
    Source:  behaviour of MXNet 1.9.1. If one is int8 and the other uint8 it rounds the latter before it is added,
             and so does this; without a range it gives sums there that are far off, and this does not
    """
    _check_pair("quantized_elemwise_add", lhs, rhs, (lhs_min, lhs_max, rhs_min, rhs_max), *_BYTES)
    sizes = size_of(lhs_min, lhs_max), size_of(rhs_min, rhs_max)
    if min_calib_range is None or max_calib_range is None:
        high = sizes[0] + sizes[1]
        parts = [x.detach() * _share(size, x, high) for x, size in zip((lhs, rhs), sizes, strict=True)]
        return rounded(parts[0] + parts[1], torch.int32), -high, high
    low, high = number(lhs, min_calib_range), number(lhs, max_calib_range)
    dtype, size = _common(lhs, rhs), size_of(low, high)
    parts = [x.detach() * rescale(HALVES[dtype], size, x.dtype, own) for x, own in zip((lhs, rhs), sizes, strict=True)]
    if dtype is torch.int8:
        parts = [
            rounded(p, dtype).to(torch.float32) if x.dtype is torch.uint8 else p
            for p, x in zip(parts, (lhs, rhs), strict=True)
        ]
    return rounded(parts[0] + parts[1], dtype), low, high


def _product_outputs(a: Any) -> tuple[str, ...]:
    return ("output",) if a.enable_float_output else OUTPUTS


def product_range(lhs: Tensor, rhs: Tensor, lhs_size: Tensor, rhs_size: Tensor) -> Tensor:
    """The end of the range in which int32 sums of products of the two stand for their real values."""
    return lhs_size / WHOLE[lhs.dtype] * (rhs_size / WHOLE[rhs.dtype]) * WHOLE[torch.int32]


@op("_contrib_quantized_elemwise_mul", outputs=_product_outputs)
def quantized_elemwise_mul(
    lhs: Tensor,
    rhs: Tensor,
    lhs_min: Tensor,
    lhs_max: Tensor,
    rhs_min: Tensor,
    rhs_max: Tensor,
    *,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    enable_float_output: bool = False,
) -> Tensor | Triple:
    """The product of two arrays of int8.

    Inputs:  lhs, rhs int8 of one shape; the ends of their ranges (1,) float32
    Attrs:   min_calib_range, max_calib_range, the range of a result in 8 bits; enable_float_output, a float32 result,
             whatever range is given
    Outputs: with a range int8, cut towards zero and at its ends; without one the products in int32; and the ends of
             the range. With enable_float_output the products alone, as the real numbers they stand for
    Raises:  ShapeError if shapes differ or ranges are not (1,); DTypeError unless both are int8
    Source:  behaviour of MXNet 1.9.1, in which only graphs have it, and products beyond a given range wrap around
    """
    _check_pair("quantized_elemwise_mul", lhs, rhs, (lhs_min, lhs_max, rhs_min, rhs_max), torch.int8)
    sizes = size_of(lhs_min, lhs_max), size_of(rhs_min, rhs_max)
    product = lhs.detach().to(torch.int32) * rhs.detach()
    unit = sizes[0] / HALVES[torch.int8] * (sizes[1] / HALVES[torch.int8])
    if enable_float_output:
        return product * unit
    if min_calib_range is not None and max_calib_range is not None:
        low, high = number(lhs, min_calib_range), number(lhs, max_calib_range)
        real = product * (unit * per_range(HALVES[torch.int8], size_of(low, high)))
        return real.trunc_().clamp_(-128, 127).to(torch.int8), low, high
    end = product_range(lhs, rhs, *sizes)
    return product, -end, end


def _fill_embedding(
    data: Sizes,
    weight: Sizes = None,
    min_weight: Sizes = None,
    max_weight: Sizes = None,
    *,
    input_dim: int,
    output_dim: int,
    **_: Any,
) -> tuple[Sizes, ...]:
    return data, (input_dim, output_dim), (1,), (1,)


@op("_contrib_quantized_embedding", outputs=OUTPUTS, fill=_fill_embedding)
def quantized_embedding(
    data: Tensor,
    weight: Tensor,
    min_weight: Tensor,
    max_weight: Tensor,
    *,
    input_dim: Positive,
    output_dim: Positive,
    dtype: DType = _FLOAT32,
    sparse_grad: bool = False,
) -> Triple:
    """Rows of ``weight``, numbers of 8 bits, by number.

    Inputs:  data (...), numbers of rows, of any dtype; weight (input_dim, output_dim) int8; min_weight, max_weight
             (1,) float32
    Attrs:   dtype and sparse_grad have no effect: weight is int8, and there are no gradients
    Outputs: (..., output_dim) int8, a number outside of [0, input_dim) taking the nearest row; the range of weight
    Raises:  ShapeError if weight is not (input_dim, output_dim); DTypeError unless it is int8
    Source:  behaviour of MXNet 1.9.1
    """
    check_dtype("quantized_embedding", "weight", weight, torch.int8)
    check_ranges("quantized_embedding", min_weight=min_weight, max_weight=max_weight)
    rows = embedding(data, weight.detach(), input_dim=input_dim, output_dim=output_dim)
    return rows, *kept(min_weight, max_weight)
