"""Optimizer updates of one parameter: ``weight`` and the states are written in place, ``weight`` is the result.

Every rule first makes ``g = clip(rescale_grad * grad, clip_gradient)``, where a negative ``clip_gradient`` clips
nothing. Those of the Adam, RMSProp and FTML families add ``wd * weight`` before they clip, the others after.
``lazy_update`` is for row-sparse gradients; with dense ones, as here, it has no effect.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mxnet._base.errors import DTypeError, ShapeError
from mxnet._ops import op

from . import update_rules as rules
from .update_rules import clipped, single


def check(name: str, weight: Tensor, *others: Tensor) -> None:
    """Raise unless ``others`` have the shape and dtype of ``weight``: torch would stretch or convert them."""
    for other in others:
        if other.shape != weight.shape:
            raise ShapeError(
                f"{name}: weight has shape {tuple(weight.shape)} and its gradient or a state {tuple(other.shape)}; "
                "expected equal shapes"
            )
        if other.dtype != weight.dtype:
            raise DTypeError(
                f"{name}: weight is {weight.dtype} and its gradient or a state {other.dtype}; expected equal dtypes. "
                "For a float16 weight with float32 states use the mp_ operators or multi_precision=True"
            )


def check_mixed(name: str, weight: Tensor, grad: Tensor, weight32: Tensor, *states: Tensor) -> None:
    """The same for a weight and gradient in low precision with a copy and states in float32."""
    check(name, weight, grad)
    check(name, weight32, *states)
    if weight32.shape != weight.shape or weight32.dtype != torch.float32:
        raise ShapeError(
            f"{name}: weight32 is {tuple(weight32.shape)} {weight32.dtype}; "
            f"expected {tuple(weight.shape)} float32, the shape of weight"
        )


def step_sgd(weight: Tensor, grad: Tensor, lr: float, wd: float, rescale: float, clip: float) -> Tensor:
    (g,), scale = clipped([grad], rescale, clip)
    if wd != 0:
        weight.mul_(1 - lr * wd)
    return weight.add_(g, alpha=-lr * scale)


def step_momentum(
    weight: Tensor, grad: Tensor, mom: Tensor, lr: float, momentum: float, wd: float, rescale: float, clip: float
) -> Tensor:
    (g,), scale = clipped([grad], rescale, clip)
    mom.mul_(momentum).add_(g, alpha=-lr * scale)
    if wd != 0:
        mom.add_(weight, alpha=-lr * wd)
    return weight.add_(mom)


def step_nesterov(
    weight: Tensor, grad: Tensor, mom: Tensor, lr: float, momentum: float, wd: float, rescale: float, clip: float
) -> Tensor:
    rules.nesterov([weight], [grad], [mom], lr, wd, momentum=momentum, rescale=rescale, clip=clip)
    return weight


@op("sgd_update", mutates=("weight",))
def sgd_update(
    weight: Tensor,
    grad: Tensor,
    *,
    lr: float,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> Tensor:
    """``weight = (1 - lr * wd) * weight - lr * g`` with ``g = clip(rescale_grad * grad, clip_gradient)``.

    Inputs:  weight, grad of one shape and dtype
    Attrs:   clip_gradient, negative for none; lazy_update has no effect on dense gradients
    Raises:  ShapeError, DTypeError if grad is not like weight
    """
    check("sgd_update", weight, grad)
    return step_sgd(weight, grad, lr, wd, rescale_grad, clip_gradient)


@op("sgd_mom_update", mutates=("weight", "mom"))
def sgd_mom_update(
    weight: Tensor,
    grad: Tensor,
    mom: Tensor,
    *,
    lr: float,
    momentum: float = 0.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> Tensor:
    """``mom = momentum * mom - lr * (g + wd * weight)``, ``weight += mom``.

    Attrs:   as sgd_update; lazy_update has no effect on dense gradients
    Raises:  ShapeError, DTypeError if grad or mom is not like weight
    """
    check("sgd_mom_update", weight, grad, mom)
    return step_momentum(weight, grad, mom, lr, momentum, wd, rescale_grad, clip_gradient)


@op("mp_sgd_update", mutates=("weight", "weight32"))
def mp_sgd_update(
    weight: Tensor,
    grad: Tensor,
    weight32: Tensor,
    *,
    lr: float,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> Tensor:
    """``sgd_update`` of the float32 copy ``weight32``, of which ``weight`` becomes the rounded value.

    Inputs:  weight, grad of one low precision; weight32 float32
    Attrs:   as sgd_update; lazy_update has no effect on dense gradients
    """
    check_mixed("mp_sgd_update", weight, grad, weight32)
    return weight.copy_(step_sgd(weight32, grad.to(torch.float32), lr, wd, rescale_grad, clip_gradient))


@op("mp_sgd_mom_update", mutates=("weight", "mom", "weight32"))
def mp_sgd_mom_update(
    weight: Tensor,
    grad: Tensor,
    mom: Tensor,
    weight32: Tensor,
    *,
    lr: float,
    momentum: float = 0.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> Tensor:
    """``sgd_mom_update`` of the float32 copy ``weight32``, of which ``weight`` becomes the rounded value.

    Inputs:  weight, grad of one low precision; mom, weight32 float32
    Attrs:   as sgd_update; lazy_update has no effect on dense gradients
    """
    check_mixed("mp_sgd_mom_update", weight, grad, weight32, mom)
    g = grad.to(torch.float32)
    return weight.copy_(step_momentum(weight32, g, mom, lr, momentum, wd, rescale_grad, clip_gradient))


@op("nag_mom_update", mutates=("weight", "mom"))
def nag_mom_update(
    weight: Tensor,
    grad: Tensor,
    mom: Tensor,
    *,
    lr: float,
    momentum: float = 0.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """Nesterov's step: ``weight += momentum**2 * mom - lr * (1 + momentum) * (g + wd * weight)``, then, with the new
    weight, ``mom = momentum * mom - lr * (g + wd * weight)``.

    Raises:  ShapeError, DTypeError if grad or mom is not like weight
    """
    check("nag_mom_update", weight, grad, mom)
    return step_nesterov(weight, grad, mom, lr, momentum, wd, rescale_grad, clip_gradient)


@op("mp_nag_mom_update", mutates=("weight", "mom", "weight32"))
def mp_nag_mom_update(
    weight: Tensor,
    grad: Tensor,
    mom: Tensor,
    weight32: Tensor,
    *,
    lr: float,
    momentum: float = 0.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """``nag_mom_update`` of the float32 copy ``weight32``, of which ``weight`` becomes the rounded value."""
    check_mixed("mp_nag_mom_update", weight, grad, weight32, mom)
    g = grad.to(torch.float32)
    return weight.copy_(step_nesterov(weight32, g, mom, lr, momentum, wd, rescale_grad, clip_gradient))


@op("signsgd_update", mutates=("weight",))
def signsgd_update(
    weight: Tensor,
    grad: Tensor,
    *,
    lr: float,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """``weight = (1 - lr * wd) * weight - lr * sign(grad)``.

    Attrs:   rescale_grad and clip_gradient have no effect: only the sign of the gradient counts
    """
    check("signsgd_update", weight, grad)
    rules.signsgd([weight], [grad], lr, wd)
    return weight


@op("signum_update", mutates=("weight", "mom"))
def signum_update(
    weight: Tensor,
    grad: Tensor,
    mom: Tensor,
    *,
    lr: float,
    momentum: float = 0.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    wd_lh: float = 0.0,
) -> Tensor:
    """``mom = momentum * mom - (1 - momentum) * (g + wd * weight)``,
    ``weight = (1 - lr * wd_lh) * weight + lr * sign(mom)``.

    Raises:  ShapeError, DTypeError if grad or mom is not like weight
    Source:  arXiv:1802.04434; behaviour of MXNet 1.9.1
    """
    check("signum_update", weight, grad, mom)
    rules.signum(
        [weight], [grad], [mom], lr, wd, momentum=single(momentum), wd_lh=wd_lh, rescale=rescale_grad,
        clip=clip_gradient,
    )  # fmt: skip
    return weight
