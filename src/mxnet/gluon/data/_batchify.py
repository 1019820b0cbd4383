"""From a list of samples to a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import DTypeError, MXNetError, ShapeError
from mxnet.context import Context
from mxnet.ndarray import NDArray, array, stack
from mxnet.util import is_np_array

SHARED = Context("cpu_shared", 0)


def default_batchify_fn(data: Sequence[Any]) -> Any:
    """Samples as a batch: arrays and numbers are stacked along a new first axis; tuples part by part.

    Args:
        data: samples of one kind and shape. NumPy arrays and numbers keep their dtype.

    Returns:
        An array, or for tuples a list with one batch for each of their parts.

    Raises:
        ShapeError: samples differ in shape or in their number of parts.
        DTypeError: samples are not numbers.

    >>> default_batchify_fn([(1, 2.5), (3, 4.5)])[1].asnumpy().tolist()
    [2.5, 4.5]
    """
    return _batchify(data, None)


def default_mp_batchify_fn(data: Sequence[Any]) -> Any:
    """What :func:`default_batchify_fn` does, for worker processes: arrays are on ``cpu_shared(0)``."""
    return _batchify(data, SHARED)


def _batchify(data: Sequence[Any], ctx: Context | None) -> Any:
    first = data[0]
    if isinstance(first, NDArray):
        made = _stack(data)
        return made if ctx is None else made.as_in_context(ctx)
    if isinstance(first, tuple):
        return [_batchify(part, ctx) for part in _parts(data)]
    values = _as_numpy(data)
    if is_np_array():
        from mxnet.numpy import array as np_array

        return np_array(values, dtype=values.dtype, ctx=ctx)
    return array(values, dtype=values.dtype, ctx=ctx)


def _parts(data: Sequence[Any]) -> list[tuple[Any, ...]]:
    try:
        return list(zip(*data, strict=True))
    except (TypeError, ValueError) as error:
        counts = [len(sample) if hasattr(sample, "__len__") else None for sample in data]
        i = next((i for i, count in enumerate(counts) if count != counts[0]), None)
        if i is None:
            raise
        got = f"is {type(data[i]).__name__}" if counts[i] is None else f"has {_counted(counts[i])}"
        raise ShapeError(f"can not make a batch: sample {i} {got}, sample 0 has {_counted(counts[0])}") from error


def _counted(parts: int | None) -> str:
    return f"{parts} part" + "s" * (parts != 1)


def _stack(data: Sequence[NDArray]) -> NDArray:
    try:
        if data[0]._face == "np":
            from mxnet.numpy import stack as np_stack

            return np_stack(list(data))
        return stack(*data)
    except MXNetError as error:
        raise _uneven([d.shape for d in data], error) from error


def _as_numpy(data: Sequence[Any]) -> np.ndarray:
    try:
        values = np.asarray(data)
    except ValueError as error:
        raise _uneven([np.shape(d) for d in data], error) from error
    if values.dtype.kind not in "biuf":
        raise DTypeError(
            f"can not make a batch of {type(data[0])} like {str(data[0])[:60]!r}; expected numbers, arrays of them, or "
            "tuples; pass a batchify_fn for other samples"
        )
    return values


def _uneven(shapes: list[tuple[int, ...]], error: Exception) -> MXNetError:
    for i, shape in enumerate(shapes):
        if shape != shapes[0]:
            return ShapeError(
                f"can not make a batch: sample {i} has shape {shape}, expected {shapes[0]} as sample 0; pass a "
                "batchify_fn that pads"
            )
    return error if isinstance(error, MXNetError) else ShapeError(f"can not make a batch: {error}")
