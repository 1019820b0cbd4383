"""Operators on symbols, for sparse arrays too: ``mx.sym.sparse``.

>>> import mxnet as mx
>>> x = mx.sym.var("x", stype="csr")
>>> mx.sym.sparse.abs(x).list_arguments()
['x']
"""

from __future__ import annotations

import types
from typing import Any

from mxnet.ndarray.sparse import OPERATORS

from ._compose import function
from .symbol import Symbol

__all__ = ["Symbol"]


def __getattr__(name: str) -> Any:
    if name == "op":
        value: Any = types.ModuleType(f"{__name__}.op", "The operators of this module.")
        value.__dict__.update({n: function(o) for n, o in OPERATORS.items()})
    elif name in OPERATORS:
        value = function(OPERATORS[name])
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *OPERATORS, "op"})
