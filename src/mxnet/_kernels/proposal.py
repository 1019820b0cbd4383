"""Proposals: the regions that a second stage looks at, from scores and offsets of anchors.

Source: arXiv:1506.01497 (Faster R-CNN); behaviour of MXNet 1.9.1. Corners are pixels, and both ends belong to a box.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, ShapeError
from mxnet._ops import Floats, op
from mxnet._runtime.engine import ValueFailure
from mxnet._runtime.state import state

from .suppression import Overlap, best_first, places, survivors

_Shape = tuple[int, ...] | None


def _fill(cls_prob: _Shape, bbox_pred: _Shape, im_info: _Shape, **_: Any) -> tuple[_Shape, _Shape, _Shape]:
    if cls_prob is None:
        return cls_prob, bbox_pred, im_info
    n, twice, h, w = cls_prob
    return cls_prob, (n, 2 * twice, h, w), (n, 3)


def _visible(a: Any) -> int:
    return 2 if a.output_score else 1


def _anchors(stride: int, scales: Floats, ratios: Floats) -> list[tuple[float, float, float, float]]:
    """Corners of the anchors of the first position, ratios outermost; sides are rounded, then scaled."""
    middle = (stride - 1) / 2
    found = []
    for ratio in ratios:
        width = math.floor(math.sqrt(math.floor(stride * stride / ratio)) + 0.5)
        height = math.floor(width * ratio + 0.5)
        for scale in scales:
            x, y = (width * scale - 1) / 2, (height * scale - 1) / 2
            found.append((middle - x, middle - y, middle + x, middle + y))
    return found


def _check(who: str, cls_prob: Tensor, bbox_pred: Tensor, im_info: Tensor, count: int, post: int) -> None:
    if cls_prob.dim() != 4 or cls_prob.shape[1] != 2 * count:
        raise ShapeError(
            f"{who}: cls_prob has shape {tuple(cls_prob.shape)}, expected (batch, {2 * count}, height, width) for "
            f"{count} anchors (scales times ratios)"
        )
    n, _, h, w = cls_prob.shape
    for name, t, want in (("bbox_pred", bbox_pred, (n, 4 * count, h, w)), ("im_info", im_info, (n, 3))):
        if tuple(t.shape) != want:
            raise ShapeError(f"{who}: Shape inconsistent, {name} has shape {tuple(t.shape)}, expected {want}")
    for t in (cls_prob, bbox_pred, im_info):
        if t.dtype is not torch.float32:
            raise DTypeError(f"{who}: got an input of {t.dtype}, expected float32; use astype('float32')")
    if post < 1:
        raise ArgumentError(f"{who}: got rpn_post_nms_top_n={post}, expected at least 1")


def _along(low: Tensor, high: Tensor, at: Tensor, size: Tensor, iou_loss: bool) -> tuple[Tensor, Tensor]:
    """Both ends along one axis of anchors from ``low`` to ``high``, moved by ``at`` and ``size``."""
    if iou_loss:
        return low + at, high + size
    extent = high - low + 1
    middle = at * extent + (low + (extent - 1) * 0.5)
    half = size.exp().mul_(extent).sub_(1).mul_(0.5)
    return middle - half, middle + half


def _check_real(real: Tensor, h: int, w: int) -> None:
    if not state.tracing and bool((real > real.new_tensor([h, w])).any()):
        raise ValueFailure(
            f"Proposal: im_info says that images have up to {real.amax(0).int().tolist()} steps of feature_stride, "
            f"height and width, but the inputs have {[h, w]}; give the sizes of the images as they went in"
        )


def _candidates(
    cls_prob: Tensor, bbox_pred: Tensor, im_info: Tensor, base: Tensor, stride: int, min_size: float, iou_loss: bool
) -> tuple[list[Tensor], Tensor]:
    """Left, top, right, bottom of the boxes and their scores, -1 for those off the image or too small.

    All are (b, anchors, h, w): planes, as the inputs are.
    """
    b, _, h, w = cls_prob.shape
    count, device = len(base), cls_prob.device
    y, x = torch.arange(h, device=device)[:, None], torch.arange(w, device=device)
    left, top, right, bottom = base.T[..., None, None]
    pred = bbox_pred.view(b, count, 4, h, w).unbind(2)
    xs = _along(left + x * stride, right + x * stride, pred[0], pred[2], iou_loss)
    ys = _along(top + y * stride, bottom + y * stride, pred[1], pred[3], iou_loss)
    high, wide, scale = im_info[:, :, None, None, None].unbind(1)
    x1, x2 = (torch.minimum(v, wide - 1).clamp_(min=0) for v in xs)
    y1, y2 = (torch.minimum(v, high - 1).clamp_(min=0) for v in ys)
    real = (im_info[:, :2] / stride).trunc()  # height and width, in steps
    _check_real(real, h, w)
    good = (y < real[:, 0, None, None, None]) & (x < real[:, 1, None, None, None])
    least = min_size * scale
    small = ((x2 - x1).add_(1) < least).logical_or_((y2 - y1).add_(1) < least)
    grow = torch.where(small, least / 2, 0)
    return [x1 - grow, y1 - grow, x2 + grow, y2 + grow], torch.where(good & ~small, cls_prob[:, count:], -1)


def _propose(
    who: str, cls_prob: Tensor, bbox_pred: Tensor, im_info: Tensor, pre: int, post: int, threshold: float,
    min_size: int, scales: Floats, ratios: Floats, stride: int, iou_loss: bool,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    _check(who, cls_prob, bbox_pred, im_info, len(scales) * len(ratios), post)
    b = len(cls_prob)
    if cls_prob.is_meta or not cls_prob.numel():
        return cls_prob.new_zeros((b * post, 5)), cls_prob.new_zeros((b * post, 1))
    with torch.no_grad():
        base = torch.tensor(_anchors(stride, scales, ratios), dtype=torch.float32, device=cls_prob.device)
        planes, score = _candidates(cls_prob, bbox_pred, im_info, base, stride, min_size, iou_loss)
        # of equal scores the first position goes first, and there the first anchor
        score = score.flatten(2).transpose(1, 2).reshape(b, -1)
        order, _ = best_first(score, torch.ones_like(score, dtype=torch.bool), min(pre, score.shape[1]))
        area = cls_prob.shape[2] * cls_prob.shape[3]
        score = score.gather(1, order)
        order = order % len(base) * area + order // len(base)
        boxes = torch.stack([p.reshape(b, -1).gather(1, order) for p in planes], -1)
        everything = torch.ones_like(score, dtype=torch.bool)
        kept, found = places(survivors(boxes, everything, None, Overlap(threshold, one=1.0), post))
        # fewer than asked for: they are repeated from the first
        rank = torch.arange(post, device=boxes.device) % found.clamp(min=1, max=post)[:, None]
        at = kept.gather(1, rank)
        image = torch.arange(b, dtype=boxes.dtype, device=boxes.device)[:, None, None].expand(-1, post, 1)
        rois = torch.cat([image, boxes.gather(1, at[..., None].expand(-1, -1, 4))], 2)
        return rois.view(-1, 5), score.gather(1, at).view(-1, 1)


@op("_contrib_Proposal", outputs=("output", "score"), visible=_visible, fill=_fill)
def proposal(
    cls_prob: Tensor,
    bbox_pred: Tensor,
    im_info: Tensor,
    *,
    rpn_pre_nms_top_n: int = 6000,
    rpn_post_nms_top_n: int = 300,
    threshold: float = 0.7,
    rpn_min_size: int = 16,
    scales: Floats = (4.0, 8.0, 16.0, 32.0),
    ratios: Floats = (0.5, 1.0, 2.0),
    feature_stride: int = 16,
    output_score: bool = False,
    iou_loss: bool = False,
) -> tuple[Tensor, Tensor]:
    """Regions of one image: the anchors of best score, moved, clipped to the image, and suppressed.

    Inputs:  cls_prob (1, 2 k, h, w), of k anchors first the probabilities of background, then of objects;
             bbox_pred (1, 4 k, h, w), their offsets; im_info (1, 3), height, width and scale of the image; float32
    Attrs:   rpn_pre_nms_top_n, how many go into suppression, all if not positive; rpn_post_nms_top_n, how many come
             out, the best of them again if there are fewer; threshold, above which overlap suppresses; rpn_min_size,
             least side at scale 1 (smaller ones come last, as do those off the image); scales, ratios (height to
             width) of the k anchors; feature_stride, pixels a step; output_score, give scores too; iou_loss, offsets
             are those of the corners in pixels
    Outputs: rois (post, 5), rows of image, left, top, right, bottom; with output_score, scores (post, 1).
             Gradients are zero.
    Raises:  ShapeError, also for a batch of more than one (use MultiProposal); DTypeError; ArgumentError;
             at the wait, image sizes beyond the inputs
    """
    if cls_prob.dim() and cls_prob.shape[0] > 1:
        raise ShapeError(
            f"_contrib_Proposal: got a batch of {cls_prob.shape[0]}, expected one image; use MultiProposal"
        )
    return _propose(
        "_contrib_Proposal", cls_prob, bbox_pred, im_info, rpn_pre_nms_top_n, rpn_post_nms_top_n, threshold,
        rpn_min_size, scales, ratios, feature_stride, iou_loss,
    )  # fmt: skip


@op("_contrib_MultiProposal", outputs=("output", "score"), visible=_visible, fill=_fill)
def multi_proposal(
    cls_prob: Tensor,
    bbox_pred: Tensor,
    im_info: Tensor,
    *,
    rpn_pre_nms_top_n: int = 6000,
    rpn_post_nms_top_n: int = 300,
    threshold: float = 0.7,
    rpn_min_size: int = 16,
    scales: Floats = (4.0, 8.0, 16.0, 32.0),
    ratios: Floats = (0.5, 1.0, 2.0),
    feature_stride: int = 16,
    output_score: bool = False,
    iou_loss: bool = False,
) -> tuple[Tensor, Tensor]:
    """``Proposal`` for a batch: inputs (b, ...), outputs (b * post, 5) and (b * post, 1), image by image."""
    return _propose(
        "_contrib_MultiProposal", cls_prob, bbox_pred, im_info, rpn_pre_nms_top_n, rpn_post_nms_top_n, threshold,
        rpn_min_size, scales, ratios, feature_stride, iou_loss,
    )  # fmt: skip
