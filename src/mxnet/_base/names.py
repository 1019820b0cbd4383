"""Where classes are said to be."""

from __future__ import annotations

from typing import Any


def at_home(names: dict[str, Any], siblings: str = "_") -> None:
    """Let the classes in ``names``, the ``vars()`` of a public module, that its siblings define say they are of it.

    Programs find them there, and pickles and printed texts name that place, as those of 1.9.1 do. ``siblings`` is how
    the names of those modules begin: only private ones, or fewer where some define classes of another public module.
    """
    private = f"{names['__package__']}.{siblings}"
    for value in names.values():
        if isinstance(value, type) and value.__module__.startswith(private):
            value.__module__ = names["__name__"]
