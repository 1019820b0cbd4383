"""How often parameters got other arrays, for who keeps them at hand between calls."""

from __future__ import annotations

from typing import Any


class Changes:
    """Counts how often any parameter's arrays were replaced."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


changes = Changes()


class Arrays(list[Any]):
    """The arrays of a parameter. Programs put others in their place, as results of functions to differentiate."""

    def __setitem__(self, at: Any, value: Any) -> None:
        super().__setitem__(at, value)
        changes.count += 1
