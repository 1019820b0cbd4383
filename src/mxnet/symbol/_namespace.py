"""Operator functions on symbols, for the submodules of ``mx.sym``."""

from ._compose import create, function

__all__ = ["create", "function"]
