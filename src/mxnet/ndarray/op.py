"""Operators of general use, on NDArrays."""

from __future__ import annotations

from mxnet._runtime.front import expose

from ._namespace import function

expose(__name__, ("",), function, {"CachedOp": "mxnet._graph.cached_op:CachedOp"})
