"""Pooling of regions of interest into grids of one size: the means of samples, also of rotated regions.

Samples are read by ``embedding_bag``: with the channels of a pixel as one row, a weighted sum of rows is an average
of samples, and no sample is ever stored.
"""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor
from torch.nn import functional

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._ops import Shape, op
from mxnet._runtime.copies import in_order

from .boxes import floats_only

_TAPS = 1 << 22
"""Weights of pixels kept at once."""


def check_rois(who: str, data: Tensor, rois: Tensor, spatial_scale: float, columns: int = 5) -> float:
    """Raise unless data is (n, c, h, w), rois (r, columns), both floats of one dtype, and the scale in [0, 1].

    Returns the scale as a float32, in which 1.9.1 keeps attributes: a third of 3 is to end at 1, for any dtype.
    """
    if not 0 <= spatial_scale <= 1:
        raise ArgumentError(
            f"{who}: got spatial_scale={spatial_scale}, expected [0, 1]: size of the map over the image"
        )
    if data.dim() != 4:
        raise ShapeError(f"{who}: data has shape {tuple(data.shape)}, expected (batch, channels, height, width)")
    if rois.dim() != 2 or rois.shape[1] != columns:
        raise ShapeError(f"{who}: rois have shape {tuple(rois.shape)}, expected (regions, {columns})")
    floats_only(who, data, rois)
    return torch.tensor(spatial_scale, dtype=torch.float32).item()


def check_pooled(who: str, pooled_size: Shape) -> tuple[int, int]:
    if len(pooled_size) != 2 or min(pooled_size) < 1:
        raise ArgumentError(f"{who}: got pooled_size={pooled_size}, expected (height, width), both positive")
    return pooled_size[0], pooled_size[1]


def half_away(x: Tensor) -> Tensor:
    """Whole numbers nearest to ``x``, halves away from zero."""
    return torch.where(x < 0, (x - 0.5).ceil(), (x + 0.5).floor())


def in_full(t: Tensor) -> Tensor:
    """``t`` without gradient, at least float32: places of pixels do not survive half precision. No number is zero."""
    t = t.detach().nan_to_num(0.0, torch.inf, -torch.inf)
    return t if t.dtype is torch.float64 else t.to(torch.float32)


