"""Helpers for training: splitting batches over devices, clipping gradients, downloads."""

from __future__ import annotations

import collections
import math
import warnings
from collections.abc import Sequence
from numbers import Integral
from typing import Any

from mxnet import ndarray
from mxnet._base.errors import ArgumentError, CallError, WrongKindError
from mxnet._runtime.array import Array
from mxnet._runtime.context import Context
from mxnet._runtime.sparse import assign
from mxnet.ndarray import NDArray
from mxnet.util import is_np_array, is_np_shape

from ._download import _get_repo_file_url, _get_repo_url, check_sha1, download, replace_file  # noqa: F401
from ._errors import AxisError, NoPiecesError, RejectedError
from ._hooks import HookHandle

__all__ = [
    "HookHandle",
    "check_sha1",
    "clip_global_norm",
    "download",
    "replace_file",
    "shape_is_known",
    "split_and_load",
    "split_data",
]


def split_data(data: Any, num_slice: int, batch_axis: int = 0, even_split: bool = True) -> list[Any]:
    """Cut ``data`` into ``num_slice`` pieces along ``batch_axis``.

    Args:
        data: an array.
        num_slice: how many pieces.
        batch_axis: the axis of samples; negative numbers count from the last.
        even_split: require pieces of equal size; otherwise the first ones may have one sample more.

    Raises:
        ArgumentError: the samples cannot be divided evenly, there is no such axis, or ``num_slice`` is zero.
        WrongKindError: ``data`` is no array.

    >>> import mxnet as mx
    >>> [piece.shape for piece in split_data(mx.nd.zeros((4, 3)), 2)]
    [(2, 3), (2, 3)]
    """
    shape = getattr(data, "shape", None)
    if shape is None:
        raise WrongKindError(f"split_data: data is {type(data).__name__}, expected an array; mx.nd.array(x) makes one")
    if not -len(shape) <= batch_axis < len(shape):
        raise AxisError(f"split_data: batch_axis is {batch_axis}, expected an axis of data of shape {shape}")
    if not num_slice:
        raise NoPiecesError(f"split_data: num_slice is {num_slice}, expected 1 or more")
    size = shape[batch_axis]
    if even_split and size % num_slice:
        raise ArgumentError(
            f"data with shape {data.shape} cannot be evenly split into {num_slice} slices along axis {batch_axis}. Use "
            f"a batch size that's multiple of {num_slice} or set even_split=False to allow uneven partitioning of data."
        )
    small, larger = divmod(size, num_slice)
    ends = [i * small + min(i, larger) for i in range(num_slice + 1)]
    if num_slice == 1:
        return [data]
    if batch_axis == 0:
        return [data[a:b] for a, b in zip(ends, ends[1:], strict=False)]
    before = (slice(None),) * (batch_axis % len(shape))
    return [data[(*before, slice(a, b))] for a, b in zip(ends, ends[1:], strict=False)]


def split_and_load(data: Any, ctx_list: Sequence[Context], batch_axis: int = 0, even_split: bool = True) -> list[Any]:
    """Cut ``data`` into as many pieces as there are contexts and put each on its own.

    Args:
        data: an array, or anything an array can be made of.
        ctx_list: the contexts.
        batch_axis, even_split: as for :func:`split_data`.

    >>> import mxnet as mx
    >>> [x.context for x in split_and_load(mx.nd.zeros((4, 3)), [mx.cpu(0), mx.cpu(1)])]
    [cpu(0), cpu(1)]
    """
    if isinstance(ctx_list, Context):
        raise CallError(f"split_and_load: ctx_list must be a list of contexts like [mx.cpu()], got {ctx_list!r}")
    if ctx_list is None or not len(ctx_list):
        refused = CallError if ctx_list is None else NoPiecesError
        raise refused(f"split_and_load: ctx_list is {ctx_list}, expected a list of contexts like [mx.cpu()]")
    if not isinstance(data, Array):
        if is_np_array():
            from mxnet import numpy

            data = numpy.array(data, ctx=ctx_list[0])
        else:
            data = ndarray.array(data, ctx=ctx_list[0])
    if len(ctx_list) == 1:
        return [data.as_in_context(ctx_list[0])]
    pieces = split_data(data, len(ctx_list), batch_axis, even_split)
    return [piece.as_in_context(ctx) for piece, ctx in zip(pieces, ctx_list, strict=True)]


def clip_global_norm(arrays: Sequence[Any], max_norm: float, check_isfinite: bool = True) -> Any:
    """Scale ``arrays`` in place so that the 2-norm of all their elements together is at most ``max_norm``.

    Args:
        arrays: arrays, gradients as a rule, dense or sparse; they may be on several contexts.
        max_norm: the largest norm allowed.
        check_isfinite: look whether the norm is a number, warn if it is not, and return it as a Python float. This
            waits for the gradients; without it the norm comes as an array of shape (1,).

    >>> import mxnet as mx
    >>> g = mx.nd.array([3, 4])
    >>> clip_global_norm([g], 1.0)
    5.0
    >>> g.asnumpy()
    array([0.6, 0.8], dtype=float32)
    """
    arrays = list(arrays)
    if not arrays:
        raise RejectedError("clip_global_norm: got no arrays, expected at least one")
    home = arrays[0].context
    by_ctx: dict[Context, list[Any]] = collections.defaultdict(list)
    for array in arrays:
        by_ctx[array.context].append(array)
    squares = []
    for group in by_ctx.values():
        for array in group:
            held = NDArray(array._storage.data, array.context) if array._sparse else array
            flat = held.reshape((-1,)).astype("float32", copy=False)
            squares.append(ndarray.dot(flat, flat).as_in_context(home).reshape((1,)))
    norm = ndarray.sqrt(ndarray.add_n(*squares))
    if check_isfinite:
        value = float(norm.asscalar())
        if not math.isfinite(value):
            warnings.warn("nan or inf is detected. Clipping results will be undefined.", UserWarning, stacklevel=2)
    scale = ndarray.minimum(max_norm / (norm + 1e-8), ndarray.ones((1,), ctx=home))
    for ctx, group in by_ctx.items():
        factor = scale.as_in_context(ctx)
        for array in group:
            if array._sparse:
                held = array._storage
                assign(array, held.with_data(held.data * factor._ready().to(held.data.dtype)))
            else:
                array *= factor.astype(array.dtype, copy=False)
    return value if check_isfinite else norm


def _brief_print_list(values: Sequence[Any], limit: int = 7) -> str:
    """The values in quotes; of many only the first and last few."""
    values = list(values)
    if len(values) > limit:
        half = limit // 2
        return _brief_print_list(values[:half], limit) + ", ..., " + _brief_print_list(values[-half:], limit)
    return ", ".join(f"'{v!s}'" for v in values)


def shape_is_known(shape: Any) -> bool:
    """Whether every size of ``shape`` is known: 0 stands for one that is not, or -1 with NumPy shapes.

    >>> shape_is_known((2, 3)), shape_is_known((2, 0)), shape_is_known(None)
    (True, False, False)
    """
    if shape is None:
        return False
    unknown = -1 if is_np_shape() else 0
    if not shape:
        return unknown == -1
    for size in shape:
        if size == unknown:
            return False
        if not isinstance(size, Integral):
            raise CallError(f"sizes must be whole numbers, got {size!r}")
        if size < 0:
            raise RejectedError(f"shape dimension size cannot be less than {min(unknown, 0)}, while received {size}")
    return True
