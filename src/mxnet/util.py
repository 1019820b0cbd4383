"""NumPy semantics on and off, and environment variables."""

from __future__ import annotations

import functools
import inspect
import os
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch

from ._base.errors import ArgumentError, CallError, ContextError, DTypeError
from ._runtime import context
from ._runtime import state as _state
from ._runtime.state import state

_F = TypeVar("_F")


class NotSupported(ArgumentError, NotImplementedError):
    """An option of NumPy's that is not there, in 1.9.1 neither."""


class _Scope:
    """A thread-local flag as a context manager; entering sets it, leaving restores it."""

    _flag = ""

    def __init__(self, active: bool) -> None:
        self._active = bool(active)
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(getattr(state, self._flag))
        setattr(state, self._flag, self._active)

    def __exit__(self, *exc: object) -> None:
        setattr(state, self._flag, self._before.pop())


class _NumpyShapeScope(_Scope):
    _flag = "np_shape"


class _CurrentArrayScope(threading.local):
    scope: Any = None


_current_array = _CurrentArrayScope()


class _ArrayScopeType(type):
    """``_NumpyArrayScope._current``, which programs assign to, is the flag of the running thread."""

    @property
    def _current(cls) -> Any:
        scope = _current_array.scope
        return scope if scope is not None and scope._is_np_array == state.np_array else cls(state.np_array)

    @_current.setter
    def _current(cls, scope: Any) -> None:
        _current_array.scope = scope
        state.np_array = scope._is_np_array


class _NumpyArrayScope(_Scope, metaclass=_ArrayScopeType):
    _flag = "np_array"

    @property
    def _is_np_array(self) -> bool:
        return self._active


def set_np_shape(active: int | bool) -> int:
    """Allow zero-dimensional and zero-size arrays, or not.

    Args:
        active: False or 0, True or 1 for this thread, 2 for all threads.

    Returns:
        What it was.

    >>> before = set_np_shape(True)
    >>> is_np_shape()
    True
    >>> _ = set_np_shape(before)
    """
    before = 2 if _state.process_np_shape else int(state.np_shape)
    if int(active) == 2:
        _state.set_process_np_shape(True)
    else:
        if int(active) == 0:
            _state.set_process_np_shape(False)
        state.np_shape = bool(active)
    return before


def is_np_shape() -> bool:
    """Whether zero-dimensional and zero-size arrays are allowed.

    >>> is_np_shape()
    False
    """
    return _state.np_shape_active()


def np_shape(active: bool = True) -> _NumpyShapeScope:
    """``with np_shape():`` allows zero-dimensional and zero-size arrays.

    >>> import mxnet as mx
    >>> with np_shape():
    ...     mx.nd.zeros((0, 2)).shape
    (0, 2)
    """
    return _NumpyShapeScope(active)


def is_np_array() -> bool:
    """Whether Gluon blocks are to use ``mx.np.ndarray``.

    >>> is_np_array()
    False
    """
    return state.np_array


def np_array(active: bool = True) -> _NumpyArrayScope:
    """``with np_array():`` lets Gluon blocks use ``mx.np.ndarray``.

    >>> with np_array():
    ...     is_np_array()
    True
    """
    return _NumpyArrayScope(active)


def set_np(shape: bool = True, array: bool = True) -> None:
    """NumPy semantics for this thread: shapes, and arrays in Gluon.

    Raises:
        ArgumentError: arrays without shapes.

    >>> set_np()
    >>> is_np_shape(), is_np_array()
    (True, True)
    >>> reset_np()
    """
    if array and not shape:
        raise ArgumentError("NumPy Shape semantics is required in using NumPy array semantics.")
    state.np_shape, state.np_array = bool(shape), bool(array)


def reset_np() -> None:
    """Back to the semantics of 1.x.

    >>> set_np()
    >>> reset_np()
    >>> is_np_shape(), is_np_array()
    (False, False)
    """
    set_np(False, False)


def _decorate(func: Any, scopes: Callable[[], list[_Scope]], methods: Callable[[Any], Any]) -> Any:
    if inspect.isclass(func):
        for name, _ in inspect.getmembers(func, inspect.isfunction):
            member = inspect.getattr_static(func, name)
            # what is inherited too: where a block's parameters are initialised tells what they are made of
            if inspect.isfunction(member) and (name in vars(func) or not name.startswith("__") or name == "__call__"):
                setattr(func, name, methods(member))
        return func
    if not callable(func):
        raise CallError(f"expected a function or a class to decorate, got {func!r}")

    @functools.wraps(func)
    def within(*args: Any, **kwargs: Any) -> Any:
        entered = scopes()
        for scope in entered:
            scope.__enter__()
        try:
            return func(*args, **kwargs)
        finally:
            for scope in reversed(entered):
                scope.__exit__()

    return within


def use_np_shape(func: _F) -> _F:
    """Decorator: the function, or every method of the class, runs with NumPy shapes.

    >>> @use_np_shape
    ... def no_axes():
    ...     return is_np_shape()
    >>> no_axes(), is_np_shape()
    (True, False)
    """
    return _decorate(func, lambda: [np_shape(True)], use_np_shape)


