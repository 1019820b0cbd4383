"""Functions that join and split, for arrays and for symbols: see ``_face``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mxnet._base.errors import ArgumentError, ShapeError

from ._face import Face


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
    """Parts along ``axis``: a number of equal ones, or cut before each of the given indices.

    Raises:
        ShapeError: the axis cannot be cut in this way.

    >>> from mxnet import np
    >>> np.split(np.array([1, 2]), 2)
    [array([1.]), array([2.])]
    """
    cuts = _cuts("split", face, ary, indices_or_sections, axis)
    return _parts(face._npi_split(ary, axis=axis, squeeze_axis=False, **cuts))


def array_split(face: Face, ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts along ``axis``; the first ones are longer by one if they cannot be equal.

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


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (concatenate, append, stack, vstack, row_stack, hstack, dstack, column_stack, split, array_split, vsplit)
}
FUNCTIONS |= {
    f.__name__: f
    for f in (
        hsplit,
        dsplit,
    )
}
FUNCTIONS |= {f.__name__: f for f in map(_at_least, (1, 2, 3))}
