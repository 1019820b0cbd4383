"""Functions of ``mx.np`` element by element: of one array, of two, and of an array and a number.

Most compute what their namesakes of ``mx.nd`` do. The differences: two arrays may have different dtypes, of which the
wider is taken; comparisons return bool; integers divide to float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import DTypeError
from mxnet._ops import find, op
from mxnet._runtime.integers import of_integers
from mxnet._runtime.state import state

from . import elemwise, result_shapes
from .broadcast import hypotenuse, modulo, number, power, same_dtype

_One = Callable[[Tensor], Tensor]
_Two = Callable[[Tensor, Tensor], Tensor]
_Dtypes = tuple[Sequence[torch.dtype | None], Sequence[torch.dtype | None]]
BOOL = "T _ -> T:bool"

UNARY = """arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil cos cosh degrees exp expm1 fix floor log log10 log1p
log2 negative radians reciprocal rint sign sin sinh sqrt square tan tanh trunc""".split()


def kernel_of(name: str) -> Callable[..., Any]:
    """What computes the operator ``name``."""
    found = find(name)
    if found is None:
        raise DTypeError(f"{elemwise.__name__} declares no {name}")
    return found.fn


def _turned(x: Tensor) -> Tensor:
    if not x.is_floating_point():
        return torch.bitwise_not(x)
    if of_integers(x):  # what stands for them in a recorded program: they have no gradient, as in 1.9.1
        return torch.bitwise_not(x.detach().long()).to(x.dtype)
    return _no_floats(x, x)


def _of_one(name: str, fn: _One, text: str, aliases: tuple[str, ...] = (), types: str | None = None) -> None:
    def kernel(x: Tensor) -> Tensor:
        return fn(x)

    kernel.__name__ = kernel.__qualname__ = name
    kernel.__doc__ = text
    op(name, aliases=aliases, types=types, told=result_shapes.of_only)(kernel)


for _name in UNARY:
    _fn = kernel_of(_name)
    _of_one(f"_npi_{_name}", _fn, _fn.__doc__ or "")
_of_one("_npi_absolute", torch.abs, "Absolute value, element by element.", ("_npi_abs",))
_of_one("_npi_bitwise_not", _turned, "Every bit turned over, of integers; not, of bool.")
for _name, _fn, _text in (
    ("isfinite", torch.isfinite, "Whether neither infinite nor not-a-number"),
    ("isinf", torch.isinf, "Whether infinite"),
    ("isnan", torch.isnan, "Whether not-a-number"),
    ("isneginf", torch.isneginf, "Whether minus infinity"),
    ("isposinf", torch.isposinf, "Whether plus infinity"),
    ("logical_not", torch.logical_not, "Whether zero"),
):
    _of_one(f"_npi_{_name}", _fn, f"{_text}, element by element, as bool.", types=BOOL)


for _name in ("relu", "sigmoid"):
    op(f"_npx_{_name}")(kernel_of(_name))


@op("_npi_around")
def around(x: Tensor, *, decimals: int = 0) -> Tensor:
    """``x`` rounded to ``decimals``, halves to even; integers are cut to tens, hundreds, ... instead."""
    if x.is_floating_point():
        return torch.round(x, decimals=decimals)
    if decimals >= 0:
        return x
    step = 10**-decimals
    return torch.div(x, step, rounding_mode="trunc").mul(step).to(x.dtype)


@op("_npi_nan_to_num")
def nan_to_num(
    data: Tensor, *, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """Numbers in the place of not-a-number and the infinities; for the latter, unless given, the largest and smallest.

    ``copy`` has no effect here: without it the front end writes the result into its array.
    """
    return torch.nan_to_num(data, nan, posinf, neginf) if data.is_floating_point() else data


def promoted(lhs: Tensor, rhs: Tensor) -> tuple[Tensor, Tensor]:
    """Both in the wider of their dtypes, float if either is. torch's own rules look at the number of axes too."""
    both = _both(lhs.dtype, rhs.dtype)
    return lhs.to(both), rhs.to(both)


def _both(lhs: torch.dtype, rhs: torch.dtype) -> torch.dtype:
    wide = torch.promote_types(lhs, rhs)
    return torch.int32 if wide is torch.int16 else wide  # of int8 and uint8; arrays are not of 16 bits


def wider(lhs: torch.dtype | None, rhs: torch.dtype | None) -> _Dtypes:
    """Dtypes of an operator that takes the wider of two; one that is not known is assumed to be the other."""
    lhs, rhs = lhs or rhs, rhs or lhs
    return (lhs, rhs), (_both(lhs, rhs) if lhs and rhs else None,)


