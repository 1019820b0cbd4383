"""Batches on their way: arrays from a worker process in shared memory, everything else pickled; or in pinned memory."""

from __future__ import annotations

import io
import pickle
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np
import torch

from mxnet._runtime.copies import of_host
from mxnet.context import Context
from mxnet.ndarray import NDArray

from ._batchify import SHARED

_SMALL = 4096
"""NumPy arrays up to this many bytes are pickled; a file for each would cost more."""


class _Pickler(ForkingPickler):
    """Pickles arrays as handles of shared memory.

    Args:
        file: where to write.
        fresh: whether nobody else uses the arrays. Otherwise they are copied first: sharing a tensor moves its memory,
            and changes to the batch would then change an array of the data set in the worker.
    """

    def __init__(self, file: io.BytesIO, fresh: bool) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._fresh = fresh

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, NDArray):
            return _rebuild, (type(value), self._share(value._ready().cpu()))
        if type(value) is np.ndarray and value.nbytes > _SMALL and value.dtype.isnative:
            try:
                tensor = of_host(value)
            except TypeError:  # a dtype that torch does not have
                return NotImplemented
            return torch.Tensor.numpy, (tensor.clone().share_memory_(),)
        return NotImplemented

    def _share(self, data: torch.Tensor) -> torch.Tensor:
        alone = self._fresh and data.untyped_storage().nbytes() == data.nbytes
        return (data if alone else data.clone()).share_memory_()


def _rebuild(cls: type[NDArray], data: torch.Tensor) -> NDArray:
    return cls(data, SHARED)


def pack(batch: Any, fresh: bool) -> bytes:
    """``batch`` as bytes, in the worker. Anything that cannot be pickled raises here, where the loader sees it."""
    out = io.BytesIO()
    _Pickler(out, fresh).dump(batch)
    return out.getvalue()


def unpack(content: bytes) -> Any:
    """The batch in bytes that :func:`pack` made in a process of our own; NDArrays are on ``cpu_shared(0)``."""
    return ForkingPickler.loads(content)


def pinned(batch: Any, device_id: int) -> Any:
    """``batch`` with its arrays in memory that GPUs read directly, on ``cpu_pinned(device_id)``."""
    if isinstance(batch, NDArray):
        data = batch._ready()
        if torch.cuda.is_available():
            data = data.pin_memory()
        return type(batch)(data, Context("cpu_pinned", device_id))
    if isinstance(batch, (list, tuple)):
        return [pinned(part, device_id) for part in batch]
    if isinstance(batch, dict):
        return {key: pinned(part, device_id) for key, part in batch.items()}
    return batch
