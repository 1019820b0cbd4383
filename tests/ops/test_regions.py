"""Pooling of regions, in each of the ways that it is computed, against what it is by definition."""

from __future__ import annotations

import math

import numpy as np
import pytest

import mxnet as mx
from mxnet._kernels import roi_max


def between(plane: np.ndarray, y: float, x: float) -> float:
    """A map between its pixels; up to a pixel off the map it is that of the border, further off zero."""
    h, w = plane.shape
    if not (-1 <= y <= h and -1 <= x <= w):
        return 0.0
    y, x = min(max(y, 0.0), h - 1), min(max(x, 0.0), w - 1)
    top, left = math.floor(y), math.floor(x)
    total = 0.0
    for row, share_y in ((top, 1 - (y - top)), (top + 1, y - top)):
        for column, share_x in ((left, 1 - (x - left)), (left + 1, x - left)):
            if share_y * share_x:
                total += share_y * share_x * plane[row, column]
    return total


def aligned_mean(plane: np.ndarray, box: np.ndarray, bins: tuple[int, int], ratio: int) -> np.ndarray:
    left, top, right, bottom = (float(v) for v in box)
    step_y, step_x = max(bottom - top, 1) / bins[0], max(right - left, 1) / bins[1]
    many_y, many_x = (ratio, ratio) if ratio > 0 else (math.ceil(step_y), math.ceil(step_x))
    out = np.zeros(bins)
    for i, j in np.ndindex(*bins):
        ys = [top + i * step_y + (k + 0.5) * step_y / many_y for k in range(many_y)]
        xs = [left + j * step_x + (k + 0.5) * step_x / many_x for k in range(many_x)]
        out[i, j] = np.mean([[between(plane, y, x) for x in xs] for y in ys])
    return out


ALIKE = [[0, 1, 2, 9, 8], [1, 3, 1, 11, 7], [0, 2, 2, 9.5, 9]]
UNEVEN = [*ALIKE, [0, 0, 0, 19, 14], [1, 4, 4, 5, 5], [0, 6, 6, 7, 8], [1, 1, 1, 2, 2]]
OUTSIDE = [[0, -9, -9, 4, 5], [1, 15, 10, 40, 40], [0, -50, -50, -40, -40]]


