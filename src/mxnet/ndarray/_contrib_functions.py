"""Functions of ``mx.nd.contrib`` that are more than one operator: AdamW, LAMB for many weights, Zipfian candidates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ._namespace import function
from .creation import full
from .ndarray import NDArray
from .random import uniform

__all__ = [
    "adamw_update",
    "mp_adamw_update",
    "multi_adamw_update",
    "multi_lamb_update",
    "multi_mp_adamw_update",
    "multi_mp_lamb_update",
    "rand_zipfian",
]


def _scale(rescale_grad: Any, weight: NDArray) -> NDArray:
    """The factor of the gradient as an array beside ``weight``."""
    if isinstance(rescale_grad, NDArray):
        return rescale_grad.as_in_context(weight.context)
    return full((1,), rescale_grad, ctx=weight.context)


def adamw_update(
    weight: NDArray,
    grad: NDArray,
    mean: NDArray,
    var: NDArray,
    rescale_grad: Any,
    lr: float,
    eta: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wd: float = 0,
    clip_gradient: float = -1,
    out: NDArray | None = None,
    name: str | None = None,
    **kwargs: Any,
) -> NDArray:
    """Adam with the weight decay apart: ``weight -= eta * (lr * mean / (sqrt(var) + epsilon) + wd * weight)``.

    Args:
        weight, grad, mean, var: arrays of one shape and dtype; mean and var are written, weight if it is ``out``.
        rescale_grad: factor of the gradient, a number or an array of one; if it is 0 or not finite nothing changes.
    """
    inputs = (weight, grad, mean, var, _scale(rescale_grad, weight))
    given = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon, "wd": wd, "clip_gradient": clip_gradient}
    return function("_adamw_update")(*inputs, out=out, lr=lr, eta=eta, **given, **kwargs)


def mp_adamw_update(
    weight: NDArray,
    grad: NDArray,
    mean: NDArray,
    var: NDArray,
    weight32: NDArray,
    rescale_grad: Any,
    lr: float,
    eta: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wd: float = 0,
    clip_gradient: float = -1,
    out: NDArray | None = None,
    name: str | None = None,
    **kwargs: Any,
) -> NDArray:
    """:func:`adamw_update` of the float32 copy ``weight32``, of which ``weight`` becomes the rounded value."""
    inputs = (weight, grad, mean, var, weight32, _scale(rescale_grad, weight))
    given = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon, "wd": wd, "clip_gradient": clip_gradient}
    return function("_mp_adamw_update")(*inputs, out=out, lr=lr, eta=eta, **given, **kwargs)


def _interleaved(*lists: Sequence[NDArray]) -> list[NDArray]:
    return [array for group in zip(*lists, strict=True) for array in group]


def multi_adamw_update(
    weights: Sequence[NDArray],
    grads: Sequence[NDArray],
    mean: Sequence[NDArray],
    var: Sequence[NDArray],
    rescale_grad: Any,
    lrs: Sequence[float],
    wds: Sequence[float],
    etas: Sequence[float],
    out: Any = None,
    name: str | None = None,
    size: int = 0,
    **kwargs: Any,
) -> Any:
    """:func:`adamw_update` of several weights; lists of equal length. ``size`` is that length, or 0."""
    arrays = [*_interleaved(weights, grads, mean, var), _scale(rescale_grad, weights[0])]
    count = size or len(weights)
    return function("_multi_adamw_update")(*arrays, out=out, num_weights=count, lrs=lrs, wds=wds, etas=etas, **kwargs)


def multi_mp_adamw_update(
    weights: Sequence[NDArray],
    grads: Sequence[NDArray],
    mean: Sequence[NDArray],
    var: Sequence[NDArray],
    weights32: Sequence[NDArray],
    rescale_grad: Any,
    lrs: Sequence[float],
    wds: Sequence[float],
    etas: Sequence[float],
    out: Any = None,
    name: str | None = None,
    size: int = 0,
    **kwargs: Any,
) -> Any:
    """:func:`mp_adamw_update` of several weights; lists of equal length. ``size`` is that length, or 0."""
    arrays = [*_interleaved(weights, grads, mean, var, weights32), _scale(rescale_grad, weights[0])]
    count = size or len(weights)
    return function("_multi_mp_adamw_update")(
        *arrays, out=out, num_weights=count, lrs=lrs, wds=wds, etas=etas, **kwargs
    )


def multi_lamb_update(
    weights: Sequence[NDArray],
    grads: Sequence[NDArray],
    mean: Sequence[NDArray],
    var: Sequence[NDArray],
    step_count: Sequence[int],
    lrs: Sequence[float],
    wds: Sequence[float],
    out: Any = None,
    num_tensors: int = 0,
    **kwargs: Any,
) -> Any:
    """A step of LAMB for several weights; lists of equal length. ``num_tensors`` is that length, or 0."""
    arrays = _interleaved(weights, grads, mean, var)
    given = {"num_tensors": num_tensors or len(weights), "step_count": tuple(step_count)}
    return function("_multi_lamb_update")(*arrays, out=out, learning_rates=lrs, wds=wds, **given, **kwargs)


def multi_mp_lamb_update(
    weights: Sequence[NDArray],
    grads: Sequence[NDArray],
    mean: Sequence[NDArray],
    var: Sequence[NDArray],
    weights32: Sequence[NDArray],
    step_count: Sequence[int],
    lrs: Sequence[float],
    wds: Sequence[float],
    out: Any = None,
    num_tensors: int = 0,
    **kwargs: Any,
) -> Any:
    """:func:`multi_lamb_update` of the float32 copies ``weights32``; the weights become their rounded values."""
    arrays = _interleaved(weights, grads, mean, var, weights32)
    given = {"num_tensors": num_tensors or len(weights), "step_count": tuple(step_count)}
    return function("_multi_mp_lamb_update")(*arrays, out=out, learning_rates=lrs, wds=wds, **given, **kwargs)


def rand_zipfian(
    true_classes: NDArray, num_sampled: int, range_max: int, ctx: Any = None
) -> tuple[NDArray, NDArray, NDArray]:
    """Candidate classes for sampled softmax, drawn by P(c) = log((c + 2) / (c + 1)) / log(range_max + 1).

    Args:
        true_classes: classes whose expected count is wanted.
        num_sampled: how many candidates, with repetition.
        range_max: classes are below it.

    Returns:
        The candidates (int64), and how often true classes and candidates are expected among so many draws (float64).

    >>> import mxnet as mx
    >>> [a.shape for a in rand_zipfian(mx.nd.array([3]), 4, 5)]
    [(4,), (1,), (4,)]
    """
    log_range = math.log(range_max + 1)
    drawn = uniform(0, log_range, shape=(num_sampled,), dtype="float64", ctx=ctx or true_classes.context)
    candidates = (drawn.exp() - 1).astype("int64") % range_max

    def expected(classes: NDArray) -> NDArray:
        exact = classes.astype("float64")
        return ((exact + 2) / (exact + 1)).log() / log_range * num_sampled

    return candidates, expected(true_classes), expected(candidates)