def images(rois: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """The image of each region, and whether there is such an image; regions of none are pooled to zero."""
    image = rois[:, 0].detach().to(torch.int64)
    return image.clamp(0, max(n - 1, 0)), (image >= 0) & (image < n)


def pixel_rows(data: Tensor, parts: int = 1, groups: int = 1) -> Tensor:
    """``data`` (n, groups * c * parts, h, w) as rows (n * groups * parts * h * w, c)."""
    n, c, h, w = data.shape
    rows = data.reshape(n, groups, c // (groups * parts), parts, h, w).permute(0, 1, 3, 4, 5, 2)
    return in_order(rows).view(-1, c // (groups * parts))


_FEW = 32
"""With so few channels, on CPUs, the gradient of a bag spends its time sorting rows: for two channels it takes 17 times
as long as that of a gather, which instead keeps a copy of what it reads.
"""


def weighted(rows: Tensor, index: Tensor, weight: Tensor, sparse: bool = False) -> Tensor:
    """Sums of ``rows`` (m, c), at index (..., k) times weight (..., k): (..., c).

    ``sparse``: many weights are 0, and their elements are not read.
    """
    lead, k = index.shape[:-1], index.shape[-1]
    index, weight = index.reshape(-1, k), weight.reshape(-1, k)
    table = rows if rows.dtype in (torch.float32, torch.float64) else rows.to(torch.float32)
    offsets = None
    weight = weight.to(table.dtype)
    if table.requires_grad and table.is_cpu and table.shape[1] <= _FEW and not sparse:
        read = torch.gather(table.t().contiguous(), 1, index.reshape(1, -1).expand(table.shape[1], -1))
        sums = (read.view(-1, *index.shape) * weight).sum(-1)
        return sums.t().to(rows.dtype).reshape(*lead, -1)
    if sparse:
        there = weight != 0
        offsets = functional.pad(there.sum(1).cumsum(0)[:-1], (1, 0)).to(index.dtype)
        index, weight = index[there], weight[there]
    out = functional.embedding_bag(index, table, offsets, mode="sum", per_sample_weights=weight)
    return out.to(rows.dtype).view(*lead, -1)


def linear(at: Tensor, last: int | Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The two pixels around each place, of which those outside by less than a pixel count as on the border.

    Outputs: (..., 2) pixels up to ``last``, (..., 2) their weights; (...) whether the place is on the map
    """
    on = (at >= -1) & (at <= last + 1)
    at = at.clamp(min=0).clamp_(max=last)
    low = at.floor()
    share = at - low
    pixels = torch.stack([low, (low + 1).clamp_(max=last)], -1).to(torch.int64)
    return pixels, torch.stack([1 - share, share], -1), on


def _axes(
    start: Tensor, extent: Tensor, there: Tensor, pooled: tuple[int, int], ratio: int, shape: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Along both axes, the pixels (2, r, bins, k) that the samples of each bin read, and their weights.

    From ``start`` and ``extent`` (2, r) of regions, and which of them are ``there``. ``ratio`` samples a bin, or, if
    not positive, as many as it has pixels. Both axes have as many bins as the one that has more.
    """
    step = extent / extent.new_tensor(pooled)[:, None]
    grid = torch.full_like(step, ratio) if ratio > 0 else step.ceil().clamp_(min=1)
    near = 2 * (max(shape) + 4)  # samples are half a pixel apart or more: this many of a bin lie on the map
    most = ratio if ratio > 0 else int(grid.max().clamp(max=near))
    sample = torch.arange(most, dtype=start.dtype, device=start.device)
    bins = torch.arange(max(pooled), dtype=start.dtype, device=start.device)
    start, step, grid = start[..., None], step[..., None], grid[..., None]
    base, last = (start + bins * step)[..., None], start.new_tensor(shape).sub_(1)[:, None, None, None]
    step, grid, seen = step[..., None], grid[..., None], ((extent > 0) & there)[..., None, None]
    if ratio <= 0 and most == near:  # regions may be far greater than the map: samples before it are skipped
        sample = sample + ((-1 - base) * grid / step - 0.5).floor().clamp_(min=0)
    at = base + (sample + 0.5) * step / grid
    pixels, weights, on = linear(at.nan_to_num_(-2.0) if most == near else at, last)
    on &= (sample < grid) & seen
    weights = torch.where(on[..., None], weights / grid[..., None], 0).flatten(3)
    pixels = pixels.flatten(3)
    first = pixels[..., :1]
    if ratio <= 0:  # samples are less than a pixel apart: the pixels they share are read once
        slot = (pixels - first).clamp_(0, most)
        weights = weights.new_zeros((*pixels.shape[:3], most + 1)).scatter_add_(3, slot, weights)
        pixels = first + torch.arange(most + 1, device=start.device)
    return torch.where(weights != 0, pixels, first), weights


def _filled(weights: Tensor) -> float:
    """The share of ``weights`` (..., k) that is not zero; 0 if some first one is, as that of bins without pixels."""
    if int(weights[..., 0].count_nonzero()) * weights.shape[-1] < weights.numel():
        return 0
    return int(weights.count_nonzero()) / weights.numel()


def average(data: Tensor, parts: int, part: Tensor, y: tuple[Tensor, Tensor], x: tuple[Tensor, Tensor]) -> Tensor:
    """Means over bins of ``data`` (n, c * parts, h, w).

    Inputs:  part (r, ph or 1, pw or 1), image times ``parts`` plus part that each reads; y (r, ph, ky) and x (r, pw,
             kx), pixels and weights of each bin along the axes
    Outputs: (r, c, ph, pw)
    """
    taps = y[0].shape[1] * x[0].shape[1] * y[0].shape[2] * x[0].shape[2]
    c = data.shape[1] // parts
    # pixels are read faster as rows, but all of the map must become rows, and all of its gradient be turned back
    learns = torch.is_grad_enabled() and data.requires_grad
    planes = learns and 6 * len(part) * taps * c <= data.numel()
    source = data.flatten() if planes else pixel_rows(data, parts)
    mean = functools.partial(_of_planes, c=c, parts=parts) if planes else _of_rows
    some = max(1, _TAPS // taps)
    out = []
    for i in range(0, len(part), some):
        s = slice(i, i + some)
        out.append(mean(source, part[s], (y[0][s], y[1][s]), (x[0][s], x[1][s]), data.shape[2:]))
    return in_order(torch.cat(out) if len(out) > 1 else out[0])


def _of_rows(
    rows: Tensor, part: Tensor, y: tuple[Tensor, Tensor], x: tuple[Tensor, Tensor], shape: torch.Size
) -> Tensor:
    h, w = shape
    # half as many bytes as of int64: of a small table most of the time goes into indices
    kind = torch.int32 if len(rows) < 1 << 31 else torch.int64
    rows_y = (((part * h)[..., None] + y[0][:, :, None]) * w).to(kind)
    # all pixels of a bin in one axis: loops over the few along each of two take twice as long
    kx = x[0].shape[2]
    pixel = torch.arange(y[0].shape[2] * kx, device=rows.device)
    of_y, of_x = pixel // kx, pixel % kx
    index = rows_y.index_select(-1, of_y) + x[0].to(kind).index_select(-1, of_x)[:, None]
    weight = y[1].index_select(-1, of_y)[:, :, None] * x[1].index_select(-1, of_x)[:, None]
    # leaving zeros out costs more than a few of them
    sparse = _filled(y[1]) * _filled(x[1]) < 1 / 3
    return weighted(rows, index, weight, sparse).permute(0, 3, 1, 2)


def _of_planes(
    flat: Tensor, part: Tensor, y: tuple[Tensor, Tensor], x: tuple[Tensor, Tensor], shape: torch.Size,
    c: int, parts: int,
) -> Tensor:  # fmt: skip
    h, w = shape
    plane = (part - part % parts) * c + part % parts  # of the first channel
    channel = torch.arange(0, c * parts, parts, device=flat.device)[:, None, None]
    first = (plane[:, None] + channel) * (h * w)  # (r, c, ph or 1, pw or 1)
    pixel = ((y[0] * w)[:, :, None, :, None] + x[0][:, None, :, None]).flatten(3)
    weight = (y[1][:, :, None, :, None] * x[1][:, None, :, None]).flatten(3)
    at = first[..., None] + pixel[:, None]
    values = flat.gather(0, at.flatten()).view(at.shape).to(weight.dtype) * weight[:, None]
    if not _filled(y[1]) * _filled(x[1]):  # what has no weight is not read, even if it is NaN
        values = values.masked_fill((weight == 0)[:, None], 0)
    return values.sum(-1).to(flat.dtype)


@op("_contrib_ROIAlign")
def roi_align(
    data: Tensor,
    rois: Tensor,
    *,
    pooled_size: Shape,
    spatial_scale: float,
    sample_ratio: int = -1,
    position_sensitive: bool = False,
    aligned: bool = False,
) -> Tensor:
    """Each region as a grid of means of samples, read between pixels.

    Inputs:  data (n, c, h, w) float; rois (r, 5), rows of image and left, top, right, bottom
    Attrs:   pooled_size (height, width) of the grid; spatial_scale, size of the map over that of the image;
             sample_ratio, samples a bin along each axis, as many as it has pixels if not positive;
             position_sensitive, every bin reads channels of its own; aligned, pixels are squares about their
             places, and regions may be smaller than a pixel
    Outputs: (r, c, height, width), c over height * width if position_sensitive; zero for regions of no image and,
             aligned, of no size. The gradient goes to data; that to rois is zero.
    Raises:  ShapeError, DTypeError, ArgumentError for sizes that are not two, or a scale outside [0, 1]
    Source:  arXiv:1703.06870; behaviour of MXNet 1.9.1
    """
    who = "_contrib_ROIAlign"
    ph, pw = check_pooled(who, pooled_size)
    spatial_scale = check_rois(who, data, rois, spatial_scale)
    n, c, h, w = data.shape
    parts = ph * pw if position_sensitive else 1
    if c % parts:
        raise ShapeError(f"{who}: data has {c} channels, expected a multiple of {ph} * {pw} for position_sensitive")
    r = len(rois)
    if data.is_meta or not r or not data.numel():
        return data.new_zeros((r, c // parts, ph, pw))
    image, there = images(rois, n)
    part = torch.arange(ph * pw, device=data.device).view(ph, pw) if position_sensitive else 0
    part = image[:, None, None] * parts + part
    corners = (in_full(rois[:, 1:]) * spatial_scale - (0.5 if aligned else 0)).T
    start = corners[:2].flip(0)  # y, x
    extent = (corners[2:].flip(0) - start).clamp_(min=0.0 if aligned else 1.0)
    pixels, weights = _axes(start, extent, there, (ph, pw), sample_ratio, (h, w))
    return average(data, parts, part, (pixels[0, :, :ph], weights[0, :, :ph]), (pixels[1, :, :pw], weights[1, :, :pw]))


def _reads(extent: Tensor, pooled: int) -> int:
    return int((extent / pooled).max().ceil()) + 2


@op("_contrib_RROIAlign")
def rroi_align(
    data: Tensor, rois: Tensor, *, pooled_size: Shape, spatial_scale: float, sampling_ratio: int = -1
) -> Tensor:
    """Each rotated region as a grid of means of samples, read between pixels.

    Inputs:  data (n, c, h, w) float; rois (r, 6), rows of image, centre x and y, width, height, and the angle in
             degrees, against the clock
    Attrs:   pooled_size (height, width) of the grid; spatial_scale, size of the map over that of the image;
             sampling_ratio, samples a bin along each axis, as many as it has pixels if not positive
    Outputs: (r, c, height, width). The gradient goes to data (1.9.1 has none); that to rois is zero.
    Raises:  ShapeError, DTypeError, ArgumentError for sizes that are not two, or a scale outside [0, 1]
    Source:  arXiv:1703.01086; behaviour of MXNet 1.9.1
    """
    who = "_contrib_RROIAlign"
    ph, pw = check_pooled(who, pooled_size)
    spatial_scale = check_rois(who, data, rois, spatial_scale, 6)
    n, c, h, w = data.shape
    r = len(rois)
    if data.is_meta or not r or not data.numel():
        return data.new_zeros((r, c, ph, pw))
    rows = pixel_rows(data)
    image, there = images(rois, n)
    places = in_full(rois)
    boxes, angle = places[:, 1:5] * spatial_scale, places[:, 5] * (math.pi / 180)
    size = boxes[:, 2:].clamp(min=1.0)
    reads = sampling_ratio**2 if sampling_ratio > 0 else _reads(size[:, 1], ph) * _reads(size[:, 0], pw)
    some = max(1, _TAPS // (4 * ph * pw * reads))
    out = []
    for i in range(0, r, some):
        s = slice(i, i + some)
        y, x, on = _rotated(boxes[s], size[s], angle[s], (ph, pw), sampling_ratio)
        py, wy, on_y = linear(y, h - 1)
        px, wx, on_x = linear(x, w - 1)
        on = (on * (on_y & on_x & there[s, None, None, None, None]))[..., None, None]
        index = (image[s, None, None, None, None, None, None] * h + py[..., None]) * w + px[..., None, :]
        weight = wy[..., None] * wx[..., None, :] * on
        out.append(weighted(rows, index.flatten(3), weight.flatten(3), sampling_ratio <= 0).permute(0, 3, 1, 2))
    return in_order(torch.cat(out) if len(out) > 1 else out[0])


def _rotated(
    boxes: Tensor, size: Tensor, angle: Tensor, pooled: tuple[int, int], ratio: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Places y and x of the samples, (r, ph, pw, gy, gx), and the share of each in its mean."""
    offsets, shares = [], []
    for axis, bins in ((1, pooled[0]), (0, pooled[1])):
        extent = size[:, axis, None, None]
        step = extent / bins
        grid = torch.full_like(step, ratio) if ratio > 0 else step.ceil()
        sample = torch.arange(int(grid.max()), dtype=size.dtype, device=size.device)
        place = torch.arange(bins, dtype=size.dtype, device=size.device)[:, None]
        offsets.append(-extent / 2 + place * step + (sample + 0.5) * step / grid)
        shares.append(((sample < grid) / grid).expand(-1, bins, -1))
    yy, xx = offsets[0][:, :, None, :, None], offsets[1][:, None, :, None]
    cos, sin = (f(angle)[:, None, None, None, None] for f in (torch.cos, torch.sin))
    centre_x, centre_y = (boxes[:, i, None, None, None, None] for i in (0, 1))
    share = shares[0][:, :, None, :, None] * shares[1][:, None, :, None]
    return yy * cos - xx * sin + centre_y, xx * cos + yy * sin + centre_x, share
