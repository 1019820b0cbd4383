"""Automatic names of symbols."""

from __future__ import annotations

import threading
from typing import Any

from .base import classproperty, with_metaclass

__all__ = ["NameManager", "Prefix", "classproperty", "with_metaclass"]


class _Current(threading.local):
    def __init__(self) -> None:
        self.manager = NameManager()


class _NameManagerType(type):
    """Makes ``NameManager.current`` a property of the class, one value a thread."""

    @property
    def current(cls) -> NameManager:
        return _current.manager

    @current.setter
    def current(cls, manager: NameManager) -> None:
        _current.manager = manager


class NameManager(metaclass=_NameManagerType):
    """Gives names to what has none: the hint and a number that counts up, ``convolution0``.

    >>> names = NameManager()
    >>> names.get(None, "fc"), names.get(None, "fc"), names.get("mine", "fc")
    ('fc0', 'fc1', 'mine')
    """

    def __init__(self) -> None:
        self._counter: dict[str, int] = {}
        self._outer: list[NameManager] = []

    def get(self, name: str | None, hint: str) -> str:
        """``name`` if there is one, else the next for ``hint``."""
        if name:
            return name
        count = self._counter.get(hint, 0)
        self._counter[hint] = count + 1
        return f"{hint}{count}"

    def __enter__(self) -> NameManager:
        self._outer.append(NameManager.current)
        NameManager.current = self
        return self

    def __exit__(self, *exc: Any) -> None:
        NameManager.current = self._outer.pop()


class Prefix(NameManager):
    """Puts ``prefix`` before every name, given or automatic.

    >>> Prefix("net_").get("fc", "")
    'net_fc'
    """

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def get(self, name: str | None, hint: str) -> str:
        return self._prefix + super().get(name, hint)


_current = _Current()
