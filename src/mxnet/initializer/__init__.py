"""Initial values of parameters: ``mx.init``."""

from __future__ import annotations

from mxnet import ndarray, registry  # noqa: F401  programs reach them here
from mxnet._base.names import at_home
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

at_home(vars())