def use_np_array(func: _F) -> _F:
    """Decorator: the function, or every method of the class, runs with NumPy arrays in Gluon.

    >>> @use_np_array
    ... def of_numpy():
    ...     return is_np_array()
    >>> of_numpy(), is_np_array()
    (True, False)
    """
    return _decorate(func, lambda: [np_array(True)], use_np_array)


def use_np(func: _F) -> _F:
    """Decorator: the function, or every method of the class, runs with NumPy shapes and arrays.

    >>> @use_np
    ... def active():
    ...     return is_np_shape() and is_np_array()
    >>> active()
    True
    """
    return _decorate(func, lambda: [np_shape(True), np_array(True)], use_np)


def getenv(name: str) -> str | None:
    """The environment variable ``name``, None where it is not set.

    >>> setenv("MXNET_NO_SUCH_SETTING", "1")
    >>> getenv("MXNET_NO_SUCH_SETTING")
    '1'
    >>> setenv("MXNET_NO_SUCH_SETTING", None)
    """
    return os.environ.get(name)


def setenv(name: str, value: str | None) -> None:
    """Set the environment variable ``name``, or remove it with None.

    >>> setenv("MXNET_NO_SUCH_SETTING", "1")
    >>> setenv("MXNET_NO_SUCH_SETTING", None)
    >>> getenv("MXNET_NO_SUCH_SETTING") is None
    True
    """
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def set_module(module: str | None) -> Callable[[_F], _F]:
    """Decorator that sets ``__module__``.

    >>> @set_module("mxnet.here")
    ... def function():
    ...     pass
    >>> function.__module__
    'mxnet.here'
    """

    def decorate(func: _F) -> _F:
        if module is not None:
            func.__module__ = module
        return func

    return decorate


def get_gpu_count() -> int:
    """How many GPUs there are.

    >>> get_gpu_count() >= 0
    True
    """
    return context.num_gpus()


def get_gpu_memory(gpu_dev_id: int) -> tuple[int, int]:
    """Free and total bytes of a GPU's memory."""
    return context.gpu_memory_info(gpu_dev_id)


_CASTINGS = ("no", "equiv", "safe", "same_kind", "unsafe")
_USUAL = {"where": True, "casting": "same_kind", "order": "K", "dtype": None, "subok": True}


def np_ufunc_legal_option(key: str, value: Any) -> bool:
    """Whether NumPy's universal functions know the option ``key`` with this value.

    >>> np_ufunc_legal_option("casting", "safe"), np_ufunc_legal_option("casting", "mxnet")
    (True, False)
    """
    if key == "where":
        return True
    if key == "casting":
        return value in _CASTINGS
    if key == "order":
        return isinstance(value, str)
    if key == "dtype":
        return _is_dtype(value)
    return key == "subok" and isinstance(value, bool)


def _is_dtype(value: Any) -> bool:
    try:
        return value is not None and bool(np.dtype(value).name)
    except (TypeError, ValueError):
        return False


def check_ufunc_options(name: str, options: dict[str, Any]) -> None:
    """Refuse options of NumPy's universal functions, unless they say what is done anyway.

    Raises:
        NotSupported: they say something else that NumPy knows.
        DTypeError: they do not.

    >>> check_ufunc_options("add", {"where": True})
    """
    for key, value in options.items():
        if key not in _USUAL:
            raise DTypeError(f"{key} is an invalid keyword to function '{name}'")
        if value != _USUAL[key]:
            if not np_ufunc_legal_option(key, value):
                raise DTypeError(f"{key}={value} not understood for operator {name}")
            raise NotSupported(f"{key}={value} is not implemented yet for operator {name}")


def wrap_np_unary_func(func: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator for a function ``func(x, out=None)``: it takes NumPy's options, and refuses those it does not do.

    >>> @wrap_np_unary_func
    ... def doubled(x, out=None):
    ...     return x * 2
    >>> doubled(2, where=True)
    4
    """

    @functools.wraps(func)
    def wrapper(x: Any, out: Any = None, **kwargs: Any) -> Any:
        check_ufunc_options(func.__name__, kwargs)
        return func(x, out=out)

    return wrapper


def wrap_np_binary_func(func: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator for a function ``func(x1, x2, out=None)``, as ``wrap_np_unary_func``.

    >>> @wrap_np_binary_func
    ... def summed(x1, x2, out=None):
    ...     return x1 + x2
    >>> summed(2, 3, where=True)
    5
    """

    @functools.wraps(func)
    def wrapper(x1: Any, x2: Any, out: Any = None, **kwargs: Any) -> Any:
        check_ufunc_options(func.__name__, kwargs)
        return func(x1, x2, out=out)

    return wrapper


def get_cuda_compute_capability(ctx: context.Context) -> int:
    """The compute capability of a CUDA GPU, 90 for 9.0.

    Raises:
        ContextError: ``ctx`` is no CUDA GPU.
    """
    if ctx.device_type != "gpu":
        raise ContextError(f"Expecting a gpu context to get cuda compute capability, while received ctx {ctx}")
    if ctx.device.type != "cuda":
        raise ContextError(f"{ctx} is {ctx.device.type}; only CUDA devices have a compute capability")
    major, minor = torch.cuda.get_device_capability(ctx.device)
    return 10 * major + minor
