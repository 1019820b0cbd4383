"""Operators of ``linalg`` on matrices: products, factorisations, triangles, determinants.

Operators named ``_linalg_*`` work on the last two axes and treat all others as a batch.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ShapeError
from mxnet._kernels import result_shapes
from mxnet._ops import Shape, op
from mxnet._runtime.engine import ValueFailure
from mxnet._runtime.state import np_shape_active

from .products import same_batch


def _shaped(result: Tensor) -> Tensor:
    return result if result.dim() or np_shape_active() else result.unsqueeze(0)


def _square(who: str, a: Tensor) -> None:
    if a.dim() < 2 or a.shape[-1] != a.shape[-2]:
        raise ShapeError(f"{who}: A has shape {tuple(a.shape)}, expected square matrices in the last two axes")


def _factor(who: str, method: Callable[..., Any], a: Tensor, why: str) -> Any:
    """Run a factorisation whose success depends on the values."""
    try:
        return method(a)
    except torch.linalg.LinAlgError as error:
        detail = str(error).splitlines()[0].partition(": ")[2]  # after the name of its function
        raise ValueFailure(f"{who}: {why}: {detail}") from error


def _product(who: str, a: Tensor, b: Tensor, transpose_a: bool, transpose_b: bool, alpha: float, axis: int) -> Tensor:
    """alpha * op(A) @ op(B), with the rows in axis -2."""
    if axis != -2:
        a, b = a.movedim(axis, -2), b.movedim(axis, -2)
    same_batch(who, a, b, 2)
    if transpose_a:
        a = a.mT
    if transpose_b:
        b = b.mT
    result = torch.matmul(a, b)
    return result if alpha == 1 else result * alpha


def _told_gemm(A: Shape, B: Shape, *C: Shape, axis: int, **attrs: Any) -> Shape | None:
    made = result_shapes.matrices(range(2, 9), A, B, **attrs) if axis == -2 and 0 not in A + B else None
    return made if C in ((), (made,)) else None


@op("_linalg_gemm", aliases=("linalg_gemm",), told=_told_gemm)
def gemm(
    A: Tensor,
    B: Tensor,
    C: Tensor,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    alpha: float = 1.0,
    beta: float = 1.0,
    axis: int = -2,
) -> Tensor:
    """``alpha * A @ B + beta * C`` for every matrix in a batch.

    Inputs:  A (..., m, k); B (..., k, n); C (..., m, n)
    Attrs:   transpose_a, transpose_b: matrices come transposed; alpha; beta; axis of the rows, columns are the last
    Outputs: like C
    Raises:  ShapeError if they do not go together
    """
    result = _product("_linalg_gemm", A, B, transpose_a, transpose_b, alpha, axis)
    if axis != -2:
        result = result.movedim(-2, axis)
    if result.shape != C.shape:
        raise ShapeError(f"_linalg_gemm: C has shape {tuple(C.shape)}, expected {tuple(result.shape)} from A and B")
    return result + (C if beta == 1 else C * beta)


@op("_linalg_gemm2", aliases=("linalg_gemm2",), told=_told_gemm)
def gemm2(
    A: Tensor, B: Tensor, *, transpose_a: bool = False, transpose_b: bool = False, alpha: float = 1.0, axis: int = -2
) -> Tensor:
    """``alpha * A @ B`` for every matrix in a batch. Arguments as of ``linalg_gemm``."""
    result = _product("_linalg_gemm2", A, B, transpose_a, transpose_b, alpha, axis)
    return result if axis == -2 else result.movedim(-2, axis).contiguous()


@op("_linalg_potrf", aliases=("linalg_potrf",), told=result_shapes.square)
def potrf(A: Tensor, *, lower: bool = True) -> Tensor:
    """Cholesky factor: the lower triangle L with ``L @ L.T = A``, or the upper one U with ``U.T @ U = A``.

    Inputs:  A (..., n, n) symmetric and positive definite, of which the triangle asked for is read
    Attrs:   lower (1.9.1 takes it and does not document it)
    Outputs: like A
    Raises:  ShapeError unless square; MXNetError at the wait if A is not positive definite
    """
    _square("_linalg_potrf", A)
    method = functools.partial(torch.linalg.cholesky, upper=not lower)
    return _factor("_linalg_potrf", method, A, "the matrix must be symmetric and positive definite")


@op("_linalg_potri", aliases=("linalg_potri",), told=result_shapes.square)
def potri(A: Tensor, *, lower: bool = True) -> Tensor:
    """The inverse of ``L @ L.T`` (with lower=False of ``U.T @ U``) from the Cholesky factor.

    Inputs:  A (..., n, n), of which the one triangle is read
    Attrs:   lower (1.9.1 takes it and does not document it)
    Outputs: like A
    Raises:  ShapeError unless square
    """
    _square("_linalg_potri", A)
    eye = torch.eye(A.shape[-1], dtype=A.dtype, device=A.device)
    inverse = _solve(A, eye.expand(A.shape), lower)
    return torch.matmul(inverse.mT, inverse) if lower else torch.matmul(inverse, inverse.mT)


def _triangle(who: str, a: Tensor, b: Tensor, rightside: bool) -> None:
    _square(who, a)
    same_batch(who, a, b, 2)
    if b.shape[-1 if rightside else -2] != a.shape[-1]:
        raise ShapeError(f"{who}: A {tuple(a.shape)} and B {tuple(b.shape)} do not go together, rightside={rightside}")


def _told_triangle(A: Shape, B: Shape, *, rightside: bool, **_: Any) -> Shape | None:
    together = len(A) == len(B) > 1 and A[:-2] == B[:-2] and A[-2] == A[-1] == B[-1 if rightside else -2]
    return B if together else None


@op("_linalg_trmm", aliases=("linalg_trmm",), told=_told_triangle)
def trmm(
    A: Tensor, B: Tensor, *, transpose: bool = False, rightside: bool = False, lower: bool = True, alpha: float = 1.0
) -> Tensor:
    """``alpha * A @ B`` with a triangular ``A``.

    Inputs:  A (..., n, n), of which one triangle is read; B (..., n, m), with rightside (..., m, n)
    Attrs:   transpose A; rightside, ``B @ A`` instead; lower, the triangle; alpha
    Outputs: like B
    Raises:  ShapeError if they do not go together
    """
    _triangle("_linalg_trmm", A, B, rightside)
    triangle = torch.tril(A) if lower else torch.triu(A)
    if transpose:
        triangle = triangle.mT
    result = torch.matmul(B, triangle) if rightside else torch.matmul(triangle, B)
    return result if alpha == 1 else result * alpha


@op("_linalg_trsm", aliases=("linalg_trsm",), told=_told_triangle)
def trsm(
    A: Tensor, B: Tensor, *, transpose: bool = False, rightside: bool = False, lower: bool = True, alpha: float = 1.0
) -> Tensor:
    """Solve ``A @ X = alpha * B`` with a triangular ``A``, or with rightside ``X @ A = alpha * B``.

    Arguments, output and errors as of ``linalg_trmm``, which it undoes.
    """
    _triangle("_linalg_trsm", A, B, rightside)
    if transpose:
        A, lower = A.mT, not lower
    B = B if alpha == 1 else B * alpha
    return torch.linalg.solve_triangular(A, B, upper=not lower, left=False) if rightside else _solve(A, B, lower)


def _solve(a: Tensor, b: Tensor, lower: bool) -> Tensor:
    """X of ``a @ X = b``, as the transpose of what solves ``X.T @ a.T = b.T``: MKL, for some processors, takes up to
    four times as long with the triangle on the left, above all for gradients.
    """
    return torch.linalg.solve_triangular(a.mT, b.mT, upper=lower, left=False).mT


def _told_syrk(A: Shape, *, transpose: bool, **_: Any) -> Shape | None:
    return (*A[:-2], *[A[-1 if transpose else -2]] * 2) if len(A) > 1 else None


@op("_linalg_syrk", aliases=("linalg_syrk",), told=_told_syrk)
def syrk(A: Tensor, *, transpose: bool = False, alpha: float = 1.0) -> Tensor:
    """``alpha * A @ A.T``, or with transpose ``alpha * A.T @ A``, for every matrix (..., m, n) in a batch."""
    result = torch.matmul(A.mT, A) if transpose else torch.matmul(A, A.mT)
    return result if alpha == 1 else result * alpha


@op("_linalg_gelqf", aliases=("linalg_gelqf",), outputs=("output0", "output1"))
def gelqf(A: Tensor) -> tuple[Tensor, Tensor]:
    """LQ factorisation: ``A = L @ Q`` with a lower triangle L and orthonormal rows Q.

    Inputs:  A (..., m, n), m at most n
    Outputs: Q (..., m, n); L (..., m, m)
    Raises:  ShapeError if there are more rows than columns
    """
    if A.dim() < 2 or A.shape[-2] > A.shape[-1]:
        raise ShapeError(f"_linalg_gelqf: A has shape {tuple(A.shape)}, expected at most as many rows as columns")
    q, r = torch.linalg.qr(A.mT)
    return q.mT.contiguous(), r.mT.contiguous()


@op("_linalg_syevd", outputs=("output0", "output1"))
def syevd(A: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues and eigenvectors of symmetric matrices: ``A = U.T @ diag(L) @ U``.

    Inputs:  A (..., n, n) symmetric, of which the lower triangle is read
    Outputs: U (..., n, n), an eigenvector a row, its largest element (by absolute value) positive;
             L (..., n), ascending
    Raises:  ShapeError unless square

    Gradients hold for distinct eigenvalues.
    """
    _square("_linalg_syevd", A)
    values, vectors = _factor("_linalg_syevd", torch.linalg.eigh, A, "no eigenvalues")
    rows = vectors.mT
    largest = torch.gather(rows, -1, rows.abs().argmax(-1, True))
    return torch.where(largest < 0, -rows, rows), values


