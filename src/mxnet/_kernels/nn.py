"""Fully connected layers, activations, dropout, embedding and the softmax family."""

from __future__ import annotations

import math
from typing import Any, Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError, ShapeError
from mxnet._kernels.elemwise import softsign
from mxnet._kernels.layout import gradient_in_order
from mxnet._ops import DType, Positive, Shape, op
from mxnet._runtime import random
from mxnet._runtime.dtypes import NAME, TORCH
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


@op("FullyConnected", inputs=data_weight_bias, fill=fill_fully_connected)
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


def _log1pexp(data: Tensor) -> Tensor:
    out = data.clamp_max(20).exp_().add_(1).log_()  # from 20 on it is data itself
    return torch.maximum(out, data, out=out)


class _SoftRelu(torch.autograd.Function):
    """log(1 + exp(x)) in float32; its derivative is the logistic function."""

    @staticmethod
    def forward(ctx: Any, data: Tensor) -> Tensor:
        ctx.save_for_backward(data)
        return _log1pexp(data)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:  # type: ignore[override]
        return grad * torch.sigmoid(*ctx.saved_tensors)


def _softrelu(data: Tensor) -> Tensor:
    """On CPUs as 1.9.1 computes it, to 1e-7: twice as fast as with a logarithm that is exact near one."""
    if not data.is_cpu or data.dtype is not torch.float32:
        return F.softplus(data)
    return cast(Tensor, _SoftRelu.apply(data)) if data.requires_grad else _log1pexp(data)


_ACTIVATIONS = {
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softrelu": _softrelu,
    "softsign": softsign,
}


@op("Activation")
def activation(data: Tensor, *, act_type: Literal["relu", "sigmoid", "softrelu", "softsign", "tanh"]) -> Tensor:
    """An activation function, element by element.

    Attrs:   act_type: relu max(x, 0); sigmoid 1 / (1 + exp(-x)); softrelu log(1 + exp(x)); softsign x / (1 + |x|);
             tanh
    Outputs: like data
    Source:  behaviour of MXNet 1.9.1
    """
    return _ACTIVATIONS[act_type](data)


def _fill_leaky(data: Sizes, gamma: Sizes = None, *, act_type: str, **_: Any) -> tuple[Sizes, Sizes]:
    if act_type == "prelu" and gamma is None and data and len(data) > 1:
        return data, (data[1],)
    return data, gamma


def _prelu(data: Tensor, gamma: Tensor | None) -> Tensor:
    if gamma is None:
        raise InputTypeError("LeakyReLU: input gamma is missing; act_type='prelu' learns its slopes from it")
    channels = data.shape[1] if data.dim() > 1 else 1
    if gamma.dim() == 1 and gamma.shape[0] in (1, channels):
        return F.prelu(data, gamma)
    # else from the first axis on: one a row, or one a row and channel
    shape = gamma.shape + (1,) * (data.dim() - gamma.dim())
    if (
        gamma.dim() > 2
        or len(shape) > data.dim()
        or any(g not in (1, d) for g, d in zip(shape, data.shape, strict=True))
    ):
        raise ShapeError(
            f"LeakyReLU: gamma has shape {tuple(gamma.shape)}, expected (1,), ({channels},) or that of the first one "
            f"or two axes of data {tuple(data.shape)}; slopes are one for all, one a channel, or one a row and channel"
        )
    return torch.where(data > 0, data, data * gamma.reshape(shape))


def _elu_values(data: Tensor, slope: float) -> Tensor:
    out = data.clamp_max(0).exp_().sub_(1)
    if slope != 1:
        out.mul_(slope)
    return torch.maximum(out, data, out=out)


