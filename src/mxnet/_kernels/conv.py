"""Convolution and deconvolution, in one, two and three dimensions."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._kernels import result_shapes
from mxnet._kernels.conv_gradient import with_products, worthwhile
from mxnet._kernels.conv_product import as_product, small
from mxnet._kernels.conv_tiny import convolve_tiny, tiny
from mxnet._kernels.layout import (
    channels_first,
    channels_in_memory_last,
    channels_last,
    check_axes,
    check_layout,
    per_axis,
)
from mxnet._kernels.nn import Sizes, bias_of, data_weight_bias
from mxnet._ops import Count, Positive, Shape, op
from mxnet._runtime.copies import in_order
from mxnet._runtime.state import state

Layout: TypeAlias = Literal["NCDHW", "NCHW", "NCW", "NDHWC", "NHWC"]
_Tune: TypeAlias = Literal["fastest", "limited_workspace", "off"]
_CONV: dict[int, Callable[..., Tensor]] = {1: torch.conv1d, 2: torch.conv2d, 3: torch.conv3d}
_DECONV: dict[int, Callable[..., Tensor]] = {
    1: torch.conv_transpose1d,
    2: torch.conv_transpose2d,
    3: torch.conv_transpose3d,
}


_LARGE = 1 << 18
"""The number of output elements from which it is worth reordering those of a transposed convolution here."""
_WIDEST_LAST = 14
"""Wider kernels' gradients are computed by oneDNN in a plain loop if channels are last in memory: fifty times slower.
"""


def _safe(run: Callable[..., Tensor], data: Tensor, dilate: Shape) -> Callable[..., Tensor]:
    """Call ``run``; in float32 for dilated kernels in half precision, where oneDNN reads beyond its memory."""
    halves = data.is_cpu and data.dtype in (torch.float16, torch.bfloat16)
    return functools.partial(_in_float, run) if halves and any(d > 1 for d in dilate) else run


def _in_float(run: Callable[..., Tensor], data: Tensor, weight: Tensor, bias: Tensor | None, *rest: Any) -> Tensor:
    made = run(data.float(), weight.float(), None if bias is None else bias.float(), *rest)
    return made.to(data.dtype)


def _last(layout: str | None) -> bool:
    return layout is not None and layout[-1] == "C"


def _check_weight(who: str, weight: Tensor, expected: Shape, last: bool) -> Tensor:
    if last:
        if weight.shape == expected[:1] + expected[2:] + expected[1:2]:
            return channels_first(weight)
        expected = expected[:1] + expected[2:] + expected[1:2]
    elif weight.shape == expected:
        return weight
    raise ShapeError(
        f"{who}: weight has shape {tuple(weight.shape)}, expected {expected} from data, num_filter, num_group, kernel"
    )


def _check_groups(who: str, channels: int, num_filter: int, num_group: int) -> None:
    """Refuse numbers of channels that the groups do not divide; 0 is a number not known yet."""
    for what, count in ("input channels", channels), ("num_filter", num_filter):
        if count > 0 and count % num_group:
            raise ShapeError(f"{who}: {what} must divide into groups: got {count}, expected a multiple of {num_group}")


def _fill_convolution(
    data: Sizes,
    weight: Sizes = None,
    bias: Sizes = None,
    *,
    kernel: Shape,
    num_filter: int,
    num_group: int,
    layout: str | None,
    **_: Any,
) -> tuple[Sizes, Sizes, Sizes]:
    if not data:
        return data, weight, (num_filter,)
    check_axes("Convolution", data, kernel, layout)
    _check_groups("Convolution", data[-1 if _last(layout) else 1], num_filter, num_group)
    if _last(layout):
        return data, (num_filter, *kernel, data[-1] // num_group), (num_filter,)
    return data, (num_filter, data[1] // num_group, *kernel), (num_filter,)


def _thinned(data: Tensor, stride: Shape, pad: Shape) -> Tensor:
    """The part of ``data`` that a convolution with kernels of size one reads.

    oneDNN does this by itself, and for the gradient of fewer than 16 channels, if these are last in memory, overruns
    its workspace (uxlfoundation/oneDNN#6035). Where channels are not last, fewer numbers are put into that order.
    """
    if any(pad):
        data = F.pad(data, [p for n in reversed(pad) for p in (n, n)])
    for axis, step in enumerate(stride, 2):
        data = data[(slice(None),) * axis + (slice(None, None, step),)]
    return data


def told_convolution(
    *shapes: Shape,
    kernel: Shape,
    stride: Shape,
    dilate: Shape,
    pad: Shape,
    num_filter: int,
    num_group: int,
    layout: str | None,
    **_: Any,
) -> Shape | None:
    data, *parameters = shapes
    if len(data) != len(kernel) + 2 or _last(layout) or data[1] % num_group or num_filter % num_group:
        return None
    if parameters != [(num_filter, data[1] // num_group, *kernel), (num_filter,)][: len(parameters)]:
        return None
    sizes = result_shapes.slid(data[2:], kernel, stride, pad, dilate)
    return None if sizes is None else (data[0], num_filter, *sizes)


def _of_images(
    data: Tensor, weight: Tensor, bias: Tensor | None, stride: Shape, pad: Shape, dilate: Shape, groups: int
) -> tuple[Tensor | None, Tensor]:
    """The convolution of float32 (N, C, H, W) in another way than oneDNN's, if there is a faster one; and the data in
    the order that oneDNN takes them in best.
    """
    if tiny(data.shape, weight.shape, groups, dilate):
        return convolve_tiny(data, weight, bias, stride, pad), data
    learning, wide = data.requires_grad or weight.requires_grad, max(weight.shape[2:]) > _WIDEST_LAST
    gray = weight.shape[1] == groups == 1
    if not (state.any_strides or gray):
        return None, data
    few, made = state.any_strides and small(data, weight), None
    if learning and groups == 1 and not wide:
        made = as_product(data, weight, bias, stride, pad, dilate) if few else None
        if made is None and weight.requires_grad and worthwhile(data, weight, stride, pad):
            data = channels_in_memory_last(data) if state.any_strides else data
            made = with_products(data, weight, bias, stride, pad, dilate)
    if made is not None or not state.any_strides:
        return made, data
    if wide or (few and (learning or max(weight.shape[2:]) > 1)):
        data = data.contiguous()
    # ones that narrow leave the copying, if any is needed, to what follows, which has less to copy
    elif max(weight.shape[2:]) > 1 or len(weight) > data.shape[1] or not data.is_contiguous():
        data = channels_in_memory_last(data)
    return None, data


@op("Convolution", inputs=data_weight_bias, fill=_fill_convolution, told=told_convolution)
def convolution(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: Positive,
    num_group: Positive = 1,
    workspace: Count = 1024,
    no_bias: bool = False,
    cudnn_tune: _Tune | None = None,
    cudnn_off: bool = False,
    layout: Layout | None = None,
) -> Tensor:
    """Cross-correlation of ``data`` with ``num_filter`` kernels.

    Inputs:  data (N, C, ...) with 1 to 3 spatial axes; weight (num_filter, C / num_group, *kernel); bias
             (num_filter,) unless ``no_bias``. In layouts that end in C the channel axis of data, weight and output
             is the last
    Attrs:   stride and dilate are 1 and pad is 0 where not given; workspace, cudnn_tune and cudnn_off have no
             effect: the backend chooses its algorithm
    Outputs: (N, num_filter, ...), each axis (x + 2 pad - dilate (kernel - 1) - 1) // stride + 1 long
    Raises:  ShapeError if data, weight or bias do not fit; ArgumentError if an attribute has too many numbers
    Source:  behaviour of MXNet 1.9.1
    """
    axes = len(kernel)
    last = layout is not None and layout[-1] == "C"
    if data.dim() != axes + 2 or layout is not None or axes not in _CONV:
        check_layout("Convolution", data, kernel, layout)
    if last:
        data = channels_first(data)
    expected = (num_filter, data.shape[1] // num_group, *kernel)
    if last or weight.shape != expected:
        weight = _check_weight("Convolution", weight, expected, last)
    if no_bias or bias is None:
        bias_of("Convolution", bias, no_bias)
    if len(stride) not in (0, axes) or len(dilate) not in (0, axes) or len(pad) not in (0, axes):
        for name, value in (("stride", stride), ("dilate", dilate), ("pad", pad)):
            per_axis("Convolution", name, value, axes, 1)
    if stride and max(kernel) == 1 < max(stride) and data.is_cpu:
        if expected[1] < 16 or (data.is_contiguous() and not any(pad)):
            data, stride, pad = _thinned(data, stride, pad), (), ()
    if axes == 2 and data.is_cpu and data.dtype is torch.float32:
        made, data = _of_images(data, weight, bias, stride, pad, dilate, num_group)
        if made is not None:
            return channels_last(made) if last else made
    out = _safe(_CONV[axes], data, dilate)(data, weight, bias, stride or 1, pad or 0, dilate or 1, num_group)
    return channels_last(out) if last else out


def _fill_deconvolution(
    data: Sizes,
    weight: Sizes = None,
    bias: Sizes = None,
    *,
    kernel: Shape,
    num_filter: int,
    num_group: int,
    layout: str | None,
    **_: Any,
) -> tuple[Sizes, Sizes, Sizes]:
    if not data:
        return data, weight, (num_filter,)
    check_axes("Deconvolution", data, kernel, layout)
    _check_groups("Deconvolution", data[-1 if _last(layout) else 1], num_filter, num_group)
    if _last(layout):
        return data, (data[-1], *kernel, num_filter // num_group), (num_filter,)
    return data, (data[1], num_filter // num_group, *kernel), (num_filter,)


def _for_target(
    sizes: tuple[int, ...], target: Shape, kernel: Shape, stride: Shape, dilate: Shape
) -> tuple[Shape, Shape]:
    """The padding and the adjustment that give an output of the size ``target``."""
    pad, adj = [], []
    for size, want, k, s, d in zip(sizes, target, kernel, stride, dilate, strict=True):
        surplus = s * (size - 1) + d * (k - 1) + 1 - want
        if surplus < 0:
            raise ShapeError(
                f"Deconvolution: target_shape is {target}, expected at most {want + surplus} where it is {want}, from "
                "data, kernel, stride and dilate; too big target shape"
            )
        pad.append((surplus + 1) // 2)
        adj.append(surplus % 2)
    return tuple(pad), tuple(adj)


def _told_deconvolution(
    *shapes: Shape,
    kernel: Shape,
    stride: Shape,
    dilate: Shape,
    pad: Shape,
    adj: Shape,
    target_shape: Shape,
    num_filter: int,
    num_group: int,
    layout: str | None,
    **_: Any,
) -> Shape | None:
    data, *parameters = shapes
    axes = len(kernel)
    if len(data) != axes + 2 or _last(layout) or num_filter % num_group or any(target_shape) or 0 in data:
        return None
    if parameters != [(data[1], num_filter // num_group, *kernel), (num_filter,)][: len(parameters)]:
        return None
    ones, zeros = (1,) * axes, (0,) * axes
    stride, dilate, pad, adj = stride or ones, dilate or ones, pad or zeros, adj or zeros
    if not len(stride) == len(dilate) == len(pad) == len(adj) == axes:
        return None
    if any([a >= s for a, s in zip(adj, stride, strict=True)]):
        return None
    each = zip(data[2:], kernel, stride, dilate, pad, adj, strict=True)
    sizes = tuple([s * (x - 1) + d * (k - 1) + 1 - 2 * p + a for x, k, s, d, p, a in each])
    return (data[0], num_filter, *sizes) if min(sizes) > 0 else None


@op("Deconvolution", inputs=data_weight_bias, fill=_fill_deconvolution, told=_told_deconvolution)
def deconvolution(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    adj: Shape = (),
    target_shape: Shape = (),
    num_filter: Positive,
    num_group: Positive = 1,
    workspace: Count = 512,
    no_bias: bool = True,
    cudnn_tune: _Tune | None = None,
    cudnn_off: bool = False,
    layout: Layout | None = None,
) -> Tensor:
    """Transposed convolution: the gradient of Convolution with respect to its data.

    Inputs:  data (N, C, ...) with 1 to 3 spatial axes; weight (C, num_filter / num_group, *kernel); bias
             (num_filter,) unless ``no_bias``. In layouts that end in C the channel axis of data, weight and output
             is the last
    Attrs:   adj, added to the size of the output, below stride; target_shape, the size of the output, from which
             pad and adj follow; workspace, cudnn_tune and cudnn_off have no effect
    Outputs: (N, num_filter, ...), each axis stride (x - 1) + dilate (kernel - 1) + 1 - 2 pad + adj long
    Raises:  ShapeError if data, weight or bias do not fit, or target_shape is too big; ArgumentError
    Source:  behaviour of MXNet 1.9.1
    """
    who = "Deconvolution"
    check_layout(who, data, kernel, layout)
    axes, last = len(kernel), _last(layout)
    if last:
        data = channels_first(data)
    if num_filter % num_group:
        raise ArgumentError(f"{who}: num_filter is {num_filter}, expected a multiple of num_group={num_group}")
    weight = _check_weight(who, weight, (data.shape[1], num_filter // num_group, *kernel), last)
    bias = bias_of(who, bias, no_bias)
    stride = per_axis(who, "stride", stride, axes, 1)
    dilate = per_axis(who, "dilate", dilate, axes, 1)
    if target_shape and any(target_shape):
        target = per_axis(who, "target_shape", target_shape, axes, 0)
        pad, adj = _for_target(tuple(data.shape[2:]), target, kernel, stride, dilate)
    else:
        pad = per_axis(who, "pad", pad, axes, 0)
        adj = per_axis(who, "adj", adj, axes, 0)
    if any(a >= s for a, s in zip(adj, stride, strict=True)):
        raise ArgumentError(f"{who}: adj is {adj}, expected numbers smaller than stride={stride}")
    attributes = stride, pad, adj, num_group, dilate
    if data.is_cpu and data.dtype is torch.float32:
        few, wider = small(data, weight), num_filter * math.prod(stride) >= data.shape[1]
        if state.any_strides and axes == 2:
            if few:
                data = data.contiguous()
            elif wider:  # the output, which it is made for, is the larger one
                data = channels_in_memory_last(data)
        elif wider and not (few or last) and num_filter > num_group:
            if data[:, 0].numel() * num_filter * math.prod(stride) >= _LARGE:
                return _with_channels_last(data, weight, bias, *attributes)
    out = _safe(_DECONV[axes], data, dilate)(data, weight, bias, *attributes)
    return channels_last(out) if last else out


def _with_channels_last(
    data: Tensor, weight: Tensor, bias: Tensor | None, stride: Shape, pad: Shape, adj: Shape, group: int, dilate: Shape
) -> Tensor:
    """A transposed convolution that is computed with channels last, although data and output are not in that order.

    oneDNN computes it so. torch then copies the output twice, which takes up to twice as long as the convolution.
    """
    axes = len(stride)
    if axes > 1:
        image = channels_in_memory_last(data) if axes == 2 else channels_first(channels_last(data))
        return in_order(_DECONV[axes](image, weight, bias, stride, pad, adj, group, dilate))
    if data.requires_grad or weight.requires_grad:  # gradients of lines do not gain by it
        return torch.conv_transpose1d(data, weight, bias, stride, pad, adj, group, dilate)
    row, wide = channels_in_memory_last(data.unsqueeze(2)), weight.unsqueeze(2)
    out = torch.conv_transpose2d(row, wide, bias, (1, *stride), (0, *pad), (0, *adj), group, (1, *dilate))
    return in_order(out.squeeze(2))


op("Convolution_v1", inputs=data_weight_bias, fill=_fill_convolution)(convolution)
