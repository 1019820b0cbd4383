"""What 1.9.1 calls ``det_aug_default``: random changes to an image and the boxes of its objects."""

from __future__ import annotations

import math
import random
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np

from mxnet._base.errors import ArgumentError
from mxnet._base.lazy import lazy
from mxnet._ops.types import Floats, Shape

from ._default_augment import check_method, scaled, shift_hsl

cv2 = lazy("cv2", extra="image")

_RANGES = ("scales", "aspect_ratios", "overlaps", "sample_coverages", "object_coverages")
OPTIONS: dict[str, tuple[Any, Any]] = {
    "resize": (int, -1),
    "rand_crop_prob": (float, 0.0),
    **{f"min_crop_{name}": (Floats, (1.0,) if name == "aspect_ratios" else (0.0,)) for name in _RANGES},
    **{f"max_crop_{name}": (Floats, (1.0,)) for name in _RANGES},
    "num_crop_sampler": (int, 1),
    "crop_emit_mode": (Literal["center", "overlap"], "center"),
    "emit_overlap_thresh": (float, 0.3),
    "max_crop_trials": (Shape, (25,)),
    "rand_pad_prob": (float, 0.0),
    "max_pad_scale": (float, 1.0),
    "max_random_hue": (int, 0),
    "random_hue_prob": (float, 0.0),
    "max_random_saturation": (int, 0),
    "random_saturation_prob": (float, 0.0),
    "max_random_illumination": (int, 0),
    "random_illumination_prob": (float, 0.0),
    "max_random_contrast": (float, 0.0),
    "random_contrast_prob": (float, 0.0),
    "rand_mirror_prob": (float, 0.0),
    "fill_value": (int, 127),
    "inter_method": (int, 1),
    "resize_mode": (Literal["force", "shrink", "fit"], "force"),
}
_Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in parts of the image."""


class DetectionAugmenter:
    """Changes images and objects, arrays with a row for each: class, left, top, right, bottom, and what else there is.

    Args:
        name: of the iterator, for messages.
        o: the options in ``OPTIONS``, and ``data_shape``.

    Raises:
        ArgumentError: the options contradict each other.
    """

    def __init__(self, name: str, o: SimpleNamespace) -> None:
        self._o = o
        check_method(name, o.inter_method)
        count = o.num_crop_sampler
        given = {f"{end}_crop_{which}" for which in _RANGES for end in ("min", "max")} | {"max_crop_trials"}
        for key in sorted(given):
            values = getattr(o, key)
            # a default is for all samplers
            if len(values) == 1:
                setattr(o, key, values * count)
            elif len(values) != count:
                raise ArgumentError(
                    f"{name}: # of parameters/crop_samplers mismatch: {key} has {len(values)} values, expected "
                    f"num_crop_sampler={count}"
                )
        self._samplers = [
            {which: (getattr(o, f"min_crop_{which}")[i], getattr(o, f"max_crop_{which}")[i]) for which in _RANGES}
            for i in range(count)
        ]
        for i, sampler in enumerate(self._samplers):
            for which, (low, high) in sampler.items():
                if not 0 <= low <= high:
                    raise ArgumentError(f"{name}: crop sampler {i}: {which} from {low} to {high}; expected a range")
        if o.max_pad_scale < 1:
            raise ArgumentError(f"{name}: max_pad_scale is {o.max_pad_scale}; expected 1 or more")

    def __call__(
        self, image: np.ndarray, objects: np.ndarray, chance: random.Random
    ) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
        """Image, its objects, and how many of its pixels, (height, width), are of the image: the rest is 0."""
        o = self._o
        if o.resize > 0:
            high, wide = image.shape[:2]
            size = (o.resize, o.resize * high // wide) if high > wide else (o.resize * wide // high, o.resize)
            image = scaled(image, size, o.inter_method, chance)
        if image.ndim == 3 and image.shape[2] == 3:
            image = self._colour(image, chance)
        if chance.random() < o.rand_mirror_prob:
            image = image[:, ::-1]
            objects[:, 1], objects[:, 3] = 1 - objects[:, 3], 1 - objects[:, 1]
        if chance.random() < o.rand_pad_prob and o.max_pad_scale > 1:
            image, objects = self._pad(image, objects, chance)
        if chance.random() < o.rand_crop_prob:
            image, objects = self._crop(image, objects, chance)
        image, filled = self._fit(np.ascontiguousarray(image), chance)
        return image, objects, filled

    def _colour(self, image: np.ndarray, chance: random.Random) -> np.ndarray:
        o = self._o
        steps = [
            limit if chance.random() < probability else 0
            for limit, probability in (
                (o.max_random_hue, o.random_hue_prob),
                (o.max_random_saturation, o.random_saturation_prob),
                (o.max_random_illumination, o.random_illumination_prob),
            )
        ]
        if any(steps):
            image = shift_hsl(image, chance, *steps)
        if o.max_random_contrast > 0 and chance.random() < o.random_contrast_prob:
            factor = 1 + chance.uniform(-o.max_random_contrast, o.max_random_contrast)
            image = cv2.convertScaleAbs(image, alpha=max(0.0, factor))
        return image

    def _pad(self, image: np.ndarray, objects: np.ndarray, chance: random.Random) -> tuple[np.ndarray, np.ndarray]:
        scale = chance.uniform(1, self._o.max_pad_scale)
        high, wide = image.shape[:2]
        new_high, new_wide = int(high * scale), int(wide * scale)
        y, x = chance.randint(0, new_high - high), chance.randint(0, new_wide - wide)
        image = cv2.copyMakeBorder(
            np.ascontiguousarray(image),
            y,
            new_high - high - y,
            x,
            new_wide - wide - x,
            cv2.BORDER_CONSTANT,
            value=(self._o.fill_value,) * 4,
        )
        objects[:, (1, 3)] = (objects[:, (1, 3)] * wide + x) / new_wide
        objects[:, (2, 4)] = (objects[:, (2, 4)] * high + y) / new_high
        return image, objects

    def _crop(self, image: np.ndarray, objects: np.ndarray, chance: random.Random) -> tuple[np.ndarray, np.ndarray]:
        """A part that one of the samplers, taken in random order, finds; the whole where none does."""
        high, wide = image.shape[:2]
        for i in chance.sample(range(len(self._samplers)), len(self._samplers)):
            for _ in range(self._o.max_crop_trials[i]):
                x, y, w, h = _draw(self._samplers[i], high, wide, chance)
                box = (x / wide, y / high, (x + w) / wide, (y + h) / high)
                if not _satisfied(self._samplers[i], objects[:, 1:5], box):
                    continue
                made = self._cropped(objects, box)
                if len(made):
                    return image[y : y + h, x : x + w], made
        return image, objects

    def _cropped(self, objects: np.ndarray, box: _Box) -> np.ndarray:
        """The objects that are kept, as parts of ``box``."""
        left, top, right, bottom = box
        if self._o.crop_emit_mode == "center":
            x, y = (objects[:, 1] + objects[:, 3]) / 2, (objects[:, 2] + objects[:, 4]) / 2
            kept = (left <= x) & (x <= right) & (top <= y) & (y <= bottom)
        else:
            kept = _shared(objects[:, 1:5], box) > self._o.emit_overlap_thresh * _area(objects[:, 1:5])
        made = objects[kept].copy()
        made[:, (1, 3)] = np.clip((made[:, (1, 3)] - left) / (right - left), 0, 1)
        made[:, (2, 4)] = np.clip((made[:, (2, 4)] - top) / (bottom - top), 0, 1)
        return made

    def _fit(self, image: np.ndarray, chance: random.Random) -> tuple[np.ndarray, tuple[int, int]]:
        channels, height, width = self._o.data_shape
        high, wide = image.shape[:2]
        if self._o.resize_mode == "force":
            return scaled(image, (width, height), self._o.inter_method, chance), (height, width)
        scale = min(height / high, width / wide)
        if self._o.resize_mode == "shrink":
            scale = min(scale, 1.0)
        size = (max(1, min(width, int(wide * scale))), max(1, min(height, int(high * scale))))
        image = scaled(image, size, self._o.inter_method, chance)
        whole = np.zeros((height, width, *image.shape[2:]), np.uint8)
        whole[: size[1], : size[0]] = image
        return whole, (size[1], size[0])


def _draw(sampler: dict[str, Any], high: int, wide: int, chance: random.Random) -> tuple[int, int, int, int]:
    """Left, top, width and height of a part, in pixels."""
    scale, ratio = chance.uniform(*sampler["scales"]), chance.uniform(*sampler["aspect_ratios"])
    side = scale * math.sqrt(high * wide)
    root = math.sqrt(ratio) if ratio > 0 else 1.0
    w, h = min(wide, max(1, round(side * root))), min(high, max(1, round(side / root)))
    return chance.randint(0, wide - w), chance.randint(0, high - h), w, h


def _satisfied(sampler: dict[str, Any], boxes: np.ndarray, box: _Box) -> bool:
    """Whether for some object all is within its range: intersection over union, and over the area of either."""
    own = (box[2] - box[0]) * (box[3] - box[1])
    shared, areas = _shared(boxes, box), np.maximum(_area(boxes), 1e-12)
    found = shared > 0
    for which, values in (
        ("overlaps", shared / (areas + own - shared)),
        ("sample_coverages", shared / own),
        ("object_coverages", shared / areas),
    ):
        low, high = sampler[which]
        found &= (low <= values) & (values <= high + 1e-6)
    return bool(found.any())


def _area(boxes: np.ndarray) -> np.ndarray:
    return np.maximum(0, boxes[:, 2] - boxes[:, 0]) * np.maximum(0, boxes[:, 3] - boxes[:, 1])


def _shared(boxes: np.ndarray, box: _Box) -> np.ndarray:
    """The area that each object has in common with ``box``."""
    return _area(np.concatenate((np.maximum(boxes[:, :2], box[:2]), np.minimum(boxes[:, 2:], box[2:])), axis=1))
