"""Batches, and what all iterators have in common."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import InputTypeError
from mxnet._ops.types import plain


class DataDesc(namedtuple("DataDesc", ["name", "shape"])):
    """Name, shape, dtype and layout of one input. As a tuple, to compare and to unpack, it has only name and shape.

    >>> DataDesc("data", (32, 3, 28, 28))
    DataDesc[data,(32, 3, 28, 28),<class 'numpy.float32'>,NCHW]
    """

    dtype: Any
    layout: str

    def __new__(cls, name: str, shape: Any, dtype: Any = np.float32, layout: str = "NCHW") -> DataDesc:
        made = super().__new__(cls, name, shape)
        made.dtype = dtype
        made.layout = layout
        return made

    def __repr__(self) -> str:
        return f"DataDesc[{self.name},{plain(self.shape)},{self.dtype},{self.layout}]"

    @staticmethod
    def get_batch_axis(layout: str | None) -> int:
        """The axis that counts the examples: where N is in ``layout``, -1 where it is not, 0 without a layout.

        >>> DataDesc.get_batch_axis("TNC")
        1
        """
        return 0 if layout is None else layout.find("N")

    @staticmethod
    def get_list(shapes: Sequence[Any], types: Sequence[Any] | None) -> list[DataDesc]:
        """Descriptions from ``(name, shape)`` and, unless None, ``(name, dtype)`` pairs."""
        if types is None:
            return [DataDesc(s[0], s[1]) for s in shapes]
        dtypes = dict(types)
        return [DataDesc(s[0], s[1], dtypes[s[0]]) for s in shapes]


class DataBatch:
    """A batch of examples.

    Args:
        data: the inputs, a list of arrays.
        label: the labels, a list of arrays, or None.
        pad: how many examples at the end only fill up the batch.
        index: the numbers of the examples.
        bucket_key: which of several executors the batch is for.
        provide_data, provide_label: descriptions of data and label, if they differ from batch to batch.

    Raises:
        InputTypeError: ``data`` or ``label`` is not a list.

    >>> import mxnet as mx
    >>> str(DataBatch([mx.nd.ones((2, 3))]))
    'DataBatch: data shapes: [(2, 3)] label shapes: None'
    """

    def __init__(
        self,
        data: Any,
        label: Any = None,
        pad: int | None = None,
        index: Any = None,
        bucket_key: Any = None,
        provide_data: Any = None,
        provide_label: Any = None,
    ) -> None:
        for what, given in (("Data", data), ("Label", label)):
            if given is not None and not isinstance(given, (list, tuple)):
                raise InputTypeError(f"{what} must be list of NDArrays, got {type(given)}")
        self.data = data
        self.label = label
        self.pad = pad
        self.index = index
        self.bucket_key = bucket_key
        self.provide_data = provide_data
        self.provide_label = provide_label

    def __str__(self) -> str:
        data, label = (None if part is None else [a.shape for a in part] for part in (self.data, self.label))
        return f"{type(self).__name__}: data shapes: {data} label shapes: {label}"


class DataIter:
    """Base of iterators over batches.

    A subclass has ``provide_data`` and ``provide_label``, lists of :class:`DataDesc`, and overrides ``next``, or
    ``iter_next`` and the ``get`` methods that ``next`` asks, and ``reset``.

    >>> import mxnet as mx
    >>> class Countdown(DataIter):
    ...     left = 3
    ...
    ...     def iter_next(self):
    ...         self.left -= 1
    ...         return self.left >= 0
    ...
    ...     def getdata(self):
    ...         return [mx.nd.full((1,), self.left)]
    >>> [batch.data[0].asscalar() for batch in Countdown(batch_size=1)]
    [2.0, 1.0, 0.0]
    """

    def __init__(self, batch_size: int = 0) -> None:
        self.batch_size = batch_size

    def __iter__(self) -> Iterator[DataBatch]:
        return self

    def reset(self) -> None:
        """Begin anew."""

    def next(self) -> DataBatch:
        """The next batch.

        Raises:
            StopIteration: there is none.
        """
        if not self.iter_next():
            raise StopIteration
        return DataBatch(data=self.getdata(), label=self.getlabel(), pad=self.getpad(), index=self.getindex())

    def __next__(self) -> DataBatch:
        return self.next()

    def iter_next(self) -> Any:
        """Go on to the next batch; whether there is one."""

    def getdata(self) -> Any:
        """The inputs of the current batch, a list of arrays."""

    def getlabel(self) -> Any:
        """The labels of the current batch, a list of arrays."""

    def getindex(self) -> Any:
        """The numbers of the examples of the current batch, or None."""

    def getpad(self) -> Any:
        """How many examples at the end of the current batch only fill it up."""
