"""``mx.sym.np.random``: NumPy symbols of random numbers, drawn anew at each forward pass."""

from __future__ import annotations

from typing import Any

from mxnet.numpy._face import expose as _expose
from mxnet.numpy._random import FUNCTIONS as _FUNCTIONS

from ._face import symbols as _symbols


def shuffle(x: Any) -> None:
    """Nothing, as in 1.9.1: a symbol can not be changed. See ``mx.sym.random.shuffle``."""


__getattr__, __dir__ = _expose(globals(), _symbols, _FUNCTIONS)
__all__ = ["shuffle", *_FUNCTIONS]
