"""Updates for large batches: LAMB, LARS, and AdamW with a dynamic loss scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ShapeError
from mxnet._ops import op

from .update_lists import alike, take
from .update_rules import Tensors, averages, clipped, debt, single
from .updates import check, check_mixed


def lamb_directions(
    ws: Tensors, gs: Tensors, means: Tensors, squares: Tensors, wd: float, t: int, *, beta1: float, beta2: float,
    epsilon: float, bias_correction: bool, rescale: float, clip: float,
) -> list[Tensor]:  # fmt: skip
    """``lamb_update_phase1`` of each: the steps, in new tensors; the states are written."""
    gs, scale = clipped(gs, rescale, clip)
    averages(gs, scale, means, squares, beta1, beta2)
    roots = torch._foreach_div(squares, debt(beta2, t, squares[0]) if bias_correction else 1.0)
    torch._foreach_sqrt_(roots)
    torch._foreach_add_(roots, epsilon)
    steps = list(torch._foreach_div(means, roots))
    if bias_correction:
        torch._foreach_div_(steps, debt(beta1, t, squares[0]))
    if wd != 0:
        torch._foreach_add_(steps, ws, alpha=wd)
    return steps


def lamb_ratio(r1: Tensor, r2: Tensor, lower_bound: float, upper_bound: float) -> Tensor:
    """The norms of weights, within the bounds, by those of steps; 1 where either is 0.

    Decided on the device: reading the norms would wait for it.
    """
    if lower_bound >= 0:
        r1 = r1.clamp_min(lower_bound)
    if upper_bound >= 0:
        r1 = r1.clamp_max(upper_bound)
    return torch.where((r1 == 0) | (r2 == 0), 1.0, r1 / r2)


def norms(tensors: Tensors) -> Tensor:
    """The L2 norms, (N,) float32. Squares of float16 are rounded to float16 first, as in 1.9.1, unless too large."""
    found = list(tensors)
    for i, tensor in enumerate(tensors):
        if tensor.dtype is torch.float16:
            rounded = tensor.square().float()
            found[i] = torch.where(rounded.isinf(), tensor.float().square(), rounded).sum().sqrt()
    whole = [i for i, tensor in enumerate(tensors) if tensor.dtype is not torch.float16]
    if whole:
        for i, norm in zip(whole, torch._foreach_norm([tensors[i] for i in whole]), strict=True):
            found[i] = norm.float()
    return torch.stack(found)


def lamb(
    ws: Tensors, gs: Tensors, means: Tensors, squares: Tensors, measured: Tensors, lrs: Sequence[float], wd: float,
    t: int, *, lower_bound: float, upper_bound: float, **settings: Any,
) -> None:  # fmt: skip
    """Both phases of LAMB; the norms of ``measured`` stand for those of the weights."""
    steps = lamb_directions(ws, gs, means, squares, wd, t, **settings)
    ratios = lamb_ratio(norms(measured), norms(steps), lower_bound, upper_bound).to(ws[0].dtype)
    torch._foreach_mul_(steps, list(ratios.unbind()))
    torch._foreach_mul_(steps, [-lr for lr in lrs])
    torch._foreach_add_(ws, steps)


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
    return lamb_directions(
        [weight], [grad], [mean], [var], wd, t, beta1=single(beta1), beta2=single(beta2), epsilon=epsilon,
        bias_correction=bias_correction, rescale=rescale_grad, clip=clip_gradient,
    )[0]  # fmt: skip


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
    ratio = lamb_ratio(r1, r2, lower_bound, upper_bound)
    return weight.addcmul_(g, ratio.to(weight.dtype), value=-lr)


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
    return lamb_directions(
        [weight32], [g], [mean], [var], wd, t, beta1=single(beta1), beta2=single(beta2), epsilon=epsilon,
        bias_correction=bias_correction, rescale=rescale_grad, clip=clip_gradient,
    )[0]  # fmt: skip


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
    return weight.copy_(weight32.addcmul_(g, lamb_ratio(r1, r2, lower_bound, upper_bound), value=-lr))


def multi_lamb_step(
    weights: Sequence[Tensor],
    grads: Sequence[Tensor],
    means: Sequence[Tensor],
    squares: Sequence[Tensor],
    measured: Sequence[Tensor],
    a: Mapping[str, Any],
) -> None:
    """LAMB's two phases for each parameter in place.

    ``measured`` are what the norms of the weights are taken of; ``a`` the attributes of ``_multi_lamb_update``.
    """
    same = {k: a[k] for k in ("epsilon", "bias_correction", "lower_bound", "upper_bound")}
    same |= {"beta1": single(a["beta1"]), "beta2": single(a["beta2"])}
    same |= {"rescale": a["rescale_grad"], "clip": a["clip_gradient"]}
    for members, (wd, t) in alike(weights, a["wds"], a["step_count"]):
        ws, gs, ms, ss, lengths = [take(members, tensors) for tensors in (weights, grads, means, squares, measured)]
        lamb(ws, gs, ms, ss, lengths, [a["learning_rates"][i] for i in members], wd, int(t), **same)


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
    beta1, beta2 = single(beta1), single(beta2)
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

    1.9.1 also writes the rescaled gradient over ``grad``, so that a second step with it is shorter; here it stays.

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
