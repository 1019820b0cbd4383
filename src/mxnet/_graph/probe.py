"""What an operator makes of sizes that are not known, found by trying numbers for them.

The operator is run on tensors without storage, once for each number. What then stays the same does not depend on the
open sizes. Where an output's size lies on a straight line over one open size (``out = in + 2`` of a convolution without
padding, ``in / 3`` of a split in three), the line read backward gives the open size from the output's. Where an
operator takes one of many numbers only, as its other inputs call for it, the open size is that number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from mxnet._base.errors import KERNEL_ERRORS
from mxnet._ops import Shape

from .open_shapes import is_open, open_mark

Run: TypeAlias = Callable[[list[Shape]], list[Shape]]
"""Output shapes for these input shapes; raises whatever the operator raises of them."""
Place: TypeAlias = tuple[int, int]
"""Which input, and which of its axes."""

_LARGE = (840, 1680)
"""They divide well, so that operators that cut or fold take them."""
_SMALL = (1, 2, 3, 4, 5, 6, 7, 8)
"""Where kernels, windows and ends of slices show: what large numbers have in common is not true of all."""

_ENOUGH = 3
"""How many numbers the operator has to accept before they say anything."""


class Probe:
    """An operator with input shapes some of whose sizes are open."""

    def __init__(self, run: Run, inputs: Sequence[Shape]) -> None:
        self._run = run
        self._inputs = inputs
        self.places = [(k, axis) for k, s in enumerate(inputs) for axis, d in enumerate(s) if is_open(d)]
        self._all = _LARGE + _SMALL

    def outputs(self) -> list[Shape | None]:
        """What can be told of the output shapes; nothing if few numbers are accepted for all open sizes at once."""
        made = list(filter(None, (self.with_sizes(s) for s in self._assignments())))
        if len(made) < _ENOUGH:
            return []
        return [_common([m[k] for m in made]) for k in range(len(made[0]))]

    def _assignments(self) -> Iterator[dict[Place, int]]:
        for size in self._all:
            yield dict.fromkeys(self.places, size)
        if len(self.places) > 1:
            yield {p: _LARGE[0] * (i + 1) for i, p in enumerate(self.places)}

    def with_sizes(self, sizes: Mapping[Place, int]) -> list[Shape] | None:
        """Output shapes with these sizes for what is open; None if the operator does not take them."""
        filled = [tuple(sizes.get((k, axis), d) for axis, d in enumerate(s)) for k, s in enumerate(self._inputs)]
        try:
            return self._run(filled)
        except KERNEL_ERRORS:  # what a kernel raises for made-up numbers says nothing
            return None

    def inputs(self, outputs: Sequence[Shape | None]) -> list[Shape]:
        """The input shapes with what can be told of their open sizes."""
        found: dict[Place, int] = {}
        tried = [(tied, tries) for place in self.places for tied, tries in [self._tries(place)]]
        lines = [_varying(tries) for _, tries in tried]
        for (tied, tries), varying in zip(tried, lines, strict=True):
            only = _only(tries)
            if only is not None:
                found.update(dict.fromkeys(tied, only))
                continue
            for k, axis in varying:
                told = outputs[k] if k < len(outputs) else None
                others = any((k, axis) in v for (t, _), v in zip(tried, lines, strict=True) if t != tied)
                if told and axis < len(told) and not is_open(told[axis]) and not others:
                    size = _read_back({n: made[k][axis] for n, made in tries.items()}, told[axis])
                    if size is not None:
                        found.update(dict.fromkeys(tied, size))
        return [
            tuple(found.get((k, axis), d) if is_open(d) else d for axis, d in enumerate(s))
            for k, s in enumerate(self._inputs)
        ]

    def _tries(self, place: Place) -> tuple[list[Place], dict[int, list[Shape]]]:
        """Results by size of ``place``, with those that have to agree with it."""
        rest = dict.fromkeys(self.places, _LARGE[0])
        tied = [place]
        if self.with_sizes(rest) is not None and self.with_sizes({**rest, place: _LARGE[1]}) is None:
            tied = [p for p in self.places if p[1] == place[1]]
        known = {d for s in self._inputs for d in s if not is_open(d)}
        made = {n: self.with_sizes({**rest, **dict.fromkeys(tied, n)}) for n in {*self._all, *known}}
        return tied, {n: m for n, m in made.items() if m is not None}


def _common(shapes: list[Shape]) -> Shape | None:
    """The sizes in which all agree, and open ones for the others; None if they differ in rank."""
    if len({len(s) for s in shapes}) > 1:
        return None
    return tuple(sizes[0] if len(set(sizes)) == 1 else open_mark() for sizes in zip(*shapes, strict=True))


def _only(tries: Mapping[int, list[Shape]]) -> int | None:
    """The only number that the operator accepts, if there is one."""
    return next(iter(tries)) if len(tries) == 1 and _LARGE[0] not in tries else None


def _varying(tries: Mapping[int, list[Shape]]) -> set[tuple[int, int]]:
    """The axes of outputs that depend on what was tried."""
    rows = list(tries.values())
    if len(rows) < 2 or any(list(map(len, r)) != list(map(len, rows[0])) for r in rows):
        return set()
    return {
        (k, axis)
        for k, shape in enumerate(rows[0])
        for axis, d in enumerate(shape)
        if any(r[k][axis] != d for r in rows)
    }


def _read_back(line: Mapping[int, int], out: int) -> int | None:
    """The size that gives ``out``, if what was tried lies on a straight line; None if it does not."""
    points = sorted(line.items())
    (low, first), (high, last) = points[0], points[-1]
    if len(points) < _ENOUGH or last == first:
        return None
    slope = Fraction(last - first, high - low)
    if any(made != first + slope * (size - low) for size, made in points):
        return None
    size = low + (out - first) / slope
    return int(size) if size.denominator == 1 and size > 0 else None
