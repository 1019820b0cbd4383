"""Exceptions of Gluon that are also what 1.9.1 raises in their place."""

from __future__ import annotations

from mxnet._base.errors import ArgumentError, MXNetError


class RejectedError(ArgumentError, AssertionError):
    """An argument, attribute or file that does not fit; 1.9.1 checks such things with ``assert``."""


class DeferredInitializationError(MXNetError):
    """A parameter whose shape is not known yet was asked for its values."""
