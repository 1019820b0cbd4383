"""Arrays handed to callbacks the way 1.9.1's C library does: as a number, of which ``NDArray`` makes an array."""

from __future__ import annotations

import itertools
from typing import Any

_arrays: dict[int, Any] = {}
_numbers = itertools.count(1)


class Handle(int):
    """The number of an array. The array can be had as long as this object is there, and no longer."""

    def __del__(self) -> None:
        _arrays.pop(int(self), None)


def lend(array: Any) -> Handle:
    """A handle of ``array``."""
    handle = Handle(next(_numbers))
    _arrays[int(handle)] = array
    return handle


def lent(handle: Any) -> Any:
    """The array of a handle, or of the ``ctypes.c_void_p`` that one was cast to; None if there is none."""
    number: int | None = handle if isinstance(handle, int) else getattr(handle, "value", None)
    return _arrays.get(number) if number is not None else None
