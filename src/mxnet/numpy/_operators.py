"""Operators on np arrays, as 1.9.1 takes their attributes: by position too."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import mxnet._kernels  # noqa: F401  registers the operators
from mxnet import _ops
from mxnet._runtime.front import dress
from mxnet._runtime.functions import make_function
from mxnet._runtime.state import state

from .multiarray import ndarray


@functools.cache
def function(name: str, public: str) -> Callable[..., Any]:
    """The operator ``name`` on np arrays, under NumPy shapes."""
    op = _ops.get(name)
    run = make_function(op, ndarray)

    def call(*args: Any, **kwargs: Any) -> Any:
        before, state.np_shape = state.np_shape, True
        try:
            return run(*args, **kwargs)
        finally:
            state.np_shape = before

    def without_none(*args: Any, dtype: Any = None, **kwargs: Any) -> Any:
        return call(*args, **kwargs) if dtype is None else call(*args, dtype=dtype, **kwargs)

    shared = "dtype" in op.attrs and not op.of_numpy  # with mx.nd, where None is float64
    return dress(without_none if shared else call, op, public, "mxnet.numpy", "ndarray")


def exposed(names: dict[str, Any], prefix: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of the module with the globals ``names``: the operators that begin so."""

    def __getattr__(name: str) -> Any:
        if name.startswith("_") or _ops.find(prefix + name) is None:
            raise AttributeError(f"module {names['__name__']!r} has no attribute {name!r}")
        value = names[name] = function(prefix + name, name)
        return value

    def __dir__() -> list[str]:
        found = [n.removeprefix(prefix) for n in _ops.all_names() if n.startswith(prefix)]
        return sorted({n for n in (*found, *names) if not n.startswith("_")})

    return __getattr__, __dir__
