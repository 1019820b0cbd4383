"""Gluon: models as classes, run array by array or traced to a graph."""

from __future__ import annotations

from mxnet._base.lazy import attach

from . import block, loss, nn, parameter, trainer, utils
from .block import Block, HybridBlock, SymbolBlock
from .parameter import Constant, DeferredInitializationError, Parameter, ParameterDict, tensor_types
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
    "contrib",
    "data",
    "loss",
    "model_zoo",
    "nn",
    "parameter",
    "rnn",
    "tensor_types",
    "trainer",
    "utils",
]

_LATER = ("contrib", "data", "model_zoo", "rnn")

__getattr__ = attach(__name__, {name: f".{name}" for name in _LATER})


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
