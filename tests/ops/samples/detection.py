"""Calls of the operators on boxes: suppression, overlaps, encoding, matching, single-shot detectors, proposals."""

from __future__ import annotations

from typing import Any

import numpy as np
from sample import Bad, Sample, normal, positive, whole


def corners(*shape: int, seed: int = 0, dtype: str = "float32", extent: float = 1.0) -> np.ndarray:
    """Boxes in the unit square or thereabouts, by left, top, right, bottom; exact in float16."""
    draw = np.random.RandomState(seed + sum(shape))
    low = draw.randint(0, 48, (*shape, 2)) / 64 * extent
    return np.concatenate([low, low + draw.randint(8, 40, (*shape, 2)) / 64 * extent], -1).astype(dtype)


def centers(*shape: int, seed: int = 0, dtype: str = "float32") -> np.ndarray:
    """Such boxes by centre, width and height."""
    box = corners(*shape, seed=seed, dtype=dtype)
    return np.concatenate([(box[..., :2] + box[..., 2:]) / 2, box[..., 2:] - box[..., :2]], -1).astype(dtype)


def scored(*shape: int, classes: int = 3, seed: int = 0, dtype: str = "float32", boxes: Any = corners) -> np.ndarray:
    """Rows of class (from -1), score and box; no two scores of a set are equal."""
    count = int(np.prod(shape))
    draw = np.random.RandomState(seed + sum(shape))
    score = (draw.permutation(count) + 1) / 2 ** np.ceil(np.log2(count + 2))
    kind = draw.randint(-1, classes, (*shape, 1))
    return np.concatenate([kind, score.reshape(*shape, 1), boxes(*shape, seed=seed)], -1).astype(dtype)


def equals(count: int) -> np.ndarray:
    """Rows of which many have one score."""
    rows = scored(1, count)[0]
    rows[:, 1] = np.arange(count) % 3 / 4 + 0.25
    return rows


def nms(*inputs: np.ndarray, **more: Any) -> Sample:
    """A sample of box_nms: its gradient is that of a choice, whichever the formats."""
    numeric, half = more.pop("numeric", ()), more.pop("half", True)
    return Sample("_contrib_box_nms", list(inputs), more, numeric=numeric, half=half)


