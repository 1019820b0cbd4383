"""The arrays of sparse storage types. ``mxnet.ndarray.sparse`` is where programs find them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from mxnet._base.errors import ArgumentError, CallError, DTypeError, MXNetError, ShapeError, UnknownRequestError
from mxnet._base.lazy import lazy
from mxnet._runtime import sparse, storage
from mxnet._runtime.array import Array, Grad
from mxnet._runtime.context import Context
from mxnet._runtime.copies import of_host
from mxnet._runtime.dtypes import NUMPY, torch_dtype
from mxnet._runtime.recorded_sparse import mark
from mxnet._runtime.sparse import Sparse
from mxnet._runtime.state import state
from mxnet._runtime.storage import Csr, Rows
from mxnet.base import NotSupportedForSparseNDArray

from . import _operators
from ._sparse_operators import install
from .ndarray import NDArray

scipy_sparse = lazy("scipy.sparse", extra="test")


class BaseSparseNDArray(NDArray, Sparse):
    """What :class:`CSRNDArray` and :class:`RowSparseNDArray` have in common.

    Operators that have no sparse form work on a dense copy and give a dense result; so does any code that asks for
    the dense tensor.
    """

    __slots__ = ("_storage",)
    _sparse = True

    def __new__(cls, handle: Any = None, ctx: Any = None, node: Any = None) -> Any:
        # code for arrays of any class makes results of the class it was given, but dense results are to be dense
        return NDArray(handle, ctx, node) if isinstance(handle, torch.Tensor) else super().__new__(cls)

    def __init__(self, handle: Any, ctx: Context | None = None, node: Any = None) -> None:
        self._storage = handle
        self._ctx = ctx  # type: ignore[assignment]
        self._node = node

    @property
    def _data(self) -> torch.Tensor:
        """A dense copy: writing to it has no effect here."""
        return self._storage.dense()

    @_data.setter
    def _data(self, dense: torch.Tensor) -> None:
        self._storage = type(self._storage).of(dense)

    def _meta(self) -> torch.Tensor:
        return self._storage.data.new_empty(()).expand(self._storage.shape)

    def _ready(self) -> torch.Tensor:
        return self._data

    def _mark(self, buffer: Array | None, req: str) -> None:
        if req not in ("write", "add", "null"):
            raise UnknownRequestError(f"grad_req is {req!r}; expected 'write', 'add' or 'null'")
        if req == "null" or buffer is None:
            self._node = None
            self._grad = None if buffer is None else Grad(buffer, "null")
            return
        mark(self, self._storage, Grad(buffer, req))

    @classmethod
    def _make_failed(cls, failure: Any, meta: torch.Tensor, ctx: Context) -> Array:
        return NDArray._make_failed(failure, meta, ctx)

    def _assign(self, value: Any) -> None:
        """Write ``value``, a tensor or what sparse arrays hold; dtype, device and storage type stay."""
        own = self._storage
        if tuple(value.shape) != own.shape:
            raise ShapeError(f"{type(self).__name__}: got a value of shape {tuple(value.shape)}, expected {own.shape}")
        if not isinstance(value, torch.Tensor) and type(value) is not type(own):
            value = value.dense()
        made = value if type(value) is type(own) else type(own).of(value)
        moved = made.to(own.data.device, own.data.dtype)
        self._storage = moved.clone() if moved.data is made.data else moved

    # -- what it is ---------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """Its size along each axis."""
        return self._storage.shape

    @property
    def stype(self) -> str:
        """Its storage type: ``csr`` or ``row_sparse``."""
        return self._storage.stype

    @property
    def size(self) -> int:
        """How many elements it has, zeros included."""
        return self._meta().numel()

    @property
    def data(self) -> NDArray:
        """A copy of the values that are stored."""
        return NDArray(self._storage.data.clone(), self._ctx)

    @property
    def indices(self) -> NDArray:
        """A copy of the indices, int64."""
        return NDArray(self._storage.indices.clone(), self._ctx)

    @property
    def _num_aux(self) -> int:
        return len(self._storage.aux())

    @property
    def _aux_types(self) -> list[Any]:
        return [NUMPY[a.dtype] for a in self._storage.aux()]

    def _aux_type(self, i: int) -> Any:
        return self._aux_types[i]

    def _aux_data(self, i: int) -> NDArray:
        return NDArray(self._storage.aux()[i].clone(), self._ctx)

    def __repr__(self) -> str:
        return f"\n<{type(self).__name__} {'x'.join(map(str, self.shape))} @{self._ctx}>"

    def __len__(self) -> int:
        return self.shape[0]

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the state of a pickle, 1.9.1's too."""
        from .utils import from_bytes

        made = from_bytes(bytes(state["handle"]))
        if type(made) is not type(self):
            raise MXNetError(f"the pickle of a {type(self).__name__} holds an array of storage type {made.stype}")
        self._storage, self._ctx, self._node = made._storage, made._ctx, None

    def check_format(self, full_check: bool = True) -> None:
        """Check that the indices are valid.

        Args:
            full_check: check all of them; otherwise only how many there are.

        Raises:
            ArgumentError: they are not valid, and results computed from the array would be meaningless.
        """
        trouble = self._storage.trouble(full_check)
        if trouble:
            raise ArgumentError(f"check_format: {trouble}")

    # -- values -------------------------------------------------------------------------------------------------

    def asnumpy(self) -> np.ndarray:
        """A dense NumPy array with the values."""
        return NDArray(self._data, self._ctx).asnumpy()

    def asscalar(self) -> Any:
        """Not there for sparse arrays.

        Raises:
            NotSupportedForSparseNDArray: always; use ``tostype('default')`` first.
        """
        raise NotSupportedForSparseNDArray(self.asscalar, None)

    item = asscalar

    def copy(self) -> Any:
        """A new array with these values."""
        return _invoke("_copy", self)

    def copyto(self, other: Any) -> Any:
        """Write the values to ``other``, of this storage type or dense, or to a new array on the context ``other``.

        Raises:
            DTypeError: ``other`` has another sparse type.
            ShapeError: ``other`` has another shape.
        """
        if isinstance(other, Context):
            return type(self)(self._storage.clone().to(other.device), other)
        if not isinstance(other, NDArray):
            raise DTypeError(f"copyto does not support type {type(other)}; expected an array or a context")
        if isinstance(other, Sparse) and other.stype != self.stype:
            raise DTypeError(f"copyto does not support destination NDArray stype {other.stype}")
        if other.shape != self.shape:
            raise ShapeError(f"copyto: target has shape {other.shape}, expected {self.shape}")
        if other is not self:
            sparse.assign(other, self._storage)
        return other

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """The values in another dtype; with ``copy=False`` this array itself if it has it already."""
        wanted = torch_dtype(dtype)
        if not copy and self._storage.data.dtype is wanted:
            return self
        return type(self)(self._storage.clone().to(dtype=wanted), self._ctx)

    def tostype(self, stype: str) -> Any:
        """A copy of the array in another storage type: its own, or ``default``.

        Raises:
            ArgumentError: from one sparse type to the other.
        """
        if stype not in ("default", self.stype):
            storage.cast(self._storage, stype)
        return _invoke("cast_storage", self, stype=stype)

    def detach(self) -> Any:
        """The same memory, outside the recorded graph."""
        return type(self)(self._storage, self._ctx)

    def attach_grad(self, grad_req: str = "write", stype: str | None = None) -> None:
        """Make room for a gradient, and this array a leaf.

        Args:
            grad_req: ``write``, ``add`` or ``null``.
            stype: storage type of the gradient; this array's if None.
        """
        from .sparse import zeros

        self._mark(zeros(stype or self.stype, self.shape, self._ctx, self.dtype), grad_req)

    def wait_to_read(self) -> None:
        """Wait until the values are there."""
        NDArray(self._storage.data, self._ctx).wait_to_read()

    wait_to_write = wait_to_read

    # -- what there is not --------------------------------------------------------------------------------------

    def reshape(self, *shape: Any, **kwargs: Any) -> Any:
        """Not there for sparse arrays.

        Raises:
            NotSupportedForSparseNDArray: always; use ``tostype('default')`` first.
        """
        raise NotSupportedForSparseNDArray(self.reshape, None, *shape)

    def _slice(self, start: Any, stop: Any) -> Any:
        raise NotSupportedForSparseNDArray(self._slice, None, start, stop)

    def _at(self, idx: Any) -> Any:
        raise NotSupportedForSparseNDArray(self._at, None, idx)

    def to_dlpack_for_read(self) -> Any:
        """Not there for sparse arrays.

        Raises:
            NotSupportedForSparseNDArray: always; use ``tostype('default')`` first.
        """
        raise NotSupportedForSparseNDArray(self.to_dlpack_for_read, None)

    to_dlpack_for_write = to_dlpack_for_read

    def broadcast_to(self, shape: Any) -> Any:
        """A dense array of ``shape``."""
        return NDArray(self._data, self._ctx).broadcast_to(tuple(int(s) for s in np.atleast_1d(shape)))

    # -- writing ------------------------------------------------------------------------------------------------

    def _refuse_inplace(self, other: Any, sign: str) -> None:
        if state.recording:
            _operators.refuse_inplace(self, other, sign)

    def _write(self, value: Any) -> None:
        if value is self:
            return
        if isinstance(value, NDArray):
            value.copyto(self)
        elif isinstance(value, (np.ndarray, np.generic)):
            self._assign(of_host(np.asarray(value)).to(self._ctx.device))
        else:
            raise DTypeError(f"type {type(value)} not supported")


