"""What is experimental in 1.9.1: ``mx.contrib``. Its modules are loaded when they are first used."""

from __future__ import annotations

from mxnet._base.lazy import attach

_MODULES = ("amp", "autograd", "io", "ndarray", "svrg_optimization", "symbol", "tensorboard", "text")
_ALIASES = {"nd": ".ndarray", "sym": ".symbol"}

__all__ = [*_MODULES, *_ALIASES]

__getattr__ = attach(__name__, {m: f".{m}" for m in _MODULES} | _ALIASES)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_ALIASES})
