"""Functions that make a batch of a list of samples, for ``DataLoader(batchify_fn=...)``. They are of MXNet 2.

>>> pairs = [([1, 2, 3], 0), ([4], 1)]
>>> [part.asnumpy().tolist() for part in Group(Pad(val=-1), Stack())(pairs)]
[[[1, 2, 3], [4, -1, -1]], [0, 1]]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet.ndarray import NDArray

from ._batchify import SHARED, default_batchify_fn, default_mp_batchify_fn

__all__ = ["Append", "AsList", "Group", "Pad", "Stack"]


class Stack:
    """Arrays or numbers of one shape, stacked along a new first axis.

    Args:
        use_shared_mem: put the batch on ``cpu_shared(0)``. Processes of a loader share their batches anyway.

    Raises:
        ShapeError: when called, samples differ in shape.
        DTypeError: when called, samples are not numbers.

    >>> Stack()([[1, 2], [3, 4]]).asnumpy().tolist()
    [[1, 2], [3, 4]]
    """

    def __init__(self, use_shared_mem: bool = False) -> None:
        self._make = default_mp_batchify_fn if use_shared_mem else default_batchify_fn

    def __call__(self, data: Sequence[Any]) -> Any:
        return self._make(data)


class Pad:
    """Arrays with as many axes, filled up at their ends to the longest of each axis, and stacked.

    Args:
        val: what to fill up with.
        dtype: of the batch; that of the samples unless given.
        round_to: lengths become a multiple of it.
        use_shared_mem: as for :class:`Stack`.

    Raises:
        ArgumentError: ``round_to`` is not positive.
        ShapeError: when called, samples differ in how many axes they have, or they have none.

    >>> Pad(round_to=4)([[1], [2, 3]]).asnumpy().tolist()
    [[1, 0, 0, 0], [2, 3, 0, 0]]
    """

    def __init__(
        self, val: float = 0, dtype: Any = None, round_to: int | None = None, use_shared_mem: bool = False
    ) -> None:
        if round_to is not None and round_to < 1:
            raise ArgumentError(f"Pad: round_to is {round_to}; expected 1 or more")
        self._val = val
        self._dtype = dtype
        self._round = round_to or 1
        self._stack = Stack(use_shared_mem)

    def __call__(self, data: Sequence[Any]) -> Any:
        arrays = [sample.asnumpy() if isinstance(sample, NDArray) else np.asarray(sample) for sample in data]
        axes = arrays[0].ndim
        for i, array in enumerate(arrays):
            if array.ndim != axes or not axes:
                raise ShapeError(
                    f"Pad: sample {i} has shape {array.shape} and sample 0 {arrays[0].shape}; expected as many axes, "
                    "at least one"
                )
        longest = np.max([array.shape for array in arrays], axis=0)
        shape = [-(-int(length) // self._round) * self._round for length in longest]
        dtype = np.result_type(*arrays) if self._dtype is None else self._dtype
        made = np.full((len(arrays), *shape), self._val, dtype)
        for whole, array in zip(made, arrays, strict=True):
            whole[tuple(slice(length) for length in array.shape)] = array
        return self._stack(list(made))


class Append:
    """Samples of any shapes as a list of arrays.

    Args:
        expand: give each a new axis of length 1, as if it were a batch.
        batch_axis: where that is.
        use_shared_mem: as for :class:`Stack`.

    >>> [array.shape for array in Append()([[1, 2], [3]])]
    [(1, 2), (1, 1)]
    """

    def __init__(self, expand: bool = True, batch_axis: int = 0, use_shared_mem: bool = False) -> None:
        self._expand = expand
        self._axis = batch_axis
        self._shared = use_shared_mem

    def __call__(self, data: Sequence[Any]) -> list[Any]:
        made = []
        for sample in data:
            array = sample if isinstance(sample, NDArray) else default_batchify_fn(np.asarray(sample)[None])[0]
            array = array.expand_dims(self._axis) if self._expand else array
            made.append(array.as_in_context(SHARED) if self._shared else array)
        return made


class Group:
    """Samples of several parts: each part made a batch of by its own function.

    Args:
        fn: the function for the first part; or a list or tuple of all of them.
        args: those for the others.

    Raises:
        ArgumentError: a function can not be called; when called, samples have not as many parts as there are functions.
    """

    def __init__(self, fn: Any, *args: Callable[[list[Any]], Any]) -> None:
        if isinstance(fn, (list, tuple)) and args:
            raise ArgumentError("Group: takes functions, or one list of them; got both")
        self._fn = tuple(fn) if isinstance(fn, (list, tuple)) else (fn, *args)
        for i, each in enumerate(self._fn):
            if not callable(each):
                raise ArgumentError(f"Group: function {i} is {type(each).__name__}; expected something to call")

    def __call__(self, data: Sequence[Any]) -> tuple[Any, ...]:
        for i, sample in enumerate(data):
            if not isinstance(sample, (list, tuple)) or len(sample) != len(self._fn):
                size = len(sample) if isinstance(sample, (list, tuple)) else "no"
                raise ArgumentError(
                    f"Group: sample {i} is {type(sample).__name__} with {size} parts; expected {len(self._fn)}, one "
                    "for each function"
                )
        return tuple(fn([sample[i] for sample in data]) for i, fn in enumerate(self._fn))


class AsList:
    """The samples as they are, in a list.

    >>> AsList()(["a", "b"])
    ['a', 'b']
    """

    def __call__(self, data: Sequence[Any]) -> list[Any]:
        return list(data)
