"""Augmenters: changes of an image, many of them by chance (that of ``random``, and of NumPy for lighting)."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import InputTypeError
from mxnet.ndarray import NDArray, array, dot, flip
from mxnet.ndarray import sum as total

from ._crop import center_crop, color_normalize, random_crop, random_size_crop, resize_short
from ._files import imresize, method

_LUMA = ((0.299, 0.587, 0.114),)
_EIGVAL = np.array([55.46, 4.794, 1.148])
_EIGVEC = np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])
"""Principal components of the colours of ImageNet."""


def plain(value: Any) -> Any:
    """Arrays as lists, for JSON."""
    if isinstance(value, NDArray):
        value = value.asnumpy()
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


class Augmenter:
    """Base of augmenters. Keyword arguments are what ``dumps`` tells.

    A subclass defines ``__call__``, which takes an image, an array of shape (height, width, channels), and gives one;
    it may write to the one it takes.

    >>> CastAug().dumps()
    '["castaug", {"type": "float32"}]'
    """

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = {key: plain(value) for key, value in kwargs.items()}

    def dumps(self) -> Any:
        """Class and arguments as JSON; of several augmenters, a list of class name and what each of them tells."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, src: NDArray) -> NDArray:
        raise NotImplementedError(f"{type(self).__name__} must define __call__")


class SequentialAug(Augmenter):
    """Augmenters one after the other.

    Args:
        ts: list of them.

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
    """Augmenters in a random order, in which ``ts`` is left.

    Args:
        ts: list of them.

    >>> import mxnet as mx
    >>> both = RandomOrderAug([BrightnessJitterAug(0.1), ContrastJitterAug(0.1)])
    >>> both(mx.nd.ones((8, 8, 3))).shape
    (8, 8, 3)
    """

    def __call__(self, src: NDArray) -> NDArray:
        random.shuffle(self.ts)
        return super().__call__(src)


class ResizeAug(Augmenter):
    """:func:`resize_short` to ``size``.

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


class BrightnessJitterAug(Augmenter):
    """All colours times a number from ``1 - brightness`` to ``1 + brightness``. Images should be float32.

    >>> import mxnet as mx
    >>> BrightnessJitterAug(0.1)(mx.nd.ones((8, 12, 3))).shape
    (8, 12, 3)
    """

    def __init__(self, brightness: float) -> None:
        super().__init__(brightness=brightness)
        self.brightness = brightness

    def __call__(self, src: NDArray) -> NDArray:
        src *= 1.0 + random.uniform(-self.brightness, self.brightness)
        return src


class ContrastJitterAug(Augmenter):
    """Differences from the mean gray times a number from ``1 - contrast`` to ``1 + contrast``; float32 images.

    >>> import mxnet as mx
    >>> ContrastJitterAug(0.1)(mx.nd.ones((8, 12, 3))).shape
    (8, 12, 3)
    """

    def __init__(self, contrast: float) -> None:
        super().__init__(contrast=contrast)
        self.contrast = contrast
        self.coef = array([_LUMA])

    def __call__(self, src: NDArray) -> NDArray:
        alpha = 1.0 + random.uniform(-self.contrast, self.contrast)
        gray = total(src * self.coef) * (3 * (1.0 - alpha) / src.size)
        src *= alpha
        src += gray
        return src


class SaturationJitterAug(Augmenter):
    """Differences from gray times a number from ``1 - saturation`` to ``1 + saturation``; float32 images.

    >>> import mxnet as mx
    >>> SaturationJitterAug(0.1)(mx.nd.ones((8, 12, 3))).shape
    (8, 12, 3)
    """

    def __init__(self, saturation: float) -> None:
        super().__init__(saturation=saturation)
        self.saturation = saturation
        self.coef = array([_LUMA])

    def __call__(self, src: NDArray) -> NDArray:
        alpha = 1.0 + random.uniform(-self.saturation, self.saturation)
        gray = total(src * self.coef, axis=2, keepdims=True) * (1.0 - alpha)
        src *= alpha
        src += gray
        return src


