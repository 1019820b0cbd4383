"""Linear algebra on np arrays: ``mx.np.linalg``."""

from __future__ import annotations

from typing import Any as _Any

from ._face import arrays as _arrays
from ._face import expose as _expose
from ._linalg import FUNCTIONS as _FUNCTIONS

__all__ = [*_FUNCTIONS]
_find, __dir__ = _expose(globals(), _arrays, _FUNCTIONS)


def __getattr__(name: str) -> _Any:
    from . import fallback_linalg

    if name == "fallback_linalg":
        return fallback_linalg
    return getattr(fallback_linalg, name) if name in fallback_linalg.__all__ else _find(name)
