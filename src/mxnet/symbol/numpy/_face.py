"""Operators on NumPy symbols."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from mxnet import _ops
from mxnet.numpy._face import Face
from mxnet.symbol._compose import create, function, public_name
from mxnet.symbol.symbol import Symbol


class SymbolFace(Face):
    """``_Symbol``: operators make nodes. Several outputs are a list of symbols."""

    array = Symbol

    def make(self, name: str) -> Callable[..., Any]:
        """The operator ``name`` on symbols. ``out`` has no effect."""
        op, hint = _ops.get(name), public_name(name).lower()

        def call(*inputs: Any, out: Any = None, name: str | None = None, attr: Any = None, **attrs: Any) -> Any:
            if attrs.get("dtype", attrs) is None:
                del attrs["dtype"]
            return separate(create(op, list(inputs), attrs, name, attr, hint))

        return call

    def with_number(self, name: str, array: Any, number: float, out: Any, mirrored: bool) -> Any:
        whole = isinstance(number, int) and not mirrored
        return getattr(self, name)(array, scalar=float(number), is_int=whole)


def separate(made: Any) -> Any:
    """A NumPy symbol, or a list of them where there are several outputs."""
    from ._symbol import _Symbol

    if len(made._outputs) == 1:
        return _Symbol(made._outputs)
    return [_Symbol([e]) for e in made._outputs]


@functools.cache
def symbols() -> SymbolFace:
    """The face of ``_Symbol``."""
    return SymbolFace()


@functools.cache
def operator_function(name: str) -> Callable[..., Any]:
    """The operator ``name`` as a function on NumPy symbols, with its attributes as 1.9.1 takes them."""
    plain = function(name)

    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("dtype", kwargs) is None:  # float64 to the operators that mx.nd has too
            del kwargs["dtype"]
        return separate(plain(*args, **kwargs))

    call.__name__ = call.__qualname__ = public_name(name)
    call.__doc__ = plain.__doc__
    call.__signature__ = plain.__signature__  # type: ignore[attr-defined]
    return call
