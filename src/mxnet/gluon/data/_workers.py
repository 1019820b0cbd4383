"""Batches made in other processes, in order."""

from __future__ import annotations

import errno
import gc
import hashlib
import math
import os
import pickle
import sys
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterator
from multiprocessing.pool import ExceptionWithTraceback
from typing import Any

import torch

from mxnet import random as _random
from mxnet import util
from mxnet._runtime.random import generator
from mxnet.autograd import set_recording, set_training

from ._batchify import default_mp_batchify_fn
from ._errors import WorkerError, WorkerTimeout
from ._transport import pack, unpack

_CHECK_SECONDS = 5
"""How often to look whether the processes still live; signals tell that only to the main thread."""


_starting = threading.Lock()
"""Held while processes are forked. Those that two threads fork at once inherit each other's pipes, and then do not hear
that they should end."""


def _renew() -> None:
    global _starting
    _starting = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)


class Task:
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


class Started:
    """Batches that are being made, and the workers that make them."""

    def __init__(self, workers: Any, batches: Generator[Any]) -> None:
        self.workers = workers
        self._batches = batches

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._batches)

    def close(self) -> None:
        """Leave the rest; the workers can begin another epoch."""
        self._batches.close()


class _Order:
    """The lists of indices of an epoch, which can be cut short."""

    def __init__(self, samples: Any) -> None:
        self._samples = samples

    def __iter__(self) -> Iterator[Any]:
        self._rest = iter(self._samples)
        return self

    def __next__(self) -> Any:
        return next(self._rest)

    def cut(self) -> None:
        self._rest = iter(())


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
        self._order = _Order(batch_sampler)
        self._left: Any = None  # the epoch that was left before its end, of which batches are still under way
        self._timeout = timeout
        self._check = min(timeout, _CHECK_SECONDS)
        self._loader: Any = torch.utils.data.DataLoader(
            Task(dataset, batchify),  # type: ignore[arg-type]
            sampler=self._order,  # type: ignore[arg-type]
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

    def start(self) -> Started | None:
        """Begin an epoch: processes have work from now on. None if those of an earlier epoch can not begin another."""
        if not self._finish():
            return None
        try:
            packed = self._begun()
        except RuntimeError as error:
            if self.close is None or not (_tells_of_death(error) or _tells_of_waiting(error)):
                raise
            self.close()
            return None
        return Started(self, self._unpacked(packed))

    def _finish(self) -> bool:
        """Drop what is still under way of an epoch that was left; false if it does not come well.

        Each batch is fetched, because a worker keeps the memory of one until then.
        """
        left, self._left = self._left, None
        try:
            for _ in self._unpacked(left) if left is not None else ():
                pass
        except Exception:  # whatever it is, nobody asked for that batch
            return False
        return True

    def _begun(self) -> Any:
        with _starting:
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
        return packed

    def _unpacked(self, packed: Iterator[Any]) -> Generator[Any]:
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
                yield _received(content)
        except GeneratorExit:
            over = True
            self._order.cut()
            self._left = packed
            raise
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
                if not _tells_of_waiting(error):
                    raise
                if time.monotonic() - begun >= self._timeout:
                    raise WorkerTimeout(too_slow(self._timeout)) from error


def _received(content: bytes) -> Any:
    try:
        return unpack(content)
    except (ConnectionError, EOFError, FileNotFoundError) as error:
        # shared memory is fetched from the worker itself
        raise _gone(str(error)) from error
    except (OSError, RuntimeError) as error:
        if getattr(error, "errno", None) != errno.EMFILE and "ancdata" not in str(error):
            raise
        raise WorkerError(
            "DataLoader: a batch can not be received, because this process has as many files open as it may: each "
            "array from a worker process is an open file as long as it is kept. Copy the batches that are kept, "
            "as with as_in_context(mx.cpu()), or raise the limit (ulimit -n)."
        ) from error


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


def _tells_of_waiting(error: RuntimeError) -> bool:
    """Whether torch has waited for a batch as long as it was told to."""
    return str(error).startswith("DataLoader timed out")


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


def too_slow(timeout: float) -> str:
    return (
        f"Worker timed out after {timeout} seconds. Either a sample takes that long: raise timeout; or shared memory "
        "is full: use fewer workers, smaller batches, or thread_pool=True."
    )
