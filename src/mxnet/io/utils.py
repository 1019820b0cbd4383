"""The inputs of :class:`mxnet.io.NDArrayIter`: their names, and rows of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mxnet._base.errors import DTypeError, InputTypeError, MXNetError
from mxnet.ndarray import NDArray, array, take

_KINDS = "NDArray, CSRNDArray, scipy.sparse.csr_matrix, numpy.ndarray or h5py.Dataset"


def on_disk(value: Any) -> bool:
    """Whether ``value`` is an h5py data set, read piece by piece."""
    return type(value).__module__.partition(".")[0] == "h5py"


class SparseBatchError(MXNetError, NotImplementedError):
    """Sparse rows asked for in a way that 1.9.1 does not offer."""


def is_sparse(value: Any) -> bool:
    """Whether ``value`` is a :class:`mxnet.ndarray.sparse.CSRNDArray`."""
    return getattr(value, "stype", "default") == "csr"


def named_arrays(data: Any, allow_empty: bool, default_name: str) -> list[tuple[str, Any]]:
    """``data`` as names with arrays: NumPy arrays become NDArrays in float32, NDArrays and h5py data sets stay.

    Args:
        data: an array, a list of them, or a dict of them by name, which is taken in the order of the names.
        allow_empty: whether None, an empty list or an empty dict will do.
        default_name: the name of a single array; of several with a number before it.

    Raises:
        InputTypeError: there is nothing.
        DTypeError: something is no array.
    """
    if data is None:
        data = []
    if isinstance(data, (np.ndarray, NDArray)) or on_disk(data) or type(data).__module__.startswith("scipy.sparse"):
        data = [data]
    if isinstance(data, (list, tuple)):
        names = [default_name] if len(data) == 1 else [f"_{i}_{default_name}" for i in range(len(data))]
        data = dict(zip(names, data, strict=True))
    elif not isinstance(data, Mapping):
        raise DTypeError(f"Input must be {_KINDS}, a list of them or dict with them as values; got {type(data)}")
    if not data and not allow_empty:
        raise InputTypeError(f"{default_name}: got no arrays, expected at least one")
    made = []
    for name, value in sorted(data.items()):
        if type(value).__module__.startswith("scipy.sparse"):
            from mxnet.ndarray.sparse import csr_matrix

            value = csr_matrix(value.tocsr())
        if not isinstance(value, NDArray) and not on_disk(value):
            try:
                value = array(value)
            except (MXNetError, TypeError, ValueError) as error:
                raise DTypeError(f"Invalid type '{type(value)}' for {name}, should be {_KINDS}") from error
        made.append((name, value))
    return made


def rows(value: Any, start: int, stop: int, count: int, axis: int) -> NDArray:
    """A copy of the examples from ``start`` to ``stop``; after ``count`` come the first ones again."""
    if on_disk(value):
        place: tuple[Any, ...] = (slice(None),) * axis
        if stop <= count:
            return array(value[(*place, slice(start, stop))])
        return array(np.concatenate([value[(*place, i)][None] for i in np.arange(start, stop) % count]))
    if stop <= count:
        return value.slice_axis(axis=axis, begin=start, end=stop)
    return pick(value, np.arange(start, stop) % count, axis)


def pick(value: NDArray, numbers: np.ndarray, axis: int) -> NDArray:
    """A copy of the examples of the given numbers."""
    if is_sparse(value):
        from mxnet.ndarray.sparse import csr_matrix

        return csr_matrix(value.asscipy()[numbers], ctx=value.context)
    return take(value, array(numbers, ctx=value.context, dtype=np.int64), axis=axis)
