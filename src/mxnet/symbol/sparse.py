"""Operators on symbols, for sparse arrays too: ``mx.sym.sparse``.

>>> import mxnet as mx
>>> x = mx.sym.var("x", stype="csr")
>>> mx.sym.sparse.abs(x).list_arguments()
['x']
"""

from __future__ import annotations

from mxnet._base.lazy import attach_made
from mxnet.ndarray.sparse import OPERATORS

from ._compose import function
from .symbol import Symbol

__all__ = ["Symbol"]


__getattr__, __dir__ = attach_made(__name__, OPERATORS, function)
