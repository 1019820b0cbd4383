"""Operators by all their names, those that begin with an underscore included."""

from __future__ import annotations

from mxnet._runtime.front import expose

from ._compose import function

expose(__name__, ("", "_"), function)
