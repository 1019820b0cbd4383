"""Samplers: in which order, and in which groups, examples are taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError


class Sampler:
    """Base of samplers. A subclass defines ``__iter__``, which gives indices, and ``__len__``, their number.

    >>> class Backwards(Sampler):
    ...     def __init__(self, length):
    ...         self.length = length
    ...
    ...     def __iter__(self):
    ...         return iter(range(self.length - 1, -1, -1))
    ...
    ...     def __len__(self):
    ...         return self.length
    >>> list(Backwards(3))
    [2, 1, 0]
    """

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__")

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__} must define __iter__")


class SequentialSampler(Sampler):
    """``length`` indices in order, from ``start``.

    >>> list(SequentialSampler(3, start=5))
    [5, 6, 7]
    """

    def __init__(self, length: int, start: int = 0) -> None:
        self._length = length
        self._start = start

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._start, self._start + self._length))

    def __len__(self) -> int:
        return self._length


class RandomSampler(Sampler):
    """The indices 0 to ``length - 1`` in random order, a new one each time. The order is that of ``numpy.random``.

    >>> sorted(RandomSampler(3)) == [0, 1, 2]
    True
    """

    def __init__(self, length: int) -> None:
        self._length = length

    def __iter__(self) -> Iterator[Any]:
        indices = np.arange(self._length)
        np.random.shuffle(indices)
        return iter(indices)

    def __len__(self) -> int:
        return self._length


class FilterSampler(Sampler):
    """The indices of the elements for which ``fn`` is true; it is called once for each, when the sampler is made.

    Args:
        fn: called with each element.
        dataset: the elements.

    >>> list(FilterSampler(lambda x: x > 1, [0, 3, 1, 2]))
    [1, 3]
    """

    def __init__(self, fn: Callable[[Any], Any], dataset: Sequence[Any]) -> None:
        self._fn = fn
        self._dataset = dataset
        self._indices = [i for i in range(len(dataset)) if fn(dataset[i])]

    def __iter__(self) -> Iterator[int]:
        return iter(self._indices)

    def __len__(self) -> int:
        return len(self._indices)


class BatchSampler(Sampler):
    """Lists of ``batch_size`` indices from another sampler.

    Args:
        sampler: where the indices come from.
        batch_size: how many make a list.
        last_batch: what happens to indices that do not fill a list: ``keep`` gives a shorter list, ``discard`` drops
            them, ``rollover`` keeps them for the beginning of the next round.

    Raises:
        ArgumentError: ``last_batch`` or ``batch_size`` is not allowed. 1.9.1 raises only when it is first iterated.

    >>> list(BatchSampler(SequentialSampler(5), 2, "keep"))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Sampler, batch_size: int, last_batch: str = "keep") -> None:
        if last_batch not in ("keep", "discard", "rollover"):
            raise ArgumentError(f"last_batch must be one of 'keep', 'discard', or 'rollover', but got {last_batch}")
        if batch_size <= 0:
            raise ArgumentError(f"BatchSampler: batch_size is {batch_size}; expected at least 1")
        self._sampler = sampler
        self._batch_size = batch_size
        self._last_batch = last_batch
        self._prev: list[Any] = []

    def __iter__(self) -> Iterator[list[Any]]:
        batch, self._prev = self._prev, []
        for index in self._sampler:
            batch.append(index)
            if len(batch) == self._batch_size:
                yield batch
                batch = []
        if not batch:
            return
        if self._last_batch == "keep":
            yield batch
        elif self._last_batch == "rollover":
            self._prev = batch

    def __len__(self) -> int:
        """How many lists the next round gives."""
        count = len(self._sampler)
        if self._last_batch == "keep":
            return -(-count // self._batch_size)
        return (len(self._prev) + count) // self._batch_size
