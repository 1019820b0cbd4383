"""``mx.np.ndarray``: the array core with NumPy's rules.

Dtypes are promoted, comparisons give bool, a full reduction has no axes. The operators are those of ``mx.nd``: only
what goes in and what comes out differs.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as onp
import torch

from mxnet._base.errors import ArgumentError, DTypeError
from mxnet._runtime.array import Array
from mxnet._runtime.context import Context
from mxnet._runtime.dispatch import invoke
from mxnet._runtime.dtypes import torch_dtype
from mxnet._runtime.state import state
from mxnet.ndarray import NDArray
from mxnet.ndarray._operators import bound, number_of, refuse_inplace, scalar_bound
from mxnet.ndarray.creation import host_values

_HIDDEN_DTYPES = (torch.float32, torch.bool)
"""Left out of ``repr``, the first being the default and the second plain to see."""


class ndarray(NDArray):
    """An array with NumPy's rules.

    >>> import mxnet as mx
    >>> a = mx.np.array([1, 2, 3])
    >>> a[a > 1]
    array([2., 3.])
    >>> a.sum()
    array(6.)
    """

    __slots__ = ()
    _face = "np"
    __hash__ = object.__hash__

    @property
    def dtype(self) -> onp.dtype:
        """Its dtype, as a NumPy dtype."""
        return onp.dtype(super().dtype)

    @property
    def T(self) -> ndarray:
        """A copy with the axes in reverse order."""
        return self.transpose()

    def __repr__(self) -> str:
        text = repr(self.asnumpy()).removesuffix(")").split(", dtype=")[0]
        data = self._meta()
        if data.dtype not in _HIDDEN_DTYPES:
            text += f", dtype={str(data.dtype).removeprefix('torch.')}"
        if self._ctx.device_type == "gpu":
            text += f", ctx={self._ctx}"
        return text + ")"

    def __str__(self) -> str:
        return str(self.asnumpy())

    def item(self, *args: Any) -> Any:
        """One element as a Python number: the only one, or that at the given index."""
        return self.asnumpy().item(*args)

    def __index__(self) -> int:
        data = self._meta()
        if data.ndim or data.is_floating_point():
            raise DTypeError("only integer scalar arrays can be converted to a scalar index")
        return int(self.item())

    def __bool__(self) -> bool:
        if self.size == 1:
            return bool(self.item())
        if self.size == 0:
            return False
        raise ArgumentError("The truth value of an ndarray with multiple elements is ambiguous; use any() or all()")

    def __contains__(self, value: Any) -> bool:
        return bool((self == value).asnumpy().any())

    def __invert__(self) -> ndarray:
        data = self._data
        return type(self)(~data, self._ctx)

    def __abs__(self) -> ndarray:
        return numpy_call("abs", self)

    def __neg__(self) -> ndarray:
        return numpy_call("negative", self)

    def __matmul__(self, other: Any) -> ndarray:
        return numpy_call("dot", self, other)

    def reshape(self, *shape: Any, order: str = "C", **kwargs: Any) -> ndarray:
        """The same values in another shape, sharing memory; -1 is worked out.

        Raises:
            ShapeError: the sizes do not multiply to this array's size.
            ArgumentError: an ``order`` other than C.
        """
        if order != "C":
            raise ArgumentError(f"reshape: order is {order!r}; expected 'C'")
        if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
            shape = tuple(shape[0])
        wanted = tuple(int(s) for s in (shape or kwargs.get("newshape", ())))
        return self._view(_fit(self.size, wanted))  # type: ignore[return-value]

    def transpose(self, *axes: Any) -> ndarray:  # type: ignore[override]
        """A copy with the axes permuted, reversed if none are given."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
            axes = tuple(axes[0] or ())
        return numpy_call("transpose", self, axes=axes)

    def astype(self, dtype: Any, copy: bool = True) -> ndarray:  # type: ignore[override]
        """The values in another dtype."""
        wanted = torch_dtype(dtype)
        if not copy and self._meta().dtype is wanted:
            return self
        return numpy_call("Cast", self, dtype=dtype)

    def flatten(self, order: str = "C") -> ndarray:  # type: ignore[override]
        """A copy with one axis."""
        return self.copy().reshape(-1, order=order)

    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
        """Sum over all axes, or those named."""
        return reduction("sum", self, axis, keepdims, dtype, out)

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
        """Mean over all axes, or those named; of integers it is a float."""
        source = self if self._meta().is_floating_point() else self.astype("float32")
        return reduction("mean", source, axis, keepdims, dtype, out)

    def max(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
        """Largest over all axes, or those named."""
        return reduction("max", self, axis, keepdims, None, out)

    def min(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
        """Smallest over all axes, or those named."""
        return reduction("min", self, axis, keepdims, None, out)

    def prod(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
        """Product over all axes, or those named."""
        return reduction("prod", self, axis, keepdims, dtype, out)

    def argmax(self, axis: int | None = None, out: Any = None) -> ndarray:
        """Index of the largest, of the flattened array if ``axis`` is None; int64."""
        return extreme("argmax", self, axis, out)

    def argmin(self, axis: int | None = None, out: Any = None) -> ndarray:
        """Index of the smallest, of the flattened array if ``axis`` is None; int64."""
        return extreme("argmin", self, axis, out)

    def std(self, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
        """Standard deviation over all axes, or those named."""
        return numpy_call("sqrt", self.var(axis, dtype, None, ddof, keepdims), out=out)

    def var(self, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
        """Variance over all axes, or those named."""
        centred = self - self.mean(axis, dtype, keepdims=True)
        total = reduction("sum", centred * centred, axis, keepdims, None, None)
        return numpy_call("_div_scalar", total, scalar=self.size // max(total.size, 1) - ddof, out=out)


def _fit(size: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    from mxnet._base.errors import ShapeError

    known = 1
    for s in shape:
        known *= s if s >= 0 else 1
    open_ = [i for i, s in enumerate(shape) if s < 0]
    if any(s < -1 for s in shape) or len(open_) > 1:
        raise ShapeError(f"reshape: {shape} is no shape; expected sizes and at most one -1")
    if open_ and known and size % known == 0:
        return tuple(size // known if s < 0 else s for s in shape)
    if open_ or known != size:
        raise ShapeError(f"cannot reshape array of size {size} into shape {shape}")
    return shape


def numpy_call(name: str, *arrays: Any, out: Any = None, **attrs: Any) -> Any:
    """The operator ``name`` on np arrays, with NumPy's shapes."""
    from mxnet import _ops

    before, state.np_shape = state.np_shape, True
    try:
        return invoke(ndarray, _ops.get(name).bind((), attrs), arrays, out)
    finally:
        state.np_shape = before


def reduction(name: str, a: Any, axis: Any, keepdims: bool, dtype: Any, out: Any) -> Any:
    """A reduction over ``axis``, None for all."""
    if dtype is not None:
        a = a.astype(dtype, copy=False)
    if axis is not None and not isinstance(axis, int):
        axis = tuple(axis)
    return numpy_call(name, a, axis=axis, keepdims=keepdims, out=out)


def extreme(name: str, a: Any, axis: int | None, out: Any) -> Any:
    """argmax or argmin as int64."""
    flat = a if axis is not None else a.reshape(-1)
    found = numpy_call(name, flat, axis=0 if axis is None else axis)
    found = found.astype("int64") if axis is not None else found.astype("int64").reshape(())
    return found if out is None else found.copyto(out)


def as_array(value: Any, like: Array | None = None) -> Any:
    """``value`` as an np array: NumPy arrays and sequences keep their numbers, on the context of ``like``."""
    if isinstance(value, ndarray):
        return value
    if isinstance(value, NDArray):
        raise DTypeError(f"type {type(value)} not supported; use as_np_ndarray() first")
    if not isinstance(value, (onp.ndarray, list, tuple, int, float, bool, onp.generic)):
        raise DTypeError(f"type {type(value)} not supported; expected an array, a sequence or a number")
    ctx = like._ctx if like is not None else Context("cpu", 0)
    data = torch.from_numpy(host_values(value))
    return ndarray(data.to(ctx.device), ctx)


def promoted(a: Any, b: Any) -> tuple[Any, Any]:
    """Both arrays in the dtype that holds either."""
    left, right = a._meta().dtype, b._meta().dtype
    if left is right:
        return a, b
    both = torch.promote_types(left, right)
    if both.is_floating_point and not (left.is_floating_point and right.is_floating_point):
        both = left if left.is_floating_point else right
    return (a if left is both else a.astype(both)), (b if right is both else b.astype(both))


def binary(name: str, scalar: str, mirrored: str, a: Any, b: Any, kind: str, out: Any = None) -> Any:
    """A binary operator by NumPy's rules. ``kind``: "same" keeps the dtype, "float" divides truly, "bool" compares."""
    left, right = number_of(a), number_of(b)
    if left is not None and right is not None:
        a, left = as_array(a), None
    before, state.np_shape = state.np_shape, True
    try:
        if right is not None or left is not None:
            array = as_array(a if right is not None else b)
            array = _for_kind(array, kind)
            call = scalar_bound(scalar if right is not None else mirrored, right if right is not None else left)
            result = invoke(ndarray, call, (array,), out if kind != "bool" else None)
        else:
            like = a if isinstance(a, Array) else b if isinstance(b, Array) else None
            x, y = promoted(as_array(a, like), as_array(b, like))
            x, y = _for_kind(x, kind), _for_kind(y, kind)
            result = invoke(ndarray, bound(name), (x, y), out if kind != "bool" else None)
    finally:
        state.np_shape = before
    if kind == "bool":
        result = ndarray(result._data != 0, result._ctx)
        return result if out is None else result.copyto(out)
    if kind == "same" and out is None and result._data.dtype is torch.int64 and _all_bool(a, b):
        return result.astype("bool")
    return result


def _for_kind(array: Any, kind: str) -> Any:
    data = array._meta()
    if kind == "float" and not data.is_floating_point():
        return array.astype("float32")
    if data.dtype is torch.bool:  # kernels have no arithmetic on bool
        return array.astype("int64")
    return array


def _all_bool(*values: Any) -> bool:
    return all(isinstance(v, bool) or isinstance(v, Array) and v._meta().dtype is torch.bool for v in values)


TABLE: dict[str, tuple[str, str, str, str]] = {
    "add": ("broadcast_add", "_plus_scalar", "_plus_scalar", "same"),
    "subtract": ("broadcast_sub", "_minus_scalar", "_rminus_scalar", "same"),
    "multiply": ("broadcast_mul", "_mul_scalar", "_mul_scalar", "same"),
    "divide": ("broadcast_div", "_div_scalar", "_rdiv_scalar", "float"),
    "mod": ("broadcast_mod", "_mod_scalar", "_rmod_scalar", "same"),
    "power": ("broadcast_power", "_power_scalar", "_rpower_scalar", "same"),
    "maximum": ("broadcast_maximum", "_maximum_scalar", "_maximum_scalar", "same"),
    "minimum": ("broadcast_minimum", "_minimum_scalar", "_minimum_scalar", "same"),
    "hypot": ("broadcast_hypot", "_hypot_scalar", "_hypot_scalar", "float"),
    "equal": ("broadcast_equal", "_equal_scalar", "_equal_scalar", "bool"),
    "not_equal": ("broadcast_not_equal", "_not_equal_scalar", "_not_equal_scalar", "bool"),
    "greater": ("broadcast_greater", "_greater_scalar", "_lesser_scalar", "bool"),
    "greater_equal": ("broadcast_greater_equal", "_greater_equal_scalar", "_lesser_equal_scalar", "bool"),
    "less": ("broadcast_lesser", "_lesser_scalar", "_greater_scalar", "bool"),
    "less_equal": ("broadcast_lesser_equal", "_lesser_equal_scalar", "_greater_equal_scalar", "bool"),
}
_DUNDERS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "mod": "mod",
    "pow": "power",
    "eq": "equal",
    "ne": "not_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "lt": "less",
    "le": "less_equal",
}
_FAST: dict[str, Callable[[Any, Any], Any]] = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}


def _method(dunder: str, mirrored: bool) -> Callable[[Any, Any], Any]:
    row = TABLE[_DUNDERS[dunder]]
    fast = None if mirrored else _FAST.get(dunder)

    def method(self: Any, other: Any) -> Any:
        if fast is not None and other.__class__ is ndarray and not state.recording:
            try:
                a, b = self._data, other._data
                if a.dtype is b.dtype and a.dtype is not torch.bool:
                    return ndarray(fast(a, b), self._ctx)
            except Exception:
                # the long way meets the same error again and explains it
                return binary(row[0], row[1], row[2], self, other, row[3])
        left, right = (other, self) if mirrored else (self, other)
        return binary(row[0], row[1], row[2], left, right, row[3])

    return method


def _inplace(dunder: str) -> Callable[[Any, Any], Any]:
    row = TABLE[_DUNDERS[dunder]]

    def method(self: Any, other: Any) -> Any:
        if state.recording:
            refuse_inplace(self, other, f"{_DUNDERS[dunder]} in place")
        result = binary(row[0], row[1], row[2], self, other, row[3])
        self[()] = result
        return self

    return method


for _dunder in _DUNDERS:
    setattr(ndarray, f"__{_dunder}__", _method(_dunder, mirrored=False))
    if _dunder not in ("eq", "ne", "gt", "ge", "lt", "le"):
        setattr(ndarray, f"__r{_dunder}__", _method(_dunder, mirrored=True))
        setattr(ndarray, f"__i{_dunder}__", _inplace(_dunder))
