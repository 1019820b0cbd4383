"""Nested lists and dicts of arrays or symbols, as one flat list and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mxnet._base.errors import ArgumentError
from mxnet.ndarray import NDArray
from mxnet.symbol import Symbol

Format = Any
"""How a nested list is built: -1 for None, 0 for an array or symbol, n for a symbol of n outputs; a list of these
or, of outputs, a dict.
"""


def _flatten(args: Any, inout_str: str) -> tuple[list[Any], Format]:
    """``args`` as a flat list, and its format.

    Args:
        args: an array, a symbol, None, or a nested list or tuple of them; outputs may be dicts too, unlike in 1.9.1.
        inout_str: ``input`` or ``output``, for the message.

    Raises:
        ArgumentError: there is something else in it.
    """
    if isinstance(args, NDArray):
        return [args], 0
    if isinstance(args, Symbol):
        length = len(args._outputs)
        return [args], length if length > 1 else 0
    if args is None:
        return [None], -1
    if isinstance(args, dict) and inout_str == "output":
        items, fmt = _flatten(list(args.values()), inout_str)
        return items, dict(zip(args, fmt, strict=True))
    if not isinstance(args, (list, tuple)):
        raise ArgumentError(
            f"When hybridized, the input of HybridBlock {inout_str} must be (nested) list of Symbol or NDArray, "
            f"but got {args!r} of type {type(args)}"
        )
    flat: list[Any] = []
    formats: list[Format] = []
    for item in args:
        items, fmt = _flatten(item, inout_str)
        flat.extend(items)
        formats.append(fmt)
    return flat, formats


def _regroup(args: Sequence[Any], fmt: Format, nones: bool = True) -> tuple[Any, Sequence[Any]]:
    """The first of ``args`` built up again as ``fmt`` says, and what is left of them.

    ``nones`` tells whether Nones are among ``args``, as they are in inputs but not in what a graph gives.
    """
    if isinstance(fmt, int):
        if fmt == -1:
            return None, args[1:] if nones else args
        if fmt == 0:
            return args[0], args[1:]
        return list(args[:fmt]), args[fmt:]
    if isinstance(fmt, dict):
        values, args = _regroup(args, list(fmt.values()), nones)
        return dict(zip(fmt, values, strict=True)), args
    made = []
    for part in fmt:
        value, args = _regroup(args, part, nones)
        made.append(value)
    return made, args


def merge_nones(fmt: Format, stored: Format) -> Format | None:
    """``fmt`` made as long as ``stored`` with Nones at its end, or cut to it if only Nones are lost; else None."""
    if not isinstance(fmt, list) or not isinstance(stored, list):
        return fmt if fmt == stored else None
    count = len(stored)
    if len(fmt) < count:
        fmt = fmt + [-1] * (count - len(fmt))
    return fmt[:count] if fmt[:count] == stored and all(f == -1 for f in fmt[count:]) else None


def leaves(args: Any) -> Iterable[Any]:
    """Everything in nested lists and tuples, whatever it is."""
    if isinstance(args, (list, tuple)):
        for item in args:
            yield from leaves(item)
    else:
        yield args
