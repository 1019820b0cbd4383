"""What functions of ``mx.np`` compute with, so that each is written once for arrays and for symbols.

A function takes the face as first argument: ``face.op_name(*inputs, **attributes)`` is the operator ``op_name`` on its
arrays or symbols. ``functions_of(face)`` are all functions with the face filled in.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any

from mxnet import _ops
from mxnet._base.errors import CallError, DTypeError
from mxnet._runtime.dispatch import invoke
from mxnet._runtime.state import state
from mxnet.util import NotSupported  # noqa: F401  for the functions that do not take all of NumPy's options

_OF_INTEGERS = {f"_npi_{n}" for n in "bincount bitwise_and bitwise_not bitwise_or bitwise_xor lcm".split()}
_OF_INTEGERS.add("_unravel_index")
"""Operators that lists are taken by as they are; others compute with floats."""


class Face:
    """The operators of one kind of arrays as attributes, each made at its first use."""

    array: type
    """What it computes with."""
    concrete = False
    """Whether what it computes with has values."""

    def __getattr__(self, name: str) -> Any:
        value = self.make(name)
        setattr(self, name, value)
        return value

    def make(self, name: str) -> Callable[..., Any]:
        """The operator ``name`` as a function."""
        raise AttributeError(f"{type(self).__name__} makes no operators: {name!r}")

    def with_number(self, name: str, array: Any, number: float, out: Any, mirrored: bool) -> Any:
        """The operator ``name`` of an array and a number."""
        return getattr(self, name)(array, scalar=number, out=out)

    def full(self, shape: Any, value: float) -> Any:
        """``value`` everywhere."""
        return self._npi_full(shape=shape, value=value)

    def flat(self, array: Any) -> Any:
        """The values along one axis."""
        return self._np_reshape(array, newshape=(-1,), order="C")

    def flat_view(self, array: Any) -> Any:
        """The values along one axis, in the memory they are in where that can be said."""
        return self._npx_reshape(array, newshape=-1)

    def ndim(self, array: Any) -> int | None:
        """How many axes ``array`` has, None where nothing tells."""
        return None

    def size_along(self, array: Any, axis: int) -> int | None:
        """The size of an axis, None where nothing tells."""
        return None

    def target(self, array: Any) -> Any:
        """``array`` as what a result can be written to, None where it can not."""
        return array

    def is_array(self, value: Any) -> bool:
        """Whether ``value`` can be an input."""
        return isinstance(value, self.array)


class ArrayFace(Face):
    """``mx.np.ndarray``: operators run at once, under NumPy shapes."""

    concrete = True

    def __init__(self) -> None:
        from .multiarray import as_array, ndarray

        self.array = ndarray
        self._as_array = as_array

    def make(self, name: str) -> Callable[..., Any]:
        """The operator ``name`` on arrays; sequences and NumPy arrays become some."""
        cls, bind, integers = self.array, _ops.get(name).bind, name in _OF_INTEGERS

        def call(*arrays: Any, out: Any = None, **attrs: Any) -> Any:
            if attrs.get("dtype", attrs) is None:
                del attrs["dtype"]
            bound = bind((), attrs)
            for a in arrays:
                if a.__class__ is not cls and a is not None:
                    arrays = self._as_arrays(arrays, integers)
                    break
            before, state.np_shape = state.np_shape, True
            try:
                return invoke(cls, bound, arrays, out)
            finally:
                state.np_shape = before

        return call

    def _as_arrays(self, values: tuple[Any, ...], integers: bool) -> tuple[Any, ...]:
        """``values`` as np arrays, on the context of the first that is one."""
        like = next((v for v in values if isinstance(v, self.array)), None)
        return tuple(None if v is None else self._as_array(v, like, integers) for v in values)

    def flat_view(self, array: Any) -> Any:
        return self._as_array(array).reshape(-1)

    def ndim(self, array: Any) -> int | None:
        return self._as_array(array).ndim

    def size_along(self, array: Any, axis: int) -> int | None:
        shape = self._as_array(array).shape
        return shape[axis] if -len(shape) <= axis < len(shape) else None


@functools.cache
def arrays() -> ArrayFace:
    """The face of ``mx.np.ndarray``."""
    return ArrayFace()


def _check_call(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Raise ``CallError``, which 1.9.1 raises for some functions, if the arguments do not fit the signature."""
    signature = inspect.signature(function)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise CallError(
            f"{function.__name__}: {error}; it takes {', '.join(signature.parameters) or 'nothing'}"
        ) from None


def bind(face: Face, function: Callable[..., Any], module: str) -> Callable[..., Any]:
    """``function`` of a face and more as a function of the rest."""

    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(face, *args, **kwargs)
        except TypeError:
            _check_call(call, args, kwargs)
            raise

    signature = inspect.signature(function)
    call.__name__ = call.__qualname__ = function.__name__.rstrip("_")
    call.__doc__ = function.__doc__
    call.__module__ = module
    call.__signature__ = signature.replace(parameters=[*signature.parameters.values()][1:])  # type: ignore[attr-defined]
    return call


def expose(
    names: dict[str, Any], face: Callable[[], Face], functions: Mapping[str, Callable[..., Any]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of the module with the globals ``names``, which has ``functions`` of a face."""
    module = names["__name__"]

    def __getattr__(name: str) -> Any:
        function = functions.get(name)
        if function is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name, obj=sys.modules[module])
        value = names[name] = bind(face(), function, module)
        return value

    def __dir__() -> list[str]:
        return sorted({*functions, *(n for n in names if not n.startswith("_"))})

    return __getattr__, __dir__


def refuse_type(value: Any) -> None:
    """Raise for something that is neither array nor number."""
    raise DTypeError(f"type {type(value)} not supported; expected an array or a number")
