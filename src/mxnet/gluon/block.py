"""Blocks: ``Block``, ``HybridBlock`` that can be traced to a graph, ``SymbolBlock`` made from one."""

from __future__ import annotations

from mxnet import initializer, ndarray, symbol
from mxnet._base.lazy import attach
from mxnet.base import MXNetError
from mxnet.ndarray import NDArray
from mxnet.symbol import Symbol, load_json
from mxnet.util import is_np_array, np_array, np_shape

from ._block import Block
from ._hybrid import HybridBlock
from ._scope import _BlockScope
from ._symbol_block import SymbolBlock
from ._tree import _flatten, _regroup
from .parameter import DeferredInitializationError, Parameter, ParameterDict
from .utils import HookHandle

__all__ = [
    "Block",
    "DeferredInitializationError",
    "HookHandle",
    "HybridBlock",
    "MXNetError",
    "NDArray",
    "Parameter",
    "ParameterDict",
    "Symbol",
    "SymbolBlock",
    "_BlockScope",
    "_flatten",
    "_regroup",
    "initializer",
    "is_np_array",
    "load_json",
    "ndarray",
    "np_array",
    "np_shape",
    "symbol",
]
__getattr__ = attach(__name__, {"np_symbol": "mxnet.symbol.numpy._symbol"})
