"""Linear algebra of ``mx.np.linalg``: matrices are the last two axes. Factors of integers are in float64."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor

from mxnet._base.errors import DTypeError, ShapeError
from mxnet._ops import Shape, op
from mxnet._runtime.engine import ValueFailure

from .np_shape import in_order

UPLO = Literal["L", "U"]
_WIDE = (torch.float32, torch.float64)


def _floats(who: str, data: Tensor) -> Tensor:
    if data.dtype not in _WIDE:
        raise DTypeError(f"{who}: This operation only supports 32-bit and 64-bit floating point; got {data.dtype}")
    return data


def _square(who: str, data: Tensor) -> Tensor:
    if data.dim() < 2 or data.shape[-1] != data.shape[-2]:
        raise ShapeError(f"{who}: data has shape {tuple(data.shape)}, expected square matrices in the last two axes")
    return data


def _in_wide(who: str, data: Tensor) -> Tensor:
    """Floats as they are, integers in float64."""
    if data.dtype is torch.float16 or data.dtype is torch.bfloat16:
        raise DTypeError(f"{who}: array type {data.dtype} is unsupported in linalg; use astype()")
    return data if data.is_floating_point() else data.to(torch.float64)


def _of_values(who: str, run: Any, *data: Any) -> Any:
    """``run(*data)``; what torch raises about values, at which it has to look, is raised at the wait instead."""
    try:
        return run(*data)
    except torch.linalg.LinAlgError as error:
        why = str(error).splitlines()[0].removeprefix("torch.").partition(": ")[2]  # after the name of its function
        raise ValueFailure(f"{who}: {why}") from None


@op("_npi_cholesky")
def cholesky(A: Tensor) -> Tensor:
    """The lower triangular matrix whose product with its transpose is ``A``, symmetric and positive definite."""
    return _of_values("cholesky", torch.linalg.cholesky, _square("cholesky", _floats("cholesky", A)))  # type: ignore[no-any-return]


@op("_npi_svd", outputs=("output0", "output1", "output2"))
def svd(A: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The factors of ``A``, (..., m, n) with m <= n: UT (..., m, m), the singular values (..., m), V (..., m, n)."""
    if A.dim() < 2 or A.shape[-2] > A.shape[-1]:
        raise ShapeError(f"svd: A has shape {tuple(A.shape)}, expected as many columns as rows at least")
    made = _of_values("svd", lambda a: torch.linalg.svd(a, full_matrices=False), _floats("svd", A))
    return made.U, made.S, made.Vh


@op("_npi_eigh", outputs=("output0", "output1"), types="T -> T~")
def eigh(A: Tensor, *, UPLO: UPLO = "L") -> tuple[Tensor, Tensor]:
    """Eigenvalues, in ascending order, and eigenvectors of symmetric matrices, of which one half is read."""
    made = torch.linalg.eigh(_square("eigh", _in_wide("eigh", A)), UPLO=UPLO)
    return made.eigenvalues, made.eigenvectors


@op("_npi_eigvalsh", types="T -> T~")
def eigvalsh(A: Tensor, *, UPLO: UPLO = "L") -> Tensor:
    """Eigenvalues of symmetric matrices, in ascending order; one half is read."""
    return torch.linalg.eigvalsh(_square("eigvalsh", _in_wide("eigvalsh", A)), UPLO=UPLO)


def _real(who: str, values: Tensor) -> None:
    if not values.is_meta and bool((values.imag != 0).any()):
        raise ValueFailure(f"{who}: an eigenvalue is complex, and arrays are real; see eigh")


