"""Python's operators on NDArray: a short way for what nearly every program does, the registry for the rest.

The short way is two arrays of one class and dtype, or a float array and a number, outside ``record()``: one call
into ATen and one new array.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from mxnet import _ops
from mxnet._base.errors import KERNEL_ERRORS, AutogradError, DTypeError, ShapeError
from mxnet._runtime.array import Array
from mxnet._runtime.copies import of_host
from mxnet._runtime.dispatch import invoke
from mxnet._runtime.indexing import share_memory
from mxnet._runtime.state import state


@functools.cache
def bound(name: str, scalar: float | None = None) -> _ops.Bound:
    """The operator ``name``, with its scalar if it takes one."""
    return _ops.get(name).bind((), {} if scalar is None else {"scalar": scalar})


def scalar_bound(name: str, scalar: Any) -> _ops.Bound:
    return _ops.get(name).bind((), {"scalar": scalar})


def number_of(other: Any) -> Any:
    """``other`` as a Python number if it is one, else None."""
    if isinstance(other, (int, float)):
        return other
    if isinstance(other, np.generic) and other.dtype.kind in "biuf":
        return other.item()
    return None


def operand(self: Array, other: Any) -> Array:
    """``other`` as an array of the class of ``self``; NumPy arrays take its dtype and context.

    Raises:
        DTypeError: it is not something to calculate with.
    """
    if isinstance(other, Array):
        if type(other) is not type(self) and not _same_face(self, other):
            raise DTypeError(f"type {type(other)} not supported; use as_np_ndarray() or as_nd_ndarray() first")
        return other
    if isinstance(other, np.ndarray) and other.dtype.kind in "biuf":
        data = of_host(other)
        meta = self._meta()
        cls = Array.default if self._sparse else type(self)
        return cls(data.to(dtype=meta.dtype, device=meta.device), self._ctx)
    raise DTypeError(f"type {type(other)} not supported")


def _same_face(a: Array, b: Array) -> bool:
    return a._face is b._face


def apply(self: Array, other: Any, elemwise: str, broadcast: str, scalar: str, mirrored: bool) -> Any:
    """The long way: arrays through ``elemwise`` or ``broadcast``, numbers through ``scalar``."""
    cls = Array.default if self._sparse else type(self)
    number = number_of(other)
    if number is not None:
        return invoke(cls, scalar_bound(scalar, number), (self,))
    other = operand(self, other)
    name = elemwise if self.shape == other.shape and elemwise else broadcast
    return invoke(cls, bound(name), (other, self) if mirrored else (self, other))


def binary(
    fast: Callable[[Any, Any], Any] | None,
    elemwise: str,
    broadcast: str,
    scalar: str,
    fast_scalar: bool = True,
    mirrored: bool = False,
    floats_only: bool = False,
) -> Callable[[Any, Any], Any]:
    """A binary method. ``fast`` is what the short way runs; None leaves only the long one."""

    def long_way(self: Any, other: Any) -> Any:
        return apply(self, other, elemwise, broadcast, scalar, mirrored)

    if fast is None:
        return long_way

    def method(self: Any, other: Any) -> Any:
        if not state.recording:
            cls = self.__class__
            kind = other.__class__
            try:
                if kind is cls:
                    a, b = self._data, other._data
                    if a.dtype is b.dtype and (not floats_only or a.is_floating_point()) and a.dtype is not _BOOL:
                        return cls(fast(a, b), self._ctx.results)
                elif fast_scalar and (kind is float or kind is int):
                    a = self._data
                    if a.is_floating_point():
                        return cls(fast(a, other), self._ctx.results)
            except KERNEL_ERRORS:
                # the long way meets the same error again and explains it
                return long_way(self, other)
        return long_way(self, other)

    return method


_BOOL = torch.bool


def _modulo_(data: torch.Tensor, other: Any) -> None:
    """What is divided by zero is zero, and zeros have no sign; torch's own ``remainder_`` does neither."""
    by_zero = other == 0
    data.remainder_(other).add_(0)
    if by_zero is True:
        data.zero_()
    elif by_zero is not False:
        data.masked_fill_(by_zero, 0)


