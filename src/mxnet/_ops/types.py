"""Types of operator attributes, and how each is read from a Python value or from the text of a symbol file.

A kernel names them in its type hints; nothing else has to be said about an attribute.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NewType, TypeAlias

import numpy as np

Shape: TypeAlias = tuple[int, ...]
Floats: TypeAlias = tuple[float, ...]
OptInts: TypeAlias = tuple[int | None, ...]
Graph: TypeAlias = Callable[..., tuple[Any, ...]]
"""A compiled graph that belongs to the operator: not an attribute, but what loops and branches run."""
DType = NewType("DType", str)
"""The name of a dtype: ``float32``, ``bfloat16``, ..."""
Ctx = NewType("Ctx", str)
"""The text of a context, ``cpu(0)``; empty for the current one."""


@dataclass(frozen=True)
class AtLeast:
    """Lower bound of a number, as ``Annotated[int, AtLeast(1)]``."""

    bound: float


Count: TypeAlias = Annotated[int, AtLeast(0)]
Positive: TypeAlias = Annotated[int, AtLeast(1)]

_LONGEST_WORD = 16
"""NumPy parses what it takes for the text of a structure; files may have any text there."""
DTYPES = ("float32", "float64", "float16", "uint8", "int32", "int8", "int64", "bool", "bfloat16")
"""Names of the dtypes in the order of their flags in files, bar bfloat16, whose flag is 12."""

_INTEGER = re.compile(r"[+-]?\d+L?$")
_DIGITS = 20
"""The most characters that an integer of 64 bits has, its sign included."""


class Invalid(ValueError):
    """What was expected; the caller adds the names of operator and attribute."""


class NoDType(Invalid):
    """A dtype was expected."""


class _NullType:
    """What stands for an attribute that is not given."""

    def __repr__(self) -> str:
        return "_Null"


NULL = _NullType()


def read_int(value: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, str):
        text = value.strip()
        if _INTEGER.match(text):
            return _of_64_bits(text.rstrip("L"))
        if text in ("True", "true"):
            return 1
        if text in ("False", "false"):
            return 0
        raise Invalid("int")
    if hasattr(value, "__index__"):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    item = getattr(value, "item", None)
    if item is not None and getattr(value, "size", 0) == 1:
        return read_int(item())
    raise Invalid("int")


def _of_64_bits(text: str) -> int:
    if len(text) <= _DIGITS and -(1 << 63) <= (number := int(text)) < 1 << 63:
        return number
    raise Invalid("an integer of 64 bits")


def read_float(value: Any) -> float:
    if isinstance(value, str):
        text = value.strip().rstrip("fF") if value.strip()[-1:] in "fF" and "inf" not in value.lower() else value
        try:
            return float(text)
        except ValueError:
            if text in ("True", "False"):
                return float(text == "True")
            raise Invalid("float") from None
    try:
        return float(value)
    except (TypeError, ValueError):
        asscalar = getattr(value, "asscalar", None)
        if asscalar is not None and value.size == 1:
            return float(asscalar())
        raise Invalid("float") from None


def read_bool(value: Any) -> bool:
    if value is True or value is False:
        return value
    if isinstance(value, str):
        if value in ("True", "true", "1"):
            return True
        if value in ("False", "false", "0"):
            return False
        raise Invalid("boolean: True, False, 1 or 0")
    try:
        return bool(value)
    except (TypeError, ValueError):
        raise Invalid("boolean: True, False, 1 or 0") from None


def read_str(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def read_dtype(value: Any) -> str:
    """The name of a dtype given as a name, a NumPy or torch dtype, a Python type, or one of our arrays that has it."""
    if isinstance(value, str):
        name = value
    elif _is_array(value):
        return read_dtype(value.dtype)
    else:
        name = getattr(value, "name", None) or getattr(value, "__name__", None) or str(value)
        names = getattr(value, "names", None)
        if names:  # NumPy has no bfloat16: it is a structure with one field of that name
            name = names[0]
    name = name.removeprefix("torch.")
    name = {"float": "float64", "int": "int64", "bool_": "bool", "double": "float64", "half": "float16"}.get(name, name)
    if name not in DTYPES:
        name = _as_numpy_says(name)
    if name not in DTYPES:
        raise NoDType("a dtype: " + ", ".join(DTYPES))
    return name


def _as_numpy_says(text: str) -> str:
    """The name of a dtype given by another of NumPy's names for it, such as ``f4``, ``<f4``, ``f``, ``single``."""
    if len(text) > _LONGEST_WORD:
        return text
    try:
        return np.dtype(text).name
    except (TypeError, ValueError, SyntaxError):
        return text


def _is_array(value: Any) -> bool:
    """Whether ``value`` is an array that stands for its dtype: one of ours, as NumPy refuses its own."""
    return hasattr(value, "dtype") and not hasattr(value, "itemsize") and not isinstance(value, type)


def _items(value: Any) -> list[Any]:
    """The elements of a tuple given as text, one number or any sequence; of None, which leaves it open, none."""
    if value is None:
        return []
    if isinstance(value, str):
        text = value.strip()
        if text == "None":
            return []
        if text[:1] in ("(", "["):
            if text[-1:] not in (")", "]"):
                raise Invalid("a tuple")
            text = text[1:-1]
        return [part for part in (p.strip() for p in text.split(",")) if part]
    if hasattr(value, "__index__") and not hasattr(value, "__len__"):
        return [value]
    try:
        return list(value)
    except TypeError:
        return [value]


