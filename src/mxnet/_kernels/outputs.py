"""Outputs of a network whose gradient is that of a loss, and losses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor

from mxnet._base.errors import DTypeError, ShapeError
from mxnet._kernels import result_shapes
from mxnet._kernels.nn import Sizes
from mxnet._ops import Shape, op
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


def _softmax(data: Tensor, multi: bool, classes: int) -> Tensor:
    if multi:
        return torch.softmax(data, 1)
    if data.shape[-1] == classes:
        return torch.softmax(data, -1)
    return torch.softmax(data.reshape(-1, classes), 1).view(data.shape)


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
    def forward(ctx: Any, data: Tensor, label: Tensor, rule: _Rule) -> Tensor:
        out = _softmax(data, rule.multi, rule.classes)
        ctx.save_for_backward(out, label)
        ctx.rule = rule
        return out

    @staticmethod
    def backward(ctx: Any, head: Tensor) -> tuple[Tensor | None, ...]:
        out, label = ctx.saved_tensors
        rule: _Rule = ctx.rule
        scale: Any = rule.scale
        if label.shape == out.shape:
            grad = out - label
        else:
            positions = math.prod(out.shape[2:]) if rule.multi else 1
            flat = out.reshape(-1, out.shape[1], positions) if rule.multi else out.reshape(-1, rule.classes, 1)
            rows = label.numel() // positions
            grad = _target_gradient(flat, label.reshape(rows, positions)[: len(flat)], rule).view(out.shape)
            if rule.normalization == "valid":
                scale = scale / (label != rule.ignore).sum().clamp(min=1).to(out.dtype)
            else:
                scale = scale / (positions * (rows if rule.normalization == "batch" else 1))
        if rule.out_grad:
            grad = grad * head
        return (grad if scale.__class__ is float and scale == 1.0 else grad * scale), None, None


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


def _told_softmax_output(
    data: Shape, label: Shape, *, multi_output: bool, preserve_shape: bool, **_: Any
) -> Shape | None:
    return data if len(data) == 2 and label == data[:1] and not multi_output and not preserve_shape else None


@op("SoftmaxOutput", aliases=("Softmax",), fill=_fill_softmax_output, told=_told_softmax_output, loss=True)
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
             grad_scale and out_grad leave alone. A number that is not a class subtracts nothing
    Attrs:   grad_scale multiplies the gradient; use_ignore, rows whose label is ignore_label get no gradient;
             normalization divides it by: null nothing (with multi_output the number of positions), batch the number
             of labels, valid that of labels other than ignore_label; out_grad, multiply it by the gradient of the
             output too, which otherwise plays no part (1.9.1 multiplies by the output, contrary to its documentation);
             smooth_alpha, the share of the target spread over the other classes (not with multi_output)
    Outputs: like data: softmax over axis 1 with multi_output, over the last with preserve_shape, else over all but
             the first
    Raises:  ShapeError, DTypeError if label does not fit data
    Source:  behaviour of MXNet 1.9.1, but that it overwrites the gradient where grad_req is add
    """
    _check_label(data, label, multi_output)
    classes = data.shape[-1] if preserve_shape else math.prod(data.shape[1:])
    if not data.requires_grad:
        return _softmax(data, multi_output, classes)
    rule = _Rule(grad_scale, ignore_label, use_ignore, normalization, out_grad, smooth_alpha, multi_output, classes)
    return _SoftmaxOutput.apply(data, label, rule)


