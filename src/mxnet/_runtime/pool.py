"""Freed memory of arrays on the CPU is kept for the next ones, as 1.9.1's pool keeps it.

torch takes every tensor from the C library. glibc gives large blocks back to the system at once and has to ask for each
page again, zeroed: a quarter of the time of a step whose arrays have tens of megabytes.
"""

from __future__ import annotations

import ctypes
import os
import sys

from mxnet._base import settings

_TRIM, _MAP = -1, -3
"""Parameters of ``mallopt``: how much free memory at its end makes the heap shrink, and from which size on blocks lie
outside of the heap.
"""
_KEPT = 1 << 30
_LARGEST = 1 << 28
_OWN = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")


def keep_freed_memory() -> bool:
    """Let the process keep up to a gigabyte of unused memory, in blocks of up to 256 MB; returns whether it will.

    It will not where the C library is not glibc, where ``MXNET_CPU_MEM_POOL_TYPE`` is Unpooled, or where the
    environment has its own settings for glibc.
    """
    if not sys.platform.startswith("linux") or any(name in os.environ for name in _OWN):
        return False
    if settings.get("MXNET_CPU_MEM_POOL_TYPE") == "Unpooled":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_MAP, _LARGEST)) and bool(mallopt(_TRIM, _KEPT))
