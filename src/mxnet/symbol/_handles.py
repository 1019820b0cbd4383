"""Symbols as handles, for programs that call functions of 1.9.1's C library through ``mxnet.base._LIB``."""

from __future__ import annotations

import ctypes
import weakref
from typing import TYPE_CHECKING, Any

from mxnet._base.errors import ArgumentError

if TYPE_CHECKING:
    from .symbol import Symbol

_living: weakref.WeakValueDictionary[int, Symbol] = weakref.WeakValueDictionary()
_made: dict[int, Symbol] = {}


def of(symbol: Symbol) -> ctypes.c_void_p:
    """The handle of a symbol that the caller keeps."""
    _living[id(symbol)] = symbol
    return ctypes.c_void_p(id(symbol))


def symbol_of(handle: ctypes.c_void_p) -> Symbol:
    """The symbol that has this handle.

    Raises:
        ArgumentError: there is none.
    """
    found = _living.get(handle.value or 0)
    if found is None:
        raise ArgumentError(f"{handle!r} is the handle of no living symbol")
    return found


def give(symbol: Symbol, out: Any) -> None:
    """Write the handle of a new symbol to ``out``, what ``ctypes.byref`` returned; it can be taken once."""
    _made[id(symbol)] = symbol
    out._obj.value = id(symbol)


def taken(handle: ctypes.c_void_p) -> Any:
    """The outputs of the symbol that was given under this handle.

    Raises:
        ArgumentError: there is none, or it was taken already.
    """
    found = _made.pop(handle.value or 0, None)
    if found is None:
        raise ArgumentError(f"{handle!r} is the handle of no symbol that a call made")
    return found._outputs
