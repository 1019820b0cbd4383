"""Batches of images from a record file or a list, with augmenters written in Python."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from mxnet import io, recordio, util
from mxnet._base.errors import ArgumentError, FormatError, InputTypeError, MXNetError, ShapeError
from mxnet._base.files import read_bytes
from mxnet.io._list_file import read_list
from mxnet.ndarray import NDArray, array

from ._create import CreateAugmenter
from ._files import imdecode

_log = logging.getLogger(__name__)

LAST_BATCH = ("pad", "discard", "roll_over")


class ImageIter(io.DataIter):
    """Batches of images with labels, from a record file, a list file or a list. :func:`mxnet.io.ImageRecordIter` is
    faster; this one's steps are methods to override, and its augmenters are Python.

    Args:
        batch_size: images per batch.
        data_shape: (3, height, width) of an image after the augmenters.
        label_width: numbers in a label.
        path_imgrec: record file; with its index it can be read in any order, else it is read in the order of the file.
        path_imglist: list file (see ``mxnet-im2rec``); with a record file and its index, labels are taken from here.
        path_root: folder that the names of a list are relative to.
        path_imgidx: index of the record file.
        shuffle: a new random order each epoch, by ``random``; needs an index where there is a record file.
        part_index, num_parts: the part to give, of so many. Parts differ in size by at most one image; 1.9.1 leaves out
            the remainder of the division.
        aug_list: augmenters; unless given, :func:`CreateAugmenter` makes them of ``kwargs``.
        imglist: list of lists: label or labels, and name.
        data_name, label_name: names of data and label.
        dtype: dtype in which labels of lists are read; batches are float32.
        last_batch_handle: ``pad`` the last batch with images from the beginning, ``discard`` it, or ``roll_over``:
            keep its images for the next epoch.

    Raises:
        InputTypeError: there is nothing to read, no index where one is needed, an unknown ``dtype``, or a
            ``part_index`` that is not below ``num_parts``.
        FormatError: a list or index is broken; from ``next``, an image or record is.
        ShapeError: from ``next``, an image or a label has the wrong shape.

    >>> import os, tempfile
    >>> import cv2
    >>> import numpy as np
    >>> folder = tempfile.mkdtemp()
    >>> for i in range(3):
    ...     _ = cv2.imwrite(os.path.join(folder, f"{i}.png"), np.full((10, 12, 3), 10 * i, np.uint8))
    >>> images = ImageIter(2, (3, 8, 8), imglist=[[float(i), f"{i}.png"] for i in range(3)], path_root=folder)
    >>> [(batch.data[0].shape, batch.label[0].asnumpy().tolist(), batch.pad) for batch in images]
    [((2, 3, 8, 8), [0.0, 1.0], 0), ((2, 3, 8, 8), [2.0, 0.0], 1)]
    """

    def __init__(
        self,
        batch_size: int,
        data_shape: Sequence[int],
        label_width: int = 1,
        path_imgrec: str | None = None,
        path_imglist: str | None = None,
        path_root: str | None = None,
        path_imgidx: str | None = None,
        shuffle: bool = False,
        part_index: int = 0,
        num_parts: int = 1,
        aug_list: list[Any] | None = None,
        imglist: Any = None,
        data_name: str = "data",
        label_name: str = "softmax_label",
        dtype: str = "float32",
        last_batch_handle: str = "pad",
        **kwargs: Any,
    ) -> None:
        super().__init__(batch_size)
        if not (path_imgrec or path_imglist or isinstance(imglist, list)):
            raise InputTypeError("ImageIter: got none of path_imgrec, path_imglist and imglist, a list")
        if dtype not in ("int32", "float32", "int64", "float64"):
            raise InputTypeError(f"{dtype} label not supported; expected int32, float32, int64 or float64")
        if last_batch_handle not in LAST_BATCH:
            raise ArgumentError(f"last_batch_handle is {last_batch_handle!r}; expected one of {', '.join(LAST_BATCH)}")
        self.imgrec: Any = None
        self.imgidx: list[Any] | None = None
        self.imglist: dict[Any, tuple[NDArray, str]] | None = None
        self.path_root = path_root
        self._open(path_imgrec, path_imgidx, path_imglist, imglist, dtype)
        self.check_data_shape(data_shape)
        self.provide_data = [(data_name, (batch_size, *data_shape))]
        self.provide_label = [(label_name, (batch_size,) if label_width == 1 else (batch_size, label_width))]
        self.data_shape = tuple(data_shape)
        self.label_width = label_width
        self.shuffle = shuffle
        self.seq = self._order(shuffle, part_index, num_parts)
        self.num_image = None if self.seq is None else len(self.seq)
        self.auglist = CreateAugmenter(data_shape, **kwargs) if aug_list is None else aug_list
        self.last_batch_handle = last_batch_handle
        self.cur = 0
        self._ended = False
        self._kept: list[tuple[Any, Any]] = []
        self._place = ""
        self.reset()

    def _open(self, rec: str | None, idx: str | None, path_imglist: str | None, imglist: Any, dtype: str) -> None:
        if rec:
            if idx:
                self.imgrec = recordio.MXIndexedRecordIO(idx, rec, "r")
                self.imgidx = list(self.imgrec.keys)
            else:
                self.imgrec = recordio.MXRecordIO(rec, "r")
        if path_imglist:
            entries: list[tuple[Any, Any, str]] = list(read_list(path_imglist))
        elif isinstance(imglist, list):
            entries = [(str(i), _label(entry), entry[-1]) for i, entry in enumerate(imglist, 1)]
        else:
            return
        self.imglist = {key: (array(label, dtype=dtype), name) for key, label, name in entries}

    def _order(self, shuffle: bool, part_index: int, num_parts: int) -> list[Any] | None:
        seq = self.imgidx if self.imgrec is not None else list(self.imglist or ())
        if seq is None and (shuffle or num_parts > 1):
            raise InputTypeError("ImageIter: shuffle and num_parts need path_imgidx, the index of the record file")
        if not 0 <= part_index < num_parts:
            raise InputTypeError(
                f"ImageIter: part_index is {part_index}; expected 0 to {num_parts - 1}, below num_parts"
            )
        if seq is None:
            return None
        return seq[len(seq) * part_index // num_parts : len(seq) * (part_index + 1) // num_parts]

    def reset(self) -> None:
        """Begin a new epoch; images kept by ``roll_over`` come first."""
        if self.shuffle:
            random.shuffle(self.seq or [])
        self._rewind()
        self._ended = False

    def hard_reset(self) -> None:
        """Begin a new epoch, without images kept by ``roll_over``."""
        self._kept = []
        self.reset()

    def _rewind(self) -> None:
        if self.imgrec is not None and self.seq is None:
            self.imgrec.reset()
        self.cur = 0

    def next_sample(self) -> tuple[Any, bytes]:
        """The label, and the bytes, of the next image.

        Raises:
            StopIteration: there is none.
            FormatError: the record is broken.
        """
        if self.seq is None:
            offset = self.imgrec.handle.tell()
            record = self.imgrec.read()
            if record is None:
                raise StopIteration
            return self._unpack(record, f"{self.imgrec.uri}: offset {offset}")
        if self.cur >= len(self.seq):
            raise StopIteration
        key = self.seq[self.cur]
        self.cur += 1
        if self.imgrec is None:
            label, name = (self.imglist or {})[key]
            self._place = f"filename: {name}"
            return label, self.read_image(name)
        record = self.imgrec.read_idx(key)
        label, content = self._unpack(record, f"{self.imgrec.uri}: offset {self.imgrec.idx[key]}: record {key!r}")
        if self.imglist is not None:
            try:
                label = self.imglist[key][0]
            except KeyError:
                raise recordio.MissingRecordError(f"{self._place} has no label: the list has no {key!r}") from None
        return label, content

    def _unpack(self, record: bytes, place: str) -> tuple[Any, bytes]:
        self._place = place
        try:
            header, content = recordio.unpack(record)
        except FormatError as error:
            raise FormatError(f"{place}: {error}") from None
        return header.label, content

    def next(self) -> io.DataBatch:
        """The next batch.

        Raises:
            StopIteration: the epoch is over.
        """
        if self._ended:
            raise StopIteration
        samples, self._kept = self._kept, []
        kept = len(samples)
        self._take(samples)
        short = self.batch_size - len(samples)
        if short and (not samples or self.last_batch_handle != "pad"):
            self._ended = True
            self._kept = samples if self.last_batch_handle == "roll_over" else []
            raise StopIteration
        while len(samples) < self.batch_size:
            self._ended = True
            self._rewind()
            self._take(samples)
        pad = self.batch_size - kept if kept else short
        return io.DataBatch([self._stack(samples, 0)], [self._stack(samples, 1)], pad)

    def _take(self, samples: list[tuple[Any, Any]]) -> None:
        """Samples for a whole batch, or as many as are left."""
        try:
            while len(samples) < self.batch_size:
                label, content = self.next_sample()
                samples.append(self._make(label, content))
        except StopIteration:
            return

    def _make(self, label: Any, content: bytes) -> tuple[np.ndarray, np.ndarray]:
        data = self.imdecode(content)
        self.check_valid_image(data)
        made = self.postprocess_data(self.augmentation_transform(data))
        values = label.asnumpy() if isinstance(label, NDArray) else np.asarray(label, np.float32)
        if values.size != self.label_width:
            raise ShapeError(f"{self._place}: has {values.size} labels, expected label_width={self.label_width}")
        return self._fitting(made), values.reshape(self.provide_label[0][1][1:])

    def _fitting(self, data: NDArray) -> np.ndarray:
        if data.shape != self.data_shape:
            raise ShapeError(
                f"{self._place}: the image is of shape {data.shape} after the augmenters, expected {self.data_shape}"
            )
        return data.asnumpy()

    def _stack(self, samples: list[tuple[Any, Any]], part: int) -> NDArray:
        made = array(np.stack([sample[part] for sample in samples]).astype(np.float32, copy=False))
        return made.as_np_ndarray() if util.is_np_array() else made

    def check_data_shape(self, data_shape: Sequence[int]) -> None:
        """Raises:
        ShapeError: ``data_shape`` is not (3, height, width).
        """
        if len(data_shape) != 3:
            raise ShapeError(f"data_shape should have length 3, with dimensions CxHxW; got {tuple(data_shape)}")
        if data_shape[0] != 3:
            raise ShapeError(f"This iterator expects inputs to have 3 channels; got data_shape={tuple(data_shape)}")

    def check_valid_image(self, data: Any) -> None:
        """Raises:
        FormatError: ``data``, the decoded image, has no pixels.
        """
        if len(data[0].shape) == 0:
            raise FormatError(f"{self._place}: Data shape is wrong: {data.shape}")

    def imdecode(self, s: bytes) -> NDArray:
        """The image in ``s``, uint8 of shape (height, width, 3).

        Raises:
            FormatError: it is broken; the message names its file, or the record's place.
        """
        try:
            return imdecode(s)
        except MXNetError as error:
            raise FormatError(f"Broken image {self._place}: {error}") from error

    def read_image(self, fname: str) -> bytes:
        """The bytes of the file ``fname``, in ``path_root``.

        Raises:
            MissingFileError, FileError: it cannot be read.
        """
        return read_bytes(os.path.join(self.path_root or "", fname))

    def augmentation_transform(self, data: NDArray) -> NDArray:
        """``data`` after all augmenters."""
        for augmenter in self.auglist:
            data = augmenter(data)
        return data

    def postprocess_data(self, datum: NDArray) -> NDArray:
        """``datum`` as it is put in a batch: (channels, height, width)."""
        return datum.transpose((2, 0, 1))


def _label(entry: Any) -> np.ndarray:
    """All of an entry of a list but its name, in one row."""
    labels = entry[0] if len(entry) == 2 else entry[:-1]
    try:
        return np.asarray(labels, np.float64).ravel()
    except (TypeError, ValueError) as error:
        raise InputTypeError(f"imglist: {entry!r}: expected a label, or labels, and a name: {error}") from None
