"""Position-sensitive pooling of regions: every bin of the grid has its own channels, those that look for its part.

Sources: arXiv:1605.06409 (R-FCN), arXiv:1703.06211 (deformable); behaviour of MXNet 1.9.1.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError, ShapeError
from mxnet._ops import op

from .roi import average, check_rois, half_away, images, in_full, pixel_rows, weighted


def _check_channels(who: str, data: Tensor, output_dim: int, group: int, pooled: int) -> None:
    if min(output_dim, group, pooled) < 1:
        raise ArgumentError(
            f"{who}: got output_dim={output_dim}, group_size={group}, pooled_size={pooled}, expected positive numbers"
        )
    if data.shape[1] != output_dim * group * group:
        raise ShapeError(
            f"{who}: data has {data.shape[1]} channels, expected output_dim * group_size ** 2 = "
            f"{output_dim * group * group}"
        )


def _parts(pooled: int, group: int, device: torch.device) -> Tensor:
    """(pooled, pooled), the part that each bin looks for."""
    bins = torch.arange(pooled, device=device) * group // pooled
    return bins[:, None] * group + bins


def _bins(start: Tensor, end: Tensor, pooled: int, size: int) -> tuple[Tensor, Tensor]:
    """Pixels (r, pooled, k) of each bin along one axis, and their shares in its mean."""
    step = (end - start).clamp(min=0.1)[:, None] / pooled
    bins = torch.arange(pooled, dtype=step.dtype, device=step.device)
    first = (bins * step + start[:, None]).floor().clamp(0, size).to(torch.int64)
    last = ((bins + 1) * step + start[:, None]).ceil().clamp(0, size).to(torch.int64)
    count = (last - first).clamp(min=0)[..., None]
    pixels = torch.arange(max(1, int(count.max())), device=step.device)
    share = torch.where(pixels < count, 1 / count, 0).to(step.dtype)
    return (first[..., None] + torch.where(pixels < count, pixels, 0)).clamp_(max=size - 1), share


@op("_contrib_PSROIPooling")
def psroi_pooling(
    data: Tensor, rois: Tensor, *, spatial_scale: float, output_dim: int, pooled_size: int, group_size: int = 0
) -> Tensor:
    """Each region as a grid of means, every bin of channels of its own.

    Inputs:  data (n, output_dim * group_size ** 2, h, w) float; rois (r, 5), rows of image and left, top, right,
             bottom, rounded to pixels
    Attrs:   spatial_scale, size of the map over that of the image; output_dim, channels of the result; pooled_size,
             height and width of the grid; group_size, parts along each axis, pooled_size if 0
    Outputs: (r, output_dim, pooled_size, pooled_size), zero for bins that lie outside and regions of no image.
             The gradient goes to data; that to rois is zero.
    Raises:  ShapeError (1.9.1 reads past the end of too few channels), DTypeError, ArgumentError
    """
    who = "_contrib_PSROIPooling"
    spatial_scale = check_rois(who, data, rois, spatial_scale)
    group = group_size or pooled_size
    _check_channels(who, data, output_dim, group, pooled_size)
    n, _, h, w = data.shape
    r = len(rois)
    if data.is_meta or not r or not data.numel():
        return data.new_zeros((r, output_dim, pooled_size, pooled_size))
    image, there = images(rois, n)
    corners = half_away(in_full(rois[:, 1:]))
    left, top = (corners[:, :2] * spatial_scale).unbind(1)
    right, bottom = ((corners[:, 2:] + 1) * spatial_scale).unbind(1)
    y, x = _bins(top, bottom, pooled_size, h), _bins(left, right, pooled_size, w)
    y = y[0], torch.where(there[:, None, None], y[1], 0)
    part = image[:, None, None] * group * group + _parts(pooled_size, group, data.device)
    return average(data, group * group, part, y, x)


def _inputs(a: Any) -> tuple[str, ...]:
    return ("data", "rois") if a.no_trans else ("data", "rois", "trans")


def _check_trans(who: str, trans: Tensor, r: int, part: int, output_dim: int, dtype: torch.dtype) -> int:
    """The number of classes that ``trans`` moves."""
    classes = trans.shape[1] // 2 if trans.dim() == 4 else 0
    if classes < 1 or tuple(trans.shape) != (r, 2 * classes, part, part) or output_dim % classes:
        raise ShapeError(
            f"{who}: trans has shape {tuple(trans.shape)}, expected ({r}, 2 * classes, {part}, {part}), "
            f"with output_dim={output_dim} a multiple of classes"
        )
    if trans.dtype is not dtype:
        raise DTypeError(f"{who}: got trans of {trans.dtype} and data of {dtype}, expected one dtype; use astype")
    return classes


def _samples(start: Tensor, sub: Tensor, count: int, size: int) -> tuple[Tensor, Tensor]:
    """Pixels (..., 2 * count) around the samples of each bin along one axis, and their shares in its mean."""
    at = start[..., None] + torch.arange(count, dtype=start.dtype, device=start.device) * sub[..., None]
    on = (at >= -0.5) & (at <= size - 0.5)
    at = at.clamp(0, size - 1)
    low = at.detach().floor()
    share = at - low
    mean = on / on.sum(-1, keepdim=True).clamp(min=1)
    pixels = torch.stack([low, at.detach().ceil()], -1).to(torch.int64)
    weights = torch.stack([1 - share, share], -1) * mean[..., None]
    return pixels.flatten(-2), weights.flatten(-2)


@op("_contrib_DeformablePSROIPooling", inputs=_inputs, unseen=1)
def deformable_psroi_pooling(
    data: Tensor,
    rois: Tensor,
    trans: Tensor | None = None,
    *,
    spatial_scale: float,
    output_dim: int,
    group_size: int,
    pooled_size: int,
    part_size: int = 0,
    sample_per_part: int = 1,
    trans_std: float = 0.0,
    no_trans: bool = False,
) -> Tensor:
    """As ``PSROIPooling``, by samples read between pixels, with bins moved by learnt offsets.

    Inputs:  data (n, output_dim * group_size ** 2, h, w) float; rois (r, 5), rows of image and left, top, right,
             bottom, rounded to pixels; trans (r, 2 * classes, part_size, part_size), offsets x and y of every part
             as shares of the region, for each class of output_dim / classes channels; not there with ``no_trans``
    Attrs:   spatial_scale, size of the map over that of the image; output_dim, channels of the result; group_size,
             parts along each axis; pooled_size, height and width of the grid; part_size, pooled_size if 0;
             sample_per_part, samples a bin along each axis; trans_std in [0, 1], what offsets are multiplied by
    Outputs: (r, output_dim, pooled_size, pooled_size), means of the samples on the map, zero without any.
             The gradient goes to data and trans; that to rois is zero.
    Raises:  ShapeError, DTypeError, ArgumentError, InputTypeError for trans with no_trans or neither
    """
    who = "_contrib_DeformablePSROIPooling"
    spatial_scale = check_rois(who, data, rois, spatial_scale)
    _check_channels(who, data, output_dim, group_size, pooled_size)
    if not 0 <= trans_std <= 1 or sample_per_part < 1:
        raise ArgumentError(
            f"{who}: got trans_std={trans_std}, sample_per_part={sample_per_part}, expected [0, 1] and at least 1"
        )
    n, _, h, w = data.shape
    r, part = len(rois), part_size or pooled_size
    if (trans is None) is not no_trans:
        raise InputTypeError(f"{who}: got {'no trans' if trans is None else 'trans'} with no_trans={no_trans}")
    classes = 1 if trans is None else _check_trans(who, trans, r, part, output_dim, data.dtype)
    if data.is_meta or not r or not data.numel():
        return data.new_zeros((r, output_dim, pooled_size, pooled_size))
    image, there = images(rois, n)
    corners = half_away(in_full(rois[:, 1:]))
    start = corners[:, :2] * spatial_scale - 0.5
    extent = ((corners[:, 2:] + 1) * spatial_scale - 0.5 - start).clamp(min=0.1)
    step = extent / pooled_size
    bins = torch.arange(pooled_size, dtype=start.dtype, device=data.device)
    places = start[:, :, None] + bins * step[:, :, None]  # (r, xy, pooled)
    x, y = places[:, 0, None, None, :], places[:, 1, None, :, None]
    if trans is not None:
        at = torch.arange(pooled_size, device=data.device) * part // pooled_size
        moves = trans.to(start.dtype).view(r, classes, 2, part, part)[..., at[:, None], at] * trans_std
        x, y = (p + moves[:, :, i] * extent[:, i, None, None, None] for i, p in enumerate((x, y)))
    sub = (step / sample_per_part)[:, :, None, None, None]
    px, wx = _samples(x, sub[:, 0], sample_per_part, w)
    py, wy = _samples(y, sub[:, 1], sample_per_part, h)
    groups = image[:, None] * classes + torch.arange(classes, device=data.device)
    row = groups[..., None, None] * group_size**2 + _parts(pooled_size, group_size, data.device)
    index = ((row * h)[..., None] + py)[..., None] * w + px[..., None, :]
    weight = wy[..., None] * wx[..., None, :] * there[:, None, None, None, None, None]
    out = weighted(pixel_rows(data, group_size**2, classes), index.flatten(4), weight.expand(index.shape).flatten(4))
    return out.permute(0, 1, 4, 2, 3).reshape(r, output_dim, pooled_size, pooled_size)
