"""Initial values of parameters: ``mx.init``."""

from __future__ import annotations

from mxnet import ndarray, registry  # noqa: F401  programs reach them here
from mxnet.ndarray import NDArray, load, random  # noqa: F401
from mxnet.util import is_np_array  # noqa: F401

from ._base import InitDesc, Initializer, alias, create, register
from ._by_name import Load, Mixed
from ._recurrent import FusedRNN, LSTMBias
from ._values import Bilinear, Constant, MSRAPrelu, Normal, One, Orthogonal, Uniform, Xavier, Zero

__all__ = [
    "Bilinear",
    "Constant",
    "FusedRNN",
    "InitDesc",
    "Initializer",
    "LSTMBias",
    "Load",
    "MSRAPrelu",
    "Mixed",
    "Normal",
    "One",
    "Orthogonal",
    "Uniform",
    "Xavier",
    "Zero",
    "alias",
    "create",
    "load",
    "register",
]

_OWN = (Initializer, InitDesc, Load, Mixed)
for _public in [v for v in vars().values() if isinstance(v, type) and issubclass(v, _OWN)]:
    _public.__module__ = __name__  # pickles name this place
