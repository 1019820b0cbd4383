"""Linear algebra on np arrays: ``mx.np.linalg``."""

from __future__ import annotations

from ._face import arrays as _arrays
from ._face import expose as _expose
from ._linalg import FUNCTIONS as _FUNCTIONS

__all__ = [*_FUNCTIONS]  # noqa: PLE0604  made of texts
__getattr__, __dir__ = _expose(globals(), _arrays, _FUNCTIONS)
