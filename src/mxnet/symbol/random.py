"""``mx.sym.random``: symbols of random numbers, drawn anew at each forward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError, InputTypeError

from ._namespace import function
from .symbol import Symbol

__all__ = [
    "exponential",
    "exponential_like",
    "gamma",
    "gamma_like",
    "generalized_negative_binomial",
    "generalized_negative_binomial_like",
    "multinomial",
    "negative_binomial",
    "negative_binomial_like",
    "normal",
    "normal_like",
    "poisson",
    "poisson_like",
    "randint",
    "randn",
    "shuffle",
    "uniform",
    "uniform_like",
]

_NUMBERS = (float, int, np.generic)


def _draw(distribution: str, parameters: dict[str, Any], shape: Any, dtype: Any, attrs: dict[str, Any]) -> Symbol:
    if shape is not None:
        attrs["shape"] = shape
    if dtype is not None:
        attrs["dtype"] = dtype
    values = parameters.values()
    if all(isinstance(v, _NUMBERS) for v in values):
        return function(f"_random_{distribution}")(**parameters, **attrs)
    if all(isinstance(v, Symbol) for v in values):
        return function(f"_sample_{distribution}")(*values, **attrs)
    for v in values:
        if not isinstance(v, (Symbol, *_NUMBERS)):
            raise ArgumentError(f"Distribution parameters must be either Symbol or numbers, but got {type(v)}.")
    kinds = " and ".join(str(type(v)) for v in values)
    raise InputTypeError(f"Distribution parameters must all have the same type, but got both {kinds}.")


def uniform(low: Any = 0, high: Any = 1, shape: Any = None, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Numbers from [low, high), all equally likely.

    Args:
        low, high: two numbers, or two symbols.
        shape: that of the result for numbers; for symbols, that of what is drawn for each element.
        dtype: float16, float32 (if None) or float64; for symbols None is their dtype.
        kwargs: name, attr, ctx.

    Raises:
        InputTypeError: a number and a symbol together.

    >>> uniform(0, 1, shape=(2, 3)).infer_shape()[1]
    [(2, 3)]
    """
    return _draw("uniform", {"low": low, "high": high}, shape, dtype, kwargs)


def normal(loc: Any = 0, scale: Any = 1, shape: Any = None, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Normal numbers of mean ``loc`` and standard deviation ``scale``; the other arguments are those of ``uniform``."""
    return _draw("normal", {"loc": loc, "scale": scale}, shape, dtype, kwargs)


def randn(*shape: int, **kwargs: Any) -> Symbol:
    """Normal numbers in the shape of the positional arguments.

    Args:
        kwargs: loc, scale, dtype, name, attr as of ``normal``; others are ignored, as in 1.9.1.
    """
    known = {k: kwargs[k] for k in ("dtype", "name", "attr") if k in kwargs}
    return normal(kwargs.get("loc", 0), kwargs.get("scale", 1), shape=shape or None, **known)


def poisson(lam: Any = 1, shape: Any = None, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Poisson numbers of mean ``lam``; the other arguments are those of ``uniform``."""
    return _draw("poisson", {"lam": lam}, shape, dtype, kwargs)


def exponential(scale: Any = 1, shape: Any = None, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Exponential numbers of mean ``scale``; the other arguments are those of ``uniform``.

    Raises:
        ArgumentError: ``scale`` is 0.
    """
    if isinstance(scale, _NUMBERS) and scale == 0:
        raise ArgumentError("exponential: scale is 0; expected a positive number")
    rate = 1.0 / scale if isinstance(scale, (Symbol, *_NUMBERS)) else scale
    return _draw("exponential", {"lam": rate}, shape, dtype, kwargs)


def gamma(alpha: Any = 1, beta: Any = 1, shape: Any = None, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Gamma numbers of shape ``alpha`` and scale ``beta``; the other arguments are those of ``uniform``."""
    return _draw("gamma", {"alpha": alpha, "beta": beta}, shape, dtype, kwargs)


def negative_binomial(k: Any = 1, p: Any = 1, shape: Any = None, dtype: Any = None, **kwargs: Any) -> Symbol:
    """How many successes come before ``k`` failures of probability ``p``; the others are those of ``uniform``."""
    return _draw("negative_binomial", {"k": k, "p": p}, shape, dtype, kwargs)


def generalized_negative_binomial(
    mu: Any = 1, alpha: Any = 1, shape: Any = None, dtype: Any = None, **kwargs: Any
) -> Symbol:
    """Negative binomial numbers of mean ``mu`` and variance ``mu + alpha * mu * mu``; the other arguments are those of
    ``uniform``."""
    return _draw("generalized_negative_binomial", {"mu": mu, "alpha": alpha}, shape, dtype, kwargs)


def multinomial(data: Symbol, shape: Any = None, get_prob: bool = True, dtype: Any = "int32", **kwargs: Any) -> Symbol:
    """Indices into the last axis of ``data``, which holds their probabilities, and with ``get_prob``, as is the default
    here, the logarithms of their probabilities as a second output; see ``mx.nd.random.multinomial``."""
    if shape is not None:
        kwargs["shape"] = shape
    return function("_sample_multinomial")(data, get_prob=get_prob, dtype=dtype, **kwargs)


def shuffle(data: Symbol, **kwargs: Any) -> Symbol:
    """The slices of ``data`` along its first axis in random order."""
    return function("_shuffle")(data, **kwargs)


def randint(low: int, high: int, shape: Any = None, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Integers from [low, high), all equally likely, int32 or int64.

    >>> randint(0, 3, shape=(2,), name="r").list_outputs()
    ['r_output']
    """
    if shape is not None:
        kwargs["shape"] = shape
    if dtype is not None:
        kwargs["dtype"] = dtype
    return function("_random_randint")(low=low, high=high, **kwargs)


def _like(name: str) -> Callable[..., Symbol]:
    made = function(f"_random_{name}")
    made.__name__ = made.__qualname__ = name
    made.__module__ = __name__
    return made


uniform_like = _like("uniform_like")
normal_like = _like("normal_like")
poisson_like = _like("poisson_like")
exponential_like = _like("exponential_like")
gamma_like = _like("gamma_like")
negative_binomial_like = _like("negative_binomial_like")
generalized_negative_binomial_like = _like("generalized_negative_binomial_like")
