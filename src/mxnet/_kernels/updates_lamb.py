"""Updates for large batches: LAMB, LARS, and AdamW with a dynamic loss scale."""

from __future__ import annotations

import torch
from torch import Tensor

from mxnet._base.errors import ShapeError
from mxnet._ops import op

from .updates import check, check_mixed, clipped


def lamb_direction(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    beta1: float,
    beta2: float,
    epsilon: float,
    t: int,
    bias_correction: bool,
    wd: float,
    rescale: float,
    clip: float,
) -> Tensor:
    g, scale = clipped(grad, rescale, clip)
    mean.mul_(beta1).add_(g, alpha=(1 - beta1) * scale)
    var.mul_(beta2).addcmul_(g, g, value=(1 - beta2) * scale * scale)
    if bias_correction:
        root = (var / (1 - beta2**t)).sqrt_().add_(epsilon)
        step = torch.div(mean, root).div_(1 - beta1**t)
    else:
        step = torch.div(mean, var.sqrt().add_(epsilon))
    return step.add_(weight, alpha=wd) if wd != 0 else step


def lamb_step(
    weight: Tensor, g: Tensor, r1: Tensor, r2: Tensor, lr: float, lower_bound: float, upper_bound: float
) -> Tensor:
    if lower_bound >= 0:
        r1 = r1.clamp_min(lower_bound)
    if upper_bound >= 0:
        r1 = r1.clamp_max(upper_bound)
    # decided on the device: reading the norms would wait for it
    ratio = torch.where((r1 == 0) | (r2 == 0), 1.0, r1 / r2)
    return weight.addcmul_(g, ratio.to(weight.dtype), value=-lr)


