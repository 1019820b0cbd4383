"""Products, and polynomials, for arrays and for symbols: see ``_face``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mxnet._base.errors import ArgumentError, DTypeError
from mxnet.ndarray._operators import number_of

from ._face import Face


def dot(face: Face, a: Any, b: Any, out: Any = None) -> Any:
    """Matrix product, inner product of vectors, or product with a number.

    >>> from mxnet import np
    >>> np.dot(np.array([1, 2]), np.array([3, 4]))
    array(11.)
    """
    if not face.is_array(b) and (number := number_of(b)) is not None:
        return face.with_number("_npi_multiply_scalar", a, number, out, False)
    return face._np_dot(a, b, out=out)


def matmul(face: Face, a: Any, b: Any, out: Any = None, **kwargs: Any) -> Any:
    """Products of the matrices in the last two axes; the other axes broadcast.

    >>> from mxnet import np
    >>> np.matmul(np.ones((2, 3)), np.ones((3,)))
    array([3., 3.])
    """
    return face._npi_matmul(a, b, out=out)


def tensordot(face: Face, a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum of products over axes of both.

    Args:
        a, b: arrays.
        axes: how many, of the last of ``a`` and the first of ``b``; or the axes of ``a`` and those of ``b``.

    >>> from mxnet import np
    >>> np.tensordot(np.ones((2, 3)), np.ones((3, 2)), axes=1).shape
    (2, 2)
    """
    if isinstance(axes, int):
        if axes < 0:
            raise ArgumentError(f"tensordot: axes is {axes}, expected 0 or more")
        return face._npi_tensordot_int_axes(a, b, axes=axes)
    if len(axes) != 2:
        raise ArgumentError("tensordot: axes must consist of two parts, one for each array")
    left, right = ((part,) if isinstance(part, int) else tuple(part) for part in axes)
    if len(left) != len(right):
        raise ArgumentError("tensordot: axes must have the same length in both parts")
    return face._npi_tensordot(a, b, a_axes_summed=left, b_axes_summed=right)


def inner(face: Face, a: Any, b: Any) -> Any:
    """The sum of products over the last axes of both.

    >>> from mxnet import np
    >>> np.inner(np.array([1, 2]), np.array([3, 4]))
    array(11.)
    """
    return tensordot(face, a, b, ([-1], [-1]))


def vdot(face: Face, a: Any, b: Any) -> Any:
    """The sum of products of all elements.

    >>> from mxnet import np
    >>> np.vdot(np.array([1, 2]), np.array([3, 4]))
    array(11.)
    """
    return tensordot(face, face.flat(a), face.flat(b), 1)


def outer(face: Face, a: Any, b: Any) -> Any:
    """The products of every element of the one with every element of the other.

    >>> from mxnet import np
    >>> np.outer(np.array([1, 2]), np.array([3, 4]))
    array([[3., 4.],
           [6., 8.]])
    """
    return tensordot(face, face.flat(a), face.flat(b), 0)


def einsum(face: Face, *operands: Any, **kwargs: Any) -> Any:
    """Sums of products according to subscripts, as in ``einsum("ij,jk->ik", a, b)``.

    Args:
        operands: the subscripts, then the arrays.
        kwargs: ``out``; ``optimize``, whether to look for a good order of evaluation.

    >>> from mxnet import np
    >>> np.einsum('ij->i', np.ones((2, 3)))
    array([3., 3.])
    """
    options = {"out": None, "optimize": False, **kwargs}
    if len(options) > 2:
        raise DTypeError(f"einsum: got {sorted({*kwargs} - {'out', 'optimize'})}, expected out or optimize")
    if not operands or not isinstance(operands[0], str):
        raise ArgumentError("einsum: the first argument must be the subscripts, as 'ij,jk->ik'")
    return face._npi_einsum(
        *operands[1:], subscripts=operands[0], optimize=int(options["optimize"]), out=options["out"]
    )


def polyval(face: Face, p: Any, x: Any) -> Any:
    """The polynomial with the coefficients ``p``, the highest power first, at ``x``.

    >>> from mxnet import np
    >>> np.polyval(np.array([1, 0, 2]), np.array([3]))
    array([11.])
    """
    if not face.is_array(p) or not face.is_array(x):
        raise DTypeError(f"polyval: p is {type(p).__name__} and x {type(x).__name__}; expected arrays")
    return face._npi_polyval(p, x)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (dot, matmul, tensordot, inner, vdot, outer, einsum, polyval)
}
