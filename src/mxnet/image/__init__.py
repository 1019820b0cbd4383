"""Images: reading, resizing, cropping, rotating, augmenting, and batches of them.

OpenCV reads and resizes them: ``pip install "mxnet-next[image]"``.
"""

from __future__ import annotations

from . import detection, image
from . import detection as det
from ._show import show
from .detection import *  # noqa: F403
from .image import *  # noqa: F403

__all__ = ["det", "detection", "image", "show"]
__all__ += detection.__all__
__all__ += [name for name in image.__all__ if name not in detection.__all__]
