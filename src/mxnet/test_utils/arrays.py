"""Random arrays, shapes and matrices, from NumPy's global state; NumPy's reductions in MXNet's terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError
from mxnet.context import Context
from mxnet.ndarray import NDArray, arange, array, broadcast_to

from .machine import default_context, default_dtype

Shape = tuple[int, ...]


def rand_shape_2d(dim0: int = 10, dim1: int = 10, allow_zero_size: bool = False) -> Shape:
    """A shape of two sizes, from 1 (or 0) to ``dim0`` and ``dim1``."""
    low = 0 if allow_zero_size else 1
    return int(np.random.randint(low, dim0 + 1)), int(np.random.randint(low, dim1 + 1))


def rand_shape_3d(dim0: int = 10, dim1: int = 10, dim2: int = 10, allow_zero_size: bool = False) -> Shape:
    """A shape of three sizes, from 1 (or 0) to ``dim0``, ``dim1`` and ``dim2``."""
    low = 0 if allow_zero_size else 1
    return tuple(int(np.random.randint(low, d + 1)) for d in (dim0, dim1, dim2))


def rand_shape_nd(num_dim: int, dim: int = 10, allow_zero_size: bool = False) -> Shape:
    """A shape of ``num_dim`` sizes, from 1 (or 0) to ``dim``.

    >>> len(rand_shape_nd(4, 3))
    4
    """
    low = 0 if allow_zero_size else 1
    return tuple(int(d) for d in np.random.randint(low, dim + 1, size=num_dim))


def rand_coord_2d(x_low: int, x_high: int, y_low: int, y_high: int) -> tuple[int, int]:
    """Two integers, the first from ``x_low`` to below ``x_high``, the second from ``y_low`` to below ``y_high``."""
    return int(np.random.randint(x_low, x_high)), int(np.random.randint(y_low, y_high))


def random_arrays(*shapes: Shape) -> Any:
    """Normal NumPy arrays of the given shapes in :func:`default_dtype`: one, or a list of several.

    >>> [x.shape for x in random_arrays((2, 3), (4,))]
    [(2, 3), (4,)]
    """
    made = [np.array(np.random.randn(*s), dtype=default_dtype()) for s in shapes]
    return made if len(made) > 1 else made[0]


def random_uniform_arrays(*shapes: Shape, **kwargs: Any) -> list[np.ndarray]:
    """A list of uniform NumPy arrays of the given shapes.

    Args:
        low, high: bounds, 0 and 1 unless given.
        dtype: :func:`default_dtype` unless given.
    """
    low, high = kwargs.pop("low", 0.0), kwargs.pop("high", 1.0)
    dtype = kwargs.pop("dtype", default_dtype())
    if kwargs:
        raise ArgumentError(f"random_uniform_arrays: unknown argument {sorted(kwargs)[0]!r}; expected low, high, dtype")
    return [np.random.uniform(low, high, size=s).astype(dtype) for s in shapes]


def random_sample(population: Sequence[Any], k: int) -> list[Any]:
    """``k`` elements of ``population``, each at most once, in random order.

    >>> sorted(random_sample([1, 2, 3], 3))
    [1, 2, 3]
    """
    shuffled = list(population)
    np.random.shuffle(shuffled)
    return shuffled[:k]


def rand_ndarray(
    shape: Shape,
    stype: str = "default",
    density: float | None = None,
    dtype: Any = None,
    modifier_func: Callable[[Any], Any] | None = None,
    shuffle_csr_indices: bool = False,
    distribution: str | None = None,
    ctx: Context | None = None,
) -> NDArray:
    """A normal array of the given shape, or a sparse one as for :func:`rand_sparse_ndarray`.

    Args:
        stype: its storage type.
        dtype: float32 unless given.
        ctx: :func:`default_context` unless given.
        density, modifier_func, shuffle_csr_indices, distribution: of sparse arrays; no effect on a dense one.

    >>> rand_ndarray((2, 3)).shape
    (2, 3)
    """
    if stype != "default":
        from .sparse import rand_sparse_ndarray

        return rand_sparse_ndarray(
            shape,
            stype,
            density=density,
            dtype=dtype,
            modifier_func=modifier_func,
            shuffle_csr_indices=shuffle_csr_indices,
            distribution=distribution,
            ctx=ctx,
        )[0]
    return array(random_arrays(tuple(shape)), dtype=dtype, ctx=ctx or default_context())


def create_vector(size: int, dtype: Any = np.int64) -> NDArray:
    """The array 0, 1, ... ``size - 1``."""
    return arange(0, size, dtype=dtype)


def create_2d_tensor(rows: int, columns: int, dtype: Any = np.int64) -> NDArray:
    """An array of shape (rows, columns) whose elements are the number of their row."""
    return broadcast_to(arange(0, rows, dtype=dtype).reshape(rows, 1), shape=(rows, columns))


def get_identity_mat(size: int) -> NDArray:
    """The identity matrix, float32."""
    return array(np.identity(size))


def get_identity_mat_batch(size: int) -> NDArray:
    """Two identity matrices, float32, shape (2, size, size)."""
    return array(np.array([np.identity(size)] * 2))


def new_orthonormal_matrix_2d(n: int) -> np.ndarray:
    """A random orthonormal matrix of shape (n, n)."""
    return np.linalg.qr(np.random.uniform(-1.0, 1.0, (n, n)))[0]


def new_matrix_with_real_eigvals_2d(n: int) -> np.ndarray:
    """A random well-conditioned matrix of shape (n, n) with small, distinct, real eigenvalues."""
    values = np.diag(_eigenvalues(n))
    # near to orthonormal, so that its inverse is harmless
    vectors = new_orthonormal_matrix_2d(n) + 0.1 * np.triu(np.random.uniform(-1.0, 1.0, (n, n)), 1) / max(n, 1)
    return vectors @ values @ np.linalg.inv(vectors)


def new_sym_matrix_with_real_eigvals_2d(n: int) -> np.ndarray:
    """A random symmetric matrix of shape (n, n) with small, distinct eigenvalues."""
    vectors = new_orthonormal_matrix_2d(n)
    made = vectors @ np.diag(_eigenvalues(n)) @ vectors.T
    return (made + made.T) / 2


def _eigenvalues(n: int) -> np.ndarray:
    """Distinct numbers of either sign between 1 and 2 + n / 4."""
    size = 1.0 + np.arange(n) / 4 + np.random.uniform(0, 0.2, n)
    return np.random.permutation(size) * np.random.choice([-1.0, 1.0], n)


def new_matrix_with_real_eigvals_nd(shape: Shape) -> np.ndarray:
    """Matrices as for :func:`new_matrix_with_real_eigvals_2d` in the last two axes of ``shape``."""
    return _stack(shape, new_matrix_with_real_eigvals_2d)


def new_sym_matrix_with_real_eigvals_nd(shape: Shape) -> np.ndarray:
    """Matrices as for :func:`new_sym_matrix_with_real_eigvals_2d` in the last two axes of ``shape``."""
    return _stack(shape, new_sym_matrix_with_real_eigvals_2d)


def _stack(shape: Shape, make: Callable[[int], np.ndarray]) -> np.ndarray:
    count = int(np.prod(shape[:-2]))
    return np.array([make(shape[-1]) for _ in range(count)]).reshape(shape)


def np_reduce(dat: np.ndarray, axis: Any, keepdims: bool, numpy_reduce_func: Callable[..., Any]) -> Any:
    """``numpy_reduce_func`` over several axes, one after the other.

    Args:
        dat: a NumPy array.
        axis: an axis, several, or None for all.
        keepdims: keep the reduced axes with size 1.
        numpy_reduce_func: takes an array and ``axis``, as ``np.sum`` does.

    >>> np_reduce(np.ones((2, 3, 4)), (0, 2), True, np.sum).shape
    (1, 3, 1)
    """
    axes = list(range(dat.ndim)) if axis is None else [axis] if isinstance(axis, int) else list(axis)
    axes = [a % dat.ndim for a in axes]
    reduced: Any = dat
    for a in sorted(axes, reverse=True):
        reduced = numpy_reduce_func(reduced, axis=a)
    if keepdims:
        return np.asarray(reduced).reshape([1 if i in axes else n for i, n in enumerate(dat.shape)])
    return reduced


def collapse_sum_like(a: np.ndarray, shape: Shape) -> np.ndarray:
    """``a`` summed over the axes that broadcasting an array of ``shape`` to it would repeat.

    >>> collapse_sum_like(np.ones((2, 3, 4)), (3, 1)).tolist()
    [[8.0], [8.0], [8.0]]
    """
    if len(shape) > a.ndim or any(s not in (1, n) for s, n in zip(shape[::-1], a.shape[::-1], strict=False)):
        raise ArgumentError(f"collapse_sum_like: an array of shape {shape} can not be broadcast to {a.shape}")
    if a.size == 0 or int(np.prod(shape)) == 0:
        return np.zeros(shape, dtype=a.dtype)
    extra = a.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(i + extra for i, s in enumerate(shape) if s == 1)
    return np.sum(a, axis=axes).reshape(shape)


def assign_each(the_input: np.ndarray, function: Callable[[Any], Any] | None) -> np.ndarray:
    """``function`` of each element; a copy if it is None."""
    if function is None:
        return np.array(the_input)
    return np.array([function(x) for x in the_input.ravel()], dtype=the_input.dtype).reshape(the_input.shape)


def assign_each2(input1: np.ndarray, input2: np.ndarray, function: Callable[[Any, Any], Any] | None) -> np.ndarray:
    """``function`` of each pair of elements; a copy of the first array if it is None."""
    if function is None:
        return np.array(input1)
    pairs = zip(input1.ravel(), input2.ravel(), strict=True)
    return np.array([function(x, y) for x, y in pairs], dtype=input1.dtype).reshape(input1.shape)
