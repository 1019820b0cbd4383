"""Functions that move elements, for arrays and for symbols: see ``_face``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mxnet.ndarray._operators import number_of

from ._face import Face, NotSupported


def reshape(face: Face, a: Any, newshape: Any, order: str = "C", out: Any = None) -> Any:
    """The same values in another shape; one size may be -1, which is inferred.

    Raises:
        ShapeError: the sizes do not fit the size of ``a``.
        ArgumentError: ``order`` is not C.

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
    """``array`` broadcast to ``shape``: axes of size 1 are repeated, and new axes are added in front.

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
        mode: for indices out of range: ``raise``, ``clip`` to the nearest, or ``wrap`` around.
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
    """The ``k``-th diagonal of a matrix; or, for an array of one axis, the matrix with it on that diagonal.

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


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (reshape, ravel, transpose, squeeze, expand_dims, swapaxes, moveaxis, broadcast_to, flip, flipud, fliplr)
}
FUNCTIONS |= {
    f.__name__: f
    for f in (
        roll,
        rot90,
        repeat,
        tile,
        take,
        copy,
        diag,
        diagflat,
        diagonal,
        trace,
        tril,
    )
}
