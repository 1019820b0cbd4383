"""Convolution, deconvolution, pooling and upsampling, in one, two and three dimensions."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeAlias, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError, ShapeError
from mxnet._kernels.layout import channels_in_memory_last, gradient_in_order
from mxnet._kernels.nn import Sizes, bias_of, data_weight_bias
from mxnet._ops import Count, Positive, Shape, op
from mxnet._runtime.dtypes import NAME
from mxnet._runtime.state import state

Layout: TypeAlias = Literal["NCDHW", "NCHW", "NCW", "NDHWC", "NHWC"]
_Tune: TypeAlias = Literal["fastest", "limited_workspace", "off"]
_CONV: dict[int, Callable[..., Tensor]] = {1: torch.conv1d, 2: torch.conv2d, 3: torch.conv3d}
_DECONV: dict[int, Callable[..., Tensor]] = {
    1: torch.conv_transpose1d,
    2: torch.conv_transpose2d,
    3: torch.conv_transpose3d,
}


def channels_first(data: Tensor) -> Tensor:
    """(N, ..., C) as (N, C, ...): a view."""
    return data.movedim(-1, 1)


def channels_last(data: Tensor) -> Tensor:
    """(N, C, ...) as (N, ..., C), laid out so."""
    return data.movedim(1, -1).contiguous()


def _last(layout: str | None) -> bool:
    return layout is not None and layout[-1] == "C"


def _per_axis(who: str, name: str, value: Shape, axes: int, default: int) -> Shape:
    """An attribute with one number for each spatial axis."""
    if not value:
        return (default,) * axes
    if len(value) != axes:
        raise ArgumentError(f"{who}: {name} is {value}, expected {axes} numbers, as many as kernel has")
    return value


def _check_layout(who: str, data: Tensor, kernel: Shape, layout: str | None) -> None:
    if not 1 <= len(kernel) <= 3 or data.dim() != len(kernel) + 2 or (layout and len(layout) != data.dim()):
        expected = f"{len(kernel) + 2} dimensions as {layout or 'batch, channel and one for each of kernel'}"
        raise ShapeError(
            f"{who}: data has shape {tuple(data.shape)}, expected {expected}, with kernel={kernel} of 1 to 3 numbers"
        )


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
    if _last(layout):
        return data, (num_filter, *kernel, data[-1] // num_group), (num_filter,)
    return data, (num_filter, data[1] // num_group, *kernel), (num_filter,)


def _thinned(data: Tensor, stride: Shape, pad: Shape) -> Tensor:
    """What a convolution with a kernel of ones reads of ``data``.

    oneDNN does this by itself, and for the gradient of fewer than 16 channels, if these are last in memory, overruns
    its workspace (uxlfoundation/oneDNN#6035).
    """
    if any(pad):
        data = F.pad(data, [p for n in reversed(pad) for p in (n, n)])
    for axis, step in enumerate(stride, 2):
        data = data[(slice(None),) * axis + (slice(None, None, step),)]
    return data


@op("Convolution", inputs=data_weight_bias, fill=_fill_convolution)
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
        _check_layout("Convolution", data, kernel, layout)
    if last:
        data = channels_first(data)
    expected = (num_filter, data.shape[1] // num_group, *kernel)
    if last or weight.shape != expected:
        weight = _check_weight("Convolution", weight, expected, last)
    if no_bias or bias is None:
        bias_of("Convolution", bias, no_bias)
    if len(stride) not in (0, axes) or len(dilate) not in (0, axes) or len(pad) not in (0, axes):
        for name, value in (("stride", stride), ("dilate", dilate), ("pad", pad)):
            _per_axis("Convolution", name, value, axes, 1)
    if stride and expected[1] < 16 and max(kernel) == 1 < max(stride) and data.is_cpu:
        data, stride, pad = _thinned(data, stride, pad), (), ()
    if state.any_strides and axes == 2 and data.is_cpu and data.dtype is torch.float32:
        data = channels_in_memory_last(data)
    out = _CONV[axes](data, weight, bias, stride or 1, pad or 0, dilate or 1, num_group)
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


@op("Deconvolution", inputs=data_weight_bias, fill=_fill_deconvolution)
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
    _check_layout(who, data, kernel, layout)
    axes, last = len(kernel), _last(layout)
    if last:
        data = channels_first(data)
    if num_filter % num_group:
        raise ArgumentError(f"{who}: num_filter is {num_filter}, expected a multiple of num_group={num_group}")
    weight = _check_weight(who, weight, (data.shape[1], num_filter // num_group, *kernel), last)
    bias = bias_of(who, bias, no_bias)
    stride = _per_axis(who, "stride", stride, axes, 1)
    dilate = _per_axis(who, "dilate", dilate, axes, 1)
    if target_shape and any(target_shape):
        target = _per_axis(who, "target_shape", target_shape, axes, 0)
        pad, adj = _for_target(tuple(data.shape[2:]), target, kernel, stride, dilate)
    else:
        pad = _per_axis(who, "pad", pad, axes, 0)
        adj = _per_axis(who, "adj", adj, axes, 0)
    if any(a >= s for a, s in zip(adj, stride, strict=True)):
        raise ArgumentError(f"{who}: adj is {adj}, expected numbers smaller than stride={stride}")
    out = _DECONV[axes](data, weight, bias, stride, pad, adj, num_group, dilate)
    return channels_last(out) if last else out


_MAX: dict[int, Callable[..., Tensor]] = {1: torch.max_pool1d, 2: torch.max_pool2d, 3: torch.max_pool3d}


class _Windows(NamedTuple):
    """Where the windows of a pooling lie."""

    stride: Shape
    pad: Shape
    out: Shape
    margins: tuple[tuple[int, int], ...]
    """Padding before and after each axis."""
    native: bool
    """Whether torch's own padding does it."""


@lru_cache(1024)
def _windows(sizes: Shape, kernel: Shape, stride: Shape, pad: Shape, convention: str) -> _Windows:
    axes = len(sizes)
    stride = _per_axis("Pooling", "stride", stride, axes, 1)
    if convention == "same":
        if any(pad):
            raise ArgumentError(f"Pooling: pad is {pad}, expected none, as pooling_convention='same' chooses it")
        pad = ()  # 1.9.1 wants three zeros, whatever the data
    pad = _per_axis("Pooling", "pad", pad, axes, 0)
    out, margins = [], []
    native = convention != "same"
    for x, k, s, p in zip(sizes, kernel, stride, pad, strict=True):
        if k > x + 2 * p and convention != "same":
            raise ShapeError(f"Pooling: kernel size ({k}) exceeds input ({x} padded to {x + 2 * p})")
        if convention == "same":
            o = -(-x // s)
        elif convention == "full":
            o = -(-(x + 2 * p - k) // s) + 1
            native &= (o - 1) * s < x + p  # torch leaves windows out that begin beyond data and left padding
        else:
            o = (x + 2 * p - k) // s + 1
        native &= 2 * p <= k
        out.append(o)
        margins.append((p, max((o - 1) * s + k - x - p, 0)))
    return _Windows(stride, pad, tuple(out), tuple(margins), native)


def _padded(data: Tensor, margins: tuple[tuple[int, int], ...], value: float) -> Tensor:
    return F.pad(data, [n for pair in reversed(margins) for n in pair], value=value)


class _MaxChannelsLast(torch.autograd.Function):
    """Max pooling of contiguous images on the CPU.

    torch's kernel is vectorised over channels only: with them last it is three to nine times faster, copies
    included. Its gradient would then have them last too, which slows what comes before it more than that gains.
    """

    @staticmethod
    def forward(ctx: Any, data: Tensor, kernel: Shape, stride: Shape, pad: Shape, ceil: bool) -> Tensor:
        last = data.contiguous(memory_format=torch.channels_last)
        if not ctx.needs_input_grad[0]:
            return torch.max_pool2d(last, kernel, stride, pad, 1, ceil).contiguous()
        out, places = torch.ops.aten.max_pool2d_with_indices(last, kernel, stride, pad, (1, 1), ceil)
        ctx.save_for_backward(data, places)
        ctx.window = kernel, stride, pad, (1, 1), ceil
        return cast(Tensor, out.contiguous())

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        data, places = ctx.saved_tensors
        scatter = torch.ops.aten.max_pool2d_with_indices_backward
        return scatter(grad.contiguous(), data, *ctx.window, places.contiguous()), None, None, None, None


def _max(data: Tensor, kernel: Shape, stride: Shape, pad: Shape, convention: str) -> Tensor:
    stride, pad, _, margins, native = _windows(data.shape[2:], kernel, stride, pad, convention)
    pool = _MAX[len(kernel)]
    if not native:
        limits = torch.finfo(data.dtype) if data.is_floating_point() else torch.iinfo(data.dtype)
        return pool(_padded(data, margins, limits.min), kernel, stride)
    ceil = convention == "full"
    if data.dim() == 4 and data.is_cpu and data.shape[1] >= 8 and data.numel() >= 16384 and data.is_contiguous():
        return cast(Tensor, _MaxChannelsLast.apply(data, kernel, stride, pad, ceil))
    return pool(data, kernel, stride, pad, 1, ceil)


def _avg_pool3d(data: Tensor, *window: Any) -> Tensor:
    if data.is_cpu and data.dtype in (torch.float16, torch.bfloat16):  # torch has none of them there
        return F.avg_pool3d(data.float(), *window).to(data.dtype)
    return F.avg_pool3d(data, *window)


def _sum(data: Tensor, kernel: Shape, stride: Shape, pad: Shape, convention: str) -> Tensor:
    """Sums over windows; what is outside of data counts as zero."""
    stride, pad, _, margins, native = _windows(data.shape[2:], kernel, stride, pad, convention)
    if not native:
        data, pad = _padded(data, margins, 0), (0,) * len(pad)
    ceil = native and convention == "full"
    if len(kernel) == 3:
        return _avg_pool3d(data, kernel, stride, pad, ceil, True, 1)
    if len(kernel) == 2:
        return F.avg_pool2d(data, kernel, stride, pad, ceil, True, 1)
    return F.avg_pool2d(data.unsqueeze(2), (1, *kernel), (1, *stride), (0, *pad), ceil, True, 1).squeeze(2)


def _average(data: Tensor, kernel: Shape, stride: Shape, pad: Shape, convention: str, with_pad: bool) -> Tensor:
    sizes = data.shape[2:]
    windows = _windows(sizes, kernel, stride, pad, convention)
    if windows.native:
        pool = (F.avg_pool1d, F.avg_pool2d, _avg_pool3d)[len(kernel) - 1]
        return pool(data, kernel, windows.stride, windows.pad, convention == "full", with_pad)
    result = _sum(data, kernel, stride, pad, convention)
    for i, (x, k, s, o, (left, _)) in enumerate(
        zip(sizes, kernel, windows.stride, windows.out, windows.margins, strict=True)
    ):
        low, high = (-left, x + windows.pad[i]) if with_pad else (0, x)
        counts = [max(min(j * s - left + k, high) - max(j * s - left, low), 1) for j in range(o)]
        shape = [-1] + [1] * (len(sizes) - 1 - i)
        result = result / torch.tensor(counts, dtype=data.dtype, device=data.device).view(shape)
    return result


def _root(total: Tensor, p: int) -> Tensor:
    """The p-th root, whose gradient at zero is taken as zero."""
    if p == 1:
        return total
    zero = total == 0
    total = total.masked_fill(zero, 1)
    root = total.sqrt() if p == 2 else total.sign() * total.abs().pow(1 / p)
    return root.masked_fill(zero, 0)


def _global_pool(data: Tensor, pool_type: str, p: int) -> Tensor:
    axes = list(range(2, data.dim()))
    data = gradient_in_order(data)
    if pool_type == "max":
        return data.flatten(2).max(2).values.reshape(data.shape[:2] + (1,) * len(axes))
    if pool_type == "avg":
        return data.mean(axes, keepdim=True)
    if pool_type == "sum":
        return data.sum(axes, keepdim=True)
    return _root(data.pow(p).sum(axes, keepdim=True), p)


def _pool(
    data: Tensor,
    kernel: Shape,
    pool_type: str,
    global_pool: bool,
    pooling_convention: str,
    stride: Shape,
    pad: Shape,
    p_value: int | None,
    count_include_pad: bool | None,
    layout: str | None,
) -> Tensor:
    axes = data.dim() - 2
    if not 1 <= axes <= 3 or (layout and len(layout) != axes + 2) or not (global_pool or len(kernel) == axes):
        _check_layout("Pooling", data, kernel if kernel else (0,) * axes if global_pool else kernel, layout)
    if pool_type == "lp" and p_value not in (1, 2, 3):
        raise ArgumentError(f"Pooling: p_value is {p_value}, expected 1, 2 or 3 with pool_type='lp'")
    if pool_type != "max" and not data.is_floating_point():
        raise DTypeError(f"Pooling: data has dtype {NAME[data.dtype]}, expected a floating point type for {pool_type}")
    last = layout is not None and layout[-1] == "C"
    if last:
        data = channels_first(data)
    if global_pool:
        out = _global_pool(data, pool_type, p_value or 1)
        return channels_last(out) if last else out
    if pool_type == "max":
        out = _max(data, kernel, stride, pad, pooling_convention)
    elif pool_type == "avg":
        out = _average(data, kernel, stride, pad, pooling_convention, count_include_pad is not False)
    elif pool_type == "sum":
        out = _sum(data, kernel, stride, pad, pooling_convention)
    else:
        p = p_value or 1
        out = _root(_sum(data.pow(p), kernel, stride, pad, pooling_convention), p)
    return channels_last(out) if last else out


def _has_workspace(pool_type: str, kernel: Shape, layout: str | None) -> bool:
    """Whether 1.9.1 counts a second output, never seen, in symbol files."""
    return pool_type == "max" and len(kernel) > 0 and not (layout and layout[-1] == "C")


def _pooling_outputs(a: Any) -> tuple[str, ...]:
    return ("output", "workspace") if _has_workspace(a.pool_type, a.kernel, a.layout) else ("output",)


@op("Pooling", outputs=_pooling_outputs, visible=1)
def pooling(
    data: Tensor,
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
) -> Tensor | tuple[Tensor, ...]:
    """The maximum, mean, sum or p-norm of windows that slide over ``data``.

    Inputs:  data (N, C, ...), or (N, ..., C) in layouts that end in C, with 1 to 3 spatial axes
    Attrs:   stride is 1 and pad is 0 where not given; global_pool, one window over all, whatever kernel says;
             pooling_convention, the size of the output: valid (x + 2 pad - kernel) // stride + 1, full the same
             rounded up, same x / stride rounded up, all padding being after the data; p_value, 1 to 3, for lp;
             count_include_pad, whether padding counts in a mean (it does unless said); cudnn_off has no effect
    Outputs: (N, C, ...). Where a window lies wholly outside of data the maximum is the dtype's lowest number, and
             all others are zero
    Raises:  ShapeError if kernel does not fit data; ArgumentError
    Source:  behaviour of MXNet 1.9.1, in which ``same`` is for one axis and needs ``pad=(0, 0, 0)``
    """
    out = _pool(
        data, kernel, pool_type, global_pool, pooling_convention, stride, pad, p_value, count_include_pad, layout
    )
    return (out,) if _has_workspace(pool_type, kernel, layout) else out


op("Convolution_v1", inputs=data_weight_bias, fill=_fill_convolution)(convolution)


@op("Pooling_v1")
def pooling_v1(
    data: Tensor,
    *,
    kernel: Shape = (),
    pool_type: Literal["avg", "max", "sum"] = "max",
    global_pool: bool = False,
    pooling_convention: Literal["full", "valid"] = "valid",
    stride: Shape = (),
    pad: Shape = (),
) -> Tensor:
    """Pooling of old symbol files: see Pooling."""
    return _pool(data, kernel, pool_type, global_pool, pooling_convention, stride, pad, None, None, None)


def _upsampling_inputs(a: Any) -> tuple[str, ...]:
    if a.sample_type == "bilinear":
        return ("data", "weight")
    return tuple(f"arg{i}" for i in range(a.num_args))


def _fill_upsampling(*shapes: Sizes, scale: int, sample_type: str, num_filter: int, **_: Any) -> tuple[Sizes, ...]:
    if sample_type == "bilinear" and len(shapes) == 2:
        size = 2 * scale - scale % 2
        channels = num_filter or (shapes[0][1] if shapes[0] else 0)
        return shapes[0], (channels, 1, size, size)
    return shapes


def _bilinear(data: Tensor, weight: Tensor, scale: int, num_filter: int) -> Tensor:
    channels = data.shape[1]
    size = 2 * scale - scale % 2
    if num_filter not in (0, channels) or weight.shape != (channels, 1, size, size):
        raise ShapeError(
            f"UpSampling: weight has shape {tuple(weight.shape)} and num_filter is {num_filter}, expected "
            f"({channels}, 1, {size}, {size}) and {channels} from data {tuple(data.shape)} and scale={scale}"
        )
    return torch.conv_transpose2d(data, weight, None, scale, scale // 2, 0, channels)


@op("UpSampling", inputs=_upsampling_inputs, fill=_fill_upsampling, num_args="num_args")
def upsampling(
    *data: Tensor,
    scale: Positive,
    num_filter: Count = 0,
    sample_type: Literal["bilinear", "nearest"],
    multi_input_mode: Literal["concat", "sum"] = "concat",
    num_args: int = 1,
    workspace: Count = 512,
) -> Tensor:
    """Enlarge images ``scale`` times.

    Inputs:  nearest: images (N, C, H, W), all of which become ``scale`` times as large as the first; bilinear: an
             image and a weight (C, 1, K, K), K = 2 scale - scale % 2, the kernel of a deconvolution by ``scale``
    Attrs:   num_filter, the number of channels, for bilinear; multi_input_mode, how several images become one: concat
             along the channels, or sum; num_args, the number of inputs; workspace has no effect
    Outputs: (N, C, scale H, scale W), C the sum of all with concat
    Raises:  ShapeError if weight does not fit, or a size does not divide the output's
    Source:  behaviour of MXNet 1.9.1
    """
    if sample_type == "bilinear":
        if len(data) != 2:
            raise InputTypeError(f"UpSampling: got {len(data)} inputs, expected an image and a weight for bilinear")
        return _bilinear(data[0], data[1], scale, num_filter)
    height, width = data[0].shape[2] * scale, data[0].shape[3] * scale
    images = []
    for image in data:
        if height % image.shape[2] or width % image.shape[3]:
            raise ShapeError(
                f"UpSampling: an image has shape {tuple(image.shape)}, expected sizes that divide {(height, width)}"
            )
        images.append(F.interpolate(image, (height, width), mode="nearest"))
    if len(images) == 1:
        return images[0]
    return torch.cat(images, 1) if multi_input_mode == "concat" else torch.stack(images).sum(0)
