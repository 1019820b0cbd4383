"""``mx.np.ndarray``: the array core with NumPy's rules.

Dtypes are promoted, comparisons give bool, a full reduction has no axes. The operators are the ``_np*`` ones of the
registry.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as onp
import torch

from mxnet._base.errors import KERNEL_ERRORS, ArgumentError, DTypeError, ShapeError
from mxnet._runtime.array import Array
from mxnet._runtime.context import Context
from mxnet._runtime.copies import of_host
from mxnet._runtime.dispatch import invoke
from mxnet._runtime.dtypes import torch_dtype
from mxnet._runtime.shapes import whole
from mxnet._runtime.state import state
from mxnet.ndarray import NDArray
from mxnet.ndarray._methods import METHODS, install_methods
from mxnet.ndarray._operators import bound, number_of, refuse_inplace, scalar_bound
from mxnet.ndarray.creation import host_values

from . import _choosing as choosing
from . import _products as products
from . import _reductions as reductions
from . import _shapes as shapes
from ._creation import name_of
from ._face import NotSupported, arrays
from ._ufuncs import BINARY

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

    __module__ = "mxnet.numpy"  # where programs find it, and what they print

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
        with onp.printoptions(legacy="1.21"):  # NumPy 2 tells the shape of what it does not show
            text = repr(self.asnumpy()).removesuffix(")")
        data = self._meta()
        shown = "dtype=" in text
        if shown and data.dtype in (torch.float32, torch.bfloat16):  # that NumPy has float32 for
            text, shown = text[: text.rindex(",")], False
        if not shown and data.dtype not in _HIDDEN_DTYPES:
            text += f", dtype={str(data.dtype).removeprefix('torch.')}"
        if self._ctx.device_type == "gpu":
            text += f", ctx={self._ctx}"
        return text + ")"

    def __str__(self) -> str:
        return str(self.asnumpy())

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        from ._protocol import array_ufunc

        return array_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        from ._protocol import array_function

        return array_function(func, args, kwargs)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self.ndim == 0 else object.__format__(self, spec)

    def item(self, *args: Any) -> Any:
        """One element as a Python number: the only one, or that at the given index."""
        return self.asnumpy().item(*args)

    def tolist(self) -> Any:
        """The values as nested lists; without axes a number."""
        return self.asnumpy().tolist()

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
        return arrays()._npi_bitwise_not(self)

    def __abs__(self) -> ndarray:
        return arrays()._npi_abs(self)

    def __neg__(self) -> ndarray:
        return arrays()._npi_negative(self)

    def __matmul__(self, other: Any) -> ndarray:
        return arrays()._npi_matmul(self, other)

    def __rmatmul__(self, other: Any) -> ndarray:
        return arrays()._npi_matmul(other, self)

    def __imatmul__(self, other: Any) -> ndarray:
        if state.recording:
            refuse_inplace(self, other, "@=")
        return arrays()._npi_matmul(self, other, out=self)

    def __round__(self, n: int = 0) -> ndarray:
        return self.round(n)

    def __floor__(self) -> ndarray:
        return arrays()._npi_floor(self)

    def __ceil__(self) -> ndarray:
        return arrays()._npi_ceil(self)

    def __trunc__(self) -> ndarray:
        return arrays()._npi_trunc(self)

    # -- shape --------------------------------------------------------------------------------------------------

    def reshape(self, *args: Any, **kwargs: Any) -> ndarray:
        """A copy with the same values in another shape; -1 is worked out.

        Args:
            args: sizes, or one tuple of them.
            kwargs: newshape, the sizes; order, C alone.

        Raises:
            ShapeError: the sizes do not multiply to this array's size.
            ArgumentError: an ``order`` other than C.
        """
        order = kwargs.pop("order", "C")
        wanted = args or (kwargs.pop("newshape", kwargs.pop("shape", ())),)
        if kwargs:
            raise DTypeError(f"reshape: got unknown keyword {sorted(kwargs)[0]!r}; expected newshape or order")
        if len(wanted) == 1 and isinstance(wanted[0], (tuple, list)):
            wanted = tuple(wanted[0])
        return shapes.reshape(arrays(), self, whole("reshape", wanted), order)

    def reshape_view(self, *shape: Any, **kwargs: Any) -> ndarray:
        """As ``reshape``."""
        return self.reshape(*shape, **kwargs)

    def transpose(self, *axes: Any) -> ndarray:
        """A copy with the axes permuted, reversed if none are given."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
            axes = tuple(axes[0] or ())
        return arrays()._np_transpose(self, axes=axes or None)

    def flatten(self, order: str = "C") -> ndarray:  # type: ignore[override]
        """A copy with one axis."""
        return shapes.reshape(arrays(), self, (-1,), order)

    def squeeze(self, axis: Any = None) -> ndarray:  # type: ignore[override]
        """Without axes of size 1: all of them, or those named."""
        return shapes.squeeze(arrays(), self, axis)

    def expand_dims(self, axis: int, inplace: bool = False) -> ndarray:
        """A new axis of size 1, in the same memory with ``inplace``."""
        return super().expand_dims(axis, True) if inplace else shapes.expand_dims(arrays(), self, axis)  # type: ignore[return-value]

    def swapaxes(self, axis1: int, axis2: int) -> ndarray:
        """Two axes exchanged."""
        return shapes.swapaxes(arrays(), self, axis1, axis2)

    def broadcast_to(self, shape: Any) -> ndarray:
        """Axes of size 1, and axes in front, repeated to ``shape``."""
        return shapes.broadcast_to(arrays(), self, shape)

    def repeat(self, repeats: int, axis: int | None = None) -> ndarray:
        """Every element ``repeats`` times, along ``axis`` or flattened."""
        return shapes.repeat(arrays(), self, repeats, axis)

    def take(self, indices: Any, axis: int | None = None, mode: str = "raise") -> ndarray:
        """The elements at ``indices`` along ``axis``, or of the flattened array."""
        return shapes.take(arrays(), self, indices, axis, mode)

    def diag(self, k: int = 0, **kwargs: Any) -> ndarray:
        """The ``k``-th diagonal, or of one axis the matrix that has it there."""
        return shapes.diag(arrays(), self, k)

    def nonzero(self) -> tuple[ndarray, ...]:
        """The indices of what is not zero, an array for each axis."""
        return choosing.nonzero(arrays(), self)

    def as_in_ctx(self, ctx: Context) -> ndarray:
        """The array itself if it is on ``ctx``, else a copy there."""
        return self.as_in_context(ctx)  # type: ignore[return-value]

    # -- values -------------------------------------------------------------------------------------------------

    def copy(self, order: str = "C") -> ndarray:
        """A copy.

        Raises:
            ArgumentError: an ``order`` other than C.
        """
        if order != "C":
            raise NotSupported(f"copy: order is {order!r}, expected 'C'")
        return super().copy()  # type: ignore[return-value]

    def astype(  # type: ignore[override]
        self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True
    ) -> ndarray:
        """The values in another dtype; the array itself if it has it and ``copy`` is false.

        Raises:
            ArgumentError: ``order`` other than K, ``casting`` other than unsafe, or not ``subok``.
        """
        if order not in ("K", "C") or casting != "unsafe" or not subok:
            raise ArgumentError(
                f"astype: order={order!r}, casting={casting!r}, subok={subok}; expected 'K', 'unsafe' and True"
            )
        dtype = "float32" if dtype is None else name_of(dtype)
        wanted = torch_dtype(dtype)
        if not copy and self._meta().dtype is wanted:
            return self
        return arrays()._npi_cast(self, dtype=dtype)

    def clip(self, min: Any = None, max: Any = None, out: Any = None) -> ndarray:
        """Kept between ``min`` and ``max``, of which one may be None."""
        from ._ufuncs import clip

        return clip(arrays(), self, min, max, out)

    def round(self, decimals: int = 0, out: Any = None, **kwargs: Any) -> ndarray:
        """Rounded to so many decimals, halves to even."""
        return arrays()._npi_around(self, decimals=decimals, out=out)

    def sort(self, axis: int = -1, kind: Any = None, order: Any = None) -> ndarray:
        """A copy in order along ``axis``."""
        return reductions.sort(arrays(), self, axis, kind, order)

    def argsort(self, axis: int = -1, kind: Any = None, order: Any = None) -> ndarray:
        """The indices that put it in order along ``axis``."""
        return reductions.argsort(arrays(), self, axis, kind, order)

    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
        """Sum over all axes, or those named."""
        return arrays()._np_sum(self, axis=axis, dtype=dtype, keepdims=keepdims, out=out)

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
        """Mean over all axes, or those named; of integers it is a float."""
        return reductions.mean(arrays(), self, axis, dtype, out, keepdims)

    def max(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
        """Largest over all axes, or those named."""
        return reductions.max(arrays(), self, axis, out, keepdims)

    def min(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
        """Smallest over all axes, or those named."""
        return reductions.min(arrays(), self, axis, out, keepdims)

    def prod(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
        """Product over all axes, or those named."""
        return reductions.prod(arrays(), self, axis, dtype, out, keepdims)

    def all(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
        """Whether none is zero over all axes, or those named."""
        return reductions.all(arrays(), self, axis, out, keepdims)

    def any(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
        """Whether one is not zero over all axes, or those named."""
        return reductions.any(arrays(), self, axis, out, keepdims)

    def argmax(self, axis: int | None = None, out: Any = None) -> ndarray:
        """Index of the largest, of the flattened array if ``axis`` is None; int64."""
        return reductions.argmax(arrays(), self, axis, out)

    def argmin(self, axis: int | None = None, out: Any = None) -> ndarray:
        """Index of the smallest, of the flattened array if ``axis`` is None; int64."""
        return reductions.argmin(arrays(), self, axis, out)

    def cumsum(self, axis: int | None = None, dtype: Any = None, out: Any = None) -> ndarray:
        """Sums of all elements up to each, along ``axis`` or in the flattened array."""
        return reductions.cumsum(arrays(), self, axis, dtype, out)

    def std(self, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
        """Standard deviation over all axes, or those named."""
        return reductions.std(arrays(), self, axis, dtype, out, ddof, keepdims)

    def var(self, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
        """Variance over all axes, or those named."""
        return reductions.var(arrays(), self, axis, dtype, out, ddof, keepdims)

    def dot(self, b: Any, out: Any = None) -> ndarray:
        """Matrix product, inner product of vectors, or product with a number."""
        return products.dot(arrays(), self, b, out)


def as_array(value: Any, like: Array | None = None, integers: bool = False) -> Any:
    """``value`` as an np array on the context of ``like``: NumPy arrays keep their dtype.

    Sequences and numbers are float32 as in ``array()``. They keep theirs beside an array of integers, and with
    ``integers``, for what takes no others.
    """
    if isinstance(value, ndarray):
        return value
    if isinstance(value, NDArray):
        raise DTypeError(f"type {type(value)} not supported; use as_np_ndarray() first")
    if not isinstance(value, (onp.ndarray, list, tuple, int, float, bool, onp.generic)):
        raise DTypeError(f"type {type(value)} not supported; expected an array, a sequence or a number")
    ctx = like._ctx if like is not None else Context("cpu", 0)
    data = of_host(host_values(value))
    integers = integers or like is not None and not like._meta().is_floating_point()
    if not integers and not isinstance(value, onp.ndarray):
        data = data.to(torch.float32)
    return ndarray(data.to(ctx.device), ctx)


_DUNDERS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "true_divide",
    "div": "true_divide",
    "mod": "mod",
    "pow": "power",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "eq": "equal",
    "ne": "not_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "lt": "less",
    "le": "less_equal",
}
_FAST: dict[str, Callable[[Any, Any], Any]] = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}
_FAST_IN_FLOATS = {**_FAST, "truediv": operator.truediv}


def _long_way(row: tuple[str, str, str], self: Any, other: Any, mirrored: bool, out: Any = None) -> Any:
    number = None if isinstance(other, Array) else number_of(other)
    if number is not None:
        return invoke(ndarray, scalar_bound(row[2] if mirrored else row[1], number), (self,), out)
    other = other if other.__class__ is ndarray else as_array(other, self)
    return invoke(ndarray, bound(row[0]), (other, self) if mirrored else (self, other), out)


def _method(dunder: str, mirrored: bool) -> Callable[[Any, Any], Any]:
    row = BINARY[_DUNDERS[dunder]]
    fast = None if mirrored else _FAST.get(dunder)
    in_floats = None if mirrored else _FAST_IN_FLOATS.get(dunder)

    def method(self: Any, other: Any) -> Any:
        if in_floats is not None and not state.recording:
            kind = other.__class__
            try:
                a = self._data
                if kind is ndarray:
                    b = other._data
                    if a.dtype is b.dtype and (a.is_floating_point() or fast is not None and a.dtype is not torch.bool):
                        return ndarray(in_floats(a, b), self._ctx.results)
                elif (kind is float or kind is int) and a.is_floating_point():
                    return ndarray(in_floats(a, other), self._ctx.results)
            except KERNEL_ERRORS:
                # the long way meets the same error again and explains it
                return _long_way(row, self, other, mirrored)
        return _long_way(row, self, other, mirrored)

    method.__name__, method.__qualname__ = f"__{dunder}__", f"ndarray.__{'r' * mirrored}{dunder}__"
    return method


def _inplace(dunder: str) -> Callable[[Any, Any], Any]:
    row = BINARY[_DUNDERS[dunder]]

    def method(self: Any, other: Any) -> Any:
        if state.recording:
            refuse_inplace(self, other, f"{_DUNDERS[dunder]} in place")
        result = _long_way(row, self, other, False)
        if result.shape != self.shape:
            raise ShapeError(f"{dunder} in place: the result has shape {result.shape}, expected {self.shape}")
        if not torch.can_cast(result._data.dtype, self._data.dtype):
            raise DTypeError(
                f"{dunder} in place: the result has dtype {onp.dtype(result.dtype)}, which an array of "
                f"{onp.dtype(self.dtype)} can not hold; use astype() on it first"
            )
        self[()] = result
        return self

    return method


for _dunder in _DUNDERS:
    setattr(ndarray, f"__{_dunder}__", _method(_dunder, mirrored=False))
    if _dunder not in ("eq", "ne", "gt", "ge", "lt", "le"):
        setattr(ndarray, f"__r{_dunder}__", _method(_dunder, mirrored=True))
        if _dunder != "pow":  # which makes a new array, as in 1.9.1
            setattr(ndarray, f"__i{_dunder}__", _inplace(_dunder))
install_methods(ndarray, [name for name in METHODS if name not in vars(ndarray)])
