"""Python's operators on sparse arrays, which return what the operators of the registry do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mxnet._base.errors import DTypeError
from mxnet._runtime import sparse
from mxnet._runtime.dispatch import invoke

from . import _operators
from .ndarray import NDArray


def _binary(elemwise: str, broadcast: str, scalar: str, mirrored: bool) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        number = _operators.number_of(other)
        if number is not None:
            return invoke(NDArray, _operators.scalar_bound(scalar, number), (self,))
        if isinstance(other, np.ndarray):
            other = _operators.operand(NDArray(self._data, self._ctx), other)
        if not isinstance(other, NDArray):
            raise DTypeError(f"type {type(other)} not supported")
        name = elemwise if self.shape == other.shape and elemwise else broadcast
        return invoke(NDArray, _operators.bound(name), (other, self) if mirrored else (self, other))

    return method


def _inplace(method: Callable[[Any, Any], Any], sign: str) -> Callable[[Any, Any], Any]:
    def __iop__(self: Any, other: Any) -> Any:
        self._refuse_inplace(other, sign)
        sparse.assign(self, sparse.value_of(method(self, other)))
        return self

    return __iop__


def install(cls: type) -> None:
    """Give ``cls``, the base of sparse arrays, Python's operators."""
    for name, _, elemwise, broadcast, scalar, rscalar, _ in _operators._TABLE:
        method = _binary(elemwise, broadcast, scalar, False)
        _operators._attach(cls, f"__{name}__", method)
        _operators._attach(cls, f"__r{name}__", _binary(elemwise, broadcast, rscalar, True))
        if name in _operators._SIGNS:
            _operators._attach(cls, f"__i{name}__", _inplace(method, _operators._SIGNS[name]))
    for name, elemwise, broadcast, scalar in _operators._COMPARISONS:
        _operators._attach(cls, f"__{name}__", _binary(elemwise, broadcast, scalar, False))