class CSRNDArray(BaseSparseNDArray):
    """A matrix in compressed sparse rows: made by :func:`mxnet.nd.sparse.csr_matrix`, ``tostype('csr')`` and
    ``zeros('csr', ...)``.

    >>> import mxnet as mx
    >>> x = mx.nd.array([[0, 1], [2, 0]]).tostype("csr")
    >>> x.indices.asnumpy().tolist(), x.indptr.asnumpy().tolist(), x.data.asnumpy().tolist()
    ([1, 0], [0, 1, 2], [1.0, 2.0])
    """

    __slots__ = ()
    __module__ = "mxnet.ndarray.sparse"
    _storage: Csr

    @property
    def indptr(self) -> NDArray:
        """A copy of the row pointers, int64: row i is stored from ``indptr[i]`` to ``indptr[i + 1]``."""
        return NDArray(self._storage.indptr.clone(), self._ctx)

    def asscipy(self) -> Any:
        """A ``scipy.sparse.csr_matrix`` with the values."""
        held = self._storage
        return scipy_sparse.csr_matrix(
            (self.data.asnumpy(), held.indices.cpu().numpy(), held.indptr.cpu().numpy()),
            shape=self.shape,
            dtype=self.dtype,
        )

    def __getitem__(self, key: Any) -> Any:
        """A row, or several consecutive ones, as a csr array.

        Raises:
            ArgumentError: a step, or more than one axis.
        """
        if isinstance(key, (int, np.integer)):
            begin = int(key) + self.shape[0] if key < 0 else int(key)
            if not 0 <= begin < self.shape[0]:
                raise IndexError(f"index {key} is out of bounds for axis 0 with size {self.shape[0]}")
            return _invoke("slice", self, begin=(begin,), end=(begin + 1,))
        if isinstance(key, slice):
            if key.step is not None and key.step != 1:
                raise ArgumentError("CSRNDArray only supports continuous slicing on axis 0")
            if key.start is None and key.stop is None:
                return self
            return _invoke("slice", self, begin=(key.start or 0,), end=(key.stop,))
        if isinstance(key, tuple):
            raise ArgumentError("Multi-dimension indexing is not supported")
        raise ArgumentError(f"CSRNDArray: index {key!r} of {type(key).__name__} is not supported; use a slice of rows")

    def __setitem__(self, key: Any, value: Any) -> None:
        """Write all values; ``key`` is ``:``.

        Raises:
            ArgumentError: part of the array, or a number.
        """
        if not (isinstance(key, slice) and key == slice(None)):
            raise ArgumentError("Assignment with slice for CSRNDArray is not implemented yet.")
        if isinstance(value, (int, float, np.number)):
            raise ArgumentError("Assigning numeric types to CSRNDArray is not implemented yet.")
        self._refuse_inplace(value, "x[:]=")
        self._write(value)


