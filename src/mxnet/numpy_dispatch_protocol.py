"""Which of NumPy's functions are functions of ``mx.np`` when they are called with its arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mxnet.numpy._protocol import FUNCTIONS as _NUMPY_ARRAY_FUNCTION_LIST
from mxnet.numpy._protocol import UFUNCS as _NUMPY_ARRAY_UFUNC_LIST

__all__ = [
    "_NUMPY_ARRAY_FUNCTION_LIST",
    "_NUMPY_ARRAY_UFUNC_LIST",
    "with_array_function_protocol",
    "with_array_ufunc_protocol",
]


def with_array_function_protocol(func: Callable[..., Any]) -> Callable[..., Any]:
    """``func`` itself: NumPy's functions always take np arrays here."""
    return func


def with_array_ufunc_protocol(func: Callable[..., Any]) -> Callable[..., Any]:
    """``func`` itself: NumPy's universal functions always take np arrays here."""
    return func
