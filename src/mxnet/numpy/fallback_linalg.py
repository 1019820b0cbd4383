"""NumPy's own functions of linear algebra on np arrays, for what has no operator here."""

from __future__ import annotations

from typing import Any

import numpy as onp

from .fallback import wrapped

__all__ = "cond lstsq matrix_power matrix_rank multi_dot qr".split()


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = wrapped(getattr(onp.linalg, name), name, __name__)
    return value
