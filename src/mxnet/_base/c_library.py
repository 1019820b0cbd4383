"""What programs reach as ``mxnet.base._LIB``: functions of 1.9.1's C library, from the packages that have them."""

from __future__ import annotations

from typing import Any

from .lazy import import_module


class Library:
    """Functions by name: they take ctypes values and return 0, or raise. Who has them is loaded when asked for one.

    >>> library = Library()
    >>> library.provide("cos", "math")
    >>> library.cosh(0.0)
    1.0
    """

    def __init__(self) -> None:
        self._places: dict[str, str] = {}

    def provide(self, beginning: str, place: str) -> None:
        """Have the module ``place``, or the object ``module:name``, give the functions whose names begin so.

        Where several beginnings fit the longest counts.
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
