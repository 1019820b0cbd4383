"""Rules of the optimizers whose steps torch has no fused kernel for, over lists of parameters, in place.

Every line is one call for all tensors of a list; those of one list have one dtype, device and settings (see
``update_lists.alike``). The operators of one parameter call these with lists of one, so that each parameter of a list
gets, to the bit, what it would get alone. ``clip`` is negative for no clipping.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

Tensors: TypeAlias = list[Tensor]


def single(value: float) -> float:
    """The value as float32 holds it.

    The update operators of 1.9.1 keep their settings in it: 1 - 0.999 is then 0.00099998713, and a second moment is
    smaller by the same factor.
    """
    return struct.unpack("f", struct.pack("f", value))[0]


def debt(beta: float, t: int, like: Tensor) -> float:
    """``1 - beta**t``, the share of its limit that an average starting at 0 has reached after ``t`` steps.

    It is computed in the precision of the states, which are as ``like``: float64, or else float32, as in 1.9.1.
    """
    kind = np.float64 if like.dtype is torch.float64 else np.float32
    return float(kind(1) - kind(single(beta)) ** kind(t))


def clipped(grads: Tensors, rescale: float, clip: float) -> tuple[Tensors, float]:
    """The gradients and the factor still to be applied to them: nothing is computed where nothing is clipped."""
    if clip < 0:
        return list(grads), rescale
    scaled = torch._foreach_mul(grads, rescale)
    torch._foreach_clamp_min_(scaled, -clip)
    torch._foreach_clamp_max_(scaled, clip)
    return list(scaled), 1.0


def decayed(grads: Tensors, weights: Tensors, rescale: float, wd: float, clip: float) -> tuple[Tensors, float]:
    """``rescale * grad + wd * weight``, clipped, and the factor still to be applied to it."""
    if wd == 0:
        return clipped(grads, rescale, clip)
    made = torch._foreach_mul(grads, rescale)
    torch._foreach_add_(made, weights, alpha=wd)
    if clip >= 0:
        torch._foreach_clamp_min_(made, -clip)
        torch._foreach_clamp_max_(made, clip)
    return list(made), 1.0


def _bound(weights: Tensors, limit: float) -> None:
    if limit >= 0:
        torch._foreach_clamp_min_(weights, -limit)
        torch._foreach_clamp_max_(weights, limit)


def _roots(squares: Tensors, epsilon: float) -> list[Tensor]:
    """``sqrt(squares + epsilon)``."""
    roots = list(torch._foreach_add(squares, epsilon))
    torch._foreach_sqrt_(roots)
    return roots


def averages(gs: Tensors, scale: float, means: Tensors, squares: Tensors, beta1: float, beta2: float) -> None:
    torch._foreach_mul_(means, beta1)
    torch._foreach_add_(means, gs, alpha=(1 - beta1) * scale)
    torch._foreach_mul_(squares, beta2)
    torch._foreach_addcmul_(squares, gs, gs, (1 - beta2) * scale * scale)


def momenta(
    ws: Tensors, gs: Tensors, ms: Tensors | None, lrs: Sequence[float], wds: Sequence[float],
    momentum: float | Sequence[float], rescale: float, clip: float, factors: Tensors | None = None,
) -> None:  # fmt: skip
    """SGD's step, with momentum unless ``ms`` is None, where each parameter has a rate of its own.

    ``factors``, scalars on the device, multiply the rates.
    """
    gs, scale = clipped(gs, rescale, clip)
    steps = torch._foreach_mul(gs, [-lr * scale for lr in lrs])
    if any(wds):
        torch._foreach_add_(steps, torch._foreach_mul(ws, [-lr * wd for lr, wd in zip(lrs, wds, strict=True)]))
    if factors is not None:
        torch._foreach_mul_(steps, factors)
    if ms is not None:
        torch._foreach_mul_(ms, momentum)
        torch._foreach_add_(ms, steps)
    torch._foreach_add_(ws, steps if ms is None else ms)


def _descents(ws: Tensors, gs: Tensors, lr: float, wd: float) -> list[Tensor]:
    """``lr * (g + wd * w)``, rounded after each operation."""
    if wd == 0:
        return list(torch._foreach_mul(gs, lr))
    steps = torch._foreach_mul(ws, wd)
    torch._foreach_add_(steps, gs)
    torch._foreach_mul_(steps, lr)
    return list(steps)


def nesterov(
    ws: Tensors, gs: Tensors, ms: Tensors, lr: float, wd: float, *, momentum: float, rescale: float, clip: float
) -> None:
    """``nag_mom_update`` of each.

    Terms nearly cancel in it: the operations are those of 1.9.1 in their order, so that the results are too.
    """
    momentum, lr, wd = single(momentum), single(lr), single(wd)
    gs, scale = clipped(gs, rescale, clip)
    gs = gs if scale == 1 else list(torch._foreach_mul(gs, single(scale)))
    torch._foreach_mul_(ms, momentum)
    ahead = torch._foreach_sub(ms, _descents(ws, gs, lr, wd))
    torch._foreach_mul_(ahead, single(1 + momentum))
    torch._foreach_sub_(ws, ms)
    torch._foreach_add_(ws, ahead)
    torch._foreach_sub_(ms, _descents(ws, gs, lr, wd))


def signum(
    ws: Tensors, gs: Tensors, ms: Tensors, lr: float, wd: float, *, momentum: float, wd_lh: float, rescale: float,
    clip: float,
) -> None:  # fmt: skip
    """``signum_update`` of each."""
    gs, scale = clipped(gs, rescale, clip)
    torch._foreach_mul_(ms, momentum)
    torch._foreach_add_(ms, gs, alpha=(momentum - 1) * scale)
    if wd != 0:
        torch._foreach_add_(ms, ws, alpha=(momentum - 1) * wd)
    if wd_lh != 0:
        torch._foreach_mul_(ws, 1 - lr * wd_lh)
    torch._foreach_add_(ws, torch._foreach_sign(ms), alpha=lr)


def signsgd(ws: Tensors, gs: Tensors, lr: float, wd: float) -> None:
    """``signsgd_update`` of each."""
    if wd != 0:
        torch._foreach_mul_(ws, 1 - lr * wd)
    torch._foreach_add_(ws, torch._foreach_sign(gs), alpha=-lr)


def delayed(ws: Tensors, gs: Tensors, *rest: Any, lamda: float, momentum: float, rescale: float, clip: float) -> None:
    """DCASGD's step; the rest are the momenta, if any, the weights before the last step, the rate and the decay."""
    *moms, before, lr, wd = rest
    gs, scale = clipped(gs, rescale, clip)
    steps = torch._foreach_sub(ws, before)
    torch._foreach_mul_(steps, gs)
    torch._foreach_mul_(steps, gs)
    torch._foreach_mul_(steps, -lr * lamda * scale * scale)
    torch._foreach_add_(steps, gs, alpha=-lr * scale)
    torch._foreach_add_(steps, ws, alpha=-lr * wd)
    torch._foreach_copy_(before, ws)
    for ms in moms:
        torch._foreach_mul_(ms, momentum)
        torch._foreach_add_(ms, steps)
        steps = ms
    torch._foreach_add_(ws, steps)


