"""Parts of images, of given or random size and place (drawn by ``random``), and normalised colours."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

from mxnet._base.errors import ArgumentError, CallError, InputTypeError
from mxnet.ndarray import NDArray

from ._files import imresize, method

_Rectangle = tuple[int, int, int, int]
"""Left, top, width, height."""


def scale_down(src_size: tuple[Any, Any], size: Sequence[Any]) -> tuple[int, int]:
    """``size`` reduced, with its proportions kept, until it fits into ``src_size``. Both are (width, height).

    >>> scale_down((640, 480), (720, 120))
    (640, 106)
    """
    try:
        w, h = size
    except (TypeError, ValueError):
        raise CallError(f"size must be (width, height), got {size!r}") from None
    src_w, src_h = src_size
    if src_h < h:
        w, h = float(w * src_h) / h, src_h
    if src_w < w:
        w, h = src_w, float(h * src_w) / w
    return int(w), int(h)


def resize_short(src: NDArray, size: int, interp: int = 2) -> NDArray:
    """``src`` resized so that its shorter edge is ``size``, with its proportions kept.

    Args:
        src: image of shape (height, width, channels).
        interp: see :func:`imresize`.

    >>> import mxnet as mx
    >>> resize_short(mx.nd.ones((4, 6, 3)), 2).shape
    (2, 3, 3)
    """
    h, w, _ = src.shape
    new_h, new_w = (size * h // w, size) if h > w else (size, size * w // h)
    return imresize(src, new_w, new_h, interp=method(interp, (h, w, new_h, new_w)))


def fixed_crop(
    src: NDArray, x0: int, y0: int, w: int, h: int, size: Sequence[int] | None = None, interp: int = 2
) -> NDArray:
    """The part of ``src`` from (x0, y0), ``w`` wide and ``h`` high, resized to ``size`` if that is given.

    Args:
        src: image of shape (height, width, channels).
        size: (width, height).
        interp: see :func:`imresize`.

    >>> import mxnet as mx
    >>> fixed_crop(mx.nd.ones((8, 12, 3)), 2, 1, 6, 4).shape
    (4, 6, 3)
    """
    if min(x0, y0) < 0 or w <= 0 or h <= 0:
        raise ArgumentError(
            f"fixed_crop: the part is {w} wide and {h} high at ({x0}, {y0}); expected a size above 0 and a corner in "
            f"the image of shape {src.shape}"
        )
    out = src[y0 : y0 + h, x0 : x0 + w].copy()
    if size is not None and (w, h) != tuple(size):
        out = imresize(out, *size, interp=method(interp, (h, w, size[1], size[0])))
    return out


def random_crop(src: NDArray, size: Sequence[int], interp: int = 2) -> tuple[NDArray, _Rectangle]:
    """A part of ``src`` at a random place.

    Args:
        src: image of shape (height, width, channels).
        size: (width, height); from a smaller image a smaller part is taken, and enlarged to this size.
        interp: see :func:`imresize`.

    Returns:
        The part, and where it was: left, top, width, height.

    >>> import mxnet as mx
    >>> part, where = random_crop(mx.nd.ones((8, 12, 3)), (6, 4))
    >>> part.shape, where[2:]
    ((4, 6, 3), (6, 4))
    """
    h, w, _ = src.shape
    new_w, new_h = scale_down((w, h), size)
    x0, y0 = random.randint(0, w - new_w), random.randint(0, h - new_h)
    return fixed_crop(src, x0, y0, new_w, new_h, size, interp), (x0, y0, new_w, new_h)


def center_crop(src: NDArray, size: Sequence[int], interp: int = 2) -> tuple[NDArray, _Rectangle]:
    """The middle of ``src``; returns the same as :func:`random_crop`.

    Args:
        src, size, interp: as for :func:`random_crop`.

    >>> import mxnet as mx
    >>> part, where = center_crop(mx.nd.ones((4, 6, 3)), (2, 2))
    >>> part.shape, where
    ((2, 2, 3), (2, 1, 2, 2))
    """
    h, w, _ = src.shape
    new_w, new_h = scale_down((w, h), size)
    x0, y0 = (w - new_w) // 2, (h - new_h) // 2
    return fixed_crop(src, x0, y0, new_w, new_h, size, interp), (x0, y0, new_w, new_h)


def random_size_crop(
    src: NDArray,
    size: Sequence[int],
    area: float | tuple[float, float],
    ratio: tuple[float, float],
    interp: int = 2,
    **kwargs: Any,
) -> tuple[NDArray, _Rectangle]:
    """A part of ``src`` of random size and place, resized to ``size``; the middle if ten tries find none that fits.

    Args:
        src: image of shape (height, width, channels).
        size: (width, height) of the result.
        area: the least and the largest share of the area of ``src`` to keep, or only the least.
        ratio: the least and the largest ratio of width to height.
        interp: see :func:`imresize`.
        min_area: old name of ``area``.

    Returns:
        The part, and where it was: left, top, width, height.

    >>> import mxnet as mx
    >>> part, where = random_size_crop(mx.nd.ones((8, 12, 3)), (6, 4), area=(0.5, 1), ratio=(0.75, 1.33))
    >>> part.shape
    (4, 6, 3)
    """
    area = kwargs.pop("min_area", area)
    if kwargs:
        raise InputTypeError(f"unexpected keyword arguments for `random_size_crop`: {', '.join(kwargs)}")
    low, high = (area, 1.0) if isinstance(area, (int, float)) else area
    h, w, _ = src.shape
    for _ in range(10):
        target = random.uniform(low, high) * h * w
        shape = math.exp(random.uniform(math.log(ratio[0]), math.log(ratio[1])))
        new_w, new_h = round(math.sqrt(target * shape)), round(math.sqrt(target / shape))
        if 0 < new_w <= w and 0 < new_h <= h:
            x0, y0 = random.randint(0, w - new_w), random.randint(0, h - new_h)
            return fixed_crop(src, x0, y0, new_w, new_h, size, interp), (x0, y0, new_w, new_h)
    return center_crop(src, size, interp)


def color_normalize(src: NDArray, mean: Any, std: Any = None) -> NDArray:
    """``(src - mean) / std``, written to ``src`` itself as in 1.9.1.

    Args:
        src: image of shape (height, width, channels).
        mean, std: arrays that broadcast to it, numbers, or None to leave the step out.

    >>> import mxnet as mx
    >>> color_normalize(mx.nd.ones((1, 1, 2)) * 5, mx.nd.array([1, 2]), 2).asnumpy().tolist()
    [[[2.0, 1.5]]]
    """
    if mean is not None:
        src -= mean
    if std is not None:
        src /= std
    return src
