"""Optimizer steps for lists of parameters, in place: one call of a multi-tensor kernel where torch has a fitting one.

Not operators themselves: the ``multi_`` operators and the optimizers are made of them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from mxnet._base.errors import ShapeError

from .updates import check, step_momentum, step_sgd

_Tensors = Sequence[Tensor]


def alike(weights: _Tensors, *settings: Sequence[float]) -> Iterator[tuple[list[int], tuple[float, ...]]]:
    """Places of the weights that have one dtype, device and settings, with these settings."""
    if not weights:
        return
    dtype, device = weights[0].dtype, weights[0].device
    same = all([values.count(values[0]) == len(weights) for values in settings])
    if same and all([w.dtype is dtype and w.device == device for w in weights]):
        yield list(range(len(weights))), tuple([values[0] for values in settings])
        return
    found: dict[tuple, list[int]] = {}
    for i, (weight, *values) in enumerate(zip(weights, *settings, strict=True)):
        found.setdefault((weight.dtype, weight.device, *values), []).append(i)
    for key, members in found.items():
        yield members, key[2:]


def _take(members: list[int], tensors: _Tensors) -> list[Tensor]:
    return [tensors[i] for i in members]


def _check(weights: _Tensors, *others: _Tensors) -> bool:
    """Refuse what is not like its weight; whether all is in one piece.

    The kernels below trust the sizes they are given: a wrong one would be a read beyond the end.
    """
    whole = all([w.is_contiguous() for w in weights])
    for tensors in others:
        for weight, other in zip(weights, tensors, strict=True):
            if other.shape != weight.shape or other.dtype is not weight.dtype:
                check("optimizer update", weight, other)
            whole = whole and other.is_contiguous()
    return whole


def _fusable(weights: _Tensors, *others: _Tensors) -> bool:
    """Whether torch's fused kernels take them; those of CUDA ask for equal strides, even along axes of size 1."""
    kind = weights[0].device.type
    if kind not in ("cpu", "cuda") or not weights[0].is_floating_point():
        return False
    return kind == "cpu" or all(
        [w.stride() == o.stride() for tensors in others for w, o in zip(weights, tensors, strict=True)]
    )


def _clipped(grads: list[Tensor], rescale: float, clip: float) -> tuple[list[Tensor], float]:
    if clip < 0:
        return grads, rescale
    scaled = list(torch._foreach_mul(grads, rescale))
    torch._foreach_clamp_min_(scaled, -clip)
    torch._foreach_clamp_max_(scaled, clip)
    return scaled, 1.0


def sgd(
    weights: _Tensors, grads: _Tensors, lrs: Sequence[float], wds: Sequence[float], rescale: float, clip: float
) -> None:
    """``sgd_update`` of each."""
    whole = _check(weights, grads)
    for members, (lr, wd) in alike(weights, lrs, wds):
        ws, gs = _take(members, weights), _take(members, grads)
        if rescale == 0 or not (whole and _fusable(ws, gs)):
            for w, g in zip(ws, gs, strict=True):
                step_sgd(w, g, lr, wd, rescale, clip)
            continue
        gs, scale = _clipped(gs, rescale, clip)
        torch._fused_sgd_(
            ws,
            gs,
            [],
            weight_decay=wd / scale,
            momentum=0.0,
            lr=lr * scale,
            dampening=0.0,
            nesterov=False,
            maximize=False,
            is_first_step=False,
        )


def momentum(
    weights: _Tensors,
    grads: _Tensors,
    moms: _Tensors,
    lrs: Sequence[float],
    wds: Sequence[float],
    momentum: float,
    rescale: float,
    clip: float,
) -> None:
    """``sgd_mom_update`` of each."""
    whole = _check(weights, grads, moms)
    for members, (lr, wd) in alike(weights, lrs, wds):
        ws, gs, ms = _take(members, weights), _take(members, grads), _take(members, moms)
        if rescale == 0 or momentum <= 0 or not (whole and _fusable(ws, gs, ms)):
            for w, g, m in zip(ws, gs, ms, strict=True):
                step_momentum(w, g, m, lr, momentum, wd, rescale, clip)
            continue
        gs, scale = _clipped(gs, rescale, clip)
        # torch's rule is m = momentum * m + (1 - dampening) * (g + weight_decay * w), w -= lr * m; in MXNet's the
        # momentum holds the learning rate and the sign
        torch._fused_sgd_(
            ws,
            gs,
            ms,
            weight_decay=wd / scale,
            momentum=momentum,
            lr=-1.0,
            dampening=1 + lr * scale,
            nesterov=False,
            maximize=False,
            is_first_step=False,
        )


