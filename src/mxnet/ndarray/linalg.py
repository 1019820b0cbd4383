"""Linear algebra on NDArrays."""

from __future__ import annotations

from mxnet._runtime.front import expose

from ._namespace import function

expose(__name__, ("_linalg_",), function)
