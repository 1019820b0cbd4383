"""Functions element by element, for arrays and for symbols: see ``_face``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as onp

from mxnet._base.errors import ArgumentError, DTypeError
from mxnet.ndarray._operators import number_of
from mxnet.util import check_ufunc_options

from ._face import Face, refuse_type

UNARY = {
    n: f"_npi_{n}"
    for n in """abs absolute arccos arccosh arcsin arcsinh arctan arctanh bitwise_not cbrt ceil cos cosh degrees exp
    expm1 fix floor isfinite isinf isnan isneginf isposinf log log10 log1p log2 logical_not negative radians reciprocal
    rint sign sin sinh sqrt square tan tanh trunc""".split()
}
UNARY |= {"fabs": "_npi_abs", "invert": "_npi_bitwise_not", "deg2rad": "_npi_radians", "rad2deg": "_npi_degrees"}
"""By name, the operator."""

_ANSWERS = ("isfinite", "isinf", "isnan", "isneginf", "isposinf", "logical_not")
_Row = tuple[str, str, str]
BINARY: dict[str, _Row] = {
    n: (f"_npi_{n}", f"_npi_{n}_scalar", f"_npi_{n}_scalar")
    for n in "add multiply equal not_equal bitwise_and bitwise_or bitwise_xor lcm maximum minimum hypot".split()
}
BINARY |= {
    n: (f"_npi_{n}", f"_npi_{n}_scalar", f"_npi_r{n}_scalar")
    for n in "subtract true_divide mod power copysign ldexp arctan2".split()
}
BINARY |= {"divide": BINARY["true_divide"], "remainder": BINARY["mod"]}
for _name, _other in (
    ("greater", "less"),
    ("less", "greater"),
    ("greater_equal", "less_equal"),
    ("less_equal", "greater_equal"),
):
    BINARY[_name] = (f"_npi_{_name}", f"_npi_{_name}_scalar", f"_npi_{_other}_scalar")
"""By name, the operators for two arrays, for an array and a number, and for a number and an array."""
NO_KEYWORDS = ("equal", "not_equal", "greater", "less", "greater_equal", "less_equal", "true_divide")


def _unary(name: str, op: str) -> Callable[..., Any]:
    def call(face: Face, x: Any, out: Any = None, **kwargs: Any) -> Any:
        if kwargs:
            check_ufunc_options(name, kwargs)
        if name in _ANSWERS and out is not None and face.concrete and out.dtype != onp.bool_:
            raise DTypeError(f"{name}: out has dtype {out.dtype}, expected bool")
        if face.is_array(x):
            return getattr(face, op)(x, out=out)
        if number_of(x) is not None:
            return getattr(onp, "bitwise_not" if name == "invert" else name)(x)
        return getattr(face, op)(x, out=out)

    call.__name__ = name
    call.__doc__ = f"""``{name}``, element by element.

    Args:
        x: an array; of a number NumPy's own answer is given.
        out: an array to write the result to.
    """
    return call


def combine(face: Face, row: _Row, name: str, x1: Any, x2: Any, out: Any = None) -> Any:
    """Two arrays, an array and a number, or two numbers by one of the operators in ``row``."""
    right = None if face.is_array(x2) else number_of(x2)
    if right is not None:
        if not face.is_array(x1) and (left := number_of(x1)) is not None:
            return getattr(onp, name)(left, right)
        return face.with_number(row[1], x1, right, out, False)
    if not face.is_array(x1) and (left := number_of(x1)) is not None:
        return face.with_number(row[2], x2, left, out, True)
    return getattr(face, row[0])(x1, x2, out=out)


def _binary(name: str, row: _Row) -> Callable[..., Any]:
    if name in NO_KEYWORDS:

        def call(face: Face, x1: Any, x2: Any, out: Any = None) -> Any:
            return combine(face, row, name, x1, x2, out)
    else:

        def call(face: Face, x1: Any, x2: Any, out: Any = None, **kwargs: Any) -> Any:  # type: ignore[misc]
            if kwargs:
                check_ufunc_options(name, kwargs)
            return combine(face, row, name, x1, x2, out)

    call.__name__ = name
    call.__doc__ = f"""``{name}`` of two arrays, or an array and a number, element by element.

    Args:
        x1, x2: arrays, whose axes of size 1 are repeated to fit, or numbers, which are cut to the dtype of the array.
        out: an array to write the result to.
    """
    return call


FUNCTIONS: dict[str, Callable[..., Any]] = {n: _unary(n, op) for n, op in UNARY.items()}
FUNCTIONS |= {n: _binary(n, row) for n, row in BINARY.items()}


def around(face: Face, x: Any, decimals: int = 0, out: Any = None, **kwargs: Any) -> Any:
    """Rounded to so many decimals, halves to even."""
    check_ufunc_options("around", kwargs)
    return face._npi_around(x, decimals=decimals, out=out)


def clip(face: Face, a: Any, a_min: Any, a_max: Any, out: Any = None) -> Any:
    """Kept between ``a_min`` and ``a_max``, of which one may be None.

    Raises:
        ArgumentError: both are None.
    """
    if a_min is None and a_max is None:
        raise ArgumentError("clip: a_min and a_max are both None; give one at least")
    low = float("-inf") if a_min is None else a_min
    return face._npi_clip(a, a_min=low, a_max=float("inf") if a_max is None else a_max, out=out)


def nan_to_num(
    face: Face,
    x: Any,
    copy: bool = True,
    nan: float = 0.0,
    posinf: float | None = None,
    neginf: float | None = None,
    **kwargs: Any,
) -> Any:
    """Numbers in the place of not-a-number and the infinities.

    Args:
        x: an array.
        copy: give a new array; else ``x`` is changed.
        nan: in the place of not-a-number.
        posinf, neginf: in the place of the infinities; the greatest and least number of the dtype if None.
    """
    check_ufunc_options("nan_to_num", kwargs)
    if number_of(x) is not None and not face.is_array(x):
        return onp.nan_to_num(x, copy, nan, posinf, neginf)
    if not face.is_array(x):
        refuse_type(x)
    return face._npi_nan_to_num(
        x, copy=copy, nan=nan, posinf=posinf, neginf=neginf, out=None if copy else face.target(x)
    )


FUNCTIONS |= {"around": around, "round": around, "round_": around, "clip": clip, "nan_to_num": nan_to_num}
