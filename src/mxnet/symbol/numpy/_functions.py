"""Functions of ``mx.sym.np`` that are of symbols alone."""

from __future__ import annotations

from typing import Any

from mxnet.numpy._face import NotSupported

from ._face import symbols


def diag_indices_from(arr: Any) -> Any:
    """The indices of the main diagonal, a row for each axis."""
    return symbols()._npi_diag_indices_from(arr)


def shares_memory(a: Any, b: Any, max_work: Any = None) -> Any:
    """Whether both are in the same memory when the graph runs. ``max_work`` has no effect."""
    return symbols()._npi_share_memory(a, b)


may_share_memory = shares_memory


def empty_like(prototype: Any, dtype: Any = None, order: str = "C", subok: bool = False, shape: Any = None) -> Any:
    """An array of the shape and dtype of ``prototype`` that is yet to be written: zeros.

    Raises:
        NotSupported: ``order`` other than C, ``subok`` or ``shape``.
    """
    if order != "C" or subok or shape is not None:
        raise NotSupported("empty_like: order, subok and shape are not supported")
    return symbols()._npi_full_like(prototype, fill_value=0, dtype=dtype)
