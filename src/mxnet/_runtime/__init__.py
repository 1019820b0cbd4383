"""Arrays, devices, recording and random numbers: the imperative core over torch."""

from __future__ import annotations

import multiprocessing.pool  # noqa: F401  # programs say multiprocessing.pool.Pool and import only multiprocessing and MXNet

from .pool import keep_freed_memory

keep_freed_memory()
