"""Batches from a ``multiprocessing.Pool``, from which loaders of other packages are derived."""

from __future__ import annotations

import multiprocessing
import multiprocessing.pool
from collections.abc import Callable
from typing import Any

from mxnet._base.errors import ArgumentError

from ._errors import WorkerTimeout
from ._transport import pack, pinned, unpack


def worker_fn(samples: list[int], batchify_fn: Callable[[list[Any]], Any], dataset: Any) -> bytes:
    """What a worker does by default: it makes and packs the batch of the samples with these indices."""
    return pack(batchify_fn([dataset[i] for i in samples]), fresh=False)


class _MultiWorkerIter:
    """One epoch of batches that a pool makes, in order. A subclass may override ``_push_next``.

    Args:
        worker_pool: a pool of processes or of threads.
        batchify_fn: makes a batch of a list of samples.
        batch_sampler: gives lists of indices.
        pin_memory: put batches in memory that a GPU can read directly.
        pin_device_id: the number of that context.
        worker_fn: called in a worker with the indices, ``batchify_fn`` and ``dataset``; gives the batch, from a
            process as what ``ForkingPickler`` makes of it.
        prefetch: how many batches to ask for at the beginning.
        dataset: the samples; None if ``worker_fn`` knows them already.
        data_loader: kept alive as long as this iterator, because it may own the pool.
        timeout: seconds to wait for a batch.

    Raises:
        WorkerTimeout: from ``next``, if a batch takes longer.

    >>> from multiprocessing.pool import ThreadPool
    >>> def batch(indices, batchify, dataset):
    ...     return batchify([dataset[i] for i in indices])
    >>> with ThreadPool(1) as pool:
    ...     list(_MultiWorkerIter(pool, sum, [[0, 1], [2]], worker_fn=batch, prefetch=1, dataset=[1, 2, 3]))
    [3, 3]
    """

    def __init__(
        self,
        worker_pool: Any,
        batchify_fn: Callable[[list[Any]], Any],
        batch_sampler: Any,
        pin_memory: bool = False,
        pin_device_id: int = 0,
        worker_fn: Callable[..., Any] = worker_fn,
        prefetch: int = 0,
        dataset: Any = None,
        data_loader: Any = None,
        timeout: float = 120,
    ) -> None:
        # subclasses in other packages use these names
        self._worker_pool = worker_pool
        self._batchify_fn = batchify_fn
        self._batch_sampler = batch_sampler
        self._data_buffer: dict[int, Any] = {}
        self._rcvd_idx = 0
        self._sent_idx = 0
        self._iter = iter(batch_sampler)
        self._worker_fn = worker_fn
        self._pin_memory = pin_memory
        self._pin_device_id = pin_device_id
        self._dataset = dataset
        self._data_loader = data_loader
        self._timeout = timeout
        for _ in range(prefetch):
            self._push_next()

    def __len__(self) -> int:
        return len(self._batch_sampler)

    def _push_next(self) -> None:
        """Ask the workers for the next batch, if there is one."""
        indices = next(self._iter, None)
        if indices is None:
            return
        arguments = (indices, self._batchify_fn, self._dataset)
        self._data_buffer[self._sent_idx] = self._worker_pool.apply_async(self._worker_fn, arguments)
        self._sent_idx += 1

    def __iter__(self) -> _MultiWorkerIter:
        return self

    def __next__(self) -> Any:
        self._push_next()
        if self._rcvd_idx == self._sent_idx:
            if self._data_buffer:
                raise ArgumentError(
                    f"{type(self).__name__}: {len(self._data_buffer)} batches are left in _data_buffer at the end; "
                    "_push_next has to store them under consecutive _sent_idx"
                )
            raise StopIteration
        batch = self._received(self._data_buffer.pop(self._rcvd_idx))
        self._rcvd_idx += 1
        return pinned(batch, self._pin_device_id) if self._pin_memory else batch

    next = __next__

    def _received(self, asked: Any) -> Any:
        try:
            content = asked.get(self._timeout)
        except multiprocessing.TimeoutError as error:
            if asked.ready():
                raise  # the sample's own
            raise WorkerTimeout(
                f"Worker timed out after {self._timeout} seconds: a sample takes that long, or shared memory is full. "
                "Raise timeout, or use fewer workers or smaller batches."
            ) from error
        threads = isinstance(self._worker_pool, multiprocessing.pool.ThreadPool)
        return content if threads else unpack(content)