def read_shape(value: Any) -> tuple[int, ...]:
    if type(value) is tuple:
        for v in value:
            if type(v) is not int:
                break
        else:
            return value
    return tuple(read_int(v) for v in _items(value))


def read_floats(value: Any) -> tuple[float, ...]:
    return tuple(read_float(v) for v in _items(value))


def read_opt_ints(value: Any) -> tuple[int | None, ...]:
    return tuple(None if v is None or v == "None" else read_int(v) for v in _items(value))


_READERS: dict[Any, tuple[str, Any]] = {
    int: ("int", read_int),
    float: ("float", read_float),
    bool: ("boolean", read_bool),
    str: ("string", read_str),
    Shape: ("Shape(tuple)", read_shape),
    Floats: ("tuple of <float>", read_floats),
    OptInts: ("Shape(tuple)", read_opt_ints),
    DType: ("dtype", read_dtype),
    Ctx: ("string", read_str),
}


def reader(hint: Any) -> tuple[str, Any]:
    """The name of the type ``hint`` and the function that reads a value of it.

    >>> name, read = reader(Shape)
    >>> name, read("(3, 3)"), read([2, 2]), read(5)
    ('Shape(tuple)', (3, 3), (2, 2), (5,))
    """
    known = _READERS.get(hint)
    if known is not None:
        return known
    origin = typing.get_origin(hint)
    if origin is Annotated:
        base, *marks = typing.get_args(hint)
        name, read = reader(base)
        return _bounded(name, read, marks)
    if origin is Literal:
        return _enumeration(typing.get_args(hint))
    if origin in (types.UnionType, typing.Union):
        rest = [a for a in typing.get_args(hint) if a is not type(None)]
        if len(rest) == 1:
            name, read = reader(rest[0])
            return _optional(name, read)
        union = [reader(a) for a in rest]
        return _first_of([u[0] for u in union], [u[1] for u in union], type(None) in typing.get_args(hint))
    raise TypeError(f"no attribute type for the hint {hint!r}")


def _bounded(name: str, read: Any, marks: list[Any]) -> tuple[str, Any]:
    bound = next(m.bound for m in marks if isinstance(m, AtLeast))

    def read_bounded(value: Any) -> Any:
        number = read(value)
        if number < bound:
            raise Invalid(f"{name} greater than or equal to {bound}")
        return number

    return (f"{name} (non-negative)" if name == "int" else name), read_bounded


def _enumeration(choices: tuple[Any, ...]) -> tuple[str, Any]:
    by_text = {str(c): c for c in choices}
    name = "{" + ", ".join(sorted(repr(c) for c in choices)) + "}"
    of_dtypes = by_text.keys() <= set(DTYPES)

    def read_choice(value: Any) -> Any:
        try:
            return by_text[read_dtype(value) if of_dtypes else str(value)]
        except (KeyError, Invalid):
            raise Invalid(f"one of {name}") from None

    return name, read_choice


def _optional(name: str, read: Any) -> tuple[str, Any]:
    label = "{None, " + name[1:] if name.startswith("{") else f"{name} or None".replace("Shape(tuple) or", "Shape or")

    def read_optional(value: Any) -> Any:
        if value is None or (value.__class__ is str and value in ("None", "")):
            return None
        return read(value)

    return label, read_optional


def _first_of(names: list[str], reads: list[Any], optional: bool) -> tuple[str, Any]:
    def read_first(value: Any) -> Any:
        if optional and (value is None or value.__class__ is str and value == "None"):
            return None
        for read in reads:
            try:
                return read(value)
            except Invalid:
                continue
        raise Invalid(" or ".join(names))

    return " or ".join(names + ["None"] * optional), read_first


def plain(value: Any) -> Any:
    """NumPy's scalars, alone or in a tuple or list, as Python's numbers: the text of NumPy 2 shows their type.

    >>> plain((np.int64(2), 3)), plain(np.float64(0.5))
    ((2, 3), 0.5)
    """
    if isinstance(value, (tuple, list)):
        return type(value)(v.item() if hasattr(v, "item") else v for v in value)
    return value.item() if isinstance(value, np.generic) else value


def sizes_of(shape: Any) -> tuple[Any, ...]:
    """A shape that may be one number, or NumPy's numbers, as a tuple of Python's.

    >>> sizes_of(np.int64(3)), sizes_of([2, np.int32(1)])
    ((3,), (2, 1))
    """
    made: tuple[Any, ...] = plain((shape,) if isinstance(shape, (int, np.integer)) else tuple(shape))
    return made


def write(value: Any) -> str:
    """The text of an attribute in a symbol file, as 1.9.1 writes it: Python's ``str``, dtypes by name.

    >>> write((3, 3)), write(True), write(0.5), write(None)
    ('(3, 3)', 'True', '0.5', 'None')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, type) or hasattr(value, "itemsize") or _is_array(value):
        try:
            return read_dtype(value)
        except Invalid:
            return str(value)
    return str(plain(value))
