"""Augmenters for detection: they change an image together with the boxes of its objects.

A label is an array with a row for each object: class, left, top, right, bottom, the last four as parts of the image's
width and height from 0 to 1, and anything else.
"""

from __future__ import annotations

import json
import math
import random
import warnings
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError
from mxnet.ndarray import NDArray, flip

from ._augment import Augmenter, plain
from ._crop import fixed_crop
from ._files import copyMakeBorder

_Pair = tuple[float, float]
_Made = tuple[int, int, int, int, np.ndarray]
"""Left, top, width, height, and the label that belongs to it."""


class DetAugmenter:
    """Base of augmenters for detection; ``dumps`` gives the keyword arguments.

    A subclass defines ``__call__``, which takes and returns an image, an array of shape (height, width, channels), and
    its label, a NumPy array; it may write to both.

    >>> import numpy as np
    >>> import mxnet as mx
    >>> class Dark(DetAugmenter):
    ...     def __call__(self, src, label):
    ...         return src * 0.5, label
    >>> image, label = Dark()(mx.nd.ones((8, 12, 3)), np.array([[0, 0.25, 0.25, 0.75, 0.75]]))
    >>> image.max().asscalar()
    0.5
    """

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = {key: plain(value) for key, value in kwargs.items()}

    def dumps(self) -> Any:
        """Class and arguments as JSON."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, src: NDArray, label: np.ndarray) -> tuple[NDArray, np.ndarray]:
        raise NotImplementedError(f"{type(self).__name__} must define __call__")


class DetBorrowAug(DetAugmenter):
    """An :class:`Augmenter` that leaves objects where they are: of colours, or of size without a crop.

    Raises:
        DTypeError: ``augmenter`` is not an augmenter.

    >>> import numpy as np
    >>> import mxnet as mx
    >>> label = np.array([[0, 0.25, 0.25, 0.75, 0.75]])
    >>> image, label = DetBorrowAug(mx.image.CastAug())(mx.nd.ones((8, 12, 3)), label)
    >>> image.shape, label.shape
    ((8, 12, 3), (1, 5))
    """

    def __init__(self, augmenter: Augmenter) -> None:
        if not isinstance(augmenter, Augmenter):
            raise DTypeError(f"Borrowing from invalid Augmenter: {augmenter!r}")
        super().__init__(augmenter=augmenter.dumps())
        self.augmenter = augmenter

    def dumps(self) -> list[Any]:
        return [type(self).__name__.lower(), self.augmenter.dumps()]

    def __call__(self, src: NDArray, label: np.ndarray) -> tuple[NDArray, np.ndarray]:
        return self.augmenter(src), label


class DetRandomSelectAug(DetAugmenter):
    """One of several augmenters, chosen at random.

    Args:
        aug_list: list of augmenters, or a single one.
        skip_prob: how often to do nothing, from 0 to 1.

    Raises:
        ArgumentError: the list has something other than :class:`DetAugmenter`.

    >>> import numpy as np
    >>> import mxnet as mx
    >>> label = np.array([[0, 0.25, 0.25, 0.75, 0.75]])
    >>> image, label = DetRandomSelectAug([DetHorizontalFlipAug(1)], skip_prob=0)(mx.nd.ones((8, 12, 3)), label)
    >>> image.shape, label.shape
    ((8, 12, 3), (1, 5))
    """

    def __init__(self, aug_list: Any, skip_prob: float = 0) -> None:
        super().__init__(skip_prob=skip_prob)
        self.aug_list = list(aug_list) if isinstance(aug_list, (list, tuple)) else [aug_list]
        for augmenter in self.aug_list:
            if not isinstance(augmenter, DetAugmenter):
                raise ArgumentError(f"Allow DetAugmenter in list only; got {augmenter!r}")
        self.skip_prob = skip_prob if self.aug_list else 1

    def dumps(self) -> list[Any]:
        return [type(self).__name__.lower(), [a.dumps() for a in self.aug_list]]

    def __call__(self, src: NDArray, label: np.ndarray) -> tuple[NDArray, np.ndarray]:
        if random.random() < self.skip_prob:
            return src, label
        random.shuffle(self.aug_list)
        return self.aug_list[0](src, label)


class DetHorizontalFlipAug(DetAugmenter):
    """Exchanges left and right, with probability ``p``.

    >>> import numpy as np
    >>> import mxnet as mx
    >>> image, label = DetHorizontalFlipAug(1)(mx.nd.ones((8, 12, 3)), np.array([[0, 0.0, 0.25, 0.25, 0.75]]))
    >>> label.tolist()
    [[0.0, 0.75, 0.25, 1.0, 0.75]]
    """

    def __init__(self, p: float) -> None:
        super().__init__(p=p)
        self.p = p

    def __call__(self, src: NDArray, label: np.ndarray) -> tuple[NDArray, np.ndarray]:
        if random.random() < self.p:
            src = flip(src, axis=1)
            label[:, 1], label[:, 3] = 1.0 - label[:, 3], 1.0 - label[:, 1]
        return src, label


class _DetSizedAug(DetAugmenter):
    """An augmenter that draws area and proportions of a rectangle. Empty ranges switch it off, with a warning."""

    enabled: bool
    area_range: _Pair
    aspect_ratio_range: _Pair

    def _set_ranges(self, aspect_ratio_range: Any, area_range: Any, least_area: float) -> None:
        name = type(self).__name__
        self.aspect_ratio_range = _pair(name, "aspect_ratio_range", aspect_ratio_range)
        self.area_range = _pair(name, "area_range", area_range)
        self.enabled = False
        if self.area_range[1] <= least_area or self.area_range[0] > self.area_range[1]:
            warnings.warn(f"{name} does nothing: area_range is {self.area_range}", stacklevel=3)
        elif self.aspect_ratio_range[0] > self.aspect_ratio_range[1] or self.aspect_ratio_range[0] <= 0:
            warnings.warn(f"{name} does nothing: aspect_ratio_range is {self.aspect_ratio_range}", stacklevel=3)
        else:
            self.enabled = True

    def _draw(self, height: int, width: int) -> tuple[float, int, int]:
        """Proportions, and the least and most height, of a rectangle whose area is as asked for."""
        ratio = random.uniform(*self.aspect_ratio_range)
        low, high = (max(a, 0.0) * height * width for a in self.area_range)
        return ratio, round(math.sqrt(low / ratio)), round(math.sqrt(high / ratio))


class DetRandomCropAug(_DetSizedAug):
    """A random part of the image that shows enough of its objects; the whole image if no attempt finds one.

    Args:
        min_object_covered: objects that are inside at all must be inside by more than this share, from 0 to 1.
        aspect_ratio_range: least and largest ratio of width to height.
        area_range: least and largest area of the part, as a share of the image.
        min_eject_coverage: objects with a smaller share inside are left out of the label.
        max_attempts: how often to try.

    >>> import numpy as np
    >>> import mxnet as mx
    >>> label = np.array([[0, 0.25, 0.25, 0.75, 0.75]])
    >>> image, label = DetRandomCropAug(min_object_covered=0.9)(mx.nd.ones((8, 12, 3)), label)
    >>> label.shape
    (1, 5)
    """

    def __init__(
        self,
        min_object_covered: float = 0.1,
        aspect_ratio_range: Any = (0.75, 1.33),
        area_range: Any = (0.05, 1.0),
        min_eject_coverage: float = 0.3,
        max_attempts: int = 50,
    ) -> None:
        self._set_ranges(aspect_ratio_range, area_range, 0)
        super().__init__(
            min_object_covered=min_object_covered,
            aspect_ratio_range=self.aspect_ratio_range,
            area_range=self.area_range,
            min_eject_coverage=min_eject_coverage,
            max_attempts=max_attempts,
        )
        self.min_object_covered = min_object_covered
        self.min_eject_coverage = min_eject_coverage
        self.max_attempts = max_attempts

    def __call__(self, src: NDArray, label: np.ndarray) -> tuple[NDArray, np.ndarray]:
        found = self._propose(label, *src.shape[:2])
        if found is None:
            return src, label
        x, y, width, height, label = found
        return fixed_crop(src, x, y, width, height, None), label

    def _propose(self, label: np.ndarray, height: int, width: int) -> _Made | None:
        if not self.enabled or height <= 0 or width <= 0:
            return None
        low, high = (a * height * width for a in self.area_range)
        for _ in range(self.max_attempts):
            ratio, least, most = self._draw(height, width)
            if round(most * ratio) > width:
                most = int((width + 0.4999999) / ratio)
            most = min(most, height)
            h = min(least, most)
            if h < most:
                h = random.randint(h, most)
            w = round(h * ratio)
            # rounding may have left the range of areas; a step back may help
            if w * h < low:
                h += 1
                w = round(h * ratio)
            if w * h > high:
                h -= 1
                w = round(h * ratio)
            if not (low <= w * h <= high and 0 < w <= width and 0 < h <= height):
                continue
            y, x = random.randint(0, max(0, height - h)), random.randint(0, max(0, width - w))
            if self._covers_an_object(label, x, y, w, h, height, width):
                made = self._cropped(label, (x, y, w, h), height, width)
                if made is not None:
                    return x, y, w, h, made
        return None

    def _covers_an_object(self, label: np.ndarray, x: int, y: int, w: int, h: int, height: int, width: int) -> bool:
        """Whether there is an object inside, and enough of each that is inside at all; tiny ones do not count."""
        if w * h < 2:
            return False
        boxes = label[:, 1:5]
        areas = _areas(boxes)
        boxes = boxes[areas * width * height > 2]
        areas = areas[areas * width * height > 2]
        covered = _areas(_inside(boxes, x / width, y / height, (x + w) / width, (y + h) / height)) / areas
        covered = covered[covered > 0]
        return covered.size > 0 and float(covered.min()) > self.min_object_covered

    def _cropped(self, label: np.ndarray, box: tuple[int, int, int, int], height: int, width: int) -> np.ndarray | None:
        """The label of the part; None where no object is left."""
        x, y, w, h = box[0] / width, box[1] / height, box[2] / width, box[3] / height
        made = label.copy()
        made[:, (1, 3)] = (made[:, (1, 3)] - x) / w
        made[:, (2, 4)] = (made[:, (2, 4)] - y) / h
        made[:, 1:5] = np.clip(made[:, 1:5], 0, 1)
        covered = _areas(made[:, 1:5]) * w * h / _areas(label[:, 1:5])
        kept = (made[:, 3] > made[:, 1]) & (made[:, 4] > made[:, 2]) & (covered > self.min_eject_coverage)
        return made[kept] if kept.any() else None


class DetRandomPadAug(_DetSizedAug):
    """A border of random size around the image, with the image at a random place in it.

    Args:
        aspect_ratio_range: least and largest ratio of width to height.
        area_range: least and largest area of the result, in areas of the image.
        max_attempts: how often to try for a result that is at least two pixels wider and higher; then the image stays
            as it is.
        pad_val: colour of the border, one number for each channel, or one for all (which 1.9.1 puts into the first
            only).

    >>> import numpy as np
    >>> import mxnet as mx
    >>> label = np.array([[0, 0.25, 0.25, 0.75, 0.75]])
    >>> image, label = DetRandomPadAug(area_range=(4, 4), aspect_ratio_range=(1, 1))(mx.nd.ones((8, 12, 3)), label)
    >>> image.shape, label.shape
    ((20, 20, 3), (1, 5))
    """

    def __init__(
        self,
        aspect_ratio_range: Any = (0.75, 1.33),
        area_range: Any = (1.0, 3.0),
        max_attempts: int = 50,
        pad_val: Any = (128, 128, 128),
    ) -> None:
        self._set_ranges(aspect_ratio_range, area_range, 1)
        super().__init__(
            aspect_ratio_range=self.aspect_ratio_range,
            area_range=self.area_range,
            max_attempts=max_attempts,
            pad_val=pad_val,
        )
        self.pad_val = pad_val
        self.max_attempts = max_attempts

    def __call__(self, src: NDArray, label: np.ndarray) -> tuple[NDArray, np.ndarray]:
        height, width = src.shape[:2]
        found = self._propose(label, height, width)
        if found is None:
            return src, label
        x, y, w, h, label = found
        values = (self.pad_val,) * 3 if isinstance(self.pad_val, (int, float)) else self.pad_val
        return copyMakeBorder(src, y, h - y - height, x, w - x - width, 0, values=values), label

    def _propose(self, label: np.ndarray, height: int, width: int) -> _Made | None:
        if not self.enabled or height <= 0 or width <= 0:
            return None
        for _ in range(self.max_attempts):
            ratio, h, most = self._draw(height, width)
            if round(h * ratio) < width:
                h = int((width + 0.499999) / ratio)
            h = min(max(h, height), most)
            if h < most:
                h = random.randint(h, most)
            w = round(h * ratio)
            if h - height < 2 or w - width < 2:
                continue
            y, x = random.randint(0, max(0, h - height)), random.randint(0, max(0, w - width))
            made = label.copy()
            made[:, (1, 3)] = (made[:, (1, 3)] * width + x) / w
            made[:, (2, 4)] = (made[:, (2, 4)] * height + y) / h
            return x, y, w, h, made
        return None


def _pair(name: str, what: str, given: Any) -> _Pair:
    if isinstance(given, (int, float)):
        return given, given
    if not isinstance(given, (tuple, list)) or len(given) != 2 or not all(isinstance(g, (int, float)) for g in given):
        raise InputTypeError(f"{name}: {what} is {given!r}; expected a number or two")
    return given[0], given[1]


def _areas(boxes: np.ndarray) -> np.ndarray:
    return np.maximum(0, boxes[:, 2] - boxes[:, 0]) * np.maximum(0, boxes[:, 3] - boxes[:, 1])


def _inside(boxes: np.ndarray, left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """The parts of boxes that are inside a rectangle; they have no area where nothing is."""
    low, high = np.maximum(boxes[:, :2], (left, top)), np.minimum(boxes[:, 2:], (right, bottom))
    return np.concatenate((low, high), axis=1)
