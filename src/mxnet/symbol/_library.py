"""Functions of 1.9.1's C library that programs call by ``mxnet.base._LIB``: memory of arrays, partitioning."""

from __future__ import annotations

import ctypes
from typing import Any

import torch

from mxnet import subgraph
from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._ops import all_names
from mxnet._runtime import engine
from mxnet._runtime.handles import lent
from mxnet._runtime.writes import given_away

from . import _handles

_new_capsule = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)(
    ("PyCapsule_New", ctypes.pythonapi)
)


def _names(count: Any, names: Any) -> list[str]:
    return [names[i].decode() for i in range(count.value)]


def _target(out: Any) -> Any:
    """The argument that ``ctypes.byref`` or ``ctypes.pointer`` was called with."""
    return out._obj if hasattr(out, "_obj") else out.contents


def _array_of(handle: Any) -> Any:
    array = lent(handle)
    if array is None:
        raise ArgumentError(f"{handle!r} is not the handle of an array; take array.handle as it is")
    return array


def _sized(handle: Any, size: Any) -> torch.Tensor:
    values: torch.Tensor = _array_of(handle)._ready()
    wanted = getattr(size, "value", size)
    if values.numel() != wanted:
        raise ShapeError(f"Memory size do not match: the array has {values.numel()} elements, got {wanted}")
    return values


class Functions:
    """Functions as the C library has them: they take ctypes values and return 0, or raise."""

    def MXSetSubgraphPropertyOpNames(self, backend: ctypes.c_char_p, count: Any, names: Any) -> int:
        """Name the operators that ``backend``, ``default`` or ``default_v2``, takes."""
        subgraph.set_op_names((backend.value or b"").decode(), _names(count, names))
        return 0

    MXSetSubgraphPropertyOpNamesV2 = MXSetSubgraphPropertyOpNames

    def MXRemoveSubgraphPropertyOpNames(self, backend: ctypes.c_char_p) -> int:
        """Let ``backend`` take no operators."""
        subgraph.set_op_names((backend.value or b"").decode(), None)
        return 0

    MXRemoveSubgraphPropertyOpNamesV2 = MXRemoveSubgraphPropertyOpNames

    def MXBuildSubgraphByOpNames(
        self, symbol: ctypes.c_void_p, backend: ctypes.c_char_p, count: Any, names: Any, out: Any
    ) -> int:
        """Partition a symbol for ``backend`` that takes these operators; the handle of the new one is written."""
        name = (backend.value or b"").decode()
        with subgraph.op_names(name, _names(count, names)):
            _handles.give(subgraph.partition(_handles.symbol_of(symbol), name), out)
        return 0

    def MXNDArrayFromDLPack(self, dlpack: ctypes.c_void_p, out: Any) -> int:
        """Take over a ``DLManagedTensor``; writes a handle for ``mx.nd.NDArray`` that holds the tensor.

        Its deleter is called when the last array on its memory is gone; the capsule it came in must not call it too.
        """
        if not dlpack.value:
            raise ArgumentError("MXNDArrayFromDLPack: the pointer is null, expected one to a DLManagedTensor")
        tensor = given_away(torch.utils.dlpack.from_dlpack(_new_capsule(dlpack, b"dltensor", None)))
        out._obj.value, out._obj.tensor = tensor.data_ptr(), tensor
        return 0

    def MXNDArrayGetData(self, handle: Any, out: Any) -> int:
        """Write the address of an array's values, which are there in the order of its axes while the array lives.

        A caller that writes there must have waited for the array first. Nothing else may write while it reads or
        writes.
        """
        array = _array_of(handle)
        values = array._ready()
        if not values.is_contiguous():  # a transpose, for example, which shares memory with no other array
            array._data = values = values.contiguous()
        _target(out).value = given_away(values).data_ptr()
        return 0

    def MXNDArrayWaitToRead(self, handle: Any) -> int:
        """Wait until the values of an array are there."""
        _array_of(handle).wait_to_read()
        return 0

    MXNDArrayWaitToWrite = MXNDArrayWaitToRead

    def MXNDArrayWaitAll(self) -> int:
        """Wait for everything."""
        engine.waitall()
        return 0

    def MXNDArraySyncCopyToCPU(self, handle: Any, data: Any, size: Any) -> int:
        """Copy the ``size`` elements of an array to an address of this process, in the order of its axes.

        Raises:
            ShapeError: the array has another number of elements.
        """
        values = _sized(handle, size).cpu().contiguous()
        ctypes.memmove(data, values.data_ptr(), values.nbytes)
        return 0

    def MXNDArraySyncCopyFromCPU(self, handle: Any, data: Any, size: Any) -> int:
        """Give an array the ``size`` elements of its dtype that are at an address of this process.

        Raises:
            ShapeError: the array has another number of elements.
        """
        values = _sized(handle, size)
        read = torch.empty(values.shape, dtype=values.dtype)
        ctypes.memmove(read.data_ptr(), data, read.nbytes)
        values.detach().copy_(read)
        return 0

    def MXListAllOpNames(self, size: Any, names: Any) -> int:
        """Write how many operators there are, including aliases, and the address of their names."""
        found = all_names()
        self._names: ctypes.Array[ctypes.c_char_p] = (ctypes.c_char_p * len(found))(*(name.encode() for name in found))
        _target(size).value = len(found)
        _target(names).contents = ctypes.cast(self._names, ctypes.POINTER(ctypes.c_char_p)).contents
        return 0


FUNCTIONS = Functions()
