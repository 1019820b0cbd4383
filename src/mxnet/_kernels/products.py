"""Products of arrays: dot products, products of batches of matrices, and of columns."""

from __future__ import annotations

import functools
import math
from typing import Literal

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._kernels import result_shapes
from mxnet._ops import Shape, op

Storage = Literal["csr", "default", "row_sparse"]


@op("dot", told=functools.partial(result_shapes.matrices, (2,)))
def dot(
    lhs: Tensor,
    rhs: Tensor,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    forward_stype: Storage | None = None,
) -> Tensor:
    """Dot product: the last axis of ``lhs`` against the first of ``rhs``.

    Inputs:  lhs (..., k); rhs (k, ...), of one dtype
    Attrs:   transpose_a: the first axis of lhs instead; transpose_b: the last axis of rhs instead;
             forward_stype has no effect on dense arrays
    Outputs: the other axes of lhs, then those of rhs; (1,) for two vectors
    Raises:  ShapeError if the two axes differ in size; ArgumentError for transposed vectors
    Source:  behaviour of MXNet 1.9.1
    """
    left, right = lhs.dim(), rhs.dim()
    if right <= 2 and left <= 2:
        if left == 2:
            a = lhs.t() if transpose_a else lhs
            return torch.mm(a, rhs.t() if transpose_b else rhs) if right == 2 else torch.mv(a, rhs)
        if right == 1:
            if transpose_a or transpose_b:
                raise ArgumentError("dot: vectors can not be transposed; leave transpose_a and transpose_b off")
            return torch.dot(lhs, rhs).unsqueeze(0)
    i = 0 if transpose_a else left - 1
    j = right - 1 if transpose_b else 0
    if not left or not right or lhs.shape[i] != rhs.shape[j]:
        raise ShapeError(
            f"dot: shapes {tuple(lhs.shape)} and {tuple(rhs.shape)} do not go together with "
            f"transpose_a={transpose_a}, transpose_b={transpose_b}; axis {i} of lhs and axis {j} of rhs must agree"
        )
    return torch.tensordot(lhs, rhs, ([i], [j]))


@op("batch_dot", told=functools.partial(result_shapes.matrices, (3,)))
def batch_dot(
    lhs: Tensor,
    rhs: Tensor,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    forward_stype: Storage | None = None,
) -> Tensor:
    """Matrix product of every pair in two batches.

    Inputs:  lhs (..., m, k); rhs (..., k, n), of one dtype, rank 3 at least and equal leading axes
    Attrs:   transpose_a, transpose_b: matrices come transposed; forward_stype has no effect on dense arrays
    Outputs: (..., m, n)
    Raises:  ShapeError if ranks, leading axes or matrices do not go together
    """
    if transpose_a:
        lhs = lhs.transpose(-2, -1)
    if transpose_b:
        rhs = rhs.transpose(-2, -1)
    if lhs.dim() == 3 and rhs.dim() == 3:
        return torch.bmm(lhs, rhs)
    same_batch("batch_dot", lhs, rhs, 3)
    return torch.matmul(lhs, rhs)


def same_batch(who: str, a: Tensor, b: Tensor, least: int) -> None:
    if a.dim() < least or a.dim() != b.dim() or a.shape[:-2] != b.shape[:-2]:
        raise ShapeError(
            f"{who}: got {tuple(a.shape)} and {tuple(b.shape)}; expected rank {least} at least and equal leading axes"
        )


def _told_khatri_rao(*args: Shape) -> Shape | None:
    if any([len(a) != 2 or a[1:] != args[0][1:] or 0 in a for a in args]):
        return None
    return math.prod([a[0] for a in args]), args[0][1]


@op("khatri_rao", num_args="num_args", told=_told_khatri_rao)
def khatri_rao(*args: Tensor) -> Tensor:
    """Column-wise Kronecker product.

    Inputs:  matrices (m_i, n)
    Outputs: (product of all m_i, n)
    Raises:  ShapeError unless all are matrices with as many columns
    """
    for a in args:
        if a.dim() != 2 or a.shape[1] != args[0].shape[1]:
            raise ShapeError(f"khatri_rao: got {[tuple(x.shape) for x in args]}; expected matrices of equal columns")
    return functools.reduce(lambda a, b: (a[:, None, :] * b[None, :, :]).reshape(-1, a.shape[1]), args)
