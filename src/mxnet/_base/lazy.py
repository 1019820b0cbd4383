"""Imports that happen when first used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module  # modules that load later take it from here: tests may replace importlib's
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
        if attribute == "__wrapped__":  # inspect, and so doctest, asks everything for it
            raise AttributeError(attribute)
        if self._module is None:
            try:
                self._module = import_module(self._name)
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

    def __getattr__(name: str) -> Any:
        path = submodules.get(name)
        if path is not None:
            value: Any = import_module(path, package)
        elif attributes and name in attributes:
            path, _, attribute = attributes[name].partition(":")
            value = getattr(import_module(path, package), attribute or name)
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        setattr(sys.modules[package], name, value)
        return value

    return __getattr__


def attach_made(
    package: str, names: Mapping[str, str], make: Callable[[str], Any]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """A module-level ``__getattr__`` and ``__dir__`` for functions that are made on first use.

    Args:
        package: name of the module, its ``__name__``.
        names: public name -> what ``make`` makes the function of. The module's ``op`` has all of them, and its
            ``__all__``, which has to be there before, names them too.
    """
    module = sys.modules[package]
    vars(module)["__all__"] = [*vars(module)["__all__"], *names]

    def __getattr__(name: str) -> Any:
        if name == "op":
            value: Any = ModuleType(f"{package}.op", "The operators of this module.")
            value.__dict__.update({n: make(o) for n, o in names.items()})
        elif name in names:
            value = make(names[name])
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        setattr(module, name, value)
        return value

    def __dir__() -> list[str]:
        return sorted({*vars(module), *names, "op"})

    return __getattr__, __dir__
