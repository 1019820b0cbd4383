"""Anchors of single-shot detectors: where they are, what they shall learn, and what they found.

Source: arXiv:1512.02325 (SSD); behaviour of MXNet 1.9.1. All are float32, and none has a gradient.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, ShapeError
from mxnet._ops import Floats, op
from mxnet._runtime.engine import ValueFailure
from mxnet._runtime.state import state

from .boxes import corners, iou, middles, offsets
from .suppression import Overlap, best_first, match, places, survivors

_TINY = 1e-6
"""The overlap that an anchor must exceed to be assigned to a box for want of better ones."""


def _float32(who: str, *tensors: Tensor) -> None:
    for t in tensors:
        if t.dtype is not torch.float32:
            got = str(t.dtype).removeprefix("torch.")
            raise DTypeError(f"{who}: Unsupported data type {got}, expected float32; use astype('float32')")


def _four(who: str, variances: Floats) -> None:
    if len(variances) != 4:
        raise ArgumentError(f"{who}: got {len(variances)} variances {variances}, expected 4: x, y, width, height")


@op("_contrib_MultiBoxPrior")
def multibox_prior(
    data: Tensor,
    *,
    sizes: Floats = (1.0,),
    ratios: Floats = (1.0,),
    clip: bool = False,
    steps: Floats = (-1.0, -1.0),
    offsets: Floats = (0.5, 0.5),
) -> Tensor:
    """Anchors about every position of a feature map, as shares of the image.

    Inputs:  data (b, c, h, w) float32, of which only the shape matters
    Attrs:   sizes, with the first ratio; ratios of width to height, all but the first with the first size;
             clip to [0, 1]; steps (y, x) between positions, 1/h and 1/w unless both are positive;
             offsets (y, x) of the centre, in steps
    Outputs: (1, h * w * (len(sizes) + len(ratios) - 1), 4) corners
    Raises:  ShapeError, DTypeError, ArgumentError for empty sizes or ratios, steps or offsets that are not two,
             one step given without the other
    """
    who = "_contrib_MultiBoxPrior"
    if data.dim() < 4:
        raise ShapeError(f"{who}: data has shape {tuple(data.shape)}, expected (batch, channels, height, width)")
    _float32(who, data)
    if not sizes or not ratios:
        raise ArgumentError(f"{who}: got sizes={sizes}, ratios={ratios}, expected at least one of each")
    if len(steps) != 2 or len(offsets) != 2:
        raise ArgumentError(f"{who}: got steps={steps}, offsets={offsets}, expected two numbers (y, x) each")
    if steps[0] * steps[1] < 0:
        raise ArgumentError(f"{who}: got steps={steps}; give both, or leave both at -1")
    h, w = data.shape[2:4]
    step_y, step_x = steps if steps[0] > 0 and steps[1] > 0 else (1 / h if h else 0, 1 / w if w else 0)
    shapes = [(s, ratios[0]) for s in sizes] + [(sizes[0], r) for r in ratios[1:]]
    if data.is_meta:
        return data.new_empty((1, h * w * len(shapes), 4))
    # sums over columns and rows; these are small, and small arrays are faster in NumPy
    size, ratio = np.asarray(shapes, np.float32).T
    root = np.sqrt(ratio)
    half_w, half_h = size * (h / w if w else 0) * root / 2, size / root / 2
    x = ((np.arange(w, dtype=np.float32) + offsets[1]) * step_x)[:, None]
    y = ((np.arange(h, dtype=np.float32) + offsets[0]) * step_y)[:, None]
    columns, rows = np.zeros((1, w, len(shapes), 4), np.float32), np.zeros((h, 1, len(shapes), 4), np.float32)
    columns[0, ..., 0], columns[0, ..., 2] = x - half_w, x + half_w
    rows[:, 0, :, 1], rows[:, 0, :, 3] = y - half_h, y + half_h
    across, down = (torch.from_numpy(part).to(data.device).flatten(2) for part in (columns, rows))
    out = across + down
    return (out.clamp_(0, 1) if clip else out).view(1, -1, 4)


def _check_target(anchor: Tensor, label: Tensor, cls_pred: Tensor) -> None:
    who = "_contrib_MultiBoxTarget"
    if anchor.dim() != 3 or anchor.shape[0] != 1 or anchor.shape[2] != 4:
        raise ShapeError(
            f"{who}: anchor has shape {tuple(anchor.shape)}, expected (1, anchors, 4): the batch shares it"
        )
    if label.dim() != 3 or label.shape[2] < 5:
        raise ShapeError(f"{who}: label has shape {tuple(label.shape)}, expected (batch, boxes, 5 or more)")
    if cls_pred.dim() != 3 or cls_pred.shape[2] != anchor.shape[1]:
        raise ShapeError(
            f"{who}: cls_pred has shape {tuple(cls_pred.shape)}, expected (batch, classes, {anchor.shape[1]}): "
            "a column an anchor"
        )
    _float32(who, anchor, label, cls_pred)


def _present(label: Tensor) -> Tensor:
    """(b, g) bool: the rows before the first whose class is -1, whose box must be -1 too."""
    padding = label[..., 0] == -1
    real = padding.cumsum(1) == 0
    first = padding & (padding.cumsum(1) == 1)
    if not state.tracing and bool((first[..., None] & (label[..., 1:5] != -1)).any()):
        raise ValueFailure(
            "_contrib_MultiBoxTarget: a row of label has class -1 and a box; rows that pad a label must be -1 all over"
        )
    return real


@op("_contrib_MultiBoxTarget", outputs=("loc_target", "loc_mask", "cls_target"))
def multibox_target(
    anchor: Tensor,
    label: Tensor,
    cls_pred: Tensor,
    *,
    overlap_threshold: float = 0.5,
    ignore_label: float = -1.0,
    negative_mining_ratio: float = -1.0,
    negative_mining_thresh: float = 0.5,
    minimum_negative_samples: int = 0,
    variances: Floats = (0.1, 0.1, 0.2, 0.2),
) -> tuple[Tensor, Tensor, Tensor]:
    """What each anchor shall learn.

    Every box gets the anchor it overlaps most, the best pair first; then every anchor that overlaps a box by more
    than ``overlap_threshold`` learns it too. The others learn the background.

    Inputs:  anchor (1, n, 4) corners; label (b, g, 5 or more), rows of class and corners, ended by rows of -1;
             cls_pred (b, classes, n), scores before softmax, class 0 the background; all float32
    Attrs:   overlap_threshold, at zero or below only the best anchor of each box learns it;
             negative_mining_ratio, if positive, only so many times the positive anchors learn the background: those
             that are least sure of it, of those that overlap no box by ``negative_mining_thresh``; the rest is
             given ``ignore_label``, as is all of an image without boxes;
             variances, what targets are divided by; minimum_negative_samples, without effect, as in 1.9.1
    Outputs: loc_target (b, 4 n), zero for all but positive anchors; loc_mask (b, 4 n), one for those;
             cls_target (b, n), the class plus one, 0 for the background, or ignore_label
    Raises:  ShapeError, DTypeError, ArgumentError for other than four variances; at the wait, a label whose padding
             is not -1. (Too few candidates for mining fail in 1.9.1; here all there are are taken.)
    """
    _check_target(anchor, label, cls_pred)
    _four("_contrib_MultiBoxTarget", variances)
    b, n = len(label), anchor.shape[1]
    if label.is_meta:
        return label.new_empty((b, 4 * n)), label.new_empty((b, 4 * n)), label.new_empty((b, n))
    with torch.no_grad():
        real = _present(label)
        g = int(real.sum(1).max()) if real.numel() else 0
        boxes, real = label[:, :g], real[:, :g]
        if not g or not n:
            none = torch.zeros((b, 4 * n), device=label.device)
            return none, none.clone(), label.new_full((b, n), ignore_label)
        overlaps = iou(boxes[:, :, None, 1:5], anchor[:, None]).masked_fill_(~real[..., None], -1)
        owner, positive, best = _assign(overlaps, overlap_threshold)
        some = real.any(1, keepdim=True)
        found = boxes.gather(1, owner[..., None].expand(-1, -1, boxes.shape[2]))
        classes = torch.where(positive, found[..., 0] + 1, 0)
        negative = ~positive
        if negative_mining_ratio > 0:
            negative = _mine(cls_pred, positive, best < negative_mining_thresh, negative_mining_ratio)
        classes = classes.masked_fill_(~(positive | negative) | ~some, ignore_label)
        targets = offsets(found[..., 1:5], anchor).div_(anchor.new_tensor(variances))
        mask = positive.repeat_interleave(4, 1)
        return targets.view(b, -1).masked_fill_(~mask, 0), mask.to(torch.float32), classes


def _assign(overlaps: Tensor, threshold: float) -> tuple[Tensor, Tensor, Tensor]:
    """From overlaps (b, boxes, anchors): the box of each anchor, whether it is to learn it, its largest overlap."""
    best, owner = overlaps.max(1)
    positive = best > threshold if threshold > 0 else torch.zeros_like(best, dtype=torch.bool)
    chosen = match(overlaps, _TINY)  # (b, boxes): the anchor that must learn the box
    b, g, n = overlaps.shape
    at = torch.where(chosen < 0, n, chosen)
    own = torch.full((b, n + 1), -1, dtype=torch.int64, device=overlaps.device)
    own = own.scatter_(1, at, torch.arange(g, device=overlaps.device).expand(b, g))[:, :n]
    return torch.where(own < 0, owner, own), positive | (own >= 0), best


def _mine(cls_pred: Tensor, positive: Tensor, candidate: Tensor, ratio: float) -> Tensor:
    """The anchors that learn the background: ``ratio`` times the positive ones, the least sure of it first."""
    n = positive.shape[1]
    count = positive.sum(1)
    wanted = torch.minimum((count * ratio).to(torch.int64), n - count)
    candidate = candidate & ~positive
    sure = torch.softmax(cls_pred, 1)[:, 0].masked_fill(~candidate, torch.inf)
    rank = torch.argsort(torch.argsort(sure, dim=1, stable=True), dim=1)
    return candidate & (rank < wanted[:, None])


def _check_detection(cls_prob: Tensor, loc_pred: Tensor, anchor: Tensor) -> None:
    who = "_contrib_MultiBoxDetection"
    if cls_prob.dim() != 3:
        raise ShapeError(f"{who}: cls_prob has shape {tuple(cls_prob.shape)}, expected (batch, classes, anchors)")
    b, _, n = cls_prob.shape
    for name, t, want in (("loc_pred", loc_pred, (b, 4 * n)), ("anchor", anchor, (1, n, 4))):
        if tuple(t.shape) != want:
            raise ShapeError(
                f"{who}: {name} has shape {tuple(t.shape)}, expected {want} from the {n} anchors of cls_prob"
            )
    _float32(who, cls_prob, loc_pred, anchor)


@op("_contrib_MultiBoxDetection")
def multibox_detection(
    cls_prob: Tensor,
    loc_pred: Tensor,
    anchor: Tensor,
    *,
    clip: bool = True,
    threshold: float = 0.01,
    background_id: int = 0,
    nms_threshold: float = 0.5,
    force_suppress: bool = False,
    variances: Floats = (0.1, 0.1, 0.2, 0.2),
    nms_topk: int = -1,
) -> Tensor:
    """What the anchors found: the best class of each, its box, and suppression of those that overlap.

    Inputs:  cls_prob (b, classes, n), class 0 the background; loc_pred (b, 4 n), offsets as of ``MultiBoxTarget``;
             anchor (1, n, 4) corners; all float32
    Attrs:   clip boxes to [0, 1]; threshold, least score; nms_threshold, boxes that overlap a better one by as much
             are suppressed, if in (0, 1], else nothing is, nor sorted; force_suppress, classes suppress each other;
             variances, what loc_pred is multiplied by; nms_topk, how many of the best stay, if positive;
             background_id, without effect, as in 1.9.1: class 0 is the background
    Outputs: (b, n, 6), rows of class (less one), score, corners, the best first; those suppressed keep their place
             with class -1; then rows of -1. Past nms_topk the rows, of class -1, are in the order of the anchors.
    Raises:  ShapeError, DTypeError, ArgumentError for other than four variances
    """
    _check_detection(cls_prob, loc_pred, anchor)
    _four("_contrib_MultiBoxDetection", variances)
    b, n = len(cls_prob), anchor.shape[1]
    if cls_prob.is_meta or not b * n or cls_prob.shape[1] < 2:
        return cls_prob.new_full((b, n, 6), -1.0)
    with torch.no_grad():
        prob = cls_prob[:, 1:]
        score = prob.amax(1)
        at, count = places(score >= threshold)
        most = at.shape[1]
        there = torch.arange(most, device=at.device) < count[:, None]
        boxes = _decode(loc_pred.view(b, n, 4), anchor, variances, at)
        boxes = boxes.clamp_(0, 1) if clip else boxes
        rows = boxes.new_full((b, most, 6), -1)
        rows[..., 1], rows[..., 2:] = score.gather(1, at), boxes
        if 0 < nms_threshold <= 1:
            overlap = Overlap(nms_threshold, inclusive=True)
            rows = _suppress(rows, there, prob, at, overlap, force_suppress, nms_topk)
        else:
            rows[..., 0] = _classes(prob, at)
        rows.masked_fill_(~there[..., None], -1)
        if most == n:
            return rows
        out = cls_prob.new_full((b, n, 6), -1.0)
        out[:, :most] = rows
        return out


def _classes(prob: Tensor, at: Tensor) -> Tensor:
    """The most probable class of the anchors ``at`` (b, k)."""
    return prob.gather(2, at[:, None].expand(-1, prob.shape[1], -1)).max(1)[1]


def _decode(pred: Tensor, anchor: Tensor, variances: Floats, order: Tensor) -> Tensor:
    """Boxes of the anchors ``order`` (b, k): (b, k, 4) corners."""
    x, y, w, h = pred.gather(1, order[..., None].expand(-1, -1, 4)).unbind(2)
    planes = torch.cat(middles(anchor))
    ax, ay, aw, ah = planes.index_select(1, order.flatten()).view(4, *order.shape)
    vx, vy, vw, vh = variances
    x, y = x * vx * aw + ax, y * vy * ah + ay
    return corners(x, y, (w * vw).exp_() * aw / 2, (h * vh).exp_() * ah / 2)


def _suppress(
    rows: Tensor, there: Tensor, prob: Tensor, at: Tensor, overlap: Overlap, force: bool, topk: int
) -> Tensor:
    """``rows`` (b, k, 6) with the first ``topk`` sorted, and class -1 for those suppressed or not among them."""
    order, valid = best_first(rows[..., 1], there, topk)
    best = rows.gather(1, order[..., None].expand(-1, -1, 6))
    classes = _classes(prob, at.gather(1, order)).to(best.dtype)
    kept = survivors(best[..., 2:], valid, None if force else classes, overlap)
    best[..., 0] = torch.where(kept, classes, -1)
    return torch.cat([best, rows[:, order.shape[1] :]], 1)
