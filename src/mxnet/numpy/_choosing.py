"""Functions that select, insert and delete elements, for arrays and for symbols: see ``_face``."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as onp

from mxnet._base.errors import ArgumentError, DTypeError
from mxnet.ndarray._operators import number_of

from ._face import Face, NotSupported


def unique(
    face: Face,
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
) -> Any:
    """The unique elements, or slices along ``axis``, sorted.

    Args:
        ar: an array.
        return_index: also return the first index of each.
        return_inverse: also return, for each element, its index among the unique ones.
        return_counts: also return how often each occurs.
        axis: None for the flattened array.

    >>> from mxnet import np
    >>> np.unique(np.array([3, 1, 3]))
    array([1., 3.])
    """
    made = face._npi_unique(
        ar, return_index=return_index, return_inverse=return_inverse, return_counts=return_counts, axis=axis
    )
    return tuple(made) if isinstance(made, list) and face.concrete else made


def _named(who: str, obj: Any) -> dict[str, Any]:
    if isinstance(obj, slice):
        step = 1 if obj.step is None else obj.step
        return {"start": obj.start, "stop": obj.stop, "step": step}
    if isinstance(obj, bool) or not isinstance(obj, (int, onp.integer)):
        raise DTypeError(f"{who}: 'obj' can not support type {type(obj)}; expected a number, a slice or an array")
    return {"int_ind": int(obj)}


def delete(face: Face, arr: Any, obj: Any, axis: int | None = None) -> Any:
    """A copy without the elements at an index, a slice or an array of indices, along ``axis`` or flattened.

    >>> from mxnet import np
    >>> np.delete(np.array([1, 2, 3]), 1)
    array([1., 3.])
    """
    if not face.is_array(arr):
        raise DTypeError(f"delete: 'arr' can not support type {type(arr)}; expected an array")
    if face.is_array(obj):
        return face._npi_delete(arr, obj, axis=axis)
    return face._npi_delete(arr, axis=axis, **_named("delete", obj))


def insert(face: Face, arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """A copy with ``values`` before an index, a slice or an array of indices, along ``axis`` or flattened.

    >>> from mxnet import np
    >>> np.insert(np.array([1, 2]), 1, 9)
    array([1., 9., 2.])
    """
    number = None if face.is_array(values) else number_of(values)
    if number is None and not face.is_array(values):
        raise DTypeError(f"insert: 'values' can not support type {type(values)}; expected an array or a number")
    if not face.is_array(arr):
        raise DTypeError(f"insert: 'arr' can not support type {type(arr)}; expected an array")
    given = () if number is not None else (values,)
    said = {} if number is None else {"val": number}
    if face.is_array(obj):
        return face._npi_insert_tensor(arr, *given, obj, axis=axis, **said)
    named = _named("insert", obj)
    op = face._npi_insert_scalar if "int_ind" in named else face._npi_insert_slice
    return op(arr, *given, axis=axis, **named, **said)


def pad(face: Face, x: Any, pad_width: Any = None, mode: str = "constant", **kwargs: Any) -> Any:
    """``x`` padded at both ends of its axes.

    Args:
        x: an array.
        pad_width: for each axis the widths before and after; or one pair, or number, for all axes.
        mode: constant, edge, maximum, minimum, reflect or symmetric.
        kwargs: ``constant_values``, a number, for constant; ``reflect_type``, only ``even``, for reflect and symmetric.

    Raises:
        ArgumentError: the mode or an option does not exist.

    >>> from mxnet import np
    >>> np.pad(np.array([1, 2]), ((1, 1),), mode='edge')
    array([1., 1., 2., 2.])
    """
    options = {"constant": ["constant_values"], "reflect": ["reflect_type"], "symmetric": ["reflect_type"]}
    if mode not in ("constant", "edge", "maximum", "minimum", "reflect", "symmetric"):
        raise ArgumentError(f"pad: mode '{mode}' is not supported")
    unknown = set(kwargs) - set(options.get(mode, []))
    if unknown:
        raise ArgumentError(f"pad: unsupported keyword arguments for mode '{mode}': {sorted(unknown)}")
    if pad_width is None:
        raise ArgumentError("pad: pad_width is missing")
    if kwargs.get("reflect_type", "even") != "even":
        raise ArgumentError(f"unsupported reflect_type '{kwargs['reflect_type']}'")
    if "constant_values" in kwargs:
        kwargs["constant_value"] = kwargs.pop("constant_values")
    return face._npi_pad(x, pad_width=_pairs(pad_width, face.ndim(x)), mode=mode, **kwargs)


def _pairs(width: Any, axes: int | None) -> tuple[tuple[int, int], ...]:
    """``width`` as a pair for each axis, as far as the number of axes is known."""
    if isinstance(width, int):
        width = ((width, width),)
    elif all(isinstance(w, int) for w in width):
        width = (tuple(width) * (1 if len(width) == 2 else 2),)
    listed = tuple((int(pair[0]), int(pair[-1])) for pair in width)
    return listed * axes if len(listed) == 1 and axes else listed


def where(face: Face, condition: Any, x: Any = None, y: Any = None) -> Any:
    """``x`` where ``condition`` is true, else ``y``; axes of size 1 are repeated to fit.

    Without ``x`` and ``y`` the indices of what is true, an array for each axis.

    >>> from mxnet import np
    >>> np.where(np.array([1, 0]), np.array([1, 2]), 9)
    array([1., 9.])
    """
    if x is None and y is None:
        return nonzero(face, condition)
    left, right = (None if face.is_array(v) else number_of(v) for v in (x, y))
    if left is None and right is None:
        return face._npi_where(condition, x, y)
    if left is None:
        return face._npi_where_rscalar(condition, x, scalar=float(right))
    if right is None:
        return face._npi_where_lscalar(condition, y, scalar=float(left))
    return face._npi_where_scalar2(condition, x=float(left), y=float(right))


def unravel_index(face: Face, indices: Any, shape: Any, order: str = "C") -> Any:
    """The indices, in an array of ``shape``, of places in the flattened array.

    An array for each axis; of a symbol one with a row for each, as 1.9.1 gives.

    >>> from mxnet import np
    >>> np.unravel_index(np.array([5], dtype='int64'), (2, 3))
    (array([1], dtype=int64), array([2], dtype=int64))
    """
    if order != "C":
        raise NotSupported(f"unravel_index: order is {order!r}, expected 'C'")
    made = face._unravel_index(indices, shape=(shape,) if isinstance(shape, int) else tuple(shape))
    return tuple(made) if face.concrete else made


def resize(face: Face, a: Any, new_shape: Any) -> Any:
    """The values in another shape, repeated if it is larger.

    >>> from mxnet import np
    >>> np.resize(np.array([1, 2]), (3,))
    array([1., 2., 1.])
    """
    sizes = (new_shape,) if isinstance(new_shape, int) else tuple(new_shape)
    count = math.prod(sizes)
    if face.concrete and not face.is_array(a):
        a = face._np_copy(a)
    if face.concrete and not a.size:
        return face._npi_zeros(shape=sizes, dtype=a.dtype, ctx=str(a.ctx))
    places = face._npi_arange(start=0, stop=count, step=1, dtype="int64")
    taken = face._npi_take(face.flat_view(a), places, axis=0, mode="wrap")
    return face._np_reshape(taken, newshape=sizes)


def nonzero(face: Face, a: Any) -> Any:
    """The indices of what is not zero, an array for each axis.

    >>> from mxnet import np
    >>> np.nonzero(np.array([0, 3]))
    (array([1], dtype=int64),)
    """
    found = face._npi_nonzero(a)
    if not face.concrete:
        raise ArgumentError("nonzero: how many there are depends on values, which symbols do not have; use npx.nonzero")
    return tuple(found[:, i] for i in range(found.shape[1]))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (unique, delete, insert, pad, where, unravel_index, resize, nonzero)
}
