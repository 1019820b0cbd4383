"""The iterator over arrays in memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError, ShapeError, Unfit
from mxnet.ndarray import NDArray, concat

from ._batch import DataBatch, DataDesc, DataIter
from .utils import SparseBatchError, is_sparse, named_arrays, on_disk, pick, rows


class NoExamplesError(ShapeError, IndexError):
    """A number where an array with an axis of examples belongs."""


class NDArrayIter(DataIter):
    """Batches of arrays.

    Args:
        data: an NDArray, also a sparse one in rows (``csr``; batches of it are dense, as in 1.9.1), SciPy's
            ``csr_matrix``, a NumPy array (which becomes float32) or an h5py data set; a list of them; or a dict of them
            by name, given in the order of the names.
        label: likewise, or None.
        batch_size: examples a batch.
        shuffle: put the examples in random order (NumPy's) now and at each reset; not with h5py data sets.
        last_batch_handle: what becomes of examples that do not fill a batch. ``pad`` fills it up with the first ones,
            ``discard`` leaves them out, ``roll_over`` keeps them for the beginning of the next epoch.
        data_name, label_name: what to call a single array; several are ``_0_data``, ``_1_data``, ...
        layout: letters of the axes; N is that of the examples. Where N is not first, 1.9.1 counts the examples along
            the first axis all the same; here along N's, and labels with fewer axes along their first.

    The first array says how many examples there are; longer ones are cut to that. ``cursor`` is the number of the
    first example of the current batch, ``idx`` the order of the last shuffle.

    Raises:
        InputTypeError: there are no data.
        DTypeError: something is not an array.
        ArgumentError: the batch size is not positive, the layout has no N, or an h5py data set is to be shuffled.
        SparseBatchError: an array is sparse and ``last_batch_handle`` is not ``discard``; a NotImplementedError too.
        ShapeError: an array has fewer examples than the first one.
        NoExamplesError: an array has no axes.

    >>> import numpy as np
    >>> batches = NDArrayIter(np.arange(10), np.arange(10) % 2, batch_size=4, last_batch_handle="roll_over")
    >>> [b.data[0].asnumpy().tolist() for b in batches]
    [[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]]
    >>> batches.reset()
    >>> batches.next().data[0].asnumpy().tolist()
    [8.0, 9.0, 0.0, 1.0]
    """

    def __init__(
        self,
        data: Any,
        label: Any = None,
        batch_size: int = 1,
        shuffle: bool = False,
        last_batch_handle: str = "pad",
        data_name: str = "data",
        label_name: str = "softmax_label",
        layout: str = "NCHW",
    ) -> None:
        super().__init__(batch_size)
        if batch_size <= 0:
            raise ArgumentError(f"NDArrayIter: batch_size is {batch_size}; expected at least 1")
        if last_batch_handle not in ("pad", "discard", "roll_over"):
            raise ArgumentError(
                f"NDArrayIter: last_batch_handle is {last_batch_handle!r}; expected pad, discard or roll_over"
            )
        self.layout = layout
        self._axis = DataDesc.get_batch_axis(layout)
        if self._axis < 0:
            raise ArgumentError(f"NDArrayIter: layout {layout!r} has no axis N for the examples")
        self.data = named_arrays(data, False, data_name)
        self.label = named_arrays(label, True, label_name)
        self.shuffle = shuffle
        self.last_batch_handle = last_batch_handle
        self._require_examples()
        self.num_data = self.data[0][1].shape[self._axis_of(self.data[0][1])]
        self._check()
        self.num_source = len(self.data) + len(self.label)
        self.idx = np.arange(self.num_data)
        self._rest: list[NDArray] | None = None
        self._list()
        if shuffle:
            self._shuffle()
        self.cursor = -batch_size

    def _axis_of(self, value: Any) -> int:
        return self._axis if len(value.shape) > self._axis else 0

    def _require_examples(self) -> None:
        for name, value in self.data + self.label:
            if not len(value.shape):
                raise NoExamplesError(
                    f"NDArrayIter: {name} is a single number, expected an array of examples; a list is one of arrays, "
                    "so give np.array of a list of numbers"
                )

    def _check(self) -> None:
        for name, value in self.data + self.label:
            count = value.shape[self._axis_of(value)]
            if count < self.num_data:
                raise ShapeError(
                    f"NDArrayIter: {name} has {count} examples, expected {self.num_data} as {self.data[0][0]} has"
                )
            if self.last_batch_handle != "discard" and is_sparse(value):
                raise SparseBatchError(
                    f"`NDArrayIter` only supports ``CSRNDArray`` with `last_batch_handle` set to `discard`; {name} is "
                    f"one, and last_batch_handle is {self.last_batch_handle!r}"
                )
            if self.shuffle and on_disk(value):
                raise ArgumentError(f"NDArrayIter: {name} is an h5py data set, which can not be shuffled")

    def _list(self) -> None:
        self.data_list = [value for _, value in self.data + self.label]

    def _shuffle(self) -> None:
        np.random.shuffle(self.idx)
        self.data = [(name, pick(value, self.idx, self._axis_of(value))) for name, value in self.data]
        self.label = [(name, pick(value, self.idx, self._axis_of(value))) for name, value in self.label]
        self._list()

    def _describe(self, arrays: list[tuple[str, Any]]) -> list[DataDesc]:
        made = []
        for name, value in arrays:
            shape = list(value.shape)
            shape[self._axis_of(value)] = self.batch_size
            made.append(DataDesc(name, tuple(shape), value.dtype, layout=self.layout))
        return made

    @property
    def provide_data(self) -> list[DataDesc]:
        """Descriptions of the data of a batch."""
        return self._describe(self.data)

    @property
    def provide_label(self) -> list[DataDesc]:
        """Descriptions of the labels of a batch."""
        return self._describe(self.label)

    def hard_reset(self) -> None:
        """Begin anew, without what ``roll_over`` has kept."""
        if self.shuffle:
            self._shuffle()
        self.cursor = -self.batch_size
        self._rest = None

    def reset(self) -> None:
        """Begin anew; with ``roll_over`` and at the end of an epoch, with the examples left over."""
        left = self.num_data - self.cursor
        rest = None
        if self.last_batch_handle == "roll_over" and 0 < left < self.batch_size:
            rest = [rows(v, self.cursor, self.num_data, self.num_data, self._axis_of(v)) for v in self.data_list]
        self.hard_reset()
        if rest is not None:
            self._rest = rest
            self.cursor -= left

    def iter_next(self) -> bool:
        """Go on to the next batch; whether there is one. It may be an incomplete one, which ``next`` leaves out."""
        self.cursor += self.batch_size
        return self.cursor < self.num_data

    def next(self) -> DataBatch:
        """The next batch; a copy, so that writing to it does not change the source.

        Raises:
            StopIteration: the epoch is over.
        """
        if not self.iter_next():
            raise StopIteration
        if self.last_batch_handle != "pad" and 0 <= self.cursor > self.num_data - self.batch_size:
            raise StopIteration
        return DataBatch(data=self.getdata(), label=self.getlabel(), pad=self.getpad(), index=None)

    def getdata(self) -> list[NDArray]:
        """The data of the current batch."""
        return self._batch(0, len(self.data))

    def getlabel(self) -> list[NDArray]:
        """The labels of the current batch."""
        return self._batch(len(self.data), self.num_source)

    def _batch(self, first: int, last: int) -> list[NDArray]:
        start, stop = self.cursor, self.cursor + self.batch_size
        if start >= self.num_data or (stop <= 0 and first < last):
            raise Unfit("NDArrayIter: there is no current batch; call next() or iter_next() first")
        if self.last_batch_handle != "pad" and start >= 0:
            stop = min(stop, self.num_data)
        made = []
        for i in range(first, last):
            value = self.data_list[i]
            axis = self._axis_of(value)
            part = rows(value, max(start, 0), stop, self.num_data, axis)
            if start < 0 and self._rest is not None:
                part = concat(self._rest[i], part, dim=axis)
            made.append(part)
        return made

    def getpad(self) -> int:
        """How many examples of the current batch are not new: those that fill it up, or that were rolled over."""
        if self.last_batch_handle == "pad" and self.cursor + self.batch_size > self.num_data:
            return self.cursor + self.batch_size - self.num_data
        if self.last_batch_handle == "roll_over" and -self.batch_size < self.cursor < 0:
            return -self.cursor
        return 0
