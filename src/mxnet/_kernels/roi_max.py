"""Pooling of regions of interest into grids of one size by their largest elements.

Bins of few pixels are read pixel by pixel, all bins at once. For larger ones, and so many that they read most pixels
often, the largest elements of windows are found first, of which four cover a bin.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from mxnet._ops import Shape, op
from mxnet._runtime.copies import in_order

from .roi import check_pooled, check_rois, half_away, images, in_full

_LAST = (1 << 32) - 1
"""Larger than all numbers of pixels."""
_PIXELS = 256
"""Pixels of the largest bin up to which bins are read pixel by pixel."""
_TIMES = 16
"""How often at most every pixel of the map may be read in this way."""
_AT_ONCE = 1 << 15
"""Elements of bins that are looked at together: they fit into the cache, and one thread does it, as in such short steps
two threads wait for each other too often.
"""

_Bins = tuple[Tensor, Tensor]
"""Along one axis the first pixels of the bins of each region, (r, bins) int64, and how many."""


class _Chosen(torch.autograd.Function):
    """``out`` (r, c, ph, pw), elements of ``data``; ``at`` (r * ph * pw, c) says which, or data.numel() for none."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, out: Tensor, at: Tensor) -> Tensor:
        ctx.save_for_backward(at)
        ctx.shape = data.shape
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (at,) = ctx.saved_tensors
        size = math.prod(ctx.shape)
        grad = grads[0].permute(0, 2, 3, 1).flatten()
        return grad.new_zeros(size + 1).scatter_add(0, at.flatten(), grad)[:size].view(ctx.shape), None, None


@op("ROIPooling", unseen=1)
def roi_pooling(data: Tensor, rois: Tensor, *, pooled_size: Shape, spatial_scale: float) -> Tensor:
    """Each region as a grid of the largest elements.

    Inputs:  data (n, c, h, w) float; rois (r, 5), rows of image and left, top, right, bottom, rounded to pixels
             and both ends included
    Attrs:   pooled_size (height, width) of the grid; spatial_scale, size of the map over that of the image
    Outputs: (r, c, height, width), zero for bins that lie outside and regions of no image. NaN is not larger than any
             number, and a bin without any is the lowest number of the dtype. The gradient goes to the largest element,
             the first of equals; that to rois is zero.
    Raises:  ShapeError, DTypeError, ArgumentError for sizes that are not two, or a scale outside [0, 1]
    Source:  arXiv:1504.08083; behaviour of MXNet 1.9.1
    """
    ph, pw = check_pooled("ROIPooling", pooled_size)
    spatial_scale = check_rois("ROIPooling", data, rois, spatial_scale)
    n, c, h, w = data.shape
    r = len(rois)
    if data.is_meta or not r or not data.numel():
        return data.new_zeros((r, c, ph, pw))
    image, there = images(rois, n)
    left, top, right, bottom = half_away(in_full(rois[:, 1:]) * spatial_scale).unbind(1)
    y = _bins(top, bottom, ph, h)
    x = _bins(left, right, pw, w)
    y = y[0], torch.where(there[:, None], y[1], 0)
    lowest = torch.finfo(data.dtype).min
    rows = data.detach().permute(0, 2, 3, 1).contiguous().nan_to_num(lowest, torch.inf, lowest)
    learns = torch.is_grad_enabled() and data.requires_grad
    pixels = int(y[1].max()) * int(x[1].max())
    few = pixels <= _PIXELS and r * ph * pw * pixels <= _TIMES * n * h * w
    best, at = (_read if few else _doubled)(rows, image, y, x, learns)
    empty = (y[1][:, :, None] * x[1][:, None]).flatten().logical_not_().nonzero()[:, 0]
    if at is not None:
        # from the pixel among all images to its place in data, whose channels are planes
        plane = image[:, None] * (c - 1) + torch.arange(c, device=data.device)
        at.view(r, ph * pw, c).add_((plane * (h * w))[:, None])
        at.index_fill_(0, empty, data.numel())
        if float(best.amin()) <= lowest:
            at.masked_fill_(best <= lowest, data.numel())
    out = in_order(best.index_fill_(0, empty, 0).view(r, ph, pw, c).permute(0, 3, 1, 2))
    return out if at is None else _Chosen.apply(data, out, at)


