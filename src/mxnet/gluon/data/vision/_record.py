"""Data sets of images in a record file, or in a list."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from mxnet import image, recordio
from mxnet._base.errors import FormatError, InputTypeError
from mxnet.gluon.data.dataset import Dataset, RecordFileDataset
from mxnet.io._list_file import read_list


class ImageRecordDataset(RecordFileDataset):
    """The images of a record file made by :func:`mxnet.recordio.pack_img` or ``mxnet-im2rec``, with their labels.

    A sample is an image, uint8 of shape (height, width, channels), and its label: a float, or a float32 NumPy array
    where there are several.

    Args:
        filename: the record file, ``.rec``; its index ``.idx`` lies beside it.
        flag: 1 for three channels, 0 for one channel, gray.
        transform: called with image and label of a sample; its result is the sample.

    Raises:
        MissingFileError: the file or its index is not there.
        FormatError: from a sample, when the file is broken there, or it is no image.

    >>> import os, tempfile
    >>> import numpy as np
    >>> from mxnet import recordio
    >>> path = os.path.join(tempfile.mkdtemp(), "a")
    >>> writer = recordio.MXIndexedRecordIO(path + ".idx", path + ".rec", "w")
    >>> header = recordio.IRHeader(0, 3.0, 0, 0)
    >>> writer.write_idx(0, recordio.pack_img(header, np.zeros((4, 6, 3), np.uint8), quality=9, img_fmt=".png"))
    >>> writer.close()
    >>> images = ImageRecordDataset(path + ".rec")
    >>> images[0][0].shape, images[0][1]
    ((4, 6, 3), 3.0)
    """

    def __init__(
        self, filename: str | os.PathLike[str], flag: int = 1, transform: Callable[..., Any] | None = None
    ) -> None:
        super().__init__(filename)
        self._flag = flag
        self._transform = transform

    def __getitem__(self, idx: int) -> Any:
        record = super().__getitem__(idx)
        try:
            header, content = recordio.unpack(record)
            picture = image.imdecode(content, self._flag)
        except FormatError as error:
            key = self._record.keys[idx]
            raise FormatError(f"{self.filename}: offset {self._record.idx[key]}: record {key!r}: {error}") from error
        return (picture, header.label) if self._transform is None else self._transform(picture, header.label)


class ImageListDataset(Dataset):
    """The images of a list, with their labels. It comes from MXNet 2; 1.9.1 does not have it.

    Args:
        root: folder that the names in the list are relative to.
        imglist: a list file (number, labels and name on each line, tabs between), below ``root`` or not; or an
            iterable of lists: label, or labels, and then the name.
        flag: 1 for three channels, 0 for one channel, gray.

    A sample is an image, uint8 of shape (height, width, channels), and its label: a float, or a float32 NumPy array
    where there are several.

    Raises:
        MissingFileError: there is no such list; from a sample, no such image.
        FormatError: a line of the list is broken; from a sample, an image is.
        InputTypeError: ``imglist`` is something else.

    >>> import os, tempfile
    >>> import cv2
    >>> import numpy as np
    >>> root = tempfile.mkdtemp()
    >>> _ = cv2.imwrite(os.path.join(root, "a.png"), np.zeros((4, 6, 3), np.uint8))
    >>> images = ImageListDataset(root, [[3.0, "a.png"]])
    >>> images[0][0].shape, images[0][1]
    ((4, 6, 3), 3.0)
    """

    def __init__(
        self, root: str | os.PathLike[str] = ".", imglist: str | Iterable[Any] | None = None, flag: int = 1
    ) -> None:
        self._root = os.path.expanduser(root)
        self._flag = flag
        if isinstance(imglist, str):
            inside = os.path.join(self._root, imglist)
            entries: Any = read_list(inside if os.path.exists(inside) else imglist)
            pairs = [(label, name) for _, label, name in entries]
        elif imglist is None or isinstance(imglist, (bytes, bytearray)) or not isinstance(imglist, Iterable):
            raise InputTypeError(
                f"ImageListDataset: imglist is {type(imglist).__name__}; expected the name of a list file, or a list"
            )
        else:
            pairs = [
                (np.asarray(entry[0] if len(entry) == 2 else entry[:-1], np.float32).ravel(), entry[-1])
                for entry in imglist
            ]
        self.items = [(name, float(label[0]) if len(label) == 1 else label) for label, name in pairs]

    def __getitem__(self, idx: int) -> Any:
        name, label = self.items[idx]
        return image.imread(os.path.join(self._root, name), self._flag), label

    def __len__(self) -> int:
        return len(self.items)
