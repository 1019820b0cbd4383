"""``mx.sym.npx``: operators on NumPy symbols that NumPy does not have."""

from __future__ import annotations

from typing import Any

from mxnet import _ops
from mxnet._base.lazy import import_module
from mxnet.symbol.numpy._face import operator_function

_MODULES = ("image", "random")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value: Any = import_module(f"{__name__}.{name}")
    elif name.startswith("_") or _ops.find(f"_npx_{name}") is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    else:
        value = operator_function(f"_npx_{name}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    names = [n.removeprefix("_npx_") for n in _ops.all_names() if n.startswith("_npx_")]
    return sorted([*(n for n in names if not n.startswith("_")), *_MODULES])
