"""Iterators around other iterators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from mxnet import util
from mxnet._base.errors import InputTypeError, ShapeError

from ._batch import DataBatch, DataDesc, DataIter


class _Current(DataIter):
    """An iterator that holds its current batch whole."""

    current_batch: DataBatch | None = None

    def _batch(self) -> DataBatch:
        if self.current_batch is None:
            raise InputTypeError(f"{type(self).__name__} has no current batch; call next() or iter_next() first")
        return self.current_batch

    def getdata(self) -> Any:
        return self._batch().data

    def getlabel(self) -> Any:
        return self._batch().label

    def getindex(self) -> Any:
        return self._batch().index

    def getpad(self) -> Any:
        return self._batch().pad


class ResizeIter(_Current):
    """Makes an epoch of ``size`` batches out of another iterator, which is started again whenever it ends.

    Args:
        data_iter: the iterator.
        size: batches an epoch.
        reset_internal: whether ``reset`` resets ``data_iter`` too; otherwise the next epoch goes on where this ended.

    >>> import numpy as np
    >>> from mxnet.io import NDArrayIter
    >>> len(list(ResizeIter(NDArrayIter(np.arange(4), batch_size=2), 5)))
    5
    """

    def __init__(self, data_iter: Any, size: int, reset_internal: bool = True) -> None:
        super().__init__()
        self.data_iter = data_iter
        self.size = size
        self.reset_internal = reset_internal
        self.cur = 0
        self.current_batch = None
        self.provide_data = data_iter.provide_data
        self.provide_label = data_iter.provide_label
        self.batch_size = data_iter.batch_size
        if hasattr(data_iter, "default_bucket_key"):
            self.default_bucket_key = data_iter.default_bucket_key

    def reset(self) -> None:
        """Begin a new epoch."""
        self.cur = 0
        if self.reset_internal:
            self.data_iter.reset()

    def iter_next(self) -> bool:
        if self.cur == self.size:
            return False
        try:
            self.current_batch = self.data_iter.next()
        except StopIteration:
            self.data_iter.reset()
            self.current_batch = self.data_iter.next()
        self.cur += 1
        return True


class PrefetchingIter(_Current):
    """Fetches the next batch of one or several iterators in threads while the current one is used.

    What an iterator raises in its thread is raised by ``next``; 1.9.1 then waits for ever.

    Args:
        iters: an iterator, or several whose data and labels are put side by side.
        rename_data: a dict for each iterator, from its data names to new ones.
        rename_label: likewise for labels.

    Raises:
        InputTypeError: there is no iterator.

    >>> import numpy as np
    >>> from mxnet.io import NDArrayIter
    >>> numbers = [NDArrayIter(np.arange(4), batch_size=2), NDArrayIter(np.arange(4), batch_size=2)]
    >>> both = PrefetchingIter(numbers, rename_data=[{"data": "left"}, {"data": "right"}])
    >>> [d.name for d in both.provide_data], len(both.next().data)
    (['left', 'right'], 2)
    """

    def __init__(
        self,
        iters: Any,
        rename_data: Sequence[Mapping[str, str]] | None = None,
        rename_label: Sequence[Mapping[str, str]] | None = None,
    ) -> None:
        super().__init__()
        self.iters = list(iters) if isinstance(iters, (list, tuple)) else [iters]
        self.n_iter = len(self.iters)
        if not self.iters:
            raise InputTypeError("PrefetchingIter: got no iterators, expected at least one")
        self.rename_data = rename_data
        self.rename_label = rename_label
        self.batch_size = self.provide_data[0][1][0]
        self.current_batch = None
        self._numpy = (util.is_np_shape(), util.is_np_array())
        self._pool = ThreadPoolExecutor(self.n_iter, thread_name_prefix="mxnet-prefetch")
        self._coming: list[Future[DataBatch | None]] = []
        self._fetch_all()

    def __del__(self) -> None:
        pool = getattr(self, "_pool", None)
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _fetch(self, source: Any) -> DataBatch | None:
        # semantics belong to a thread, and the iterator should see those of who made it
        with util.np_shape(self._numpy[0]), util.np_array(self._numpy[1]):
            try:
                return source.next()
            except StopIteration:
                return None

    def _fetch_all(self) -> None:
        self._coming = [self._pool.submit(self._fetch, source) for source in self.iters]

    @property
    def provide_data(self) -> list[DataDesc]:
        """Descriptions of the data of all iterators."""
        return _renamed([i.provide_data for i in self.iters], self.rename_data)

    @property
    def provide_label(self) -> list[DataDesc]:
        """Descriptions of the labels of all iterators."""
        return _renamed([i.provide_label for i in self.iters], self.rename_label)

    def reset(self) -> None:
        """Begin anew; what was fetched ahead is dropped."""
        for future in self._coming:
            future.exception()  # waits; an error of an epoch that is given up is nobody's concern
        for source in self.iters:
            source.reset()
        self._fetch_all()

    def iter_next(self) -> bool:
        batches = [future.result() for future in self._coming]
        present = [b for b in batches if b is not None]
        if not present:
            return False
        if len(present) < self.n_iter:
            ended = [i for i, b in enumerate(batches) if b is None]
            raise ShapeError(f"PrefetchingIter: iterators {ended} ended before the others; expected as many batches")
        if len({b.pad for b in present}) > 1:
            raise ShapeError(f"PrefetchingIter: iterators pad by {[b.pad for b in present]}; expected the same of all")
        self.current_batch = DataBatch(
            [a for b in present for a in b.data],
            [a for b in present for a in b.label or ()],
            present[0].pad,
            present[0].index,
            provide_data=self.provide_data,
            provide_label=self.provide_label,
        )
        self._fetch_all()
        return True

    def next(self) -> DataBatch:
        """The next batch of all iterators.

        Raises:
            StopIteration: they have ended.
            ShapeError: some ended before others, or they pad differently.
        """
        if not self.iter_next():
            raise StopIteration
        return self._batch()


def _renamed(provided: list[Any], names: Sequence[Mapping[str, str]] | None) -> list[DataDesc]:
    if names is None:  # as the iterators describe them, which may be by pairs
        return [given for descriptions in provided for given in descriptions]
    made = []
    for i, descriptions in enumerate(provided):
        for given in descriptions:
            desc = given if isinstance(given, DataDesc) else DataDesc(*given)
            made.append(DataDesc(names[i][desc.name], desc.shape, desc.dtype, desc.layout))
    return made
