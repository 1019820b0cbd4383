"""``mx.sym.npx.image``: images as NumPy symbols."""

from __future__ import annotations

from typing import Any

from mxnet import _ops
from mxnet.symbol.numpy._face import operator_function

_PREFIX = "_npx__image_"


def __getattr__(name: str) -> Any:
    if name.startswith("_") or _ops.find(_PREFIX + name) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = operator_function(_PREFIX + name)
    return value


def __dir__() -> list[str]:
    return sorted(n.removeprefix(_PREFIX) for n in _ops.all_names() if n.startswith(_PREFIX))
