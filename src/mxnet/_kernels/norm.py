"""Normalisation: over the batch, a layer, an instance, groups of channels, and of lengths."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ShapeError
from mxnet._kernels.nn import Sizes
from mxnet._ops import op
from mxnet._runtime.state import state


def _fill_batch_norm(data: Sizes, *parameters: Sizes, axis: int, **_: Any) -> tuple[Sizes, ...]:
    if not data:
        return data, *parameters
    return (data,) + ((data[axis],),) * 4


class _WithZeroGradient(torch.autograd.Function):
    """``out``, with ``gamma`` in its history and a gradient of zero for it."""

    @staticmethod
    def forward(ctx: Any, out: Tensor, gamma: Tensor) -> Tensor:
        return out.view_as(out)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return grad, None


def _three_axes(data: Tensor, axis: int) -> Tensor:
    """``data`` with all before ``axis`` as one, and all after it."""
    axis %= data.dim()
    return data.reshape(math.prod(data.shape[:axis]), data.shape[axis], math.prod(data.shape[axis + 1 :]))


def _mean_var(x: Tensor, mean: Tensor, var: Tensor, eps: float, training: bool) -> tuple[Tensor, Tensor]:
    """What ``output_mean_var`` shows: the mean, and one over the deviation."""
    if training:
        dims = [0, *range(2, x.dim())]
        wide = x.detach().to(mean.dtype)
        var, mean = torch.var_mean(wide, dims, correction=0)
    return mean, torch.rsqrt(var + eps)


@op(
    "BatchNorm",
    outputs=("output", "mean", "var"),
    visible=lambda a: 3 if a.output_mean_var else 1,
    fill=_fill_batch_norm,
    aux=("moving_mean", "moving_var"),
    by_mode=True,
)
def batch_norm(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    moving_mean: Tensor,
    moving_var: Tensor,
    *,
    eps: float = 0.0010000000474974513,
    momentum: float = 0.899999976,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
    cudnn_off: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> tuple[Tensor, ...]:
    """Give every channel of a batch mean zero and variance one, then scale by ``gamma`` and add ``beta``.

    Inputs:  data (..., C, ...) with the channels on ``axis``; gamma, beta, moving_mean and moving_var (C,), of
             float32 where data is of float16
    Attrs:   eps, added to the variance; momentum, the share of the old in new moving statistics; fix_gamma, gamma is
             one: it is set to that in training, and its gradient is zero; use_global_stats, normalise by the moving
             statistics in training too; cudnn_off, on GPUs do without cuDNN; min_calib_range and max_calib_range
             have no effect
    Outputs: output like data; mean and var, with output_mean_var only: the mean and one over the deviation used
    Raises:  ShapeError if a parameter is not (C,)
    Source:  arXiv:1502.03167; behaviour of MXNet 1.9.1. The variance is that of the batch, not an estimate of the
             population's, in the moving variance too. Moving statistics are updated by the forward pass in training;
             1.9.1 on CPUs does it in the backward pass.
    """
    training = state.training and not use_global_stats
    x = data if axis == 1 or axis == 1 - data.dim() else _three_axes(data, axis)
    weight = None if fix_gamma else gamma
    if not training:
        out = torch.batch_norm(x, weight, beta, moving_mean, moving_var, False, 0.0, eps, not cudnn_off)
    else:
        channels = x.shape[1]
        for parameter in (gamma, beta, moving_mean, moving_var):
            if parameter.shape != (channels,):
                raise ShapeError(
                    f"BatchNorm: a parameter has shape {tuple(parameter.shape)}, expected ({channels},) from data "
                    f"{tuple(data.shape)} with axis={axis}; set axis to the channel axis"
                )
        mean, var = moving_mean.data, moving_var.data  # .data: the graph being recorded holds no version of them
        count = x.numel() // channels if channels else 0
        batch = torch.zeros_like(var)
        out = torch.batch_norm(x, weight, beta, mean, batch, True, 1 - momentum, eps, not cudnn_off)
        var.mul_(momentum)
        if count > 1:
            var.add_(batch, alpha=(count - 1) / count)
        if fix_gamma:
            gamma.data.fill_(1)
    if x is not data:
        out = out.view(data.shape)
    if fix_gamma and gamma.requires_grad:
        out = _WithZeroGradient.apply(out, gamma)
    if output_mean_var:
        return out, *_mean_var(x, moving_mean, moving_var, eps, training)
    return (out,)
