"""Convolutions whose kernels read at learned places."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._kernels.columns import Windows, windows
from mxnet._kernels.conv import told_convolution
from mxnet._kernels.nn import Sizes, bias_of
from mxnet._kernels.spatial import check_dims, check_floats
from mxnet._ops import Count, Positive, Shape, op

_Layout = Literal["NCDHW", "NCHW", "NCW"]


def _fill_deformable(
    data: Sizes, offset: Sizes = None, weight: Sizes = None, bias: Sizes = None, **a: Any
) -> tuple[Sizes, ...]:
    filters = a["num_filter"]
    if not data:
        return data, offset, weight, (filters,)
    kernel, groups, place = a["kernel"], a["num_deformable_group"], math.prod(a["kernel"])
    if all(data[2:]):
        found = windows("", data[2:], kernel, a["stride"], a["dilate"], a["pad"])
        offset = (data[0], 2 * groups * place, *found.out)
    return data, offset, (filters, data[1] // a["num_group"], *kernel), (filters,)


def _fill_modulated(
    data: Sizes, offset: Sizes = None, mask: Sizes = None, weight: Sizes = None, bias: Sizes = None, **a: Any
) -> tuple[Sizes, ...]:
    data, offset, weight, bias = _fill_deformable(data, offset, weight, bias, **a)
    if offset:
        mask = (offset[0], offset[1] // 2, *offset[2:])
    return data, offset, mask, weight, bias


def _told(fill: Callable[..., tuple[Sizes, ...]], *shapes: Shape, **a: Any) -> Shape | None:
    data = shapes[0]
    made = told_convolution(data, **a)
    if made is None or len(data) != 4 or data[1] % a["num_deformable_group"]:
        return None
    return made if shapes == fill(data, **a)[: len(shapes)] else None


def _corners(place: Tensor, size: int, stretch: bool) -> tuple[Tensor, Tensor]:
    """The two pixels along an axis that ``place`` lies between, and the weight of each: a new last axis of two.

    With ``stretch`` all weights are zero outside of the half-open [0, size), and the last pixel reaches to its end.
    Without it there are pixels of zero all around.
    """
    low = place.floor()
    share = place - low
    first = low.long()
    pixels = torch.stack((first, first + 1), -1)
    if stretch:
        inside = ((place >= 0) & (place < size)).unsqueeze(-1)
    else:
        inside = (pixels >= 0) & (pixels < size) & (place > -1).unsqueeze(-1)
    weights = torch.stack((1 - share, share), -1)
    return pixels.clamp_(0, size - 1), torch.where(inside, weights, 0)


def _columns(data: Tensor, offset: Tensor, mask: Tensor | None, kernel: Shape, found: Windows, groups: int) -> Tensor:
    """What each place of the kernel meets in each window, (N, C, K, windows)."""
    batch, channels, height, width = data.shape
    count, area = math.prod(kernel), math.prod(found.out)
    offset = offset.reshape(batch, groups, count, 2, *found.out)
    if data.dtype in (torch.float16, torch.bfloat16):
        offset = offset.float()  # at the 100th pixel float16 has steps of a sixteenth
    starts = []
    for axis in (0, 1):
        reach = torch.arange(kernel[axis], dtype=offset.dtype, device=data.device) * found.dilate[axis]
        window = torch.arange(found.out[axis], dtype=offset.dtype, device=data.device) * found.stride[axis]
        starts.append(reach.unsqueeze(1) + window - found.pad[axis])
    y = offset[:, :, :, 0] + starts[0].view(kernel[0], 1, -1, 1).expand(*kernel, -1, 1).flatten(0, 1)
    x = offset[:, :, :, 1] + starts[1].view(1, kernel[1], 1, -1).expand(*kernel, 1, -1).flatten(0, 1)
    rows, row_weights = _corners(y, height, mask is None)
    cols, col_weights = _corners(x, width, mask is None)
    weights = (row_weights.unsqueeze(-1) * col_weights.unsqueeze(-2)).to(data.dtype)
    if mask is not None:
        weights = weights * mask.reshape(batch, groups, count, *found.out, 1, 1)
    first = torch.arange(batch * groups, device=data.device).view(batch, groups, 1, 1, 1, 1, 1) * (height * width)
    places = first + rows.unsqueeze(-1) * width + cols.unsqueeze(-2)
    # one row a pixel: a weighted sum of four rows is what an embedding bag computes, in one pass
    pixels = data.reshape(batch, groups, channels // groups, -1).transpose(2, 3).reshape(-1, channels // groups)
    sums = F.embedding_bag(places.reshape(-1, 4), pixels, per_sample_weights=weights.reshape(-1, 4), mode="sum")
    return sums.view(batch, groups, count, area, -1).permute(0, 1, 4, 2, 3).reshape(batch, channels, count, area)


class _Options(NamedTuple):
    kernel: Shape
    stride: Shape
    dilate: Shape
    pad: Shape
    filters: int
    groups: int
    deformable_groups: int
    layout: str | None


def _convolve(
    who: str, data: Tensor, offset: Tensor, mask: Tensor | None, weight: Tensor, bias: Tensor | None, o: _Options
) -> Tensor:
    check_dims(who, "data", data, "N C H W")
    check_floats(who, data=data, offset=offset, mask=mask, weight=weight, bias=bias)
    if o.layout not in (None, "NCHW"):
        raise ArgumentError(f"{who}: layout is {o.layout!r}, expected 'NCHW', for data {tuple(data.shape)}")
    found = windows(who, data.shape[2:], o.kernel, o.stride, o.dilate, o.pad)
    batch, channels, count = data.shape[0], data.shape[1], math.prod(o.kernel)
    if channels % o.groups or o.filters % o.groups or channels % o.deformable_groups:
        raise ArgumentError(
            f"{who}: num_group is {o.groups} and num_deformable_group {o.deformable_groups}, expected divisors of the "
            f"{channels} channels of data, the former of num_filter={o.filters} too"
        )
    expected: dict[str, tuple[Tensor | None, Shape]] = {
        "offset": (offset, (batch, o.deformable_groups * count * 2, *found.out)),
        "mask": (mask, (batch, o.deformable_groups * count, *found.out)),
        "weight": (weight, (o.filters, channels // o.groups, *o.kernel)),
        "bias": (bias, (o.filters,)),
    }
    for name, (tensor, shape) in expected.items():
        if tensor is not None and tensor.shape != shape:
            raise ShapeError(
                f"{who}: {name} has shape {tuple(tensor.shape)}, expected {shape} from data {tuple(data.shape)}, "
                f"kernel={o.kernel}, num_filter={o.filters}, num_group={o.groups}, "
                f"num_deformable_group={o.deformable_groups}"
            )
    columns = _columns(data, offset, mask, o.kernel, found, o.deformable_groups)
    columns = columns.reshape(batch, o.groups, channels // o.groups * count, -1)
    out = (weight.reshape(o.groups, o.filters // o.groups, -1) @ columns).view(batch, o.filters, *found.out)
    return out if bias is None else out + bias.view(-1, 1, 1)


@op(
    "_contrib_DeformableConvolution",
    inputs=lambda a: ("data", "offset", "weight") if a.no_bias else ("data", "offset", "weight", "bias"),
    fill=_fill_deformable,
    told=functools.partial(_told, _fill_deformable),
)
def deformable_convolution(
    data: Tensor,
    offset: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: Positive,
    num_group: Positive = 1,
    num_deformable_group: Positive = 1,
    workspace: Count = 1024,
    no_bias: bool = False,
    layout: _Layout | None = None,
) -> Tensor:
    """Convolution whose kernel meets ``data`` at places moved by ``offset``, between pixels by their distance.

    Inputs:  data (N, C, H, W) float; offset (N, num_deformable_group * K * 2, h, w), K = kernel[0] * kernel[1]: for
             each place of the kernel how far it moves in pixels, y and x; weight (num_filter, C / num_group, *kernel);
             bias (num_filter,) unless ``no_bias``
    Attrs:   kernel, stride, dilate, pad, num_filter and num_group as of Convolution; num_deformable_group, into how
             many groups of channels, each with its own offsets, data falls; layout, NCHW; workspace has no effect
    Outputs: (N, num_filter, h, w). Outside of data, from 0 up to but not including H and W, all is zero; within a
             pixel of its end the last pixel counts
    Raises:  ShapeError if an input does not fit; ArgumentError; DTypeError
    Source:  arXiv:1703.06211; behaviour of MXNet 1.9.1
    """
    bias = bias_of("DeformableConvolution", bias, no_bias)
    options = _Options(kernel, stride, dilate, pad, num_filter, num_group, num_deformable_group, layout)
    return _convolve("DeformableConvolution", data, offset, None, weight, bias, options)


@op(
    "_contrib_ModulatedDeformableConvolution",
    inputs=lambda a: ("data", "offset", "mask", "weight", "bias")[: 4 if a.no_bias else 5],
    fill=_fill_modulated,
    told=functools.partial(_told, _fill_modulated),
)
def modulated_deformable_convolution(
    data: Tensor,
    offset: Tensor,
    mask: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: Positive,
    num_group: Positive = 1,
    num_deformable_group: Positive = 1,
    workspace: Count = 1024,
    no_bias: bool = False,
    im2col_step: Positive = 64,
    layout: _Layout | None = None,
) -> Tensor:
    """DeformableConvolution with a weight for each place of the kernel in each window.

    Inputs:  mask (N, num_deformable_group * K, h, w), K = kernel[0] * kernel[1]; the others as of DeformableConvolution
    Attrs:   as of DeformableConvolution; im2col_step and workspace have no effect: no batch is too large or too uneven
    Outputs: (N, num_filter, h, w). All around data there is zero, and pixels at its edge fade into it
    Raises:  ShapeError if an input does not fit; ArgumentError; DTypeError
    Source:  arXiv:1811.11168; behaviour of MXNet 1.9.1, which on CPUs has no gradients of it
    """
    bias = bias_of("ModulatedDeformableConvolution", bias, no_bias)
    options = _Options(kernel, stride, dilate, pad, num_filter, num_group, num_deformable_group, layout)
    return _convolve("ModulatedDeformableConvolution", data, offset, mask, weight, bias, options)
