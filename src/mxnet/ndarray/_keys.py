"""What programs written for 1.9.1 ask about index keys. The arrays here do not use it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError
from mxnet._runtime.array import Array
from mxnet._runtime.indexing import BadIndex

BASIC, ADVANCED = 0, 1


def get_oshape_of_gather_nd_op(dshape: Sequence[int], ishape: Sequence[int]) -> tuple[int, ...]:
    """The shape of ``gather_nd(data, indices)`` from the shapes of both.

    >>> get_oshape_of_gather_nd_op((2, 3, 4), (2, 5))
    (5, 4)
    """
    return (*ishape[1:], *dshape[ishape[0] :])


def indexing_key_expand_implicit_axes(key: Any, shape: Sequence[int]) -> tuple[tuple[Any, ...], int]:
    """``key`` with a slice for every axis it leaves out, and -1.

    Raises:
        BadIndex: more than one ``...``.

    >>> indexing_key_expand_implicit_axes((..., 1), (2, 3, 4))
    ((slice(None, None, None), slice(None, None, None), 1), -1)
    """
    keys = list(key) if isinstance(key, tuple) else [key]
    dots = [i for i, k in enumerate(keys) if k is Ellipsis]
    if len(dots) > 1:
        raise BadIndex("Cannot use more than one ellipsis (`...`) for indexing")
    missing = len(shape) - sum(k is not None and k is not Ellipsis for k in keys)
    at = dots[0] if dots else len(keys)
    keys[at : at + 1] = [slice(None)] * missing
    return tuple(keys), -1


def get_indexing_dispatch_code(key: tuple[Any, ...]) -> int:
    """0 where ``key`` gives a view (numbers, slices, None), 1 where arrays or lists select.

    Raises:
        ArgumentError: something else is in it.

    >>> get_indexing_dispatch_code((slice(None), 1)), get_indexing_dispatch_code(([0, 2], 1))
    (0, 1)
    """
    code = BASIC
    for part in key:
        if isinstance(part, (Array, np.ndarray, list, tuple)):
            code = ADVANCED
        elif part is not None and not isinstance(part, (slice, int, np.integer)):
            raise ArgumentError(f"NDArray does not support slicing with key {part} of type {type(part)}.")
    return code
