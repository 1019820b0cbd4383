"""Namespaces of operator functions, made when first asked for."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from mxnet import _ops
from mxnet._base.errors import CallError
from mxnet._base.lazy import import_module
from mxnet._ops import Op

_KEYWORD = inspect.Parameter.POSITIONAL_OR_KEYWORD


TAILS = {"Symbol": ("name", "attr", "out")}
"""What follows the attributes in a signature, where it is not ``out`` and ``name``."""


def tail(op: Op, array: str, given: tuple[Any, ...], **named: Any) -> dict[str, Any]:
    """By name, the arguments ``given`` by position behind the attributes; ``named`` are those given by name.

    Raises:
        CallError: there are more than a function takes, or one is given by name too.
    """
    names = TAILS.get(array, ("out", "name"))
    if len(given) > len(names):
        most = len(op.inputs) + len(op.attrs) + len(names)
        raise CallError(f"{op.name}: got {most + len(given) - len(names)} arguments, expected at most {most}")
    for key, value in zip(names, given, strict=False):
        if named[key] is not None:
            raise CallError(f"{op.name}: {key} is given twice, by position and by name")
        named[key] = value
    return named


def signature_of(op: Op, array: str) -> inspect.Signature:
    """What ``help`` shows: inputs, attributes with their defaults, and what follows them."""
    if op.variadic is not None:
        params = [inspect.Parameter(op.variadic, inspect.Parameter.VAR_POSITIONAL)]
        kind: Any = inspect.Parameter.KEYWORD_ONLY
    else:
        kind = _KEYWORD
        params = [inspect.Parameter(n, kind, default=None) for n in op.inputs]
    params += [inspect.Parameter(a.name, kind, default=a.default) for a in op.attrs.values()]
    params += [inspect.Parameter(n, kind, default=None) for n in TAILS.get(array, ("out", "name"))]
    params.append(inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD))
    return inspect.Signature(params)


def document(op: Op, array: str) -> str:
    """The kernel's docstring with its parameters as 1.9.1's pages list them."""
    lines = [inspect.cleandoc(op.fn.__doc__ or op.name), "", "Parameters", "----------"]
    if op.variadic is not None:
        lines.append(f"*{op.variadic} : {array}s")
    lines += [f"{n} : {array}" + (", optional" if n in op.schema.optional else "") for n in op.inputs]
    lines += [f"{a.name} : {a.describe()}" for a in op.attrs.values()]
    lines += [f"out : {array}, optional"] if array not in TAILS else []
    lines.append("name : str, optional")
    return "\n".join(lines)


def dress(function: Callable[..., Any], op: Op, public: str, module: str, array: str) -> Callable[..., Any]:
    """Give a front-end closure its name, place, signature and documentation."""
    function.__name__ = function.__qualname__ = public
    function.__module__ = module
    function.__doc__ = document(op, array)
    function.__signature__ = signature_of(op, array)  # type: ignore[attr-defined]
    return function


class _Namespace(ModuleType):
    """A module of operators. All are made when ``__dict__`` is read: programs look for ``"name" in module.__dict__``.

    An operator that was taken out of ``__dict__`` stays out.
    """

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        real = _contents(self)
        fill = real.get("__fill__")
        if fill is not None:
            fill()
        return real


_contents: Callable[[ModuleType], dict[str, Any]] = vars(ModuleType)["__dict__"].__get__


def expose(
    module: str,
    prefixes: Iterable[str],
    make: Callable[[str], Any],
    submodules: Mapping[str, str] | None = None,
    starred: Iterable[str] = (),
) -> None:
    """Let attributes of ``module`` be operators, found under any of ``prefixes`` and made by ``make``.

    A function is made once, at its first use, and then is an ordinary global of the module. ``submodules`` are
    imported at first use too: name to the module's full path, with ``:attribute`` where that is what is meant. An
    ``__all__`` that the module has so far will name the operators too, and those of ``submodules`` that are
    ``starred``: ``from mxnet.symbol import *`` takes them.
    """
    target: ModuleType = sys.modules[module]
    tried = tuple(prefixes)
    places = submodules or {}
    listed = _contents(target).pop("__all__", None)
    filled: set[str] = set()
    seen = 0

    def __getattr__(name: str) -> Any:
        if name == "__all__" and listed is not None:
            return sorted({*listed, *starred, *(n for n in _operators() if not n.startswith("_"))})
        if name in places:
            path, _, attribute = places[name].partition(":")
            value = import_module(path)
            value = getattr(value, attribute) if attribute else value
            setattr(target, name, value)
            return value
        if not name.startswith("__") and name not in filled:
            for prefix in tried:
                if _ops.find(prefix + name) is not None:
                    value = make(prefix + name)
                    setattr(target, name, value)
                    return value
        raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name, obj=target)

    def _operators() -> set[str]:
        return {n[len(prefix) :] for prefix in tried for n in _ops.all_names() if n.startswith(prefix)}

    def __dir__() -> list[str]:
        names = _operators().union(_contents(target), places)
        return sorted(n for n in names if n.startswith("__") or not n.startswith("_"))

    def __fill__() -> None:
        nonlocal seen
        known = _ops.all_names()
        if len(known) == seen:
            return
        for name in [n[len(p) :] for p in tried for n in known if n.startswith(p)]:
            if name and not name.startswith("__") and name not in filled:
                getattr(target, name)
                filled.add(name)
        seen = len(known)

    target.__getattr__ = __getattr__  # type: ignore[method-assign]
    target.__dir__ = __dir__  # type: ignore[method-assign]
    if tried:
        target.__fill__ = __fill__  # type: ignore[attr-defined]
        target.__class__ = _Namespace
