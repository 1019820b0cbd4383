"""Operators of ``mx.sym.np`` by the names of the registry, on NumPy symbols."""

from __future__ import annotations

from typing import Any

from mxnet import _ops

from ._face import operator_function


def __getattr__(name: str) -> Any:
    if name.startswith("__") or _ops.find(f"_npi_{name}") is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = operator_function(f"_npi_{name}")
    return value
