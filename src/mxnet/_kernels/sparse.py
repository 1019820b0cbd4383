"""What operators do on sparse arrays without making them dense.

A rule takes tensors and what sparse arrays hold, in any mixture, and returns the same; ``NotImplemented`` leaves a
mixture to the dense kernel. The storage type of each mixture's result is that of 1.9.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mxnet import _ops
from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._kernels.sparse_products import places
from mxnet._runtime import storage
from mxnet._runtime.sparse import rule
from mxnet._runtime.storage import INDEX, Csr, Rows, Storage, added, merged

KEEPING = """abs arcsin arcsinh arctan arctanh cbrt ceil degrees expm1 fix floor log1p negative radians relu rint round
sign sin sinh sqrt square tan tanh trunc BlockGrad _copy make_loss _mul_scalar _div_scalar _scatter_plus_scalar
_scatter_minus_scalar""".split()
"""Operators that keep zeros zero, or that 1.9.1 applies only to what is stored."""


COMPARED: dict[str, Callable[[float], bool]] = {
    "_equal_scalar": lambda s: s != 0,
    "_not_equal_scalar": lambda s: s == 0,
    "_greater_scalar": lambda s: s >= 0,
    "_greater_equal_scalar": lambda s: s > 0,
    "_lesser_scalar": lambda s: s <= 0,
    "_lesser_equal_scalar": lambda s: s < 0,
}
KEEPING_WHEN: dict[str, Callable[[float], bool]] = {
    "_plus_scalar": lambda s: s == 0,
    "_minus_scalar": lambda s: s == 0,
    **COMPARED,
}
"""Operators with a number, comparisons among them, and for which numbers they keep zeros zero."""


def _register_keeping(name: str) -> None:
    @rule(name)
    def run(data: Storage, **attrs: Any) -> Any:
        op = _ops.get(name)
        made = op.fn(data.data, **attrs)
        return data.with_data(made.clone() if made is data.data else made)


def _register_when(name: str, keeps: Any) -> None:
    """Register operators with a number that keep zeros zero for some numbers."""

    @rule(name)
    def run(data: Storage, *, scalar: float, **attrs: Any) -> Any:
        if not keeps(scalar):
            return NotImplemented
        return data.with_data(_ops.get(name).fn(data.data, scalar=scalar, **attrs))


@rule("cast_storage", always=True)
def cast_storage(data: Tensor | Storage, *, stype: str) -> Any:
    made = storage.cast(data, stype)
    return made.clone() if made is data else made


@rule("zeros_like")
def zeros_like(data: Storage) -> Storage:
    return type(data).empty(data.shape, data.data.dtype, data.data.device)


@rule("_identity_with_attr_like_rhs")
def identity_like_rhs(lhs: Any, rhs: Any) -> Any:
    return lhs.clone()


@rule("clip")
def clip(data: Storage, *, a_min: float, a_max: float) -> Any:
    if not a_min <= 0 <= a_max:
        return NotImplemented
    return data.with_data(data.data.clamp(a_min, a_max))


# -- two arrays --------------------------------------------------------------------------------------------------------


def _alike(name: str, lhs: Any, rhs: Any) -> bool:
    if tuple(lhs.shape) != tuple(rhs.shape):
        raise ShapeError(f"{name}: rhs has shape {tuple(rhs.shape)}, expected {tuple(lhs.shape)} as lhs")
    return type(lhs) is type(rhs) and lhs.data.dtype is rhs.data.dtype


@rule("elemwise_add", "_grad_add")
def add(lhs: Any, rhs: Any) -> Any:
    return added(lhs, rhs) if _alike("elemwise_add", lhs, rhs) else NotImplemented


@rule("elemwise_sub")
def subtract(lhs: Any, rhs: Any) -> Any:
    return added(lhs, rhs, -1) if _alike("elemwise_sub", lhs, rhs) else NotImplemented


@rule("elemwise_mul")
def multiply(lhs: Any, rhs: Any) -> Any:
    same = _alike("elemwise_mul", lhs, rhs)
    if same:
        return _both(lhs, rhs)
    if isinstance(lhs, Tensor):
        return rhs.with_data(taken(lhs, rhs) * rhs.data)
    if isinstance(rhs, Tensor):
        return lhs.with_data(lhs.data * taken(rhs, lhs))
    return NotImplemented


def taken(dense: Tensor, like: Storage) -> Tensor:
    """The values of ``dense`` where ``like`` stores some."""
    return dense[like.indices] if isinstance(like, Rows) else dense[like.rows(), like.indices]


def _flat(data: Storage) -> Tensor:
    """A number for the place of each value; ascending where columns are."""
    return data.indices if isinstance(data, Rows) else data.rows() * data.shape[1] + data.indices


def _both(lhs: Storage, rhs: Storage) -> Storage:
    """The product, which only has places that both have."""
    if isinstance(lhs, Csr):
        lhs, rhs = _sorted(lhs), _sorted(rhs)  # type: ignore[arg-type]
    left, right = _flat(lhs), _flat(rhs)
    shared = torch.isin(left, right)
    at = torch.searchsorted(right, left[shared])
    values = lhs.data[shared] * rhs.data[at]
    if isinstance(lhs, Rows):
        return Rows(values, left[shared], lhs.shape)
    return Csr.of_places(values, lhs.rows()[shared], lhs.indices[shared], lhs.shape)


def _sorted(data: Csr) -> Csr:
    return merged(data.data, data.rows(), data.indices, data.shape)


@rule("_scatter_elemwise_div")
def scatter_div(lhs: Any, rhs: Any) -> Any:
    if not isinstance(lhs, Rows):
        return NotImplemented
    dense = rhs if isinstance(rhs, Tensor) else rhs.dense()
    return lhs.with_data(lhs.data / taken(dense, lhs))


def _register_union(name: str) -> None:
    """Register operators that make zero of two zeros, for two arrays of one sparse type."""

    @rule(name)
    def run(lhs: Any, rhs: Any, **attrs: Any) -> Any:
        if not _alike(name, lhs, rhs):
            return NotImplemented
        places = added(lhs.with_data(torch.ones_like(lhs.data)), rhs.with_data(torch.ones_like(rhs.data)))
        made = _ops.get(name).fn(taken(lhs.dense(), places), taken(rhs.dense(), places), **attrs)
        return places.with_data(made)


@rule("add_n")
def add_n(*args: Any) -> Any:
    if not all(isinstance(a, Rows) and a.shape == args[0].shape for a in args):
        return NotImplemented
    total = args[0].clone()
    for a in args[1:]:
        total = added(total, a)  # type: ignore[assignment]
    return total


def _register_broadcast(name: str) -> None:
    """Register csr times, or divided by, a dense array: what is not stored is taken for zero."""

    @rule(name)
    def run(lhs: Any, rhs: Any, **attrs: Any) -> Any:
        if not (isinstance(lhs, Csr) and isinstance(rhs, Tensor) and rhs.dim() <= 2):
            return NotImplemented
        try:
            wide = rhs.expand(lhs.shape)
        except RuntimeError:
            return NotImplemented  # lhs is to be repeated, or the shapes do not fit
        return lhs.with_data(_ops.get(name).fn(lhs.data, wide[lhs.rows(), lhs.indices], **attrs))


# -- sums --------------------------------------------------------------------------------------------------------------


@rule("sum")
def sum_(data: Any, *, axis: Any = None, keepdims: bool = False, exclude: bool = False) -> Any:
    """The sum of a csr matrix over one axis, or NotImplemented."""
    axes = (axis,) if isinstance(axis, int) else axis
    if not isinstance(data, Csr) or exclude or not axes or len(axes) != 1 or not -2 <= axes[0] < 2:
        return NotImplemented
    kept = 1 - axes[0] % 2
    made = data.data.new_zeros(data.shape[kept]).index_add_(0, data.indices if kept else data.rows(), data.data)
    return made.unsqueeze(1 - kept) if keepdims else made


@rule("mean")
def mean(data: Any, *, axis: Any = None, keepdims: bool = False, exclude: bool = False) -> Any:
    made = sum_(data, axis=axis, keepdims=keepdims, exclude=exclude)
    if made is NotImplemented or not data.data.is_floating_point():
        return NotImplemented
    return made / data.shape[(axis if isinstance(axis, int) else axis[0]) % 2]


@rule("norm")
def norm(data: Storage, *, ord: int = 2, axis: Any = None, keepdims: bool = False, out_dtype: Any = None) -> Any:
    if ord != 2 or axis is not None or keepdims or out_dtype is not None:
        return NotImplemented
    return _ops.get("norm").fn(data.data.reshape(-1), ord=2, axis=None, keepdims=False, out_dtype=None)


@rule("_contrib_getnnz")
def getnnz(data: Any, *, axis: int | None = None) -> Any:
    if not isinstance(data, Csr):
        return NotImplemented
    if axis is None:
        return torch.tensor([data.data.numel()], dtype=INDEX, device=data.data.device)
    if axis % 2 == 1:
        return data.indptr[1:] - data.indptr[:-1]
    return torch.bincount(data.indices, minlength=data.shape[1])


@rule("_contrib_edge_id")
def edge_id(data: Any, u: Tensor, v: Tensor) -> Any:
    if not isinstance(data, Csr):
        return NotImplemented
    wanted = u.to(INDEX) * data.shape[1] + v.to(INDEX)
    own, order = _flat(data).sort()
    if not own.numel():
        return torch.full(u.shape, -1, dtype=data.data.dtype, device=u.device)
    at = torch.searchsorted(own, wanted).clamp(max=own.numel() - 1)
    missing = torch.full((), -1, dtype=data.data.dtype, device=u.device)
    return torch.where(own[at] == wanted, data.data[order[at]], missing)


@rule("_contrib_quadratic")
def quadratic(data: Any, *, a: float = 0.0, b: float = 0.0, c: float = 0.0) -> Any:
    if c != 0 or not isinstance(data, Csr):
        return NotImplemented
    return data.with_data(a * data.data * data.data + b * data.data)


@rule("BatchNorm")
def batch_norm(*args: Any, fix_gamma: bool = True, **attrs: Any) -> Any:
    if fix_gamma:
        raise ArgumentError("BatchNorm: fix_gamma=True is not supported for sparse ndarrays; set fix_gamma=False")
    return NotImplemented


# -- parts -------------------------------------------------------------------------------------------------------------


def _range(begin: Any, end: Any, size: int) -> tuple[int, int]:
    start, stop, _ = slice(begin, end).indices(size)
    return start, max(start, stop)


@rule("slice")
def slice_(data: Any, *, begin: Any, end: Any, step: Any = ()) -> Any:
    if not isinstance(data, Csr) or any(s not in (None, 1) for s in step or ()):
        return NotImplemented
    first, last = _range(begin[0], end[0], data.shape[0])
    low, high = _range(begin[1], end[1], data.shape[1]) if len(begin) > 1 else (0, data.shape[1])
    if first == last or low == high:
        raise ShapeError(f"slice: begin={begin}, end={end} takes nothing of shape {data.shape}")
    start, stop = int(data.indptr[first]), int(data.indptr[last])
    values, columns = data.data[start:stop], data.indices[start:stop]
    if (low, high) == (0, data.shape[1]):
        pointers = data.indptr[first : last + 1] - start
        return Csr(values.clone(), columns.clone(), pointers, (last - first, high))
    rows = data.rows()[start:stop] - first
    kept = (columns >= low) & (columns < high)
    return Csr.of_places(values[kept], rows[kept], columns[kept] - low, (last - first, high - low))


@rule("Concat")
def concat(*args: Any, dim: int = 1, **attrs: Any) -> Any:
    if dim != 0 or not all(isinstance(a, Csr) and a.shape[1] == args[0].shape[1] for a in args):
        return NotImplemented
    counts = torch.cat([a.indptr[1:] - a.indptr[:-1] for a in args])
    pointers = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
    shape = (sum(a.shape[0] for a in args), args[0].shape[1])
    return Csr(torch.cat([a.data for a in args]), torch.cat([a.indices for a in args]), pointers, shape)


@rule("take")
def take(a: Any, indices: Any, *, axis: int = 0, mode: str = "clip") -> Any:
    if not isinstance(a, Csr) or axis != 0 or not isinstance(indices, Tensor) or indices.dim() != 1 or mode == "raise":
        return NotImplemented
    rows = indices.detach().to(INDEX)
    rows = rows % a.shape[0] if mode == "wrap" else rows.clamp(0, a.shape[0] - 1)
    counts = (a.indptr[1:] - a.indptr[:-1])[rows]
    pointers = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
    inside = torch.arange(int(pointers[-1]), device=rows.device) - pointers[:-1].repeat_interleave(counts)
    at = a.indptr[rows].repeat_interleave(counts) + inside
    return Csr(a.data[at], a.indices[at], pointers, (rows.numel(), a.shape[1]))


@rule("_sparse_retain")
def retain(data: Any, indices: Any) -> Any:
    if not isinstance(data, Rows):
        raise ArgumentError("_sparse_retain: data is not row-sparse; use tostype('row_sparse')")
    if not data.indices.numel():  # as in 1.9.1, then nothing is stored for the given numbers either
        return data.clone()
    rows = indices.detach().to(INDEX).unique()
    rows = rows[(rows >= 0) & (rows < data.shape[0])]
    if data.indices.numel() == data.shape[0]:  # all are there, as in most tables: none has to be looked for
        return Rows(data.data.index_select(0, rows), rows, data.shape)
    at, found = places(data.indices, rows)
    kept = data.data.index_select(0, at)
    return Rows(kept.index_fill_(0, found.logical_not().nonzero().view(-1), 0), rows, data.shape)


@rule("_square_sum")
def square_sum(data: Any, *, axis: Any = None, keepdims: bool = False, exclude: bool = False) -> Any:
    axes = (axis,) if isinstance(axis, int) else axis
    if not isinstance(data, Rows) or exclude or axes is None or len(axes) != 1 or len(data.shape) != 2:
        return NotImplemented
    squares = data.data.square()
    if axes[0] % 2 == 0:
        made = squares.sum(0)
        return made.unsqueeze(0) if keepdims else made
    summed = squares.sum(1)
    if keepdims:
        return Rows(summed.unsqueeze(1), data.indices, (data.shape[0], 1))
    return summed.new_zeros(data.shape[0]).index_copy_(0, data.indices, summed)


for _name in KEEPING:
    _register_keeping(_name)
for _name, _keeps in KEEPING_WHEN.items():
    _register_when(_name, _keeps)
for _name in ("_maximum", "_minimum", "_hypot"):
    _register_union(_name)
for _name in ("broadcast_mul", "broadcast_div"):
    _register_broadcast(_name)
