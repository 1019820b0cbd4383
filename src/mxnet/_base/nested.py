"""Nested lists of arrays or symbols, as one flat list and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from .errors import CallError, InputTypeError

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


def unpacked(value: Any, who: str, *parts: str) -> Sequence[Any]:
    """What a function of the user's returned, as many things as ``parts`` has names for them.

    Raises:
        CallError: it is something else; ``who`` says whose function.

    >>> unpacked((1, [2]), "foreach: body", "outputs", "states")
    (1, [2])
    """
    if isinstance(value, tuple) and len(value) == len(parts):
        return value
    try:
        found = list(value)
    except TypeError:
        found = []
    if len(found) != len(parts):
        got = f"{len(found)} values" if isinstance(value, (list, tuple)) else f"one {type(value).__name__}"
        raise CallError(f"{who} must return {len(parts)} values, {', '.join(parts)}; got {got}")
    return found


def regroup(flat: Sequence[Any], layout: Layout) -> Any:
    """What :func:`flatten` took apart; tuples come back as lists.

    >>> regroup([1, 2, 3], [-1, [-1, [-1]]])
    [1, [2, [3]]]
    """
    return _regrouped(iter(flat), layout)


def _regrouped(rest: Iterator[Any], layout: Layout) -> Any:
    if isinstance(layout, list):
        return [_regrouped(rest, part) for part in layout]
    return next(rest) if layout < 0 else [next(rest) for _ in range(layout)]
