"""Transforms of images: blocks to pass to :meth:`Dataset.transform_first`."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from mxnet._base.lazy import attach
from mxnet._base.names import at_home
from mxnet.gluon.block import Block, HybridBlock
from mxnet.gluon.nn import HybridSequential, Lambda, Sequential

from ._colour import (
    RandomBrightness,
    RandomColorJitter,
    RandomContrast,
    RandomHue,
    RandomLighting,
    RandomSaturation,
)
from ._geometry import (
    CenterCrop,
    CropResize,
    RandomFlipLeftRight,
    RandomFlipTopBottom,
    RandomResizedCrop,
    RandomRotation,
    Resize,
    Rotate,
)

__getattr__ = attach(  # names that programs reach through this module because 1.9.1 imports them in it
    __name__, {"image": "mxnet.image"}, {"is_np_array": "mxnet.util"}
)

__all__ = [
    "Cast",
    "CenterCrop",
    "Compose",
    "CropResize",
    "Normalize",
    "RandomApply",
    "RandomBrightness",
    "RandomColorJitter",
    "RandomContrast",
    "RandomFlipLeftRight",
    "RandomFlipTopBottom",
    "RandomHue",
    "RandomLighting",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomSaturation",
    "Resize",
    "Rotate",
    "ToTensor",
]


class Compose(Sequential):
    """Transforms one after the other. Neighbours that can be hybridized are hybridized together.

    Args:
        transforms: blocks, or functions of one array.

    >>> import mxnet as mx
    >>> Compose([ToTensor(), Normalize(0.5, 0.5)])(mx.nd.ones((4, 2, 3), dtype="uint8")).shape
    (3, 4, 2)
    >>> Compose([lambda image: 255 - image, ToTensor()])(mx.nd.zeros((1, 1, 1), dtype="uint8")).asscalar()
    1.0
    """

    def __init__(self, transforms: Sequence[Any]) -> None:
        super().__init__()
        together: list[HybridBlock] = []
        for each in [*transforms, None]:
            if isinstance(each, HybridBlock):
                together.append(each)
                continue
            if len(together) == 1:
                self.add(together[0])
            elif together:
                joined = HybridSequential()
                joined.add(*together)
                joined.hybridize()
                self.add(joined)
            together = []
            if each is not None:
                self.add(each if isinstance(each, Block) else Lambda(each))


class RandomApply(Sequential):
    """Applies ``transforms`` with probability ``p``.

    Args:
        transforms: a block or function of one array.
        p: from 0 to 1; drawn by ``random``.

    >>> import mxnet as mx
    >>> RandomApply(Normalize(0.5, 0.5), p=1)(mx.nd.ones((3, 8, 8))).max().asscalar()
    1.0
    """

    def __init__(self, transforms: Callable[[Any], Any], p: float = 0.5) -> None:
        super().__init__()
        self.transforms = transforms
        self.p = p

    def forward(self, x: Any) -> Any:
        """``x``, transformed or not."""
        return self.transforms(x) if random.random() < self.p else x


class Cast(HybridBlock):
    """Casts to another dtype.

    >>> import mxnet as mx
    >>> Cast("float16")(mx.nd.ones((2,))).dtype
    <class 'numpy.float16'>
    """

    def __init__(self, dtype: Any = "float32") -> None:
        super().__init__()
        self._dtype = dtype

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """``x`` in the dtype."""
        return F.cast(x, self._dtype)


class ToTensor(HybridBlock):
    """Turns pixels (H, W, C) or (N, H, W, C), 0 to 255, into float32 (C, H, W) or (N, C, H, W), 0 to 1.

    >>> import mxnet as mx
    >>> image = mx.nd.full((2, 4, 3), 255, dtype="uint8")
    >>> ToTensor()(image).shape, ToTensor()(image).max().asscalar() == 1
    ((3, 2, 4), True)
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """The tensor of ``x``."""
        return F.image.to_tensor(x)


class Normalize(HybridBlock):
    """``(x - mean) / std`` of tensors of shape (C, H, W) or (N, C, H, W).

    Args:
        mean, std: a number for all channels, or one for each.

    >>> import mxnet as mx
    >>> Normalize(0.5, 0.25)(mx.nd.ones((3, 8, 8))).max().asscalar()
    2.0
    """

    def __init__(self, mean: Any = 0.0, std: Any = 1.0) -> None:
        super().__init__()
        self._mean = mean
        self._std = std

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """``x``, normalised."""
        return F.image.normalize(x, self._mean, self._std)


at_home(vars())
