"""The NumPy interface: ``mx.np``. Functions are made from the operators of the registry, each at its first use."""

from __future__ import annotations

from typing import Any as _Any

import mxnet._kernels  # noqa: F401  registers the operators
from mxnet._base.lazy import import_module as _import_module

from . import (  # noqa: F401  in _HERE
    _choosing,
    _counting,
    _creation,
    _joining,
    _products,
    _reductions,
    _shapes,
    _ufuncs,
    linalg,
    random,
)
from ._face import arrays as _arrays
from ._face import expose as _expose
from .arrayprint import set_printoptions  # noqa: F401  in _HERE
from .function_base import meshgrid  # noqa: F401  in _HERE
from .functions import (  # noqa: F401  in _HERE
    array,
    diag_indices_from,
    empty,
    empty_like,
    may_share_memory,
    shape,
    shares_memory,
)
from .io import genfromtxt  # noqa: F401  in _HERE
from .multiarray import ndarray  # noqa: F401  in _HERE
from .stride_tricks import broadcast_arrays  # noqa: F401  in _HERE
from .utils import *  # noqa: F403

_FUNCTIONS = {**_ufuncs.FUNCTIONS, **_reductions.FUNCTIONS, **_shapes.FUNCTIONS, **_joining.FUNCTIONS}
_FUNCTIONS |= {**_counting.FUNCTIONS, **_products.FUNCTIONS, **_choosing.FUNCTIONS, **_creation.FUNCTIONS}
_HERE: list[str] = """array broadcast_arrays diag_indices_from empty empty_like genfromtxt linalg
may_share_memory meshgrid ndarray random
set_printoptions shape shares_memory pi e inf nan NAN NaN PINF NINF PZERO NZERO newaxis float16
float32 float64 int8 int32 int64 uint8 bool bool_ finfo""".split()

_MODULES = ("_internal", "arrayprint", "fallback", "fallback_linalg", "function_base", "io", "stride_tricks", "utils")
_find, __dir__ = _expose(globals(), _arrays, _FUNCTIONS)


def __getattr__(name: str) -> _Any:
    if name in _MODULES:
        return _import_module(f"{__name__}.{name}")
    if name not in _FUNCTIONS and name in (fallback := _import_module(f"{__name__}.fallback")).__all__:
        value = globals()[name] = getattr(fallback, name)
        return value
    return _find(name)


__all__ = [*_HERE, *_FUNCTIONS]
