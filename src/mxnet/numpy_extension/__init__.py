"""What goes with ``mx.np`` and NumPy does not have: operators of networks, semantics switches and contexts."""

from __future__ import annotations

from typing import Any

from mxnet._runtime.context import Context, cpu, cpu_pinned, current_context, gpu, gpu_memory_info, num_gpus
from mxnet._runtime.engine import waitall
from mxnet.base import classproperty
from mxnet.numpy._face import arrays as _arrays
from mxnet.numpy._operators import exposed as _exposed
from mxnet.util import (
    get_cuda_compute_capability,
    is_np_array,
    is_np_shape,
    reset_np,
    set_np,
    use_np,
    use_np_array,
    use_np_shape,
)

from . import image, random, utils
from .utils import load, save


def reshape(a: Any, newshape: Any, reverse: bool = False, order: str = "C") -> Any:
    """The same values in another shape, which may be given by codes.

    Args:
        a: an array.
        newshape: sizes, and -1 for an inferred size, -2 for the size of this axis, -3 to leave out this axis of size
            1, -4 for all axes left, -5 for this axis times the next, -6 to split this axis into the two sizes that
            follow.
        reverse: read both from the right.
        order: must be C.

    Raises:
        ShapeError: the sizes or codes do not fit.

    >>> import mxnet as mx
    >>> reshape(mx.np.ones((2, 3, 4)), (-2, -5)).shape
    (2, 12)
    """
    return _arrays()._npx_reshape(a, newshape=newshape, reverse=reverse, order=order)


def nonzero(a: Any) -> Any:
    """The indices of elements that are not zero, one in each row.

    >>> import mxnet as mx
    >>> nonzero(mx.np.array([0, 1, 1]))
    array([[1],
           [2]], dtype=int64)
    """
    return _arrays()._npx_nonzero(a)


def constraint_check(x: Any, msg: str) -> Any:
    """True if all of ``x`` is true, else an error with the message ``msg``.

    >>> import mxnet as mx
    >>> constraint_check(mx.np.ones((2,)) > 0, "not positive")
    array(True)
    """
    return _arrays()._npx_constraint_check(x, msg=msg)


__all__ = [
    "Context",
    "classproperty",
    "constraint_check",
    "cpu",
    "cpu_pinned",
    "current_context",
    "get_cuda_compute_capability",
    "gpu",
    "gpu_memory_info",
    "image",
    "is_np_array",
    "is_np_shape",
    "load",
    "nonzero",
    "num_gpus",
    "random",
    "reset_np",
    "reshape",
    "save",
    "set_np",
    "use_np",
    "use_np_array",
    "use_np_shape",
    "utils",
    "waitall",
]
__getattr__, __dir__ = _exposed(globals(), "_npx_")
