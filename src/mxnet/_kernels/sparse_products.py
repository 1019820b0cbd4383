"""Products of sparse arrays, and rows of tables; their gradients have only the rows that took part."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import torch
from torch import Tensor

from mxnet import _ops
from mxnet._runtime import storage
from mxnet._runtime.sparse import backward, rule
from mxnet._runtime.storage import INDEX, Csr, Rows, Storage


@functools.cache
def _use_csr() -> None:
    """Swallow the warning, given once, that torch's csr tensors are new."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pointers = torch.zeros(2, dtype=INDEX)
        torch.sparse_csr_tensor(pointers, pointers[:0], torch.zeros(0), (1, 1), check_invariants=False)


_WIDE = 16
"""Columns of a dense factor from which the elements of a transposed one are worth sorting."""


def _sorts(csr: Csr, dense: Tensor) -> bool:
    """Whether the transpose of ``csr`` is brought into the order of its rows: MKL multiplies no other."""
    return dense.shape[1] >= _WIDE and csr.data.dtype in (torch.float32, torch.float64)


def _times(csr: Csr, transposed: bool, dense: Tensor) -> Tensor:
    flat = dense.dim() == 1
    dense = dense.unsqueeze(1) if flat else dense
    if transposed and _sorts(csr, dense):
        made = _rows_of_transposed(csr, dense).dense()
    elif not transposed and csr.data.dtype in (torch.float32, torch.float64):
        _use_csr()
        matrix = torch.sparse_csr_tensor(csr.indptr, csr.indices, csr.data, csr.shape, check_invariants=False)
        made = matrix @ dense
    else:
        rows, columns = (csr.indices, csr.rows()) if transposed else (csr.rows(), csr.indices)
        count = csr.shape[1 if transposed else 0]
        made = dense.new_zeros((count, dense.shape[1]))
        made.index_add_(0, rows, csr.data.unsqueeze(1) * dense.index_select(0, columns))
    return made.squeeze(1) if flat else made


