"""Lists of the usual augmenters, for classification and for detection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import CallError, InputTypeError
from mxnet.ndarray import NDArray, array

from ._augment import (
    Augmenter,
    CastAug,
    CenterCropAug,
    ForceResizeAug,
    HorizontalFlipAug,
    RandomCropAug,
    RandomSizedCropAug,
    ResizeAug,
)
from ._colour_augment import ColorJitterAug, ColorNormalizeAug, HueJitterAug, LightingAug, RandomGrayAug
from ._det_augment import (
    DetAugmenter,
    DetBorrowAug,
    DetHorizontalFlipAug,
    DetRandomCropAug,
    DetRandomPadAug,
    DetRandomSelectAug,
)

_EIGVAL = np.array([55.46, 4.794, 1.148])
_EIGVEC = np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])
"""Principal components of the colours of ImageNet."""


def normalisation(mean: Any, std: Any, kind: Callable[[list[float]], Any]) -> list[Augmenter]:
    """The augmenter that normalises, if ``mean`` or ``std`` asks for it; True stands for a ``kind`` of array."""
    mean = _statistics("mean", mean, kind([123.68, 116.28, 103.53]))
    std = _statistics("std", std, kind([58.395, 57.12, 57.375]))
    return [] if mean is None and std is None else [ColorNormalizeAug(mean, std)]


def _statistics(name: str, given: Any, usual: Any) -> Any:
    """``usual`` for True, else an array of 1 or 3 numbers, or None."""
    if given is None or given is True:
        return usual if given else None
    if not isinstance(given, (np.ndarray, NDArray)) or given.shape[:1] not in ((1,), (3,)):
        raise InputTypeError(f"{name} is {given!r}; expected True, None, or an array of 1 or 3 numbers")
    return given


def colours(
    brightness: float, contrast: float, saturation: float, hue: float, pca_noise: float, rand_gray: float
) -> list[Augmenter]:
    """The augmenters of colours whose arguments are above 0, in their order."""
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


class BadImageShape(CallError, IndexError):
    """What is not (channels, height, width)."""


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
        resize: length of the shorter edge after a first resizing; 0 for none.
        rand_crop: take a part anywhere, not the middle.
        rand_resize: take a part of random size, too; needs ``rand_crop``.
        rand_mirror: exchange left and right of half of the images.
        mean, std: arrays to normalise with, or True for those of ImageNet.
        brightness, contrast, saturation, hue: see :class:`ColorJitterAug` and :class:`HueJitterAug`.
        pca_noise: ``alphastd`` of :class:`LightingAug`.
        rand_gray: share of images that become gray, from 0 to 1.
        inter_method: see ``interp`` of :func:`imresize`.

    Raises:
        InputTypeError: ``rand_resize`` without ``rand_crop``, or a ``mean`` or ``std`` that is not an array of 1 or 3
            numbers.

    >>> [type(a).__name__ for a in CreateAugmenter((3, 224, 224), resize=256, rand_mirror=True)]
    ['ResizeAug', 'CenterCropAug', 'HorizontalFlipAug', 'CastAug']
    """
    made: list[Augmenter] = []
    try:
        size = (data_shape[2], data_shape[1])
    except (IndexError, TypeError):
        raise BadImageShape(f"data_shape is {data_shape!r}, expected (channels, height, width)") from None
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
    return made + colours(brightness, contrast, saturation, hue, pca_noise, rand_gray) + normalisation(mean, std, array)


def CreateMultiRandCropAugmenter(
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = (0.75, 1.33),
    area_range: Any = (0.05, 1.0),
    min_eject_coverage: Any = 0.3,
    max_attempts: Any = 50,
    skip_prob: float = 0,
) -> DetRandomSelectAug:
    """One of several :class:`DetRandomCropAug`, chosen at random.

    Args:
        min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts: see there; a list has a
            value for each crop, anything else is for all of them.
        skip_prob: how often to take the whole image.

    Raises:
        InputTypeError: lists differ in length.

    >>> len(CreateMultiRandCropAugmenter(min_object_covered=[0.1, 0.5, 0.9]).aug_list)
    3
    """
    given = [min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts]
    lengths = {len(g) for g in given if isinstance(g, list)} - {1} or {1}
    if len(lengths) > 1:
        raise InputTypeError(f"CreateMultiRandCropAugmenter: lists of lengths {sorted(lengths)}; expected one length")
    count = lengths.pop()
    columns = [g * count if isinstance(g, list) and len(g) == 1 else g for g in given]
    columns = [g if isinstance(g, list) else [g] * count for g in columns]
    return DetRandomSelectAug([DetRandomCropAug(*values) for values in zip(*columns, strict=True)], skip_prob)


def CreateDetAugmenter(
    data_shape: Sequence[int],
    resize: int = 0,
    rand_crop: float = 0,
    rand_pad: float = 0,
    rand_gray: float = 0,
    rand_mirror: bool = False,
    mean: Any = None,
    std: Any = None,
    brightness: float = 0,
    contrast: float = 0,
    saturation: float = 0,
    pca_noise: float = 0,
    hue: float = 0,
    inter_method: int = 2,
    min_object_covered: float = 0.1,
    aspect_ratio_range: Any = (0.75, 1.33),
    area_range: Any = (0.05, 3.0),
    min_eject_coverage: float = 0.3,
    max_attempts: int = 50,
    pad_val: Any = (127, 127, 127),
) -> list[DetAugmenter]:
    """The augmenters usual for detection, to be called one after the other.

    Args:
        data_shape: (channels, height, width) of the result.
        resize: length of the shorter edge after a first resizing; 0 for none.
        rand_crop, rand_pad: how often to crop and to pad, from 0 to 1.
        min_object_covered, min_eject_coverage, max_attempts: see :class:`DetRandomCropAug`.
        aspect_ratio_range: of crop and pad.
        area_range: least area of a crop and most area of a pad.
        pad_val: see :class:`DetRandomPadAug`.
        rand_gray, rand_mirror, mean, std, brightness, contrast, saturation, pca_noise, hue, inter_method: see
            :func:`CreateAugmenter`.

    >>> [a.dumps()[0] for a in CreateDetAugmenter((3, 300, 300), rand_crop=0.5)]
    ['detrandomselectaug', 'detborrowaug', 'detborrowaug']
    """
    made: list[DetAugmenter] = []
    if resize > 0:
        made.append(DetBorrowAug(ResizeAug(resize, inter_method)))
    if rand_crop > 0:
        made.append(
            CreateMultiRandCropAugmenter(
                min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts, 1 - rand_crop
            )
        )
    if rand_mirror:
        made.append(DetHorizontalFlipAug(0.5))
    if rand_pad > 0:
        pad = DetRandomPadAug(aspect_ratio_range, (1.0, area_range[1]), max_attempts, pad_val)
        made.append(DetRandomSelectAug([pad], 1 - rand_pad))
    made.append(DetBorrowAug(ForceResizeAug((data_shape[2], data_shape[1]), inter_method)))
    made.append(DetBorrowAug(CastAug()))
    last = colours(brightness, contrast, saturation, hue, pca_noise, rand_gray) + normalisation(mean, std, np.array)
    return made + [DetBorrowAug(a) for a in last]
