"""Calls of the operators that pool regions."""

from __future__ import annotations

from typing import Any

import numpy as np
from sample import Bad, Sample, apart, normal


def regions(count: int, batch: int, extent: float, seed: int = 0, dtype: str = "float32") -> np.ndarray:
    """Rows of image and left, top, right, bottom, from inside an image to well beyond it."""
    draw = np.random.RandomState(seed + count)
    low = draw.uniform(-0.2, 0.8, (count, 2)) * extent
    high = low + draw.uniform(0.05, 0.6, (count, 2)) * extent
    return np.concatenate([draw.randint(0, batch, (count, 1)), low, high], 1).astype(dtype)


def turned(count: int, batch: int, extent: float, dtype: str = "float32") -> np.ndarray:
    """Rows of image, centre, width, height and angle."""
    draw = np.random.RandomState(count)
    rest = [draw.uniform(0, 1, (count, 2)), draw.uniform(0.05, 0.7, (count, 2)), draw.uniform(-180, 180, (count, 1))]
    rest = [rest[0] * extent, rest[1] * extent, rest[2]]
    return np.concatenate([draw.randint(0, batch, (count, 1)), *rest], 1).astype(dtype)


def far(dtype: str = "float32") -> np.ndarray:
    """Regions off the map, of a pixel, and the wrong way round."""
    return np.array([[0, 90, 90, 99, 99], [1, 3, 2, 3, 2], [1, 9, 8, 2, 1]], dtype)


def vast() -> np.ndarray:
    """Regions far greater than a map."""
    return np.array([[0, -700, -500, 900, 800], [1, -300, -10, 3, 3], [0, 1, 2, 4, 333]], "float32")


def align(data: np.ndarray, rois: np.ndarray, pooled: tuple, scale: float, **more: Any) -> Sample:
    attrs = {"pooled_size": pooled, "spatial_scale": scale, **more}
    return Sample("_contrib_ROIAlign", [data, rois], attrs, numeric=(0,))


def pool(data: np.ndarray, rois: np.ndarray, pooled: tuple, scale: float, numeric: tuple = (0,)) -> Sample:
    attrs = {"pooled_size": pooled, "spatial_scale": scale}
    return Sample("ROIPooling", [data, rois], attrs, numeric=numeric)


def rotated(data: np.ndarray, rois: np.ndarray, pooled: tuple, scale: float, **more: Any) -> Sample:
    attrs = {"pooled_size": pooled, "spatial_scale": scale, **more}
    return Sample("_contrib_RROIAlign", [data, rois], attrs, wrt=(), numeric=(0,))


def parts(data: np.ndarray, rois: np.ndarray, scale: float, dim: int, pooled: int, **more: Any) -> Sample:
    attrs = {"spatial_scale": scale, "output_dim": dim, "pooled_size": pooled, **more}
    return Sample("_contrib_PSROIPooling", [data, rois], attrs, numeric=(0,))


def moved(
    data: np.ndarray, rois: np.ndarray, trans: Any, scale: float, dim: int, group: int, pooled: int, **more: Any
) -> Sample:
    inputs = [data, rois] + ([] if trans is None else [trans])
    attrs = {"spatial_scale": scale, "output_dim": dim, "group_size": group, "pooled_size": pooled, **more}
    attrs["no_trans"] = trans is None
    return Sample(
        "_contrib_DeformablePSROIPooling", inputs, attrs, numeric=(0,) if trans is None else (0, 2), half=False
    )


def shifts(count: int, classes: int, part: int, dtype: str = "float32") -> np.ndarray:
    return np.random.RandomState(count).uniform(-1, 1, (count, 2 * classes, part, part)).astype(dtype)


