"""Functions of ``mx.sym.contrib`` that are more than one operator."""

from __future__ import annotations

import math
from typing import Any

from ._namespace import function
from .functions import full
from .random import uniform
from .symbol import Symbol

__all__ = ["adamw_update", "mp_adamw_update", "rand_zipfian"]


def rand_zipfian(true_classes: Symbol, num_sampled: int, range_max: int) -> tuple[Symbol, Symbol, Symbol]:
    """Candidate classes for sampled softmax; see ``mx.nd.contrib.rand_zipfian``.

    Returns:
        The candidates (int64), and how often true classes and candidates are expected among so many draws (float64).

    >>> import mxnet as mx
    >>> [s.list_arguments() for s in rand_zipfian(mx.sym.var("c"), 4, 5)]
    [[], ['c'], []]
    """
    log_range = math.log(range_max + 1)
    drawn = uniform(0, log_range, shape=(num_sampled,), dtype="float64")
    whole = function("Cast")(function("exp")(drawn) - 1, dtype="int64")
    candidates = function("_mod_scalar")(whole, scalar=range_max)

    def expected(classes: Symbol) -> Symbol:
        exact = function("Cast")(classes, dtype="float64")
        return function("log")((exact + 2) / (exact + 1)) / log_range * num_sampled

    return candidates, expected(true_classes), expected(candidates)


def _scale(rescale_grad: Any) -> Symbol:
    return rescale_grad if isinstance(rescale_grad, Symbol) else full((1,), rescale_grad)


def adamw_update(
    weight: Symbol,
    grad: Symbol,
    mean: Symbol,
    var: Symbol,
    rescale_grad: Any,
    lr: float,
    eta: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wd: float = 0,
    clip_gradient: float = -1,
    out: Any = None,
    name: str | None = None,
    **kwargs: Any,
) -> Symbol:
    """One step of AdamW; see ``mx.nd.contrib.adamw_update``.

    Args:
        weight, grad, mean, var: symbols of one shape; the arrays given for mean and var are written.
        rescale_grad: factor of the gradient, a number or a symbol of one element. 1.9.1 refuses both by mistake.
        out: has no effect, as a graph makes its own outputs.

    >>> import mxnet as mx
    >>> weight, grad, mean, var = map(mx.sym.var, ("weight", "grad", "mean", "var"))
    >>> adamw_update(weight, grad, mean, var, 1.0, lr=0.1, eta=1).list_arguments()
    ['weight', 'grad', 'mean', 'var']
    """
    inputs = (weight, grad, mean, var, _scale(rescale_grad))
    given = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon, "wd": wd, "clip_gradient": clip_gradient}
    return function("_adamw_update")(*inputs, lr=lr, eta=eta, name=name, **given, **kwargs)


def mp_adamw_update(
    weight: Symbol,
    grad: Symbol,
    mean: Symbol,
    var: Symbol,
    weight32: Symbol,
    rescale_grad: Any,
    lr: float,
    eta: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wd: float = 0,
    clip_gradient: float = -1,
    out: Any = None,
    name: str | None = None,
    **kwargs: Any,
) -> Symbol:
    """:func:`adamw_update` of the float32 copy ``weight32``, whose rounded value is the result."""
    inputs = (weight, grad, mean, var, weight32, _scale(rescale_grad))
    given = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon, "wd": wd, "clip_gradient": clip_gradient}
    return function("_mp_adamw_update")(*inputs, lr=lr, eta=eta, name=name, **given, **kwargs)
