"""Shapes by patterns of axes: what known shapes say about the others.

``"*b k, h k, h -> *b h"`` of FullyConnected has a pattern for each input and output. A word is one axis, a number is
its size, ``*s`` is any number of axes, and the same word is the same size wherever it stands. ``...`` alone is a shape
that has no part in it; the last pattern on the left stands for all further inputs.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TypeAlias

from mxnet._base.errors import ShapeError
from mxnet._ops import Shape
from mxnet._runtime.state import np_shape_active

from .open_shapes import is_open, open_mark

Shapes: TypeAlias = Sequence[Shape | None]
Proposal: TypeAlias = tuple[list[Shape | None], list[Shape | None]]
Pattern: TypeAlias = tuple[str, ...]


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> tuple[list[Pattern], list[Pattern]]:
    """The patterns of the inputs and those of the outputs."""
    left, right = text.split("->")
    return [tuple(p.split()) for p in left.split(",")], [tuple(p.split()) for p in right.split(",")]


def solve(text: str, inputs: Shapes, outputs: Shapes) -> Proposal:
    """The shapes by the rule ``text``.

    >>> solve("*b k, h k, h -> *b h", [(0, 3, 5), None, (4,)], [(2, 0, 0)])
    ([(2, 3, 5), (4, 5), (4,)], [(2, 3, 4)])
    """
    left, right = parse(text)
    left = left + left[-1:] * (len(inputs) - len(left))
    known: dict[str, Shape] = {}
    for what, patterns, shapes in (("input", left, inputs), ("output", right, outputs)):
        for i, (pattern, shape) in enumerate(zip(patterns, shapes, strict=False)):
            if pattern != ("...",) and (shape or (shape is not None and np_shape_active())):
                _match(pattern, shape, known, f"{what} {i}")
    made = [[_made(p, known) for p in patterns] for patterns in (left[: len(inputs)], right)]
    return made[0], made[1] + [None] * (len(outputs) - len(made[1]))


def _match(pattern: Pattern, shape: Shape, known: dict[str, Shape], who: str) -> None:
    """Note what ``shape`` says of the words of ``pattern``."""
    if _made(pattern, known) == shape:
        return
    many = [i for i, word in enumerate(pattern) if word.startswith("*")]
    extra = len(shape) - (len(pattern) - len(many))
    if extra < 0 or (extra and not many):
        raise ShapeError(f"{who}: Shape inconsistent, Provided = {list(shape)}, inferred {' '.join(pattern)!r}")
    at = 0
    for word in pattern:
        count = extra if word.startswith("*") else 1
        part = shape[at : at + count]
        at += count
        have = (int(word),) if word.isdigit() else known.get(word, part)
        if len(have) != len(part) or any(not is_open(a) and not is_open(b) and a != b for a, b in zip(have, part)):  # noqa: B905
            raise ShapeError(
                f"{who}: Shape inconsistent, Provided = {list(shape)}, inferred shape={_told(pattern, known)}"
            )
        known[word] = tuple(b if is_open(a) else a for a, b in zip(have, part, strict=True))


def _shape(pattern: Pattern, known: dict[str, Shape]) -> Shape | None:
    if pattern == ("...",):
        return None
    sizes: list[int] = []
    for word in pattern:
        if word in known:
            sizes += known[word]
        elif word.startswith("*"):
            return None
        else:
            sizes.append(int(word) if word.isdigit() else open_mark())
    return tuple(sizes)


def _made(pattern: Pattern, known: dict[str, Shape]) -> Shape | None:
    """The shape as an operator makes it: a number has one axis where a shape without axes stands for an unknown one."""
    shape = _shape(pattern, known)
    return (1,) if shape == () and not np_shape_active() else shape


def _told(pattern: Pattern, known: dict[str, Shape]) -> str:
    shape = _shape(pattern, known)
    return " ".join(pattern) if shape is None else str(shape)