SAMPLES = [
    pool(apart(2, 3, 9, 7), regions(5, 2, 32), (3, 2), 0.25),
    pool(apart(2, 2, 6, 8), far(), (2, 3), 0.5),
    pool(np.round(normal(2, 2, 8, 8)), regions(4, 2, 8), (2, 2), 1.0, numeric=()),
    pool(apart(1, 2, 12, 5, dtype="float64"), regions(3, 1, 40, dtype="float64"), (4, 4), 1 / 3),
    pool(apart(1, 1, 1, 1), np.array([[0, 0, 0, 0, 0]], "float32"), (1, 1), 1.0),
    align(normal(2, 3, 9, 7), regions(5, 2, 32), (3, 2), 0.25),
    align(normal(2, 3, 9, 7), regions(5, 2, 32), (2, 4), 0.25, sample_ratio=2),
    *(align(normal(2, 2, 6, 7), vast(), (3, 2), 1.0, aligned=aligned) for aligned in (False, True)),
    align(normal(1, 12, 6, 8), regions(3, 1, 16), (2, 3), 0.5, position_sensitive=True),
    align(normal(2, 2, 9, 7), regions(4, 2, 32), (3, 3), 0.25, aligned=True),
    align(normal(2, 4, 7, 7), regions(3, 2, 14), (2, 2), 0.5, aligned=True, sample_ratio=3, position_sensitive=True),
    align(normal(2, 2, 6, 8), far(), (2, 3), 0.5),
    align(normal(1, 2, 7, 6, dtype="float64"), regions(3, 1, 24, dtype="float64"), (2, 2), 0.25),
    align(normal(1, 1, 1, 1), np.array([[0, 0, 0, 0, 0]], "float32"), (1, 1), 1.0),
    rotated(normal(2, 3, 9, 7), turned(4, 2, 32), (3, 2), 0.25),
    rotated(normal(2, 2, 9, 9), turned(5, 2, 9), (2, 2), 1.0, sampling_ratio=2),
    rotated(normal(1, 2, 7, 6, dtype="float64"), turned(3, 1, 24, dtype="float64"), (2, 2), 0.25),
    parts(normal(2, 18, 8, 9), regions(4, 2, 64), 0.125, 2, 3),
    parts(normal(2, 8, 6, 8), far(), 0.5, 2, 4, group_size=2),
    parts(normal(1, 12, 7, 7, dtype="float64"), regions(3, 1, 28, dtype="float64"), 0.25, 3, 3, group_size=2),
    moved(normal(2, 18, 8, 9), regions(4, 2, 64), shifts(4, 1, 3), 0.125, 2, 3, 3, trans_std=0.1, sample_per_part=2),
    moved(normal(1, 8, 8, 8), regions(3, 1, 32), None, 0.25, 2, 2, 3, sample_per_part=3),
    moved(normal(2, 16, 7, 6), regions(3, 2, 24), shifts(3, 2, 4), 0.25, 4, 2, 2, part_size=4, trans_std=0.3),
    moved(
        normal(1, 4, 6, 6, dtype="float64"), regions(2, 1, 12, dtype="float64"), shifts(2, 1, 2, dtype="float64"),
        0.5, 1, 2, 2, trans_std=0.25, sample_per_part=2,
    ),
]  # fmt: skip

_SIZES = {"pooled_size": (2, 2), "spatial_scale": 0.5}
_PARTS = {"pooled_size": 2, "spatial_scale": 0.5, "output_dim": 1}
_FOUR = np.zeros((1, 4), "float32")
_MAP = normal(1, 4, 5, 5)
_ROI = regions(1, 1, 8)

BAD = [
    Bad("ROIPooling", [_MAP, _FOUR], _SIZES, match="rois have shape"),
    Bad("ROIPooling", [_MAP[0], _ROI], _SIZES, match="data has shape"),
    Bad("ROIPooling", [_MAP, _ROI], {"pooled_size": (2,), "spatial_scale": 0.5}, match="pooled_size"),
    Bad("ROIPooling", [_MAP, _ROI], {"pooled_size": (2, 2), "spatial_scale": 2}, match="spatial_scale=2"),
    Bad("ROIPooling", [_MAP, _ROI.astype("float64")], _SIZES, match="one dtype"),
    Bad("_contrib_ROIAlign", [_MAP, _FOUR], _SIZES, match="rois have shape"),
    Bad("_contrib_ROIAlign", [_MAP, _ROI], {"pooled_size": (3, 2), "spatial_scale": 0.5, "position_sensitive": True}),
    Bad("_contrib_ROIAlign", [_MAP.astype("int32"), _ROI.astype("int32")], _SIZES, match="int32"),
    Bad("_contrib_RROIAlign", [_MAP, _ROI], _SIZES, match="expected .regions, 6"),
    Bad("_contrib_PSROIPooling", [_MAP, _FOUR], _PARTS, match="rois have shape"),
    Bad("_contrib_DeformablePSROIPooling", [_MAP, _ROI], {**_PARTS, "group_size": 2}, match="trans"),
    Bad(
        "_contrib_DeformablePSROIPooling", [_MAP, _ROI, shifts(1, 1, 2)], {**_PARTS, "group_size": 2, "trans_std": 2},
        match="trans_std=2",
    ),
]  # fmt: skip
