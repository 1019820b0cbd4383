"""Gluon's additions: experimental parts that 1.9.1 keeps apart."""

from __future__ import annotations

from mxnet._base.lazy import attach

_PARTS = ("cnn", "data", "estimator", "nn", "rnn")

__all__ = ["cnn", "data", "estimator", "nn", "rnn"]

__getattr__ = attach(__name__, {name: f".{name}" for name in _PARTS})


def __dir__() -> list[str]:
    return sorted({*globals(), *_PARTS})
