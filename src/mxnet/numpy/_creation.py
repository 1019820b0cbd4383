"""Functions that create arrays, for arrays and for symbols: see ``_face``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as onp

from mxnet._base.errors import ArgumentError
from mxnet._runtime.context import current_context
from mxnet._runtime.dtypes import NAME, torch_dtype

from ._face import Face, NotSupported


def _order(who: str, order: str) -> None:
    if order != "C":
        raise NotSupported(f"{who}: order is {order!r}, expected 'C'")


def _here(ctx: Any) -> str:
    return str(ctx or current_context())


def name_of(dtype: Any) -> Any:
    """The name of a dtype in files; NumPy's letters are accepted too, and None stays None.

    Raises:
        DTypeError: it is not a dtype.
    """
    return dtype if dtype is None else NAME[torch_dtype(dtype)]


def zeros(face: Face, shape: Any, dtype: Any = onp.float32, order: str = "C", ctx: Any = None) -> Any:
    """Zeros of the given shape.

    >>> from mxnet import np
    >>> np.zeros((2,))
    array([0., 0.])
    """
    _order("zeros", order)
    return face._npi_zeros(shape=shape, ctx=_here(ctx), dtype=name_of(dtype or "float32"))


def ones(face: Face, shape: Any, dtype: Any = onp.float32, order: str = "C", ctx: Any = None) -> Any:
    """Ones of the given shape.

    >>> from mxnet import np
    >>> np.ones((2,))
    array([1., 1.])
    """
    _order("ones", order)
    return face._npi_ones(shape=shape, ctx=_here(ctx), dtype=name_of(dtype or "float32"))


def full(
    face: Face, shape: Any, fill_value: Any, dtype: Any = None, order: str = "C", ctx: Any = None, out: Any = None
) -> Any:
    """An array filled with ``fill_value``; float32, or bool for a bool, unless ``dtype`` is given.

    >>> from mxnet import np
    >>> np.full((2,), 3)
    array([3., 3.])
    """
    _order("full", order)
    if face.is_array(fill_value):
        made = broadcast(face, fill_value, shape)
        return made if dtype is None else face._npi_cast(made, dtype=name_of(dtype))
    if dtype is None:
        dtype = "bool" if isinstance(fill_value, bool) else "float32"
    return face._npi_full(shape=shape, value=fill_value, ctx=_here(ctx), dtype=name_of(dtype), out=out)


def broadcast(face: Face, array: Any, shape: Any) -> Any:
    return face._npi_broadcast_to(array, shape=(shape,) if isinstance(shape, int) else tuple(shape))


def full_like(
    face: Face, a: Any, fill_value: float, dtype: Any = None, order: str = "C", ctx: Any = None, out: Any = None
) -> Any:
    """An array like ``a`` filled with ``fill_value``; its dtype is that of ``a`` unless ``dtype`` is given.

    >>> from mxnet import np
    >>> np.full_like(np.ones((2,)), 3)
    array([3., 3.])
    """
    _order("full_like", order)
    return face._npi_full_like(a, fill_value=fill_value, dtype=name_of(dtype), ctx=_here(ctx), out=out)


def zeros_like(face: Face, a: Any, dtype: Any = None, order: str = "C", ctx: Any = None, out: Any = None) -> Any:
    """Zeros in the shape of ``a``.

    >>> from mxnet import np
    >>> np.zeros_like(np.ones((2,)))
    array([0., 0.])
    """
    return full_like(face, a, 0, dtype, order, ctx, out)


def ones_like(face: Face, a: Any, dtype: Any = None, order: str = "C", ctx: Any = None, out: Any = None) -> Any:
    """Ones in the shape of ``a``.

    >>> from mxnet import np
    >>> np.ones_like(np.zeros((2,)))
    array([1., 1.])
    """
    return full_like(face, a, 1, dtype, order, ctx, out)


def arange(face: Face, start: float, stop: Any = None, step: float = 1, dtype: Any = None, ctx: Any = None) -> Any:
    """Numbers from ``start`` up to, not including, ``stop``; from 0 up to ``start`` without it.

    Raises:
        ArgumentError: ``step`` is 0.

    >>> from mxnet import np
    >>> np.arange(3)
    array([0., 1., 2.])
    """
    if stop is None:
        start, stop = 0, start
    if step == 0:
        raise ArgumentError("arange: step cannot be 0")
    return face._npi_arange(
        start=start, stop=stop, step=1 if step is None else step, dtype=name_of(dtype or "float32"), ctx=_here(ctx)
    )


def eye(face: Face, N: int, M: int | None = None, k: int = 0, dtype: Any = onp.float32, **kwargs: Any) -> Any:
    """Ones on the ``k``-th diagonal, zeros elsewhere. Keyword: ctx.

    >>> from mxnet import np
    >>> np.eye(2)
    array([[1., 0.],
           [0., 1.]])
    """
    ctx = kwargs.pop("ctx", None)
    if kwargs:
        raise ArgumentError(f"eye: got {sorted(kwargs)}, expected ctx")
    return face._npi_eye(N=N, M=M, k=k, ctx=_here(ctx), dtype=name_of(dtype or "float32"))


def identity(face: Face, n: int, dtype: Any = None, ctx: Any = None) -> Any:
    """A square matrix with ones on its main diagonal.

    >>> from mxnet import np
    >>> np.identity(2)
    array([[1., 0.],
           [0., 1.]])
    """
    if not isinstance(n, int):
        raise ArgumentError(f"identity: n is {n!r}, expected a number")
    if n < 0:
        raise ArgumentError(f"identity: n is {n}, expected 0 or more")
    return face._npi_identity(shape=(n, n), ctx=_here(ctx), dtype=name_of(dtype or "float32"))


def linspace(
    face: Face,
    start: float,
    stop: float,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    ctx: Any = None,
) -> Any:
    """``num`` evenly spaced numbers, and with ``retstep`` also their distance.

    Raises:
        ArgumentError: ``axis`` is not 0; ``start`` and ``stop`` must be numbers.

    >>> from mxnet import np
    >>> np.linspace(0, 1, 3)
    array([0. , 0.5, 1. ])
    """
    _on_one_axis("linspace", start, stop, axis)
    made = face._npi_linspace(start=start, stop=stop, num=num, endpoint=endpoint, ctx=_here(ctx), dtype=name_of(dtype))
    parts = num - 1 if endpoint else num
    return (made, (stop - start) / parts if parts else float("nan")) if retstep else made


def logspace(
    face: Face,
    start: float,
    stop: float,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10.0,
    dtype: Any = None,
    axis: int = 0,
    ctx: Any = None,
) -> Any:
    """``base`` to the power of ``num`` evenly spaced numbers; arguments as for ``linspace``.

    >>> from mxnet import np
    >>> np.logspace(0, 2, 3)
    array([  1.,  10., 100.])
    """
    _on_one_axis("logspace", start, stop, axis)
    return face._npi_logspace(
        start=start, stop=stop, num=num, endpoint=endpoint, base=base, ctx=_here(ctx), dtype=name_of(dtype)
    )


def _on_one_axis(who: str, start: Any, stop: Any, axis: int) -> None:
    if isinstance(start, (list, tuple, onp.ndarray)) or isinstance(stop, (list, tuple, onp.ndarray)):
        raise NotSupported(f"{who}: start and stop must be numbers")
    if axis != 0:
        raise NotSupported(f"{who}: axis is {axis}; expected 0")


def indices(face: Face, dimensions: Any, dtype: Any = onp.int32, ctx: Any = None) -> Any:
    """The index of each element of an array of shape ``dimensions``, a block for each of its axes.

    >>> from mxnet import np
    >>> np.indices((2,))
    array([[0, 1]], dtype=int32)
    """
    if not isinstance(dimensions, (tuple, list)):
        raise ArgumentError(f"indices: dimensions is {dimensions!r}, expected a tuple")
    return face._npi_indices(dimensions=dimensions, dtype=name_of(dtype), ctx=_here(ctx))


def _window(name: str, text: str) -> Callable[..., Any]:
    def call(face: Face, M: int, dtype: Any = onp.float32, ctx: Any = None) -> Any:
        return getattr(face, f"_npi_{name}")(M=M, dtype=name_of(dtype), ctx=_here(ctx))

    call.__name__ = name
    call.__doc__ = f"The {text} window of ``M`` points."
    return call


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (zeros, ones, full, full_like, zeros_like, ones_like, arange, eye, identity, linspace, logspace, indices)
}
for _name, _text in (("hanning", "Hann"), ("hamming", "Hamming"), ("blackman", "Blackman")):
    FUNCTIONS[_name] = _window(_name, _text)
