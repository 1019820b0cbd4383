"""Names that programs import from ``mxnet.base``: errors, number types, the data folder.

What 1.9.1 keeps here for its C library (handles, ctypes helpers) has no counterpart.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from typing import Any

import numpy as np

from ._base import settings
from ._base.errors import ArgumentError, MXNetError, NotImplementedForSymbol

__all__ = [
    "MXNetError",
    "NotImplementedForSymbol",
    "NotSupportedForSparseNDArray",
    "classproperty",
    "data_dir",
    "data_dir_default",
    "error_types",
    "integer_types",
    "mx_real_t",
    "numeric_types",
    "register_error",
    "string_types",
    "with_metaclass",
]

integer_types = (int, np.int32, np.int64)
numeric_types = (float, int, np.generic)
string_types = (str,)
mx_real_t = np.float32
"""The dtype that arrays have unless another is asked for."""

error_types: dict[str, type[Exception]] = {}
"""Exception classes by the name that stands before the colon of a message."""


class NotSupportedForSparseNDArray(MXNetError, TypeError):
    """A method that dense arrays have and sparse ones do not."""

    def __init__(self, function: Any, alias: str | None, *args: Any) -> None:
        name = getattr(function, "__name__", str(function))
        also = f' (namely operator "{alias}")' if alias else ""
        types = ", ".join(str(type(a)) for a in args)
        super().__init__(f"Function {name}{also} with arguments ({types}) is not supported for SparseNDArray.")


class classproperty:
    """A property of the class: ``func`` takes the class and gives the value."""

    def __init__(self, func: Callable[[Any], Any]) -> None:
        self.func = func

    def __get__(self, instance: Any, owner: type) -> Any:
        return self.func(owner)


def _as_list(obj: Any) -> Any:
    """``obj`` itself if it is a list or tuple, else a list of it; programs written for 1.9.1 import this.

    >>> _as_list(3), _as_list((1, 2))
    ([3], (1, 2))
    """
    return obj if isinstance(obj, (list, tuple)) else [obj]


def with_metaclass(meta: type, *bases: type) -> type:
    """A base class with metaclass ``meta`` and the given bases, as ``six`` has it."""
    return meta("NewBase", bases or (object,), {})


def register_error(func_name: Any = None, cls: type[Exception] | None = None) -> Any:
    """Make an exception class known by name, as decorator or call.

    >>> @register_error
    ... class CustomTrouble(MXNetError):
    ...     pass
    >>> error_types["CustomTrouble"] is CustomTrouble
    True
    """
    if isinstance(func_name, type):
        cls, func_name = func_name, func_name.__name__

    def register(kind: type[Exception]) -> type[Exception]:
        name = func_name or kind.__name__
        if not issubclass(kind, Exception):
            raise ArgumentError(f"register_error: {kind!r} is not an exception class")
        error_types[name] = kind
        return kind

    return register if cls is None else register(cls)


for _kind in (ValueError, TypeError, AttributeError, IndexError, KeyError):
    error_types[_kind.__name__] = _kind


def data_dir_default() -> str:
    """The folder for downloads where MXNET_HOME is not set: ``~/.mxnet``, on Windows ``%APPDATA%/mxnet``."""
    if platform.system() == "Windows":
        return os.path.join(os.environ.get("APPDATA", os.path.expanduser("~")), "mxnet")
    return os.path.join(os.path.expanduser("~"), ".mxnet")


def data_dir() -> str:
    """The folder for downloads: MXNET_HOME, or the default.

    >>> isinstance(data_dir(), str)
    True
    """
    return settings.get("MXNET_HOME") or data_dir_default()
