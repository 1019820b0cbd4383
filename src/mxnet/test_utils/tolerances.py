"""How near is near enough: tolerances by dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

_EXACT = ("bool", "int8", "uint8", "int32", "uint32", "int64", "uint64")

Tolerance = Any
"""A number, a dict from dtype to number, or None for the default of the dtype."""


def _table(float16: float, float32: float, float64: float) -> dict[np.dtype, float]:
    table: dict[np.dtype, float] = {
        np.dtype("float16"): float16,
        np.dtype("float32"): float32,
        np.dtype("float64"): float64,
    }
    return table | {np.dtype(name): 0 for name in _EXACT}


def default_rtols() -> dict[np.dtype, float]:
    """Relative tolerances by dtype."""
    return _table(1e-2, 1e-4, 1e-5)


def default_atols() -> dict[np.dtype, float]:
    """Absolute tolerances by dtype."""
    return _table(1e-1, 1e-3, 1e-20)


def default_numeric_eps() -> dict[np.dtype, float]:
    """Steps for finite differences by dtype: powers of two, so that ``x + eps`` loses nothing."""
    return {np.dtype("float16"): 1 / 2**6, np.dtype("float32"): 1 / 2**9, np.dtype("float64"): 1 / 2**14}


def get_rtol(rtol: Tolerance = None, dtype: Any = np.dtype("float64")) -> Tolerance:  # noqa: B008  as in 1.9.1
    """``rtol``, or the default for ``dtype`` if it is None.

    >>> get_rtol(dtype="float32")
    0.0001
    """
    return default_rtols()[np.dtype(dtype)] if rtol is None else rtol


def get_atol(atol: Tolerance = None, dtype: Any = np.dtype("float64")) -> Tolerance:  # noqa: B008  as in 1.9.1
    """``atol``, or the default for ``dtype`` if it is None."""
    return default_atols()[np.dtype(dtype)] if atol is None else atol


def get_etol(etol: float | None = None) -> float:
    """The share of elements that may be off; none unless given."""
    return 0 if etol is None else etol


def effective_dtype(dat: Any) -> np.dtype:
    """The dtype whose tolerance fits ``dat``. float32 on an NVIDIA GPU counts as float16 where TF32 is allowed.

    >>> effective_dtype(np.ones(2, "float32"))
    dtype('float32')
    """
    if hasattr(dat, "asnumpy") and dat.context.device_type == "gpu" and np.dtype(dat.dtype) == np.float32:
        import torch

        if torch.cuda.is_available() and torch.backends.cuda.matmul.allow_tf32:
            return np.dtype("float16")
    dtype = np.dtype(dat.dtype)
    # bfloat16, which NumPy does not have, is shown as a structure around its bits; it is coarser than float16
    return np.dtype("float16") if dtype.kind == "V" else dtype


def get_tolerance(dat: Any, tol: Tolerance, default_tol: dict[np.dtype, float]) -> float:
    """``tol`` if it is a number, its entry for the dtype of ``dat`` if it is a dict, else that of ``default_tol``."""
    if isinstance(tol, (int, float, np.number)):
        return tol  # type: ignore[return-value]
    dtype = effective_dtype(dat)
    given = {} if tol is None else {np.dtype(k): v for k, v in tol.items()}
    return given.get(dtype, default_tol[dtype] if dtype in default_tol else 0)


def get_tols(x: Any, y: Any, rtol: Tolerance, atol: Tolerance) -> tuple[float, float]:
    """The relative and absolute tolerance to compare ``x`` with ``y``: the wider of their two."""
    x, y = (np.asarray(v) if not hasattr(v, "dtype") else v for v in (x, y))
    relative = max(get_tolerance(x, rtol, default_rtols()), get_tolerance(y, rtol, default_rtols()))
    absolute = max(get_tolerance(x, atol, default_atols()), get_tolerance(y, atol, default_atols()))
    return relative, absolute
