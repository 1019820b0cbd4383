"""Operators outside the core, on symbols."""

from __future__ import annotations

from mxnet._runtime.front import expose

from ._compose import function
from ._contrib_functions import rand_zipfian
from ._control_flow import cond, foreach, while_loop

__all__ = ["cond", "foreach", "rand_zipfian", "while_loop"]

expose(__name__, ("_contrib_",), function)
