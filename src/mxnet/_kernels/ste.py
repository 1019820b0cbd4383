"""Functions whose gradient is declared, not derived: straight-through estimators and scaled gradients."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ShapeError
from mxnet._kernels.nn import Sizes
from mxnet._ops import op


class _Declared(torch.autograd.Function):
    """The value as it is; the gradient goes to ``data``, times ``scale``."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, value: Tensor, scale: float) -> Tensor:
        ctx.scale = scale
        return value

    @staticmethod
    def backward(ctx: Any, head: Tensor) -> tuple[Tensor, None, None]:
        return (head if ctx.scale == 1 else head * ctx.scale), None, None


@op("_contrib_round_ste", aliases=("_sparse__contrib_round_ste",))
def round_ste(data: Tensor) -> Tensor:
    """Round to the nearest whole number, halves away from zero; the gradient passes straight through.

    Outputs: like data
    Source:  arXiv:1308.3432; behaviour of MXNet 1.9.1
    """
    if not data.is_floating_point():
        return data
    flat = data.detach()
    return _Declared.apply(data, torch.trunc(flat + torch.copysign(torch.full_like(flat, 0.5), flat)), 1.0)


@op("_contrib_sign_ste", aliases=("_sparse__contrib_sign_ste",))
def sign_ste(data: Tensor) -> Tensor:
    """Sign, -1, 0 or 1; the gradient passes straight through.

    Outputs: like data
    Source:  arXiv:1308.3432; behaviour of MXNet 1.9.1
    """
    return _Declared.apply(data, torch.sign(data.detach()), 1.0)


@op("_contrib_gradientmultiplier")
def gradientmultiplier(data: Tensor, *, scalar: float = 1.0, is_int: bool = True) -> Tensor:
    """``data``, with its gradient multiplied by ``scalar``: a negative one reverses it.

    Attrs:   scalar; is_int says how it was written and has no effect
    Outputs: like data
    Source:  arXiv:1409.7495; behaviour of MXNet 1.9.1
    """
    return _Declared.apply(data, data.detach().clone(), scalar)


class _SparseActivations(torch.autograd.Function):
    """``data``; its gradient has that of a penalty added, and makes the moving average go on."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, average: Tensor, target: float, penalty: float, momentum: float) -> Tensor:
        ctx.save_for_backward(data)
        ctx.average = average
        ctx.options = target, penalty, momentum
        return data.clone()

    @staticmethod
    def backward(ctx: Any, head: Tensor) -> tuple[Tensor | None, ...]:
        (data,) = ctx.saved_tensors
        target, penalty, momentum = ctx.options
        axes = [i for i in range(data.dim()) if i != 1]
        average = ctx.average.mul_(momentum).add_(data.mean(axes), alpha=1 - momentum)
        slope = penalty * ((1 - target) / (1 - average) - target / average)
        return head + slope.view([-1 if i == 1 else 1 for i in range(data.dim())]), None, None, None, None


def _fill_kl(data: Sizes, moving_avg: Sizes = None, **_: Any) -> tuple[Sizes, Sizes]:
    return data, ((data[1],) if data and len(data) > 1 else None)


@op(
    "IdentityAttachKLSparseReg",
    fill=_fill_kl,
    aux=("moving_avg",),
    initial={"moving_avg": '["zero", {}]'},
)
def identity_attach_kl_sparse_reg(
    data: Tensor,
    moving_avg: Tensor,
    *,
    sparseness_target: float = 0.100000001,
    penalty: float = 0.00100000005,
    momentum: float = 0.899999976,
) -> Tensor:
    """``data``, with the gradient of a penalty on units that are active more often than ``sparseness_target``.

    The penalty is the Kullback-Leibler divergence between the target and each unit's mean activation, of which
    backward keeps a moving average.
    Inputs:  data (N, C, ...) in (0, 1), such as the output of a sigmoid; moving_avg (C,), auxiliary
    Attrs:   penalty, the weight of the divergence; momentum, the share of the old in the new average
    Outputs: like data
    Raises:  ShapeError if data has no axis of units or moving_avg does not fit
    Source:  behaviour of MXNet 1.9.1
    """
    if data.dim() < 2 or moving_avg.shape != data.shape[1:2]:
        raise ShapeError(
            f"IdentityAttachKLSparseReg: data has shape {tuple(data.shape)} and moving_avg {tuple(moving_avg.shape)}, "
            "expected (N, C, ...) and (C,)"
        )
    return _SparseActivations.apply(data, moving_avg.detach(), sparseness_target, penalty, momentum)