def inplace(
    method: Callable[[Any, Any], Any], torch_inplace: Callable[[Any, Any], Any], sign: str
) -> Callable[[Any, Any], Any]:
    """``self op= other``: writes to the memory of ``self``; ``torch_inplace`` does it for floats."""

    def __iop__(self: Any, other: Any) -> Any:
        if state.recording:
            refuse_inplace(self, other, sign)
        data = self._data
        kind = other.__class__
        if data.is_floating_point():
            if kind is float or kind is int:
                torch_inplace(data, other)
                return self
            if kind is self.__class__:
                value = other._data
                if value.dtype is data.dtype and value.shape == data.shape:
                    try:
                        torch_inplace(data, value)
                    except RuntimeError:  # torch refuses to write to a part of what it reads
                        if not share_memory(data, value):
                            raise
                        torch_inplace(data, value.clone())
                    return self
        result = method(self, other)
        if result.shape != self.shape:
            raise ShapeError(f"{sign}: result has shape {result.shape}, expected {self.shape} as the array written to")
        data.copy_(result._data)
        return self

    return __iop__


def refuse_inplace(self: Array, other: Any, sign: str) -> None:
    """Raise if writing to ``self`` would change a recorded graph."""
    if self._tracked() or (isinstance(other, Array) and other._tracked()):
        raise AutogradError(
            f"Inplace operations (+=, -=, x[:]=, etc) are not supported when recording with autograd: {sign} on an "
            f"array of shape {tuple(self._meta().shape)}; make a new array instead, or leave autograd.record() first"
        )


_TABLE = (
    ("add", operator.add, "elemwise_add", "broadcast_add", "_plus_scalar", "_plus_scalar", False),
    ("sub", operator.sub, "elemwise_sub", "broadcast_sub", "_minus_scalar", "_rminus_scalar", False),
    ("mul", operator.mul, "elemwise_mul", "broadcast_mul", "_mul_scalar", "_mul_scalar", False),
    ("truediv", operator.truediv, "elemwise_div", "broadcast_div", "_div_scalar", "_rdiv_scalar", True),
    ("div", operator.truediv, "elemwise_div", "broadcast_div", "_div_scalar", "_rdiv_scalar", True),
    ("mod", None, "_mod", "broadcast_mod", "_mod_scalar", "_rmod_scalar", False),
    ("pow", operator.pow, "_power", "broadcast_power", "_power_scalar", "_rpower_scalar", True),
)
_COMPARISONS = (
    ("eq", "_equal", "broadcast_equal", "_equal_scalar"),
    ("ne", "_not_equal", "broadcast_not_equal", "_not_equal_scalar"),
    ("gt", "_greater", "broadcast_greater", "_greater_scalar"),
    ("ge", "_greater_equal", "broadcast_greater_equal", "_greater_equal_scalar"),
    ("lt", "_lesser", "broadcast_lesser", "_lesser_scalar"),
    ("le", "_lesser_equal", "broadcast_lesser_equal", "_lesser_equal_scalar"),
)
_INPLACE: dict[str, Callable[[Any, Any], Any]] = {
    "add": torch.Tensor.add_,
    "sub": torch.Tensor.sub_,
    "mul": torch.Tensor.mul_,
    "truediv": torch.Tensor.div_,
    "div": torch.Tensor.div_,
    "mod": _modulo_,
}
_SIGNS = {"add": "+=", "sub": "-=", "mul": "*=", "truediv": "/=", "div": "/=", "mod": "%="}


def _flipped(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def flipped(a: Any, b: Any) -> Any:
        return function(b, a)

    return flipped


def install(cls: type[Array]) -> None:
    """Give ``cls`` its arithmetic and comparison methods."""
    for name, fast, elemwise, broadcast, scalar, rscalar, floats_only in _TABLE:
        method = binary(fast, elemwise, broadcast, scalar, floats_only=floats_only)
        _attach(cls, f"__{name}__", method)
        flipped = None if fast is None or fast is operator.pow else _flipped(fast)
        mirrored = binary(flipped, elemwise, broadcast, rscalar, mirrored=True, floats_only=floats_only)
        _attach(cls, f"__r{name}__", mirrored)
        if name in _INPLACE:
            _attach(cls, f"__i{name}__", inplace(method, _INPLACE[name], _SIGNS[name]))
    for name, elemwise, broadcast, scalar in _COMPARISONS:
        _attach(cls, f"__{name}__", binary(None, elemwise, broadcast, scalar))


def _attach(cls: type, name: str, method: Callable[..., Any]) -> None:
    method.__name__ = name
    method.__qualname__ = f"{cls.__name__}.{name}"
    setattr(cls, name, method)