@op("lamb_update_phase1", mutates=("mean", "var"))
def lamb_update_phase1(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-6,
    t: int,
    bias_correction: bool = True,
    wd: float,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """The direction of LAMB's step: Adam's plus ``wd * weight``. ``mean`` and ``var`` are written, ``weight`` is not.

    Attrs:   t, the number of this update from 1, for the correction of the bias
    Source:  arXiv:1904.00962; behaviour of MXNet 1.9.1
    """
    check("lamb_update_phase1", weight, grad, mean, var)
    return lamb_direction(
        weight, grad, mean, var, beta1, beta2, epsilon, t, bias_correction, wd, rescale_grad, clip_gradient
    )


@op("lamb_update_phase2", mutates=("weight",))
def lamb_update_phase2(
    weight: Tensor,
    g: Tensor,
    r1: Tensor,
    r2: Tensor,
    *,
    lr: float,
    lower_bound: float = -1.0,
    upper_bound: float = -1.0,
) -> Tensor:
    """``weight -= lr * r1 / r2 * g``, where ``r1`` and ``r2`` are the norms of ``weight`` and ``g``, of shape (1,).

    Attrs:   bounds of r1, negative for none; the ratio is 1 where either norm is 0
    """
    check("lamb_update_phase2", weight, g)
    return lamb_step(weight, g, r1, r2, lr, lower_bound, upper_bound)


def _mixed_types(
    weight: torch.dtype | None, grad: torch.dtype | None, *_: torch.dtype | None
) -> tuple[list[torch.dtype | None], list[torch.dtype]]:
    return [weight or grad, grad or weight, *[torch.float32] * 3], [torch.float32]


@op("mp_lamb_update_phase1", mutates=("mean", "var"), types=_mixed_types)
def mp_lamb_update_phase1(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    weight32: Tensor,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-6,
    t: int,
    bias_correction: bool = True,
    wd: float,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """``lamb_update_phase1`` of the float32 copy ``weight32``; the direction is float32."""
    check_mixed("mp_lamb_update_phase1", weight, grad, weight32, mean, var)
    g = grad.to(torch.float32)
    return lamb_direction(
        weight32, g, mean, var, beta1, beta2, epsilon, t, bias_correction, wd, rescale_grad, clip_gradient
    )


@op("mp_lamb_update_phase2", mutates=("weight", "weight32"))
def mp_lamb_update_phase2(
    weight: Tensor,
    g: Tensor,
    r1: Tensor,
    r2: Tensor,
    weight32: Tensor,
    *,
    lr: float,
    lower_bound: float = -1.0,
    upper_bound: float = -1.0,
) -> Tensor:
    """``lamb_update_phase2`` of the float32 copy ``weight32``, of which ``weight`` becomes the rounded value.

    1.9.1 leaves ``weight32`` as it was, so that its steps do not add up; here it is written.
    """
    check("mp_lamb_update_phase2", weight32, g)
    return weight.copy_(lamb_step(weight32, g, r1, r2, lr, lower_bound, upper_bound))


def multi_lamb_step(
    weights: list[Tensor], grads: list[Tensor], means: list[Tensor], variances: list[Tensor], a: dict
) -> None:
    """LAMB's two phases for each parameter in place; ``a`` are the attributes of ``_multi_lamb_update``."""
    for i, (w, g, m, v) in enumerate(zip(weights, grads, means, variances, strict=True)):
        step = lamb_direction(
            w, g, m, v, a["beta1"], a["beta2"], a["epsilon"], a["step_count"][i], a["bias_correction"],
            a["wds"][i], a["rescale_grad"], a["clip_gradient"],
        )  # fmt: skip
        lamb_step(w, step, w.norm(), step.norm(), a["learning_rates"][i], a["lower_bound"], a["upper_bound"])


@op("multi_lars")
def multi_lars(
    lrs: Tensor,
    weights_sum_sq: Tensor,
    grads_sum_sq: Tensor,
    wds: Tensor,
    *,
    eta: float,
    eps: float,
    rescale_grad: float = 1.0,
) -> Tensor:
    """Learning rates scaled by layer: ``lr * eta * |w| / (|g| + wd * |w| + eps)`` where both norms are positive,
    else ``lr``.

    Inputs:  all (N,): learning rates, sums of squares of weights and of gradients before rescaling, weight decays
    Source:  arXiv:1708.03888; behaviour of MXNet 1.9.1
    """
    if not lrs.shape == weights_sum_sq.shape == grads_sum_sq.shape == wds.shape:
        raise ShapeError(
            f"multi_lars: lrs {tuple(lrs.shape)}, weights_sum_sq {tuple(weights_sum_sq.shape)}, "
            f"grads_sum_sq {tuple(grads_sum_sq.shape)}, wds {tuple(wds.shape)}; expected equal shapes"
        )
    w = weights_sum_sq.sqrt()
    g = grads_sum_sq.sqrt() * rescale_grad
    return torch.where((w > 0) & (g > 0), lrs * eta * w / (g + wds * w + eps), lrs)


def adamw_step(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    rescale: Tensor,
    lr: float,
    eta: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    wd: float,
    clip: float,
) -> Tensor:
    """In place; nothing changes where ``rescale`` is 0 or not finite, which is decided on the device."""
    scale = rescale.to(mean.dtype)
    sound = torch.isfinite(scale) & (scale != 0)
    g = torch.where(sound, grad.to(mean.dtype) * scale, 0.0)
    if clip >= 0:
        g.clamp_(-clip, clip)
    mean.copy_(torch.where(sound, mean * beta1 + g * (1 - beta1), mean))
    var.copy_(torch.where(sound, var * beta2 + g.square() * (1 - beta2), var))
    step = mean / var.sqrt().add_(epsilon) * lr
    step.add_(weight, alpha=wd)
    return weight.sub_(torch.where(sound, step, 0.0), alpha=eta)


@op("_adamw_update", mutates=("weight", "mean", "var"))
def adamw_update(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    rescale_grad: Tensor,
    *,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wd: float = 0.0,
    eta: float,
    clip_gradient: float = -1.0,
) -> Tensor:
    """Adam with the weight decay apart: ``weight -= eta * (lr * mean / (sqrt(var) + epsilon) + wd * weight)``.

    Inputs:  rescale_grad (1,), the factor of the gradient; if it is 0 or not finite nothing is changed
    Source:  arXiv:1711.05101; behaviour of MXNet 1.9.1
    """
    check("_adamw_update", weight, grad, mean, var)
    return adamw_step(weight, grad, mean, var, rescale_grad, lr, eta, beta1, beta2, epsilon, wd, clip_gradient)


@op("_mp_adamw_update", mutates=("weight", "mean", "var", "weight32"))
def mp_adamw_update(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    weight32: Tensor,
    rescale_grad: Tensor,
    *,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wd: float = 0.0,
    eta: float,
    clip_gradient: float = -1.0,
) -> Tensor:
    """``_adamw_update`` of the float32 copy ``weight32``, of which ``weight`` becomes the rounded value."""
    check_mixed("_mp_adamw_update", weight, grad, weight32, mean, var)
    return weight.copy_(
        adamw_step(weight32, grad, mean, var, rescale_grad, lr, eta, beta1, beta2, epsilon, wd, clip_gradient)
    )
