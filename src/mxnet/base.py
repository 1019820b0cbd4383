"""Names that programs import from ``mxnet.base``: errors, number types, the data folder.

What 1.9.1 keeps here for its own C library has no counterpart, but for its helpers for ctypes and those functions of
``_LIB`` that programs call: on arrays, partitioning, records.
"""

from __future__ import annotations

import ctypes
import inspect
import os
import platform
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from . import libinfo  # noqa: F401  programs reach it here
from ._base import settings
from ._base.c_library import LIBRARY as _LIB  # noqa: F401
from ._base.errors import ArgumentError, InputTypeError, MXNetError, NotImplementedForSymbol
from ._ops.types import NULL as _Null  # noqa: F401  the default of attributes in the signatures of 1.9.1

__all__ = [
    "MXCallbackList",
    "MXNetError",
    "NotImplementedForSymbol",
    "NotSupportedForSparseNDArray",
    "add_fileline_to_docstring",
    "build_param_doc",
    "c2pyerror",
    "c_array",
    "c_array_buf",
    "c_handle_array",
    "c_str",
    "c_str_array",
    "check_call",
    "classproperty",
    "ctypes2buffer",
    "ctypes2numpy_shared",
    "data_dir",
    "data_dir_default",
    "error_types",
    "get_last_ffi_error",
    "integer_types",
    "mx_float_p",
    "mx_real_t",
    "numeric_types",
    "py_str",
    "register_error",
    "string_types",
    "with_metaclass",
]

# programs written for 1.9.1 take pointers out of capsules without saying so: without this they would get half of one
ctypes.pythonapi.PyCapsule_GetPointer.restype = ctypes.c_void_p

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


# -- helpers for ctypes, of use to programs that call C libraries of their own -----------------------------------------

mx_float_p = ctypes.POINTER(ctypes.c_float)
mx_uint = ctypes.c_uint
mx_float, mx_int, mx_int64 = ctypes.c_float, ctypes.c_int, ctypes.c_int64
SymbolHandle = NDArrayHandle = DLPackHandle = RecordIOHandle = ctypes.c_void_p
CachedOpHandle = CudaKernelHandle = CudaModuleHandle = DataIterCreatorHandle = DataIterHandle = ctypes.c_void_p
ExecutorHandle = FunctionHandle = KVStoreHandle = OpHandle = ProfileHandle = RtcHandle = ctypes.c_void_p


class MXCallbackList(ctypes.Structure):
    """Functions of a C library with the pointers they are to be called with."""

    _fields_ = [
        ("num_callbacks", ctypes.c_int),
        ("callbacks", ctypes.POINTER(ctypes.CFUNCTYPE(ctypes.c_int))),
        ("contexts", ctypes.POINTER(ctypes.c_void_p)),
    ]


def py_str(x: bytes) -> str:
    """Text of UTF-8 bytes.

    >>> py_str(b"relu")
    'relu'
    """
    return x.decode("utf-8")


def c_str(string: str) -> ctypes.c_char_p:
    """A C string."""
    return ctypes.c_char_p(string.encode("utf-8"))


def c_str_array(strings: Sequence[str]) -> Any:
    """A C array of strings."""
    return c_array(ctypes.c_char_p, [s.encode("utf-8") for s in strings])


def c_array(ctype: Any, values: Sequence[Any]) -> Any:
    """A C array of ``ctype`` with these values.

    >>> list(c_array(ctypes.c_int, [1, 2]))
    [1, 2]
    """
    return (ctype * len(values))(*values)


def c_array_buf(ctype: Any, buf: Any) -> Any:
    """A C array of ``ctype`` on the memory of ``buf``, an ``array.array`` or another writable buffer."""
    return (ctype * len(buf)).from_buffer(buf)


def c_handle_array(objs: Iterable[Any]) -> Any:
    """A C array of the ``handle`` of each object."""
    return c_array(ctypes.c_void_p, [o.handle for o in objs])


def ctypes2buffer(cptr: Any, length: int) -> bytearray:
    """A copy of ``length`` bytes from where ``cptr``, a pointer to char, points.

    Raises:
        InputTypeError: ``cptr`` is no pointer to char.
    """
    if not isinstance(cptr, ctypes.POINTER(ctypes.c_char)):
        raise InputTypeError(f"ctypes2buffer: got {type(cptr).__name__}, expected a ctypes pointer to c_char")
    return bytearray(ctypes.string_at(cptr, length))


def ctypes2numpy_shared(cptr: Any, shape: Sequence[int]) -> np.ndarray:
    """An array of ``shape`` on the memory where ``cptr``, a pointer to float, points.

    Raises:
        InputTypeError: ``cptr`` is no pointer to float.
    """
    if not isinstance(cptr, mx_float_p):
        raise InputTypeError(f"ctypes2numpy_shared: got {type(cptr).__name__}, expected a ctypes pointer to c_float")
    return np.ctypeslib.as_array(cptr, shape=tuple(shape))


def c2pyerror(err_msg: str) -> tuple[str, str | None]:
    """The message of an error without its stack, and the name of its class, if it begins with a known one.

    >>> c2pyerror("ValueError: no\\nStack trace:\\n  at x")
    ('ValueError: no', 'ValueError')
    """
    text = err_msg.split("\nStack trace", 1)[0]
    kind = text.partition(":")[0].strip()
    return text, kind if kind in error_types or kind == "MXNetError" else None


def check_call(ret: int) -> None:
    """Check what a function of a C library returned.

    Raises:
        MXNetError: it is not 0.
    """
    if ret != 0:
        raise get_last_ffi_error()


def get_last_ffi_error() -> MXNetError:
    """The error of the last call into a C library: there is none here, so the text says no more than that it failed."""
    return MXNetError("a call into a C library failed")


def build_param_doc(
    arg_names: Sequence[str], arg_types: Sequence[str], arg_descs: Sequence[str], remove_dup: bool = True
) -> str:
    """The Parameters section of a docstring.

    >>> print(build_param_doc(["a"], ["int"], ["How many."]))
    Parameters
    ----------
    a : int
        How many.
    <BLANKLINE>
    """
    lines, seen = [], set()
    for name, kind, text in zip(arg_names, arg_types, arg_descs, strict=False):
        if (remove_dup and name in seen) or name == "num_args":
            continue
        seen.add(name)
        lines.append(f"{name} : {kind}" + (f"\n    {text}" if text else ""))
    return "Parameters\n----------\n" + "\n".join(lines) + "\n"


def add_fileline_to_docstring(module: Any, incursive: bool = True) -> None:
    """Append to the docstring of every function of ``module`` (and of its classes if ``incursive``) where it is."""
    if isinstance(module, str):
        module = sys.modules[module]
    for member in list(vars(module).values()):
        if inspect.isfunction(member) and member.__module__ == getattr(module, "__module__", module.__name__):
            place = f"\n\nFrom:{inspect.getsourcefile(member)}:{member.__code__.co_firstlineno}"
            if member.__doc__ and "\n\nFrom:" not in member.__doc__:
                member.__doc__ += place
        elif incursive and inspect.isclass(member) and member.__module__ == getattr(module, "__name__", None):
            add_fileline_to_docstring(member, incursive)
