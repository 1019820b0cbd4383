"""Operators outside the core, on NDArrays; also ``mx.nd.contrib``, which has more functions."""

from __future__ import annotations

from mxnet._runtime.front import expose
from mxnet.ndarray._namespace import function

expose(__name__, ("_contrib_",), function)
