"""Dtypes: torch's inside, NumPy's outside, MXNet's flags in files."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from mxnet._base.errors import DTypeError
from mxnet._ops.types import Invalid, read_dtype

bfloat16 = np.dtype([("bfloat16", np.uint16)])
"""How 1.9.1 writes bfloat16 as a NumPy dtype, of which there is none: a structure around its 16 bits."""

_TABLE: tuple[tuple[str, torch.dtype, Any, int], ...] = (
    ("float32", torch.float32, np.float32, 0),
    ("float64", torch.float64, np.float64, 1),
    ("float16", torch.float16, np.float16, 2),
    ("uint8", torch.uint8, np.uint8, 3),
    ("int32", torch.int32, np.int32, 4),
    ("int8", torch.int8, np.int8, 5),
    ("int64", torch.int64, np.int64, 6),
    ("bool", torch.bool, np.bool_, 7),
    ("bfloat16", torch.bfloat16, bfloat16, 12),
)
TORCH = {name: t for name, t, _, _ in _TABLE}
NUMPY = {t: n for _, t, n, _ in _TABLE}
NAME = {t: name for name, t, _, _ in _TABLE}
FLAG = {t: flag for _, t, _, flag in _TABLE}
FROM_FLAG = {flag: t for _, t, _, flag in _TABLE}


_RANGE: dict[torch.dtype, tuple[float, float]] = {
    **{t: (torch.finfo(t).min, torch.finfo(t).max) for t in (torch.float16, torch.bfloat16, torch.float32)},
    **{t: (torch.iinfo(t).min, torch.iinfo(t).max) for t in (torch.uint8, torch.int8, torch.int32, torch.int64)},
}
_ANY = (-math.inf, math.inf)


def fitting(number: Any, dtype: torch.dtype) -> Any:
    """``number`` brought into the range of ``dtype``; torch refuses numbers outside of it.

    For floating point dtypes it becomes infinite, or the largest value; for integers it becomes what C makes of it: it
    wraps around.

    >>> fitting(-1e18, torch.float16), fitting(0.1, torch.float16), fitting(3.4028235e38, torch.float32)
    (-inf, 0.1, 3.4028234663852886e+38)
    >>> fitting(300, torch.uint8)
    44
    """
    least, greatest = _RANGE.get(dtype, _ANY)
    if not isinstance(number, (int, float)) or least <= number <= greatest:
        return number
    return torch.tensor(float(number), dtype=torch.float64).to(dtype).item()


def torch_dtype(dtype: Any, default: torch.dtype = torch.float32) -> torch.dtype:
    """The torch dtype of a name, a NumPy or torch dtype or a Python type; ``default`` for None.

    Raises:
        DTypeError: arrays can not have it.
    """
    if dtype is None:
        return default
    if isinstance(dtype, torch.dtype):
        if dtype in NAME:
            return dtype
    else:
        known = TORCH.get(dtype) if isinstance(dtype, str) else None
        if known is not None:
            return known
    try:
        return TORCH[read_dtype(dtype)]
    except Invalid as expected:
        raise DTypeError(f"dtype {dtype!r} is not one that arrays can have; expected {expected}") from None
