"""Imports that happen when first used."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any


class LazyModule:
    """An optional dependency: imported at the first attribute access.

    Args:
        name: the module to import.
        extra: the extra of ``mxnet-next`` that installs it; named in the error when it is missing.

    >>> math = LazyModule("math", extra="none")
    >>> math.sqrt(4.0)
    2.0
    """

    def __init__(self, name: str, extra: str) -> None:
        self._name = name
        self._extra = extra
        self._module: ModuleType | None = None

    def __getattr__(self, attribute: str) -> Any:
        if self._module is None:
            try:
                self._module = importlib.import_module(self._name)
            except ImportError as error:
                raise ImportError(
                    f'{self._name} is needed here and is not installed: pip install "mxnet-next[{self._extra}]"'
                ) from error
        return getattr(self._module, attribute)


def lazy(name: str, extra: str) -> Any:
    """A stand-in for the optional module ``name``, installed by ``mxnet-next[extra]``."""
    return LazyModule(name, extra)


def attach(package: str, submodules: dict[str, str], attributes: dict[str, str] | None = None) -> Callable[[str], Any]:
    """A module-level ``__getattr__`` (PEP 562) that imports submodules and attributes on first use.

    Args:
        package: name of the package, its ``__name__``.
        submodules: public name -> module path relative to ``package``.
        attributes: public name -> module path that holds an attribute of that name, or ``path:attribute``.
    """
    import sys

    def __getattr__(name: str) -> Any:
        path = submodules.get(name)
        if path is not None:
            value: Any = importlib.import_module(path, package)
        elif attributes and name in attributes:
            path, _, attribute = attributes[name].partition(":")
            value = getattr(importlib.import_module(path, package), attribute or name)
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        setattr(sys.modules[package], name, value)
        return value

    return __getattr__
