"""Augmenters: changes to an image, many of them random (drawn by ``random``, and by NumPy for lighting)."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import InputTypeError
from mxnet.ndarray import NDArray, flip

from ._crop import center_crop, random_crop, random_size_crop, resize_short
from ._files import imresize, method


def plain(value: Any) -> Any:
    """Arrays as lists, for JSON."""
    if isinstance(value, NDArray):
        value = value.asnumpy()
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


class Augmenter:
    """Base of augmenters; ``dumps`` gives the keyword arguments.

    A subclass defines ``__call__``, which takes an image, an array of shape (height, width, channels), and returns one;
    it may write to its argument.

    >>> CastAug().dumps()
    '["castaug", {"type": "float32"}]'
    """

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = {key: plain(value) for key, value in kwargs.items()}

    def dumps(self) -> Any:
        """Class and arguments as JSON; of several augmenters, a list of the class name and the dumps of each."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, src: NDArray) -> NDArray:
        raise NotImplementedError(f"{type(self).__name__} must define __call__")


class SequentialAug(Augmenter):
    """Augmenters one after the other.

    Args:
        ts: list of augmenters.

    >>> import mxnet as mx
    >>> both = SequentialAug([CenterCropAug((4, 4)), CastAug()])
    >>> both(mx.nd.ones((8, 8, 3), dtype="uint8")).shape
    (4, 4, 3)
    """

    def __init__(self, ts: list[Augmenter]) -> None:
        super().__init__()
        self.ts = ts

    def dumps(self) -> list[Any]:
        return [type(self).__name__.lower(), [t.dumps() for t in self.ts]]

    def __call__(self, src: NDArray) -> NDArray:
        for t in self.ts:
            src = t(src)
        return src


class RandomOrderAug(SequentialAug):
    """Augmenters in a random order. The list ``ts`` is left in this order.

    Args:
        ts: list of augmenters.

    >>> import mxnet as mx
    >>> both = RandomOrderAug([HorizontalFlipAug(0.5), CastAug()])
    >>> both(mx.nd.ones((8, 8, 3))).shape
    (8, 8, 3)
    """

    def __call__(self, src: NDArray) -> NDArray:
        random.shuffle(self.ts)
        return super().__call__(src)


class ResizeAug(Augmenter):
    """:func:`resize_short` to ``size``.

    Args:
        size: length of the shorter edge.
        interp: as for :func:`imresize`.

    >>> import mxnet as mx
    >>> ResizeAug(4)(mx.nd.ones((8, 12, 3))).shape
    (4, 6, 3)
    """

    def __init__(self, size: int, interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size = size
        self.interp = interp

    def __call__(self, src: NDArray) -> NDArray:
        return resize_short(src, self.size, self.interp)


class ForceResizeAug(Augmenter):
    """:func:`imresize` to ``size``, (width, height), whatever the proportions.

    Args:
        size: (width, height).
        interp: as for :func:`imresize`.

    >>> import mxnet as mx
    >>> ForceResizeAug((5, 4))(mx.nd.ones((8, 12, 3))).shape
    (4, 5, 3)
    """

    def __init__(self, size: Sequence[int], interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size = size
        self.interp = interp

    def __call__(self, src: NDArray) -> NDArray:
        width, height = self.size
        return imresize(src, width, height, interp=method(self.interp, (*src.shape[:2], height, width)))


class RandomCropAug(Augmenter):
    """:func:`random_crop` of ``size``, (width, height).

    Args:
        size: (width, height).
        interp: as for :func:`imresize`.

    >>> import mxnet as mx
    >>> RandomCropAug((5, 4))(mx.nd.ones((8, 12, 3))).shape
    (4, 5, 3)
    """

    def __init__(self, size: Sequence[int], interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size = size
        self.interp = interp

    def __call__(self, src: NDArray) -> NDArray:
        return random_crop(src, self.size, self.interp)[0]


class RandomSizedCropAug(Augmenter):
    """:func:`random_size_crop` to ``size``, (width, height).

    Args:
        size, area, ratio, interp, min_area: see there.

    >>> import mxnet as mx
    >>> RandomSizedCropAug((5, 4), area=(0.5, 1), ratio=(0.75, 1.33))(mx.nd.ones((8, 12, 3))).shape
    (4, 5, 3)
    """

    def __init__(self, size: Sequence[int], area: Any, ratio: Any, interp: int = 2, **kwargs: Any) -> None:
        super().__init__(size=size, area=area, ratio=ratio, interp=interp)
        self.size = size
        self.area = kwargs.pop("min_area", area)
        self.ratio = ratio
        self.interp = interp
        if kwargs:
            raise InputTypeError(f"unexpected keyword arguments for `RandomSizedCropAug`: {', '.join(kwargs)}")

    def __call__(self, src: NDArray) -> NDArray:
        return random_size_crop(src, self.size, self.area, self.ratio, self.interp)[0]


class CenterCropAug(Augmenter):
    """:func:`center_crop` of ``size``, (width, height).

    Args:
        size: (width, height).
        interp: as for :func:`imresize`.

    >>> import mxnet as mx
    >>> CenterCropAug((5, 4))(mx.nd.ones((8, 12, 3))).shape
    (4, 5, 3)
    """

    def __init__(self, size: Sequence[int], interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size = size
        self.interp = interp

    def __call__(self, src: NDArray) -> NDArray:
        return center_crop(src, self.size, self.interp)[0]


class HorizontalFlipAug(Augmenter):
    """Exchanges left and right, with probability ``p``.

    >>> import mxnet as mx
    >>> HorizontalFlipAug(p=1)(mx.nd.array([[[1], [2]]])).asnumpy().ravel()
    array([2., 1.], dtype=float32)
    """

    def __init__(self, p: float) -> None:
        super().__init__(p=p)
        self.p = p

    def __call__(self, src: NDArray) -> NDArray:
        return flip(src, axis=1) if random.random() < self.p else src


class CastAug(Augmenter):
    """Casts the image to dtype ``typ``.

    >>> import mxnet as mx
    >>> CastAug()(mx.nd.ones((8, 8, 3), dtype="uint8")).dtype.__name__
    'float32'
    """

    def __init__(self, typ: str = "float32") -> None:
        super().__init__(type=typ)
        self.typ = typ

    def __call__(self, src: NDArray) -> NDArray:
        return src.astype(self.typ)
