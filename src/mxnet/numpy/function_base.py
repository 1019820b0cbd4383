"""Grids."""

from __future__ import annotations

from typing import Any

from mxnet._base.errors import ArgumentError

from .multiarray import as_array, ndarray
from .stride_tricks import broadcast_arrays

__all__ = ["broadcast_arrays", "meshgrid"]


def meshgrid(*xi: Any, **kwargs: Any) -> list[ndarray]:
    """A grid from its lines along each axis: for each of them an array with its value at every point.

    Args:
        xi: arrays of one axis.
        kwargs: indexing, "xy" (the first two axes exchanged) or "ij"; sparse, leave axes at size 1; copy, which has
            no effect.
    """
    options = {"indexing": "xy", "sparse": False, "copy": True, **kwargs}
    if len(options) > 3 or options["indexing"] not in ("xy", "ij"):
        raise ArgumentError(f"meshgrid: got {kwargs}, expected indexing 'xy' or 'ij', sparse or copy")
    lines = [as_array(x).reshape(-1) for x in xi]
    count = len(lines)
    sizes = [x.size for x in lines]
    made = [x.reshape([-1 if d == i else 1 for d in range(count)]) for i, x in enumerate(lines)]
    if options["indexing"] == "xy" and count > 1:
        made = [m.swapaxes(0, 1) for m in made]
        sizes[0], sizes[1] = sizes[1], sizes[0]
    return made if options["sparse"] else [m.broadcast_to(tuple(sizes)) for m in made]
