"""Networks as blocks: ``mx.gluon``."""

from __future__ import annotations

from mxnet._base.lazy import attach

from . import block, loss, nn, parameter, utils
from ._errors import DeferredInitializationError
from .block import Block, HybridBlock, SymbolBlock
from .parameter import Constant, Parameter, ParameterDict
from .trainer import Trainer

__all__ = [
    "Block",
    "Constant",
    "DeferredInitializationError",
    "HybridBlock",
    "Parameter",
    "ParameterDict",
    "SymbolBlock",
    "Trainer",
    "block",
    "loss",
    "nn",
    "parameter",
    "utils",
]

__getattr__ = attach(__name__, {"contrib": ".contrib", "data": ".data"})
