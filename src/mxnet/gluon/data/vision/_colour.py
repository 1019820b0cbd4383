"""Random transforms of colours, for images of shape (H, W, C)."""

from __future__ import annotations

from typing import Any

from mxnet.gluon.block import HybridBlock


def _around(amount: float) -> tuple[float, float]:
    """The range of a factor that changes by up to ``amount``."""
    return max(0, 1 - amount), 1 + amount


class RandomBrightness(HybridBlock):
    """Brightens or darkens by a factor from [max(0, 1 - brightness), 1 + brightness].

    >>> import mxnet as mx
    >>> RandomBrightness(0)(mx.nd.full((1, 1, 3), 7, dtype="uint8"))[0, 0, 0].asscalar() == 7
    True
    """

    def __init__(self, brightness: float) -> None:
        super().__init__()
        self._args = _around(brightness)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """``x``, changed."""
        return F.image.random_brightness(x, *self._args)


class RandomContrast(HybridBlock):
    """Scales differences from the mean gray by a factor from [max(0, 1 - contrast), 1 + contrast].

    >>> import mxnet as mx
    >>> RandomContrast(0.1)(mx.nd.ones((8, 12, 3))).shape
    (8, 12, 3)
    """

    def __init__(self, contrast: float) -> None:
        super().__init__()
        self._args = _around(contrast)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """``x``, changed."""
        return F.image.random_contrast(x, *self._args)


class RandomSaturation(HybridBlock):
    """Scales differences from gray by a factor from [max(0, 1 - saturation), 1 + saturation].

    >>> import mxnet as mx
    >>> RandomSaturation(0.1)(mx.nd.ones((8, 12, 3))).shape
    (8, 12, 3)
    """

    def __init__(self, saturation: float) -> None:
        super().__init__()
        self._args = _around(saturation)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """``x``, changed."""
        return F.image.random_saturation(x, *self._args)


class RandomHue(HybridBlock):
    """Turns hues by a factor from [max(0, 1 - hue), 1 + hue] of the whole circle.

    >>> import mxnet as mx
    >>> RandomHue(0.1)(mx.nd.ones((8, 12, 3))).shape
    (8, 12, 3)
    """

    def __init__(self, hue: float) -> None:
        super().__init__()
        self._args = _around(hue)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """``x``, changed."""
        return F.image.random_hue(x, *self._args)


class RandomColorJitter(HybridBlock):
    """Changes brightness, contrast, saturation and hue by random amounts, in random order.

    Args:
        brightness, contrast, saturation: as for their own transforms; 0 leaves the change out.
        hue: turned by [-hue, hue] of the circle.

    >>> import mxnet as mx
    >>> RandomColorJitter(brightness=0.1, hue=0.1)(mx.nd.ones((8, 12, 3))).shape
    (8, 12, 3)
    """

    def __init__(self, brightness: float = 0, contrast: float = 0, saturation: float = 0, hue: float = 0) -> None:
        super().__init__()
        self._args = (brightness, contrast, saturation, hue)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """``x``, changed."""
        return F.image.random_color_jitter(x, *self._args)


class RandomLighting(HybridBlock):
    """Adds ImageNet's principal components of colours, times normal numbers of standard deviation ``alpha``.

    >>> import mxnet as mx
    >>> RandomLighting(0.1)(mx.nd.ones((8, 12, 3))).shape
    (8, 12, 3)
    """

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self._alpha = alpha

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """``x``, changed."""
        return F.image.random_lighting(x, self._alpha)
