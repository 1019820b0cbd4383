"""Arrays from text."""

from __future__ import annotations

from typing import Any

import numpy as onp

from mxnet._runtime.context import current_context

from .functions import array
from .multiarray import ndarray

__all__ = ["array", "current_context", "genfromtxt"]


def genfromtxt(*args: Any, **kwargs: Any) -> ndarray:
    """An array from text, as NumPy reads it.

    Args:
        args, kwargs: those of NumPy's function; ctx, where the array is to be.
    """
    ctx = kwargs.pop("ctx", None)
    values = onp.genfromtxt(*args, **kwargs)
    return array(values, values.dtype, ctx)
