"""The loader: batches from a data set, made here, in threads, or in processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from multiprocessing import Queue, SimpleQueue  # noqa: F401  # loaders of other packages take them from here
from multiprocessing.reduction import ForkingPickler  # noqa: F401  # as before
from typing import Any

from mxnet._base.errors import ArgumentError, CallError
from mxnet.gluon._errors import RejectedError
from mxnet.ndarray import NDArray

from . import sampler as _sampler
from ._batchify import default_batchify_fn, default_mp_batchify_fn
from ._pool import _MultiWorkerIter  # noqa: F401  # loaders of other packages are derived from it
from ._threads import ThreadBatches
from ._transport import pinned
from ._workers import ProcessBatches

__all__ = ["DataLoader", "default_batchify_fn", "default_mp_batchify_fn"]


class DataLoader:
    """Batches of a data set.

    Args:
        dataset: anything with ``__getitem__`` and ``__len__``: a :class:`Dataset`, a list, an array.
        batch_size: samples a batch.
        shuffle: take samples in random order (of ``numpy.random``), a new one each time.
        sampler: the order of the samples; not together with ``shuffle``.
        last_batch: what becomes of samples that do not fill a batch: ``keep`` (the default) gives a smaller one,
            ``discard`` drops them, ``rollover`` keeps them for the next epoch.
        batch_sampler: gives lists of indices; in place of the four arguments before.
        batchify_fn: makes a batch of a list of samples; :func:`default_batchify_fn` stacks them.
        num_workers: processes (or threads) that make batches; 0 makes them in this thread. Processes are forked where
            the system can do that safely (Linux); elsewhere data set and ``batchify_fn`` have to be picklable. They
            start with the first epoch, see the data set as it is then, and live as long as the loader. Each has its own
            random numbers in ``random``, ``numpy.random`` and ``mx.random``, which follow from ``mx.random.seed``.
        pin_memory: put batches in memory that a GPU can read directly: their context is ``cpu_pinned``.
        pin_device_id: the number of that context.
        prefetch: how many batches to make ahead; ``2 * num_workers`` unless given. Each process makes at least one
            ahead, so the number is rounded up to a multiple of ``num_workers``.
        thread_pool: use threads, not processes.
        timeout: seconds to wait for a batch from a worker.
        auto_reload: with workers, begin to make the batches of the next epoch when one has ended, and those of the
            first one now.
        try_nopython: taken for the sake of programs for MXNet 2, without effect: there it asks for loading without
            Python.

    Batches come in order whatever the number of workers. What a sample raises in a worker is raised here, with the
    traceback of the worker in its message. From processes come NDArrays on ``cpu_shared(0)``. Each is an open file as
    long as it is kept: a program that keeps many batches copies them, or raises its limit (``ulimit -n``).

    An iteration may be left before its end. The next one has the same workers; it begins once they have finished the
    batches under way.

    Raises:
        ArgumentError: arguments do not go together, or have values that are not allowed.

    >>> [batch.asnumpy().tolist() for batch in DataLoader([1, 2, 3], batch_size=2)]
    [[1, 2], [3]]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = None,
        shuffle: bool = False,
        sampler: Any = None,
        last_batch: str | None = None,
        batch_sampler: Any = None,
        batchify_fn: Callable[[list[Any]], Any] | None = None,
        num_workers: int = 0,
        pin_memory: bool = False,
        pin_device_id: int = 0,
        prefetch: int | None = None,
        thread_pool: bool = False,
        timeout: float = 120,
        auto_reload: bool = False,
        try_nopython: bool | None = None,
    ) -> None:
        if timeout <= 0:
            raise RejectedError(f"timeout must be positive, given {timeout}")
        self._dataset = dataset
        self._pin_memory = pin_memory
        self._pin_device_id = pin_device_id
        self._thread_pool = thread_pool
        self._timeout = timeout
        self._auto_reload = auto_reload
        self._batch_sampler = _samples(dataset, batch_size, shuffle, sampler, last_batch, batch_sampler)
        self._num_workers = max(num_workers, 0)
        self._prefetch = max(0, 2 * self._num_workers if prefetch is None else int(prefetch))
        if batchify_fn is None:
            processes = self._num_workers > 0 and not thread_pool
            batchify_fn = default_mp_batchify_fn if processes else default_batchify_fn
        self._batchify_fn = batchify_fn
        self._idle: Any = None
        self._started: Iterator[Any] | None = None
        if auto_reload:
            self.refresh()

    def __iter__(self) -> Iterator[Any]:
        batches = self._in_workers() if self._num_workers else self._here()
        for batch in batches:
            yield pinned(batch, self._pin_device_id) if self._pin_memory else batch

    def __len__(self) -> int:
        return len(self._batch_sampler)

    def refresh(self) -> None:
        """With workers, begin to make the batches that the next iteration gives, from the data set as it is."""
        if self._num_workers:
            self._started = None
            self._started = self._start()

    def clean(self) -> None:
        """Drop the batches made ahead for the next iteration."""
        self._started = None

    def _here(self) -> Iterator[Any]:
        for indices in self._batch_sampler:
            yield self._batchify_fn([self._dataset[i] for i in indices])

    def _start(self) -> Any:
        """Begin an epoch with the workers of an earlier one that is over or was left, or with new ones."""
        found, self._idle = self._idle, None
        begun = None if found is None else found.start()
        if begun is not None:
            return begun
        kind = ThreadBatches if self._thread_pool else ProcessBatches
        return kind(
            self._dataset, self._batchify_fn, self._batch_sampler, self._num_workers, self._prefetch, self._timeout
        ).start()

    def _in_workers(self) -> Iterator[Any]:
        batches, self._started = self._started, None
        batches = self._start() if batches is None else batches
        try:
            yield from batches
        except GeneratorExit:  # which has closed them
            self._idle = batches.workers
            raise
        self._idle = batches.workers  # not after an error: then they are given up, work and all
        if self._auto_reload and self._started is None:
            self.refresh()


def _as_in_context(data: Any, ctx: Any) -> Any:
    """``data`` with the arrays in its lists and tuples on ``ctx``; the loaders of other packages use it.

    >>> _as_in_context((1, "a"), None)
    [1, 'a']
    """
    if isinstance(data, NDArray):
        return data.as_in_context(ctx)
    if isinstance(data, (list, tuple)):
        return [_as_in_context(part, ctx) for part in data]
    return data


def _samples(
    dataset: Any, batch_size: int | None, shuffle: bool, sampler: Any, last_batch: str | None, batch_sampler: Any
) -> Any:
    if batch_sampler is not None:
        if batch_size is not None or shuffle or sampler is not None or last_batch is not None:
            raise ArgumentError(
                "batch_size, shuffle, sampler and last_batch must not be specified if batch_sampler is specified."
            )
        return batch_sampler
    if batch_size is None:
        raise ArgumentError("batch_size must be specified unless batch_sampler is specified")
    if sampler is None:
        kind = _sampler.RandomSampler if shuffle else _sampler.SequentialSampler
        if not hasattr(dataset, "__len__"):
            raise CallError(
                f"dataset must have a length, and samples by their number, got {type(dataset).__name__}; a sampler "
                "tells what numbers there are of one without a length"
            )
        sampler = kind(len(dataset))
    elif shuffle:
        raise ArgumentError("shuffle must not be specified if sampler is specified")
    return _sampler.BatchSampler(sampler, batch_size, last_batch or "keep")