class _Regression(torch.autograd.Function):
    """``data``, or its sigmoid; its gradient comes from the distance to ``label``, whatever that of the output is."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, label: Tensor, scale: float, kind: str) -> Tensor:
        out = torch.sigmoid(data) if kind == "logistic" else data.clone()
        ctx.save_for_backward(out, label)
        ctx.scale = scale * data.shape[0] / max(data.numel(), 1)
        ctx.kind = kind
        return out

    @staticmethod
    def backward(ctx: Any, head: Tensor) -> tuple[Tensor | None, ...]:
        out, label = ctx.saved_tensors
        grad = out - label.reshape(out.shape)
        if ctx.kind == "mae":
            above = torch.gt(grad, 0, out=grad)  # 1 and 0, of which come 1 and -1, times the scale
            return above.mul_(2 * ctx.scale).sub_(ctx.scale), None, None, None
        return grad.mul_(ctx.scale), None, None, None


def _fill_regression(data: Sizes, label: Sizes = None, **_: Any) -> tuple[Sizes, Sizes]:
    if not data or label is not None:
        return data, label
    return data, data[:1] if len(data) == 2 and data[1] == 1 else data


def _regression(who: str, data: Tensor, label: Tensor, scale: float, kind: str) -> Tensor:
    same_dtype(who, data, label)
    if data.shape != label.shape and (data.numel() != label.numel() or data.shape[:1] != label.shape[:1]):
        raise ShapeError(
            f"{who}: label has shape {tuple(label.shape)}, expected {tuple(data.shape)} as data; give every output "
            "one label"
        )
    if data.requires_grad:
        return _Regression.apply(data, label, scale, kind)
    return torch.sigmoid(data) if kind == "logistic" else data


@op("LinearRegressionOutput", fill=_fill_regression, loss=True)
def linear_regression_output(data: Tensor, label: Tensor, *, grad_scale: float = 1.0) -> Tensor:
    """``data`` itself, with the gradient of half its squared distance to ``label``.

    Inputs:  data (N, ...); label of as many elements
    Attrs:   grad_scale multiplies the gradient, ``(data - label) / (elements of data / N)``
    Outputs: like data. The gradient of the output plays no part
    Raises:  ShapeError, DTypeError if label does not fit data
    Source:  behaviour of MXNet 1.9.1, but that it scales what is there where grad_req is add
    """
    return _regression("LinearRegressionOutput", data, label, grad_scale, "linear")


@op("LogisticRegressionOutput", fill=_fill_regression, told=result_shapes.of_all, loss=True)
def logistic_regression_output(data: Tensor, label: Tensor, *, grad_scale: float = 1.0) -> Tensor:
    """Sigmoid of ``data``, with the gradient of its cross entropy to ``label``.

    Inputs:  data (N, ...); label of as many elements, probabilities
    Attrs:   grad_scale multiplies the gradient, ``(output - label) / (elements of data / N)``
    Outputs: like data. The gradient of the output plays no part
    Raises:  ShapeError, DTypeError if label does not fit data
    Source:  behaviour of MXNet 1.9.1, but that it scales what is there where grad_req is add
    """
    return _regression("LogisticRegressionOutput", data, label, grad_scale, "logistic")


@op("MAERegressionOutput", fill=_fill_regression, loss=True)
def mae_regression_output(data: Tensor, label: Tensor, *, grad_scale: float = 1.0) -> Tensor:
    """``data`` itself, with the gradient of its absolute distance to ``label``.

    Inputs:  data (N, ...); label of as many elements
    Attrs:   grad_scale multiplies the gradient, 1 where data is above label and -1 elsewhere, divided by
             ``elements of data / N``
    Outputs: like data. The gradient of the output plays no part
    Raises:  ShapeError, DTypeError if label does not fit data
    Source:  behaviour of MXNet 1.9.1, but that it scales what is there where grad_req is add
    """
    return _regression("MAERegressionOutput", data, label, grad_scale, "mae")


class _Hinge(torch.autograd.Function):
    """``data`` with the gradient of the one-versus-all hinge loss."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, label: Tensor, margin: float, weight: float, linear: bool) -> Tensor:
        ctx.save_for_backward(data, label)
        ctx.options = (margin, weight, linear)
        return data.clone()

    @staticmethod
    def backward(ctx: Any, head: Tensor) -> tuple[Tensor | None, ...]:
        data, label = ctx.saved_tensors
        margin, weight, linear = ctx.options
        # in float32, which has vector code, and enough digits for the number of a class
        classes = torch.arange(data.shape[-1], dtype=torch.float32, device=data.device)
        side = torch.empty_like(data, requires_grad=False)
        torch.eq(label.float().trunc().unsqueeze(-1), classes, out=side).mul_(-2).add_(1)  # -1 for the label's class
        excess = torch.mul(side, data).add_(margin)
        slope = (excess > 0).to(data.dtype).mul_(weight) if linear else excess.clamp_(min=0).mul_(2 * weight)
        return slope.mul_(side), None, None, None, None