def _of_quotient(lhs: torch.dtype | None, rhs: torch.dtype | None) -> _Dtypes:
    inputs, (made,) = wider(lhs, rhs)
    return inputs, (made if made is None or made.is_floating_point else torch.float32,)


def _of_two(name: str, fn: _Two, text: str, inputs: str = "lhs rhs", types: Any = None, mixed: bool = True) -> None:
    def kernel(lhs: Tensor, rhs: Tensor) -> Tensor:
        if lhs.dtype is not rhs.dtype:
            if not mixed:
                same_dtype(name, lhs, rhs)
            lhs, rhs = promoted(lhs, rhs)
        return fn(lhs, rhs)

    def of_x(x1: Tensor, x2: Tensor) -> Tensor:
        return kernel(x1, x2)

    made = kernel if inputs == "lhs rhs" else of_x
    made.__name__ = made.__qualname__ = name
    made.__doc__ = f"{text}, element by element; axes of size 1 are repeated to fit."
    op(name, types=types, told=result_shapes.broadcast)(made)


def true_divide(lhs: Tensor, rhs: Tensor) -> Tensor:
    """The quotient; of integers float32."""
    return torch.div(lhs, rhs) if lhs.is_floating_point() else lhs.to(torch.float32) / rhs.to(torch.float32)


def _copysign(lhs: Tensor, rhs: Tensor) -> Tensor:
    return elemwise.cast_like(torch.copysign(lhs, rhs), lhs)


def _ldexp(lhs: Tensor, rhs: Tensor) -> Tensor:
    if lhs.is_floating_point():
        return lhs * torch.exp2(rhs)
    return (lhs.double() * torch.exp2(rhs.double())).to(lhs.dtype)


def _arctan2(lhs: Tensor, rhs: Tensor) -> Tensor:
    if lhs.is_floating_point():
        return torch.atan2(lhs, rhs)
    return torch.atan2(lhs.double(), rhs.double()).to(lhs.dtype)


def _lcm(lhs: Tensor, rhs: Tensor) -> Tensor:
    if lhs.dtype is torch.bool:
        return lhs & rhs
    if lhs.is_floating_point():
        return _no_floats(lhs, rhs)
    return torch.lcm(lhs, rhs)


def _no_floats(lhs: Tensor, rhs: Tensor) -> Tensor:
    """Refuse floats, unless they stand for a dtype that is not known."""
    if state.tracing:
        return torch.add(lhs, rhs)
    raise DTypeError("bits and multiples are of integers; use astype()")


def _bits(fn: _Two) -> _Two:
    def run(data: Tensor, value: Tensor) -> Tensor:
        if data.is_floating_point():
            return _no_floats(data, value)
        return fn(data, value.to(data.dtype))

    return run


def _multiply(lhs: Tensor, rhs: Tensor) -> Tensor:
    return torch.mul(lhs, rhs)


_WITH_TYPES: tuple[tuple[str, Any, str, Any], ...] = (
    ("add", torch.add, "Sum", wider),
    ("subtract", torch.sub, "Difference", wider),
    ("multiply", _multiply, "Product", wider),
    ("true_divide", true_divide, "Quotient, of integers float32", _of_quotient),
    ("mod", modulo, "Remainder with the sign of ``rhs``", wider),
    ("power", power, "``lhs`` to the power of ``rhs``", wider),
    ("equal", torch.eq, "Whether equal, as bool", BOOL),
    ("not_equal", torch.ne, "Whether different, as bool", BOOL),
    ("greater", torch.gt, "Whether ``lhs > rhs``, as bool", BOOL),
    ("greater_equal", torch.ge, "Whether ``lhs >= rhs``, as bool", BOOL),
    ("less", torch.lt, "Whether ``lhs < rhs``, as bool", BOOL),
    ("less_equal", torch.le, "Whether ``lhs <= rhs``, as bool", BOOL),
)
_OF_ONE_DTYPE: tuple[tuple[str, Any, str, str], ...] = (
    ("copysign", _copysign, "``lhs`` with the sign of ``rhs``", "lhs rhs"),
    ("ldexp", _ldexp, "``lhs`` times two to the power of ``rhs``", "lhs rhs"),
    ("lcm", _lcm, "Least common multiple of integers", "lhs rhs"),
    ("bitwise_and", _bits(torch.bitwise_and), "Bits of both", "lhs rhs"),
    ("bitwise_or", _bits(torch.bitwise_or), "Bits of either", "lhs rhs"),
    ("bitwise_xor", _bits(torch.bitwise_xor), "Bits of just one", "lhs rhs"),
    ("hypot", hypotenuse, "Hypotenuse ``sqrt(x1^2 + x2^2)``", "x1 x2"),
    ("arctan2", _arctan2, "Angle of the point (x2, x1), in radians", "x1 x2"),
)
for _name, _two, _text, _types in _WITH_TYPES:
    _of_two(f"_npi_{_name}", _two, _text, types=_types)