def labels(batch: int, rows: int, width: int = 5, seed: int = 0) -> np.ndarray:
    """Classes and boxes for single-shot detectors; the first image has fewer than the others, the last none."""
    label = np.concatenate([np.random.RandomState(seed).randint(0, 4, (batch, rows, 1)), corners(batch, rows)], 2)
    label = np.concatenate([label, np.full((batch, rows, width - 5), 7)], 2).astype("float32")
    label[0, rows // 2 :] = -1
    if batch > 1:
        label[-1] = -1
    return label


def target(batch: int, anchors: int, rows: int, width: int = 5, **attrs: Any) -> Sample:
    inputs = [corners(1, anchors, seed=3), labels(batch, rows, width), normal(batch, 5, anchors)]
    return Sample("_contrib_MultiBoxTarget", inputs, attrs, numeric=())


def detection(batch: int, classes: int, anchors: int, **attrs: Any) -> Sample:
    prob = positive(batch, classes, anchors)
    inputs = [prob / prob.sum(1, keepdims=True), normal(batch, 4 * anchors), corners(1, anchors, seed=3)]
    return Sample("_contrib_MultiBoxDetection", inputs, attrs, numeric=())


def prior(*shape: int, **attrs: Any) -> Sample:
    return Sample("_contrib_MultiBoxPrior", [np.zeros(shape, "float32")], attrs, numeric=())


def proposals(batch: int, height: int, width: int, name: str = "_contrib_MultiProposal", **attrs: Any) -> Sample:
    count = len(attrs.get("scales", (1, 2, 3, 4))) * len(attrs.get("ratios", (1, 2, 3)))
    stride = attrs.get("feature_stride", 16)
    info = np.array([[height * stride, width * stride - 5, 1], [height * stride / 2, width * stride, 0.7]], "float32")
    reach = 8 if attrs.get("iou_loss") else 0.3
    inputs = [positive(batch, 2 * count, height, width) - 0.5, reach * normal(batch, 4 * count, height, width)]
    return Sample(name, [*inputs, info[:batch]], attrs, wrt=())


def encode(batch: int, anchors: int, refs: int, dtype: str = "float32") -> Sample:
    draw = np.random.RandomState(anchors)
    inputs = [
        draw.randint(-1, 2, (batch, anchors)).astype(dtype),
        draw.randint(0, refs, (batch, anchors)).astype(dtype),
        corners(batch, anchors, dtype=dtype),
        corners(batch, refs, dtype=dtype),
        np.array([0, 0.25, 0, 0.5], dtype),
        np.array([0.125, 0.125, 0.25, 0.5], dtype),
    ]
    return Sample("_contrib_box_encode", inputs, numeric=(), half=False)


def decode(batch: int, boxes: int, dtype: str = "float32", **attrs: Any) -> Sample:
    anchors = (corners if attrs.get("format") == "corner" else centers)(1, boxes, dtype=dtype)
    return Sample("_contrib_box_decode", [normal(batch, boxes, 4, dtype=dtype), anchors], attrs, numeric=())


def matching(*shape: int, seed: int = 0, dtype: str = "float32", **attrs: Any) -> Sample:
    scores = np.random.RandomState(seed).randint(0, 64, shape) / 64
    return Sample("_contrib_bipartite_matching", [scores.astype(dtype)], attrs, numeric=())


SAMPLES = [
    nms(scored(2, 12), id_index=0),
    nms(scored(2, 12)[..., 1:], coord_start=1, score_index=0, overlap_thresh=0.4, numeric=None),
    nms(scored(20, dtype="float64"), id_index=0, background_id=1, overlap_thresh=0.1),
    nms(scored(20), id_index=0, force_suppress=True, overlap_thresh=0.3, valid_thresh=0.2),
    nms(scored(2, 3, 9), id_index=0, topk=4, overlap_thresh=0.2),
    nms(scored(2, 9), topk=0, out_format="center"),
    nms(scored(9), valid_thresh=2),
    nms(scored(1, 1)),
    nms(equals(30), overlap_thresh=0.3),
    nms(scored(3, 8, boxes=centers), in_format="center", out_format="corner", overlap_thresh=0.3),
    nms(scored(3, 8), out_format="center", overlap_thresh=0.3),
    nms(np.roll(scored(2, 16), -2, -1), id_index=4, score_index=5, coord_start=0, overlap_thresh=0.3),
    nms(scored(12, dtype="float16"), id_index=0, overlap_thresh=0.25),
    nms(scored(600), id_index=0, overlap_thresh=0.25, half=False),
    Sample("_contrib_box_iou", [corners(5), corners(2, 3)], numeric=()),
    Sample("_contrib_box_iou", [centers(2, 1), centers(4)], {"format": "center"}, numeric=()),
    Sample("_contrib_box_iou", [corners(3, dtype="float64"), corners(3, seed=1, dtype="float64")], numeric=()),
    Sample("_contrib_box_iou", [whole([[0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 2, 1]], "float32")] * 2, numeric=()),
    encode(2, 6, 3),
    encode(1, 1, 1),
    encode(2, 5, 4, dtype="float64"),
    decode(2, 5),
    decode(3, 4, std0=0.1, std1=0.2, std2=0.3, std3=0.4, format="corner"),
    decode(2, 4, clip=0.3),
    decode(1, 3, dtype="float64", std2=0.5),
    matching(5, 7, threshold=0.1),
    matching(2, 6, 4, threshold=0.3, is_ascend=True),
    matching(2, 2, 5, 5, threshold=0.2, topk=2),
    matching(1, 1, threshold=2.0),
    matching(8, 8, dtype="float64", threshold=1e-12),
    matching(4, 9, dtype="float16", threshold=0.5, topk=0),
    prior(1, 2, 3, 4),
    prior(2, 1, 2, 3, sizes=(0.75, 0.5), ratios=(1, 2, 0.5)),
    prior(1, 1, 3, 2, sizes=(0.9, 0.4), ratios=(3, 0.7), clip=True, steps=(0.4, 0.3), offsets=(0.2, 0.7)),
    target(3, 20, 4),
    target(2, 20, 3, width=7, overlap_threshold=0.2, ignore_label=-2, variances=(1, 1, 2, 2)),
    target(2, 16, 4, overlap_threshold=0),
    target(3, 60, 3, overlap_threshold=0.4, negative_mining_ratio=2, negative_mining_thresh=0.7),
    target(1, 1, 1, minimum_negative_samples=1),
    detection(2, 4, 10),
    detection(2, 3, 20, threshold=0.35, nms_threshold=0.2, clip=False),
    detection(1, 4, 20, force_suppress=True, nms_threshold=0.3, variances=(0.05, 0.05, 0.1, 0.1)),
    detection(2, 3, 12, nms_topk=4, background_id=1),
    detection(2, 3, 12, nms_threshold=0),
    detection(1, 2, 1, threshold=2),
    proposals(1, 6, 8, name="_contrib_Proposal", rpn_post_nms_top_n=12),
    proposals(1, 4, 5, name="_contrib_Proposal", scales=(2, 4.5), ratios=(0.5, 2), output_score=True, rpn_min_size=0),
    proposals(2, 5, 6, rpn_pre_nms_top_n=40, rpn_post_nms_top_n=10, threshold=0.4, output_score=True),
    proposals(2, 4, 4, scales=(1,), ratios=(1,), iou_loss=True, feature_stride=8, rpn_min_size=4),
    proposals(2, 1, 1, scales=(4,), ratios=(1,), rpn_pre_nms_top_n=0, rpn_post_nms_top_n=3),
]

_ONE = [corners(1, 3), labels(1, 2), normal(1, 2, 3)]
_FOUND = [positive(1, 2, 3), normal(1, 12), corners(1, 3)]

BAD = [
    Bad("_contrib_box_nms", [np.ones(6, "float32")], {}, match="expected .*boxes, columns"),
    Bad("_contrib_box_nms", [scored(4)], {"coord_start": 3}, match="coord_start"),
    Bad("_contrib_box_nms", [scored(4)], {"score_index": 3}, match="score_index=3"),
    Bad("_contrib_box_nms", [scored(4)], {"id_index": 1}, match="id_index=1"),
    Bad("_contrib_box_nms", [whole(np.ones((2, 6)))], {}, match="int32"),
    Bad("_contrib_box_iou", [np.ones((2, 5), "float32"), corners(2)], {}, match="lhs has shape"),
    Bad("_contrib_box_iou", [corners(2), corners(2, dtype="float64")], {}, match="one dtype"),
    Bad(
        "_contrib_box_encode", [np.ones((1, 2), "float32")] * 2 + [corners(1, 3)] * 2 + [np.ones(4, "float32")] * 2, {}
    ),
    Bad("_contrib_box_decode", [normal(2, 3, 4), corners(2, 3)], {}, match="anchors have shape"),
    Bad("_contrib_bipartite_matching", [normal(3, 3)], {}, match="threshold"),
    Bad("_contrib_bipartite_matching", [normal(3)], {"threshold": 0.1}, match="rows, columns"),
    Bad("_contrib_MultiBoxPrior", [normal(2, 3, 4)], {}, match="expected .batch, channels, height, width"),
    Bad("_contrib_MultiBoxPrior", [normal(1, 1, 2, 2)], {"steps": (0.1, -1)}, match="steps"),
    Bad("_contrib_MultiBoxPrior", [normal(1, 1, 2, 2, dtype="float64")], {}, match="Unsupported data type float64"),
    Bad("_contrib_MultiBoxTarget", _ONE, {"variances": (1, 1)}, match="expected 4"),
    Bad("_contrib_MultiBoxTarget", [corners(2, 3), *_ONE[1:]], {}, match="anchor has shape"),
    Bad("_contrib_MultiBoxTarget", [_ONE[0], whole([[[-1, 0, 0, 1, 1]]], "float32"), _ONE[2]], {}, match="must be -1"),
    Bad("_contrib_MultiBoxDetection", [_FOUND[0], normal(1, 8), _FOUND[2]], {}, match="loc_pred has shape"),
    Bad("_contrib_Proposal", proposals(2, 2, 2).inputs, {}, match="MultiProposal"),
    Bad("_contrib_Proposal", proposals(1, 2, 2).inputs, {"scales": (1,)}, match="cls_prob has shape"),
    Bad(
        "_contrib_Proposal", [*proposals(1, 2, 2).inputs[:2], whole([[99, 9, 1]], "float32")], {}, match="im_info says"
    ),
]
