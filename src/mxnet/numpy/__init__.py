"""The NumPy interface: ``mx.np``. Functions are made from the operators of the registry, each at its first use."""

from __future__ import annotations

from typing import Any as _Any

import numpy as _onp

import mxnet._kernels  # noqa: F401  registers the operators

from . import _creation, _reductions, _shapes, _ufuncs, linalg, random  # noqa: F401  in _HERE
from ._face import arrays as _arrays
from ._face import expose as _expose
from .functions import (  # noqa: F401  in _HERE
    array,
    broadcast_arrays,
    diag_indices_from,
    empty,
    empty_like,
    genfromtxt,
    may_share_memory,
    meshgrid,
    set_printoptions,
    shape,
    shares_memory,
)
from .multiarray import ndarray  # noqa: F401  in _HERE

pi, e, inf, nan, newaxis = _onp.pi, _onp.e, _onp.inf, _onp.nan, None
NAN = NaN = nan
PINF, NINF, PZERO, NZERO = inf, -inf, 0.0, -0.0
float16, float32, float64 = _onp.float16, _onp.float32, _onp.float64
bool, finfo = bool, _onp.finfo
int8, int32, int64, uint8, bool_ = _onp.int8, _onp.int32, _onp.int64, _onp.uint8, _onp.bool_

_FUNCTIONS = {**_ufuncs.FUNCTIONS, **_reductions.FUNCTIONS, **_shapes.FUNCTIONS, **_creation.FUNCTIONS}
_HERE: list[str] = """array broadcast_arrays diag_indices_from empty empty_like genfromtxt linalg
may_share_memory meshgrid ndarray random
set_printoptions shape shares_memory pi e inf nan NAN NaN PINF NINF PZERO NZERO newaxis float16
float32 float64 int8 int32 int64 uint8 bool bool_ finfo""".split()

_find, __dir__ = _expose(globals(), _arrays, _FUNCTIONS)


def __getattr__(name: str) -> _Any:
    if name == "_internal":
        import importlib

        return importlib.import_module(f"{__name__}._internal")
    return _find(name)


__all__ = [*_HERE, *_FUNCTIONS]  # noqa: PLE0604  made of texts
