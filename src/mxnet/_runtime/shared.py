"""Values in memory that other processes can map, given to them as the number of an open file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence

import torch


class SharedFile(int):
    """The number of an open file, which is closed when this object is gone."""

    def __del__(self, close: Callable[[int], None] = os.close) -> None:  # at the end of the process os may be gone
        close(self)

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        return int, (int(self),)


def _mapped(file: int, shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    empty = torch.empty(tuple(shape), dtype=dtype, device="meta")
    if not empty.numel():
        return torch.empty(tuple(shape), dtype=dtype)
    # opened by its name, since mapping a file by its number keeps another number open
    values: torch.Tensor = torch.from_file(f"/dev/fd/{int(file)}", shared=True, size=empty.numel(), dtype=dtype)
    return values.reshape(tuple(shape))


def write(values: torch.Tensor) -> SharedFile:
    """A file in memory with a copy of ``values``."""
    if hasattr(os, "memfd_create"):
        file = SharedFile(os.memfd_create("mxnet"))
    else:
        with tempfile.TemporaryFile() as made:
            file = SharedFile(os.dup(made.fileno()))
    os.ftruncate(file, values.nbytes)
    _mapped(file, values.shape, values.dtype).copy_(values)
    return file


def read(file: int, shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    """The values in a file that :func:`write` made, here or in another process; shares memory with it.

    A number that came from another process is closed: it was sent only for this.
    """
    values = _mapped(file, shape, dtype)
    if not isinstance(file, SharedFile):
        os.close(file)
    return values
