"""Python's operators on symbols, with the automatic names that 1.9.1 gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mxnet._base.errors import DTypeError, NotImplementedForSymbol

_TABLE = {
    # method: array form, scalar form, mirrored scalar form; as named in automatic names
    "add": ("_Plus", "_PlusScalar", "_PlusScalar"),
    "sub": ("_Minus", "_MinusScalar", "_RMinusScalar"),
    "mul": ("_Mul", "_MulScalar", "_MulScalar"),
    "truediv": ("_Div", "_DivScalar", "_RDivScalar"),
    "div": ("_Div", "_DivScalar", "_RDivScalar"),
    "mod": ("_Mod", "_ModScalar", "_RModScalar"),
    "pow": ("_Power", "_PowerScalar", "_rpower_scalar"),
}
_COMPARISONS = {
    "eq": ("_equal", "_equal_scalar"),
    "ne": ("_not_equal", "_not_equal_scalar"),
    "gt": ("_greater", "_greater_scalar"),
    "ge": ("_greater_equal", "_greater_equal_scalar"),
    "lt": ("_lesser", "_lesser_scalar"),
    "le": ("_lesser_equal", "_lesser_equal_scalar"),
}


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.generic))


def combine(array_form: str, scalar_form: str, lhs: Any, rhs: Any) -> Any:
    """``lhs``, a symbol, and ``rhs`` combined by the operator for arrays or by that for numbers."""
    from ._compose import function
    from .symbol import Symbol

    if isinstance(rhs, Symbol):
        return function(array_form)(lhs, rhs)
    if is_number(rhs):
        return function(scalar_form)(lhs, scalar=rhs)
    raise DTypeError(f"type {type(rhs)} not supported; expected a symbol or a number")


def _method(array_form: str, scalar_form: str, mirrored: bool = False) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        from .symbol import Symbol

        if mirrored and isinstance(other, Symbol):
            return combine(array_form, scalar_form, other, self)
        return combine(array_form, scalar_form, self, other)

    return method


def _refused(name: str, sign: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any) -> Any:
        raise NotImplementedForSymbol(name, sign, *args)

    return method


def install(cls: type) -> None:
    """Give ``cls`` its arithmetic and comparison methods."""
    methods: dict[str, Callable[..., Any]] = {}
    for name, (array, scalar, mirrored) in _TABLE.items():
        methods[f"__{name}__"] = _method(array, scalar)
        methods[f"__r{name}__"] = _method(array, mirrored, mirrored=True)
    for name, (array, scalar) in _COMPARISONS.items():
        methods[f"__{name}__"] = _method(array, scalar)
    for name, sign in (("iadd", "+="), ("isub", "-="), ("imul", "*="), ("itruediv", "/=")):
        methods[f"__{name}__"] = _refused(f"__{name}__", sign)
    for name, method in methods.items():
        method.__name__, method.__qualname__ = name, f"{cls.__name__}.{name}"
        setattr(cls, name, method)
