"""What 1.9.1 calls ``aug_default``: random changes to an image, which give it the shape asked for."""

from __future__ import annotations

import math
import random
from types import SimpleNamespace
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError
from mxnet._base.lazy import lazy

cv2 = lazy("cv2", extra="image")

OPTIONS: dict[str, tuple[Any, Any]] = {
    "resize": (int, -1),
    "rand_crop": (bool, False),
    "random_resized_crop": (bool, False),
    "max_rotate_angle": (int, 0),
    "max_aspect_ratio": (float, 0.0),
    "min_aspect_ratio": (float | None, None),
    "max_shear_ratio": (float, 0.0),
    "max_crop_size": (int, -1),
    "min_crop_size": (int, -1),
    "max_random_scale": (float, 1.0),
    "min_random_scale": (float, 1.0),
    "max_random_area": (float, 1.0),
    "min_random_area": (float, 1.0),
    "max_img_size": (float, 1e10),
    "min_img_size": (float, 0.0),
    "brightness": (float, 0.0),
    "contrast": (float, 0.0),
    "saturation": (float, 0.0),
    "pca_noise": (float, 0.0),
    "random_h": (int, 0),
    "random_s": (int, 0),
    "random_l": (int, 0),
    "rotate": (int, -1),
    "fill_value": (int, 255),
    "inter_method": (int, 1),
    "pad": (int, 0),
}

_COLOURS = np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])
_SIZES = np.array([55.46, 4.794, 1.148])
"""Principal components of the colours of ImageNet, red, green, blue."""


