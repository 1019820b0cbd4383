"""Arrays as numbers, as 1.9.1's C library knows them: those handed to callbacks, and those given to its functions."""

from __future__ import annotations

import ctypes
import itertools
from typing import Any

_arrays: dict[int, Any] = {}
_numbers = itertools.count(1)


class Handle(int):
    """The number of an array. The array can be looked up as long as this object exists, and no longer."""

    def __del__(self) -> None:
        _arrays.pop(int(self), None)


def lend(array: Any) -> Handle:
    """A handle of ``array``."""
    handle = Handle(next(_numbers))
    _arrays[int(handle)] = array
    return handle


class ArrayHandle(ctypes.c_void_p):
    """What ``array.handle`` is: it stands for the array in calls of ``mxnet.base._LIB``, and keeps it alive."""

    array: Any = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ctypes.c_void_p) and other.value == self.value

    def __hash__(self) -> int:
        return hash(self.value)


def of(array: Any) -> ArrayHandle:
    """The handle of an array, the same number as long as it lives."""
    handle = ArrayHandle(id(array))
    handle.array = array
    return handle


def lent(handle: Any) -> Any:
    """The array of a handle, or of the ``ctypes.c_void_p`` that a callback's was cast to; None if there is none."""
    if isinstance(handle, ArrayHandle):
        return handle.array
    number: int | None = handle if isinstance(handle, int) else getattr(handle, "value", None)
    return _arrays.get(number) if number is not None else None
