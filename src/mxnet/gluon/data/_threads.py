"""Batches made in other threads, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

from ._errors import WorkerTimeout
from ._workers import Started, Task, too_slow


class ThreadBatches:
    """Threads that make batches."""

    def __init__(
        self,
        dataset: Any,
        batchify: Callable[[list[Any]], Any],
        batch_sampler: Any,
        num_workers: int,
        prefetch: int,
        timeout: float,
    ) -> None:
        self._make = Task(dataset, batchify).make
        self._samples = batch_sampler
        self._ahead = max(1, prefetch)
        self._timeout = timeout
        self._pool = ThreadPoolExecutor(num_workers, thread_name_prefix="mxnet-data")

    def __del__(self) -> None:
        pool = getattr(self, "_pool", None)
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def start(self) -> Started:
        """Begin an epoch: threads have work from now on."""
        indices = iter(self._samples)
        coming: deque[Future[Any]] = deque()
        self._feed(indices, coming)
        return Started(self, self._results(indices, coming))

    def _feed(self, indices: Iterator[list[int]], coming: deque[Future[Any]]) -> None:
        while len(coming) < self._ahead:
            batch = next(indices, None)
            if batch is None:
                return
            coming.append(self._pool.submit(self._make, batch))

    def _results(self, indices: Iterator[list[int]], coming: deque[Future[Any]]) -> Generator[Any]:
        try:
            while coming:
                future = coming[0]
                try:
                    batch = future.result(self._timeout)
                except FutureTimeout as error:
                    if future.done():
                        raise  # the sample's own
                    raise WorkerTimeout(too_slow(self._timeout)) from error
                coming.popleft()
                self._feed(indices, coming)
                yield batch
        finally:
            for future in coming:
                future.cancel()
