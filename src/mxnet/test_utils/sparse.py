"""Random sparse arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError
from mxnet.context import Context
from mxnet.ndarray import array
from mxnet.ndarray.sparse import csr_matrix, row_sparse_array, zeros

from .arrays import assign_each
from .machine import default_context, default_dtype

Shape = tuple[int, ...]
_Function = Callable[[Any], Any] | None


def rand_sparse_ndarray(
    shape: Shape,
    stype: str,
    density: float | None = None,
    dtype: Any = None,
    distribution: str | None = None,
    data_init: float | None = None,
    rsp_indices: Sequence[int] | None = None,
    modifier_func: _Function = None,
    shuffle_csr_indices: bool = False,
    ctx: Context | None = None,
) -> tuple[Any, Any]:
    """A random sparse array, and what it stores: ``(data, indices)`` of row-sparse, ``(indptr, indices, data)`` of csr.

    Args:
        shape: two sizes for csr, one or more for row-sparse.
        stype: ``csr`` or ``row_sparse``.
        density: how likely an element (csr) or a row is to be stored; random if None.
        dtype: :func:`default_dtype` if None.
        distribution: ``uniform``, or, of csr, ``powerlaw``: each row stores twice as many as the one before, until
            there are as many as ``density`` says.
        data_init: all that is stored, if given.
        rsp_indices: the rows stored of a row-sparse array; random if None.
        modifier_func: applied to each stored value.
        shuffle_csr_indices: leave the columns of each row of a csr array in random order.
        ctx: :func:`default_context` if None.

    Raises:
        ArgumentError: another storage type or distribution.

    >>> rand_sparse_ndarray((3, 4), "csr", density=1)[0].data.shape
    (12,)
    """
    ctx = ctx or default_context()
    density = np.random.rand() if density is None else density
    kind = np.dtype(default_dtype() if dtype is None else dtype)
    distribution = distribution or "uniform"
    if stype == "row_sparse" and distribution == "uniform":
        return _rows(shape, density, kind, data_init, rsp_indices, modifier_func, ctx)
    if stype == "csr" and distribution == "powerlaw":
        made = _powerlaw(shape, density, kind, ctx)
    elif stype == "csr" and distribution == "uniform":
        made = _uniform(shape, density, kind, data_init, modifier_func, ctx)
        if shuffle_csr_indices:
            made = _shuffled(made, ctx)
    else:
        raise ArgumentError(
            f"rand_sparse_ndarray: storage type {stype!r}, distribution {distribution!r}; expected 'csr' with "
            "'uniform' or 'powerlaw', or 'row_sparse' with 'uniform'"
        )
    return made, (made.indptr, made.indices, made.data)


def _rows(
    shape: Shape, density: float, dtype: Any, init: Any, rows: Any, modify: _Function, ctx: Context
) -> tuple[Any, Any]:
    if rows is not None:
        indices = np.unique(np.asarray(rows, dtype=np.int64))
        if indices.size > shape[0]:
            raise ArgumentError(f"rand_sparse_ndarray: {indices.size} rows are to be stored of {shape[0]}")
    else:
        indices = np.nonzero(np.random.rand(shape[0]) < density)[0]
    if not indices.size:
        made = zeros("row_sparse", shape, dtype=dtype, ctx=ctx)
        return made, (np.empty((0, *shape[1:]), dtype=dtype), indices)
    values = np.random.rand(indices.size, *shape[1:]).astype(dtype)
    if init is not None:
        values.fill(init)
    values = assign_each(values, modify)
    return row_sparse_array((values, indices), shape=shape, dtype=dtype, ctx=ctx), (values, indices)


def _uniform(shape: Shape, density: float, dtype: Any, init: Any, modify: _Function, ctx: Context) -> Any:
    rows, columns = np.nonzero(np.random.rand(*shape) < density)
    values = np.random.rand(rows.size).astype(dtype)
    if init is not None:
        values.fill(init)
    if not rows.size:
        return zeros("csr", shape, dtype=dtype, ctx=ctx)
    return csr_matrix((assign_each(values, modify), (rows, columns)), shape=shape, dtype=dtype, ctx=ctx)


def _powerlaw(shape: Shape, density: float, dtype: Any, ctx: Context) -> Any:
    count, width = shape
    left = int(count * width * density)
    if not density or left <= 0:
        return zeros("csr", shape, dtype=dtype, ctx=ctx)
    if left < 2 * count:
        raise ArgumentError(
            f"rand_sparse_ndarray: not supported for this density: {density} for this shape {shape} by Power Law; "
            f"expected at least {2 * count} elements to store"
        )
    lengths = np.ones(count, dtype=np.int64)  # every row has something
    left -= count
    size = 2
    for row in range(1, count):
        more = min(size, width, left + 1) - 1
        lengths[row] += more
        left -= more
        size *= 2
        if left <= 0:
            break
    for row in range(count - 1, -1, -1):  # what the doubling left over fills rows from the last on
        more = min(width - lengths[row], left)
        lengths[row] += more
        left -= more
    pointers = np.concatenate([[0], np.cumsum(lengths)])
    columns = np.arange(pointers[-1]) - np.repeat(pointers[:-1], lengths)
    values = (1 + np.random.rand(columns.size)).astype(dtype)
    return csr_matrix((values, columns, pointers), shape=shape, dtype=dtype, ctx=ctx)


def shuffle_csr_column_indices(csr: Any) -> None:
    """Put the column indices of each row of ``csr``, a csr matrix of ``scipy.sparse``, in random order, in place.

    The values stay where they are, so the matrix becomes another.
    """
    for begin, end in zip(csr.indptr[:-1], csr.indptr[1:], strict=True):
        np.random.shuffle(csr.indices[begin:end])


def _shuffled(csr: Any, ctx: Context) -> Any:
    """``csr`` with the columns of each row in random order."""
    pointers, columns, values = csr.indptr.asnumpy(), csr.indices.asnumpy(), csr.data.asnumpy()
    for begin, end in zip(pointers[:-1], pointers[1:], strict=True):
        order = begin + np.random.permutation(end - begin)
        columns[begin:end], values[begin:end] = columns[order], values[order]
    return csr_matrix((array(values, dtype=values.dtype), columns, pointers), shape=csr.shape, ctx=ctx)


def create_sparse_array(
    shape: Shape,
    stype: str,
    data_init: float | None = None,
    rsp_indices: Sequence[int] | None = None,
    dtype: Any = None,
    modifier_func: _Function = None,
    density: float = 0.5,
    shuffle_csr_indices: bool = False,
) -> Any:
    """A random sparse array; the arguments are those of :func:`rand_sparse_ndarray`.

    Raises:
        ArgumentError: another storage type.

    >>> create_sparse_array((3, 2), "row_sparse", data_init=1, rsp_indices=[1]).asnumpy().tolist()
    [[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
    """
    if stype not in ("csr", "row_sparse"):
        raise ArgumentError(f"create_sparse_array: unknown storage type: {stype}; expected 'csr' or 'row_sparse'")
    if stype == "row_sparse" and rsp_indices is not None:
        rsp_indices = [int(i) for i in rsp_indices]
    return rand_sparse_ndarray(
        shape,
        stype,
        density=density,
        data_init=data_init,
        rsp_indices=rsp_indices if stype == "row_sparse" else None,
        dtype=dtype,
        modifier_func=modifier_func,
        shuffle_csr_indices=shuffle_csr_indices,
    )[0]


def create_sparse_array_zd(
    shape: Shape,
    stype: str,
    density: float,
    data_init: float | None = None,
    rsp_indices: Sequence[int] | None = None,
    dtype: Any = None,
    modifier_func: _Function = None,
    shuffle_csr_indices: bool = False,
) -> Any:
    """As :func:`create_sparse_array`; of a ``density`` next to 0 it stores nothing, whatever ``rsp_indices`` says."""
    if stype == "row_sparse" and density < 1e-4:
        rsp_indices = []
    return create_sparse_array(shape, stype, data_init, rsp_indices, dtype, modifier_func, density, shuffle_csr_indices)
