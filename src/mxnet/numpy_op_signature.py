"""Which functions of ``mx.np`` and ``mx.npx`` call the operators that are named after them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import numpy as mx_np
from . import numpy_extension as mx_npx

_FACES = {"_np_": mx_np, "_npx_": mx_npx}


def _get_builtin_op(op_name: str) -> Callable[..., Any] | None:
    """The function that is named after the operator ``op_name``; None if there is none, as for ``_npi_*``.

    Source: behaviour of MXNet 1.9.1

    >>> import mxnet as mx
    >>> _get_builtin_op("_np_sum") is mx.np.sum, _get_builtin_op("_npx__image_resize") is mx.npx.image.resize
    (True, True)
    """
    for prefix, face in _FACES.items():
        if op_name.startswith(prefix):
            path = op_name.removeprefix(prefix)
            if path.startswith("_"):  # of a submodule, image or random
                submodule, _, path = path[1:].partition("_")
                face = getattr(face, submodule, None)
            return getattr(face, path, None)
    return None
