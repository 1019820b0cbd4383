"""Shape arithmetic: plain tuples in, plain tuples out."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import Any, NoReturn

from mxnet._base.errors import CallError, ShapeError
from mxnet._ops.types import Shape


def whole(who: str, sizes: Iterable[Any]) -> Shape:
    """``sizes`` as Python's numbers.

    Raises:
        CallError: one is no whole number; 2.0 is none.

    >>> whole("reshape", (2, -1))
    (2, -1)
    """
    sizes = tuple(sizes)
    try:
        return tuple(map(operator.index, sizes))
    except TypeError:
        raise CallError(f"{who}: sizes must be whole numbers, got {sizes!r}; divide with //") from None


def infer_reshape(old: Shape, spec: Shape, reverse: bool = False) -> Shape:
    """The shape that ``Reshape`` gives an array of shape ``old``.

    ``spec`` may hold sizes and, in any number, these codes:

    ====== ==================================================================
    ``0``  copy this dimension
    ``-1`` whatever is left over; once only
    ``-2`` copy all remaining dimensions
    ``-3`` the product of the next two dimensions
    ``-4`` split a dimension into the two sizes that follow, one may be -1
    ====== ==================================================================

    With ``reverse`` the codes are read from the right.

    Raises:
        ShapeError: the sizes do not hold the same number of elements, or a code asks for dimensions that are not
            there.

    >>> infer_reshape((2, 3, 4), (0, -1))
    (2, 12)
    >>> infer_reshape((2, 3, 4), (-4, 1, 2, -2))
    (1, 2, 3, 4)
    >>> infer_reshape((10, 5, 4), (-1, 0), reverse=True)
    (50, 4)
    """
    for s in spec:
        if s <= 0:
            break
    else:  # sizes only: the usual case, kept short
        if math.prod(spec) == math.prod(old) and spec:
            return spec
    if not spec:
        if math.prod(old) == 1:
            return ()
        _refuse(old, spec, reverse, "an empty target holds one element")
    made = _read(old[::-1], spec[::-1], spec, True) if reverse else _read(old, spec, spec, False)
    if reverse:
        made = made[::-1]
    total = math.prod(old)
    if -1 in made:
        known = -math.prod(made)
        if known == 0 or total % known:
            _refuse(old, spec, reverse, f"{total} elements can not be divided by {known} for the dimension -1")
        at = made.index(-1)
        made[at] = total // known
    elif math.prod(made) != total:
        _refuse(old, spec, reverse, f"{tuple(made)} holds {math.prod(made)} elements, the data {total}")
    return tuple(made)


def _read(old: Shape, spec: Shape, given: Shape, reverse: bool) -> list[int]:
    """The dimensions that ``spec`` asks for; one may still be -1."""
    made: list[int] = []
    at = 0  # the dimension of old that is next
    i = 0
    end = len(old)
    while i < len(spec):
        code = spec[i]
        if code == 0:
            if at >= end:
                _refuse(old, given, reverse, f"code 0 at place {i} copies dimension {at}, the data has {end}")
            made.append(old[at])
            at += 1
        elif code > 0:
            made.append(code)
            at += 1
        elif code == -1:
            if -1 in made:
                _refuse(old, given, reverse, "one dimension at most can be -1")
            made.append(-1)
            at += 1
        elif code == -2:
            made.extend(old[at:])
            at = end
        elif code == -3:
            if at + 2 > end:
                _refuse(old, given, reverse, f"code -3 joins dimensions {at} and {at + 1}, the data has {end}")
            made.append(old[at] * old[at + 1])
            at += 2
        elif code == -4:
            if i + 2 >= len(spec) or at >= end:
                _refuse(old, given, reverse, "code -4 needs two sizes after it and a dimension to split")
            made.extend(_split(old, old[at], spec[i + 1], spec[i + 2], given, reverse))
            at += 1
            i += 2
        else:
            _refuse(old, given, reverse, f"{code} is no code; expected a size or one of 0 -1 -2 -3 -4")
        i += 1
    return made


def _split(old: Shape, size: int, left: int, right: int, given: Shape, reverse: bool) -> tuple[int, int]:
    if left == -1 and right > 0 and size % right == 0:
        left = size // right
    elif right == -1 and left > 0 and size % left == 0:
        right = size // left
    if left < 0 or right < 0 or left * right != size:
        _refuse(old, given, reverse, f"code -4 can not split {size} into {left} and {right}")
    return left, right


def _refuse(old: Shape, spec: Shape, reverse: bool, why: str) -> NoReturn:
    if reverse:
        why += ", reading from the right"
    raise ShapeError(f"Reshape: data of shape {tuple(old)} can not take the shape {spec}: {why}")


def nth_axis(who: str, axis: int, ndim: int) -> int:
    """``axis`` counted from the front.

    Raises:
        ShapeError: the array has no such axis; ``who`` is the operator named in the message.

    >>> nth_axis("sum", -1, 3)
    2
    """
    if -ndim <= axis < ndim:
        return axis % ndim
    raise ShapeError(f"{who}: axis {axis} exceeds the input's {ndim} dimensions; expected {-ndim} to {ndim - 1}")


def nth_axes(who: str, axes: Shape, ndim: int) -> Shape:
    """``axes`` counted from the front, in ascending order.

    Raises:
        ShapeError: one of them is not there, or is named twice.
    """
    found = sorted([nth_axis(who, a, ndim) for a in axes])
    if len(set(found)) < len(found):
        raise ShapeError(f"{who}: axes {axes} have duplicates; expected each once")
    return tuple(found)
