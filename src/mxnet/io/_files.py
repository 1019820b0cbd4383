"""Iterators over data files."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import torch

from mxnet._base.errors import ArgumentError, MXNetError, ShapeError
from mxnet._runtime.dtypes import torch_dtype
from mxnet.context import cpu
from mxnet.ndarray import NDArray

from ._batch import DataBatch, DataDesc, DataIter
from ._idx import read_idx

_log = logging.getLogger(__name__)

_AHEAD = 256
"""Examples to convert at once, about."""
_SCALE = np.float32(1 / 256)
"""1.9.1 divides pixels by 256, not by 255."""


class Source(Protocol):
    """What an :class:`MXDataIter` reads from."""

    batch_size: int

    def reset(self) -> None:
        """Begin anew."""

    def advance(self) -> bool:
        """Go on to the next batch; tells whether there is one."""

    def data(self) -> Any:
        """The data of the current batch, an array."""

    def label(self) -> Any:
        """The labels of the current batch, an array."""

    def pad(self) -> int:
        """How many examples at the end of the current batch only fill up the batch."""

    def index(self) -> np.ndarray:
        """The numbers of the examples of the current batch."""


class FileSource:
    """Examples of a file, in memory, in batches; a last incomplete one is left out."""

    def __init__(self, data: np.ndarray, label: np.ndarray, batch_size: int, dtype: Any) -> None:
        self._data = data
        self._label = torch.from_numpy(label.astype(np.float32))
        self._dtype = torch_dtype(dtype)
        self._context = cpu(0)
        self.batch_size = batch_size
        self._ahead = batch_size * max(1, _AHEAD // batch_size)
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self._at = 0
        self._ready: Iterator[tuple[torch.Tensor, torch.Tensor]] = iter(())

    def advance(self) -> bool:
        """Go on to the next batch; tells whether there is one."""
        batch = next(self._ready, None)
        if batch is None:
            stop = min(self._at + self._ahead, len(self._data) // self.batch_size * self.batch_size)
            if self._at >= stop:
                return False
            # Some batches at once, cut apart: for small ones the calls take longer than the work. NumPy: torch would
            # use several threads, and wait long for them where others have the cores.
            pixels = np.multiply(self._data[self._at : stop], _SCALE, dtype=np.float32)
            data = torch.from_numpy(pixels).to(self._dtype)
            label = self._label[self._at : stop].clone()
            self._ready = zip(data.split(self.batch_size), label.split(self.batch_size), strict=True)
            self._at = stop
            batch = next(self._ready)
        self._batch = batch
        return True

    def data(self) -> NDArray:
        """The data of the current batch."""
        return NDArray(self._batch[0], self._context)

    def label(self) -> NDArray:
        """The labels of the current batch."""
        return NDArray(self._batch[1], self._context)

    def pad(self) -> int:
        """Always 0: batches are complete."""
        return 0

    def index(self) -> np.ndarray:
        """Zeros: these files do not number their examples."""
        return np.zeros(self.batch_size, dtype=np.uint64)


class MXDataIter(DataIter):
    """Batches of a data file. Made by functions like :func:`MNISTIter`, :func:`CSVIter`, :func:`ImageRecordIter`.

    Args:
        handle: the source.
        data_name, label_name: names of data and label.

    Raises:
        ArgumentError: there is not even one batch.

    >>> import os, tempfile
    >>> import mxnet as mx
    >>> path = os.path.join(tempfile.mkdtemp(), "a.csv")
    >>> with open(path, "w") as file:
    ...     print("1,2", file=file)
    ...     print("3,4", file=file)
    >>> rows = mx.io.CSVIter(data_csv=path, data_shape=2, batch_size=2)
    >>> isinstance(rows, MXDataIter), rows.provide_data
    (True, [DataDesc[data,(2, 2),<class 'numpy.float32'>,NCHW]])
    """

    def __init__(self, handle: Source, data_name: str = "data", label_name: str = "softmax_label", **_: Any) -> None:
        super().__init__()
        self.handle = handle
        self._skip_load = False
        self._current = False
        self.first_batch: DataBatch | None = None
        try:
            first = self.next()
        except StopIteration:
            raise ArgumentError("there is not even one batch; the file, or its part, has too few examples") from None
        # read at the beginning, to know shapes and dtypes
        self.first_batch = self._kept = first
        data, label = first.data[0], first.label[0]
        self.provide_data = [DataDesc(data_name, data.shape, data.dtype)]
        self.provide_label = [DataDesc(label_name, label.shape, label.dtype)]
        self.batch_size = data.shape[0]

    def debug_skip_load(self) -> None:
        """From now on always give the first batch, to time programs without their data loading."""
        self._skip_load = True
        _log.info("Set debug_skip_load to be true, will simply return first batch")

    def reset(self) -> None:
        """Begin anew."""
        self.first_batch = None
        self.handle.reset()

    def next(self) -> DataBatch:
        """The next batch.

        Raises:
            StopIteration: there is none.
        """
        if self._skip_load:
            return self._kept
        if self.first_batch is not None:
            batch, self.first_batch = self.first_batch, None
            return batch
        if not self.iter_next():
            raise StopIteration
        handle = self.handle
        return DataBatch([handle.data()], [handle.label()], handle.pad(), handle.index())

    def iter_next(self) -> bool:
        """Go on to the next batch; tells whether there is one."""
        if self.first_batch is not None:
            self.first_batch = None
            return True
        self._current = self.handle.advance()
        return self._current

    def _require(self) -> None:
        if not self._current:
            raise ArgumentError("there is no current batch; call next() or iter_next() first")

    def getdata(self) -> NDArray:
        """The data of the current batch."""
        self._require()
        return self.handle.data()

    def getlabel(self) -> NDArray:
        """The labels of the current batch."""
        self._require()
        return self.handle.label()

    def getindex(self) -> np.ndarray:
        """The numbers of the examples of the current batch; zeros where the file does not number them."""
        self._require()
        return self.handle.index()

    def getpad(self) -> int:
        """How many examples at the end of the current batch only fill up the batch."""
        self._require()
        return self.handle.pad()


_WITHOUT_EFFECT = {"prefetch_buffer", "ctx", "input_shape", "data_shape"}


def MNISTIter(*args: Any, **kwargs: Any) -> MXDataIter:
    """Batches of MNIST, or of other images in IDX files, packed or not. Pixels are divided by 256.

    Args:
        image: file of the images; ``./train-images-idx3-ubyte`` unless given.
        label: file of the labels; ``./train-labels-idx1-ubyte`` unless given.
        batch_size: examples per batch, 128 unless given; a last incomplete batch is left out.
        shuffle: put the examples in random order, once; True unless given.
        flat: give an image as one row, else as (1, height, width); False unless given.
        seed: for the order; 0 unless given.
        silent: do not log how many images there are; False unless given.
        num_parts, part_index: cut the data into parts and give one of them; 1 and 0 unless given.
        dtype: of the data; float32 unless given.
        data_name, label_name: ``data`` and ``softmax_label`` unless given.
        prefetch_buffer, ctx, input_shape, data_shape: accepted for programs of 1.9.1, but without effect: the data is
            in memory, and its shape is that of the file.

    Raises:
        FormatError: a file is truncated or corrupt.
        MXNetError: a file cannot be read.
        ShapeError: the numbers of labels and images differ, or are too small for one batch.

    >>> import os, struct, tempfile
    >>> import numpy as np
    >>> image, label = (os.path.join(tempfile.mkdtemp(), name) for name in ("images", "labels"))
    >>> with open(image, "wb") as file:
    ...     _ = file.write(struct.pack(">4i", 2051, 2, 28, 28) + np.full((2, 28, 28), 128, np.uint8).tobytes())
    >>> with open(label, "wb") as file:
    ...     _ = file.write(struct.pack(">2i", 2049, 2) + bytes([3, 7]))
    >>> batch = next(MNISTIter(image=image, label=label, batch_size=2, shuffle=False))
    >>> batch.data[0].shape, batch.data[0].max().asscalar(), batch.label[0].asnumpy()
    ((2, 1, 28, 28), 0.5, array([3., 7.], dtype=float32))
    """
    if args:
        raise ArgumentError("MNISTIter: takes keyword arguments only, such as image= and label=")
    options: dict[str, Any] = {
        "image": "./train-images-idx3-ubyte",
        "label": "./train-labels-idx1-ubyte",
        "batch_size": 128,
        "shuffle": True,
        "flat": False,
        "seed": 0,
        "silent": False,
        "num_parts": 1,
        "part_index": 0,
        "dtype": None,
        "data_name": "data",
        "label_name": "softmax_label",
    }
    unknown = sorted(set(kwargs) - set(options) - _WITHOUT_EFFECT)
    if unknown:
        _log.warning("MNISTIter: takes no %s; ignored, as in 1.9.1", ", ".join(unknown))
    options.update({k: v for k, v in kwargs.items() if k in options})
    try:
        images = read_idx(options["image"], ndim=3)
        labels = read_idx(options["label"], ndim=1)
    except OSError as error:
        raise MXNetError(f"MNISTIter: {error}") from error
    if len(images) != len(labels):
        raise ShapeError(
            f"MNISTIter: {options['label']} has {len(labels)} labels, expected {len(images)} as {options['image']}"
        )
    count, parts, part = len(images), int(options["num_parts"]), int(options["part_index"])
    if not 0 <= part < parts:
        raise ArgumentError(f"MNISTIter: part_index is {part}; expected 0 to {parts - 1}, below num_parts")
    own = slice(count * part // parts, count * (part + 1) // parts)
    images, labels = images[own], labels[own]
    if int(options["shuffle"]):
        order = np.random.default_rng(int(options["seed"])).permutation(len(images))
        images, labels = images[order], labels[order]
    batch_size = int(options["batch_size"])
    if not 0 < batch_size <= len(images):
        raise ShapeError(f"MNISTIter: batch_size is {batch_size}; expected 1 to the {len(images)} images there are")
    shape = (len(images), -1) if int(options["flat"]) else (len(images), 1, *images.shape[1:])
    if not int(options["silent"]):
        _log.info("MNISTIter: load %d images, shuffle=%d", len(images), int(options["shuffle"]))
    source = FileSource(images.reshape(shape), labels, batch_size, options["dtype"])
    return MXDataIter(source, options["data_name"], options["label_name"])