def group_adagrad(
    ws: Tensors, gs: Tensors, history: Tensors, lr: float, *, epsilon: float, rescale: float, clip: float
) -> None:
    """``_contrib_group_adagrad_update`` of each."""
    gs, scale = clipped(gs, rescale, clip)
    gs = gs if scale == 1 else list(torch._foreach_mul(gs, scale))
    squares = torch._foreach_mul(gs, gs)
    means = [s.reshape(len(s), -1).mean(1).reshape(h.shape) for s, h in zip(squares, history, strict=True)]
    torch._foreach_add_(history, means)
    roots = [r.reshape(-1, *[1] * (w.dim() - 1)) for r, w in zip(_roots(history, epsilon), ws, strict=True)]
    torch._foreach_addcdiv_(ws, gs, roots, -lr)


def adagrad(
    ws: Tensors, gs: Tensors, history: Tensors, lr: float, wd: float, *, epsilon: float, rescale: float, clip: float
) -> None:
    """Steps divided by the root of the sum of squared gradients; the decay is apart."""
    gs, scale = clipped(gs, rescale, clip)
    torch._foreach_addcmul_(history, gs, gs, scale * scale)
    if wd != 0:
        torch._foreach_mul_(ws, 1 - lr * wd)
    torch._foreach_addcdiv_(ws, gs, _roots(history, epsilon), -lr * scale)