@op(
    "_linalg_sumlogdiag",
    aliases=("linalg_sumlogdiag",),
    told=lambda A: (A[:-2] or (1,)) if result_shapes.square(A) else None,
)
def sumlogdiag(A: Tensor) -> Tensor:
    """Sum of the logarithms of the diagonal, (..., n, n) becomes (...), and (1,) for one matrix."""
    _square("_linalg_sumlogdiag", A)
    return torch.atleast_1d(torch.log(torch.diagonal(A, 0, -2, -1)).sum(-1))


def _has_diagonal(who: str, a: Tensor, offset: int) -> None:
    _square(who, a)
    if abs(offset) >= a.shape[-1]:
        raise ShapeError(f"{who}: offset={offset} is not in matrices of shape {tuple(a.shape)}")


@op("_linalg_extractdiag", aliases=("linalg_extractdiag",), view=True)
def extractdiag(A: Tensor, *, offset: int = 0) -> Tensor:
    """The diagonal ``offset`` above the main one (below if negative): (..., n, n) becomes (..., n - |offset|).

    Raises:  ShapeError unless square, or without such a diagonal
    """
    _has_diagonal("_linalg_extractdiag", A, offset)
    return torch.diagonal(A, offset, -2, -1)


def _told_diagonals(A: Shape, *, offset: int) -> Shape | None:
    return (*A[:-1], *[A[-1] + abs(offset)] * 2) if A else None


