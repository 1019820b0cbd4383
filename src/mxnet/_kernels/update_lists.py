"""Optimizer steps for lists of parameters, in place: one call of a multi-tensor kernel where torch has a fitting one.

These are not operators themselves: the ``multi_`` operators and the optimizers are made from them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import ShapeError
from mxnet._runtime import writes

from . import update_rules as rules
from .update_rules import clipped, single
from .updates import check, step_momentum, step_sgd
from .updates_adaptive import check_rows

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


def take(members: list[int], tensors: _Tensors) -> list[Tensor]:
    """The tensors at those places."""
    return [tensors[i] for i in members]


def _check(weights: _Tensors, *others: _Tensors) -> bool:
    """Refuse what is not like its weight; returns whether all tensors are contiguous.

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


def _sgd_fusable(weights: _Tensors, *others: _Tensors) -> bool:
    """The same for SGD: on CPUs, torch's kernel gives wrong results for 16 and more elements of 16 bits."""
    return (weights[0].element_size() > 2 or weights[0].device.type != "cpu") and _fusable(weights, *others)


def apply(
    rule: Callable[..., None],
    weights: _Tensors,
    grads: _Tensors,
    states: Sequence[Sequence[Tensor | None]],
    same: Sequence[Sequence[Any]],
    each: Sequence[Sequence[float]] = (),
    **common: Any,
) -> None:
    """A rule of ``update_rules`` for all parameters: one call for those that are alike.

    Args:
        states: the states of each parameter; None is left out.
        same: settings by parameter that go to the rule as one number.
        each: settings by parameter that go to the rule as a list.
        common: settings of all.
    """
    kinds = [list(kind) for kind in zip(*([s for s in own if s is not None] for own in states), strict=True)]
    _check(weights, grads, *kinds)
    for members, values in alike(weights, *same):
        parts = [take(members, tensors) for tensors in (weights, grads, *kinds)]
        rule(*parts, *values, *[[given[i] for i in members] for given in each], **common)


_MANY = 4


def _differ(weights: _Tensors, *settings: Sequence[float]) -> bool:
    """Whether parameters are updated together, with settings in lists, rather than in groups of equal settings."""
    if len(weights) <= _MANY or weights[0].device.type == "cpu":
        return False
    return len(set(zip(*settings, strict=True))) > _MANY


def sgd(
    weights: _Tensors, grads: _Tensors, lrs: Sequence[float], wds: Sequence[float], rescale: float, clip: float
) -> None:
    """``sgd_update`` of each."""
    whole = _check(weights, grads)
    if _differ(weights, lrs, wds):
        for members, _ in alike(weights):
            ws, gs = take(members, weights), take(members, grads)
            rules.momenta(ws, gs, None, [lrs[i] for i in members], [wds[i] for i in members], 0.0, rescale, clip)
        return
    for members, (lr, wd) in alike(weights, lrs, wds):
        ws, gs = take(members, weights), take(members, grads)
        if rescale == 0 or not (whole and _sgd_fusable(ws, gs)):
            for w, g in zip(ws, gs, strict=True):
                step_sgd(w, g, lr, wd, rescale, clip)
            continue
        gs, scale = clipped(gs, rescale, clip)
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
        writes.count(*ws)  # which torch's fused kernels do not


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
    if _differ(weights, lrs, wds):
        for members, _ in alike(weights):
            ws, gs, ms = take(members, weights), take(members, grads), take(members, moms)
            rules.momenta(ws, gs, ms, [lrs[i] for i in members], [wds[i] for i in members], momentum, rescale, clip)
        return
    for members, (lr, wd) in alike(weights, lrs, wds):
        ws, gs, ms = take(members, weights), take(members, grads), take(members, moms)
        if rescale == 0 or momentum <= 0 or not (whole and _sgd_fusable(ws, gs, ms)):
            for w, g, m in zip(ws, gs, ms, strict=True):
                step_momentum(w, g, m, lr, momentum, wd, rescale, clip)
            continue
        gs, scale = clipped(gs, rescale, clip)
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
        writes.count(*ws)  # which torch's fused kernels do not


def group_adagrad(
    weights: _Tensors,
    grads: _Tensors,
    histories: _Tensors,
    lrs: Sequence[float],
    epsilon: float,
    rescale: float,
    clip: float,
) -> None:
    """``_contrib_group_adagrad_update`` of each.

    Raises:
        ShapeError: a history does not have one number for each row.
    """
    for each in zip(weights, grads, histories, strict=True):
        check_rows(*each)
    for members, (lr,) in alike(weights, lrs):
        ws, gs, hs = take(members, weights), take(members, grads), take(members, histories)
        rules.group_adagrad(ws, gs, hs, lr, epsilon=epsilon, rescale=rescale, clip=clip)


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
    beta1, beta2 = single(beta1), single(beta2)
    whole = _check(weights, grads, means, variances)
    for members, (lr, wd) in alike(weights, lrs, wds):
        ws, gs = take(members, weights), take(members, grads)
        ms, vs = take(members, means), take(members, variances)
        if not (whole and _fusable(ws, gs, ms, vs) and beta1 < 1 and beta2 < 1):
            rules.adam(ws, gs, ms, vs, lr, wd, beta1=beta1, beta2=beta2, epsilon=epsilon, rescale=rescale, clip=clip)
            continue
        gs, scale = rules.decayed(gs, ws, rescale, wd, clip)
        if scale != 1:
            gs = list(torch._foreach_mul(gs, scale))
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
        writes.count(*ws)  # which torch's fused kernels do not


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