for _name, _two, _text, _inputs in _OF_ONE_DTYPE:
    _of_two(f"_npi_{_name}", _two, _text, _inputs, mixed=False)


def _of_number(name: str, fn: _Two, text: str, mirrored: bool = False, types: str | None = None) -> None:
    def kernel(data: Tensor, *, scalar: float = 1.0, is_int: bool = True) -> Tensor:
        if not is_int and not data.is_floating_point():
            data = data.to(torch.float64)
        if types is BOOL and not math.isfinite(scalar):
            return fn(data, scalar)  # type: ignore[arg-type]  # as numbers: no integer is infinite
        value = number(data, scalar)
        return fn(value, data) if mirrored else fn(data, value)

    kernel.__name__ = kernel.__qualname__ = name
    kernel.__doc__ = f"""{text} of an array and a number, {"``scalar``" if mirrored else "``data``"} first.

    Attrs:   scalar, cut to the dtype of data; is_int=False makes integers float64 instead
    """
    op(name, types=types, told=result_shapes.of_only)(kernel)


def _in_float(fn: _Two) -> _Two:
    """A function of numbers, made to take bool too, which counts as int64."""

    def run(a: Tensor, b: Tensor) -> Tensor:
        if a.dtype is torch.bool or b.dtype is torch.bool:
            a, b = a.to(torch.int64), b.to(torch.int64)
        return fn(a, b)

    return run


for _name, _like in (
    ("add", "_plus_scalar"),
    ("subtract", "_minus_scalar"),
    ("rsubtract", "_rminus_scalar"),
    ("multiply", "_mul_scalar"),
    ("mod", "_mod_scalar"),
    ("rmod", "_rmod_scalar"),
    ("power", "_power_scalar"),
    ("rpower", "_rpower_scalar"),
):
    op(f"_npi_{_name}_scalar", told=result_shapes.of_only)(kernel_of(_like))
for _name, _two, _text, _mirrored in (
    ("copysign", _copysign, "Sign of the second on the first", False),
    ("rcopysign", _copysign, "Sign of the second on the first", True),
    ("ldexp", _ldexp, "First times two to the power of the second", False),
    ("rldexp", _ldexp, "First times two to the power of the second", True),
    ("arctan2", _arctan2, "Inverse tangent of the quotient", False),
    ("rarctan2", _arctan2, "Inverse tangent of the quotient", True),
):
    _of_number(f"_npi_{_name}_scalar", _in_float(_two), _text, _mirrored)
for _name, _two, _text in (
    ("lcm", _lcm, "Least common multiple"),
    ("bitwise_and", _bits(torch.bitwise_and), "Bits of both"),
    ("bitwise_or", _bits(torch.bitwise_or), "Bits of either"),
    ("bitwise_xor", _bits(torch.bitwise_xor), "Bits of just one"),
):
    _of_number(f"_npi_{_name}_scalar", _two, _text, types="T -> T")
for _name, _two in (
    ("equal", torch.eq),
    ("not_equal", torch.ne),
    ("greater", torch.gt),
    ("greater_equal", torch.ge),
    ("less", torch.lt),
    ("less_equal", torch.le),
):
    _of_number(f"_npi_{_name}_scalar", _two, f"Comparison ({_name}), as bool,", types=BOOL)


def _divided(data: Tensor, scalar: float, mirrored: bool) -> Tensor:
    if not data.is_floating_point():
        data = data.to(torch.float32)
    return torch.div(number(data, scalar), data) if mirrored else torch.div(data, scalar)


@op("_npi_true_divide_scalar", types="T -> T/", told=result_shapes.of_only)
def true_divide_scalar(data: Tensor, *, scalar: float = 1.0, is_int: bool = True) -> Tensor:
    """``data / scalar``; of integers float32, whatever ``is_int`` says."""
    return _divided(data, scalar, False)


@op("_npi_rtrue_divide_scalar", types="T -> T/", told=result_shapes.of_only)
def rtrue_divide_scalar(data: Tensor, *, scalar: float = 1.0, is_int: bool = True) -> Tensor:
    """``scalar / data``; of integers float32, whatever ``is_int`` says."""
    return _divided(data, scalar, True)
