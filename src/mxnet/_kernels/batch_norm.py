"""Normalisation over the batch, by moving statistics in prediction."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ShapeError
from mxnet._kernels import result_shapes
from mxnet._kernels.layout import gapless, gradient_in_order
from mxnet._kernels.nn import Sizes
from mxnet._ops import Shape, op
from mxnet._runtime import writes
from mxnet._runtime.shapes import nth_axis
from mxnet._runtime.state import state


def with_statistics(a: Any) -> int:
    """How many outputs are visible: the statistics with ``output_mean_var`` only."""
    return 3 if a.output_mean_var else 1


def _fill(data: Sizes, *parameters: Sizes, axis: int = 1, **_: Any) -> tuple[Sizes, ...]:
    if not data:
        return data, *parameters
    return (data,) + ((data[axis],),) * 4


def _told(data: Shape, *parameters: Shape, **attrs: Any) -> Shape | None:
    return result_shapes.per_channel(data, *parameters, **attrs) if len(data) > 1 else None


OVER_BATCHES: dict[str, Any] = {
    "visible": with_statistics,
    "fill": _fill,
    "told": _told,
    "aux": ("moving_mean", "moving_var"),
    "initial": {"moving_mean": '["zero", {}]', "moving_var": '["one", {}]'},
    "by_mode": True,
}
"""Options of ``op`` for all operators that keep statistics of the batches they see."""


class _WithZeroGradient(torch.autograd.Function):
    """``out``, with ``gamma`` in its history and a gradient of zero for it."""

    @staticmethod
    def forward(ctx: Any, out: Tensor, gamma: Tensor) -> Tensor:
        ctx.zeros = torch.zeros_like(gamma)
        return out.view_as(out)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        return grad, ctx.zeros


def _three_axes(data: Tensor, axis: int) -> Tensor:
    """``data`` with the axes before ``axis`` joined into one, and those after it."""
    axis %= data.dim()
    return data.reshape(math.prod(data.shape[:axis]), data.shape[axis], math.prod(data.shape[axis + 1 :]))


def _mean_var(x: Tensor, mean: Tensor, var: Tensor, eps: float, training: bool) -> tuple[Tensor, Tensor]:
    """What ``output_mean_var`` shows: the mean, and one over the standard deviation."""
    if training:
        dims = [0, *range(2, x.dim())]
        wide = x.detach().to(mean.dtype)
        var, mean = torch.var_mean(wide, dims, correction=0)
    return mean, torch.rsqrt(var + eps)


@op("BatchNorm", outputs=("output", "mean", "var"), **OVER_BATCHES)
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
             1.9.1 on CPUs does it in the backward pass. There prediction sets a fixed gamma to one, too.
    """
    training = state.training and not use_global_stats
    if axis == 1 or (axis == 1 - data.dim() and axis):
        x = gapless(data)
    else:
        x = _three_axes(data, nth_axis("BatchNorm", axis, data.dim()))
    weight = None if fix_gamma else gamma
    if not training:
        mean, var = moving_mean, moving_var
        if x.requires_grad:  # kept for the gradient, until which they may be written to
            mean, var = mean.data, var.data
        out = torch.batch_norm(x, weight, beta, mean, var, False, 0.0, eps, not cudnn_off)
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
        values = not x.is_meta  # for shapes alone, training or not: there torch divides by one less than the count
        alone = count == 1  # a value is its own mean: exactly zero, where torch's x * scale + shift leaves rounding
        centred = x - x.detach() if alone else x
        out = torch.batch_norm(centred, weight, beta, mean, batch, values, 1 - momentum, eps, not cudnn_off)
        var.mul_(momentum)
        if alone:
            moving_mean.data.add_(x.detach().reshape(channels), alpha=1 - momentum)
        elif count:
            var.add_(batch, alpha=(count - 1) / count)
        writes.count(moving_mean, moving_var)
    if fix_gamma and state.training:
        gamma.data.fill_(1)
    out = gradient_in_order(out)
    if x is not data:
        out = out.view(data.shape)
    if fix_gamma and gamma.requires_grad:
        out = _WithZeroGradient.apply(out, gamma)
    if output_mean_var:
        return out, *_mean_var(x, moving_mean, moving_var, eps, training)
    return (out,)


@op("BatchNorm_v1", outputs=("output", "mean", "var"), **OVER_BATCHES)
def batch_norm_v1(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    moving_mean: Tensor,
    moving_var: Tensor,
    *,
    eps: float = 0.00100000005,
    momentum: float = 0.899999976,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
) -> tuple[Tensor, ...]:
    """BatchNorm of old symbol files: see BatchNorm. The channels are on axis 1."""
    return batch_norm(
        data,
        gamma,
        beta,
        moving_mean,
        moving_var,
        eps=eps,
        momentum=momentum,
        fix_gamma=fix_gamma,
        use_global_stats=use_global_stats,
        output_mean_var=output_mean_var,
    )


@op("_contrib_BatchNormWithReLU", outputs=("output", "mean", "var", "workspace"), **OVER_BATCHES)
def batch_norm_with_relu(
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
    """BatchNorm followed by ReLU.

    Inputs, Attrs and Raises: as of BatchNorm
    Outputs: output like data; mean and var as of BatchNorm, with output_mean_var only
    Source:  behaviour of MXNet 1.9.1, which takes float32 of four axes only, and outside of training has no correct
             gradients of it
    """
    out, *statistics = batch_norm(
        data,
        gamma,
        beta,
        moving_mean,
        moving_var,
        eps=eps,
        momentum=momentum,
        fix_gamma=fix_gamma,
        use_global_stats=use_global_stats,
        output_mean_var=output_mean_var,
        axis=axis,
        cudnn_off=cudnn_off,
        min_calib_range=min_calib_range,
        max_calib_range=max_calib_range,
    )
    return torch.relu(out), *statistics
