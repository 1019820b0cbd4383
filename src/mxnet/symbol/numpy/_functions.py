"""Functions of ``mx.sym.np`` that are of symbols alone."""

from __future__ import annotations

from typing import Any

from ._face import symbols


def diag_indices_from(arr: Any) -> Any:
    """The indices of the main diagonal, a row for each axis."""
    return symbols()._npi_diag_indices_from(arr)


def shares_memory(a: Any, b: Any, max_work: Any = None) -> Any:
    """Whether both are in the same memory when the graph runs. ``max_work`` has no effect."""
    return symbols()._npi_share_memory(a, b)


may_share_memory = shares_memory