@op("_linalg_makediag", aliases=("linalg_makediag",), told=_told_diagonals)
def makediag(A: Tensor, *, offset: int = 0) -> Tensor:
    """Matrices with the given diagonals and zeros elsewhere: (..., n) becomes (..., n + |offset|, n + |offset|)."""
    return torch.diag_embed(A, offset)


def _triangle_places(size: int, offset: int, lower: bool, device: torch.device) -> Tensor:
    """Rows and columns; ``lower`` counts for the main diagonal only, else the sign of the offset decides.

    An upper triangle is the transpose of a lower one, in the order of its elements too.
    """
    places = torch.tril_indices(size, size, -abs(offset), device=device)
    return places if offset < 0 or (offset == 0 and lower) else places.flip(0)


@op("_linalg_extracttrian", aliases=("linalg_extracttrian",))
def extracttrian(A: Tensor, *, offset: int = 0, lower: bool = True) -> Tensor:
    """The triangle beyond a diagonal as a vector: a lower one row by row, an upper one column by column.

    Inputs:  A (..., n, n)
    Attrs:   offset of the diagonal: the upper triangle if positive, the lower if negative; lower chooses at 0
    Outputs: (..., k (k + 1) / 2), k = n - |offset|
    Raises:  ShapeError unless square, or without such a diagonal
    """
    _has_diagonal("_linalg_extracttrian", A, offset)
    rows, columns = _triangle_places(A.shape[-1], offset, lower, A.device)
    return A[..., rows, columns]


