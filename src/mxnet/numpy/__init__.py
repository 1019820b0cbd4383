"""The NumPy interface: ``mx.np``, on the array core and the operators of ``mx.nd``."""

from __future__ import annotations

import numpy as _onp

import mxnet._kernels  # noqa: F401  registers the operators

from . import random
from .functions import (
    GENERATED,
    arange,
    argmax,
    argmin,
    array,
    clip,
    concatenate,
    dot,
    empty,
    expand_dims,
    eye,
    full,
    linspace,
    max,
    mean,
    min,
    ones,
    ones_like,
    prod,
    reshape,
    squeeze,
    stack,
    std,
    sum,
    transpose,
    var,
    where,
    zeros,
    zeros_like,
)
from .multiarray import ndarray

globals().update(GENERATED)

pi, e, inf, nan, newaxis = _onp.pi, _onp.e, _onp.inf, _onp.nan, None
float16, float32, float64 = _onp.float16, _onp.float32, _onp.float64
int8, int32, int64, uint8, bool_ = _onp.int8, _onp.int32, _onp.int64, _onp.uint8, _onp.bool_

__all__ = [
    "arange",
    "argmax",
    "argmin",
    "array",
    "bool_",
    "clip",
    "concatenate",
    "dot",
    "e",
    "empty",
    "expand_dims",
    "eye",
    "float16",
    "float32",
    "float64",
    "full",
    "inf",
    "int8",
    "int32",
    "int64",
    "linspace",
    "max",
    "mean",
    "min",
    "nan",
    "ndarray",
    "newaxis",
    "ones",
    "ones_like",
    "pi",
    "prod",
    "random",
    "reshape",
    "squeeze",
    "stack",
    "std",
    "sum",
    "transpose",
    "uint8",
    "var",
    "where",
    "zeros",
    "zeros_like",
    *GENERATED,
]
