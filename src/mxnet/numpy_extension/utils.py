"""``mx.npx.save`` and ``mx.npx.load``: np arrays in files."""

from __future__ import annotations

from typing import Any

from mxnet._base.errors import ArgumentError
from mxnet.ndarray import utils as files
from mxnet.numpy import ndarray
from mxnet.util import is_np_array, is_np_shape

__all__ = ["is_np_array", "is_np_shape", "load", "ndarray", "save"]


def save(file: str, arr: Any) -> None:
    """Write an array, a list of arrays or a dict of them by name to ``file``, in the bytes that 1.9.1 writes.

    Raises:
        ArgumentError: under NumPy shapes they must be written, so that they can be read again.
        DTypeError: there is something other than np arrays in ``arr``.
    """
    if not (is_np_shape() and is_np_array()):
        raise ArgumentError("npx.save needs NumPy semantics: call npx.set_np() first")
    if isinstance(arr, ndarray):
        arr = [arr]
    if isinstance(arr, dict):
        listed, made = list(arr.values()), {k: v.as_nd_ndarray() for k, v in arr.items() if isinstance(v, ndarray)}
    elif isinstance(arr, (list, tuple)):
        listed, made = list(arr), [v.as_nd_ndarray() for v in arr if isinstance(v, ndarray)]  # type: ignore[assignment]
    else:
        raise ArgumentError(
            f"data needs to either be a ndarray, dict of (str, ndarray) pairs or a list of ndarrays; got {type(arr)}"
        )
    if len(made) != len(listed):
        raise BadContents("Only accepts dict str->ndarray or list of ndarrays")
    files.save(file, made)


class BadContents(ArgumentError, TypeError):
    """Something other than np arrays is to be written."""


def load(file: str) -> Any:
    """The np arrays in ``file``: a list, or a dict where they have names.

    Raises:
        ArgumentError: NumPy semantics are off.
    """
    if not (is_np_shape() and is_np_array()):
        raise ArgumentError("npx.load needs NumPy semantics: call npx.set_np() first")
    found = files.load(file)
    if isinstance(found, dict):
        return {k: v.as_np_ndarray() for k, v in found.items()}
    return [v.as_np_ndarray() for v in found]
