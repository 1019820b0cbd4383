"""``mx.nd.imdecode``, which ``mx.image.imdecode`` replaced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import ShapeError
from mxnet._kernels.image_cv import clipped
from mxnet._runtime.context import cpu

from .ndarray import NDArray


def imdecode(
    str_img: bytes,
    clip_rect: Sequence[int] = (0, 0, 0, 0),
    out: NDArray | None = None,
    index: int = 0,
    channels: int = 3,
    mean: NDArray | None = None,
) -> NDArray:
    """The image in the bytes of a file, channels first. New programs should use ``mx.image.imdecode``.

    Every call of this fails in 1.9.1, which takes the bytes for text.

    Args:
        str_img: the bytes.
        clip_rect: the part to return: (x0, y0, x1, y1); all of the image if x0 and x1 are equal.
        out: array to write to, of shape (channels, height, width), or (images, channels, height, width).
        index: which of the images of ``out`` to write.
        channels: 3, red, green, blue, or 1 for gray.
        mean: array of the shape of the result, subtracted from it.

    Returns:
        float32 array of shape (channels, height, width), or ``out``.

    Raises:
        FormatError: the bytes are not an image, or broken.
        ArgumentError: the part is not inside the image, or ``channels`` is another number.
        ShapeError: ``mean`` or ``out`` has another shape.
    """
    x0, y0, x1, y1 = clip_rect
    middle: Any = None if mean is None else mean._data.cpu()
    image = clipped(np.frombuffer(str_img, np.uint8), (x0, y0, x1, y1), channels, middle)
    if out is None:
        return NDArray(image, cpu())
    target = out[index] if out.ndim == 4 else out
    if target.shape != tuple(image.shape):
        raise ShapeError(f"imdecode: out has shape {out.shape}, expected {tuple(image.shape)} in its last axes")
    target[:] = NDArray(image, cpu())
    return out
