"""Normalisation of each instance: of a layer, channels, groups of channels, and lengths."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._kernels import result_shapes
from mxnet._kernels.batch_norm import with_statistics
from mxnet._kernels.nn import Sizes
from mxnet._ops import Shape, op


def _check_rank(who: str, data: Tensor) -> None:
    if data.dim() < 3:
        raise ShapeError(f"{who}: data has shape {tuple(data.shape)}, expected at least 3 dimensions")


def _fill_channels(
    data: Sizes, gamma: Sizes = None, beta: Sizes = None, *, axis: int = 1, **_: Any
) -> tuple[Sizes, ...]:
    if not data:
        return data, gamma, beta
    return data, (data[axis],), (data[axis],)


_ROWS = 256


class _ManyRows(torch.autograd.Function):
    """Layer normalisation of float32 on the CPU.

    torch adds up the gradients of the parameters row after row, which loses digits over thousands of rows: here they
    are sums of the sums of ``_ROWS`` rows.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, gamma: Tensor, beta: Tensor, eps: float) -> Tensor:
        out, mean, inverse = torch.native_layer_norm(x, x.shape[-1:], gamma, beta, eps)
        ctx.save_for_backward(x, gamma, beta, mean, inverse)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        x, gamma, beta, mean, inverse = ctx.saved_tensors
        width = x.shape[-1:]
        backward = torch.ops.aten.native_layer_norm_backward
        if ctx.needs_input_grad[0]:
            for_x, _, _ = backward(grad, x, width, mean, inverse, gamma, beta, [True, False, False])
        else:
            for_x = None
        rows = [t.reshape(-1, t.shape[-1]).split(_ROWS) for t in (grad, x, mean, inverse)]
        parts = [
            backward(g, d, width, m, i, gamma, beta, [False, True, True]) for g, d, m, i in zip(*rows, strict=True)
        ]
        return for_x, torch.stack([p[1] for p in parts]).sum(0), torch.stack([p[2] for p in parts]).sum(0), None


@op(
    "LayerNorm",
    outputs=("output", "mean", "std"),
    visible=with_statistics,
    fill=_fill_channels,
    told=result_shapes.per_channel,
)
def layer_norm(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    *,
    axis: int = -1,
    eps: float = 9.99999975e-06,
    output_mean_var: bool = False,
) -> tuple[Tensor, ...]:
    """Give the elements along ``axis`` mean zero and variance one, then scale by ``gamma`` and add ``beta``.

    Inputs:  data (..., C, ...) with C on ``axis``; gamma and beta (C,)
    Attrs:   eps, added to the variance
    Outputs: output like data; mean and std (the root of variance plus eps) with C replaced by 1, with
             output_mean_var only
    Raises:  ShapeError if gamma or beta is not (C,) or there is no such axis
    Source:  arXiv:1607.06450; behaviour of MXNet 1.9.1
    """
    if not -data.dim() <= axis < data.dim():
        raise ShapeError(f"LayerNorm: axis is {axis}, out of range for data {tuple(data.shape)}")
    inner = axis in (-1, data.dim() - 1)
    x = data if inner else data.movedim(axis, -1)
    if not output_mean_var:
        many = x.numel() > 4 * _ROWS * x.shape[-1] and (gamma.requires_grad or beta.requires_grad)
        if many and x.is_cpu and x.dtype is gamma.dtype is beta.dtype is torch.float32:
            out = _ManyRows.apply(x, gamma, beta, eps)
        else:
            out = torch.layer_norm(x, x.shape[-1:], gamma, beta, eps)
        return (out if inner else out.movedim(-1, axis).contiguous(),)
    out, mean, inverse = torch.native_layer_norm(x, x.shape[-1:], gamma, beta, eps)
    std = inverse.reciprocal()
    if inner:
        return out, mean, std
    return tuple(t.movedim(-1, axis).contiguous() for t in (out, mean, std))


def _told_instance_norm(data: Shape, *parameters: Shape, **_: Any) -> Shape | None:
    return result_shapes.per_channel(data, *parameters) if len(data) > 2 and 0 not in data else None


