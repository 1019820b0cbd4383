"""Samplers with fixed patterns."""

from __future__ import annotations

from collections.abc import Iterator

from mxnet.gluon._errors import RejectedError
from mxnet.gluon.data import sampler

__all__ = ["IntervalSampler", "sampler"]


class IntervalSampler(sampler.Sampler):
    """Every ``interval``-th index below ``length``; with ``rollover`` then those between, until all have come.

    As in 1.9.1, ``len`` is ``length`` with and without ``rollover``.

    Raises:
        RejectedError: the interval is longer than the length.

    >>> list(IntervalSampler(7, 3)), list(IntervalSampler(7, 3, rollover=False))
    ([0, 3, 6, 1, 4, 2, 5], [0, 3, 6])
    """

    def __init__(self, length: int, interval: int, rollover: bool = True) -> None:
        if interval > length:
            raise RejectedError(f"Interval {interval} must be smaller than or equal to length {length}")
        self._length = length
        self._interval = interval
        self._rollover = rollover

    def __iter__(self) -> Iterator[int]:
        for start in range(self._interval if self._rollover else 1):
            yield from range(start, self._length, self._interval)

    def __len__(self) -> int:
        return self._length
