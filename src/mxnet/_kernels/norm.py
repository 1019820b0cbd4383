"""Normalisation: over the batch, a layer, an instance, groups of channels, and of lengths."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._kernels.layout import gapless, gradient_in_order
from mxnet._kernels.nn import Sizes
from mxnet._ops import Positive, op
from mxnet._runtime import writes
from mxnet._runtime.shapes import nth_axis
from mxnet._runtime.state import state


def _fill_batch_norm(data: Sizes, *parameters: Sizes, axis: int, **_: Any) -> tuple[Sizes, ...]:
    if not data:
        return data, *parameters
    return (data,) + ((data[axis],),) * 4


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
    initial={"moving_mean": '["zero", {}]', "moving_var": '["one", {}]'},
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
        out = torch.batch_norm(x, weight, beta, mean, batch, values, 1 - momentum, eps, not cudnn_off)
        var.mul_(momentum)
        if count > 1:
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


def _visible(a: Any) -> int:
    return 3 if a.output_mean_var else 1


def _rank(who: str, data: Tensor, least: int) -> None:
    if data.dim() < least:
        raise ShapeError(f"{who}: data has shape {tuple(data.shape)}, expected at least {least} dimensions")


def _fill_layer_norm(data: Sizes, gamma: Sizes = None, beta: Sizes = None, *, axis: int, **_: Any) -> tuple[Sizes, ...]:
    if not data:
        return data, gamma, beta
    return data, (data[axis],), (data[axis],)


_ROWS = 256


class _ManyRows(torch.autograd.Function):
    """Layer normalisation of float32 on the CPU.

    torch adds the gradients of the parameters up row after row, which loses digits over thousands of them: here they
    are sums of sums of ``_ROWS`` rows.
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


@op("LayerNorm", outputs=("output", "mean", "std"), visible=_visible, fill=_fill_layer_norm)
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


def _fill_instance_norm(data: Sizes, gamma: Sizes = None, beta: Sizes = None, **_: Any) -> tuple[Sizes, ...]:
    if not data:
        return data, gamma, beta
    return data, (data[1],), (data[1],)


@op("InstanceNorm", outputs=("output", "mean", "var"), visible=1, fill=_fill_instance_norm)
def instance_norm(data: Tensor, gamma: Tensor, beta: Tensor, *, eps: float = 0.00100000005) -> tuple[Tensor, ...]:
    """Give every channel of every instance mean zero and variance one, then scale by ``gamma`` and add ``beta``.

    Inputs:  data (N, C, ...) with at least one more axis; gamma and beta (C,)
    Attrs:   eps, added to the variance
    Outputs: like data
    Raises:  ShapeError if gamma or beta is not (C,)
    Source:  arXiv:1607.08022; behaviour of MXNet 1.9.1
    """
    _rank("InstanceNorm", data, 3)
    return (torch.instance_norm(data, gamma, beta, None, None, True, 0.0, eps, True),)


def _fill_group_norm(
    data: Sizes, gamma: Sizes = None, beta: Sizes = None, *, num_groups: int, **_: Any
) -> tuple[Sizes, ...]:
    return data, (num_groups,), (num_groups,)


@op("GroupNorm", outputs=("output", "mean", "std"), visible=_visible, fill=_fill_group_norm)
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
    _rank("GroupNorm", data, 3)
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


@op("L2Normalization", outputs=("output", "norm"), visible=1)
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
        _rank("L2Normalization", data, 3)
    first, end = {"channel": (1, 2), "spatial": (2, data.dim()), "instance": (1, data.dim())}[mode]
    squares = data.square()
    if end > first:
        squares = squares.sum(list(range(first, end)), keepdim=True)
    return (data / (squares + eps).sqrt(),)


@op("LRN", outputs=("output", "norm"), visible=1)
def lrn(
    data: Tensor,
    *,
    alpha: float = 9.99999975e-05,
    beta: float = 0.75,
    knorm: float = 2.0,
    nsize: Positive,
) -> tuple[Tensor, ...]:
    """Local response normalisation: divide by a power of the mean square over ``nsize`` neighbouring channels.

    Inputs:  data (N, C, ...)
    Outputs: data / (knorm + alpha * (sum of squares) / nsize) ** beta, like data. With an even nsize the sum has one
             channel less, as many on either side
    Source:  Krizhevsky et al., NIPS 2012; behaviour of MXNet 1.9.1
    """
    reach, scale = (nsize - 1) // 2, alpha / nsize
    if data.requires_grad or data.is_meta:
        sums = torch.add(data.new_tensor(knorm), _ChannelWindow.apply(data * data, reach), alpha=scale)
        if beta != 0.75:
            return (data * sums.pow(-beta),)
        root = sums.rsqrt()  # that of the paper, and of most networks; roots are several times faster than powers
        return (data * (root * root.sqrt()),)
    out = data.new_empty(data.shape)
    if data.numel():
        rows, channels = data.shape[:2]
        _normalise(data.reshape(rows, channels, -1), out.view(rows, channels, -1), 2 * reach + 1, knorm, scale, beta)
    return (out,)


