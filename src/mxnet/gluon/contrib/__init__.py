"""Gluon's additions: experimental parts that 1.9.1 keeps apart."""

from __future__ import annotations

from mxnet._base.lazy import attach

__all__ = ["data"]

__getattr__ = attach(__name__, {"data": ".data"})
