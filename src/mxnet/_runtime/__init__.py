"""Arrays, devices, recording and random numbers: the imperative core over torch."""

from __future__ import annotations

from .pool import keep_freed_memory

keep_freed_memory()