def _fill_svm(data: Sizes, label: Sizes = None, **_: Any) -> tuple[Sizes, Sizes]:
    return data, data[:-1] if data else label


@op("SVMOutput", fill=_fill_svm, loss=True)
def svm_output(
    data: Tensor,
    label: Tensor,
    *,
    margin: float = 1.0,
    regularization_coefficient: float = 1.0,
    use_linear: bool = False,
) -> Tensor:
    """``data`` itself, with the gradient of the hinge loss of each class against all others.

    Inputs:  data (..., K), scores; label (...), the number of the class
    Attrs:   margin, how far beyond zero a score should be: above it for the class of the label, below it for
             others; regularization_coefficient multiplies the gradient; use_linear, the hinge loss instead of its
             square
    Outputs: like data. The gradient of the output plays no part
    Raises:  ShapeError, DTypeError if label does not fit data
    Source:  arXiv:1306.0239; behaviour of MXNet 1.9.1, but that it overwrites the gradient where grad_req is add
    """
    same_dtype("SVMOutput", data, label)
    if label.shape != data.shape[:-1]:
        raise ShapeError(
            f"SVMOutput: label has shape {tuple(label.shape)}, expected {tuple(data.shape[:-1])} from data, one for "
            "each row of scores"
        )
    if data.requires_grad:
        return _Hinge.apply(data, label, margin, regularization_coefficient, use_linear)
    return data


class _Loss(torch.autograd.Function):
    """``data`` with a gradient of ``scale`` everywhere, divided by the number of elements above ``bound`` if any."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, scale: float, bound: float | None) -> Tensor:
        ctx.scale = scale
        ctx.valid = None if bound is None else (data > bound).sum().clamp(min=1)
        return data.clone()

    @staticmethod
    def backward(ctx: Any, head: Tensor) -> tuple[Tensor | None, ...]:
        grad = torch.full_like(head, ctx.scale)
        return (grad if ctx.valid is None else grad / ctx.valid.to(grad.dtype)), None, None


@op("MakeLoss", loss=True)
def make_loss_output(
    data: Tensor, *, grad_scale: float = 1.0, valid_thresh: float = 0.0, normalization: Normalization = "null"
) -> Tensor:
    """``data`` as a loss: its gradient is ``grad_scale``, whatever the gradient of the output is.

    Inputs:  data (N, ...)
    Attrs:   normalization divides the gradient by: null nothing, valid the number of elements above valid_thresh,
             batch the sizes of all axes but the last, so N of (N, K), but N H of (N, H, K) and nothing of (N,)
    Outputs: like data
    Source:  behaviour of MXNet 1.9.1
    """
    if not data.requires_grad:
        return data
    if normalization == "batch":
        return _Loss.apply(data, grad_scale / math.prod(data.shape[:-1]), None)
    return _Loss.apply(data, grad_scale, valid_thresh if normalization == "valid" else None)


@op("make_loss", outputs=("loss",), loss=True)
def make_loss(data: Tensor) -> Tensor:
    """``data`` as a loss: its gradient is one, whatever the gradient of the output is.

    Source: behaviour of MXNet 1.9.1
    """
    return _Loss.apply(data, 1.0, None) if data.requires_grad else data


class _Stop(torch.autograd.Function):
    """``data`` in the history, but without a gradient for what it was computed from."""

    @staticmethod
    def forward(ctx: Any, data: Tensor) -> Tensor:
        return data.clone()

    @staticmethod
    def backward(ctx: Any, head: Tensor) -> None:
        return None


@op("BlockGrad", aliases=("stop_gradient",), loss=True)
def block_grad(data: Tensor) -> Tensor:
    """``data``, from which no gradient flows back: arrays that are reached in no other way get zeros.

    Source: behaviour of MXNet 1.9.1
    """
    return _Stop.apply(data) if data.requires_grad else data
