"""Batches made in other processes or threads, in order."""

from __future__ import annotations

import gc
import hashlib
import math
import os
import pickle
import sys
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from multiprocessing.pool import ExceptionWithTraceback
from typing import Any

import torch

from mxnet import random as _random
from mxnet import util
from mxnet._runtime.random import generator
from mxnet.autograd import set_recording, set_training
from mxnet.context import Context
from mxnet.ndarray import NDArray

from ._batchify import default_mp_batchify_fn
from ._errors import WorkerError, WorkerTimeout
from ._transport import pack, unpack

_CHECK_SECONDS = 5
"""How often to look whether the processes still live; signals tell that only to the main thread."""


class _Task:
    """What a worker does: makes the batch of a list of indices. It looks like a data set of batches."""

    def __init__(self, dataset: Any, batchify: Callable[[list[Any]], Any]) -> None:
        self._dataset = dataset
        self._batchify = batchify
        self._numpy = (util.is_np_shape(), util.is_np_array())

    def __len__(self) -> int:
        return len(self._dataset)

    def make(self, indices: list[int]) -> Any:
        with util.np_shape(self._numpy[0]), util.np_array(self._numpy[1]):
            try:
                return self._batchify([self._dataset[i] for i in indices])
            except StopIteration as error:
                # at the other end it would look like the end of the epoch
                raise RuntimeError(f"the data set raised StopIteration for the samples {indices}") from error

    def __getitem__(self, indices: list[int]) -> Any:
        """The batch as bytes, or the error of a sample, which is raised at the other end as it is."""
        try:
            made = self.make(indices)
        except Exception as error:
            place = error.__traceback__
            sent = ExceptionWithTraceback(error, place)
            if _travels(sent):
                return sent
            told = WorkerError(f"DataLoader: {type(error).__name__} while samples {indices} were made: {error}")
            return ExceptionWithTraceback(told, place)
        return pack(made, fresh=self._batchify is default_mp_batchify_fn)


def _travels(error: Any) -> bool:
    """Whether ``error`` arrives in another process: classes of one's own need not be made of their arguments."""
    try:
        return isinstance(pickle.loads(pickle.dumps(error)), Exception)
    except Exception:  # whatever a class of one's own raises when it is made: the error is then sent as its text
        return False


def _same(batch: Any) -> Any:
    return batch


def _begin(worker: int) -> None:
    """Runs once in each process."""
    # garbage of the parent must not be finalised here too: loaders among it would end their workers
    gc.freeze()
    gc.enable()
    set_recording(False)
    set_training(False)
    info = torch.utils.data.get_worker_info()
    if info is not None:
        _random.seed(info.seed % 2**31)


class _Started:
    """Batches that are being made, and the workers that make them."""

    def __init__(self, workers: Any, batches: Iterator[Any]) -> None:
        self.workers = workers
        self._batches = batches

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._batches)


class ProcessBatches:
    """Processes that make batches, through torch's data loader."""

    _count = 0

    def __init__(
        self,
        dataset: Any,
        batchify: Callable[[list[Any]], Any],
        batch_sampler: Any,
        num_workers: int,
        prefetch: int,
        timeout: float,
    ) -> None:
        self._timeout = timeout
        self._check = min(timeout, _CHECK_SECONDS)
        self._loader: Any = torch.utils.data.DataLoader(
            _Task(dataset, batchify),  # type: ignore[arg-type]
            sampler=batch_sampler,
            batch_size=None,
            collate_fn=_same,
            num_workers=num_workers,
            prefetch_factor=max(1, math.ceil(prefetch / num_workers)),
            timeout=self._check,
            worker_init_fn=_begin,
            # without forking, lambdas in the data set could not be sent to processes
            multiprocessing_context="fork" if sys.platform == "linux" else None,
            generator=_seeds(),
            persistent_workers=True,
        )
        self.close: Callable[[], Any] | None = None

    def start(self) -> _Started:
        """Begin an epoch: processes have work from now on."""
        collecting = gc.isenabled()
        gc.disable()  # until :func:`_begin` in the new processes
        try:
            packed = iter(self._loader)
        finally:
            if collecting:
                gc.enable()
        if self.close is None:
            # Not left to the garbage collector, which may take the queues before the iterator; then its processes would
            # not hear that they should end.
            self.close = weakref.finalize(self, _shut_down, packed, os.getpid())
        return _Started(self, self._unpacked(packed))

    def _unpacked(self, packed: Iterator[Any]) -> Iterator[Any]:
        over = False
        try:
            while True:
                try:
                    content = self._next(packed)
                except StopIteration:
                    over = True
                    return
                if isinstance(content, Exception):
                    raise content
                try:
                    batch = unpack(content)
                except (ConnectionError, EOFError, FileNotFoundError) as error:
                    # shared memory is fetched from the worker itself
                    raise _gone(str(error)) from error
                yield batch
        except RuntimeError as error:
            # out here because torch reports a death by a signal, which can come while an error is being handled
            if _tells_of_death(error):
                raise _gone(str(error)) from error
            raise
        finally:
            if not over and self.close is not None:
                self.close()

    def _next(self, packed: Iterator[Any]) -> Any:
        begun = time.monotonic()
        while True:
            try:
                return next(packed)
            except RuntimeError as error:
                if not str(error).startswith("DataLoader timed out"):
                    raise
                if time.monotonic() - begun >= self._timeout:
                    raise WorkerTimeout(_too_slow(self._timeout)) from error


