"""Constants and dtypes."""

from __future__ import annotations

import numpy as _onp

pi, e, inf, nan, newaxis = _onp.pi, _onp.e, _onp.inf, _onp.nan, None
NAN = NaN = nan
PINF, NINF, PZERO, NZERO = inf, -inf, 0.0, -0.0
float16, float32, float64 = _onp.float16, _onp.float32, _onp.float64
bool, finfo = bool, _onp.finfo
int8, int32, int64, uint8, bool_ = _onp.int8, _onp.int32, _onp.int64, _onp.uint8, _onp.bool_

__all__ = [
    "NAN",
    "NINF",
    "NZERO",
    "NaN",
    "PINF",
    "PZERO",
    "bool",
    "bool_",
    "e",
    "finfo",
    "float16",
    "float32",
    "float64",
    "inf",
    "int32",
    "int64",
    "int8",
    "nan",
    "newaxis",
    "pi",
    "uint8",
]
