"""Geometric transforms: size, parts, mirroring, rotation."""

from __future__ import annotations

import random
from typing import Any

from mxnet import image
from mxnet._base.errors import ArgumentError
from mxnet.base import numeric_types
from mxnet.gluon.block import Block, HybridBlock


class Resize(HybridBlock):
    """Resizes images of shape (H, W, C) or (N, H, W, C).

    Args:
        size: (width, height), or one number for both.
        keep_ratio: if ``size`` is one number, take it for the shorter edge, and keep proportions.
        interpolation: 0 nearest, 1 bilinear, 2 bicubic, 3 area, 4 Lanczos.

    >>> import mxnet as mx
    >>> Resize(6, keep_ratio=True)(mx.nd.ones((4, 8, 3), dtype="uint8")).shape
    (6, 12, 3)
    """

    def __init__(self, size: Any, keep_ratio: bool = False, interpolation: int = 1) -> None:
        super().__init__()
        self._keep = keep_ratio
        self._size = size
        self._interpolation = interpolation

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """``x`` resized."""
        return F.image.resize(x, self._size, self._keep, self._interpolation)


class CropResize(HybridBlock):
    """Takes a part of images of shape (H, W, C) or (N, H, W, C), and resizes it if ``size`` is given.

    Args:
        x, y: left and top of the part.
        width, height: of the part.
        size: (width, height) of the result, or one number for both; None or 0 leaves the part as it is.
        interpolation: 0 nearest, 1 bilinear, 2 bicubic, 3 area, 4 Lanczos; None is bilinear (in 1.9.1, which documents
            this too, it fails).

    >>> import mxnet as mx
    >>> CropResize(1, 1, 4, 2, size=(8, 4))(mx.nd.ones((4, 8, 3), dtype="uint8")).shape
    (4, 8, 3)
    """

    def __init__(
        self, x: int, y: int, width: int, height: int, size: Any = None, interpolation: int | None = None
    ) -> None:
        super().__init__()
        self._x = x
        self._y = y
        self._width = width
        self._height = height
        self._size = size
        self._interpolation = interpolation

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """The part of ``x``."""
        part = F.image.crop(x, self._x, self._y, self._width, self._height)
        if not self._size:
            return part
        return F.image.resize(part, self._size, False, 1 if self._interpolation is None else self._interpolation)


class CenterCrop(Block):
    """Takes the middle of an image of shape (H, W, C), enlarged if the image is smaller than ``size``.

    Args:
        size: (width, height), or one number for both.
        interpolation: see ``mx.image.imresize``.

    >>> import mxnet as mx
    >>> CenterCrop((3, 2))(mx.nd.ones((4, 8, 3), dtype="uint8")).shape
    (2, 3, 3)
    """

    def __init__(self, size: Any, interpolation: int = 1) -> None:
        super().__init__()
        self._args = (_pair(size), interpolation)

    def forward(self, x: Any) -> Any:
        """The middle of ``x``."""
        return image.center_crop(x, *self._args)[0]


class RandomResizedCrop(Block):
    """Takes a random part of an image of shape (H, W, C), of random size and proportions, resized to ``size``.

    Args:
        size: (width, height), or one number for both.
        scale: the least and the largest share of the area to keep.
        ratio: the least and the largest ratio of the part's width to its height.
        interpolation: see ``mx.image.imresize``.

    >>> import mxnet as mx
    >>> RandomResizedCrop((5, 4))(mx.nd.ones((8, 12, 3))).shape
    (4, 5, 3)
    """

    def __init__(
        self,
        size: Any,
        scale: Any = (0.08, 1.0),
        ratio: tuple[float, float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: int = 1,
    ) -> None:
        super().__init__()
        self._args = (_pair(size), scale, ratio, interpolation)

    def forward(self, x: Any) -> Any:
        """A part of ``x``."""
        return image.random_size_crop(x, *self._args)[0]


class RandomFlipLeftRight(HybridBlock):
    """Mirrors half of the images, of shape (H, W, C), left to right.

    >>> import mxnet as mx
    >>> RandomFlipLeftRight()(mx.nd.ones((8, 12, 3))).shape
    (8, 12, 3)
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """``x``, mirrored or not."""
        return F.image.random_flip_left_right(x)


class RandomFlipTopBottom(HybridBlock):
    """Mirrors half of the images, of shape (H, W, C), top to bottom.

    >>> import mxnet as mx
    >>> RandomFlipTopBottom()(mx.nd.ones((8, 12, 3))).shape
    (8, 12, 3)
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """``x``, mirrored or not."""
        return F.image.random_flip_top_bottom(x)


class Rotate(Block):
    """Rotates float32 images of shape (C, H, W) or (N, C, H, W).

    Args:
        rotation_degrees: the angle; positive turns counter-clockwise.
        zoom_in: enlarge, so that nothing from outside is seen.
        zoom_out: shrink, so that all of the image is seen.

    Raises:
        ArgumentError: when called, if both zooms are asked for.
        DTypeError: the image is not float32; call this after ToTensor.

    >>> import mxnet as mx
    >>> Rotate(90)(mx.nd.array([[[1, 2], [3, 4]]])).asnumpy().round(3)
    array([[[2., 4.],
            [1., 3.]]], dtype=float32)
    """

    def __init__(self, rotation_degrees: float, zoom_in: bool = False, zoom_out: bool = False) -> None:
        super().__init__()
        self._args = (rotation_degrees, zoom_in, zoom_out)

    def forward(self, x: Any) -> Any:
        """``x``, turned."""
        return image.imrotate(x, *self._args)


class RandomRotation(Block):
    """Rotates float32 images of shape (C, H, W) or (N, C, H, W) by a random angle, drawn for each image of a batch.

    Args:
        angle_limits: the least and the largest angle, in degrees.
        zoom_in, zoom_out: as for :class:`Rotate`.
        rotate_with_proba: how often, from 0 to 1.

    Raises:
        ArgumentError: the limits are not in order, or the probability is not one; when called, if both zooms are asked
            for.
        DTypeError: the image is not float32; call this after ToTensor.

    >>> import mxnet as mx
    >>> RandomRotation((-10, 10))(mx.nd.ones((3, 8, 8))).shape
    (3, 8, 8)
    """

    def __init__(
        self, angle_limits: Any, zoom_in: bool = False, zoom_out: bool = False, rotate_with_proba: float = 1.0
    ) -> None:
        super().__init__()
        low, high = angle_limits
        if low >= high:
            raise ArgumentError(f"RandomRotation: angle_limits is {angle_limits}; expected (least, most), least first")
        if not 0 <= rotate_with_proba <= 1:
            raise ArgumentError(f"RandomRotation: rotate_with_proba is {rotate_with_proba}; expected from 0 to 1")
        self._args = (angle_limits, zoom_in, zoom_out)
        self._rotate_with_proba = rotate_with_proba

    def forward(self, x: Any) -> Any:
        """``x``, turned or not."""
        if random.random() >= self._rotate_with_proba:
            return x
        return image.random_rotate(x, *self._args)


def _pair(size: Any) -> Any:
    return (size, size) if isinstance(size, numeric_types) else size
