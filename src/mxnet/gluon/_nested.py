"""Nested lists of arrays or symbols, made flat and put together again."""

from __future__ import annotations

from typing import Any

from mxnet._base.errors import ArgumentError
from mxnet._runtime.array import Array
from mxnet.symbol import Symbol

Form = Any
"""0 for one array, n for a symbol of n outputs, -1 for None, a list for a list of these."""


def flatten(value: Any, what: str) -> tuple[list[Any], Form]:
    """The arrays or symbols in ``value``, and how they were nested.

    Raises:
        ArgumentError: there is something else in it.
    """
    if isinstance(value, Array):
        return [value], 0
    if isinstance(value, Symbol):
        return [value], len(value._outputs) if len(value._outputs) > 1 else 0
    if value is None:
        return [None], -1
    if not isinstance(value, (list, tuple)):
        raise ArgumentError(
            f"When hybridized, the {what} of HybridBlock must be (nested) list of Symbol or NDArray, got {value!r} of "
            f"type {type(value)}"
        )
    flat: list[Any] = []
    forms: list[Form] = []
    for each in value:
        part, form = flatten(each, what)
        flat.extend(part)
        forms.append(form)
    return flat, forms


def regroup(flat: list[Any], form: Form) -> tuple[Any, list[Any]]:
    """What :func:`flatten` took apart, and what is left of ``flat``."""
    if form == -1:
        return None, flat[1:] if flat and flat[0] is None else flat
    if isinstance(form, int):
        return (flat[0], flat[1:]) if form == 0 else (flat[:form], flat[form:])
    made = []
    for each in form:
        value, flat = regroup(flat, each)
        made.append(value)
    return made, flat
