"""``mx.sym.np``: NumPy's functions on symbols, each made at its first use."""

from __future__ import annotations

from typing import Any

from mxnet._base.lazy import import_module
from mxnet.numpy import _choosing, _counting, _creation, _joining, _products, _reductions, _shapes, _ufuncs
from mxnet.numpy._face import expose

from ._face import operator_function, symbols
from ._functions import diag_indices_from, empty_like, may_share_memory, shares_memory
from ._symbol import _Symbol

_OPERATORS = {
    n: f"_np_{n}" for n in "all amax amin any copy cumsum diag diagflat diagonal dot max min moveaxis".split()
}
_OPERATORS |= {n: f"_np_{n}" for n in "prod product repeat reshape roll sometrue squeeze sum trace transpose".split()}
_FUNCTIONS = {
    **_ufuncs.FUNCTIONS,
    **_products.FUNCTIONS,
    **_reductions.FUNCTIONS,
    **_counting.FUNCTIONS,
    **_shapes.FUNCTIONS,
    **_joining.FUNCTIONS,
}
_FUNCTIONS |= {**_choosing.FUNCTIONS, **_creation.FUNCTIONS}
_FUNCTIONS = {n: f for n, f in _FUNCTIONS.items() if n not in _OPERATORS and n != "nonzero"}
_find, _list = expose(globals(), symbols, _FUNCTIONS)


def __getattr__(name: str) -> Any:
    if name in ("_internal", "linalg", "random"):
        value: Any = import_module(f"{__name__}.{name}")
    elif name in _OPERATORS:
        value = operator_function(_OPERATORS[name])
    else:
        return _find(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*_list(), *_OPERATORS, "linalg", "random"} - {"expose", "operator_function", "symbols"})


__all__ = ["_Symbol", "diag_indices_from", "empty_like", "may_share_memory", "shares_memory", *_FUNCTIONS, *_OPERATORS]
