"""Errors of the data package."""

from __future__ import annotations

import multiprocessing

from mxnet._base.errors import MXNetError


class WorkerError(MXNetError):
    """A worker process is gone: killed, out of memory, ended by the code it ran. Or its batch can not be received."""


class WorkerTimeout(MXNetError, multiprocessing.TimeoutError):
    """A worker took longer over a batch than the loader's ``timeout``."""
