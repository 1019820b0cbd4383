"""Waiting, and errors that are raised at the wait.

What can be known at a call (shapes, dtypes, devices, missing parameters) is raised at the call. What depends on
values, a negative standard deviation say, makes the result a *failed* array: it has shape and dtype, everything
computed from it fails with it, and the error is raised once, by the first wait that meets it. A failed array has
no ``_data``: the hot path never asks, and ``Array.__getattr__`` raises ``FailedInput`` where it is missing. Calls that
write to an array that is there already, by ``out`` or in place, raise at once (in 1.9.1 at the wait).
``MXNET_ENGINE_TYPE=NaiveEngine`` raises at the call instead.
"""

from __future__ import annotations

import threading
import traceback
import weakref
from typing import Any

import torch

from mxnet._base import settings
from mxnet._base.errors import MXNetError


class ValueFailure(MXNetError):
    """Raised by a kernel when input values, not their shapes, are at fault."""


class Failure:
    """An error waiting to be told, once."""

    __slots__ = ("error", "told", "__weakref__")

    def __init__(self, error: MXNetError) -> None:
        self.error = error
        self.told = False


class FailedInput(MXNetError):
    """Control flow of the dispatcher: an input has no value because of ``failure``."""

    def __init__(self, failure: Failure, meta: torch.Tensor) -> None:
        super().__init__(str(failure.error))
        self.failure = failure
        self.meta = meta


_lock = threading.Lock()
_untold: weakref.WeakSet[Failure] = weakref.WeakSet()
"""Failures that some array still holds and no wait has met. Those whose arrays are gone no longer matter."""


def is_naive() -> bool:
    """Whether value errors are to be raised at the call."""
    return settings.get("MXNET_ENGINE_TYPE") == "NaiveEngine"


def fail(error: MXNetError) -> Failure:
    """Keep an error for the next wait; it remembers the line of user code that is running."""
    frame = next((f for f in reversed(traceback.extract_stack()) if "mxnet" not in f.filename.replace("\\", "/")), None)
    if frame is not None:
        error.args = (f"{error.args[0]} (issued at {frame.filename}:{frame.lineno})", *error.args[1:])
    error.__traceback__ = None  # its frames would keep the arrays alive, and these the failure
    failure = Failure(error)
    with _lock:
        _untold.add(failure)
    return failure


def tell(failure: Failure) -> None:
    """Raise the error, unless a wait has done so before."""
    with _lock:
        told, failure.told = failure.told, True
        _untold.discard(failure)
    if not told:
        raise failure.error


def waitall() -> None:
    """Wait until everything asked for is computed; raise the first error not yet told.

    >>> waitall()
    """
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
    elif torch.backends.mps.is_available():
        torch.mps.synchronize()
    with _lock:
        failures = list(_untold)
        _untold.clear()
        for failure in failures:
            failure.told = True
    if failures:
        raise failures[0].error


def synchronize(data: Any) -> None:
    """Wait for the device that computes ``data``."""
    if data.is_cuda:
        torch.cuda.synchronize(data.device)
    elif data.device.type == "mps":
        torch.mps.synchronize()
