"""Boxes and regions: what samples cannot say, and where 1.9.1 fails."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet._base.errors import InputTypeError, ShapeError
from mxnet._kernels import roi, suppression
from mxnet._kernels.suppression import Overlap, best_first, match, places, survivors

contrib = mx.nd.contrib


def boxes(count: int, size: float, seed: int = 0) -> np.ndarray:
    draw = np.random.RandomState(seed)
    low = draw.rand(count, 2) * 100
    return np.concatenate([low, low + draw.rand(count, 2) * size], 1).astype("float32")


def one_by_one(corners: np.ndarray, kinds: np.ndarray | None, thresh: float) -> np.ndarray:
    """Suppression as it is told: the best box stays, those it overlaps go, and so on."""
    area = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    alive = np.ones(len(corners), bool)
    for i in range(len(corners)):
        if alive[i]:
            low, high = np.maximum(corners[i, :2], corners[:, :2]), np.minimum(corners[i, 2:], corners[:, 2:])
            inter = np.clip(high - low, 0, None).prod(1)
            gone = inter / (area[i] + area - inter) > thresh
            gone[: i + 1] = False
            alive &= ~(gone if kinds is None else gone & (kinds == kinds[i]))
    return alive


@pytest.mark.parametrize("count", [1, 100, 513, 2500])
@pytest.mark.parametrize("size", [2, 20, 150])
@pytest.mark.parametrize("classes", [0, 4])
def test_suppression_in_rounds_is_suppression_one_by_one(count: int, size: float, classes: int) -> None:
    corners = boxes(count, size)
    kinds = np.random.RandomState(1).randint(0, classes, count).astype("float32") if classes else None
    valid = torch.ones((1, count), dtype=torch.bool)
    given = None if kinds is None else torch.from_numpy(kinds)[None]
    got = survivors(torch.from_numpy(corners)[None], valid, given, Overlap(0.3))
    assert np.array_equal(got[0].numpy(), one_by_one(corners, kinds, 0.3))


def test_suppression_follows_a_chain_of_boxes_to_its_end() -> None:
    left = torch.arange(700.0)
    chain = torch.stack([left, torch.zeros(700), left + 1.9, torch.ones(700)], 1)
    for part in (chain[:400], chain):
        kept = survivors(part[None], torch.ones((1, len(part)), dtype=torch.bool), None, Overlap(0.2))[0]
        assert kept.nonzero()[:, 0].tolist() == list(range(0, len(part), 2))


def test_suppression_stops_when_enough_are_found() -> None:
    corners = torch.from_numpy(boxes(3000, 5))[None]
    valid = torch.ones((1, 3000), dtype=torch.bool)
    every = survivors(corners, valid, None, Overlap(0.3))[0].nonzero()[:, 0]
    some = survivors(corners, valid, None, Overlap(0.3), limit=50)[0].nonzero()[:, 0]
    assert 50 <= len(some) < len(every)
    assert some.tolist() == every[: len(some)].tolist()


def test_boxes_that_are_no_numbers_suppress_nothing() -> None:
    corners = boxes(1200, 30)
    strange = corners.copy()
    strange[::7, 0] = np.nan
    strange[3::7, 2] = np.nan
    odd = np.isnan(strange).any(1)
    kept = survivors(torch.from_numpy(strange)[None], torch.ones((1, 1200), dtype=torch.bool), None, Overlap(0.3))[0]
    assert kept.numpy()[odd].all()
    assert np.array_equal(kept.numpy()[~odd], one_by_one(corners[~odd], None, 0.3))


def test_the_best_are_found_in_the_order_of_a_stable_sort() -> None:
    score = torch.from_numpy(np.random.RandomState(0).randint(0, 9, (3, 200)).astype("float32"))
    valid = torch.from_numpy(np.random.RandomState(1).rand(3, 200) < [[0.9], [0.02], [0.5]])
    for limit in (-1, 5, 40, 500):
        order, there = best_first(score, valid, limit)
        for i in range(3):
            want = [k for k in np.argsort(-score[i].numpy(), kind="stable") if valid[i, k]]
            assert order[i][there[i]].tolist() == want[: limit if limit > 0 else None]
    at, count = places(valid)
    assert [at[i, : count[i]].tolist() for i in range(3)] == [valid[i].nonzero()[:, 0].tolist() for i in range(3)]


@pytest.mark.parametrize("shape", [(1, 1), (6, 9), (30, 8)])
def test_matching_takes_the_best_pair_that_is_left(shape: tuple) -> None:
    scores = np.random.RandomState(0).randint(0, 20, (4, *shape)).astype("float32")
    got = match(torch.from_numpy(scores), 4.0).numpy()
    for table, found in zip(scores, got, strict=True):
        want = np.full(shape[0], -1)
        for flat in np.argsort(-table.ravel(), kind="stable"):
            row, column = divmod(int(flat), shape[1])
            if table[row, column] > 4 and want[row] < 0 and column not in want:
                want[row] = column
        assert np.array_equal(found, want)


def test_box_nms_sends_gradients_to_the_rows_that_stay_even_if_sets_differ_in_number() -> None:
    rows = np.array([[[0.9, 0, 0, 2, 2], [0.8, 0, 0, 2, 2], [0.7, 5, 5, 6, 6]], [[0.3, 0, 0, 1, 1]] * 3], "float32")
    rows[1, :2, 0] = 0
    data = mx.nd.array(rows)
    data.attach_grad()
    with mx.autograd.record():
        out = contrib.box_nms(data, coord_start=1, score_index=0, out_format="center")
    head = np.arange(30, dtype="float32").reshape(2, 3, 5)
    out.backward(mx.nd.array(head))
    want = np.zeros_like(head)
    want[0, 0], want[0, 2], want[1, 2] = head[0, 0], head[0, 1], head[1, 0]
    assert np.array_equal(data.grad.asnumpy(), want)


def test_box_nms_takes_no_boxes() -> None:
    with mx.util.np_shape(True):
        assert contrib.box_nms(mx.nd.zeros((2, 0, 6))).shape == (2, 0, 6)
        assert contrib.box_iou(mx.nd.zeros((0, 4)), mx.nd.zeros((3, 4))).shape == (0, 3)


def test_a_match_beyond_the_boxes_counts_as_the_last() -> None:
    anchors, refs = mx.nd.array([[[0, 0, 1, 1]] * 3]), mx.nd.array([[[0, 0, 1, 1], [1, 1, 2, 2]]])
    targets, masks = contrib.box_encode(
        mx.nd.ones((1, 3)), mx.nd.array([[1, 7, -1]]), anchors, refs, mx.nd.zeros(4), mx.nd.ones(4)
    )
    assert targets.asnumpy()[0, :, 0].tolist() == [1, 1, 0]
    assert (masks.asnumpy() == 1).all()


def test_mining_takes_the_negatives_there_are() -> None:
    """1.9.1 fails when there are fewer candidates than negatives wanted."""
    anchor = mx.nd.array([[[0, 0, 1, 1], [0, 0, 1, 0.8], [0.8, 0.8, 1.8, 1.8], [3, 3, 4, 4]]])
    label = mx.nd.array([[[2, 0, 0, 1, 1]]])
    loc, mask, kind = contrib.MultiBoxTarget(
        anchor,
        label,
        mx.nd.zeros((1, 4, 4)),
        overlap_threshold=0.9,
        negative_mining_ratio=3,
        negative_mining_thresh=0.01,
    )
    assert kind.asnumpy().tolist() == [[3, -1, -1, 0]]
    assert mask.asnumpy().tolist() == [[1] * 4 + [0] * 12]
    assert (loc.asnumpy() == 0).all()


def test_a_label_that_hides_a_box_behind_padding_fails_when_waited_for() -> None:
    label = mx.nd.array([[[-1, 0, 0, 1, 1]]])
    target = contrib.MultiBoxTarget(mx.nd.ones((1, 2, 4)), label, mx.nd.zeros((1, 2, 2)))[2]
    with pytest.raises(mx.MXNetError, match="pad a label"):
        target.asnumpy()


def test_a_batch_of_proposals_is_the_proposals_of_each_image() -> None:
    draw = np.random.RandomState(0)
    prob, pred = mx.nd.array(draw.rand(3, 24, 6, 7)), mx.nd.array(draw.randn(3, 48, 6, 7) * 0.2)
    info = mx.nd.array([[96, 112, 1], [80, 100, 0.8], [50, 60, 1]])
    attrs = {"rpn_pre_nms_top_n": 300, "rpn_post_nms_top_n": 40, "output_score": True}
    rois, scores = contrib.MultiProposal(prob, pred, info, **attrs)
    for i in range(3):
        part = slice(i, i + 1)
        alone, score = contrib.Proposal(prob[part], pred[part], info[part], **attrs)
        assert np.array_equal(rois[40 * i : 40 * i + 40, 1:].asnumpy(), alone[:, 1:].asnumpy())
        assert np.array_equal(scores[40 * i : 40 * i + 40].asnumpy(), score.asnumpy())
        assert (rois[40 * i : 40 * i + 40, 0].asnumpy() == i).all()


def test_shapes_of_what_the_proposals_need_are_inferred() -> None:
    out = mx.sym.contrib.Proposal(mx.sym.var("p"), mx.sym.var("b"), mx.sym.var("i"), rpn_post_nms_top_n=7)
    inputs, outputs, _ = out.infer_shape(p=(1, 24, 5, 6))
    assert inputs == [(1, 24, 5, 6), (1, 48, 5, 6), (1, 3)]
    assert outputs == [(7, 5)]


def pools(data: mx.nd.NDArray, rois: mx.nd.NDArray) -> list[mx.nd.NDArray]:
    two = {"pooled_size": (2, 2), "spatial_scale": 0.5}
    moved = mx.nd.zeros((rois.shape[0], 2, 2, 2))
    turned = mx.nd.concat(rois, mx.nd.ones((rois.shape[0], 1)), dim=1)
    grid = {"spatial_scale": 0.5, "output_dim": 1, "pooled_size": 2}
    return [
        mx.nd.ROIPooling(data, rois, **two),
        contrib.ROIAlign(data, rois, **two),
        contrib.ROIAlign(data, rois, sample_ratio=2, position_sensitive=True, **two),
        contrib.RROIAlign(data, turned, **two),
        contrib.PSROIPooling(data, rois, **grid),
        contrib.DeformablePSROIPooling(data, rois, moved, group_size=2, **grid),
    ]


def test_regions_of_no_image_are_pooled_to_zero() -> None:
    data = mx.nd.ones((2, 4, 6, 6))
    for out in pools(data, mx.nd.array([[-1, 2, 2, 8, 8], [2, 2, 2, 8, 8], [1, 2, 2, 8, 8]])):
        numbers = out.asnumpy()
        assert (numbers[:2] == 0).all()
        assert (numbers[2] > 0).all()


def test_regions_that_are_no_numbers_are_read_somewhere_on_the_map() -> None:
    for out in pools(mx.nd.ones((1, 4, 6, 6)), mx.nd.array([[0, np.nan, 2, 8, np.nan], [np.nan, 2, 2, 8, 8]])):
        assert np.isfinite(out.asnumpy()).all()


def test_no_regions_give_no_results() -> None:
    with mx.util.np_shape(True):
        for out in pools(mx.nd.ones((2, 4, 6, 6)), mx.nd.zeros((0, 5))):
            assert out.shape[0] == 0
            assert out.shape[2:] == (2, 2)


def test_an_aligned_region_without_size_is_zero() -> None:
    """1.9.1 ends the process."""
    rois = mx.nd.array([[0, 2, 2, 2, 2], [0, 4, 4, 2, 2]])
    for ratio in (-1, 2):
        out = contrib.ROIAlign(
            mx.nd.ones((1, 1, 6, 6)), rois, pooled_size=(2, 2), spatial_scale=1, aligned=True, sample_ratio=ratio
        )
        assert (out.asnumpy() == 0).all()


def test_many_regions_are_pooled_in_parts_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.RandomState(0)
    data = mx.nd.array(draw.rand(2, 4, 9, 8))
    low = draw.rand(7, 2) * 10
    rois = mx.nd.array(np.concatenate([draw.randint(0, 2, (7, 1)), low, low + draw.rand(7, 2) * 12], 1))
    whole = [out.asnumpy() for out in pools(data, rois)]
    monkeypatch.setattr(roi, "_TAPS", 300)
    for out, want in zip(pools(data, rois), whole, strict=True):
        np.testing.assert_allclose(out.asnumpy(), want, rtol=1e-6, atol=1e-6)


def test_rotated_regions_have_a_gradient_though_1_9_1_has_none() -> None:
    data = mx.nd.ones((1, 2, 8, 8))
    data.attach_grad()
    with mx.autograd.record():
        out = contrib.RROIAlign(data, mx.nd.array([[0, 4, 4, 3, 3, 30]]), pooled_size=(2, 2), spatial_scale=1)
    out.backward()
    assert data.grad.sum().asscalar() == pytest.approx(out.size, rel=1e-5)


def test_a_rotated_region_at_no_angle_is_an_upright_one() -> None:
    data = mx.nd.array(np.random.RandomState(0).rand(1, 2, 8, 8))
    attrs = {"pooled_size": (2, 3), "spatial_scale": 1}
    upright = contrib.ROIAlign(data, mx.nd.array([[0, 1, 2, 6, 6]]), **attrs)
    turned = contrib.RROIAlign(data, mx.nd.array([[0, 3.5, 4, 5, 4, 0]]), **attrs)
    np.testing.assert_allclose(turned.asnumpy(), upright.asnumpy(), rtol=1e-5)


def test_the_first_of_equal_elements_learns() -> None:
    data = mx.nd.ones((1, 1, 5, 7))
    data.attach_grad()
    with mx.autograd.record():
        out = mx.nd.ROIPooling(data, mx.nd.array([[0, 1, 1, 5, 3]]), pooled_size=(1, 1), spatial_scale=1)
    out.backward()
    assert np.argwhere(data.grad.asnumpy()[0, 0]).tolist() == [[1, 1]]


def test_channels_must_be_those_of_the_parts() -> None:
    """1.9.1 reads past the end of the data."""
    rois = mx.nd.array([[0, 0, 0, 4, 4]])
    with pytest.raises(ShapeError, match="output_dim [*] group_size"):
        contrib.PSROIPooling(mx.nd.ones((1, 5, 6, 6)), rois, spatial_scale=1, output_dim=3, pooled_size=2)
    with pytest.raises(ShapeError, match="trans has shape"):
        contrib.DeformablePSROIPooling(
            mx.nd.ones((1, 4, 6, 6)), rois, mx.nd.ones((1, 2, 3, 3)),
            spatial_scale=1, output_dim=1, group_size=2, pooled_size=2,
        )  # fmt: skip
    with pytest.raises(InputTypeError, match="no_trans=True"):
        contrib.DeformablePSROIPooling(
            mx.nd.ones((1, 4, 6, 6)), rois, mx.nd.ones((1, 2, 2, 2)),
            spatial_scale=1, output_dim=1, group_size=2, pooled_size=2, no_trans=True,
        )  # fmt: skip


@pytest.mark.parametrize("count", [60, 300])
def test_sets_are_compared_together_and_alike(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    corners = torch.from_numpy(np.stack([boxes(count, 40, seed) for seed in range(5)]))
    valid = torch.from_numpy(np.random.RandomState(0).rand(5, count) < 0.8)
    together = survivors(corners, valid, None, Overlap(0.3))
    for i in range(5):
        assert torch.equal(survivors(corners[i : i + 1], valid[i : i + 1], None, Overlap(0.3)), together[i : i + 1])
    monkeypatch.setattr(suppression, "_TILE", 1)
    assert torch.equal(survivors(corners, valid, None, Overlap(0.3)), together)


@pytest.mark.parametrize("count", [100, 900])
@pytest.mark.parametrize("thresh", [-0.5, 0.0, 0.5, 1.0, 2.0])
def test_crowds_are_suppressed_as_one_by_one(count: int, thresh: float) -> None:
    """With many pairs too close the best go first; below zero all boxes are too close to each other."""
    low = np.random.RandomState(0).randint(0, 3, (count, 2)) * 50 + np.random.RandomState(1).rand(count, 2) * 4
    corners = np.concatenate([low, low + 20], 1).astype("float32")
    corners[1::2] = corners[::2]
    for repeats in (1, 4):
        several = torch.from_numpy(corners).repeat(repeats, 1, 1)
        kept = survivors(several, torch.ones(several.shape[:2], dtype=torch.bool), None, Overlap(thresh))
        assert torch.equal(kept, torch.from_numpy(one_by_one(corners, None, thresh)).expand_as(kept))


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("overlap", [Overlap(0.4), Overlap(0.5, inclusive=True), Overlap(0.25, one=1.0)])
def test_pairs_at_the_threshold_are_decided_as_by_comparing_all(dtype: torch.dtype, overlap: Overlap) -> None:
    low = torch.from_numpy(np.random.RandomState(0).randint(0, 25, (2, 400, 2)))
    size = torch.from_numpy(np.random.RandomState(1).randint(0, 5, (2, 400, 2)))
    corners = torch.cat([low, low + size], 2).to(dtype) / 8
    valid = torch.ones((2, 400), dtype=torch.bool)
    every = suppression._dense(corners, valid, None, overlap)
    assert torch.equal(survivors(corners, valid, None, overlap), every)
    assert 0 < int(every.sum()) < 800


@pytest.mark.parametrize(
    ("scores", "dtype", "threshold", "ascend"),
    [([[0, 0.5]], "float16", 1e-12, True), ([[0.9, 0.5]], "float64", 0.9, False)],
)
def test_thresholds_of_matches_are_compared_as_float32_holds_them(scores, dtype, threshold, ascend):
    data = mx.nd.array(np.array(scores), dtype=dtype)
    rows, columns = mx.nd.contrib.bipartite_matching(data, threshold=threshold, is_ascend=ascend)
    assert (rows.dtype, rows.asnumpy().tolist(), columns.asnumpy().tolist()) == (np.dtype(dtype), [0], [0, -1])
