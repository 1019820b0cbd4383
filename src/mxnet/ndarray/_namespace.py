"""Operator functions on NDArray, by name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import mxnet._kernels  # noqa: F401  registers the operators
from mxnet import _ops
from mxnet._runtime.front import dress
from mxnet._runtime.functions import make_function

from .ndarray import NDArray


@functools.cache
def function(name: str) -> Callable[..., Any]:
    """The operator ``name`` (canonical name or alias) as a function on NDArrays.

    >>> function("relu").__name__
    'relu'
    """
    op = _ops.get(name)
    public = name.removeprefix("_contrib_").removeprefix("_linalg_").removeprefix("_image_")
    return dress(make_function(op, NDArray), op, public, "mxnet.ndarray", "NDArray")