class HueJitterAug(Augmenter):
    """Hues turned by an angle from ``-hue`` to ``hue``, in halves of a circle; float32 images.

    >>> import mxnet as mx
    >>> HueJitterAug(0.1)(mx.nd.ones((8, 12, 3))).shape
    (8, 12, 3)
    """

    def __init__(self, hue: float) -> None:
        super().__init__(hue=hue)
        self.hue = hue
        self.tyiq = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.321], [0.211, -0.523, 0.311]])
        self.ityiq = np.array([[1.0, 0.956, 0.621], [1.0, -0.272, -0.647], [1.0, -1.107, 1.705]])

    def __call__(self, src: NDArray) -> NDArray:
        angle = random.uniform(-self.hue, self.hue) * math.pi
        u, w = math.cos(angle), math.sin(angle)
        turn = np.array([[1.0, 0.0, 0.0], [0.0, u, -w], [0.0, w, u]])
        return dot(src, array((self.ityiq @ turn @ self.tyiq).T, ctx=src.context))


class ColorJitterAug(RandomOrderAug):
    """Brightness, contrast and saturation changed in a random order, those that are above 0; float32 images.

    >>> import mxnet as mx
    >>> ColorJitterAug(0.1, 0.1, 0.1)(mx.nd.ones((8, 12, 3))).shape
    (8, 12, 3)
    """

    def __init__(self, brightness: float, contrast: float, saturation: float) -> None:
        ts: list[Augmenter] = []
        if brightness > 0:
            ts.append(BrightnessJitterAug(brightness))
        if contrast > 0:
            ts.append(ContrastJitterAug(contrast))
        if saturation > 0:
            ts.append(SaturationJitterAug(saturation))
        super().__init__(ts)


class LightingAug(Augmenter):
    """A colour added, drawn along principal components.

    Args:
        alphastd: standard deviation of how much of each component.
        eigval, eigvec: size and direction of the components, of shape (3,) and (3, 3).

    >>> import mxnet as mx
    >>> LightingAug(0.1, mx.nd.ones(3), mx.nd.eye(3))(mx.nd.ones((8, 12, 3))).shape
    (8, 12, 3)
    """

    def __init__(self, alphastd: float, eigval: Any, eigvec: Any) -> None:
        super().__init__(alphastd=alphastd, eigval=eigval, eigvec=eigvec)
        self.alphastd = alphastd
        self.eigval = eigval
        self.eigvec = eigvec

    def __call__(self, src: NDArray) -> NDArray:
        alpha = np.random.normal(0, self.alphastd, size=(3,))
        src += array(np.dot(self.eigvec * alpha, self.eigval), ctx=src.context)
        return src


class ColorNormalizeAug(Augmenter):
    """:func:`color_normalize` with ``mean`` and ``std``, arrays or None; float32 images.

    >>> import mxnet as mx
    >>> normalize = ColorNormalizeAug(mx.nd.array([0.5]), mx.nd.array([0.25]))
    >>> normalize(mx.nd.ones((8, 8, 3))).max().asscalar()
    2.0
    """

    def __init__(self, mean: Any, std: Any) -> None:
        super().__init__(mean=mean, std=std)
        self.mean = mean if mean is None or isinstance(mean, NDArray) else array(mean)
        self.std = std if std is None or isinstance(std, NDArray) else array(std)

    def __call__(self, src: NDArray) -> NDArray:
        return color_normalize(src, self.mean, self.std)


class RandomGrayAug(Augmenter):
    """With probability ``p``, gray in all three channels; float32 images.

    >>> import mxnet as mx
    >>> gray = RandomGrayAug(p=1)(mx.nd.array([[[255, 0, 0]]]))
    >>> (gray[:, :, 0] == gray[:, :, 2]).asscalar()
    1.0
    """

    def __init__(self, p: float) -> None:
        super().__init__(p=p)
        self.p = p
        self.mat = array([[0.21] * 3, [0.72] * 3, [0.07] * 3])

    def __call__(self, src: NDArray) -> NDArray:
        return dot(src, self.mat) if random.random() < self.p else src


