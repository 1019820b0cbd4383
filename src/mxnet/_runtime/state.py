"""The state of the running thread: recording, training, NumPy semantics, shape inference."""

from __future__ import annotations

import threading
from typing import Any


class _State(threading.local):
    """Defaults live on the class, so that a new thread costs nothing and starts clean."""

    recording = False
    training = False
    np_shape = False
    np_array = False
    tracing = False
    """Shapes are being inferred: creation operators make tensors without storage."""
    tracer: Any = None
    """What is called with operators instead of running them, while recording; see ``gluon._deferred``."""
    any_strides = False
    """Inside a compiled program: between operators, values may have whatever strides suit the next one."""


state = _State()
process_np_shape = False
"""``set_np_shape(2)`` turns NumPy shapes on for every thread."""


def np_shape_active() -> bool:
    """Whether zero-dimensional and zero-size arrays are allowed, in this thread or in all."""
    return state.np_shape or process_np_shape


def set_process_np_shape(active: bool) -> bool:
    """Turn NumPy shapes on or off for all threads; returns what was."""
    global process_np_shape
    before, process_np_shape = process_np_shape, active
    return before
