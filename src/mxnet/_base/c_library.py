"""What programs reach as ``mxnet.base._LIB``: functions of 1.9.1's C library, from the packages that have them."""

from __future__ import annotations

from typing import Any

from .lazy import import_module


class Library:
    """Functions by name, whose modules are loaded when needed. They take ctypes values and return 0, or raise.

    >>> library = Library()
    >>> library.provide("cos", "math")
    >>> library.cosh(0.0)
    1.0
    """

    def __init__(self) -> None:
        self._places: dict[str, str] = {}

    def provide(self, beginning: str, place: str) -> None:
        """Let ``place``, a module or ``module:object``, provide the functions whose names start with ``beginning``.

        Where several beginnings match, the longest one decides.
        """
        self._places[beginning] = place

    def __getattr__(self, name: str) -> Any:
        beginning = max((b for b in self._places if name.startswith(b)), key=len, default=None)
        if beginning is not None:
            module, _, owner = self._places[beginning].partition(":")
            found = import_module(module)
            function = getattr(getattr(found, owner) if owner else found, name, None)
            if function is not None:
                setattr(self, name, function)
                return function
        raise AttributeError(
            f"there is no C library here, and no function {name!r} in its place; what it did has a Python interface"
        )


LIBRARY = Library()