class HorizontalFlipAug(Augmenter):
    """With probability ``p``, left and right exchanged.

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
    """The image in dtype ``typ``.

    >>> import mxnet as mx
    >>> CastAug()(mx.nd.ones((8, 8, 3), dtype="uint8")).dtype.__name__
    'float32'
    """

    def __init__(self, typ: str = "float32") -> None:
        super().__init__(type=typ)
        self.typ = typ

    def __call__(self, src: NDArray) -> NDArray:
        return src.astype(self.typ)


def statistics(name: str, given: Any, usual: Any) -> Any:
    """``mean`` or ``std`` of an augmenter: ``usual`` for True, else an array of 1 or 3 numbers, or None."""
    if given is None or given is True:
        return usual if given else None
    if not isinstance(given, (np.ndarray, NDArray)) or given.shape[:1] not in ((1,), (3,)):
        raise InputTypeError(f"{name} is {given!r}; expected True, None, or an array of 1 or 3 numbers")
    return given


def colours(
    brightness: float, contrast: float, saturation: float, hue: float, pca_noise: float, rand_gray: float
) -> list[Augmenter]:
    """The augmenters of colours that are asked for, in their order."""
    made: list[Augmenter] = []
    if brightness or contrast or saturation:
        made.append(ColorJitterAug(brightness, contrast, saturation))
    if hue:
        made.append(HueJitterAug(hue))
    if pca_noise > 0:
        made.append(LightingAug(pca_noise, _EIGVAL, _EIGVEC))
    if rand_gray > 0:
        made.append(RandomGrayAug(rand_gray))
    return made


def CreateAugmenter(
    data_shape: Sequence[int],
    resize: int = 0,
    rand_crop: bool = False,
    rand_resize: bool = False,
    rand_mirror: bool = False,
    mean: Any = None,
    std: Any = None,
    brightness: float = 0,
    contrast: float = 0,
    saturation: float = 0,
    hue: float = 0,
    pca_noise: float = 0,
    rand_gray: float = 0,
    inter_method: int = 2,
) -> list[Augmenter]:
    """The augmenters usual for classification, to be called one after the other.

    Args:
        data_shape: (channels, height, width) of the result.
        resize: length that the shorter edge gets first; 0: it stays.
        rand_crop: take a part anywhere, not the middle.
        rand_resize: and of any size; needs ``rand_crop``.
        rand_mirror: exchange left and right of half of the images.
        mean, std: arrays to normalise with, or True for those of ImageNet.
        brightness, contrast, saturation, hue: see :class:`ColorJitterAug` and :class:`HueJitterAug`.
        pca_noise: ``alphastd`` of :class:`LightingAug`.
        rand_gray: how many of the images become gray, from 0 to 1.
        inter_method: see ``interp`` of :func:`imresize`.

    Raises:
        InputTypeError: ``rand_resize`` without ``rand_crop``, or a ``mean`` or ``std`` that is no such array.

    >>> [type(a).__name__ for a in CreateAugmenter((3, 224, 224), resize=256, rand_mirror=True)]
    ['ResizeAug', 'CenterCropAug', 'HorizontalFlipAug', 'CastAug']
    """
    made: list[Augmenter] = []
    size = (data_shape[2], data_shape[1])
    if resize > 0:
        made.append(ResizeAug(resize, inter_method))
    if rand_resize:
        if not rand_crop:
            raise InputTypeError("CreateAugmenter: rand_resize needs rand_crop=True")
        made.append(RandomSizedCropAug(size, 0.08, (3.0 / 4.0, 4.0 / 3.0), inter_method))
    elif rand_crop:
        made.append(RandomCropAug(size, inter_method))
    else:
        made.append(CenterCropAug(size, inter_method))
    if rand_mirror:
        made.append(HorizontalFlipAug(0.5))
    made.append(CastAug())
    made += colours(brightness, contrast, saturation, hue, pca_noise, rand_gray)
    mean = statistics("mean", mean, array([123.68, 116.28, 103.53]))
    std = statistics("std", std, array([58.395, 57.12, 57.375]))
    if mean is not None or std is not None:
        made.append(ColorNormalizeAug(mean, std))
    return made