def _shut_down(packed: Any, owner: int) -> None:
    """End the processes of torch's iterator; in a process forked later it is not ours to end."""
    if os.getpid() != owner:
        return
    try:
        packed._shutdown_workers()
    except RuntimeError as error:
        if not _tells_of_death(error):
            raise


def _tells_of_death(error: RuntimeError) -> bool:
    """Whether torch says that a process has died; its signal can come at any time."""
    return str(error).startswith("DataLoader worker (pid")


def _gone(what: str) -> WorkerError:
    return WorkerError(
        f"DataLoader: a worker process is gone ({what.strip().rstrip('.')}): it was killed, ran out of (shared) "
        "memory, or the data set ended it. Try fewer workers, or num_workers=0 to see its error."
    )


def _seeds() -> torch.Generator:
    """Where workers' seeds come from: ``mx.random.seed`` decides, and nothing is drawn from any global state."""
    ours = generator(torch.device("cpu"))
    state = b"" if ours is None else ours.get_state().numpy().tobytes()
    ProcessBatches._count += 1
    digest = hashlib.sha256(state + str(ProcessBatches._count).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))


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
        self._make = _Task(dataset, batchify).make
        self._samples = batch_sampler
        self._ahead = max(1, prefetch)
        self._timeout = timeout
        self._pool = ThreadPoolExecutor(num_workers, thread_name_prefix="mxnet-data")

    def __del__(self) -> None:
        pool = getattr(self, "_pool", None)
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def start(self) -> _Started:
        """Begin an epoch: threads have work from now on."""
        indices = iter(self._samples)
        coming: deque[Future[Any]] = deque()
        self._feed(indices, coming)
        return _Started(self, self._results(indices, coming))

    def _feed(self, indices: Iterator[list[int]], coming: deque[Future[Any]]) -> None:
        while len(coming) < self._ahead:
            batch = next(indices, None)
            if batch is None:
                return
            coming.append(self._pool.submit(self._make, batch))

    def _results(self, indices: Iterator[list[int]], coming: deque[Future[Any]]) -> Iterator[Any]:
        try:
            while coming:
                future = coming[0]
                try:
                    batch = future.result(self._timeout)
                except FutureTimeout as error:
                    if future.done():
                        raise  # the sample's own
                    raise WorkerTimeout(_too_slow(self._timeout)) from error
                coming.popleft()
                self._feed(indices, coming)
                yield batch
        finally:
            for future in coming:
                future.cancel()


def _too_slow(timeout: float) -> str:
    return (
        f"Worker timed out after {timeout} seconds. Either a sample takes that long: raise timeout; or shared memory "
        "is full: use fewer workers, smaller batches, or thread_pool=True."
    )


def pinned(batch: Any, device_id: int) -> Any:
    """``batch`` with its arrays in memory that GPUs read directly, on ``cpu_pinned(device_id)``."""
    if isinstance(batch, NDArray):
        data = batch._ready()
        if torch.cuda.is_available():
            data = data.pin_memory()
        return type(batch)(data, Context("cpu_pinned", device_id))
    if isinstance(batch, (list, tuple)):
        return [pinned(part, device_id) for part in batch]
    if isinstance(batch, dict):
        return {key: pinned(part, device_id) for key, part in batch.items()}
    return batch
