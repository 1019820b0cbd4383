"""Fully connected layers, dropout and embedding."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._base.errors import ArgumentError, InputTypeError, ShapeError
from mxnet._kernels import result_shapes
from mxnet._kernels.layout import gradient_in_order
from mxnet._ops import DType, Positive, Shape, op
from mxnet._runtime import random
from mxnet._runtime.state import state

Sizes = tuple[int, ...] | None
_FLOAT32 = DType("float32")


def data_weight_bias(a: Any) -> tuple[str, ...]:
    """The inputs of a layer with weights: ``no_bias`` removes the last."""
    return ("data", "weight") if a.no_bias else ("data", "weight", "bias")


def bias_of(who: str, bias: Tensor | None, no_bias: bool) -> Tensor | None:
    """The bias to use, or an error if one is given that must not be, or missing."""
    if no_bias and bias is not None:
        raise InputTypeError(f"{who}: got a bias and no_bias=True, expected 2 inputs; leave one of the two out")
    if not no_bias and bias is None:
        raise InputTypeError(f"{who}: input bias is missing, expected 3 inputs; give it, or set no_bias=True")
    return bias


def fill_fully_connected(
    data: Sizes, weight: Sizes, bias: Sizes = None, *, num_hidden: int, flatten: bool, **_: Any
) -> tuple[Sizes, Sizes, Sizes]:
    if not data:
        return data, weight, (num_hidden,)
    width = math.prod(data[1:]) if flatten else data[-1]
    return data, (num_hidden, width), (num_hidden,)


def _told_fully_connected(*shapes: Shape, num_hidden: int, flatten: bool, **_: Any) -> Shape | None:
    data = shapes[0]
    if len(data) < 2 or shapes != fill_fully_connected(*shapes, num_hidden=num_hidden, flatten=flatten)[: len(shapes)]:
        return None
    return *(data[:1] if flatten else data[:-1]), num_hidden


@op("FullyConnected", inputs=data_weight_bias, fill=fill_fully_connected, told=_told_fully_connected)
def fully_connected(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    num_hidden: Positive,
    no_bias: bool = False,
    flatten: bool = True,
) -> Tensor:
    """Linear layer: ``data . weight^T + bias``.

    Inputs:  data (N, ...); weight (num_hidden, K); bias (num_hidden,) unless ``no_bias``
    Attrs:   flatten, whether K is the product of all dimensions of data but the first, or its last dimension only
    Outputs: (N, num_hidden), or without flatten (..., num_hidden)
    Raises:  ShapeError if weight or bias does not fit
    Source:  behaviour of MXNet 1.9.1
    """
    if flatten and data.dim() != 2:
        data = gradient_in_order(data)
        data = data.reshape(data.shape[0], math.prod(data.shape[1:]))
    if weight.shape[0] != num_hidden:
        raise ShapeError(
            f"FullyConnected: weight has shape {tuple(weight.shape)}, expected ({num_hidden}, {data.shape[-1]}) from "
            f"num_hidden={num_hidden} and data; give the weight that many rows"
        )
    if bias is None or no_bias:
        bias_of("FullyConnected", bias, no_bias)
    return F.linear(data, weight, bias)


@op("Dropout", outputs=("output", "mask"), visible=1, told=result_shapes.of_only, random=True, by_mode=True)
def dropout(
    data: Tensor,
    *,
    p: float = 0.5,
    mode: Literal["always", "training"] = "training",
    axes: Shape = (),
    cudnn_off: bool | None = False,
) -> tuple[Tensor, ...]:
    """Set a share ``p`` of the elements to zero, and divide the others by ``1 - p``.

    Attrs:   p, the share, from 0 to 1 (at 1 all is zero times infinity, not a number); mode, ``training`` to do so in
             training only or ``always``; axes, along which all elements are kept or dropped together, counted from the
             end if negative; cudnn_off has no effect
    Outputs: output like data; mask, the factor of each element, which is not visible
    Raises:  ArgumentError if p is not a share; ShapeError if data has no such axis
    Source:  JMLR 15 (2014) 1929; behaviour of MXNet 1.9.1
    """
    if not 0 <= p <= 1:
        raise ArgumentError(f"Dropout: p is {p}, expected the share of elements to drop, from 0 to 1")
    if p == 0 or not (state.training or mode == "always"):
        return (data,)
    if axes:
        shape = list(data.shape)
        for axis in axes:
            if not -data.dim() <= axis < data.dim():
                raise ShapeError(f"Dropout: axes is {axes}, but data has {data.dim()} axes, shape {tuple(data.shape)}")
            shape[axis] = 1
        mask = torch.empty(shape, dtype=data.dtype, device=data.device)
    else:  # a seed drops the same elements whatever the order of data in memory, which graphs change
        mask = torch.empty_like(data, memory_format=torch.contiguous_format)
    # uniform numbers and a comparison: several times faster on CPUs than torch's own Bernoulli numbers
    low = torch.empty_like(mask, dtype=torch.float32) if mask.dtype.itemsize < 4 else mask  # too coarse otherwise
    low.uniform_(generator=random.generator(data.device))
    torch.ge(low, p, out=mask).mul_(1 / (1 - p) if p < 1 else math.inf)
    return data * mask, mask


def _fill_embedding(
    data: Sizes, weight: Sizes = None, *, input_dim: int, output_dim: int, **_: Any
) -> tuple[Sizes, Sizes]:
    return data, (input_dim, output_dim)


def _told_embedding(data: Shape, weight: Shape, *, input_dim: int, output_dim: int, **_: Any) -> Shape | None:
    return (*data, output_dim) if weight == (input_dim, output_dim) else None


@op("Embedding", fill=_fill_embedding, told=_told_embedding)
def embedding(
    data: Tensor,
    weight: Tensor,
    *,
    input_dim: Positive,
    output_dim: Positive,
    dtype: DType = _FLOAT32,
    sparse_grad: bool = False,
) -> Tensor:
    """Rows of ``weight`` by number.

    Inputs:  data (...), numbers of rows, of any dtype; weight (input_dim, output_dim)
    Attrs:   dtype, that of a weight not yet known; sparse_grad, the gradient of a weight that is a variable has only
             the rows that took part
    Outputs: (..., output_dim) in the dtype of weight. A number outside of [0, input_dim) takes the nearest row, NaN
             the first
    Raises:  ShapeError if weight is not (input_dim, output_dim)
    Source:  behaviour of MXNet 1.9.1
    """
    if weight.shape != (input_dim, output_dim):
        raise ShapeError(
            f"Embedding: weight has shape {tuple(weight.shape)}, expected ({input_dim}, {output_dim}) from input_dim "
            "and output_dim"
        )
    sparse = sparse_grad and weight.is_leaf and weight.requires_grad
    if weight.is_cpu:
        try:
            return torch.embedding(weight, data.long(), -1, False, sparse)
        except IndexError:  # torch checks each number anyway: numbers of rows that exist need no clamping
            pass
    # whole numbers first: NaN becomes the smallest one
    return torch.embedding(weight, data.long().clamp(0, input_dim - 1), -1, False, sparse)
