"""Rows of row-sparse parameters; only the trainer's store has all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mxnet import ndarray
from mxnet._base.errors import MXNetError
from mxnet._runtime.context import Context, cpu

if TYPE_CHECKING:
    from ._parameter import Parameter


def with_rows(param: Parameter, row_id: Any, contexts: Sequence[Context]) -> list[Any]:
    """The arrays of ``param`` on ``contexts``, in which the trainer has put at least the rows ``row_id``.

    Raises:
        MXNetError: it has no trainer.
    """
    if not param._trainer:
        raise MXNetError(f"Cannot get row_sparse data for Parameter '{param.name}' when no Trainer is created with it.")
    found = [param._check_and_get(param._data, c) for c in contexts]
    for array in found:
        param._trainer._row_sparse_pull(param, array, row_id)
    return found


def all_rows(param: Parameter) -> Any:
    """The whole of ``param``, which has a trainer, on the CPU; a copy."""
    shape: Any = param.shape
    whole = ndarray.zeros(shape, dtype=param._dtype, ctx=cpu(), stype="row_sparse")
    rows = ndarray.arange(shape[0], dtype="int64", ctx=cpu())
    param._trainer._row_sparse_pull(param, whole, rows, full_idx=True)
    return whole


def stored_otherwise(param: Parameter, what: str, where: str, asked: str, instead: str) -> MXNetError:
    """The error for calling ``asked`` to get values that ``instead`` gives."""
    return MXNetError(
        f"Cannot return {what} of Parameter '{param.name}' {where} via {asked}() because its storage type is "
        f"{param._stype}. Please use {instead}() instead."
    )
