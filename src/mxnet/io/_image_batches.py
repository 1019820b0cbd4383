"""Images decoded and changed in threads, and put together in batches ahead of their use."""

from __future__ import annotations

import itertools
import os
import random
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch

from mxnet._base.errors import ArgumentError, FormatError, MXNetError
from mxnet._runtime.dtypes import torch_dtype
from mxnet.context import Context
from mxnet.ndarray import NDArray

from ._record_parts import Record, RecordParts


class Sample(NamedTuple):
    """An image on its way into a batch."""

    image: np.ndarray
    label: np.ndarray
    number: int
    """The id in the header of its record."""
    drawn: Any
    """What chance decided about filling it in."""


class Maker(Protocol):
    """Makes samples of records, in any thread, and fills them in."""

    data_shape: tuple[int, ...]
    label_shape: tuple[int, ...]
    label_value: float
    """What labels are where nothing fills them."""
    dtype: np.dtype

    def prepare(self, record: Record, chance: random.Random) -> Sample:
        """The image of a record, decoded and changed."""

    def fill(self, sample: Sample, data: np.ndarray, label: np.ndarray) -> None:
        """Write a sample to its place in a batch."""


class _Workers:
    """Threads that make samples, and what happens when one cannot be made."""

    def __init__(self, maker: Maker, threads: int, seed: int, skip: bool) -> None:
        self.maker = maker
        self.threads = threads
        self.skip = skip
        self.skipped = 0
        self._seed = seed
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="mxnet-images")

    def make(self, epoch: int, chunk: list[tuple[int, Record]]) -> list[Sample]:
        made = []
        for position, record in chunk:
            # one for each image, so that threads do not change what it draws
            chance = random.Random(((self._seed << 64) + (epoch << 40) + position) * 2 + 1)
            try:
                made.append(self.maker.prepare(record, chance))
            except MXNetError as error:
                if not self.skip:
                    raise numbered(error, position, epoch) from None
                self.skipped += 1
        return made


def numbered(error: MXNetError, position: int, epoch: int) -> MXNetError:
    """``error`` with the number of the record it is about."""
    return type(error)(f"{error}; it is record {position} of epoch {epoch}, both counted from 0")


class _Stream:
    """The samples of an epoch, in order, of which some are made ahead."""

    def __init__(self, workers: _Workers, records: RecordParts, epoch: int, chunk: int) -> None:
        self.epoch = epoch
        self.given = 0
        self._read = 0
        self._workers = workers
        self._records = enumerate(records.epoch(epoch))
        self._chunk = chunk
        self._coming: deque[Future[list[Sample]]] = deque()
        self._ready: deque[Sample] = deque()
        self._error: MXNetError | None = None
        self._ended = False

    def more(self) -> bool:
        """Whether there is another sample.

        Raises:
            MXNetError: a record cannot be read, or its image cannot be made; this comes after the samples before it.
        """
        while not self._ready:
            self._ask()
            if not self._coming:
                if self._error is not None:
                    raise self._error
                return False
            self._ready.extend(self._coming.popleft().result())
        return True

    def take(self, count: int) -> list[Sample]:
        taken: list[Sample] = []
        while len(taken) < count and self.more():
            taken.append(self._ready.popleft())
        self.given += len(taken)
        return taken

    def _ask(self) -> None:
        while not self._ended and len(self._coming) < 2 * self._workers.threads + 1:
            chunk: list[tuple[int, Record]] = []
            try:
                for item in itertools.islice(self._records, self._chunk):
                    chunk.append(item)
                    self._read += 1
            except FormatError as error:
                self._error, self._ended = numbered(error, self._read, self.epoch), True
            except MXNetError as error:
                self._error, self._ended = error, True
            self._ended |= len(chunk) < self._chunk
            if chunk:
                self._coming.append(self._workers.pool.submit(self._workers.make, self.epoch, chunk))

    def close(self) -> None:
        for future in self._coming:
            future.cancel()


class _Made(NamedTuple):
    data: torch.Tensor
    label: torch.Tensor
    index: np.ndarray
    pad: int
    last: bool
    """Filled up with samples of the next epoch."""