def nesterov(
    weights: _Tensors,
    grads: _Tensors,
    moms: _Tensors,
    lrs: Sequence[float],
    wds: Sequence[float],
    momentum: float,
    rescale: float,
    clip: float,
) -> None:
    """``nag_mom_update`` of each."""
    _check(weights, grads, moms)
    for members, (lr, wd) in alike(weights, lrs, wds):
        ws, gs, ms = _take(members, weights), _take(members, grads), _take(members, moms)
        gs, scale = _clipped(gs, rescale, clip)
        torch._foreach_mul_(ms, momentum)
        if wd != 0:
            torch._foreach_mul_(ws, 1 - lr * (1 + momentum) * wd)
        torch._foreach_add_(ws, ms, alpha=momentum)
        torch._foreach_add_(ws, gs, alpha=-lr * (1 + momentum) * scale)
        torch._foreach_add_(ms, gs, alpha=-lr * scale)
        if wd != 0:
            torch._foreach_add_(ms, ws, alpha=-lr * wd)


@functools.lru_cache(16)
def _late(device: torch.device) -> Tensor:
    """A step count so high that torch's correction of Adam's bias is 1: ours is in the learning rate."""
    return torch.tensor(1e9, dtype=torch.float32, device=device)


def adam(
    weights: _Tensors,
    grads: _Tensors,
    means: _Tensors,
    variances: _Tensors,
    lrs: Sequence[float],
    wds: Sequence[float],
    beta1: float,
    beta2: float,
    epsilon: float,
    rescale: float,
    clip: float,
) -> None:
    """``adam_update`` of each."""
    whole = _check(weights, grads, means, variances)
    for members, (lr, wd) in alike(weights, lrs, wds):
        ws, gs = _take(members, weights), _take(members, grads)
        ms, vs = _take(members, means), _take(members, variances)
        owned = rescale != 1 or wd != 0 or clip >= 0
        if owned:
            gs = list(torch._foreach_mul(gs, rescale))
            if wd != 0:
                torch._foreach_add_(gs, ws, alpha=wd)
            if clip >= 0:
                torch._foreach_clamp_min_(gs, -clip)
                torch._foreach_clamp_max_(gs, clip)
        if whole and _fusable(ws, gs, ms, vs) and beta1 < 1 and beta2 < 1:
            torch._fused_adam_(
                ws,
                gs,
                ms,
                vs,
                [],
                [_late(ws[0].device)] * len(ws),
                lr=lr,
                beta1=beta1,
                beta2=beta2,
                weight_decay=0.0,
                eps=epsilon,
                amsgrad=False,
                maximize=False,
            )
            continue
        torch._foreach_mul_(ms, beta1)
        torch._foreach_add_(ms, gs, alpha=1 - beta1)
        torch._foreach_mul_(vs, beta2)
        torch._foreach_addcmul_(vs, gs, gs, 1 - beta2)
        roots = torch._foreach_sqrt(vs)
        torch._foreach_add_(roots, epsilon)
        torch._foreach_addcdiv_(ws, ms, roots, -lr)


def to_float32(tensors: _Tensors) -> list[Tensor]:
    return [t.to(torch.float32) for t in tensors]


def interleaved(
    name: str, data: _Tensors, each: int, count: int, after: int = 0
) -> tuple[list[list[Tensor]], _Tensors]:
    """``data`` holds ``each`` tensors a parameter and ``after`` more: lists of the first kind by role, and the rest.

    Raises:
        ShapeError: there are more or fewer.
    """
    if len(data) != each * count + after:
        raise ShapeError(
            f"{name}: got {len(data)} arrays, expected {each} for each of {count} weights and {after} more"
        )
    end = each * count
    return [list(data[i:end:each]) for i in range(each)], data[end:]