@pytest.mark.parametrize("ratio", [-1, 2])
@pytest.mark.parametrize("regions", [ALIKE, UNEVEN, OUTSIDE], ids=["alike", "uneven", "outside"])
def test_aligned_regions_are_means_of_samples(regions: list, ratio: int) -> None:
    data = np.random.RandomState(0).rand(2, 3, 15, 20)
    rois = np.array(regions, "float64")
    got = mx.nd.contrib.ROIAlign(
        mx.nd.array(data, dtype="float64"),
        mx.nd.array(rois, dtype="float64"),
        pooled_size=(3, 2),
        spatial_scale=1,
        sample_ratio=ratio,
    )
    want = [[aligned_mean(plane, row[1:], (3, 2), ratio) for plane in data[int(row[0])]] for row in rois]
    np.testing.assert_allclose(got.asnumpy(), want, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("learns", [False, True])
@pytest.mark.parametrize("kind", ["aligned", "by parts"])
@pytest.mark.parametrize("regions", [ALIKE, UNEVEN, OUTSIDE], ids=["alike", "uneven", "outside"])
def test_a_pixel_that_is_no_number_is_in_no_region_that_does_not_reach_it(
    regions: list, kind: str, learns: bool
) -> None:
    clean = np.random.RandomState(0).rand(2, 36, 15, 20).astype("float32")
    odd = clean.copy()
    odd[:, :, 13:, :3] = np.nan
    rois = mx.nd.array(regions)
    pooled = []
    for array in (clean, odd):
        data = mx.nd.array(array)
        if learns:
            data.attach_grad()
        with mx.autograd.record(learns):
            if kind == "aligned":
                out = mx.nd.contrib.ROIAlign(data, rois, pooled_size=(3, 3), spatial_scale=1)
            else:
                out = mx.nd.contrib.PSROIPooling(data, rois, spatial_scale=1, output_dim=4, pooled_size=3)
        pooled.append(out.asnumpy())
    reached = np.isnan(pooled[1]).any((1, 2, 3))
    assert reached.tolist() == [row[0] == 0 and row[1:] == [0, 0, 19, 14] for row in regions]
    assert np.array_equal(pooled[0][~reached], pooled[1][~reached])


@pytest.mark.parametrize("sensitive", [False, True])
@pytest.mark.parametrize("regions", [ALIKE[:1], UNEVEN, OUTSIDE], ids=["one", "uneven", "outside"])
def test_regions_are_read_alike_whether_they_learn_or_not(regions: list, sensitive: bool) -> None:
    """With few regions a gradient is better taken from the map as it is."""
    data = mx.nd.array(np.random.RandomState(0).rand(2, 36, 15, 20), dtype="float64")
    rois = mx.nd.array(regions, dtype="float64")
    data.attach_grad()
    results = []
    for many in (1, 40):
        attrs = {"pooled_size": (3, 2), "spatial_scale": 1, "position_sensitive": sensitive}
        with mx.autograd.record():
            out = mx.nd.contrib.ROIAlign(data, mx.nd.tile(rois, (many, 1)), **attrs)
        out.backward()
        results.append((out[: len(regions)].asnumpy(), data.grad.asnumpy() / many))
    plain = mx.nd.contrib.ROIAlign(data, rois, **attrs).asnumpy()
    for out, grad in results:
        np.testing.assert_allclose(out, plain, rtol=1e-12)
        np.testing.assert_allclose(grad, results[0][1], rtol=1e-12, atol=1e-15)


def largest(data: np.ndarray, rois: list, bins: tuple[int, int], lowest: float) -> tuple[np.ndarray, np.ndarray]:
    """The largest of each bin, and the gradient of their sum: to the first of equals."""
    out, grad = np.zeros((len(rois), data.shape[1], *bins)), np.zeros_like(data)
    for r, (image, *box) in enumerate(rois):
        left, top, right, bottom = (math.floor(v + 0.5) for v in box)
        size = max(bottom - top + 1, 1) / bins[0], max(right - left + 1, 1) / bins[1]
        for c, i, j in np.ndindex(*out.shape[1:]):
            rows = range(max(top + math.floor(i * size[0]), 0), min(top + math.ceil((i + 1) * size[0]), data.shape[2]))
            columns = range(
                max(left + math.floor(j * size[1]), 0), min(left + math.ceil((j + 1) * size[1]), data.shape[3])
            )
            best = None
            out[r, c, i, j] = lowest if rows and columns else 0
            for at in ((image, c, y, x) for y in rows for x in columns):
                if data[at] > out[r, c, i, j] or (data[at] > lowest and best is None):
                    best, out[r, c, i, j] = at, data[at]
            if best:
                grad[best] += 1
    return out, grad


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("pixel_by_pixel", [True, False])
@pytest.mark.parametrize("regions", [ALIKE, UNEVEN, OUTSIDE], ids=["alike", "uneven", "outside"])
def test_the_largest_of_each_bin_is_found_and_learns(
    monkeypatch: pytest.MonkeyPatch, regions: list, pixel_by_pixel: bool, dtype: str
) -> None:
    monkeypatch.setattr(roi_max, "_TIMES", 10**6 if pixel_by_pixel else 0)
    monkeypatch.setattr(roi_max, "_AT_ONCE", 20)
    data = np.random.RandomState(0).randint(-3, 3, (2, 3, 15, 20)).astype(dtype)  # many are equal
    data[:, 1, 4:9, 3:8] = np.nan
    data[:, 2, 4:9, 3:8] = -np.inf
    data[:, 0, 2, 2] = np.inf
    x = mx.nd.array(data, dtype=dtype)
    x.attach_grad()
    with mx.autograd.record():
        out = mx.nd.ROIPooling(x, mx.nd.array(regions, dtype=dtype), pooled_size=(4, 3), spatial_scale=1)
    out.backward()
    want, grad = largest(data, regions, (4, 3), float(np.finfo(dtype).min))
    assert np.array_equal(out.asnumpy(), want.astype(dtype))
    assert np.array_equal(x.grad.asnumpy(), grad)
    plain = mx.nd.ROIPooling(x, mx.nd.array(regions, dtype=dtype), pooled_size=(4, 3), spatial_scale=1)
    assert np.array_equal(plain.asnumpy(), out.asnumpy())


def test_the_gradient_of_the_largest_has_a_gradient() -> None:
    x = mx.nd.array(np.random.RandomState(0).rand(1, 2, 6, 6))
    head = mx.nd.ones((1, 2, 2, 2))
    x.attach_grad()
    head.attach_grad()
    with mx.autograd.record():
        out = mx.nd.ROIPooling(x, mx.nd.array([[0, 0, 0, 5, 5]]), pooled_size=(2, 2), spatial_scale=1)
        grad = mx.autograd.grad([(out * out * head).sum()], [x], create_graph=True)[0]
        total = (grad * grad).sum()
    total.backward()
    # the gradient is 2 head v at each largest v: that of its square is 8 head^2 v there
    flat = x.grad.asnumpy()[x.grad.asnumpy() != 0]
    np.testing.assert_allclose(np.sort(flat), np.sort(8 * out.asnumpy().ravel()), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_boxes_without_a_union_share_nothing_however_small_others_are(dtype: str) -> None:
    tiny = float(np.finfo(dtype).smallest_subnormal) ** 0.5 * 2
    rows = np.array([[0, 0, tiny, tiny], [0, 0, 0, 0], [1, 1, 1, 2]], dtype)
    got = mx.nd.contrib.box_iou(mx.nd.array(rows, dtype=dtype), mx.nd.array(rows, dtype=dtype)).asnumpy()
    assert got.tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_few_channels_and_many_are_pooled_alike() -> None:
    random = np.random.RandomState(0)
    many = mx.nd.array(random.randn(2, 40, 8, 8))
    rois = mx.nd.array([[0, 0.5, 1, 6, 7], [1, 2, 2, 5, 3.5]])
    head = mx.nd.array(random.randn(2, 40, 3, 3))
    found = []
    for width in (40, 20):  # rows of a bag, and what is gathered
        outputs, grads = [], []
        for first in range(0, 40, width):
            data, ones = (a.slice_axis(axis=1, begin=first, end=first + width) for a in (many, head))
            data.attach_grad()
            with mx.autograd.record():
                out = mx.nd.contrib.ROIAlign(data, rois, pooled_size=(3, 3), spatial_scale=1, sample_ratio=2)
            out.backward(ones)
            outputs.append(out)
            grads.append(data.grad)
        found.append([mx.nd.concat(*a, dim=1).asnumpy() for a in (outputs, grads)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("far", [1e6, 1e10, 3e38, float("inf")])
def test_regions_without_end_take_no_more_memory_than_the_map(far: float) -> None:
    data = mx.nd.ones((1, 2, 5, 4))
    rois = mx.nd.array([[0, -far, -far, far, far], [0, 0, 0, far, 3], [0, 0, 0, 3, 3]])
    found = mx.nd.contrib.ROIAlign(data, rois, pooled_size=(2, 2), spatial_scale=1.0).asnumpy()
    assert (found[:2] < 1e-4).all()
    assert (found[2] == 1).all()
