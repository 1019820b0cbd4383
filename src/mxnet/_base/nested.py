"""Nested lists of arrays or symbols, as one flat list and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from .errors import InputTypeError

Layout: TypeAlias = "int | list[Any]"
"""How a value is built: -1 for one item, n for an item that stands for n, a list of these for a list."""


def flatten(value: Any, kind: type, who: str) -> tuple[list[Any], Layout]:
    """``value`` as a flat list of ``kind``, and its layout.

    An item of several outputs, as symbols can be, counts as the list of them.

    Raises:
        InputTypeError: there is something else in it; ``who`` says where.

    >>> flatten([1, (2, [3])], int, "example")
    ([1, 2, 3], [-1, [-1, [-1]]])
    """
    if isinstance(value, kind):
        outputs = getattr(value, "_outputs", None)
        if outputs is None or len(outputs) == 1:
            return [value], -1
        return list(value), len(outputs)  # type: ignore[call-overload]
    if not isinstance(value, (list, tuple)):
        raise InputTypeError(f"{who} must be (nested) list of {kind.__name__}, but got {value} of type {type(value)}")
    flat: list[Any] = []
    layout: list[Any] = []
    for item in value:
        items, part = flatten(item, kind, who)
        flat += items
        layout.append(part)
    return flat, layout


def regroup(flat: Sequence[Any], layout: Layout) -> Any:
    """What :func:`flatten` took apart; tuples come back as lists.

    >>> regroup([1, 2, 3], [-1, [-1, [-1]]])
    [1, [2, [3]]]
    """
    rest = iter(flat)

    def build(part: Layout) -> Any:
        if isinstance(part, list):
            return [build(p) for p in part]
        return next(rest) if part < 0 else [next(rest) for _ in range(part)]

    return build(layout)