_BLOCK = 1 << 16
"""Elements that a thread normalises at a time: with their sums, what the cache of a core holds."""


def _normalise(data: Tensor, out: Tensor, width: int, knorm: float, scale: float, beta: float) -> None:
    """Divide (N, C, K) by (knorm + scale * (sum of squares)) ** beta, block by block: a batch fits into no cache."""
    rows, channels, length = data.shape
    block = _BLOCK * torch.get_num_threads()
    span = _even(length, block // channels)
    count = _even(rows, block // (channels * span))
    part = data.new_full((), knorm / width)
    padded = part.expand(count, channels + width - 1, span).clone()
    squares = padded[:, width // 2 : width // 2 + channels]
    additions, total = _window_additions(padded.view(-1), width, span)
    root, divisor = torch.empty_like(total), total.as_strided(squares.shape, squares.stride())
    for row in range(0, rows, count):
        row = min(row, rows - count)  # the last blocks begin within the one before
        for at in range(0, length, span):
            at = min(at, length - span)
            block_of = (slice(row, row + count), slice(None), slice(at, at + span))
            x = data[block_of]
            torch.addcmul(part, x, x, value=scale, out=squares)
            for left, right, both in additions:
                torch.add(left, right, out=both)
            if beta == 0.75:  # that of the paper, and of most networks; roots are several times faster than powers
                total.sqrt_().mul_(torch.sqrt(total, out=root))
            else:
                total.pow_(beta)
            torch.div(x, divisor, out=out[block_of])


def _even(size: int, most: int) -> int:
    """The size of parts, ``most`` at the most, that differ little if ``size`` is cut into them."""
    parts = -(-size // max(most, 1))
    return -(-size // parts)


def _window_additions(line: Tensor, width: int, step: int) -> tuple[list[tuple[Tensor, Tensor, Tensor]], Tensor]:
    """What to add to what, and where, to get the sums of ``width`` elements of ``line`` that are ``step`` apart.

    They are made of sums of pairs, of pairs of pairs and so on, as ``width`` is. ``line`` goes over all channels of all
    images, which is vectorised best: what it finds from one image to the next does not matter.
    """
    size = len(line) - (width - 1) * step
    additions, terms = [], []
    at, count = 0, 1
    while count <= width:
        if width & count:
            terms.append(line[at * step : at * step + size])
            at += count
        if 2 * count <= width:
            wider = torch.empty_like(line[count * step :])
            additions.append((line[: -count * step], line[count * step :], wider))
            line = wider
        count *= 2
    total, *others = terms
    for other in others:
        additions.append((total, other, other))
        total = other
    return additions, total


def _add_window(total: Tensor, data: Tensor, reach: int) -> Tensor:
    """Add to each channel the ``reach`` channels on either side."""
    for i in range(1, min(reach + 1, data.shape[1])):
        total[:, i:] += data[:, :-i]
        total[:, :-i] += data[:, i:]
    return total


class _ChannelWindow(torch.autograd.Function):
    """Sums over the ``reach`` channels on either side; its gradient is the same of the gradient."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, reach: int) -> Tensor:
        ctx.reach = reach
        return _add_window(data.clone(), data, reach)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        return _ChannelWindow.apply(grad, ctx.reach), None


def _fill_batch_norm_v1(*shapes: Sizes, **_: Any) -> tuple[Sizes, ...]:
    return _fill_batch_norm(*shapes, axis=1)


@op(
    "BatchNorm_v1",
    outputs=("output", "mean", "var"),
    visible=_visible,
    fill=_fill_batch_norm_v1,
    aux=("moving_mean", "moving_var"),
    initial={"moving_mean": '["zero", {}]', "moving_var": '["one", {}]'},
    by_mode=True,
)
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
