"""Where the tests of this folder compute: on a device that is made up, or on a GPU where there is one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch

import mxnet as mx

IS_GPU = os.environ.get("MXNET_TEST_DEVICE") == "gpu"
if not IS_GPU:
    from tests.devices import other_device  # before anything runs backward


def gpu() -> AbstractContextManager[None]:
    """``mx.gpu(0)`` is the device, and what new arrays go to."""
    if IS_GPU:
        return _real()
    return other_device.gpu()


@contextmanager
def _real() -> Iterator[None]:
    """Without the shorter mantissas that cuDNN may multiply with: what is compared was computed on a CPU."""
    before, torch.backends.cudnn.allow_tf32 = torch.backends.cudnn.allow_tf32, False
    try:
        with mx.gpu(0):
            yield
    finally:
        torch.backends.cudnn.allow_tf32 = before
