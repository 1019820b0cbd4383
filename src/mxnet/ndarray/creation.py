"""Arrays from numbers, from NumPy, from other libraries."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch

from mxnet._base.errors import ArgumentError, CallError, DTypeError, InputTypeError, Unfit, WrongKindError
from mxnet._ops.types import sizes_of
from mxnet._runtime.context import Context, chosen, current_context, of_tensor
from mxnet._runtime.copies import of_host
from mxnet._runtime.dtypes import NAME, torch_dtype
from mxnet._runtime.shapes import whole
from mxnet._runtime.state import state
from mxnet._runtime.writes import given_away

from ._namespace import function
from .ndarray import NDArray

_Shape = Any


def make(cls: type[NDArray], source: Any, ctx: Context | None, dtype: torch.dtype | None) -> Any:
    """An array of class ``cls`` with a copy of ``source``; ``dtype`` None is that of an array, else float32."""
    ctx = chosen(ctx)
    if isinstance(source, NDArray):
        if state.recording and not source._sparse:  # a copy is an operation too, with a gradient
            made = source.astype(dtype or source._meta().dtype).as_in_context(ctx)
            return made if made.__class__ is cls else made._as(cls)
        data = source._ready()
        if source._sparse:
            return cls(data.to(device=ctx.device, dtype=dtype or data.dtype), ctx)
        return cls(data.to(device=ctx.device, dtype=dtype or data.dtype, copy=True), ctx)
    if isinstance(source, torch.Tensor):
        return cls(source.detach().to(device=ctx.device, dtype=torch_dtype(dtype or source.dtype), copy=True), ctx)
    values = host_values(source)
    data = of_host(values)
    return cls(data.to(device=ctx.device, dtype=dtype or torch.float32, copy=True).contiguous(), ctx)


def host_values(source: Any) -> np.ndarray:
    """``source`` as a contiguous NumPy array that torch can take.

    Raises:
        DTypeError: it holds something other than numbers.
    """
    if not isinstance(source, np.ndarray):
        try:
            if isinstance(source, (list, tuple)) and source and isinstance(source[0], NDArray):
                source = [s.asnumpy() if isinstance(s, NDArray) else s for s in source]  # half the time of __array__
            source = np.array(source)
        except ValueError as error:
            raise DTypeError(f"source_array must be array like object: {error}") from None
    if source.dtype.kind in "US" or (source.dtype.kind == "O" and source.ndim):  # numbers as text, tables of columns
        try:
            source = source.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise DTypeError(f"source_array must be array like object, got {source.dtype}: {error}") from None
    if source.dtype.kind not in "biuf":
        raise DTypeError(f"source_array must be array like object, got dtype {source.dtype}")
    if source.dtype.kind == "u" and source.dtype.itemsize > 1:
        source = source.astype(np.int64)
    if source.dtype.itemsize > 8:
        source = source.astype(np.float64)
    if not source.dtype.isnative or not source.flags.writeable:
        source = source.astype(source.dtype.newbyteorder("="), copy=True)
    return np.ascontiguousarray(source).reshape(source.shape)


def array(source_array: Any, ctx: Context | None = None, dtype: Any = None) -> NDArray:
    """An array with a copy of ``source_array``.

    Args:
        source_array: numbers, nested lists, a NumPy array, an NDArray, a torch tensor; sparse arrays, and csr
            matrices of ``scipy.sparse``, make sparse arrays.
        ctx: where it goes; the current context if None.
        dtype: that of an NDArray source if None, else float32.

    Raises:
        DTypeError: the source does not hold numbers.

    >>> array([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    if getattr(source_array, "_sparse", False) or type(source_array).__module__.startswith("scipy.sparse"):
        from . import sparse

        return sparse.array(source_array, ctx, dtype)
    return make(NDArray, source_array, ctx, None if dtype is None else torch_dtype(dtype))


def _sizes(shape: _Shape) -> tuple[Any, ...]:
    """A shape given as one number or several."""
    try:
        return sizes_of(shape)
    except TypeError:
        raise InputTypeError(f"shape is {shape!r}, expected a whole number or a tuple of them") from None


def _filled(op: str, /, shape: _Shape, ctx: Context | None, dtype: Any, **more: Any) -> NDArray:
    shape = _sizes(shape)
    dtype = "float32" if dtype is None else NAME[torch_dtype(dtype)]
    return function(op)(shape=shape, ctx=str(ctx or current_context()), dtype=dtype, **more)


def zeros(shape: _Shape, ctx: Context | None = None, dtype: Any = None, stype: str | None = None, **kwargs: Any) -> Any:
    """Zeros of the given shape; float32 unless ``dtype`` says otherwise.

    >>> zeros((2,)).asnumpy()
    array([0., 0.], dtype=float32)
    """
    if stype not in (None, "default"):
        from . import sparse

        return sparse.zeros(stype, shape, ctx, dtype, **kwargs)
    return _filled("_zeros", shape, ctx, dtype, **kwargs)


def ones(shape: _Shape, ctx: Context | None = None, dtype: Any = None, **kwargs: Any) -> Any:
    """Ones in the given shape; float32 unless ``dtype`` says otherwise.

    >>> ones((2,)).asnumpy()
    array([1., 1.], dtype=float32)
    """
    return _filled("_ones", shape, ctx, dtype, **kwargs)


def full(shape: _Shape, val: Any, ctx: Context | None = None, dtype: Any = np.float32, out: Any = None) -> NDArray:
    """``val`` everywhere.

    >>> full((2,), 7).asnumpy()
    array([7., 7.], dtype=float32)
    """
    if state.tracer is not None and out is None and isinstance(val, (int, float)):  # only operators can be traced
        return _filled("_full", shape, ctx, dtype, value=val)
    made = empty(shape, ctx, dtype) if out is None else out
    made[:] = val
    return made


def empty(shape: _Shape, ctx: Context | None = None, dtype: Any = None, stype: str | None = None) -> NDArray:
    """An array of the given shape whose values are still to be written; sizes may be 0, as in 1.9.1.

    >>> empty((2, 3)).shape
    (2, 3)
    """
    from mxnet._kernels.creation import known_shape

    if stype not in (None, "default"):
        from . import sparse

        return sparse.empty(stype, shape, ctx, dtype)
    shape = whole("empty", _sizes(shape))
    if 0 not in shape or min(shape) < 0:  # elsewhere a size of 0 is one that is not known
        known_shape("empty", shape)
    ctx = chosen(ctx)
    return NDArray(torch.empty(shape, dtype=torch_dtype(dtype), device=ctx.device), ctx)


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool | None = None,
    ctx: Context | None = None,
    dtype: Any = np.float32,
) -> NDArray:
    """Numbers from ``start`` up to, not including, ``stop``, each ``repeat`` times. ``infer_range`` is for symbols.

    With ``dtype=None`` they are float64.

    >>> arange(0, 3, repeat=2).asnumpy()
    array([0., 0., 1., 1., 2., 2.], dtype=float32)
    """
    return function("_arange")(
        start=start,
        stop=stop,
        step=step,
        repeat=repeat,
        infer_range=bool(infer_range),
        ctx=str(ctx or current_context()),
        dtype=NAME[torch_dtype(dtype, torch.float64)],
    )


def linspace(
    start: float, stop: float, num: int, endpoint: bool = True, ctx: Context | None = None, dtype: Any = np.float32
) -> NDArray:
    """``num`` numbers at equal distances from ``start`` to ``stop``, which is the last unless ``endpoint`` is False.

    With ``dtype=None`` they are float64.

    >>> linspace(0, 1, 3).asnumpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return function("_linspace")(
        start=start,
        stop=stop,
        num=num,
        endpoint=endpoint,
        ctx=str(ctx or current_context()),
        dtype=NAME[torch_dtype(dtype, torch.float64)],
    )


def eye(N: int, M: int = 0, k: int = 0, ctx: Context | None = None, dtype: Any = None, **kwargs: Any) -> NDArray:
    """N by M matrix (N by N where M is 0) with ones on the diagonal ``k`` places above the main one.

    >>> eye(2).asnumpy()
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    name = "float32" if dtype is None else NAME[torch_dtype(dtype)]
    return function("_eye")(N=N, M=M, k=k, ctx=str(ctx or current_context()), dtype=name, **kwargs)


def from_numpy(ndarray: np.ndarray, zero_copy: bool = True, array_cls: type = NDArray) -> Any:
    """The NumPy array as an array on the CPU: with ``zero_copy`` the same memory, which NumPy may then not write to.

    Raises:
        ArgumentError: ``zero_copy`` of an array that is not C-contiguous.

    >>> from_numpy(np.arange(3.0)).asnumpy()
    array([0., 1., 2.])
    """
    if not isinstance(ndarray, np.ndarray):
        raise WrongKindError(
            f"from_numpy: expected an array of NumPy, got {type(ndarray).__name__}; array() takes others"
        )
    if ndarray.dtype.kind not in "biuf":
        raise CallError(f"from_numpy: {ndarray.dtype} is not supported, expected numbers or truth values")
    if not zero_copy:
        return make(array_cls, ndarray, Context("cpu"), torch_dtype(ndarray.dtype))
    if not ndarray.flags["C_CONTIGUOUS"]:
        raise ArgumentError("from_numpy: only C-contiguous arrays can be shared; pass zero_copy=False")
    with warnings.catch_warnings():
        # torch warns of memory that NumPy must not write to; here sharing makes it so on purpose
        warnings.simplefilter("ignore", UserWarning)
        data = of_host(ndarray)
    ndarray.flags["WRITEABLE"] = False
    return array_cls(data, Context("cpu"))


def from_dlpack(dlpack: Any) -> NDArray:
    """The memory behind a DLPack capsule, or behind any object with ``__dlpack__``, as an array.

    Raises:
        Unfit: it is none, or a capsule that was taken before.

    >>> import torch
    >>> from_dlpack(torch.ones(2)).shape
    (2,)
    """
    try:
        data = torch.utils.dlpack.from_dlpack(dlpack)
    except RuntimeError as error:
        raise Unfit(
            "from_dlpack: Invalid DLPack Tensor. DLTensor capsules can be consumed only once; got "
            f"{type(dlpack).__name__}: {error}"
        ) from None
    torch_dtype(data.dtype)
    return NDArray(given_away(data.detach()), of_tensor(data))


def to_dlpack_for_read(data: NDArray) -> Any:
    """A DLPack capsule that shares memory with ``data``, for reading.

    >>> import torch
    >>> torch.from_dlpack(to_dlpack_for_read(ones((2,))))
    tensor([1., 1.])
    """
    return data.to_dlpack_for_read()


def to_dlpack_for_write(data: NDArray) -> Any:
    """A DLPack capsule that shares memory with ``data``, for writing.

    >>> import torch
    >>> x = ones((2,))
    >>> _ = torch.from_dlpack(to_dlpack_for_write(x)).mul_(3)
    >>> x.asnumpy()
    array([3., 3.], dtype=float32)
    """
    return data.to_dlpack_for_write()