@op("InstanceNorm", outputs=("output", "mean", "var"), visible=1, fill=_fill_channels, told=_told_instance_norm)
def instance_norm(data: Tensor, gamma: Tensor, beta: Tensor, *, eps: float = 0.00100000005) -> tuple[Tensor, ...]:
    """Give every channel of every instance mean zero and variance one, then scale by ``gamma`` and add ``beta``.

    Inputs:  data (N, C, ...) with at least one more axis; gamma and beta (C,)
    Attrs:   eps, added to the variance
    Outputs: like data
    Raises:  ShapeError if gamma or beta is not (C,)
    Source:  arXiv:1607.08022; behaviour of MXNet 1.9.1
    """
    _check_rank("InstanceNorm", data)
    return (torch.instance_norm(data, gamma, beta, None, None, True, 0.0, eps, True),)


def _fill_group_norm(
    data: Sizes, gamma: Sizes = None, beta: Sizes = None, *, num_groups: int, **_: Any
) -> tuple[Sizes, ...]:
    return data, (num_groups,), (num_groups,)


def _told_group_norm(data: Shape, *parameters: Shape, num_groups: int, **_: Any) -> Shape | None:
    if len(data) < 3 or 0 in data or num_groups < 1 or data[1] % num_groups:
        return None
    return data if parameters == ((num_groups,),) * 2 else None


@op(
    "GroupNorm",
    outputs=("output", "mean", "std"),
    visible=with_statistics,
    fill=_fill_group_norm,
    told=_told_group_norm,
)
def group_norm(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    *,
    num_groups: int = 1,
    eps: float = 9.99999975e-06,
    output_mean_var: bool = False,
) -> tuple[Tensor, ...]:
    """Give every group of channels of every instance mean zero and variance one, then scale and shift it.

    Inputs:  data (N, C, ...) with at least one more axis; gamma and beta (num_groups,), one number a group
    Attrs:   num_groups, of which C is a multiple; eps, added to the variance
    Outputs: output like data; mean and std (the root of variance plus eps), (N, num_groups), with output_mean_var only
    Raises:  ShapeError if gamma or beta is not (num_groups,); ArgumentError if num_groups does not divide C
    Source:  arXiv:1803.08494; behaviour of MXNet 1.9.1, whose gamma and beta are not one a channel
    """
    _check_rank("GroupNorm", data)
    rows, channels = data.shape[:2]
    if num_groups < 1 or channels % num_groups:
        raise ArgumentError(
            f"GroupNorm: num_groups is {num_groups}, expected a divisor of the {channels} channels of data "
            f"{tuple(data.shape)}"
        )
    if gamma.shape != (num_groups,) or beta.shape != (num_groups,):
        raise ShapeError(
            f"GroupNorm: gamma has shape {tuple(gamma.shape)} and beta {tuple(beta.shape)}, expected ({num_groups},), "
            "one number a group"
        )
    each = channels // num_groups
    if each > 1:
        gamma, beta = gamma.repeat_interleave(each), beta.repeat_interleave(each)
    if not output_mean_var:
        return (torch.group_norm(data, num_groups, gamma, beta, eps),)
    inner = math.prod(data.shape[2:])
    out, mean, inverse = torch.native_group_norm(data.contiguous(), gamma, beta, rows, channels, inner, num_groups, eps)
    return out, mean, inverse.reciprocal()


def _told_l2_normalization(data: Shape, *, mode: str, **_: Any) -> Shape | None:
    return data if len(data) >= (1 if mode == "instance" else 3) else None


@op("L2Normalization", outputs=("output", "norm"), visible=1, told=_told_l2_normalization)
def l2_normalization(
    data: Tensor, *, eps: float = 1.00000001e-10, mode: Literal["channel", "instance", "spatial"] = "instance"
) -> tuple[Tensor, ...]:
    """Divide by the Euclidean length, so that it becomes one.

    Inputs:  data (N, C, ...), of three dimensions at least but for mode instance
    Attrs:   mode, over what the length is taken: instance all but the batch axis, channel the channel axis, spatial
             all axes after it; eps, added to the square of the length
    Outputs: like data
    Raises:  ShapeError if data has too few dimensions
    Source:  behaviour of MXNet 1.9.1
    """
    if mode != "instance":
        _check_rank("L2Normalization", data)
    first, end = {"channel": (1, 2), "spatial": (2, data.dim()), "instance": (1, data.dim())}[mode]
    squares = data.square()
    if end > first:
        squares = squares.sum(list(range(first, end)), keepdim=True)
    return (data / (squares + eps).sqrt(),)
