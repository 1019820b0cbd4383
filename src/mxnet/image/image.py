"""Functions of images, arrays of shape (height, width, channels)."""

from __future__ import annotations

from ._crop import (
    center_crop,
    color_normalize,
    fixed_crop,
    random_crop,
    random_size_crop,
    resize_short,
    scale_down,
)
from ._files import copyMakeBorder, imdecode, imread, imresize
from ._rotate import imrotate, random_rotate

__all__ = [
    "center_crop",
    "color_normalize",
    "copyMakeBorder",
    "fixed_crop",
    "imdecode",
    "imread",
    "imresize",
    "imrotate",
    "random_crop",
    "random_rotate",
    "random_size_crop",
    "resize_short",
    "scale_down",
]
