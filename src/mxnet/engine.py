"""Bulk execution of 1.9.1's engine. Operators run as they are called here, so the size of a bulk changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_size = 15


def set_bulk_size(size: int) -> int:
    """Set how many operators 1.9.1 would run as one; kept and returned, without effect. Returns the former size.

    >>> before = set_bulk_size(30)
    >>> set_bulk_size(before)
    30
    """
    global _size
    before, _size = _size, size
    return before


@contextmanager
def bulk(size: int) -> Iterator[None]:
    """:func:`set_bulk_size` for a ``with``; without effect on what is computed.

    >>> with bulk(10):
    ...     pass
    """
    before = set_bulk_size(size)
    try:
        yield
    finally:
        set_bulk_size(before)
