"""Arrays repeated to one shape."""

from __future__ import annotations

from typing import Any

import numpy as onp

from .multiarray import as_array, ndarray

__all__ = ["broadcast_arrays"]


def broadcast_arrays(*args: Any) -> list[ndarray]:
    """Each array with its axes of size 1, and axes in front, repeated to the shape of all."""
    listed = [as_array(a) for a in args]
    wanted = onp.broadcast_shapes(*[a.shape for a in listed])
    return [a.broadcast_to(wanted) for a in listed]
