"""Optimizer updates of one parameter whose steps follow the history of its gradient: Adam and its relatives.

What holds for all updates is said in ``updates``.
"""

from __future__ import annotations

from torch import Tensor

from mxnet._base.errors import ShapeError
from mxnet._ops import op

from . import update_rules as rules
from .update_rules import single
from .updates import check


@op("adam_update", mutates=("weight", "mean", "var"))
def adam_update(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    *,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> Tensor:
    """``g = clip(rescale_grad * grad + wd * weight)``; ``weight -= lr * mean / (sqrt(var) + epsilon)``, where ``mean``
    and ``var`` are the moving averages of ``g`` and its square. Correcting their bias is left to ``lr``.

    Attrs:   lazy_update has no effect on dense gradients
    Raises:  ShapeError, DTypeError if grad or a state is not like weight
    Source:  arXiv:1412.6980; behaviour of MXNet 1.9.1
    """
    check("adam_update", weight, grad, mean, var)
    rules.adam(
        [weight], [grad], [mean], [var], lr, wd, beta1=single(beta1), beta2=single(beta2), epsilon=epsilon,
        rescale=rescale_grad, clip=clip_gradient,
    )  # fmt: skip
    return weight


@op("rmsprop_update", mutates=("weight", "n"))
def rmsprop_update(
    weight: Tensor,
    grad: Tensor,
    n: Tensor,
    *,
    lr: float,
    gamma1: float = 0.95,
    epsilon: float = 1e-8,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    clip_weights: float = -1.0,
) -> Tensor:
    """``weight -= lr * g / sqrt(n + epsilon)`` with ``n`` the moving average of ``g * g``.

    Attrs:   gamma1, what is kept of n; clip_weights, bound of the new weight, negative for none
    Raises:  ShapeError, DTypeError if grad or n is not like weight
    """
    check("rmsprop_update", weight, grad, n)
    rules.rmsprop(
        [weight], [grad], [n], lr, wd, gamma1=single(gamma1), epsilon=epsilon, rescale=rescale_grad,
        clip=clip_gradient, clip_weights=clip_weights,
    )  # fmt: skip
    return weight


@op("rmspropalex_update", mutates=("weight", "n", "g", "delta"))
def rmspropalex_update(
    weight: Tensor,
    grad: Tensor,
    n: Tensor,
    g: Tensor,
    delta: Tensor,
    *,
    lr: float,
    gamma1: float = 0.95,
    gamma2: float = 0.9,
    epsilon: float = 1e-8,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    clip_weights: float = -1.0,
) -> Tensor:
    """RMSProp centred by the mean gradient ``g``, with momentum:
    ``delta = gamma2 * delta - lr * grad / sqrt(n - g * g + epsilon)``, ``weight += delta``.

    Attrs:   gamma1, what is kept of n and g; clip_weights, bound of the new weight, negative for none
    Raises:  ShapeError, DTypeError if grad or a state is not like weight
    Source:  arXiv:1308.0850, equations 38 to 45; behaviour of MXNet 1.9.1
    """
    check("rmspropalex_update", weight, grad, n, g, delta)
    rules.rmsprop_centered(
        [weight], [grad], [n], [g], [delta], lr, wd, gamma1=single(gamma1), gamma2=single(gamma2), epsilon=epsilon,
        rescale=rescale_grad, clip=clip_gradient, clip_weights=clip_weights,
    )  # fmt: skip
    return weight


@op("ftrl_update", mutates=("weight", "z", "n"))
def ftrl_update(
    weight: Tensor,
    grad: Tensor,
    z: Tensor,
    n: Tensor,
    *,
    lr: float,
    lamda1: float = 0.01,
    beta: float = 1.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """Follow the regularised leader, with the L1 penalty ``lamda1`` and the L2 penalty ``wd``.

    ``z += g - (sqrt(n + g * g) - sqrt(n)) * weight / lr``, ``n += g * g``; the weight is 0 where ``|z| <= lamda1``,
    else ``(sign(z) * lamda1 - z) / ((beta + sqrt(n)) / lr + wd)``.

    Raises:  ShapeError, DTypeError if grad or a state is not like weight
    """
    check("ftrl_update", weight, grad, z, n)
    rules.ftrl([weight], [grad], [z], [n], lr, wd, lamda1=lamda1, beta=beta, rescale=rescale_grad, clip=clip_gradient)
    return weight


@op("ftml_update", mutates=("weight", "d", "v", "z"))
def ftml_update(
    weight: Tensor,
    grad: Tensor,
    d: Tensor,
    v: Tensor,
    z: Tensor,
    *,
    lr: float,
    beta1: float = 0.6,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    t: int,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_grad: float = -1.0,
) -> Tensor:
    """Follow the moving leader; ``t`` is the number of this update, from 1.

    Raises:  ShapeError, DTypeError if grad or a state is not like weight
    Source:  proceedings.mlr.press/v70/zheng17a; behaviour of MXNet 1.9.1
    """
    check("ftml_update", weight, grad, d, v, z)
    rules.ftml(
        [weight], [grad], [d], [v], [z], lr, wd, t, beta1=single(beta1), beta2=single(beta2), epsilon=epsilon,
        rescale=rescale_grad, clip=clip_grad,
    )  # fmt: skip
    return weight


def check_rows(weight: Tensor, grad: Tensor, history: Tensor) -> None:
    """Refuse a gradient that is not like its weight, and a history that does not have one number for each row."""
    check("_contrib_group_adagrad_update", weight, grad)
    rows = weight.shape[0]
    if history.shape[0] != rows or history.numel() != rows:
        raise ShapeError(
            f"_contrib_group_adagrad_update: history has shape {tuple(history.shape)}, expected ({rows}, 1)"
        )


@op("_contrib_group_adagrad_update", mutates=("weight", "history"))
def group_adagrad_update(
    weight: Tensor,
    grad: Tensor,
    history: Tensor,
    *,
    lr: float,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    epsilon: float = 1e-5,
) -> Tensor:
    """AdaGrad with one learning rate a row: ``history += mean(g * g)`` over a row,
    ``weight -= lr * g / sqrt(history + epsilon)``. 1.9.1 has it for row-sparse gradients alone.

    Inputs:  weight, grad (R, ...); history (R, 1, ...), (R, 1) or (R,)
    """
    check_rows(weight, grad, history)
    rules.group_adagrad([weight], [grad], [history], lr, epsilon=epsilon, rescale=rescale_grad, clip=clip_gradient)
    return weight
