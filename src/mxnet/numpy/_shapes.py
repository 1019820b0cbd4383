"""Functions that move elements, for arrays and for symbols: see ``_face``."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as onp

from mxnet._base.errors import ArgumentError, DTypeError, ShapeError
from mxnet.ndarray._operators import number_of

from ._face import Face, NotSupported


def reshape(face: Face, a: Any, newshape: Any, order: str = "C", out: Any = None) -> Any:
    """The same values in another shape, of which one -1 is worked out.

    Raises:
        ShapeError: the sizes do not multiply to the size of ``a``.
        ArgumentError: an ``order`` other than C.

    >>> from mxnet import np
    >>> np.reshape(np.ones((2, 3)), (3, -1)).shape
    (3, 2)
    """
    return face._np_reshape(a, newshape=newshape, order=order, out=out)


def ravel(face: Face, x: Any, order: str = "C") -> Any:
    """The values along one axis.

    >>> from mxnet import np
    >>> np.ravel(np.ones((2, 2)))
    array([1., 1., 1., 1.])
    """
    if order != "C":
        raise NotSupported(f"ravel: order is {order!r}, expected 'C'")
    return face.flat_view(x)


def transpose(face: Face, a: Any, axes: Any = None) -> Any:
    """The axes permuted, reversed if None.

    >>> from mxnet import np
    >>> np.transpose(np.ones((2, 3))).shape
    (3, 2)
    """
    return face._np_transpose(a, axes=axes)


def squeeze(face: Face, a: Any, axis: Any = None, out: Any = None) -> Any:
    """Without axes of size 1: all of them, or those named.

    >>> from mxnet import np
    >>> np.squeeze(np.ones((1, 3)))
    array([1., 1., 1.])
    """
    return face._np_squeeze(a, axis=axis, out=out)


def expand_dims(face: Face, a: Any, axis: int) -> Any:
    """A new axis of size 1.

    >>> from mxnet import np
    >>> np.expand_dims(np.ones((3,)), 0).shape
    (1, 3)
    """
    return face._npi_expand_dims(a, axis=axis)


def swapaxes(face: Face, a: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged.

    >>> from mxnet import np
    >>> np.swapaxes(np.ones((2, 3)), 0, 1).shape
    (3, 2)
    """
    return face._npi_swapaxes(a, dim1=axis1, dim2=axis2)


