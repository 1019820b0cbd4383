"""Keyword arguments of iterators over files, as values or as the text that 1.9.1 makes of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from mxnet._base.errors import ArgumentError
from mxnet._ops.types import Invalid, reader

_log = logging.getLogger(__name__)

REQUIRED: Any = object()
Table = Mapping[str, tuple[Any, Any]]
"""Name -> type hint of an operator's attribute, and default, or REQUIRED."""


def read_options(name: str, table: Table, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> SimpleNamespace:
    """The options of ``table`` as attributes.

    Args:
        name: of the iterator, for messages.
        args: positional arguments, of which there must be none.
        kwargs: keyword arguments; those that are not in the table are logged and passed over, as 1.9.1 passes them.

    Raises:
        ArgumentError: a required one is missing, or one is not of its type.

    >>> read_options("Example", {"batch_size": (int, REQUIRED), "shuffle": (bool, False)}, (), {"batch_size": "5"})
    namespace(batch_size=5, shuffle=False)
    """
    if args:
        raise ArgumentError(f"{name}: takes keyword arguments only, such as batch_size=")
    unknown = sorted(set(kwargs) - set(table))
    if unknown:
        _log.warning("%s: takes no %s; passed over, as in 1.9.1", name, ", ".join(unknown))
    found = {}
    for key, (hint, default) in table.items():
        if key not in kwargs or (kwargs[key] is None and default is REQUIRED):
            if default is REQUIRED:
                raise ArgumentError(f"{name}: required parameter {key} is not given")
            found[key] = default
            continue
        kind, read = reader(hint)
        try:
            found[key] = read(kwargs[key])
        except Invalid as error:
            raise ArgumentError(f"{name}: {key} is {kwargs[key]!r}; expected {error or kind}") from None
        except (TypeError, ValueError) as error:
            raise ArgumentError(f"{name}: {key} is {kwargs[key]!r}; expected {kind}: {error}") from None
    return SimpleNamespace(**found)
