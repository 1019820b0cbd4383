"""Augmenters of colours."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np

from mxnet.ndarray import NDArray, array, dot
from mxnet.ndarray import sum as total

from ._augment import Augmenter, RandomOrderAug
from ._crop import color_normalize

_LUMA = ((0.299, 0.587, 0.114),)


class BrightnessJitterAug(Augmenter):
    """Multiplies all colours by a number from ``1 - brightness`` to ``1 + brightness``. Images should be float32.

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
    """Multiplies differences from the mean gray by ``1 - contrast`` to ``1 + contrast``; for float32 images.

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
    """Multiplies differences from gray by ``1 - saturation`` to ``1 + saturation``; for float32 images.

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
    """Turns hues by an angle from ``-hue`` to ``hue``, in units of half a circle; for float32 images.

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
    """Changes brightness, contrast and saturation, those that are above 0, in random order; for float32 images.

    Args:
        brightness, contrast, saturation: as for :class:`BrightnessJitterAug` and the others.

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
    """Adds a random colour along principal components.

    Args:
        alphastd: standard deviation of the amount of each component.
        eigval, eigvec: sizes (3,) and directions (3, 3) of the components.

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
    """Makes all three channels gray, with probability ``p``; for float32 images.

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