class _Elu(torch.autograd.Function):
    """elu in float32, with torch's gradient."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, slope: float) -> Tensor:
        out = _elu_values(data, slope)
        ctx.save_for_backward(out)
        ctx.slope = slope
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        return torch.ops.aten.elu_backward(grad, ctx.slope, 1, 1, True, *ctx.saved_tensors), None


def _elu(data: Tensor, slope: float) -> Tensor:
    """On CPUs as 1.9.1 computes it, to 1e-7: twice as fast as with an exponential that is exact near zero."""
    if not data.is_cpu or data.dtype is not torch.float32 or not 0 <= slope <= 1:
        return F.elu(data, slope)
    return cast(Tensor, _Elu.apply(data, slope)) if data.requires_grad else _elu_values(data, slope)


def _rrelu(data: Tensor, lower: float, upper: float) -> tuple[Tensor, Tensor]:
    if state.training:
        slopes = torch.empty_like(data, memory_format=torch.contiguous_format)
        slopes.uniform_(lower, upper, generator=random.generator(data.device))
        mask = torch.where(data > 0, torch.ones_like(slopes), slopes).detach()
        return data * mask, mask
    return F.leaky_relu(data, (lower + upper) / 2), torch.zeros_like(data)


@op(
    "LeakyReLU",
    inputs=lambda a: ("data", "gamma") if a.act_type == "prelu" else ("data",),
    outputs=lambda a: ("output", "mask") if a.act_type == "rrelu" else ("output",),
    fill=_fill_leaky,
    initial={"gamma": '["Constant", {"value": 0.25}]'},
    random=True,
    by_mode=True,
)
def leaky_relu(
    data: Tensor,
    gamma: Tensor | None = None,
    *,
    act_type: Literal["elu", "gelu", "leaky", "prelu", "rrelu", "selu"] = "leaky",
    slope: float = 0.25,
    lower_bound: float = 0.125,
    upper_bound: float = 0.333999991,
) -> Tensor | tuple[Tensor, Tensor]:
    """Rectifiers that are not flat below zero.

    Inputs:  data (N, C, ...); gamma (C,), (1,), (N, C) or (N,), for prelu only
    Attrs:   act_type: leaky ``slope * x``; prelu ``gamma * x``; elu ``slope * (exp(x) - 1)``; selu; gelu
             ``x * Phi(x)``; rrelu ``s * x`` with s uniform in [lower_bound, upper_bound] for each element in
             training, and their mean in prediction
    Outputs: like data; for rrelu also the mask, the factor of each element in training, zeros in prediction
    Source:  arXiv:1505.00853, 1502.01852, 1511.07289, 1706.02515, 1606.08415; behaviour of MXNet 1.9.1, except that
             the gradient of gamma is right in executors too, where 1.9.1 multiplies it by gamma if data has one
    """
    if act_type == "leaky":
        return F.leaky_relu(data, slope)
    if act_type == "prelu":
        return _prelu(data, gamma)
    if act_type == "elu":
        return _elu(data, slope)
    if act_type == "selu":
        return F.selu(data)
    if act_type == "gelu":
        return F.gelu(data)
    return _rrelu(data, lower_bound, upper_bound)


@op("Dropout", outputs=("output", "mask"), visible=1, random=True, by_mode=True)
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
             training only or ``always``; axes, along which all elements are kept or dropped together; cudnn_off has no
             effect
    Outputs: output like data; mask, the factor of each element, which is not visible
    Raises:  ArgumentError if p is not a share
    Source:  JMLR 15 (2014) 1929; behaviour of MXNet 1.9.1
    """
    if not 0 <= p <= 1:
        raise ArgumentError(f"Dropout: p is {p}, expected the share of elements to drop, from 0 to 1")
    if p == 0 or not (state.training or mode == "always"):
        return (data,)
    if axes:
        shape = [1 if i in axes else n for i, n in enumerate(data.shape)]
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


@op("Embedding", fill=_fill_embedding)
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
    Outputs: (..., output_dim) in the dtype of weight. A number outside of [0, input_dim) takes the nearest row
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
    return torch.embedding(weight, data.clamp(0, input_dim - 1).long(), -1, False, sparse)


def _by_length(data: Tensor, length: Tensor, axis: int) -> Tensor:
    """Which elements along ``axis`` count: a mask that broadcasts to data."""
    axis %= data.dim()
    steps = torch.arange(data.shape[axis], device=data.device).view([-1] + [1] * (data.dim() - 1 - axis))
    return steps < (length.unsqueeze(axis) if data.dim() > 1 else length)


