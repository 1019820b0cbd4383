"""Rotation of images, channels first, by the operator that samples anywhere, so that gradients flow."""

from __future__ import annotations

import math
import random
from numbers import Number
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError, ShapeError
from mxnet.ndarray import NDArray, array
from mxnet.ndarray._namespace import function
from mxnet.random import uniform
from mxnet.util import is_np_array


def imrotate(src: NDArray, rotation_degrees: Any, zoom_in: bool = False, zoom_out: bool = False) -> NDArray:
    """Images rotated about their middle; pixels from outside are 0.

    Args:
        src: image of shape (channels, height, width) or batch (images, channels, height, width), float32.
        rotation_degrees: the angle; positive turns counter-clockwise. For a batch it may be an array with one angle for
            each image.
        zoom_in: enlarge, so that nothing from outside is seen.
        zoom_out: shrink, so that all of the image is seen.

    Returns:
        Array like ``src``.

    Raises:
        DTypeError: ``src`` is not float32.
        InputTypeError: there is one image, but not one angle.
        ArgumentError: both zooms are asked for, or the numbers of angles and images differ.

    >>> import mxnet as mx
    >>> imrotate(mx.nd.array([[[1, 2], [3, 4]]]), 90).asnumpy().round(3)
    array([[[2., 4.],
            [1., 3.]]], dtype=float32)
    """
    if zoom_in and zoom_out:
        raise ArgumentError("`zoom_in` and `zoom_out` cannot be both True")
    if not isinstance(src, NDArray):
        raise InputTypeError(f"imrotate: src must be an NDArray, got {type(src).__name__}")
    if src.dtype != np.float32:
        raise DTypeError(
            f"imrotate: only float32 images are supported, got {np.dtype(src.dtype).name}; use astype('float32')"
        )
    if src.ndim not in (3, 4):
        raise ShapeError(f"imrotate: src has shape {src.shape}; expected 3 axes, (channels, height, width), or 4")
    single = src.ndim == 3
    if single:
        if not isinstance(rotation_degrees, Number):
            raise InputTypeError(
                "imrotate: when a single image is passed the rotation angle is required to be a scalar"
            )
        src = src.expand_dims(0)
    count = len(src)
    angles = [rotation_degrees] * count if isinstance(rotation_degrees, Number) else _angles(rotation_degrees)
    if len(angles) != count:
        raise ArgumentError(
            f"imrotate: got {len(angles)} rotation angles for {count} images; the number of images must be equal to "
            "the number of rotation angles"
        )
    places = _places(np.asarray(angles, np.float64), *src.shape[-2:], zoom_in, zoom_out)
    turned: NDArray = function("BilinearSampler")(src, array(places, ctx=src.context, dtype="float32"))
    turned = turned[0] if single else turned
    return turned.as_np_ndarray() if is_np_array() else turned


def random_rotate(src: NDArray, angle_limits: Any, zoom_in: bool = False, zoom_out: bool = False) -> NDArray:
    """:func:`imrotate` by a random angle between the two ``angle_limits``, drawn for each image of a batch.

    Args:
        src: image of shape (channels, height, width) or batch (images, channels, height, width), float32.
        angle_limits: (least, most), in degrees.
        zoom_in, zoom_out: see :func:`imrotate`.

    >>> import mxnet as mx
    >>> random_rotate(mx.nd.ones((3, 8, 8)), (-10, 10)).shape
    (3, 8, 8)
    """
    low, high = angle_limits
    angles = random.uniform(low, high) if src.ndim == 3 else uniform(low, high, shape=(len(src),))
    return imrotate(src, angles, zoom_in=zoom_in, zoom_out=zoom_out)


def _angles(given: Any) -> np.ndarray:
    return np.atleast_1d(given.asnumpy() if isinstance(given, NDArray) else np.asarray(given))


def _places(degrees: np.ndarray, height: int, width: int, zoom_in: bool, zoom_out: bool) -> np.ndarray:
    """Where each pixel of each result is found: (images, 2, height, width), x then y, the image being [-1, 1] wide."""
    angle = (degrees * (math.pi / 180))[:, None, None]
    cos, sin = np.cos(angle), np.sin(angle)
    half_w, half_h = (width - 1) / 2, (height - 1) / 2
    y, x = np.mgrid[0:height, 0:width] - np.array([half_h, half_w])[:, None, None]
    scale: Any = 1.0
    if zoom_in or zoom_out:
        # how many times as wide, or high, the rotated rectangle is
        scale = np.maximum(
            (width * abs(cos) + height * abs(sin)) / width, (width * abs(sin) + height * abs(cos)) / height
        )
        scale = 1 / scale if zoom_in else scale
    found_x, found_y = (cos * x - sin * y) * scale, (sin * x + cos * y) * scale
    # an edge of one pixel has no width to divide by; its only place is 0
    return np.stack((found_x / (half_w or 1), found_y / (half_h or 1)), axis=1)
