"""Those functions of 1.9.1's C library that programs call by ``mxnet.base._LIB``: partitioning, and DLPack."""

from __future__ import annotations

import ctypes
from typing import Any

import torch

from mxnet import subgraph
from mxnet._base.errors import ArgumentError
from mxnet._runtime.writes import given_away

from . import _handles

# programs written for 1.9.1 take pointers out of capsules without saying so: without this they would get half of one
ctypes.pythonapi.PyCapsule_GetPointer.restype = ctypes.c_void_p

_new_capsule = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)(
    ("PyCapsule_New", ctypes.pythonapi)
)


def _names(count: Any, names: Any) -> list[str]:
    return [names[i].decode() for i in range(count.value)]


class Library:
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
        """Take over a ``DLManagedTensor``; the handle that ``mx.nd.NDArray`` takes is written, with the tensor.

        Its deleter is called when the last array on its memory is gone; the capsule it came in must not do so too.
        """
        if not dlpack.value:
            raise ArgumentError("MXNDArrayFromDLPack: the pointer is null, expected one to a DLManagedTensor")
        tensor = given_away(torch.utils.dlpack.from_dlpack(_new_capsule(dlpack, b"dltensor", None)))
        out._obj.value, out._obj.tensor = tensor.data_ptr(), tensor
        return 0

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"there is no C library here, and no function {name!r} in its place; what it did has a Python interface"
        )


LIBRARY = Library()
