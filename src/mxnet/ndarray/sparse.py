"""Sparse arrays: ``mx.nd.sparse``.

>>> import mxnet as mx
>>> x = mx.nd.sparse.csr_matrix(([1.0, 2.0], [0, 2], [0, 1, 2]), shape=(2, 3))
>>> x.asnumpy().tolist()
[[1.0, 0.0, 0.0], [0.0, 0.0, 2.0]]
>>> (x * 2).stype
'csr'
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from mxnet._base.errors import ArgumentError, InputTypeError, ShapeError
from mxnet._base.lazy import attach_made
from mxnet._runtime import storage
from mxnet._runtime.context import Context, chosen, current_context
from mxnet._runtime.copies import of_host
from mxnet._runtime.dtypes import torch_dtype
from mxnet._runtime.storage import INDEX, Csr, Rows
from mxnet.base import NotSupportedForSparseNDArray, c_array_buf, check_call, integer_types, numeric_types

from ._namespace import function
from ._sparse_arrays import BaseSparseNDArray, CSRNDArray, RowSparseNDArray
from .creation import host_values
from .functions import add as _dense_add
from .functions import divide as _dense_divide
from .functions import multiply as _dense_multiply
from .functions import subtract as _dense_subtract
from .ndarray import NDArray

_Shape = Any

_OPERATORS = """ElementWiseSum Embedding FullyConnected LinearRegressionOutput LogisticRegressionOutput
MAERegressionOutput abs adam_update add_n arccos arccosh arcsin arcsinh arctan arctanh broadcast_add broadcast_div
broadcast_minus broadcast_mul broadcast_plus broadcast_sub cast_storage cbrt ceil clip concat cos cosh degrees dot
elemwise_add elemwise_div elemwise_mul elemwise_sub exp expm1 fix floor ftrl_update gamma gammaln log log10 log1p log2
make_loss mean negative norm radians relu rint round rsqrt sgd_mom_update sgd_update sigmoid sign sin sinh slice sqrt
square stop_gradient sum tan tanh trunc where zeros_like""".split()
OPERATORS = {n: n for n in _OPERATORS} | {"adagrad_update": "_sparse_adagrad_update", "retain": "_sparse_retain"}
OPERATORS["gs_retain"] = "_sparse_retain"
"""The operators of this module, by their names in it."""

__all__ = [
    "BaseSparseNDArray",
    "CSRNDArray",
    "Context",
    "NDArray",
    "NotSupportedForSparseNDArray",
    "RowSparseNDArray",
    "add",
    "c_array_buf",
    "check_call",
    "csr_matrix",
    "current_context",
    "divide",
    "integer_types",
    "multiply",
    "numeric_types",
    "row_sparse_array",
    "subtract",
]  # without array, empty and zeros, as in 1.9.1: a star would take the place of those for dense ones


__getattr__, __dir__ = attach_made(__name__, OPERATORS, function)


def _shape_of(shape: _Shape) -> tuple[int, ...]:
    sizes = (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(int(s) for s in shape)
    if sizes and min(sizes) < 0:
        raise ShapeError(f"a sparse array can not have the shape {sizes}; expected sizes of at least 0")
    return sizes


def _is_shape(arg: Any) -> bool:
    return isinstance(arg, tuple) and all(isinstance(s, integer_types) for s in arg)


def _values(source: Any, dtype: torch.dtype | None) -> torch.Tensor:
    """The numbers of ``source``, in its own dtype if it is an array, else float32."""
    if isinstance(source, NDArray):
        made = source._ready().detach()
    else:
        kept = isinstance(source, np.ndarray)
        made = of_host(host_values(source))
        dtype = dtype or (torch_dtype(source.dtype) if kept else torch.float32)
    return made.to(dtype=dtype or made.dtype, copy=True)


def _indices(source: Any) -> torch.Tensor:
    made = source._ready().detach() if isinstance(source, NDArray) else of_host(host_values(source))
    return made.to(dtype=INDEX, copy=True).reshape(-1)


def _same_shape(got: tuple[int, ...], wanted: _Shape) -> None:
    if wanted is not None and got != _shape_of(wanted):
        raise ShapeError(f"Shape mismatch detected. {got} v.s. {_shape_of(wanted)}")


def _scipy(arg: Any) -> bool:
    return type(arg).__module__.startswith("scipy.sparse")


def csr_matrix(arg1: Any, shape: _Shape = None, ctx: Context | None = None, dtype: Any = None) -> CSRNDArray:
    """A matrix in compressed sparse rows.

    Args:
        arg1: a matrix (array, nested lists, csr array, or of ``scipy.sparse``); its shape ``(M, N)`` for zeros;
            ``(data, indices, indptr)``; or ``(data, (rows, columns))``, where values in one place are added.
        shape: of the matrix; found from the indices if None.
        ctx: where it goes; the current context if None.
        dtype: that of ``arg1`` if it is an array, else float32, if None.

    Raises:
        ShapeError: ``arg1`` is not of ``shape``, or a shape can not be found.

    >>> csr_matrix(([5.0], ([1], [2])), shape=(2, 3)).asnumpy().tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.0, 5.0]]
    """
    ctx = chosen(ctx)
    wanted = None if dtype is None else torch_dtype(dtype)
    made: Any
    if _is_shape(arg1) and len(arg1) == 2:
        _same_shape(_shape_of(arg1), shape)
        return zeros("csr", arg1, ctx, dtype)
    if isinstance(arg1, tuple) and len(arg1) == 2:
        made = _of_places(arg1[0], arg1[1], shape, wanted)
    elif isinstance(arg1, tuple) and len(arg1) == 3:
        made = _of_pointers(*arg1, shape, wanted)
    elif isinstance(arg1, tuple):
        raise ShapeError(f"csr_matrix: unexpected length of tuple {len(arg1)}, expected 2 or 3")
    elif isinstance(arg1, CSRNDArray):
        _same_shape(arg1.shape, shape)
        made = arg1._storage.clone().to(dtype=wanted)
    elif isinstance(arg1, RowSparseNDArray):
        raise ArgumentError("Unexpected input type: RowSparseNDArray; use tostype('default') first")
    elif _scipy(arg1):
        _same_shape(tuple(arg1.shape), shape)
        made = _of_scipy(arg1, wanted)
    else:
        dense = _values(arg1, wanted)
        _same_shape(tuple(dense.shape), shape)
        made = Csr.of(dense)
    return CSRNDArray(made.to(ctx.device), ctx)


def _of_scipy(source: Any, dtype: torch.dtype | None) -> Csr:
    csr = source.tocsr(copy=True)
    csr.sum_duplicates()
    csr.sort_indices()
    return Csr(_values(csr.data, dtype), _indices(csr.indices), _indices(csr.indptr), tuple(map(int, csr.shape)))


def _of_pointers(data: Any, indices: Any, indptr: Any, shape: _Shape, dtype: torch.dtype | None) -> Csr:
    if isinstance(data, integer_types):
        raise ShapeError(f"csr_matrix: got {(data, indices, indptr)}, expected a shape of two sizes, or three arrays")
    values, columns, pointers = _values(data, dtype), _indices(indices), _indices(indptr)
    if shape is None:
        if not columns.numel():
            raise ShapeError("csr_matrix: invalid shape; without elements the number of columns has to be given")
        shape = (pointers.numel() - 1, int(columns.max()) + 1)
    found = _shape_of(shape)
    if len(found) != 2 or values.dim() != 1 or pointers.numel() != found[0] + 1 or columns.numel() != values.numel():
        raise ShapeError(
            f"csr_matrix: invalid shape: got {values.numel()} values, {columns.numel()} indices and "
            f"{pointers.numel()} row pointers, expected as many indices as values, and one pointer more than the rows "
            f"of {found}"
        )
    return Csr(values, columns, pointers, found)


def _of_places(data: Any, places: Any, shape: _Shape, dtype: torch.dtype | None) -> Csr:
    rows, columns = (_indices(p) for p in places)
    values = _values(data, dtype).reshape(-1)
    if not values.numel() == rows.numel() == columns.numel():
        raise ShapeError(
            f"csr_matrix: got {values.numel()} values, {rows.numel()} rows and {columns.numel()} columns; row, column, "
            "and data array must all be the same length"
        )
    if shape is None:
        if not rows.numel():
            raise ShapeError("csr_matrix: invalid shape; without elements it has to be given")
        shape = (int(rows.max()) + 1, int(columns.max()) + 1)
    found = _shape_of(shape)
    if len(found) != 2:
        raise ShapeError(f"csr_matrix: the shape is {found}, expected two sizes")
    for what, numbers, size in (("row", rows, found[0]), ("column", columns, found[1])):
        _check_places(what, numbers, size)
    return storage.merged(values, rows, columns, found)


def _check_places(what: str, numbers: torch.Tensor, size: int) -> None:
    """Raise for places out of range, which would be taken for others."""
    if not numbers.numel():
        return
    low, high = (int(n) for n in torch.aminmax(numbers))
    if low < 0:
        raise ShapeError(f"csr_matrix: negative {what} index found: {low}")
    if high >= size:
        raise ShapeError(f"csr_matrix: {what} index exceeds matrix dimensions: {high}, expected less than {size}")


def row_sparse_array(arg1: Any, shape: _Shape = None, ctx: Context | None = None, dtype: Any = None) -> Any:
    """An array of which some rows are stored.

    Args:
        arg1: an array (dense, nested lists, row-sparse); a shape of two axes or more, for zeros; or
            ``(data, indices)``, rows and their numbers.
        shape: of the array; found from the indices if None.
        ctx: where it goes; the current context if None.
        dtype: that of ``arg1`` if it is an array, else float32, if None.

    Raises:
        ShapeError: ``arg1`` is not of ``shape``, or a shape can not be found.

    >>> row_sparse_array(([[1, 2]], [1]), shape=(2, 2)).asnumpy().tolist()
    [[0.0, 0.0], [1.0, 2.0]]
    """
    ctx = chosen(ctx)
    wanted = None if dtype is None else torch_dtype(dtype)
    made: Any
    if _is_shape(arg1):
        if len(arg1) < 2:
            raise ShapeError(f"row_sparse_array: unexpected length of input tuple {arg1}, expected two sizes or more")
        _same_shape(_shape_of(arg1), shape)
        return zeros("row_sparse", arg1, ctx, dtype)
    if isinstance(arg1, tuple):
        if len(arg1) != 2:
            raise ShapeError(f"row_sparse_array: unexpected length of input tuple {len(arg1)}, expected 2")
        made = _of_rows(arg1[0], arg1[1], shape, wanted)
    elif isinstance(arg1, RowSparseNDArray):
        _same_shape(arg1.shape, shape)
        made = arg1._storage.clone().to(dtype=wanted)
    elif isinstance(arg1, CSRNDArray):
        raise ArgumentError("Unexpected input type: CSRNDArray; use tostype('default') first")
    else:
        dense = _values(arg1, wanted)
        _same_shape(tuple(dense.shape), shape)
        made = Rows.of(dense)
    return RowSparseNDArray(made.to(ctx.device), ctx)


def _of_rows(data: Any, indices: Any, shape: _Shape, dtype: torch.dtype | None) -> Rows:
    values, rows = _values(data, dtype), _indices(indices)
    if shape is None:
        if not rows.numel():
            raise ShapeError("row_sparse_array: invalid shape; without rows it has to be given")
        shape = (int(rows.max()) + 1, *values.shape[1:])
    found = _shape_of(shape)
    if values.numel() == 0 and values.dim() != len(found):
        values = values.reshape(0, *found[1:])
    if values.dim() != len(found) or values.shape[0] != rows.numel() or tuple(values.shape[1:]) != found[1:]:
        raise ShapeError(
            f"row_sparse_array: invalid shape: data has shape {tuple(values.shape)} for {rows.numel()} indices, "
            f"expected {(rows.numel(), *found[1:])}"
        )
    return Rows(values, rows, found)


def zeros(stype: str, shape: _Shape, ctx: Context | None = None, dtype: Any = None, **kwargs: Any) -> Any:
    """Zeros in the given storage type, which ``csr`` and ``row_sparse`` do not store.

    Args:
        stype: ``csr``, ``row_sparse`` or ``default``.
        kwargs: for dense zeros.

    Raises:
        ArgumentError: there is no such storage type.

    >>> zeros("csr", (2, 3)).data.shape
    (0,)
    """
    from . import creation

    if stype == "default":
        return creation.zeros(shape, ctx=ctx, dtype=dtype, **kwargs)
    if stype not in storage.KINDS:
        raise ArgumentError(f"unknown storage type{stype}; expected 'csr', 'row_sparse' or 'default'")
    ctx = chosen(ctx)
    made = storage.KINDS[stype].empty(_shape_of(shape), torch_dtype(dtype), ctx.device)
    return (CSRNDArray if stype == "csr" else RowSparseNDArray)(made, ctx)


def empty(stype: str, shape: _Shape, ctx: Context | None = None, dtype: Any = None) -> Any:
    """As :func:`zeros`, for sparse storage types.

    Raises:
        ArgumentError: ``stype`` is neither ``csr`` nor ``row_sparse``.
    """
    if stype not in storage.KINDS:
        raise ArgumentError(f"unknown stype : {stype}; expected 'csr' or 'row_sparse'")
    return zeros(stype, shape, ctx, dtype)


def array(source_array: Any, ctx: Context | None = None, dtype: Any = None) -> Any:
    """A sparse array with a copy of ``source_array``, which is sparse too: ours, or a csr matrix of ``scipy.sparse``.

    Raises:
        InputTypeError: a dense NDArray; use ``tostype``.
        ArgumentError: something else.
    """
    if isinstance(source_array, CSRNDArray):
        return csr_matrix(source_array, None, ctx or source_array._ctx, dtype)
    if isinstance(source_array, RowSparseNDArray):
        return row_sparse_array(source_array, None, ctx or source_array._ctx, dtype)
    if isinstance(source_array, NDArray):
        raise InputTypeError("Please use `tostype` to create RowSparseNDArray or CSRNDArray from an NDArray")
    if _scipy(source_array):
        return csr_matrix(source_array, None, ctx, dtype)
    raise ArgumentError(f"Unexpected source_array type: {type(source_array)}; expected a sparse array or matrix")


def add(lhs: Any, rhs: Any) -> Any:
    """Sum, element by element, of arrays or an array and a number; csr + csr and row-sparse + row-sparse stay so.

    >>> x = csr_matrix([[1, 0]])
    >>> add(x, x).stype
    'csr'
    """
    return _dense_add(lhs, rhs)


def subtract(lhs: Any, rhs: Any) -> Any:
    """Difference, element by element; of one sparse storage type it stays so."""
    return _dense_subtract(lhs, rhs)


def multiply(lhs: Any, rhs: Any) -> Any:
    """Product, element by element; sparse times dense of its shape stays sparse too."""
    return _dense_multiply(lhs, rhs)


def divide(lhs: Any, rhs: Any) -> Any:
    """Quotient, element by element. csr divided by a dense array is csr: what it does not store is taken for 0."""
    if isinstance(lhs, CSRNDArray) and isinstance(rhs, NDArray) and not isinstance(rhs, BaseSparseNDArray):
        return function("broadcast_div")(lhs, rhs)
    return _dense_divide(lhs, rhs)
