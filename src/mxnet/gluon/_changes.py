"""How often the arrays of parameters were replaced, for code that keeps them between calls; and who may make them."""

from __future__ import annotations

import os
import threading
from typing import Any

making = threading.RLock()
"""Held while a block is traced or a parameter gets its first values: threads that call a net first take turns."""
if hasattr(os, "register_at_fork"):  # else a child would wait for a thread that only its parent has
    os.register_at_fork(before=making.acquire, after_in_parent=making.release, after_in_child=making.release)


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