def places(held: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Where among ``held``, ascending, each of ``wanted`` is; and whether it is there."""
    if not held.numel():
        return torch.zeros_like(wanted), torch.zeros_like(wanted, dtype=torch.bool)
    at = torch.searchsorted(held, wanted).clamp_(max=held.numel() - 1)
    return at, held[at] == wanted


def _on_rows(csr: Csr, transposed: bool, table: Rows) -> Csr:
    """``csr`` with only those elements that meet a row of ``table``, by the places of its rows."""
    stored = table.indices.numel()
    if stored == table.shape[0]:
        return csr
    rows, columns = csr.rows(), csr.indices
    at, found = places(table.indices, rows if transposed else columns)
    kept = found.nonzero().view(-1)
    at, rows, columns, data = (t.index_select(0, kept) for t in (at, rows, columns, csr.data))
    if transposed:
        return Csr.of_places(data, at, columns, (stored, csr.shape[1]))
    return Csr.of_places(data, rows, at, (csr.shape[0], stored))


def _rows_of_transposed(csr: Csr, dense: Tensor) -> Rows:
    """The transpose of ``csr`` times ``dense``: the rows that are not zero."""
    if _sorts(csr, dense):
        columns, order = csr.indices.sort(stable=True)
        kept, at = columns.unique_consecutive(return_inverse=True)
        turned = Csr.of_places(csr.data[order], at, csr.rows()[order], (kept.numel(), csr.shape[0]))
        made = _times(turned, False, dense)
    else:
        kept, at = storage.distinct(csr.indices, csr.shape[1])
        narrow = Csr(csr.data, at, csr.indptr, (csr.shape[0], kept.numel()))
        made = _times(narrow, True, dense)
    return Rows(made, kept, (csr.shape[1], dense.shape[1]))


def _coo(rows: Rows) -> Tensor:
    """What torch takes for a sparse gradient."""
    return torch.sparse_coo_tensor(
        rows.indices.view(1, -1), rows.data, rows.shape, is_coalesced=True, check_invariants=False
    )


def _dtype(value: Tensor | Storage) -> torch.dtype:
    return value.dtype if isinstance(value, Tensor) else value.data.dtype


@rule("dot", always=True)
def dot(
    lhs: Any, rhs: Any, *, transpose_a: bool = False, transpose_b: bool = False, forward_stype: str | None = None
) -> Any:
    made: Any = NotImplemented
    inferred = "default"
    if isinstance(lhs, Csr) and not transpose_b and not isinstance(rhs, Csr):
        fits = len(rhs.shape) <= 2 and rhs.shape[0] == lhs.shape[0 if transpose_a else 1]
        if fits and _dtype(rhs) is _dtype(lhs):
            left, dense = (_on_rows(lhs, transpose_a, rhs), rhs.data) if isinstance(rhs, Rows) else (lhs, rhs)
            if transpose_a and dense.dim() == 2 and forward_stype in (None, "row_sparse"):
                return _rows_of_transposed(left, dense)
            made = _times(left, transpose_a, dense)
    elif isinstance(rhs, Csr) and isinstance(lhs, Tensor) and lhs.dim() == 2:
        turned = lhs if transpose_a else lhs.t()
        if turned.shape[0] == rhs.shape[1 if transpose_b else 0] and lhs.dtype is rhs.data.dtype:
            made = _times(rhs, not transpose_b, turned).t().contiguous()
            inferred = "default" if transpose_a else "csr"
    stype = forward_stype or inferred
    if made is NotImplemented and stype != "default":
        dense_lhs, dense_rhs = (v if isinstance(v, Tensor) else v.dense() for v in (lhs, rhs))
        made = _ops.get("dot").fn(dense_lhs, dense_rhs, transpose_a=transpose_a, transpose_b=transpose_b)
    return made if made is NotImplemented else storage.cast(made, stype)


@backward("dot")
def dot_backward(
    head: Tensor, values: Any, wanted: Any, *, transpose_a: bool = False, transpose_b: bool = False, **attrs: Any
) -> Any:
    lhs, rhs = values
    if isinstance(lhs, Csr) and not wanted[0] and not transpose_b and _dtype(lhs) is head.dtype:
        if transpose_a or head.dim() == 1:
            return None, _times(lhs, not transpose_a, head)
        return None, _coo(_rows_of_transposed(lhs, head))
    if isinstance(rhs, Csr) and not wanted[1] and _dtype(rhs) is head.dtype and head.dim() == 2:
        turned = _times(rhs, transpose_b, head.t())
        return turned if transpose_a else turned.t(), None
    return NotImplemented


@rule("Embedding", "_contrib_SparseEmbedding")
def embedding(data: Any, weight: Any, *, input_dim: int, output_dim: int, **attrs: Any) -> Any:
    if not isinstance(weight, Rows) or not isinstance(data, Tensor) or weight.shape != (input_dim, output_dim):
        return NotImplemented
    rows = data.clamp(0, input_dim - 1).to(INDEX)
    at, found = places(weight.indices, rows)
    made = weight.data.new_zeros((*rows.shape, output_dim))
    made[found] = weight.data[at[found]]
    return made


@backward("Embedding", "_contrib_SparseEmbedding")
def embedding_backward(head: Tensor, values: Any, wanted: Any, *, input_dim: int, **attrs: Any) -> Any:
    data, weight = values
    if wanted[0]:
        return NotImplemented
    rows, at = storage.distinct(data.clamp(0, input_dim - 1).to(INDEX).reshape(-1), input_dim)
    total = head.new_zeros((rows.numel(), head.shape[-1])).index_add_(0, at, head.reshape(-1, head.shape[-1]))
    return None, _coo(Rows(total, rows, weight.shape))


@rule("FullyConnected")
def fully_connected(data: Any, weight: Any, bias: Any = None, **attrs: Any) -> Any:
    if not isinstance(bias, Rows):
        return NotImplemented
    # 1.9.1 takes a row-sparse bias of shape (n, 1), which a vector can not be
    data, weight = (v if isinstance(v, Tensor) else v.dense() for v in (data, weight))
    return _ops.get("FullyConnected").fn(data, weight, bias.dense().reshape(-1), **attrs)
