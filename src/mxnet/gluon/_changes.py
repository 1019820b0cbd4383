"""How often the arrays of parameters were replaced, for code that keeps them between calls."""

from __future__ import annotations

from typing import Any


class Changes:
    """Counts how often any parameter's arrays were replaced."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


changes = Changes()


class Arrays(list[Any]):
    """The arrays of a parameter. Programs replace them, for example by results of functions they differentiate."""

    def __setitem__(self, at: Any, value: Any) -> None:
        super().__setitem__(at, value)
        changes.count += 1