@op("_npi_eig", outputs=("output0", "output1"), types="T -> T~")
def eig(A: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues and eigenvectors of matrices that have real ones. There is no gradient, as in 1.9.1."""
    made = torch.linalg.eig(_square("eig", _in_wide("eig", A)).detach())
    _real("eig", made.eigenvalues)
    return made.eigenvalues.real, made.eigenvectors.real


@op("_npi_eigvals", types="T -> T~")
def eigvals(A: Tensor) -> Tensor:
    """Eigenvalues of matrices that have real ones. There is no gradient, as in 1.9.1."""
    made = torch.linalg.eigvals(_square("eigvals", _in_wide("eigvals", A)).detach())
    _real("eigvals", made)
    return made.real


def _types_of_both(a: torch.dtype | None, b: torch.dtype | None) -> Any:
    """float32 of two in float32; float64 of all others. 1.9.1 has no gradients of two dtypes."""
    both = None if a is None or b is None else torch.float32 if a is b is torch.float32 else torch.float64
    return (a, b), (both,)


def _both_in_wide(who: str, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    a, b = _in_wide(who, a), _in_wide(who, b)
    both = torch.promote_types(a.dtype, b.dtype)
    return a.to(both), b.to(both)


@op("_npi_solve", types=_types_of_both)
def solve(A: Tensor, B: Tensor) -> Tensor:
    """``x`` of ``A x = B``, where B is a vector, or vectors in its columns, for each matrix."""
    A, B = _both_in_wide("solve", _square("solve", A), B)
    vectors = B.dim() == A.dim() - 1
    made = _of_values("solve", torch.linalg.solve, A, B.unsqueeze(-1) if vectors else B)
    return made.squeeze(-1) if vectors else made  # type: ignore[no-any-return]


def _matrix(who: str, a: Tensor, rows: Shape) -> Tensor:
    made = a.reshape(math.prod(rows), -1)
    if made.shape[0] != made.shape[1]:
        raise ShapeError(f"{who}: a must be square: {made.shape[0]} by {made.shape[1]} of shape {tuple(a.shape)}")
    return made


@op("_npi_tensorinv", types="T -> T~")
def tensorinv(a: Tensor, *, ind: int = 2) -> Tensor:
    """The inverse of ``a`` as a matrix of its first ``ind`` axes by the rest."""
    a = _in_wide("tensorinv", a)
    if ind <= 0:
        raise ShapeError(f"tensorinv: ind is {ind}, expected 1 or more")
    made = _of_values("tensorinv", torch.linalg.inv, _matrix("tensorinv", a, a.shape[:ind]))
    return made.reshape((*a.shape[ind:], *a.shape[:ind]))  # type: ignore[no-any-return]


@op("_npi_tensorsolve", types=_types_of_both)
def tensorsolve(a: Tensor, b: Tensor, *, a_axes: Shape = ()) -> Tensor:
    """``x`` whose sum of products with ``a`` over its axes is ``b``; ``a_axes`` of ``a`` are moved to its end first."""
    a, b = _both_in_wide("tensorsolve", a, b)
    last = in_order("tensorsolve", a_axes, a.dim()) if a_axes else ()
    a = a.permute([d for d in range(a.dim()) if d not in last] + list(last))
    unknown = a.shape[-(a.dim() - b.dim()) :]  # of as many axes all, as NumPy says
    matrix = _matrix("tensorsolve", a, (a.numel() // max(math.prod(unknown), 1),))
    made = _of_values("tensorsolve", torch.linalg.solve, matrix, b.reshape(-1))
    return made.reshape(unknown)  # type: ignore[no-any-return]


@op("_npi_pinv", types="T _ -> T")
def pinv(A: Tensor, rcond: Tensor, *, hermitian: bool = False) -> Tensor:
    """The pseudo-inverse; singular values below ``rcond``, one for each matrix, times the largest count as zero."""
    return torch.linalg.pinv(_floats("pinv", A), rtol=rcond.to(A.dtype), hermitian=hermitian)


@op("_npi_pinv_scalar_rcond")
def pinv_scalar_rcond(A: Tensor, *, rcond: float = 1e-15, hermitian: bool = False) -> Tensor:
    """The pseudo-inverse; singular values below ``rcond`` times the largest count as zero."""
    return torch.linalg.pinv(_floats("pinv", A), rtol=rcond, hermitian=hermitian)


@op("_npi_norm", outputs=("output0", "output1", "output2", "output3"), visible=1, types="T -> T T")
def norm(
    data: Tensor, *, ord: float = 2.0, axis: Shape | None = None, keepdims: bool = False, flag: int = -1
) -> tuple[Tensor, ...]:
    """Norm of vectors and matrices.

    Attrs:   ord; axis, one of vectors, two of matrices, None for all; keepdims, leave the axes with size one; flag,
             which norm: -2 and 1, the root of the sum of squares; 2, of matrices, the sum of the singular values; -1
             and 0, that of order ``ord``
    Outputs: the norm; three that are not shown, for 1.9.1's gradient
    """
    source = data if data.is_floating_point() else data.double()
    dims = tuple(range(data.dim())) if axis is None else in_order("norm", axis, data.dim())
    if flag == 2:
        made = torch.linalg.matrix_norm(source, "nuc", dims, keepdims)
    elif flag in (-1, 0) and len(dims) == 2:
        made = torch.linalg.matrix_norm(source, ord, dims, keepdims)
    else:
        if flag in (-1, 0) and len(dims) != 1:
            raise ShapeError(f"norm: ord={ord} is of one axis or two, got {len(dims)}")
        made = torch.linalg.vector_norm(source, ord if flag == -1 else 2, dims, keepdims)
    made = made.to(data.dtype)
    return made, *(made.detach() for _ in range(3))
