"""Operators by all their names, including those that begin with an underscore."""

from __future__ import annotations

from mxnet._runtime.front import expose

from ._namespace import function
from .ndarray import NDArray


def _set_value(src: float, out: NDArray) -> NDArray:
    """Fill ``out`` with the number ``src``; returns ``out``."""
    return function("_set_value")(out, src=src, out=out)


expose(
    __name__,
    ("", "_"),
    function,
    {"CachedOp": "mxnet._graph.cached_op:CachedOp", "NDArrayBase": "mxnet._runtime.array:Array"},
)