@op("_linalg_maketrian", aliases=("linalg_maketrian",))
def maketrian(A: Tensor, *, offset: int = 0, lower: bool = True) -> Tensor:
    """Triangles from vectors, the opposite of ``linalg_extracttrian``.

    Inputs:  A (..., k (k + 1) / 2)
    Outputs: (..., n, n), n = k + |offset|, zeros elsewhere
    Raises:  ShapeError if no triangle has that many elements
    """
    count = A.shape[-1] if A.dim() else 0
    k = (math.isqrt(8 * count + 1) - 1) // 2
    if not k or k * (k + 1) // 2 != count:
        raise ShapeError(f"_linalg_maketrian: A has shape {tuple(A.shape)}; no triangle has {count} elements")
    n = k + abs(offset)
    rows, columns = _triangle_places(n, offset, lower, A.device)
    flat = torch.zeros((*A.shape[:-1], n * n), dtype=A.dtype, device=A.device)
    return flat.index_copy(-1, rows * n + columns, A).reshape(*A.shape[:-1], n, n)


@op("_linalg_inverse", aliases=("linalg_inverse",))
def inverse(A: Tensor) -> Tensor:
    """Inverse of square matrices (..., n, n).

    Raises:  ShapeError unless square; MXNetError at the wait if there is no inverse
    """
    _square("_linalg_inverse", A)
    return _factor("_linalg_inverse", torch.linalg.inv, A, "the matrix has no inverse")


@op("_linalg_det", aliases=("linalg_det",), outputs=("output0",), unseen=2)
def det(A: Tensor) -> Tensor:
    """Determinant of square matrices: (..., n, n) becomes (...), and (1,) for one matrix.

    The gradient at a singular matrix is zero.
    """
    _square("_linalg_det", A)
    return _shaped(torch.linalg.det(A))


@op("_linalg_slogdet", aliases=("linalg_slogdet",), outputs=("output0", "output1"), unseen=2)
def slogdet(A: Tensor) -> tuple[Tensor, Tensor]:
    """Sign, and logarithm of the absolute value, of the determinant.

    Inputs:  A (..., n, n)
    Outputs: sign (...), 0 for a singular matrix; logarithm (...), then -inf; (1,) for one matrix
    Raises:  ShapeError unless square

    The gradient at a singular matrix is zero.
    """
    _square("_linalg_slogdet", A)
    sign, logarithm = torch.linalg.slogdet(A)
    if A.requires_grad:  # once more, without the singular matrices, whose gradient would be infinite
        singular = sign == 0
        eye = torch.eye(A.shape[-1], dtype=A.dtype, device=A.device)
        regular = torch.linalg.slogdet(torch.where(singular[..., None, None], eye, A))[1]
        logarithm = torch.where(singular, -math.inf, regular)
    return _shaped(sign), _shaped(logarithm)
