"""Those functions of 1.9.1's C library that programs call by ``mxnet.base._LIB`` to try out partitioning."""

from __future__ import annotations

import ctypes
from typing import Any

from mxnet import subgraph

from . import _handles


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

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"there is no C library here, and no function {name!r} in its place; what it did has a Python interface"
        )


LIBRARY = Library()
