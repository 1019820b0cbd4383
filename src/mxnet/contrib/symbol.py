"""Operators outside the core, on symbols; also ``mx.sym.contrib``, which has more functions."""

from __future__ import annotations

from mxnet._runtime.front import expose
from mxnet.symbol._compose import function

expose(__name__, ("_contrib_",), function)
