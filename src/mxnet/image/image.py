"""Functions of images, arrays of shape (height, width, channels); augmenters, and batches of images."""

from __future__ import annotations

from mxnet import io, recordio
from mxnet import ndarray as nd
from mxnet._base.names import at_home
from mxnet.base import numeric_types
from mxnet.util import is_np_array

from ._augment import (
    Augmenter,
    CastAug,
    CenterCropAug,
    ForceResizeAug,
    HorizontalFlipAug,
    RandomCropAug,
    RandomOrderAug,
    RandomSizedCropAug,
    ResizeAug,
    SequentialAug,
)
from ._colour_augment import (
    BrightnessJitterAug,
    ColorJitterAug,
    ColorNormalizeAug,
    ContrastJitterAug,
    HueJitterAug,
    LightingAug,
    RandomGrayAug,
    SaturationJitterAug,
)
from ._create import CreateAugmenter
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
from ._files import method as _get_interp_method  # noqa: F401  # transforms of other packages take it from here
from ._iter import ImageIter
from ._rotate import imrotate, random_rotate

__all__ = [
    "Augmenter",
    "BrightnessJitterAug",
    "CastAug",
    "CenterCropAug",
    "ColorJitterAug",
    "ColorNormalizeAug",
    "ContrastJitterAug",
    "CreateAugmenter",
    "ForceResizeAug",
    "HorizontalFlipAug",
    "HueJitterAug",
    "ImageIter",
    "LightingAug",
    "RandomCropAug",
    "RandomGrayAug",
    "RandomOrderAug",
    "RandomSizedCropAug",
    "ResizeAug",
    "SaturationJitterAug",
    "SequentialAug",
    "center_crop",
    "color_normalize",
    "copyMakeBorder",
    "fixed_crop",
    "imdecode",
    "imread",
    "imresize",
    "imrotate",
    "io",
    "is_np_array",
    "nd",
    "numeric_types",
    "random_crop",
    "random_rotate",
    "random_size_crop",
    "recordio",
    "resize_short",
    "scale_down",
]

at_home(vars())
