"""Boxes: non-maximum suppression, intersection over union, encoding, decoding, bipartite matching.

A box is four numbers, ``corner`` (left, top, right, bottom) or ``center`` (x, y, width, height).
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, ShapeError
from mxnet._ops import op
from mxnet._runtime.copies import in_order

from .suppression import Overlap, best_first, match, survivors
from .update_rules import single

_TINIEST = {torch.float16: 2.0**-24, torch.bfloat16: 2.0**-133, torch.float32: 2.0**-149, torch.float64: 2.0**-1074}
"""The least number above zero."""


def floats_only(who: str, *tensors: Tensor) -> None:
    """Raise DTypeError unless all ``tensors`` are floating point, and of one dtype."""
    dtypes = {t.dtype for t in tensors}
    if len(dtypes) > 1 or not tensors[0].is_floating_point():
        got = ", ".join(str(t.dtype).removeprefix("torch.") for t in tensors)
        raise DTypeError(f"{who}: got inputs of {got}, expected floating point, all of one dtype; use astype")


def corners(x: Tensor, y: Tensor, half_w: Tensor, half_h: Tensor) -> Tensor:
    """Boxes (..., 4) by their corners, from where their middles are and half their sizes."""
    out = x.new_empty((*x.shape, 4))
    left, top, right, bottom = out.unbind(-1)
    # three times as fast as a stack
    torch.sub(x, half_w, out=left)
    torch.sub(y, half_h, out=top)
    torch.add(x, half_w, out=right)
    torch.add(y, half_h, out=bottom)
    return out


def to_corner(boxes: Tensor) -> Tensor:
    """Boxes (..., 4) given by centre and size, as corners."""
    x, y, w, h = boxes.unbind(-1)
    return corners(x, y, w / 2, h / 2)


def middles(boxes: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The centre's x and y, the width and the height, (...) each, of boxes (..., 4) given by corners."""
    x1, y1, x2, y2 = boxes.unbind(-1)
    return (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1


def to_center(boxes: Tensor) -> Tensor:
    """Boxes (..., 4) given by corners, as centre and size."""
    return torch.stack(middles(boxes), -1)


class _Rearrange(torch.autograd.Function):
    """The rows that were chosen: their gradient goes to the rows they came from as it is, converted boxes included."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, out: Tensor, rows: Tensor, kept: Tensor) -> Tensor:
        ctx.save_for_backward(rows, kept)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None]:
        rows, kept = ctx.saved_tensors
        grad = grads[0].reshape(len(rows), *grads[0].shape[-2:])
        part = torch.where(kept[..., None], grad[:, : rows.shape[1]], 0)
        back = torch.zeros_like(grad).scatter_add(1, rows[..., None].expand_as(part), part)
        return back.view_as(grads[0]), None, None, None


def _check_nms(data: Tensor, coord_start: int, score_index: int, id_index: int) -> None:
    who, width = "_contrib_box_nms", data.shape[-1] if data.dim() else 0
    if data.dim() < 2:
        raise ShapeError(f"{who}: data has shape {tuple(data.shape)}, expected (..., boxes, columns)")
    columns = f"data has {width} columns, coordinates are in [{coord_start}, {coord_start + 4})"
    needed = 5 if id_index < 0 else 6
    if width < needed:
        raise ShapeError(f"{who}: {columns}; expected at least {needed} columns: score, coordinates, and id if given")
    taken = range(coord_start, coord_start + 4)
    if coord_start < 0 or coord_start + 4 > width:
        raise ArgumentError(f"{who}: {columns}; expected coord_start in [0, {width - 4}]")
    if not 0 <= score_index < width or score_index in taken:
        raise ArgumentError(f"{who}: got score_index={score_index}, but {columns}; expected another column")
    if id_index >= 0 and (id_index >= width or id_index in taken or id_index == score_index):
        raise ArgumentError(
            f"{who}: got id_index={id_index}, but {columns}, scores in {score_index}; expected another column"
        )


def _candidates(rows: Tensor, score: int, valid_thresh: float, kind: int, background: int) -> Tensor:
    valid = rows[..., score] > valid_thresh
    return valid if kind < 0 else valid & (rows[..., kind] != background)


@op("_contrib_box_nms", aliases=("_contrib_box_non_maximum_suppression",), outputs=("output0",), unseen=1)
def box_nms(
    data: Tensor,
    *,
    overlap_thresh: float = 0.5,
    valid_thresh: float = 0.0,
    topk: int = -1,
    coord_start: int = 2,
    score_index: int = 1,
    id_index: int = -1,
    background_id: int = -1,
    force_suppress: bool = False,
    in_format: Literal["center", "corner"] = "corner",
    out_format: Literal["center", "corner"] = "corner",
) -> Tensor:
    """Non-maximum suppression: of boxes that overlap the best stays.

    Inputs:  data (..., boxes, columns) float, a row a box: its score, four coordinates, perhaps a class, and more
    Attrs:   overlap_thresh, above which intersection over union suppresses; valid_thresh, scores must exceed it;
             topk, how many of the best take part, below zero for all, 0 to return ``data`` as it is;
             coord_start, score_index, id_index, where in a row these are (id_index < 0: no classes);
             background_id, the class to leave out; force_suppress, classes suppress each other;
             in_format, out_format of the boxes
    Outputs: like data: the rows that stay, best first (equal scores in the order given), then rows of -1. (1.9.1 does
             not change the format of boxes whose first coordinate is negative.)
             The gradient goes back to the rows that stay, as it is even if the format changes.
    Raises:  ShapeError, ArgumentError for columns that are not there or collide; DTypeError unless floating point
    """
    floats_only("_contrib_box_nms", data)
    _check_nms(data, coord_start, score_index, id_index)
    if topk == 0 or not data.numel() or data.is_meta:
        return data.clone()
    with torch.no_grad():
        rows = data.detach().reshape(-1, *data.shape[-2:])
        valid = _candidates(rows, score_index, valid_thresh, id_index, background_id)
        order, there = best_first(rows[..., score_index], valid, topk)
        most = order.shape[1]
        rows = rows.gather(1, order[..., None].expand(-1, -1, rows.shape[-1]))
        boxes = rows[..., coord_start : coord_start + 4]
        kinds = None if id_index < 0 or force_suppress else rows[..., id_index].trunc()
        found = boxes if in_format == "corner" else to_corner(boxes)
        kept = survivors(found, there, kinds, Overlap(overlap_thresh))
        if in_format != out_format:
            rows[..., coord_start : coord_start + 4] = found if out_format == "corner" else to_center(boxes)
        front = torch.argsort(kept, dim=-1, descending=True, stable=True)
        kept, order = kept.gather(1, front), order.gather(1, front)
        out = data.new_full((len(rows), *data.shape[-2:]), -1)
        picked = rows.gather(1, front[..., None].expand_as(rows))
        out[:, :most] = torch.where(kept[..., None], picked, -1)
        out = out.view(data.shape)
    if not (torch.is_grad_enabled() and data.requires_grad):
        return out
    return _Rearrange.apply(data, out, order, kept)


@op("_contrib_box_iou")
def box_iou(lhs: Tensor, rhs: Tensor, *, format: Literal["center", "corner"] = "corner") -> Tensor:
    """Intersection over union of every box of ``lhs`` with every box of ``rhs``.

    Inputs:  lhs (..., 4), rhs (..., 4) float
    Attrs:   format of the boxes
    Outputs: lhs.shape[:-1] + rhs.shape[:-1], in [0, 1], 0 where nothing is shared; its gradient is zero
    Raises:  ShapeError unless there are four columns and two dimensions or more; DTypeError
    """
    for name, boxes in (("lhs", lhs), ("rhs", rhs)):
        if boxes.dim() < 2 or boxes.shape[-1] != 4:
            raise ShapeError(f"_contrib_box_iou: {name} has shape {tuple(boxes.shape)}, expected (..., boxes, 4)")
    floats_only("_contrib_box_iou", lhs, rhs)
    a, b = lhs.detach(), rhs.detach()
    if format == "center":
        a, b = to_corner(a), to_corner(b)
    return iou(a.reshape(-1, 1, 4), b.reshape(1, -1, 4)).reshape(lhs.shape[:-1] + rhs.shape[:-1])


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of boxes given by corners; all axes but the last broadcast."""
    # coordinate by coordinate: columns that lie apart are read ten times slower
    a, b = in_order(a.movedim(-1, 0)), in_order(b.movedim(-1, 0))
    left, top, right, bottom = (torch.broadcast_tensors(*both) for both in zip(a, b, strict=True))
    width, spare = torch.empty((2, *left[0].shape), dtype=a.dtype, device=a.device)
    torch.minimum(*right, out=width).sub_(torch.maximum(*left, out=spare)).clamp_(min=0)
    height = torch.minimum(*bottom, out=spare).sub_(torch.maximum(*top)).clamp_(min=0)
    inter = width.mul_(height)
    union = torch.add(_area(a), _area(b), out=spare).sub_(inter)
    # without a union there is no intersection, and any divisor will do
    return inter.div_(union.clamp_(min=_TINIEST[a.dtype]))


def _area(planes: Tensor) -> Tensor:
    x1, y1, x2, y2 = planes
    return (x2 - x1).clamp_(min=0) * (y2 - y1).clamp_(min=0)


@op("_contrib_box_encode", outputs=("output0", "output1"))
def box_encode(
    samples: Tensor, matches: Tensor, anchors: Tensor, refs: Tensor, means: Tensor, stds: Tensor
) -> tuple[Tensor, Tensor]:
    """Training targets of boxes: where the reference box lies as seen from the anchor.

    Inputs:  samples (b, n), above 0.5 for anchors that count; matches (b, n), the row of ``refs`` of each anchor (of
             those that count, taken as the nearest there is); anchors (b, n, 4) and refs (b, m, 4), corners;
             means (4,), stds (4,), to normalise by
    Outputs: targets (b, n, 4): offset of the centre over the anchor's size, logarithm of the ratio of sizes, less
             means, over stds, and zero for anchors that do not count; masks like it, one for those that do.
             Gradients are zero.
    Raises:  ShapeError, DTypeError
    """
    _check_encode(samples, matches, anchors, refs, means, stds)
    counts = (samples > 0.5)[..., None]
    if not refs.shape[1]:
        return torch.zeros_like(anchors), torch.zeros_like(anchors)
    rows = matches.detach().to(torch.int64).clamp(0, refs.shape[1] - 1)
    found = refs.detach().gather(1, rows[..., None].expand(-1, -1, 4))
    targets = offsets(found, anchors.detach()).sub_(means.detach()).div_(stds.detach())
    return torch.where(counts, targets, 0), counts.to(anchors.dtype).expand_as(anchors).contiguous()


def offsets(boxes: Tensor, anchors: Tensor) -> Tensor:
    """``boxes`` (b, n, 4) as seen from ``anchors`` (b or 1, n, 4), both given by corners."""
    out = torch.empty_like(boxes)
    x, y, w, h = out.unbind(-1)
    (bx, by, bw, bh), (ax, ay, aw, ah) = middles(boxes), middles(anchors)
    torch.div(bx.sub_(ax), aw, out=x)
    torch.div(by.sub_(ay), ah, out=y)
    torch.log(bw.div_(aw), out=w)
    torch.log(bh.div_(ah), out=h)
    return out


def _check_encode(samples: Tensor, matches: Tensor, anchors: Tensor, refs: Tensor, *norms: Tensor) -> None:
    who = "_contrib_box_encode"
    if anchors.dim() != 3 or anchors.shape[2] != 4:
        raise ShapeError(f"{who}: anchors have shape {tuple(anchors.shape)}, expected (batch, anchors, 4)")
    lead = tuple(anchors.shape[:2])
    for name, t in (("samples", samples), ("matches", matches)):
        if tuple(t.shape) != lead:
            raise ShapeError(f"{who}: {name} has shape {tuple(t.shape)}, expected {lead} from the anchors")
    if refs.dim() != 3 or refs.shape[0] != lead[0] or refs.shape[2] != 4:
        raise ShapeError(f"{who}: refs have shape {tuple(refs.shape)}, expected ({lead[0]}, boxes, 4)")
    for t in norms:
        if tuple(t.shape) != (4,):
            raise ShapeError(f"{who}: means or stds have shape {tuple(t.shape)}, expected (4,)")
    floats_only(who, samples, matches, anchors, refs, *norms)


@op("_contrib_box_decode")
def box_decode(
    data: Tensor,
    anchors: Tensor,
    *,
    std0: float = 1.0,
    std1: float = 1.0,
    std2: float = 1.0,
    std3: float = 1.0,
    clip: float = -1.0,
    format: Literal["center", "corner"] = "center",
) -> Tensor:
    """Boxes from what a network predicts: the inverse of ``box_encode``.

    Inputs:  data (b, n, 4) float, offsets as seen from the anchors; anchors (1, n, 4)
    Attrs:   std0 ... std3, what data was divided by; clip, the largest logarithm of a ratio of sizes, if positive;
             format of the anchors
    Outputs: (b, n, 4) corners; the gradient is zero
    Raises:  ShapeError, DTypeError
    """
    if data.dim() != 3 or data.shape[2] != 4:
        raise ShapeError(f"_contrib_box_decode: data has shape {tuple(data.shape)}, expected (batch, boxes, 4)")
    if tuple(anchors.shape) != (1, *data.shape[1:]):
        raise ShapeError(
            f"_contrib_box_decode: anchors have shape {tuple(anchors.shape)}, expected {(1, *data.shape[1:])}: "
            "they are shared by the batch"
        )
    floats_only("_contrib_box_decode", data, anchors)
    base = anchors.detach()
    x, y, w, h = data.detach().unbind(-1)
    ax, ay, aw, ah = base.unbind(-1) if format == "center" else middles(base)
    x, y, w, h = x * std0 * aw + ax, y * std1 * ah + ay, w * std2, h * std3
    if clip > 0:
        w, h = w.clamp(max=clip), h.clamp(max=clip)
    return corners(x, y, w.exp() * aw / 2, h.exp() * ah / 2)


@op("_contrib_bipartite_matching", outputs=("output0", "output1"))
def bipartite_matching(
    data: Tensor, *, is_ascend: bool = False, threshold: float, topk: int = -1
) -> tuple[Tensor, Tensor]:
    """Greedy one-to-one matching of rows with columns: the best pair first, then the best of those left.

    Inputs:  data (..., rows, columns) float, how well they fit
    Attrs:   is_ascend, the smallest fits best; threshold, that a score must exceed (with is_ascend stay below);
             topk, matching stops once there are more than topk matches (so at one more than topk, as in 1.9.1);
             0 or negative for all
    Outputs: (..., rows), the column of each row, -1 for none; (..., columns), the row of each column; of the dtype
             of data, with a zero gradient. Of equal scores the first in memory is matched first.
    Raises:  ShapeError for less than two dimensions, DTypeError unless floating point
    """
    if data.dim() < 2:
        raise ShapeError(
            f"_contrib_bipartite_matching: data has shape {tuple(data.shape)}, expected (..., rows, columns)"
        )
    floats_only("_contrib_bipartite_matching", data)
    lead, (r, c) = data.shape[:-2], data.shape[-2:]
    if data.is_meta:
        return data.new_empty((*lead, r)), data.new_empty((*lead, c))
    scores = data.detach().reshape(-1, r, c)
    scores, threshold = scores.float() if data.dtype.itemsize < 4 else scores, single(threshold)
    if is_ascend:
        scores, threshold = -scores, -threshold
    partner = match(scores, threshold)
    if 0 < topk < min(r, c) - 1:
        worth = scores.gather(2, partner.clamp(min=0)[..., None])[..., 0].masked_fill_(partner < 0, -torch.inf)
        late = torch.argsort(worth, dim=-1, descending=True, stable=True)[:, topk + 1 :]
        partner.scatter_(1, late, -1)
    back = torch.full((len(scores), c + 1), -1, dtype=torch.int64, device=data.device)
    rows = torch.arange(r, device=data.device).expand_as(partner)
    back.scatter_(1, torch.where(partner < 0, c, partner), rows)
    return partner.to(data.dtype).view(*lead, r), back[:, :c].to(data.dtype).reshape(*lead, c)
