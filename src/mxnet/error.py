"""Exception classes. All derive from ``MXNetError`` and from the standard class a Python reader would expect."""

from ._base.errors import (
    ArgumentError,
    AutogradError,
    ContextError,
    DTypeError,
    FormatError,
    InputTypeError,
    InternalError,
    MXNetError,
    ShapeError,
    UnknownOperatorError,
)
from .base import register_error

__all__ = [
    "ArgumentError",
    "AutogradError",
    "ContextError",
    "DTypeError",
    "FormatError",
    "InputTypeError",
    "InternalError",
    "MXNetError",
    "ShapeError",
    "UnknownOperatorError",
    "register",
    "register_error",
]

register = register_error