def adadelta(
    ws: Tensors, gs: Tensors, squares: Tensors, deltas: Tensors, wd: float, *, rho: float, epsilon: float,
    rescale: float, clip: float,
) -> None:  # fmt: skip
    """AdaGrad with averages of squares of gradients and of steps, and so without a learning rate."""
    gs, scale = clipped(gs, rescale, clip)
    torch._foreach_mul_(squares, rho)
    torch._foreach_addcmul_(squares, gs, gs, (1 - rho) * scale * scale)
    steps = torch._foreach_add(deltas, epsilon)
    torch._foreach_div_(steps, torch._foreach_add(squares, epsilon))
    torch._foreach_sqrt_(steps)
    torch._foreach_mul_(steps, gs)
    torch._foreach_mul_(steps, scale)
    torch._foreach_mul_(deltas, rho)
    torch._foreach_addcmul_(deltas, steps, steps, 1 - rho)
    if wd != 0:
        torch._foreach_mul_(ws, 1 - wd)
    torch._foreach_sub_(ws, steps)


def rmsprop(
    ws: Tensors, gs: Tensors, ns: Tensors, lr: float, wd: float, *, gamma1: float, epsilon: float, rescale: float,
    clip: float, clip_weights: float,
) -> None:  # fmt: skip
    """``rmsprop_update`` of each."""
    gs, scale = decayed(gs, ws, rescale, wd, clip)
    torch._foreach_mul_(ns, gamma1)
    torch._foreach_addcmul_(ns, gs, gs, (1 - gamma1) * scale * scale)
    torch._foreach_addcdiv_(ws, gs, _roots(ns, epsilon), -lr * scale)
    _bound(ws, clip_weights)


def rmsprop_centered(
    ws: Tensors, gs: Tensors, ns: Tensors, means: Tensors, deltas: Tensors, lr: float, wd: float, *, gamma1: float,
    gamma2: float, epsilon: float, rescale: float, clip: float, clip_weights: float,
) -> None:  # fmt: skip
    """``rmspropalex_update`` of each."""
    gs, scale = decayed(gs, ws, rescale, wd, clip)
    averages(gs, scale, means, ns, gamma1, gamma1)
    spread = list(torch._foreach_addcmul(ns, means, means, -1))
    torch._foreach_mul_(deltas, gamma2)
    torch._foreach_addcdiv_(deltas, gs, _roots(spread, epsilon), -lr * scale)
    torch._foreach_add_(ws, deltas)
    _bound(ws, clip_weights)


def adam(
    ws: Tensors, gs: Tensors, means: Tensors, squares: Tensors, lr: float, wd: float, *, beta1: float, beta2: float,
    epsilon: float, rescale: float, clip: float,
) -> None:  # fmt: skip
    """``adam_update`` of each."""
    gs, scale = decayed(gs, ws, rescale, wd, clip)
    averages(gs, scale, means, squares, beta1, beta2)
    roots = torch._foreach_sqrt(squares)
    torch._foreach_add_(roots, epsilon)
    torch._foreach_addcdiv_(ws, means, roots, -lr)


def eve(
    ws: Tensors, gs: Tensors, means: Tensors, squares: Tensors, lr: float, wd: float, t: int, *, beta1: float,
    beta2: float, epsilon: float, feedback: Tensor | None, rescale: float, clip: float,
) -> None:  # fmt: skip
    """Adam's step divided by ``feedback``, of shape (1,)."""
    gs, scale = decayed(gs, ws, rescale, wd, clip)
    averages(gs, scale, means, squares, beta1, beta2)
    roots = torch._foreach_div(squares, 1 - beta2**t)
    torch._foreach_sqrt_(roots)
    torch._foreach_add_(roots, epsilon)
    if feedback is not None:
        torch._foreach_mul_(roots, feedback.to(ws[0]).reshape(()))
    torch._foreach_addcdiv_(ws, means, roots, -lr / (1 - beta1**t))


def adamax(
    ws: Tensors, gs: Tensors, means: Tensors, most: Tensors, lr: float, wd: float, t: int, *, beta1: float,
    beta2: float, rescale: float, clip: float,
) -> None:  # fmt: skip
    """Adam with the largest gradient in place of the root of the squares."""
    if wd != 0:
        # rounded before it is added, as in 1.9.1: where the two cancel the step is 0 / 0, in both or in none
        gs = list(torch._foreach_mul(gs, rescale))
        torch._foreach_add_(gs, torch._foreach_mul(ws, wd))
        rescale = 1.0
    gs, scale = clipped(gs, rescale, clip)
    torch._foreach_mul_(means, beta1)
    torch._foreach_add_(means, gs, alpha=(1 - beta1) * scale)
    sizes = torch._foreach_abs(gs)
    torch._foreach_mul_(sizes, abs(scale))
    torch._foreach_mul_(most, beta2)
    torch._foreach_maximum_(most, sizes)
    torch._foreach_addcdiv_(ws, means, most, -lr / (1 - beta1**t))


