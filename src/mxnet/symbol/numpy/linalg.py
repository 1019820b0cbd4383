"""Linear algebra on NumPy symbols: ``mx.sym.np.linalg``."""

from __future__ import annotations

from mxnet.numpy._face import expose as _expose
from mxnet.numpy._linalg import FUNCTIONS as _FUNCTIONS

from ._face import symbols as _symbols

__all__ = [*_FUNCTIONS]
__getattr__, __dir__ = _expose(globals(), _symbols, _FUNCTIONS)
