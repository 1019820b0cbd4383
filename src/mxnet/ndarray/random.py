"""``mx.nd.random``: random numbers from distributions whose parameters are numbers or arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError
from mxnet._base.lazy import attach
from mxnet._runtime.dtypes import NAME, torch_dtype

from ._namespace import function
from .ndarray import NDArray

__getattr__ = attach(__name__, {}, {"current_context": "mxnet.context"})  # as 1.9.1 imports it there

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


def _draw(
    distribution: str,
    parameters: dict[str, Any],
    shape: Any,
    dtype: Any,
    ctx: Any,
    out: Any,
    attrs: dict[str, Any],
) -> Any:
    """Numbers: ``_random_`` with a shape. Arrays: ``_sample_``, on the device of the arrays."""
    if dtype is not None:
        attrs["dtype"] = dtype
    values = parameters.values()
    if all([isinstance(v, _NUMBERS) for v in values]):
        return _scalar(f"_random_{distribution}", parameters, shape, ctx, out, attrs)
    if all([isinstance(v, NDArray) for v in values]):
        if shape is not None:
            attrs["shape"] = shape
        return function(f"_sample_{distribution}")(*values, out=out, **attrs)
    for v in values:
        if not isinstance(v, (NDArray, *_NUMBERS)):
            raise ArgumentError(f"Distribution parameters must be either NDArray or numbers, but got {type(v)}.")
    kinds = " and ".join(str(type(v)) for v in values)
    raise InputTypeError(f"Distribution parameters must all have the same type, but got both {kinds}.")


def _scalar(name: str, parameters: dict[str, Any], shape: Any, ctx: Any, out: Any, attrs: dict[str, Any]) -> Any:
    if out is not None:
        if not isinstance(out, NDArray):
            raise InputTypeError(f"{name}: out must have NDArray type, but got {out!r}")
        wanted = attrs.get("dtype")
        if wanted is not None and torch_dtype(wanted) != out._meta().dtype:
            raise DTypeError(f"{name}: dtype is {wanted} and out has {out.dtype}; leave dtype out, or make them equal")
        attrs["dtype"] = NAME[out._meta().dtype]
        shape = out.shape if shape is None else shape
        ctx = out.context if ctx is None else ctx
    if ctx is not None:
        attrs["ctx"] = str(ctx)
    return function(name)(shape=1 if shape is None else shape, out=out, **parameters, **attrs)


def uniform(
    low: Any = 0, high: Any = 1, shape: Any = None, dtype: Any = None, ctx: Any = None, out: Any = None, **kwargs: Any
) -> NDArray:
    """Numbers from [low, high), all equally likely.

    Args:
        low, high: two numbers, or two arrays of one shape and dtype.
        shape: that of the result for numbers, (1,) if None; for arrays, that of what is drawn for each element.
        dtype: float16, float32 (if None) or float64.
        ctx: where the result goes; the current context if None. For arrays the result goes where they are.
        out: an array to write to; it also gives shape and dtype where these are None.

    Raises:
        InputTypeError: a number and an array together.
        MXNetError: ``low`` is above ``high``; raised when the result is waited for, or at once with ``out``.

    >>> uniform(0, 1, shape=(2, 3)).shape
    (2, 3)
    """
    return _draw("uniform", {"low": low, "high": high}, shape, dtype, ctx, out, kwargs)


def normal(
    loc: Any = 0, scale: Any = 1, shape: Any = None, dtype: Any = None, ctx: Any = None, out: Any = None, **kwargs: Any
) -> NDArray:
    """Normal numbers of mean ``loc`` and standard deviation ``scale``; the other arguments are those of ``uniform``.

    Raises:
        MXNetError: ``scale`` is not positive; raised as by ``uniform``.

    >>> normal(0, 1, shape=(2, 3), dtype="float64").dtype
    <class 'numpy.float64'>
    """
    return _draw("normal", {"loc": loc, "scale": scale}, shape, dtype, ctx, out, kwargs)


def randn(*shape: int, **kwargs: Any) -> NDArray:
    """Normal numbers in the shape of the positional arguments.

    Args:
        kwargs: loc, scale, dtype, ctx, out as of ``normal``; others are ignored, as in 1.9.1.

    >>> randn(2, 3).shape
    (2, 3)
    """
    known = {k: kwargs[k] for k in ("dtype", "ctx", "out") if k in kwargs}
    return normal(kwargs.get("loc", 0), kwargs.get("scale", 1), shape=shape, **known)


def poisson(
    lam: Any = 1, shape: Any = None, dtype: Any = None, ctx: Any = None, out: Any = None, **kwargs: Any
) -> NDArray:
    """Poisson numbers of mean ``lam``, in a floating point dtype; the other arguments are those of ``uniform``.

    >>> poisson(4, shape=(2,)).dtype
    <class 'numpy.float32'>
    """
    return _draw("poisson", {"lam": lam}, shape, dtype, ctx, out, kwargs)


def exponential(
    scale: Any = 1, shape: Any = None, dtype: Any = None, ctx: Any = None, out: Any = None, **kwargs: Any
) -> NDArray:
    """Exponential numbers of mean ``scale``; the other arguments are those of ``uniform``.

    Raises:
        ArgumentError: ``scale`` is 0.

    >>> exponential(0.5, shape=(2,)).shape
    (2,)
    """
    if isinstance(scale, _NUMBERS) and scale == 0:
        raise ArgumentError("exponential: scale is 0; expected a positive number")
    rate = 1.0 / scale if isinstance(scale, (NDArray, *_NUMBERS)) else scale
    return _draw("exponential", {"lam": rate}, shape, dtype, ctx, out, kwargs)


def gamma(
    alpha: Any = 1, beta: Any = 1, shape: Any = None, dtype: Any = None, ctx: Any = None, out: Any = None, **kwargs: Any
) -> NDArray:
    """Gamma numbers of shape ``alpha`` and scale ``beta``; the other arguments are those of ``uniform``.

    >>> gamma(9, 0.5, shape=(2,)).shape
    (2,)
    """
    return _draw("gamma", {"alpha": alpha, "beta": beta}, shape, dtype, ctx, out, kwargs)


def negative_binomial(
    k: Any = 1, p: Any = 1, shape: Any = None, dtype: Any = None, ctx: Any = None, out: Any = None, **kwargs: Any
) -> NDArray:
    """How many successes come before ``k`` failures of probability ``p``; the other arguments are those of ``uniform``.

    >>> negative_binomial(10, 0.5, shape=(2,)).shape
    (2,)
    """
    return _draw("negative_binomial", {"k": k, "p": p}, shape, dtype, ctx, out, kwargs)


def generalized_negative_binomial(
    mu: Any = 1, alpha: Any = 1, shape: Any = None, dtype: Any = None, ctx: Any = None, out: Any = None, **kwargs: Any
) -> NDArray:
    """Negative binomial numbers of mean ``mu`` and variance ``mu + alpha * mu * mu``; the other arguments are those of
    ``uniform``.

    >>> generalized_negative_binomial(10, 0.5, shape=(2,)).shape
    (2,)
    """
    return _draw("generalized_negative_binomial", {"mu": mu, "alpha": alpha}, shape, dtype, ctx, out, kwargs)


def multinomial(
    data: NDArray, shape: Any = None, get_prob: bool = False, out: Any = None, dtype: Any = "int32", **kwargs: Any
) -> Any:
    """Indices into the last axis of ``data``, which holds their probabilities.

    Args:
        data: (..., K), rows of probabilities.
        shape: how many indices to draw from each row; one, without an axis of its own, if None.
        get_prob: also return the logarithms of the probabilities of what was drawn, through which gradients flow.
        dtype: of the indices: int32, uint8, float16, float32 or float64.

    >>> import mxnet as mx
    >>> multinomial(mx.nd.array([[0, 1], [1, 0]])).asnumpy()
    array([1, 0], dtype=int32)
    """
    if shape is not None:
        kwargs["shape"] = shape
    return function("_sample_multinomial")(data, get_prob=get_prob, out=out, dtype=_name(dtype), **kwargs)


def _name(dtype: Any) -> Any:
    return dtype if isinstance(dtype, str) else NAME[torch_dtype(dtype)]


def shuffle(data: NDArray, **kwargs: Any) -> NDArray:
    """The slices of ``data`` along its first axis in random order.

    >>> import mxnet as mx
    >>> sorted(shuffle(mx.nd.array([1, 2, 3])).asnumpy().tolist())
    [1.0, 2.0, 3.0]
    """
    return function("_shuffle")(data, **kwargs)


def randint(
    low: int, high: int, shape: Any = None, dtype: Any = None, ctx: Any = None, out: Any = None, **kwargs: Any
) -> NDArray:
    """Integers from [low, high), all equally likely.

    Args:
        dtype: int32 (if None) or int64.
        shape, ctx, out: as of ``uniform``.

    Raises:
        ArgumentError: the dtype is another one or does not hold the numbers.

    >>> randint(5, 6, shape=(2,)).asnumpy()
    array([5, 5], dtype=int32)
    """
    if dtype is not None:
        kwargs["dtype"] = dtype
    return _scalar("_random_randint", {"low": low, "high": high}, shape, ctx, out, kwargs)


def _like(name: str) -> Callable[..., NDArray]:
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