def nadam(
    ws: Tensors, gs: Tensors, means: Tensors, squares: Tensors, lr: float, wd: float, t: int, of_grad: Sequence[float],
    of_mean: Sequence[float], *, beta1: float, beta2: float, epsilon: float, rescale: float, clip: float,
) -> None:  # fmt: skip
    """Adam whose step is made of gradient and mean; their shares differ by parameter."""
    gs, scale = decayed(gs, ws, rescale, wd, clip)
    averages(gs, scale, means, squares, beta1, beta2)
    steps = torch._foreach_mul(gs, [share * scale for share in of_grad])
    torch._foreach_add_(steps, torch._foreach_mul(means, list(of_mean)))
    roots = torch._foreach_div(squares, 1 - beta2**t)
    torch._foreach_sqrt_(roots)
    torch._foreach_add_(roots, epsilon)
    torch._foreach_addcdiv_(ws, steps, roots, -lr)


def _rounded_roots(squares: Tensors) -> list[Tensor]:
    """Square roots as IEEE 754 rounds them, where torch's of float32 on CPUs may be the neighbour."""
    if squares[0].dtype is torch.float32 and squares[0].device.type == "cpu":
        return [s.double().sqrt_().float() for s in squares]
    return list(torch._foreach_sqrt(squares))


def ftrl(
    ws: Tensors, gs: Tensors, zs: Tensors, ns: Tensors, lr: float, wd: float, *, lamda1: float, beta: float,
    rescale: float, clip: float,
) -> None:  # fmt: skip
    """``ftrl_update`` of each. Terms nearly cancel in it: the operations are those of 1.9.1 in their order."""
    lr, wd, lamda1, beta = single(lr), single(wd), single(lamda1), single(beta)
    gs, scale = clipped(gs, rescale, clip)
    gs = gs if scale == 1 else list(torch._foreach_mul(gs, single(scale)))
    steps = _rounded_roots(ns)
    torch._foreach_add_(ns, torch._foreach_mul(gs, gs))
    roots = _rounded_roots(ns)
    steps = list(torch._foreach_sub(roots, steps))
    torch._foreach_mul_(steps, ws)
    torch._foreach_div_(steps, lr)
    torch._foreach_add_(zs, torch._foreach_sub(gs, steps))
    # sign(z) * lamda1 - z outside of [-lamda1, lamda1], 0 inside
    steps = list(torch._foreach_clamp_min(zs, -lamda1))
    torch._foreach_clamp_max_(steps, lamda1)
    torch._foreach_sub_(steps, zs)
    torch._foreach_add_(roots, beta)
    torch._foreach_div_(roots, lr)
    torch._foreach_add_(roots, wd)
    torch._foreach_div_(steps, roots)
    torch._foreach_copy_(ws, steps)


def ftml(
    ws: Tensors, gs: Tensors, ds: Tensors, vs: Tensors, zs: Tensors, lr: float, wd: float, t: int, *, beta1: float,
    beta2: float, epsilon: float, rescale: float, clip: float,
) -> None:  # fmt: skip
    """``ftml_update`` of each."""
    gs, scale = decayed(gs, ws, rescale, wd, clip)
    torch._foreach_mul_(vs, beta2)
    torch._foreach_addcmul_(vs, gs, gs, (1 - beta2) * scale * scale)
    now = torch._foreach_div(vs, debt(beta2, t, vs[0]))
    torch._foreach_sqrt_(now)
    torch._foreach_add_(now, epsilon)
    torch._foreach_mul_(now, debt(beta1, t, vs[0]) / lr)
    torch._foreach_mul_(zs, beta1)
    torch._foreach_add_(zs, gs, alpha=(1 - beta1) * scale)
    torch._foreach_mul_(ds, -beta1)
    torch._foreach_add_(ds, now)
    torch._foreach_addcmul_(zs, ds, ws, -1)
    torch._foreach_copy_(ds, now)
    steps = torch._foreach_div(zs, now)
    torch._foreach_neg_(steps)
    torch._foreach_copy_(ws, steps)
