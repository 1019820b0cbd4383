"""Gluon's data for modules."""

from __future__ import annotations

from typing import Any

from mxnet import ndarray as nd
from mxnet._base.errors import ArgumentError
from mxnet.io import DataDesc, DataIter

__all__ = ["DataDesc", "DataIter", "DataLoaderIter", "nd"]


class DataLoaderIter(DataIter):
    """A ``gluon.data.DataLoader`` as an iterator for ``Module``.

    Args:
        loader: gives pairs of data and label.
        data_name, label_name: their names.
        dtype: of both.

    A smaller last batch is filled up with zeros; ``pad`` says with how many examples.

    Raises:
        ArgumentError: the loader is empty, or gives something other than pairs.

    >>> import mxnet as mx
    >>> data = mx.gluon.data.ArrayDataset(mx.nd.ones((5, 3)), mx.nd.ones((5,)))
    >>> batches = DataLoaderIter(mx.gluon.data.DataLoader(data, 2, last_batch="keep"))
    >>> [(b.data[0].shape, b.pad) for b in batches]
    [((2, 3), 0), ((2, 3), 0), ((2, 3), 1)]
    """

    def __init__(
        self, loader: Any, data_name: str = "data", label_name: str = "softmax_label", dtype: Any = "float32"
    ) -> None:
        super().__init__()
        self._loader = loader
        self._iter = iter(loader)
        first = next(self._iter, None)
        if not isinstance(first, (list, tuple)) or len(first) != 2:
            got = "nothing" if first is None else f"{type(first).__name__} of {len(first)}"
            raise ArgumentError(f"DataLoaderIter: the loader gave {got}, expected pairs of data and label")
        data, label = first
        self.batch_size = data.shape[0]
        self.dtype = dtype
        self.provide_data = [DataDesc(data_name, data.shape, dtype)]
        self.provide_label = [DataDesc(label_name, label.shape, dtype)]
        self._current_batch: Any = None
        self.reset()

    def reset(self) -> None:
        self._iter = iter(self._loader)

    def iter_next(self) -> bool:
        self._current_batch = next(self._iter, None)
        return self._current_batch is not None

    def _part(self, which: int) -> list[Any]:
        part = self._current_batch[which].astype(self.dtype)
        missing = self.getpad()
        if missing:
            filling = nd.zeros((missing, *part.shape[1:]), dtype=self.dtype, ctx=part.context)
            part = nd.concat(part, filling, dim=0)
        return [part]

    def getdata(self) -> list[Any]:
        return self._part(0)

    def getlabel(self) -> list[Any]:
        return self._part(1)

    def getpad(self) -> int:
        return self.batch_size - self._current_batch[0].shape[0]

    def getindex(self) -> None:
        return None
