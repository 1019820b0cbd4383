"""Devices: ``mx.cpu()``, ``mx.gpu()`` and the current context."""

from ._runtime.context import Context, cpu, cpu_pinned, current_context, gpu, gpu_memory_info, num_gpus
from .base import classproperty, with_metaclass

__all__ = [
    "Context",
    "classproperty",
    "cpu",
    "cpu_pinned",
    "current_context",
    "gpu",
    "gpu_memory_info",
    "num_gpus",
    "with_metaclass",
]
