"""Attributes given to every symbol made within a ``with``."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Any, ClassVar

from ._base.errors import ArgumentError
from .base import classproperty, string_types, with_metaclass

__all__ = ["AttrScope", "classproperty", "string_types", "with_metaclass"]


class _Current(threading.local):
    def __init__(self) -> None:
        self.scope = AttrScope()


class _AttrScopeType(type):
    """Makes ``AttrScope.current`` a property of the class, one value a thread."""

    @property
    def current(cls) -> AttrScope:
        return _current.scope

    @current.setter
    def current(cls, scope: AttrScope) -> None:
        _current.scope = scope


class AttrScope(metaclass=_AttrScopeType):
    """Attributes for symbols made within; inner scopes add to outer ones.

    Raises:
        ArgumentError: a value is not text.

    >>> import mxnet as mx
    >>> with AttrScope(ctx_group="dev1"):
    ...     x = mx.sym.var("x")
    >>> x.attr("ctx_group")
    'dev1'
    """

    _subgraph_names: ClassVar[dict[str, int]] = defaultdict(int)
    """How many graphs of loops and branches each name was given to."""

    def __init__(self, **kwargs: str) -> None:
        for value in kwargs.values():
            if not isinstance(value, str):
                raise ArgumentError(f"Attributes need to be string, got {value!r}")
        self._attr = kwargs
        self._outer: list[tuple[AttrScope, dict[str, str]]] = []

    def get(self, attr: dict[str, str] | None) -> dict[str, str]:
        """The scope's attributes, and over them ``attr``."""
        if not self._attr:
            return dict(attr) if attr else {}
        return {**self._attr, **(attr or {})}

    def __enter__(self) -> AttrScope:
        outer = AttrScope.current
        self._outer.append((outer, self._attr))
        self._attr = {**outer._attr, **self._attr}
        AttrScope.current = self
        return self

    def __exit__(self, *exc: Any) -> None:
        outer, self._attr = self._outer.pop()
        AttrScope.current = outer


_current = _Current()
