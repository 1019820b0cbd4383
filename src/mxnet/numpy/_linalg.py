"""Linear algebra, for arrays and for symbols: see ``_face``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mxnet._base.errors import DTypeError
from mxnet.ndarray._operators import number_of

from ._face import Face, NotSupported


def _several(face: Face, made: Any) -> Any:
    return tuple(made) if face.concrete else made


def _entrywise(face: Face, x: Any, largest: bool, axis: tuple[int, int], keepdims: bool) -> Any:
    """The largest or smallest sum of absolute values down the columns."""
    row, column = axis
    if not keepdims and 0 <= row < column:
        column -= 1
    elif not keepdims and column < row < 0:
        column += 1
    sums = face._np_sum(face._npi_abs(x), axis=row, keepdims=keepdims)
    return (face._np_max if largest else face._np_min)(sums, axis=column, keepdims=keepdims)


def norm(face: Face, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Norm of vectors or matrices.

    Args:
        x: an array.
        ord: order of the norm: of vectors any number or infinity; of matrices 1, -1, 2, -2, inf, -inf, "fro" or "nuc".
            None for the root of the sum of squares.
        axis: one axis, that of vectors; or two, those of matrices; None for all.
        keepdims: leave the axes with size 1.

    Raises:
        DTypeError: ``axis`` is something else.

    >>> from mxnet import np
    >>> np.linalg.norm(np.array([3, 4]))
    array(5.)
    """
    if axis is not None and not isinstance(axis, (int, tuple)):
        raise DTypeError("'axis' must be None, an integer or a tuple of integers.")
    axis = (axis,) if isinstance(axis, int) else axis
    ord = float(ord) if ord in ("inf", "-inf") else ord
    flag = {"fro": 1, "nuc": 2}.get(ord) if isinstance(ord, str) else None
    if ord is None:
        flag = -2 if axis is None else 1
    elif isinstance(ord, str) and flag is None:
        raise NotSupported(f"norm: ord is {ord!r}, expected a number, 'fro' or 'nuc'")
    if flag is not None:
        return face._npi_norm(x, ord=2, axis=axis, keepdims=keepdims, flag=flag)
    if axis is not None and len(axis) == 2:
        if ord in (1, -1) and (axis[0] < 0) == (axis[1] < 0):
            return _entrywise(face, x, ord == 1, axis, keepdims)
        if ord in (2, -2):
            return face._npi_norm(x, ord=ord, axis=axis, keepdims=keepdims, flag=0)
    return face._npi_norm(x, ord=ord, axis=axis, keepdims=keepdims, flag=-1)


def cholesky(face: Face, a: Any) -> Any:
    """The lower triangular matrix whose product with its transpose is ``a``, symmetric and positive definite.

    >>> from mxnet import np
    >>> np.linalg.cholesky(np.array([[4, 0], [0, 9]]))
    array([[2., 0.],
           [0., 3.]])
    """
    return face._npi_cholesky(a)


def svd(face: Face, a: Any) -> Any:
    """Three factors of ``a``, (..., m, n) with m <= n: (..., m, m), the singular values (..., m), and (..., m, n).

    >>> from mxnet import np
    >>> [f.shape for f in np.linalg.svd(np.ones((2, 3)))]
    [(2, 2), (2,), (2, 3)]
    """
    return _several(face, face._npi_svd(a))


def eig(face: Face, a: Any) -> Any:
    """Eigenvalues and eigenvectors of matrices that have real ones.

    >>> from mxnet import np
    >>> np.linalg.eig(np.array([[2, 0], [0, 3]]))[0]
    array([2., 3.])
    """
    return _several(face, face._npi_eig(a))


def eigh(face: Face, a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues, ascending, and eigenvectors of symmetric matrices; only the half ``UPLO`` is read.

    >>> from mxnet import np
    >>> np.linalg.eigh(np.array([[2, 0], [0, 3]]))[0]
    array([2., 3.])
    """
    return _several(face, face._npi_eigh(a, UPLO=UPLO))


def eigvals(face: Face, a: Any) -> Any:
    """Eigenvalues of matrices that have real ones.

    >>> from mxnet import np
    >>> np.linalg.eigvals(np.array([[2, 0], [0, 3]]))
    array([2., 3.])
    """
    return face._npi_eigvals(a)


def eigvalsh(face: Face, a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues of symmetric matrices, ascending; only the half ``UPLO`` is read.

    >>> from mxnet import np
    >>> np.linalg.eigvalsh(np.array([[2, 0], [0, 3]]))
    array([2., 3.])
    """
    return face._npi_eigvalsh(a, UPLO=UPLO)


def det(face: Face, a: Any) -> Any:
    """Determinants.

    >>> from mxnet import np
    >>> np.linalg.det(np.array([[2, 0], [0, 3]]))
    array(6.)
    """
    return face._npi_det(a)


def slogdet(face: Face, a: Any) -> Any:
    """Signs of determinants, and logarithms of their absolute values.

    >>> from mxnet import np
    >>> np.linalg.slogdet(np.array([[1, 0], [0, 1]]))
    (array(1.), array(0.))
    """
    return _several(face, face._npi_slogdet(a))


def inv(face: Face, a: Any) -> Any:
    """Inverses.

    >>> from mxnet import np
    >>> np.linalg.inv(np.array([[2, 0], [0, 4]]))
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    return face._npi_inv(a)


def pinv(face: Face, a: Any, rcond: Any = 1e-15, hermitian: bool = False) -> Any:
    """Pseudo-inverses: singular values below ``rcond``, a number or an array, times the largest count as zero.

    >>> from mxnet import np
    >>> np.linalg.pinv(np.ones((2, 3))).shape
    (3, 2)
    """
    if hermitian:
        raise NotSupported("pinv: hermitian is not supported")
    number = None if face.is_array(rcond) else number_of(rcond)
    if number is not None:
        return face._npi_pinv_scalar_rcond(a, rcond=number, hermitian=hermitian)
    return face._npi_pinv(a, rcond, hermitian=hermitian)


def solve(face: Face, a: Any, b: Any) -> Any:
    """``x`` of ``a x = b``, where ``b`` is a vector, or vectors in its columns.

    >>> from mxnet import np
    >>> np.linalg.solve(np.array([[2, 0], [0, 4]]), np.array([2, 2]))
    array([1. , 0.5])
    """
    return face._npi_solve(a, b)


def tensorinv(face: Face, a: Any, ind: int = 2) -> Any:
    """The inverse of ``a`` as a matrix of its first ``ind`` axes by the rest.

    >>> from mxnet import np
    >>> np.linalg.tensorinv(np.eye(4).reshape(4, 2, 2), ind=1).shape
    (2, 2, 4)
    """
    return face._npi_tensorinv(a, ind=ind)


def tensorsolve(face: Face, a: Any, b: Any, axes: Any = None) -> Any:
    """``x`` whose sum of products with ``a`` over its axes is ``b``; ``axes`` of ``a`` are moved to its end first.

    >>> from mxnet import np
    >>> np.linalg.tensorsolve(np.eye(4).reshape(2, 2, 4), np.ones((2, 2)))
    array([1., 1., 1., 1.])
    """
    return face._npi_tensorsolve(a, b, a_axes=() if axes is None else axes)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (norm, cholesky, svd, eig, eigh, eigvals, eigvalsh, det, slogdet, inv, pinv, solve, tensorinv, tensorsolve)
}
