"""``mx.npx.random``: draws that NumPy does not have."""

from __future__ import annotations

from mxnet.numpy._face import arrays as _arrays
from mxnet.numpy._face import expose as _expose
from mxnet.numpy._random import EXTENSION as _EXTENSION
from mxnet.numpy.random import seed

__all__ = ["seed", *_EXTENSION]
__getattr__, __dir__ = _expose(globals(), _arrays, _EXTENSION)
