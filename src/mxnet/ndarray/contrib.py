"""Operators outside the core, on NDArrays."""

from __future__ import annotations

from mxnet._runtime.front import expose

from ._namespace import function
from .functions import isfinite, isinf, isnan

__all__ = ["isfinite", "isinf", "isnan"]

expose(__name__, ("_contrib_",), function)
