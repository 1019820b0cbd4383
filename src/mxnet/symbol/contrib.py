"""Operators outside the core, on symbols."""

from __future__ import annotations

from mxnet._runtime.front import expose

from ._compose import function
from ._contrib_functions import rand_zipfian

__all__ = ["rand_zipfian"]

expose(__name__, ("_contrib_",), function)