class ImageSource:
    """Batches of images of records. It is the ``handle`` of a :class:`mxnet.io.MXDataIter`.

    Threads make the samples; another one puts batches together, up to ``prefetch`` ahead.

    Args:
        name: of the iterator, for messages.
        records: the records to read.
        maker: makes samples of records.
        batch_size: images per batch.
        round_batch: fill the last batch up with the first images; the next epoch begins after them. Otherwise its
            end is zeros, and the maker's ``label_value``.
        threads, prefetch: how many threads, and how many batches to make ahead.
        seed: of what is random.
        ctx: context of the batches; memory is pinned for ``cpu_pinned`` where there is CUDA.
        skip: skip broken records and images; ``skipped`` counts them.
    """

    def __init__(
        self,
        name: str,
        records: RecordParts,
        maker: Maker,
        batch_size: int,
        round_batch: bool,
        threads: int,
        prefetch: int,
        seed: int,
        ctx: Context,
        skip: bool,
    ) -> None:
        if batch_size < 1:
            raise ArgumentError(f"{name}: batch_size is {batch_size}; expected 1 or more")
        self.batch_size = batch_size
        self._name = name
        self._records = records
        self._maker = maker
        self._round = round_batch
        self._threads = max(1, threads)
        self._prefetch = max(1, prefetch)
        self._seed = seed
        self._ctx = ctx
        self._skip = skip
        self._pin = ctx.device_type == "cpu_pinned" and torch.cuda.is_available()
        # few enough that all threads have work, enough to be worth handing over
        self._chunk = max(1, min(8, batch_size // self._threads))
        self._current: _Made | None = None
        self._start(0)

    def _start(self, epoch: int) -> None:
        """Begin with fresh threads: at first, and in a process forked from the one that had them."""
        self._pid = os.getpid()
        self._workers = _Workers(self._maker, self._threads, self._seed, self._skip)
        self._assembler = ThreadPoolExecutor(1, thread_name_prefix="mxnet-batches")
        self._coming: deque[Future[_Made | None]] = deque()
        self._begin(_Stream(self._workers, self._records, epoch, self._chunk))

    def _begin(self, stream: _Stream) -> None:
        self._stream = stream
        self._ahead: _Stream | None = None
        self._over = False

    @property
    def skipped(self) -> int:
        """How many broken records and images were skipped so far."""
        return self._workers.skipped + self._records.skipped

    def reset(self) -> None:
        """Begin anew or, after a whole epoch, behind the samples that filled up its last batch."""
        if self._pid != os.getpid():
            self._start(self._stream.epoch + 1)
            return
        for future in self._coming:
            future.cancel()
        for future in self._coming:
            if not future.cancelled():
                future.exception()  # waits; errors of an abandoned epoch do not matter
        self._coming.clear()
        whole = self._over or (self._current is not None and self._current.last)
        ahead = self._ahead
        if whole and ahead is not None and ahead.more():
            self._begin(ahead)
        else:
            for stream in (self._stream, ahead):
                if stream is not None:
                    stream.close()
            epoch = (self._stream if ahead is None else ahead).epoch + 1
            self._begin(_Stream(self._workers, self._records, epoch, self._chunk))
        self._current = None

    def advance(self) -> bool:
        """Go on to the next batch; tells whether there is one.

        Raises:
            MXNetError: a record or an image is broken; the message names file and offset.
        """
        if self._pid != os.getpid():
            self._start(self._stream.epoch)
        if self._over:
            return False
        self._order()
        made = self._coming.popleft().result()
        self._over = made is None
        if made is not None:
            self._current = made
            self._order()
        return not self._over

    def _order(self) -> None:
        while len(self._coming) < self._prefetch:
            self._coming.append(self._assembler.submit(self._assemble))

    def _assemble(self) -> _Made | None:
        """The next batch. Only one thread is here at a time."""
        if self._ahead is not None:
            return None
        samples = self._stream.take(self.batch_size)
        if not samples:
            return None
        missing = self.batch_size - len(samples)
        if missing and self._round:
            if self._stream.given < self.batch_size:
                raise ArgumentError(
                    f"{self._name}: batch_size is {self.batch_size}, number of input images must be bigger than that; "
                    f"there are {self._stream.given}"
                )
            self._ahead = _Stream(self._workers, self._records, self._stream.epoch + 1, self._chunk)
            samples += self._ahead.take(missing)
        return self._put_together(samples, missing)

    def _put_together(self, samples: list[Sample], missing: int) -> _Made:
        maker = self._maker
        shape = (self.batch_size, *maker.data_shape)
        data = torch.empty(shape, dtype=torch_dtype(maker.dtype), pin_memory=self._pin)
        label = torch.full((self.batch_size, *maker.label_shape), maker.label_value)
        images, labels = data.numpy(), label.numpy()
        for i, sample in enumerate(samples):
            maker.fill(sample, images[i], labels[i : i + 1])
        images[len(samples) :] = 0
        index = np.zeros(self.batch_size, np.uint64)
        index[: len(samples)] = [sample.number for sample in samples]
        return _Made(data, label, index, missing, self._ahead is not None)

    def _batch(self) -> _Made:
        if self._current is None:
            raise ArgumentError(f"{self._name}: there is no current batch; call next() or iter_next() first")
        return self._current

    def data(self) -> NDArray:
        """The images of the current batch."""
        return NDArray(self._batch().data, self._ctx)

    def label(self) -> NDArray:
        """Their labels."""
        return NDArray(self._batch().label, self._ctx)

    def pad(self) -> int:
        """How many images at the end only fill up the batch."""
        return self._batch().pad

    def index(self) -> np.ndarray:
        """The ids in the headers of the records; 1.9.1 gives zeros."""
        return self._batch().index

    def samples(self) -> Iterator[Sample]:
        """All samples of the first epoch, one by one rather than in batches."""
        stream = _Stream(self._workers, self._records, 0, self._chunk)
        while stream.more():
            yield from stream.take(1)
