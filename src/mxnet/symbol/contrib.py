"""Operators outside the core, on symbols."""

from __future__ import annotations

from mxnet._runtime.front import expose

from ._compose import function

expose(__name__, ("_contrib_",), function)
