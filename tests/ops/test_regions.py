"""Pooling of regions, in each of the ways that it is computed, against what it is by definition."""

from __future__ import annotations

import math

import numpy as np
import pytest

import mxnet as mx


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


@pytest.mark.parametrize("regions", [ALIKE, UNEVEN, OUTSIDE], ids=["alike", "uneven", "outside"])
def test_a_pixel_that_is_no_number_is_in_no_region_that_does_not_reach_it(regions: list) -> None:
    clean = np.random.RandomState(0).rand(2, 3, 15, 20).astype("float32")
    odd = clean.copy()
    odd[:, :, 14, 0] = np.nan
    rois = mx.nd.array(regions)
    pooled = [
        mx.nd.contrib.ROIAlign(mx.nd.array(d), rois, pooled_size=(3, 3), spatial_scale=1).asnumpy()
        for d in (clean, odd)
    ]
    reached = np.isnan(pooled[1]).any((1, 2, 3))
    assert reached.tolist() == [row[0] == 0 and row[1:] == [0, 0, 19, 14] for row in regions]
    assert np.array_equal(pooled[0][~reached], pooled[1][~reached])
