"""Errors of recurrent cells, catchable as what 1.9.1 raised."""

from __future__ import annotations

from mxnet._base.errors import ArgumentError, MXNetError


class CellError(ArgumentError, AssertionError):
    """A cell used in a way it is not made for. 1.9.1 checks this with ``assert``."""


class CannotStep(MXNetError, NotImplementedError):
    """A cell that has no single step, or a subclass that lacks a method every cell must have."""


class MissingWeight(ArgumentError, KeyError):
    """A parameter of the cell is not among those given."""

    __str__ = Exception.__str__  # KeyError shows its text in quotes
