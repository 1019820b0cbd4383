"""Products of ``mx.np``: of vectors, matrices and tensors."""

from __future__ import annotations

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, ShapeError
from mxnet._ops import Shape, op
from mxnet._runtime.shapes import nth_axis

from . import result_shapes
from .broadcast import same_dtype


def _floats(who: str, a: Tensor, b: Tensor) -> None:
    same_dtype(who, a, b)
    if not a.is_floating_point():
        raise DTypeError(f"{who}: This operation only support floating point types, not {a.dtype}; use astype()")


def _told_dot(a: Shape, b: Shape) -> Shape | None:
    if not a or not b or 0 in a + b or a[-1] != b[max(len(b) - 2, 0)]:
        return None
    return a[:-1] + b[:-2] + b[1:][-1:]


def _told_matmul(a: Shape, b: Shape) -> Shape | None:
    if min(len(a), len(b)) < 2 or 0 in a + b or a[-1] != b[-2]:
        return None
    batch = result_shapes.broadcast(a[:-2], b[:-2])
    return None if batch is None else (*batch, a[-2], b[-1])


@op("_np_dot", told=_told_dot)
def dot(a: Tensor, b: Tensor) -> Tensor:
    """Inner product of vectors, matrix product, product with a number; else the sum over the last axis of ``a`` and
    the last but one of ``b``.

    Raises:  DTypeError for two dtypes, or integers; ShapeError if the axes differ
    """
    _floats("dot", a, b)
    if a.dim() == 0 or b.dim() == 0:
        return a * b
    at = _summed_axis(b)
    if a.shape[-1] != b.shape[at]:
        raise ShapeError(f"dot: a {tuple(a.shape)} and b {tuple(b.shape)} do not fit, {a.shape[-1]} != {b.shape[at]}")
    if a.dim() <= 2 and b.dim() <= 2:
        return torch.matmul(a, b)
    return torch.tensordot(a, b, ([a.dim() - 1], [at]))


def _summed_axis(b: Tensor) -> int:
    """The axis of ``b`` that dot sums over."""
    return max(b.dim() - 2, 0)


@op("_npi_matmul", outputs=("out",), told=_told_matmul)
def matmul(a: Tensor, b: Tensor) -> Tensor:
    """Products of the matrices in the last two axes; the axes before these are repeated to fit.

    Raises:  DTypeError for two dtypes, or integers; ShapeError for numbers, or axes that do not fit
    """
    _floats("matmul", a, b)
    if a.dim() == 0 or b.dim() == 0:
        raise ShapeError("matmul: Multiplication by scalars is not allowed; use multiply")
    return torch.matmul(a, b)


def _summed(who: str, a: Tensor, b: Tensor, left: Shape, right: Shape) -> Tensor:
    _floats(who, a, b)
    left = tuple(nth_axis(who, d, a.dim()) for d in left)
    right = tuple(nth_axis(who, d, b.dim()) for d in right)
    if len(left) != len(right) or any(a.shape[i] != b.shape[k] for i, k in zip(left, right, strict=True)):
        raise ShapeError(
            f"{who}: axes {left} of a {tuple(a.shape)} and {right} of b {tuple(b.shape)} differ in number or size"
        )
    return torch.tensordot(a, b, (left, right))


@op("_npi_tensordot")
def tensordot(a: Tensor, b: Tensor, *, a_axes_summed: Shape, b_axes_summed: Shape) -> Tensor:
    """The sum of products over the named axes of both."""
    return _summed("tensordot", a, b, a_axes_summed, b_axes_summed)


@op("_npi_tensordot_int_axes")
def tensordot_int_axes(a: Tensor, b: Tensor, *, axes: int) -> Tensor:
    """The sum of products over the last ``axes`` axes of ``a`` and the first of ``b``."""
    if axes > min(a.dim(), b.dim()):
        raise ShapeError(f"tensordot: axes is {axes}; a has {a.dim()} axes and b has {b.dim()}")
    return _summed("tensordot", a, b, tuple(range(a.dim() - axes, a.dim())), tuple(range(axes)))


@op("_npi_einsum", num_args="num_args")
def einsum(*data: Tensor, subscripts: str = "", optimize: int = 0) -> Tensor:
    """The sum of products given by ``subscripts``, such as ``ij,jk->ik``. ``optimize`` only changes the order of work.

    Raises:  DTypeError for several dtypes; ShapeError, ArgumentError if the subscripts do not fit
    """
    for other in data[1:]:
        same_dtype("einsum", data[0], other)
    if not data or len(subscripts.split("->")[0].split(",")) != len(data):
        raise ArgumentError(f"einsum: subscripts {subscripts!r} are not those of {len(data)} arrays")
    if data[0].dtype is torch.bool:  # which torch counts, or can not multiply
        return torch.einsum(subscripts, *(part.to(torch.int64) for part in data)) != 0
    return torch.einsum(subscripts, *data).to(data[0].dtype)  # of one array, torch sums integers in int64


@op("_npi_polyval")
def polyval(p: Tensor, x: Tensor) -> Tensor:
    """The polynomial with the coefficients ``p``, the highest power first, at ``x``."""
    same_dtype("polyval", p, x)
    if p.dim() != 1:
        raise ShapeError(f"polyval: p has shape {tuple(p.shape)}, expected one axis")
    made = torch.zeros_like(x)
    for coefficient in p.unbind():
        made = made * x + coefficient
    return made
