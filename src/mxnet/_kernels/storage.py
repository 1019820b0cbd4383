"""Operators about where and how arrays are kept, on dense arrays.

Most are for sparse arrays, whose rules are in ``sparse.py``. On dense ones they do the same arithmetic; those that mean
nothing without sparse arrays say so.
"""

from __future__ import annotations

from typing import Literal, NoReturn

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._kernels import reduce
from mxnet._kernels.broadcast import divide, number, same_dtype
from mxnet._kernels.updates import check
from mxnet._ops import Shape, op


@op("_CrossDeviceCopy")
def cross_device_copy(data: Tensor) -> Tensor:
    """``data``: in symbol files of 1.9.1, where a graph continues on another device.

    Outputs: like data
    """
    return data


@op("_copyto")
def copyto(data: Tensor) -> Tensor:
    """``data``; with ``out``, written there.

    Outputs: like data
    """
    return data


@op("_set_value", mutates=("data",))
def set_value(data: Tensor, *, src: float) -> Tensor:
    """Fill ``data`` with one number.

    Outputs: data
    """
    return data.fill_(src)


def _needs_csr(who: str) -> NoReturn:
    raise ArgumentError(f"{who}: got a dense array, expected a csr one; use tostype")


@op("cast_storage", aliases=("_sparse_cast_storage",))
def cast_storage(data: Tensor, *, stype: Literal["csr", "default", "row_sparse"]) -> Tensor:
    """``data`` in another kind of storage.

    Attrs:   stype; what has no sparse form, such as a value in the middle of a program, stays dense
    Outputs: like data
    Raises:  ArgumentError from one sparse type to the other, or for csr of other than two axes
    """
    return data


@op("_contrib_getnnz")
def getnnz(data: Tensor, *, axis: int | None = None) -> Tensor:
    """How many elements a csr array stores.

    Raises:  ArgumentError: data is dense
    """
    _needs_csr("getnnz")


@op("_contrib_edge_id")
def edge_id(data: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """The values that a csr array stores at the places (u, v), -1 where it stores none.

    Raises:  ArgumentError: data is dense
    """
    _needs_csr("edge_id")


@op("_sparse_retain")
def sparse_retain(data: Tensor, indices: Tensor) -> Tensor:
    """Keep some rows, and let the others be zero.

    Inputs:  data (N, ...); indices (M,), numbers of rows; those out of range have no effect
    Outputs: like data; of row-sparse data all the given rows are stored, also zeros, in ascending order and once each
    Source:  behaviour of MXNet 1.9.1, which takes row-sparse data only; it stores rows in the order given, and as often
             as given, with which its own operators then give wrong results
    """
    if data.dim() == 0 or indices.dim() != 1:
        raise ShapeError(
            f"_sparse_retain: data has shape {tuple(data.shape)} and indices {tuple(indices.shape)}, expected (N, ...) "
            "and (M,)"
        )
    rows = torch.arange(data.shape[0], device=data.device)
    kept = torch.isin(rows, indices.detach().to(torch.int64)) if not data.is_meta else rows >= 0
    return torch.where(
        kept.view(-1, *[1] * (data.dim() - 1)), data, torch.zeros((), dtype=data.dtype, device=data.device)
    )


@op("_square_sum")
def square_sum(data: Tensor, *, axis: Shape | None = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
    """Sum of squares over ``axis``: all axes if None.

    Attrs:   keepdims, leave reduced axes with size one; exclude, reduce all but ``axis``
    Outputs: data without the reduced axes; (1,) if none is left
    Source:  behaviour of MXNet 1.9.1, which takes row-sparse data only
    """
    return reduce.sum(data.square(), axis=axis, keepdims=keepdims, exclude=exclude)


@op("_scatter_elemwise_div")
def scatter_elemwise_div(lhs: Tensor, rhs: Tensor) -> Tensor:
    """``lhs / rhs``, where sparse ``lhs`` would be divided at its stored elements only.

    Outputs: like lhs
    Raises:  ShapeError, DTypeError if the two differ
    Source:  behaviour of MXNet 1.9.1
    """
    if lhs.shape != rhs.shape:
        raise ShapeError(f"_scatter_elemwise_div: rhs has shape {tuple(rhs.shape)}, expected {tuple(lhs.shape)} as lhs")
    same_dtype("_scatter_elemwise_div", lhs, rhs)
    return divide(lhs, rhs)


def _shifted(data: Tensor, by: float, is_int: bool) -> Tensor:
    if data.is_floating_point():
        return data + by
    return data.to(torch.float64) + by if not is_int else data + number(data, by)


@op("_scatter_plus_scalar")
def scatter_plus_scalar(data: Tensor, *, scalar: float = 1.0, is_int: bool = True) -> Tensor:
    """``data + scalar``, where sparse ``data`` would be changed at its stored elements only.

    Attrs:   scalar; is_int, whether it is whole: if not, integers become float64
    Outputs: like data
    Source:  behaviour of MXNet 1.9.1
    """
    return _shifted(data, scalar, is_int)


@op("_scatter_minus_scalar")
def scatter_minus_scalar(data: Tensor, *, scalar: float = 1.0, is_int: bool = True) -> Tensor:
    """``data - scalar``, where sparse ``data`` would be changed at its stored elements only.

    Attrs:   scalar; is_int, whether it is whole: if not, integers become float64
    Outputs: like data
    Source:  behaviour of MXNet 1.9.1
    """
    return _shifted(data, -scalar, is_int)


@op("_sparse_adagrad_update", mutates=("weight", "history"))
def sparse_adagrad_update(
    weight: Tensor,
    grad: Tensor,
    history: Tensor,
    *,
    lr: float,
    epsilon: float = 1.00000001e-07,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """One step of AdaGrad: ``history += g^2; weight -= lr * g / sqrt(history + epsilon)``.

    Inputs:  weight, grad, history of one shape and dtype
    Attrs:   g is ``clip(rescale_grad * grad, clip_gradient)``; clip_gradient <= 0 clips nothing
    Outputs: weight, written in place, as history is
    Raises:  ArgumentError for a wd other than 0; ShapeError, DTypeError
    Source:  JMLR 12 (2011) 2121; behaviour of MXNet 1.9.1, which takes row-sparse gradients only
    """
    check("_sparse_adagrad_update", weight, grad, history)
    if wd != 0:
        raise ArgumentError(f"_sparse_adagrad_update: wd is {wd}, expected 0: it has no weight decay")
    g = grad * rescale_grad
    if clip_gradient > 0:
        g = g.clamp_(-clip_gradient, clip_gradient)
    history.addcmul_(g, g)
    return weight.addcdiv_(g, (history + epsilon).sqrt_(), value=-lr)
