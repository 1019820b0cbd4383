"""Activation functions of layers, and rectifiers that are not flat below zero."""

from __future__ import annotations

import math
from typing import Any, Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._base.errors import InputTypeError, ShapeError
from mxnet._kernels import result_shapes
from mxnet._kernels.draws import fill_uniform
from mxnet._kernels.elemwise import softsign
from mxnet._kernels.nn import Sizes
from mxnet._ops import Shape, op
from mxnet._runtime.state import state

_LOG2_E = math.log2(math.e)


def _exp_up_to(most: float, data: Tensor) -> Tensor:
    """``exp(min(data, most))``, to a relative error that grows with the exponent: 1e-7 at 1, 1e-6 at 20.

    torch leaves ``exp`` to MKL, which on AMD processors takes twice as long as torch's own ``exp2``.
    """
    return data.clamp_max(most).mul_(_LOG2_E).exp2_()


def _log1pexp(data: Tensor) -> Tensor:
    out = _exp_up_to(20, data).add_(1).log_()  # from 20 on it is data itself
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


@op("Activation", told=result_shapes.of_all)
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
    out = _exp_up_to(0, data).sub_(1)
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
        slopes = fill_uniform(torch.empty_like(data, memory_format=torch.contiguous_format), lower, upper)
        mask = torch.where(data > 0, torch.ones_like(slopes), slopes).detach()
        return data * mask, mask
    return F.leaky_relu(data, (lower + upper) / 2), torch.zeros_like(data)


def _told_leaky(data: Shape, gamma: Shape | None = None, **_: Any) -> Shape | None:
    return data if gamma is None or (len(data) > 1 and gamma in ((1,), data[1:2])) else None


@op(
    "LeakyReLU",
    inputs=lambda a: ("data", "gamma") if a.act_type == "prelu" else ("data",),
    outputs=lambda a: ("output", "mask") if a.act_type == "rrelu" else ("output",),
    fill=_fill_leaky,
    told=_told_leaky,
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