def moveaxis(face: Face, a: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other places; the others keep their order.

    >>> from mxnet import np
    >>> np.moveaxis(np.ones((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    return face._np_moveaxis(a, source=source, destination=destination)


def broadcast_to(face: Face, array: Any, shape: Any) -> Any:
    """Axes of size 1, and axes in front, repeated to ``shape``.

    >>> from mxnet import np
    >>> np.broadcast_to(np.array([1, 2]), (2, 2))
    array([[1., 2.],
           [1., 2.]])
    """
    if not face.is_array(array) and number_of(array) is not None:
        return face.full(shape, array)
    return face._npi_broadcast_to(array, shape=shape)


def flip(face: Face, m: Any, axis: Any = None, out: Any = None) -> Any:
    """In reverse order along ``axis``, or all axes.

    >>> from mxnet import np
    >>> np.flip(np.array([1, 2]))
    array([2., 1.])
    """
    if not face.is_array(m) and number_of(m) is not None:
        return m
    return face._npi_flip(m, axis=axis, out=out)


def flipud(face: Face, m: Any) -> Any:
    """In reverse order along the first axis.

    >>> from mxnet import np
    >>> np.flipud(np.array([[1], [2]]))
    array([[2.],
           [1.]])
    """
    return flip(face, m, 0)


def fliplr(face: Face, m: Any) -> Any:
    """In reverse order along the second axis.

    >>> from mxnet import np
    >>> np.fliplr(np.array([[1, 2]]))
    array([[2., 1.]])
    """
    return flip(face, m, 1)


def roll(face: Face, a: Any, shift: Any, axis: Any = None) -> Any:
    """Shifted along axes, around their ends; without ``axis`` the flattened array is.

    >>> from mxnet import np
    >>> np.roll(np.array([1, 2, 3]), 1)
    array([3., 1., 2.])
    """
    return face._np_roll(a, shift=shift, **({} if axis is None else {"axis": axis}))


def rot90(face: Face, m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """Turned by ``k`` right angles in the plane of two axes.

    >>> from mxnet import np
    >>> np.rot90(np.array([[1, 2]]))
    array([[2.],
           [1.]])
    """
    return face._npi_rot90(m, k=k, axes=axes)


def repeat(face: Face, a: Any, repeats: int, axis: int | None = None) -> Any:
    """Every element ``repeats`` times, along ``axis`` or flattened.

    >>> from mxnet import np
    >>> np.repeat(np.array([1, 2]), 2)
    array([1., 1., 2., 2.])
    """
    return face._np_repeat(a, repeats=repeats, axis=axis)


def tile(face: Face, A: Any, reps: Any) -> Any:
    """The whole array repeated ``reps`` times along each axis.

    >>> from mxnet import np
    >>> np.tile(np.array([1, 2]), 2)
    array([1., 2., 1., 2.])
    """
    return face._npi_tile(A, reps=reps)


def take(face: Face, a: Any, indices: Any, axis: int | None = None, mode: str = "raise", out: Any = None) -> Any:
    """The elements at ``indices`` along ``axis``, or of the flattened array.

    Args:
        a: an array.
        indices: whole numbers.
        axis: None for the flattened array.
        mode: for indices that are not there: raise, clip to the nearest, or wrap around.
        out: an array to write the result to.

    >>> from mxnet import np
    >>> np.take(np.array([1, 2, 3]), np.array([2, 0]), mode='clip')
    array([3., 1.])
    """
    if mode not in ("wrap", "clip", "raise"):
        raise NotSupported(f"take: function take does not support mode {mode!r}; expected raise, clip or wrap")
    if axis is None:
        return face._npi_take(face.flat_view(a), indices, axis=0, mode=mode, out=out)
    return face._npi_take(a, indices, axis=axis, mode=mode, out=out)


def copy(face: Face, a: Any, out: Any = None) -> Any:
    """A copy.

    >>> from mxnet import np
    >>> np.copy(np.array([1, 2]))
    array([1., 2.])
    """
    return face._np_copy(a, out=out)


# -- diagonals -------------------------------------------------------------------------------------------------------


def diag(face: Face, array: Any, k: int = 0) -> Any:
    """The ``k``-th diagonal of a matrix, or of one axis the matrix that has it there.

    >>> from mxnet import np
    >>> np.diag(np.array([1, 2]))
    array([[1., 0.],
           [0., 2.]])
    """
    return face._np_diag(array, k=k)


def diagflat(face: Face, array: Any, k: int = 0) -> Any:
    """A matrix with the flattened values on its ``k``-th diagonal.

    >>> from mxnet import np
    >>> np.diagflat(np.array([1, 2]))
    array([[1., 0.],
           [0., 2.]])
    """
    return face._np_diagflat(array, k=k)


def diagonal(face: Face, a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonals of the matrices in two axes, as last axis.

    >>> from mxnet import np
    >>> np.diagonal(np.ones((2, 2)))
    array([1., 1.])
    """
    return face._np_diagonal(a, offset=offset, axis1=axis1, axis2=axis2)


def trace(face: Face, a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, out: Any = None) -> Any:
    """The sums of the diagonals of the matrices in two axes.

    >>> from mxnet import np
    >>> np.trace(np.ones((2, 2)))
    array(2.)
    """
    return face._np_trace(a, offset=offset, axis1=axis1, axis2=axis2, out=out)


def tril(face: Face, m: Any, k: int = 0) -> Any:
    """Zero above the ``k``-th diagonal.

    >>> from mxnet import np
    >>> np.tril(np.ones((2, 2)))
    array([[1., 0.],
           [1., 1.]])
    """
    return face._npi_tril(m, k=k)


# -- joining and splitting -------------------------------------------------------------------------------------------


def concatenate(face: Face, seq: Sequence[Any], axis: int | None = 0, out: Any = None) -> Any:
    """The arrays one after the other along ``axis``, flattened if None.

    >>> from mxnet import np
    >>> np.concatenate([np.array([1]), np.array([2])])
    array([1., 2.])
    """
    return face._npi_concatenate(*_some("concatenate", seq), axis=axis, out=out)


def append(face: Face, arr: Any, values: Any, axis: int | None = None) -> Any:
    """``values`` after ``arr`` along ``axis``, both flattened if None.

    >>> from mxnet import np
    >>> np.append(np.array([1]), np.array([2]))
    array([1., 2.])
    """
    return face._npi_concatenate(arr, values, axis=axis)


def stack(face: Face, arrays: Sequence[Any], axis: int = 0, out: Any = None) -> Any:
    """The arrays side by side along a new axis.

    >>> from mxnet import np
    >>> np.stack([np.array([1]), np.array([2])])
    array([[1.],
           [2.]])
    """
    return face._npi_stack(*_some("stack", arrays), axis=axis, out=out)


def vstack(face: Face, arrays: Sequence[Any], out: Any = None) -> Any:
    """Rows below each other.

    >>> from mxnet import np
    >>> np.vstack([np.array([1]), np.array([2])])
    array([[1.],
           [2.]])
    """
    return face._npi_vstack(*_some("vstack", arrays), out=out)


def row_stack(face: Face, arrays: Sequence[Any]) -> Any:
    """Rows below each other.

    >>> from mxnet import np
    >>> np.row_stack([np.array([1]), np.array([2])])
    array([[1.],
           [2.]])
    """
    return face._npi_vstack(*_some("row_stack", arrays))


def hstack(face: Face, arrays: Sequence[Any]) -> Any:
    """Columns beside each other; arrays of one axis one after the other.

    >>> from mxnet import np
    >>> np.hstack([np.array([1]), np.array([2])])
    array([1., 2.])
    """
    return face._npi_hstack(*_some("hstack", arrays))


def dstack(face: Face, arrays: Sequence[Any]) -> Any:
    """One after the other along the third axis.

    >>> from mxnet import np
    >>> np.dstack([np.array([1]), np.array([2])])
    array([[[1., 2.]]])
    """
    return face._npi_dstack(*_some("dstack", arrays))


def column_stack(face: Face, tup: Sequence[Any]) -> Any:
    """Columns beside each other; an array of one axis is a column.

    >>> from mxnet import np
    >>> np.column_stack([np.array([1]), np.array([2])])
    array([[1., 2.]])
    """
    return face._npi_column_stack(*_some("column_stack", tup))


def _some(who: str, arrays: Any) -> list[Any]:
    listed = list(arrays)
    if not listed:
        raise ArgumentError(f"{who}: need at least one array to join")
    return listed


def _at_least(axes: int) -> Callable[..., Any]:
    def call(face: Face, *arys: Any) -> Any:
        made = getattr(face, f"_np_atleast_{axes}d")(*arys, num_args=len(arys))
        return made

    call.__name__ = f"atleast_{axes}d"
    call.__doc__ = f"Each array with {axes} axes at least: one array, or a list of several."
    return call


def _cuts(who: str, face: Face, ary: Any, indices_or_sections: Any, axis: int) -> dict[str, Any]:
    if isinstance(indices_or_sections, int):
        size = face.size_along(ary, axis)
        if size is not None and (indices_or_sections < 1 or size % indices_or_sections):
            raise ShapeError("array split does not result in an equal division")
        return {"indices": [], "sections": indices_or_sections}
    if isinstance(indices_or_sections, (list, tuple, set)):
        return {"indices": [0, *indices_or_sections], "sections": 0}
    raise ArgumentError(f"{who}: indices_or_sections is {indices_or_sections!r}, expected a number or a tuple of them")


def _parts(made: Any) -> list[Any]:
    return made if isinstance(made, list) else [made]


def split(face: Face, ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts along ``axis``: so many equal ones, or cut before each of the given indices.

    Raises:
        ShapeError: the axis can not be cut so.

    >>> from mxnet import np
    >>> np.split(np.array([1, 2]), 2)
    [array([1.]), array([2.])]
    """
    cuts = _cuts("split", face, ary, indices_or_sections, axis)
    return _parts(face._npi_split(ary, axis=axis, squeeze_axis=False, **cuts))


def array_split(face: Face, ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts along ``axis``, of which the first are longer by one where it can not be cut in equal ones.

    >>> from mxnet import np
    >>> np.array_split(np.array([1, 2, 3]), 2)
    [array([1., 2.]), array([3.])]
    """
    if isinstance(indices_or_sections, int):
        size = face.size_along(ary, axis)
        if size is None:
            return split(face, ary, indices_or_sections, axis)
        each, longer = divmod(size, indices_or_sections)
        ends = [(i + 1) * each + (i + 1 if i < longer else longer) for i in range(indices_or_sections)]
        indices_or_sections = ends[:-1]
    return split(face, ary, indices_or_sections, axis)


def vsplit(face: Face, ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts along the first axis; see ``split``.

    >>> from mxnet import np
    >>> np.vsplit(np.ones((2, 1)), 2)
    [array([[1.]]), array([[1.]])]
    """
    _enough("vsplit", face, ary, 2)
    return split(face, ary, indices_or_sections, 0)


def hsplit(face: Face, ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts along the second axis, or the only one; see ``split``.

    >>> from mxnet import np
    >>> np.hsplit(np.ones((1, 2)), 2)
    [array([[1.]]), array([[1.]])]
    """
    _enough("hsplit", face, ary, 1)
    axis = 0 if (face.ndim(ary) or 2) < 2 else 1
    cuts = _cuts("hsplit", face, ary, indices_or_sections, axis)
    return _parts(face._npi_hsplit(ary, axis=1, squeeze_axis=False, **cuts))


def dsplit(face: Face, ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts along the third axis; see ``split``.

    >>> from mxnet import np
    >>> np.dsplit(np.ones((1, 1, 2)), 2)
    [array([[[1.]]]), array([[[1.]]])]
    """
    _enough("dsplit", face, ary, 3)
    cuts = _cuts("dsplit", face, ary, indices_or_sections, 2)
    return _parts(face._npi_dsplit(ary, axis=2, squeeze_axis=False, **cuts))


def _enough(who: str, face: Face, ary: Any, least: int) -> None:
    axes = face.ndim(ary)
    if axes is not None and axes < least:
        raise ShapeError(f"{who} only works on arrays of {least} or more dimensions; got {axes}")


# -- choosing --------------------------------------------------------------------------------------------------------


def unique(
    face: Face,
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
) -> Any:
    """The different elements, or slices along ``axis``, in order.

    Args:
        ar: an array.
        return_index: give where each is first, too.
        return_inverse: give which of them each element is, too.
        return_counts: give how often each is, too.
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
    """Without the elements at a number, a slice or an array of places, along ``axis`` or flattened.

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
    """``values`` put before a number, a slice or an array of places, along ``axis`` or flattened.

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
    """Axes made longer at both ends.

    Args:
        x: an array.
        pad_width: for each axis how much before and after; one pair, or number, for all.
        mode: constant, edge, maximum, minimum, reflect or symmetric.
        kwargs: constant_values, a number, for constant; reflect_type, ``even`` alone, for reflect and symmetric.

    Raises:
        ArgumentError: a mode or option that there is not.

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
    """What places in the flattened array are as indices of an array of ``shape``.

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
    """The values in another shape, over and over again if it is larger.

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
    f.__name__: f
    for f in (reshape, ravel, transpose, squeeze, expand_dims, swapaxes, moveaxis, broadcast_to, flip, flipud, fliplr)
}
FUNCTIONS |= {
    f.__name__: f
    for f in (roll, rot90, repeat, tile, take, copy, diag, diagflat, diagonal, trace, tril, concatenate, append, stack)
}
FUNCTIONS |= {
    f.__name__: f
    for f in (vstack, row_stack, hstack, dstack, column_stack, split, array_split, vsplit, hsplit, dsplit, unique)
}
FUNCTIONS |= {
    f.__name__: f for f in (delete, insert, pad, where, nonzero, unravel_index, resize, *map(_at_least, (1, 2, 3)))
}
