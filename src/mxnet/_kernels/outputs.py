"""Outputs of a network whose gradient is that of a loss, and losses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor

from mxnet._base.errors import DTypeError, ShapeError
from mxnet._kernels.nn import Sizes
from mxnet._ops import op
from mxnet._runtime.dtypes import NAME

Normalization: TypeAlias = Literal["batch", "null", "valid"]


def same_dtype(who: str, data: Tensor, label: Tensor) -> None:
    """Raise unless data and label have one dtype."""
    if data.dtype != label.dtype:
        raise DTypeError(
            f"{who}: label has dtype {NAME[label.dtype]}, expected {NAME[data.dtype]} as data; convert it with "
            f"label.astype('{NAME[data.dtype]}')"
        )


@dataclass(frozen=True)
class _Rule:
    """How SoftmaxOutput scales its gradient."""

    scale: float
    ignore: float
    use_ignore: bool
    normalization: str
    out_grad: bool
    smooth: float
    multi: bool
    classes: int


def _target_gradient(out: Tensor, label: Tensor, rule: _Rule) -> Tensor:
    """``out`` (rows, classes, positions) less the target distribution that ``label`` (rows, positions) names."""
    classes = out.shape[1]
    index = label.to(torch.int64)
    spread = rule.smooth / (classes - 1) if rule.smooth and not rule.multi and classes > 1 else 0.0
    grad = out - spread if spread else out.clone()
    peak = 1.0 - rule.smooth if spread else 1.0
    named = (index >= 0) & (index < classes)
    grad.scatter_add_(1, index.clamp(0, classes - 1).unsqueeze(1), (named.to(out.dtype) * (spread - peak)).unsqueeze(1))
    if rule.use_ignore:
        grad.masked_fill_((label == rule.ignore).unsqueeze(1), 0)
    return grad


class _SoftmaxOutput(torch.autograd.Function):
    """The gradient of the cross entropy between output and label, whatever the gradient of the output is."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, out: Tensor, label: Tensor, rule: _Rule) -> Tensor:
        ctx.save_for_backward(out, label)
        ctx.rule = rule
        return out.view_as(out)

    @staticmethod
    def backward(ctx: Any, head: Tensor) -> tuple[Tensor | None, ...]:
        out, label = ctx.saved_tensors
        rule: _Rule = ctx.rule
        scale: Any = rule.scale
        if label.shape == out.shape:
            grad = out - label
        else:
            positions = math.prod(out.shape[2:]) if rule.multi else 1
            flat = out.view(-1, out.shape[1], positions) if rule.multi else out.view(-1, rule.classes, 1)
            rows = label.numel() // positions
            grad = _target_gradient(flat, label.reshape(rows, positions)[: len(flat)], rule).view(out.shape)
            if rule.normalization == "valid":
                scale = scale / (label != rule.ignore).sum().clamp(min=1).to(out.dtype)
            else:
                scale = scale / (positions * (rows if rule.normalization == "batch" else 1))
        if rule.out_grad:
            grad = grad * head
        return (grad if scale.__class__ is float and scale == 1.0 else grad * scale), None, None, None


def _fill_softmax_output(
    data: Sizes, label: Sizes = None, *, multi_output: bool, preserve_shape: bool, **_: Any
) -> tuple[Sizes, Sizes]:
    if not data or label is not None:
        return data, label
    if multi_output:
        return data, (data[0], math.prod(data[2:]))
    return data, data[:-1]


def _check_label(data: Tensor, label: Tensor, multi_output: bool) -> None:
    same_dtype("SoftmaxOutput", data, label)
    shape, got = tuple(data.shape), tuple(label.shape)
    if multi_output:
        allowed = {(shape[0], math.prod(shape[2:])), (shape[0], *shape[2:]), (shape[0], 1, *shape[2:])}
    else:
        allowed = {shape[:-1]}
    if got != shape and got not in allowed:
        raise ShapeError(
            f"SoftmaxOutput: label has shape {got}, expected {' or '.join(map(str, sorted(allowed, key=len)))} for "
            f"classes, or {shape} for probabilities, from data"
        )


@op("SoftmaxOutput", aliases=("Softmax",), fill=_fill_softmax_output)
def softmax_output(
    data: Tensor,
    label: Tensor,
    *,
    grad_scale: float = 1.0,
    ignore_label: float = -1.0,
    multi_output: bool = False,
    use_ignore: bool = False,
    preserve_shape: bool = False,
    normalization: Normalization = "null",
    out_grad: bool = False,
    smooth_alpha: float = 0.0,
) -> Tensor:
    """Softmax, with the gradient of the cross entropy to ``label``: softmax less target. Put it last in a network.

    Inputs:  data (N, K), or (N, K, ...) with multi_output, or (..., K) with preserve_shape; label, the number of the
             class of each row, (N,), (N, ...) or (...); or probabilities, of data's shape, which all options but
             grad_scale and out_grad leave alone. A number that is no class subtracts nothing
    Attrs:   grad_scale multiplies the gradient; use_ignore, rows whose label is ignore_label get no gradient;
             normalization divides it by: null nothing (with multi_output the number of positions), batch the number
             of labels, valid that of labels other than ignore_label; out_grad, multiply it by the gradient of the
             output too, which otherwise plays no part; smooth_alpha, the share of the target spread over the other
             classes (not with multi_output)
    Outputs: like data: softmax over axis 1 with multi_output, over the last with preserve_shape, else over all but
             the first
    Raises:  ShapeError, DTypeError if label does not fit data
    Source:  behaviour of MXNet 1.9.1
    """
    _check_label(data, label, multi_output)
    if multi_output:
        out = torch.softmax(data.detach(), 1)
    elif preserve_shape or data.dim() <= 2:
        out = torch.softmax(data.detach(), -1)
    else:
        out = torch.softmax(data.detach().flatten(1), 1).view(data.shape)
    if not data.requires_grad:
        return out
    classes = data.shape[-1] if preserve_shape else math.prod(data.shape[1:])
    rule = _Rule(grad_scale, ignore_label, use_ignore, normalization, out_grad, smooth_alpha, multi_output, classes)
    return _SoftmaxOutput.apply(data, out, label, rule)