def _bins(start: Tensor, end: Tensor, pooled: int, size: int) -> tuple[Tensor, Tensor]:
    """First pixels (r, pooled) of the bins of each region, and how many, on the map."""
    step = (end - start + 1).clamp(min=1)[:, None] / pooled
    bins = torch.arange(pooled, dtype=step.dtype, device=step.device)
    first = ((bins * step).floor() + start[:, None]).clamp(0, size).to(torch.int64)
    last = (((bins + 1) * step).ceil() + start[:, None]).clamp(0, size).to(torch.int64)
    return first, (last - first).clamp(min=0)


def _read(rows: Tensor, image: Tensor, y: _Bins, x: _Bins, learns: bool) -> tuple[Tensor, Tensor | None]:
    """The largest of ``rows`` (n, h, w, c) in each bin, (r * ph * pw, c), and the first pixel where it is.

    Bins read their pixels one after the other, and their last one again where others have more; those of like sizes
    go together.
    """
    _, h, w, c = rows.shape
    (y0, tall), (x0, wide) = y, x
    corner = (((image[:, None] * h + y0.clamp(max=h - 1)) * w)[:, :, None] + x0.clamp(max=w - 1)[:, None]).flatten()
    tall, wide = (v.flatten() for v in torch.broadcast_tensors(tall[:, :, None], wide[:, None]))
    table = rows.view(-1, c)
    best = table.new_empty((len(corner), c))
    at = torch.empty((len(corner), c), dtype=torch.int64, device=rows.device) if learns else None
    for bins in torch.argsort(torch.maximum(tall, wide)).split(max(1, _AT_ONCE // c)):
        down, right, start = tall[bins] - 1, wide[bins] - 1, corner[bins]
        high, broad = int(down.max()), int(right.max())
        steps = [
            start + down.clamp(0, i) * w + right.clamp(0, j)
            for i in range(max(high, 0) + 1)
            for j in range(max(broad, 0) + 1)
        ]
        most = table.index_select(0, steps[0])
        pixel = torch.empty_like(most)
        for step in steps[1:]:
            torch.maximum(most, torch.index_select(table, 0, step, out=pixel), out=most)
        best.index_copy_(0, bins, most)
        if at is not None:
            at.index_copy_(0, bins, _first(table, steps, most, pixel, broad + 1, w) + start[:, None])
    return best, at


def _first(table: Tensor, steps: list[Tensor], most: Tensor, spare: Tensor, broad: int, w: int) -> Tensor:
    """How far from the first of the ``steps``, which are ``broad`` to a row, ``most`` is first found in ``table``."""
    # how many steps are left there: comparisons into numbers are the fast ones
    left = torch.zeros_like(most)
    for k, step in enumerate(steps):
        pixel = torch.index_select(table, 0, step, out=spare)
        torch.maximum(left, torch.eq(pixel, most, out=spare).mul_(len(steps) - k), out=left)
    taken = len(steps) - left.to(torch.float32)
    return taken.add_((taken / max(broad, 1)).floor_(), alpha=w - max(broad, 1)).to(torch.int64)


def _doubled(rows: Tensor, image: Tensor, y: _Bins, x: _Bins, learns: bool) -> tuple[Tensor, Tensor | None]:
    """As ``_read``, by windows: a few comparisons for each pixel of the map, however large the bins are."""
    best = _largest(_keys(rows) if learns else rows, image, y, x)
    if not learns:
        return best, None
    at = (best & _LAST).neg_().add_(_LAST)
    at.clamp_(max=rows[..., 0].numel() - 1)  # those of empty bins
    return rows.view(-1, rows.shape[3]).gather(0, at), at


def _keys(rows: Tensor) -> Tensor:
    """Whole numbers in the order of ``rows`` (n, h, w, c), and of equals in the opposite order of their pixels.

    The upper half is the number's rank, the lower one ``_LAST`` less its row of pixels: a maximum finds both.
    """
    if rows.dtype is torch.float64:
        rank = torch.unique(rows, return_inverse=True)[1]
    else:
        bits = (rows.to(torch.float32) + 0.0).view(torch.int32)  # of two zeros one
        rank = (bits >> 31).bitwise_and_(0x7FFFFFFF).bitwise_xor_(bits).to(torch.int64)
    at = torch.arange(rows[..., 0].numel(), device=rows.device).view(rows.shape[:3])
    return rank.bitwise_left_shift_(32).add_((_LAST - at)[..., None])


def _largest(columns: Tensor, image: Tensor, y: _Bins, x: _Bins) -> Tensor:
    """The largest of ``columns`` (n, h, w, c) in each bin, (r * ph * pw, c), zero in empty ones.

    Of windows of 1, 2, 4, ... pixels along each axis the largest elements are found once, each from two of half the
    size; a bin is then covered by four of them.
    """
    c = columns.shape[3]
    (y0, tall), (x0, wide) = y, x
    best = columns.new_zeros((y0.shape[0] * y0.shape[1] * x0.shape[1], c))
    level_y, level_x = (v.clamp(min=1).double().log2().floor().to(torch.int64) for v in (tall, wide))
    level = (level_y[:, :, None] * 64 + level_x[:, None]).masked_fill((tall[:, :, None] * wide[:, None]) == 0, -1)
    wanted = set(level.unique().tolist())
    # two places for each axis, used by turns: fresh memory takes longer than the comparisons
    rows, cells = _Turns(columns), _Turns(columns)
    for i in range(max(wanted) // 64 + 1):
        if i:
            columns = _double(columns, 1, 1 << (i - 1), rows)
        values = columns
        for j in range(1 + max((k % 64 for k in wanted if k >= 0 and k // 64 == i), default=-1)):
            if j:
                values = _double(values, 2, 1 << (j - 1), cells)
            r, p, q = (level == i * 64 + j).nonzero(as_tuple=True)
            if len(r):
                corners = _corners(image[r], (y0[r, p], tall[r, p], 1 << i), (x0[r, q], wide[r, q], 1 << j), values)
                flat = values.reshape(-1, c)
                found = [flat.index_select(0, k) for k in corners]
                for other in found[1:]:
                    torch.maximum(found[0], other, out=found[0])
                best[(r * y0.shape[1] + p) * x0.shape[1] + q] = found[0]
    return best


class _Turns:
    """Two places in memory, with as many elements as ``like`` has, used by turns; allocated at the first use."""

    def __init__(self, like: Tensor) -> None:
        self.like = like
        self.places: list[Tensor] = []

    def take(self, shape: tuple[int, ...]) -> Tensor:
        self.places.append(self.places.pop(0) if len(self.places) == 2 else torch.empty_like(self.like).view(-1))
        return self.places[-1][: math.prod(shape)].view(shape)


def _corners(
    image: Tensor, y: tuple[Tensor, Tensor, int], x: tuple[Tensor, Tensor, int], values: Tensor
) -> list[Tensor]:
    """Rows of the windows at the four corners of each bin, in ``values`` (n, h, w, c)."""
    h, w = values.shape[1:3]
    tops = (y[0], y[0] + y[1] - y[2])
    lefts = (x[0], x[0] + x[1] - x[2])
    return [(image * h + top) * w + left for top in tops for left in lefts]


def _double(values: Tensor, axis: int, half: int, turns: _Turns) -> Tensor:
    """Windows twice as long along ``axis``, from those at a distance of ``half``."""
    size = values.shape[axis] - half
    out = turns.take((*values.shape[:axis], size, *values.shape[axis + 1 :]))
    return torch.maximum(values.narrow(axis, 0, size), values.narrow(axis, half, size), out=out)
