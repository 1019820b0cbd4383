"""Functions of ``mx.np`` that are of arrays alone."""

from __future__ import annotations

from typing import Any

import numpy as onp
import torch

from mxnet._kernels.np_select import overlap
from mxnet._runtime.context import Context, chosen
from mxnet._runtime.dtypes import torch_dtype
from mxnet.ndarray.creation import make

from ._creation import name_of
from ._face import NotSupported, arrays
from .multiarray import as_array, ndarray

_Ctx = Context | None


def array(object: Any, dtype: Any = None, ctx: _Ctx = None) -> ndarray:
    """An array with a copy of ``object``; float32 unless it is an array or ``dtype`` says otherwise.

    >>> array([1, 2])
    array([1., 2.])
    """
    dtype = getattr(object, "dtype", None) if dtype is None else name_of(dtype)
    return make(ndarray, object, ctx, None if dtype is None else torch_dtype(dtype))


def empty(shape: Any, dtype: Any = onp.float32, order: str = "C", ctx: _Ctx = None) -> ndarray:
    """An array with values that are yet to be written."""
    _order(order)
    ctx = chosen(ctx)
    return ndarray(torch.empty(shape, dtype=torch_dtype(dtype), device=ctx.device), ctx)


def _order(order: str) -> None:
    if order != "C":
        raise NotSupported(f"order is {order!r}; expected 'C'")


def empty_like(prototype: Any, dtype: Any = None, order: str = "C", subok: bool = False, shape: Any = None) -> ndarray:
    """An array with values that are yet to be written, of the shape and dtype of ``prototype``.

    Raises:
        ArgumentError: ``order`` other than C, ``subok`` or ``shape``.
    """
    _order(order)
    if subok or shape is not None:
        raise NotSupported("empty_like: subok and shape are not supported")
    return empty(prototype.shape, prototype.dtype if dtype is None else dtype, "C", prototype.ctx)


def shape(a: Any) -> tuple[int, ...]:
    """The size of each axis.

    >>> shape(array([[1, 2]]))
    (1, 2)
    """
    return as_array(a).shape


def diag_indices_from(arr: Any) -> tuple[ndarray, ...]:
    """The indices of the main diagonal, an array for each axis."""
    return tuple(arrays()._npi_diag_indices_from(arr))


def shares_memory(a: Any, b: Any, max_work: Any = None) -> bool:
    """Whether both arrays are in the same memory. ``max_work`` has no effect."""
    return overlap(as_array(a)._data, as_array(b)._data)


may_share_memory = shares_memory
