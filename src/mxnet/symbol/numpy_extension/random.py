"""``mx.sym.npx.random``: draws that NumPy does not have, as NumPy symbols."""

from __future__ import annotations

from mxnet.numpy._face import expose as _expose
from mxnet.numpy._random import EXTENSION as _EXTENSION
from mxnet.symbol.numpy._face import symbols as _symbols

__all__ = [*_EXTENSION]
__getattr__, __dir__ = _expose(globals(), _symbols, _EXTENSION)
