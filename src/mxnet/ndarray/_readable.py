"""What can be asked of an array and read out of it: its form, and its values as NumPy, Python and files have them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from mxnet._base.errors import ArgumentError, CallError, DTypeError
from mxnet._runtime import engine, shared
from mxnet._runtime.array import Array
from mxnet._runtime.context import Context
from mxnet._runtime.dtypes import NUMPY
from mxnet._runtime.handles import ArrayHandle
from mxnet._runtime.handles import of as handle_of
from mxnet._runtime.writes import given_away


class Unsized(DTypeError, IndexError):
    """The length of an array without axes."""


class ReadableArray(Array):
    """The part of NDArray that makes no other array of it, and so calls no operator."""

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Its size along each axis."""
        return tuple(self._meta().shape)

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return self._meta().ndim

    @property
    def size(self) -> int:
        """How many elements it has."""
        return self._meta().numel()

    @property
    def dtype(self) -> Any:
        """Its dtype, as a NumPy type."""
        return NUMPY[self._meta().dtype]

    @property
    def context(self) -> Context:
        """The device it is on."""
        return self._ctx

    ctx = context

    @property
    def stype(self) -> str:
        """Its storage type."""
        return "default"

    @property
    def handle(self) -> ArrayHandle:
        """Stands for this array in calls of ``mxnet.base._LIB``; a number that identifies it."""
        return handle_of(self)

    @property
    def writable(self) -> bool:
        """Always True; arrays here are never read-only."""
        return True

    # -- values -------------------------------------------------------------------------------------------------

    def asnumpy(self) -> np.ndarray:
        """A NumPy array with a copy of the values; waits for them. bfloat16, which NumPy lacks, becomes float32.

        >>> import mxnet as mx
        >>> mx.nd.ones((2,)).asnumpy()
        array([1., 1.], dtype=float32)
        """
        data = self._ready()
        if data.dtype is torch.bfloat16:
            data = data.to(torch.float32)
        if data.device.type == "cpu":
            return data.numpy().copy()
        return data.cpu().numpy()

    def asscalar(self) -> Any:
        """The value of an array with one element, as a NumPy number.

        Raises:
            ValueError: it has none or several.
        """
        if self.size != 1:
            raise CallError(f"The current array is not a scalar: asscalar() on shape {self.shape}")
        return self.asnumpy().reshape(())[()]

    item = asscalar

    def tolist(self) -> Any:
        """The values as nested lists of Python numbers."""
        return self.asnumpy().tolist()

    def wait_to_read(self) -> None:
        """Wait until the values are computed; raise what computing them raised."""
        engine.synchronize(self._ready())

    wait_to_write = wait_to_read

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        values = self.asnumpy()
        return values if dtype is None else values.astype(dtype, copy=False)

    def __dlpack__(self, **kwargs: Any) -> Any:
        return given_away(self._ready()).__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self._ready().__dlpack_device__()

    def to_dlpack_for_read(self) -> Any:
        """A DLPack capsule that shares memory with this array, for reading."""
        return torch.utils.dlpack.to_dlpack(self._ready())

    def to_dlpack_for_write(self) -> Any:
        """A DLPack capsule that shares memory with this array, for writing."""
        return torch.utils.dlpack.to_dlpack(given_away(self._ready()))

    def __bool__(self) -> bool:
        size = self.size
        if size == 0:
            return False
        if size == 1:
            return bool(self.asscalar())
        raise ArgumentError(
            "The truth value of an NDArray with multiple elements is ambiguous; use (x == y).min() or asnumpy()"
        )

    __nonzero__ = __bool__

    def __float__(self) -> float:
        return float(self.asscalar())

    def __int__(self) -> int:
        return int(self.asscalar())

    def __len__(self) -> int:
        shape = self._meta().shape
        if not shape:
            raise Unsized("len() of an array without axes")
        return shape[0]

    def __iter__(self) -> Iterator[Any]:
        return map(self.__getitem__, range(len(self)))  # of an array without axes an error now, not at the first step

    def __contains__(self, value: Any) -> bool:
        return bool((self == value).asnumpy().any())

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.shape))
        return f"\n{self.asnumpy()!s}\n<{type(self).__name__} {shape} @{self._ctx}>"

    def _to_shared_mem(self) -> tuple[int, int, tuple[int, ...], Any]:
        """For programs that send arrays to other processes: this process's number, that of an open file, shape and
        dtype.

        The file is in memory and holds a copy of the values, where 1.9.1 shares the memory of an array on
        ``cpu_shared`` itself. It is closed when the object that is its number is deleted;
        ``multiprocessing.reduction.DupFd`` sends it.
        """
        return os.getpid(), shared.write(self._ready().detach().cpu()), self.shape, self.dtype

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (None,), self.__getstate__()  # 1.9.1 makes an array of None first, and so it must be here

    def __getstate__(self) -> dict[str, Any]:
        from .utils import to_bytes

        return {"handle": bytearray(to_bytes(self))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the state of a pickle, 1.9.1's too; an array from a device that this machine lacks goes to the CPU."""
        from .utils import from_bytes

        made = from_bytes(bytes(state["handle"]))
        self._data, self._ctx, self._node = made._data, made._ctx, None
