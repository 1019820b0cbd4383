"""``_Symbol``: a symbol with NumPy's rules, which ``Symbol.as_np_ndarray`` gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mxnet._base.errors import ArgumentError, DTypeError, NotImplementedForSymbol
from mxnet.numpy import _reductions as reductions
from mxnet.numpy import _shapes as shapes
from mxnet.numpy import _ufuncs as ufuncs
from mxnet.symbol.symbol import Symbol

from ._face import symbols


class BadKey(ArgumentError, IndexError):
    """A key that symbols can not be indexed by."""


class _Symbol(Symbol):
    """A symbol with NumPy's rules: operators broadcast, comparisons give bool, a full reduction has no axes.

    Methods of ``Symbol`` that NumPy's arrays do not have (``exp``, ``softmax``) are still there, where 1.9.1 raises
    AttributeError.

    >>> import mxnet as mx
    >>> x = mx.sym.var("x").as_np_ndarray()
    >>> y = (x + 1).sum()
    >>> with mx.np_shape():
    ...     y.infer_shape(x=(2, 3))[1]
    [()]
    """

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]
    _face = "np"

    def __getitem__(self, key: Any) -> Any:
        """One of several outputs by number or a slice; of one output a part, by numbers and slices.

        Raises:
            BadKey: of one output, anything else.
        """
        if len(self._outputs) > 1:
            return super().__getitem__(key)
        if isinstance(key, tuple) and not key:
            return self
        face = symbols()
        if isinstance(key, int) and not isinstance(key, bool):
            last = key + 1 or None
            part = face._npi_slice(self, begin=[key], end=[last])
            return face._npx_reshape(part, newshape=(-3, -4))
        if isinstance(key, slice):
            begin, end = ([None] if v is None else v for v in (key.start, key.stop))
            return face._npi_slice(self, begin=begin, end=end, step=key.step)
        if isinstance(key, tuple) and all(isinstance(k, (int, slice)) for k in key):
            places = [k if isinstance(k, slice) else slice(k, k + 1 or None, 1) for k in key]
            part = face._npi_slice(
                self, begin=[p.start for p in places], end=[p.stop for p in places], step=[p.step for p in places]
            )
            return face._npx_reshape(part, newshape=(*(-2 if isinstance(k, slice) else -3 for k in key), -4))
        raise BadKey(f"Only integer, slice, or tuple of these types are supported! Received key={key}")

    def __setitem__(self, key: Any, value: Any) -> None:
        raise NotImplementedForSymbol(self.__setitem__, None)

    def __iter__(self) -> Any:
        if len(self._outputs) == 1:
            raise DTypeError("a symbol of one output can not be iterated over: its size is not known; index it")
        return super().__iter__()

    def __neg__(self) -> _Symbol:
        return symbols().with_number("_npi_multiply_scalar", self, -1.0, None, True)

    def __abs__(self) -> _Symbol:
        return symbols()._npi_abs(self)

    def __matmul__(self, other: Any) -> _Symbol:
        return symbols()._npi_matmul(self, other)

    def __deepcopy__(self, memo: Any) -> _Symbol:
        return super().__deepcopy__(memo)  # type: ignore[return-value]

    def as_nd_ndarray(self) -> Symbol:
        """The same outputs as a symbol of ``mx.sym``."""
        return Symbol(self._outputs)

    def as_np_ndarray(self) -> _Symbol:
        """Itself."""
        return self

    @property
    def T(self) -> _Symbol:
        """The axes in reverse order."""
        return self.transpose()

    # -- operators ----------------------------------------------------------------------------------------------

    def argmax(self, axis: int | None = None, out: Any = None) -> _Symbol:
        """``np.argmax``."""
        return reductions.argmax(symbols(), self, axis)

    def argmin(self, axis: int | None = None, out: Any = None) -> _Symbol:
        """``np.argmin``."""
        return reductions.argmin(symbols(), self, axis)

    def argsort(self, axis: int = -1, kind: Any = None, order: Any = None) -> _Symbol:
        """``np.argsort``."""
        return reductions.argsort(symbols(), self, axis, kind, order)

    def sort(self, axis: int = -1, kind: Any = None, order: Any = None) -> _Symbol:
        """``np.sort``."""
        return reductions.sort(symbols(), self, axis, kind, order)

    def astype(
        self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True
    ) -> _Symbol:
        """The values in another dtype.

        Raises:
            ArgumentError: an option off its default.
        """
        if order != "K" or casting != "unsafe" or not subok or not copy:
            raise ArgumentError(
                f"astype: order={order!r}, casting={casting!r}, subok={subok}, copy={copy}; expected 'K', 'unsafe', "
                "True and True"
            )
        return symbols()._npi_cast(self, dtype="float32" if dtype is None else dtype)

    def clip(self, min: Any = None, max: Any = None, out: Any = None) -> _Symbol:
        """``np.clip``."""
        return ufuncs.clip(symbols(), self, min, max)

    def cumsum(self, axis: int | None = None, dtype: Any = None, out: Any = None) -> _Symbol:
        """``np.cumsum``."""
        return reductions.cumsum(symbols(), self, axis, dtype)

    def dot(self, b: Any, out: Any = None) -> _Symbol:
        """``np.dot``."""
        return symbols()._np_dot(self, b)

    def flatten(self, order: str = "C") -> _Symbol:
        """The values along one axis."""
        return symbols()._np_reshape(self, newshape=(-1,), order=order)

    def max(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> _Symbol:
        """``np.max``."""
        return symbols()._np_max(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> _Symbol:
        """``np.mean``."""
        return reductions.mean(symbols(), self, axis, dtype, None, keepdims)

    def min(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> _Symbol:
        """``np.min``."""
        return symbols()._np_min(self, axis=axis, keepdims=keepdims)

    def prod(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> _Symbol:
        """``np.prod``."""
        return symbols()._np_prod(self, axis=axis, dtype=dtype, keepdims=keepdims)

    def repeat(self, repeats: int, axis: int | None = None) -> _Symbol:
        """``np.repeat``."""
        return shapes.repeat(symbols(), self, repeats, axis)

    def reshape(self, *args: Any, **kwargs: Any) -> _Symbol:
        """``np.reshape``, with the sizes as one tuple or one by one. Keyword: order, C alone."""
        order = kwargs.pop("order", "C")
        if order != "C":
            raise ArgumentError(f"reshape: order is {order!r}, expected 'C'")
        sizes = args or (kwargs.pop("newshape", kwargs.pop("shape", ())),)
        if kwargs:
            raise DTypeError(f"reshape: got unknown keyword {sorted(kwargs)[0]!r}; expected newshape or order")
        if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
            sizes = tuple(sizes[0])
        return symbols()._np_reshape(self, newshape=sizes, order=order)

    def round(self, decimals: int = 0, out: Any = None, **kwargs: Any) -> _Symbol:
        """``np.round``."""
        return ufuncs.around(symbols(), self, decimals, None, **kwargs)

    def squeeze(self, axis: Any = None) -> _Symbol:
        """``np.squeeze``."""
        return shapes.squeeze(symbols(), self, axis)

    def std(self, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
        """``np.std``."""
        return reductions.std(symbols(), self, axis, dtype, None, ddof, keepdims)

    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> _Symbol:
        """``np.sum``."""
        return symbols()._np_sum(self, axis=axis, dtype=dtype, keepdims=keepdims)

    def swapaxes(self, axis1: int, axis2: int) -> _Symbol:
        """``np.swapaxes``."""
        return shapes.swapaxes(symbols(), self, axis1, axis2)

    def take(self, indices: Any, axis: int | None = None, mode: str = "raise") -> _Symbol:
        """``np.take``."""
        return shapes.take(symbols(), self, indices, axis, mode)

    def transpose(self, *axes: Any) -> _Symbol:
        """``np.transpose``, with the axes as one tuple or one by one."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
            axes = axes[0]
        return symbols()._np_transpose(self, axes=axes or None)

    def var(self, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
        """``np.var``."""
        return reductions.var(symbols(), self, axis, dtype, None, ddof, keepdims)


_OPERATORS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "true_divide",
    "div": "true_divide",
    "mod": "mod",
    "pow": "power",
    "eq": "equal",
    "ne": "not_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "lt": "less",
    "le": "less_equal",
}


def _operator(name: str, mirrored: bool) -> Callable[[Any, Any], Any]:
    row = ufuncs.BINARY[name]

    def method(self: Any, other: Any) -> Any:
        left, right = (other, self) if mirrored else (self, other)
        return ufuncs.combine(symbols(), row, name, left, right)

    return method


for _name, _function in _OPERATORS.items():
    setattr(_Symbol, f"__{_name}__", _operator(_function, mirrored=False))
    if _name not in ("eq", "ne", "gt", "ge", "lt", "le"):
        setattr(_Symbol, f"__r{_name}__", _operator(_function, mirrored=True))