class DefaultAugmenter:
    """Makes images of one shape.

    Args:
        o: the options in ``OPTIONS``, and ``data_shape``.

    Raises:
        ArgumentError: the options contradict each other.
    """

    def __init__(self, name: str, o: SimpleNamespace) -> None:
        self._o = o
        self._height, self._width = o.data_shape[1:]
        self._low_ratio = 1 - o.max_aspect_ratio if o.min_aspect_ratio is None else o.min_aspect_ratio
        self._high_ratio = 1 + o.max_aspect_ratio if o.min_aspect_ratio is None else o.max_aspect_ratio
        self._sized = o.max_crop_size != -1 or o.min_crop_size != -1
        scaled = o.min_random_scale != 1 or o.max_random_scale != 1
        check_method(name, o.inter_method)
        if o.random_resized_crop:
            if scaled or self._sized or o.rand_crop:
                raise ArgumentError(
                    f"{name}: random_resized_crop=True conflicts with min_random_scale, max_random_scale, "
                    "min_crop_size, max_crop_size and rand_crop"
                )
            if self._low_ratio <= 0 or o.min_random_area > o.max_random_area:
                raise ArgumentError(
                    f"{name}: random_resized_crop needs aspect ratios above 0 and min_random_area <= max_random_area"
                )
        if self._sized and not 0 < o.min_crop_size <= o.max_crop_size:
            raise ArgumentError(
                f"{name}: min_crop_size is {o.min_crop_size} and max_crop_size is {o.max_crop_size}; expected both, "
                "the first above 0 and not above the second"
            )
        self._turned = o.max_rotate_angle > 0 or o.max_shear_ratio > 0 or o.rotate > 0 or scaled
        self._turned |= o.max_img_size != 1e10 or o.min_img_size != 0
        self._turned |= not o.random_resized_crop and (o.max_aspect_ratio != 0 or o.min_aspect_ratio is not None)
        self._coloured = bool(o.brightness or o.contrast or o.saturation or o.pca_noise)

    def __call__(self, image: np.ndarray, chance: random.Random) -> np.ndarray:
        """The changed ``image``; uint8, of shape (height, width) or (height, width, channels)."""
        o = self._o
        if o.resize > 0:
            high, wide = image.shape[:2]
            size = (o.resize, o.resize * high // wide) if high > wide else (o.resize * wide // high, o.resize)
            image = scaled(image, size, o.inter_method, chance)
        if self._turned:
            image = self._turn(image, chance)
        if o.pad > 0:
            image = cv2.copyMakeBorder(
                image, o.pad, o.pad, o.pad, o.pad, cv2.BORDER_CONSTANT, value=(o.fill_value,) * 4
            )
        image = self._crop(image, chance)
        if image.ndim == 3 and image.shape[2] == 3:
            if o.random_h or o.random_s or o.random_l:
                image = shift_hsl(image, chance, o.random_h, o.random_s, o.random_l)
            if self._coloured:
                image = self._colour(image, chance)
        return image

    def _turn(self, image: np.ndarray, chance: random.Random) -> np.ndarray:
        """Turned, sheared, scaled and stretched about its middle, as one affine map."""
        o = self._o
        high, wide = image.shape[:2]
        shear = chance.uniform(-o.max_shear_ratio, o.max_shear_ratio)
        degrees = o.rotate if o.rotate > 0 else chance.randint(-o.max_rotate_angle, o.max_rotate_angle)
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        scale = chance.uniform(o.min_random_scale, o.max_random_scale)
        ratio = 1.0 if o.random_resized_crop else chance.uniform(self._low_ratio, self._high_ratio)
        hs = 2 * scale / (1 + ratio)
        ws = ratio * hs
        new_wide = max(o.min_img_size, min(o.max_img_size, scale * wide))
        new_high = max(o.min_img_size, min(o.max_img_size, scale * high))
        matrix = np.array(
            [[hs * cos - shear * sin * ws, hs * sin + shear * cos * ws, 0], [-sin * ws, cos * ws, 0]], np.float32
        )
        matrix[0, 2] = (new_wide - (matrix[0, 0] * wide + matrix[0, 1] * high)) / 2
        matrix[1, 2] = (new_high - (matrix[1, 0] * wide + matrix[1, 1] * high)) / 2
        size = (int(new_wide), int(new_high))
        flags = method(o.inter_method, (high, wide, size[1], size[0]), chance)
        fill = (o.fill_value,) * 4
        return cv2.warpAffine(image, matrix, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=fill)

    def _crop(self, image: np.ndarray, chance: random.Random) -> np.ndarray:
        o = self._o
        if o.random_resized_crop:
            part = self._sized_by_area(image, chance)
            if part is not None:
                return scaled(part, (self._width, self._height), o.inter_method, chance)
        if self._sized:
            high, wide = image.shape[:2]
            if min(high, wide) < o.max_crop_size:
                raise ArgumentError(
                    f"input image size smaller than max_crop_size={o.max_crop_size}: {wide} wide, {high} high"
                )
            size = chance.randint(o.min_crop_size, o.max_crop_size)
            part = self._part(image, size, size, chance)
            return scaled(part, (self._width, self._height), o.inter_method, chance)
        if image.shape[0] < self._height:
            image = scaled(
                image, (image.shape[1] * self._height // image.shape[0], self._height), o.inter_method, chance
            )
        if image.shape[1] < self._width:
            image = scaled(image, (self._width, image.shape[0] * self._width // image.shape[1]), o.inter_method, chance)
        return self._part(image, self._height, self._width, chance)

    def _part(self, image: np.ndarray, height: int, width: int, chance: random.Random) -> np.ndarray:
        more_high, more_wide = image.shape[0] - height, image.shape[1] - width
        if self._o.rand_crop:
            y, x = chance.randint(0, more_high), chance.randint(0, more_wide)
        else:
            y, x = more_high // 2, more_wide // 2
        return image[y : y + height, x : x + width]

    def _sized_by_area(self, image: np.ndarray, chance: random.Random) -> np.ndarray | None:
        """A part of random area and proportions; None if ten tries find none that fits."""
        high, wide = image.shape[:2]
        for _ in range(10):
            area = chance.uniform(self._o.min_random_area, self._o.max_random_area) * high * wide
            ratio = chance.uniform(self._low_ratio, self._high_ratio)
            height, width = round(math.sqrt(area / ratio)), round(math.sqrt(area * ratio))
            if chance.random() < 0.5:
                height, width = width, height
            if 0 < height <= high and 0 < width <= wide:
                y, x = chance.randint(0, high - height), chance.randint(0, wide - width)
                return image[y : y + height, x : x + width]
        return None

    def _colour(self, image: np.ndarray, chance: random.Random) -> np.ndarray:
        o = self._o
        steps = ["brightness", "contrast", "saturation"]
        chance.shuffle(steps)
        for step in steps:
            limit = getattr(o, step)
            if limit <= 0:
                continue
            alpha = 1 + chance.uniform(-limit, limit)
            if step == "brightness":
                image = cv2.convertScaleAbs(image, alpha=max(alpha, 0.0))
                continue
            # 1.9.1 exchanges the weights of red and blue
            gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
            if step == "contrast":
                image = _saturated(image * np.float32(alpha) + np.float32((1 - alpha) * gray.mean()))
            else:
                other = cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)
                image = cv2.addWeighted(image, alpha, other, 1 - alpha, 0)
        if o.pca_noise > 0:
            drawn = np.array([chance.gauss(0, o.pca_noise) for _ in range(3)])
            image = _saturated(image + (_COLOURS @ (drawn * _SIZES))[::-1].astype(np.float32))
        return image


def check_method(name: str, inter_method: int) -> None:
    """Raises:
    ArgumentError: there is no such interpolation.
    """
    if inter_method not in (0, 1, 2, 3, 4, 9, 10):
        raise ArgumentError(f"{name}: invalid inter_method: {inter_method}; expected 0 to 4, 9 or 10")


def method(inter_method: int, sizes: tuple[int, int, int, int], chance: random.Random) -> int:
    """OpenCV's interpolation for ``inter_method``; ``sizes`` are height and width before and after."""
    if inter_method == 9:
        old_high, old_wide, high, wide = sizes
        if high > old_high and wide > old_wide:
            return 2
        return 3 if high < old_high and wide < old_wide else 1
    return chance.randint(0, 4) if inter_method == 10 else inter_method


def scaled(image: np.ndarray, size: tuple[int, int], inter_method: int, chance: random.Random) -> np.ndarray:
    """``image`` in ``size``, (width, height)."""
    high, wide = image.shape[:2]
    if (wide, high) == size:
        return image
    size = (max(1, size[0]), max(1, size[1]))
    return cv2.resize(image, size, interpolation=method(inter_method, (high, wide, size[1], size[0]), chance))


def _saturated(image: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def shift_hsl(image: np.ndarray, chance: random.Random, h: int, s: int, lightness: int) -> np.ndarray:
    """Hue, saturation and lightness, in OpenCV's 8 bits, moved by up to so many steps and limited, not turned round."""
    moved = [chance.randint(-limit, limit) for limit in (h, s, lightness)]
    planes = cv2.cvtColor(image, cv2.COLOR_BGR2HLS).astype(np.int16)
    planes += np.array([moved[0], moved[2], moved[1]], np.int16)
    return cv2.cvtColor(np.clip(planes, 0, (180, 255, 255)).astype(np.uint8), cv2.COLOR_HLS2BGR)
