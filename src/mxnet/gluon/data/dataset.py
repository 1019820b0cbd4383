"""Data sets: sequences of examples."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import DTypeError
from mxnet.base import data_dir
from mxnet.context import cpu
from mxnet.gluon._errors import RejectedError
from mxnet.ndarray import NDArray, array
from mxnet.recordio import MXIndexedRecordIO
from mxnet.util import is_np_array

from .sampler import FilterSampler, Sampler, SequentialSampler


class Dataset:
    """Base of data sets. A subclass defines ``__getitem__``, which returns an example, and ``__len__``.

    Any object with these two can be loaded, a list or an array say; this class adds methods that derive data sets.

    >>> numbers = SimpleDataset([1, 2, 3, 4])
    >>> list(numbers.filter(lambda x: x % 2 == 0).transform(lambda x: 10 * x))
    [20, 40]
    """

    def __getitem__(self, idx: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__")

    def _repr_html_(self) -> str:
        """The first examples, for notebooks; images as images."""
        from mxnet.image._show import preview

        return preview(self)

    def filter(self, fn: Callable[[Any], Any]) -> Dataset:
        """The examples for which ``fn`` is true; it is called at once, with each whole example."""
        return _SampledDataset(self, FilterSampler(fn, self))

    def shard(self, num_shards: int, index: int) -> Dataset:
        """Part ``index`` of ``num_shards`` equal parts; the first ones have one more if they cannot be equal.

        Raises:
            RejectedError: ``index`` is not from 0 to ``num_shards - 1``.
        """
        if not 0 <= index < num_shards:
            raise RejectedError(f"Shard index of out bound: {index} out of {num_shards}; expected 0 to num_shards - 1")
        size, longer = divmod(len(self), num_shards)
        start = size * index + min(index, longer)
        return _SampledDataset(self, SequentialSampler(size + (index < longer), start))

    def take(self, count: int | None) -> Dataset:
        """The first ``count`` examples; all of them if it is None or larger than their number.

        Raises:
            RejectedError: ``count`` is negative.
        """
        if count is not None and count < 0:
            raise RejectedError(f"take: count is {count}; expected 0 or more, or None for all")
        return _SampledDataset(self, SequentialSampler(len(self) if count is None else min(count, len(self))))

    def sample(self, sampler: Sampler) -> Dataset:
        """The examples whose indices ``sampler`` gives now.

        Raises:
            DTypeError: it is not a sampler.
        """
        if not isinstance(sampler, Sampler):
            raise DTypeError(f"Invalid sampler type: {type(sampler)}. Expected gluon.data.Sampler instead.")
        return _SampledDataset(self, sampler)

    def transform(self, fn: Callable[..., Any], lazy: bool = True) -> Dataset:
        """``fn`` of each example; the parts of a tuple are separate arguments.

        Args:
            fn: the function.
            lazy: call it whenever an example is asked for; otherwise call it for all examples now, and keep the
                results.
        """
        made = _LazyTransformDataset(self, fn)
        return made if lazy else SimpleDataset([made[i] for i in range(len(made))])

    def transform_first(self, fn: Callable[[Any], Any], lazy: bool = True) -> Dataset:
        """``fn`` of the first part of each example, usually the image; other parts, usually the label, stay."""
        return self.transform(_TransformFirst(fn), lazy)


class _TransformFirst:
    # a class, not a closure: worker processes that are not forked need to pickle it
    def __init__(self, fn: Callable[[Any], Any]) -> None:
        self._fn = fn

    def __call__(self, first: Any, *others: Any) -> Any:
        return (self._fn(first), *others) if others else self._fn(first)


class SimpleDataset(Dataset):
    """A data set of any sequence: a list, an array.

    >>> SimpleDataset("abc")[1]
    'b'
    """

    def __init__(self, data: Sequence[Any]) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, idx: int) -> Any:
        return self._data[idx]


class _LazyTransformDataset(Dataset):
    def __init__(self, data: Any, fn: Callable[..., Any]) -> None:
        self._data = data
        self._fn = fn

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, idx: int) -> Any:
        item = self._data[idx]
        return self._fn(*item) if isinstance(item, tuple) else self._fn(item)


class _SampledDataset(Dataset):
    def __init__(self, dataset: Any, sampler: Sampler) -> None:
        self._dataset = dataset
        self._indices = list(sampler)

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, idx: int) -> Any:
        return self._dataset[self._indices[idx]]


class ArrayDataset(Dataset):
    """Several arrays or other sequences of one length side by side: an example is a tuple with an element of each, or
    just the element if there is only one sequence.

    NDArrays with one axis are turned to NumPy arrays, so that a label is a number.

    Raises:
        RejectedError: there are no sequences, or they differ in length.

    >>> ArrayDataset([1, 2, 3], "abc")[1]
    (2, 'b')
    """

    def __init__(self, *args: Any) -> None:
        if not args:
            raise RejectedError("ArrayDataset: needs at least 1 array")
        self._length = len(args[0])
        self._data: list[Any] = []
        for i, data in enumerate(args):
            if len(data) != self._length:
                raise RejectedError(
                    f"All arrays must have the same length; array[0] has length {self._length} while array[{i}] has "
                    f"{len(data)}."
                )
            self._data.append(data.asnumpy() if isinstance(data, NDArray) and data.ndim == 1 else data)

    def __getitem__(self, idx: int) -> Any:
        if len(self._data) == 1:
            return self._data[0][idx]
        return tuple([data[idx] for data in self._data])

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Any]:
        # not by IndexError as in other data sets, because not every sequence raises it
        for i in range(self._length):
            yield self[i]


class RecordFileDataset(Dataset):
    """The records of a file, bytes, in the order of its index, which has the same name ending in ``.idx``.

    Worker processes and threads may read it at the same time.

    Args:
        filename: the record file, ``.rec``.

    Raises:
        MissingFileError: it or its index is not there.
        FormatError: the index is broken; from an example, the file is.

    >>> import os, tempfile
    >>> from mxnet.recordio import MXIndexedRecordIO
    >>> path = os.path.join(tempfile.mkdtemp(), "a")
    >>> writer = MXIndexedRecordIO(path + ".idx", path + ".rec", "w")
    >>> writer.write_idx(0, b"content")
    >>> writer.close()
    >>> RecordFileDataset(path + ".rec")[0]
    b'content'
    """

    def __init__(self, filename: str | os.PathLike[str]) -> None:
        self.filename = os.fspath(filename)
        self.idx_file = os.path.splitext(self.filename)[0] + ".idx"
        self._record = MXIndexedRecordIO(self.idx_file, self.filename, "r")

    def __getitem__(self, idx: int) -> Any:
        return self._record.read_idx(self._record.keys[idx])

    def __len__(self) -> int:
        return len(self._record.keys)


def _home(root: str | os.PathLike[str]) -> str:
    """``root``; a default that begins with ``~/.mxnet`` is put under MXNET_HOME, if that is set."""
    path = os.fspath(root)
    default = "~/.mxnet/"
    return os.path.join(data_dir(), path.removeprefix(default)) if path.startswith(default) else path


class _DownloadedDataset(Dataset):
    """Images and labels in memory, from files in the folder ``root``."""

    _data: Any
    _label: Any

    def __init__(self, root: str | os.PathLike[str], transform: Callable[..., Any] | None) -> None:
        self._transform = transform
        self._root = os.path.expanduser(os.fspath(root))
        self._data = None
        self._label = None
        self._get_data()

    def __getitem__(self, idx: int) -> Any:
        if self._transform is not None:
            return self._transform(self._data[idx], self._label[idx])
        return self._data[idx], self._label[idx]

    def __len__(self) -> int:
        return len(self._label)

    def _get_data(self) -> None:
        """Set ``_data`` and ``_label``."""
        raise NotImplementedError(f"{type(self).__name__} must define _get_data")

    def _keep(self, pixels: np.ndarray, labels: np.ndarray) -> None:
        """Images as arrays; labels too where NumPy semantics are on."""
        self._data, self._label = array(pixels, dtype=np.uint8, ctx=cpu(0)), labels.astype(np.int32)
        if is_np_array():
            self._data = self._data.as_np_ndarray()
            self._label = array(self._label, dtype=np.int32, ctx=cpu(0)).as_np_ndarray()
