"""Batch normalisation over several devices."""

from __future__ import annotations

from typing import Any, cast

import torch
import torch.distributed as dist
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._kernels.batch_norm import OVER_BATCHES, batch_norm
from mxnet._ops import op
from mxnet._runtime import writes
from mxnet._runtime.state import state


class _SumOfAll(torch.autograd.Function):
    """The sum over all processes; what one of them computes from it has a gradient in all of them."""

    @staticmethod
    def forward(ctx: Any, own: Tensor) -> Tensor:
        total = own.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:  # type: ignore[override]
        return cast(Tensor, _SumOfAll.apply(grad))


def _check_processes(ndev: int) -> None:
    processes = dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1
    if processes != ndev:
        raise ArgumentError(
            f"SyncBatchNorm: ndev is {ndev} in a job of {processes} processes, expected as many; start one process a "
            "device, with torchrun, or set ndev=1 for statistics of each device's own batch"
        )


def _over_processes(
    data: Tensor, gamma: Tensor, beta: Tensor, moving_mean: Tensor, moving_var: Tensor, eps: float, momentum: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Training with the statistics of the batches of all processes, which may differ in size."""
    wide = data.to(moving_mean.dtype)
    axes = [0, *range(2, data.dim())]
    shape = (1, -1) + (1,) * (data.dim() - 2)
    count = wide.new_full((1,), data.numel() / data.shape[1])
    sums = _SumOfAll.apply(torch.cat((wide.sum(axes), count)))
    count = sums[-1].detach()
    mean = sums[:-1] / count
    centred = wide - mean.view(shape)
    var = _SumOfAll.apply(centred.square().sum(axes)) / count
    moving_mean.data.lerp_(mean.detach(), 1 - momentum)
    moving_var.data.lerp_(var.detach(), 1 - momentum)
    writes.count(moving_mean, moving_var)
    scale = gamma * torch.rsqrt(var + eps)
    return (centred * scale.view(shape) + beta.view(shape)).to(data.dtype), mean.detach(), var.detach()


@op("_contrib_SyncBatchNorm", outputs=("output", "mean", "var"), **OVER_BATCHES)
def sync_batch_norm(
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
    ndev: int = 1,
    key: str,
) -> tuple[Tensor, ...]:
    """BatchNorm whose statistics in training are those of the batches of all devices together.

    Inputs:  as of BatchNorm; the channels are on axis 1
    Attrs:   ndev, how many devices share the statistics: 1, or the number of processes of the job, one a device; key
             has no effect: processes meet in the order of their calls; the others as of BatchNorm
    Outputs: output like data; mean and var, (C,), with output_mean_var only: those used, var without eps
    Raises:  ShapeError if a parameter is not (C,); ArgumentError if ndev is another number in training, where 1.9.1
             waits for ever for devices that do not come
    Source:  arXiv:1803.08904; behaviour of MXNet 1.9.1, in which the devices are threads of one process, and gradients
             outside of training are not correct
    """
    if data.dim() < 2:
        raise ShapeError(f"SyncBatchNorm: data has shape {tuple(data.shape)}, expected (N, C, ...)")
    training = state.training and not use_global_stats
    if training and ndev != 1 and not data.is_meta:
        _check_processes(ndev)
        if fix_gamma:
            gamma.data.fill_(1)
            gamma = gamma * 0 + 1  # in its history, with a gradient of zero
        out, mean, var = _over_processes(data, gamma, beta, moving_mean, moving_var, eps, momentum)
        return (out, mean, var) if output_mean_var else (out,)
    (out,) = batch_norm(
        data,
        gamma,
        beta,
        moving_mean,
        moving_var,
        eps=eps,
        momentum=momentum,
        fix_gamma=fix_gamma,
        use_global_stats=use_global_stats,
    )
    if not output_mean_var:
        return (out,)
    if not training:
        return out, moving_mean.clone(), moving_var.clone()
    var, mean = torch.var_mean(data.detach().to(moving_mean.dtype), [0, *range(2, data.dim())], correction=0)
    return out, mean, var