def _softmax_inputs(a: Any) -> tuple[str, ...]:
    return ("data", "length") if a.use_length else ("data",)


def _fill_softmax(data: Sizes, length: Sizes = None, *, axis: int, use_length: bool, **_: Any) -> tuple[Sizes, Sizes]:
    if data and use_length:
        axis %= len(data)
        length = data[:axis] + data[axis + 1 :] or (1,)
    return data, length


@op("softmax", inputs=_softmax_inputs, fill=_fill_softmax)
def softmax(
    data: Tensor,
    length: Tensor | None = None,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: Literal["float16", "float32", "float64"] | None = None,
    use_length: bool | None = False,
) -> Tensor:
    """exp(data / temperature), scaled to sum to one along ``axis``.

    Inputs:  data; length, integers of data's shape without ``axis``, with use_length only
    Attrs:   dtype, that of the output, data's if None; use_length, elements from ``length`` on are left out: zero
    Outputs: like data
    Raises:  InputTypeError if length is required and missing
    Source:  behaviour of MXNet 1.9.1
    """
    if temperature is not None and temperature != 1:
        data = data / temperature
    to = None if dtype is None else TORCH[dtype]
    if not use_length:
        return torch.softmax(data, axis, to)
    if length is None:
        raise InputTypeError("softmax: input length is missing; use_length=True takes the number of elements from it")
    # integers are recorded as float64, when their gradient is asked for; shapes are inferred for any dtype
    if length.is_floating_point() and length.dtype is not torch.float64 and not state.tracing:
        raise DTypeError(f"softmax: length has dtype {NAME[length.dtype]}, expected an integer type")
    valid = _by_length(data, length, axis)
    # a row without elements would be 0 / 0
    return torch.softmax(data.masked_fill(~valid, -math.inf), axis, to).masked_fill(~valid, 0)


def _no_length(who: str, use_length: bool | None) -> None:
    if use_length:
        raise ArgumentError(f"{who}: use_length is True, expected False, as it takes no lengths; use softmax")


@op("log_softmax")
def log_softmax(
    data: Tensor,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: Literal["float16", "float32", "float64"] | None = None,
    use_length: bool | None = False,
) -> Tensor:
    """Logarithm of the softmax of ``data / temperature`` along ``axis``.

    Attrs:   dtype, that of the output, data's if None; use_length must be False, there is no input of lengths
    Outputs: like data
    Raises:  ArgumentError if use_length is set
    Source:  behaviour of MXNet 1.9.1
    """
    if temperature is not None and temperature != 1:
        data = data / temperature
    _no_length("log_softmax", use_length)
    return torch.log_softmax(data, axis, None if dtype is None else TORCH[dtype])


@op("softmin")
def softmin(
    data: Tensor,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: Literal["float16", "float32", "float64"] | None = None,
    use_length: bool | None = False,
) -> Tensor:
    """exp(-data / temperature), scaled to sum to one along ``axis``.

    Attrs:   dtype, that of the output, data's if None; use_length must be False, there is no input of lengths
    Outputs: like data
    Raises:  ArgumentError if use_length is set
    Source:  behaviour of MXNet 1.9.1
    """
    _no_length("softmin", use_length)
    data = -data if temperature is None else data / -temperature
    return torch.softmax(data, axis, None if dtype is None else TORCH[dtype])


@op("SoftmaxActivation")
def softmax_activation(data: Tensor, *, mode: Literal["channel", "instance"] = "instance") -> Tensor:
    """Softmax over the last axis, or over the channels of each position.

    Inputs:  data (..., K), or (N, C, ...) of three dimensions at least for mode channel
    Outputs: like data
    Raises:  ShapeError if data has too few dimensions
    Source:  behaviour of MXNet 1.9.1 on CPUs, whose gradient, however, is that of a softmax over all axes but the first
    """
    if mode == "instance":
        return torch.softmax(data, -1)
    if data.dim() < 3:
        raise ShapeError(
            f"SoftmaxActivation: data has shape {tuple(data.shape)}, expected at least 3 dimensions with mode=channel"
        )
    return torch.softmax(data, 1)
