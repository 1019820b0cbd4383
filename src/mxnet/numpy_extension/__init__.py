"""What goes with ``mx.np`` and NumPy does not have: semantics switches and contexts."""

from mxnet._runtime.context import cpu, cpu_pinned, current_context, gpu, num_gpus
from mxnet._runtime.engine import waitall
from mxnet.util import is_np_array, is_np_shape, reset_np, set_np, use_np, use_np_array, use_np_shape

__all__ = [
    "cpu",
    "cpu_pinned",
    "current_context",
    "gpu",
    "is_np_array",
    "is_np_shape",
    "num_gpus",
    "reset_np",
    "set_np",
    "use_np",
    "use_np_array",
    "use_np_shape",
    "waitall",
]
