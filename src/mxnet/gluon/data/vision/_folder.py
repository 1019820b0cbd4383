"""A data set of image files in folders."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any

from mxnet import image
from mxnet._base.errors import MissingFileError
from mxnet.gluon.data.dataset import Dataset

_ENDINGS = (".jpg", ".jpeg", ".png")


class ImageFolderDataset(Dataset):
    """The images below a folder, whose subfolders are the classes: ``root/car/0001.jpg``, ``root/bus/123.jpg``, ...

    A sample is an image, uint8 of shape (height, width, channels), and the number of its class.

    Args:
        root: the folder.
        flag: 1 for three channels, 0 for one channel, gray.
        transform: called with image and label of a sample; its result is the sample.

    Attributes:
        synsets: names of the classes in the order of their numbers.
        items: (filename, label) of each sample.

    Raises:
        MissingFileError: there is no such folder.
        FormatError: from a sample, when its file is not an image or is broken.

    >>> import os, tempfile
    >>> import cv2
    >>> import numpy as np
    >>> root = tempfile.mkdtemp()
    >>> for kind in ("bus", "car"):
    ...     os.mkdir(os.path.join(root, kind))
    ...     _ = cv2.imwrite(os.path.join(root, kind, "1.png"), np.zeros((4, 6, 3), np.uint8))
    >>> images = ImageFolderDataset(root)
    >>> images.synsets, images[1][0].shape, images[1][1]
    (['bus', 'car'], (4, 6, 3), 1)
    """

    def __init__(
        self, root: str | os.PathLike[str], flag: int = 1, transform: Callable[..., Any] | None = None
    ) -> None:
        self._root = os.path.expanduser(root)
        self._flag = flag
        self._transform = transform
        self._exts = list(_ENDINGS)
        self._list_images(self._root)

    def _list_images(self, root: str) -> None:
        self.synsets: list[str] = []
        self.items: list[tuple[str, int]] = []
        if not os.path.isdir(root):
            raise MissingFileError(f"ImageFolderDataset: there is no folder {root!r}")
        for folder in sorted(os.listdir(root)):
            path = os.path.join(root, folder)
            if not os.path.isdir(path):
                warnings.warn(f"{path} is ignored: it is not a folder, which would be a class", stacklevel=3)
                continue
            label = len(self.synsets)
            self.synsets.append(folder)
            for name in sorted(os.listdir(path)):
                filename = os.path.join(path, name)
                if os.path.splitext(name)[1].lower() not in _ENDINGS:
                    warnings.warn(f"{filename} is ignored: expected a name in {', '.join(_ENDINGS)}", stacklevel=3)
                    continue
                self.items.append((filename, label))

    def __getitem__(self, idx: int) -> Any:
        filename, label = self.items[idx]
        picture = image.imread(filename, self._flag)
        return (picture, label) if self._transform is None else self._transform(picture, label)

    def __len__(self) -> int:
        return len(self.items)