class RowSparseNDArray(BaseSparseNDArray):
    """An array of which some rows are stored: made by :func:`mxnet.nd.sparse.row_sparse_array`, or
    ``tostype('row_sparse')``.

    >>> import mxnet as mx
    >>> x = mx.nd.sparse.row_sparse_array(([[1, 2]], [1]), shape=(3, 2))
    >>> x.asnumpy().tolist()
    [[0.0, 0.0], [1.0, 2.0], [0.0, 0.0]]
    """

    __slots__ = ()
    __module__ = "mxnet.ndarray.sparse"
    _storage: Rows

    def __getitem__(self, key: Any) -> Any:
        """The array itself, for ``:``.

        Raises:
            ArgumentError: anything else.
        """
        if isinstance(key, slice) and key == slice(None):
            return self
        if isinstance(key, int):
            raise ArgumentError("__getitem__ with int key is not implemented for RowSparseNDArray yet")
        raise ArgumentError(f"RowSparseNDArray only supports [:] for __getitem__, got {key!r}; use retain for rows")

    def __setitem__(self, key: Any, value: Any) -> None:
        """Write all values; ``key`` is ``:``.

        Raises:
            ArgumentError: part of the array.
        """
        if not (isinstance(key, slice) and key == slice(None)):
            raise CallError("RowSparseNDArray only supports [:] for assignment")
        self._refuse_inplace(value, "x[:]=")
        if isinstance(value, (int, float, np.number)):
            held = self._storage
            if value == 0:
                self._storage = Rows.empty(held.shape, held.data.dtype, held.data.device)
                return
            full = torch.full(held.shape, value, dtype=held.data.dtype, device=held.data.device)
            self._storage = Rows(full, torch.arange(held.shape[0], device=full.device), held.shape)
            return
        self._write(value)

    def retain(self, *args: Any, **kwargs: Any) -> Any:
        """The rows of the given numbers; see :func:`mxnet.ndarray.sparse.retain`."""
        from .sparse import retain

        return retain(self, *args, **kwargs)


def _invoke(name: str, array: NDArray, **attrs: Any) -> Any:
    from ._namespace import function

    return function(name)(array, **attrs)


install(BaseSparseNDArray)
BaseSparseNDArray.__hash__ = object.__hash__  # type: ignore[method-assign]
BaseSparseNDArray.__module__ = "mxnet.ndarray.sparse"
sparse.CLASSES.update({"default": NDArray, "csr": CSRNDArray, "row_sparse": RowSparseNDArray})
