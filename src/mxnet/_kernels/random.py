"""Random numbers of distributions whose parameters are numbers; ``mx.random.seed`` seeds them.

Two forms of each: ``_random_`` takes a shape, ``_like`` an array whose shape and dtype the result has. Numbers that can
not be parameters of the distribution make a failed result.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, ShapeError
from mxnet._ops import Ctx, DType, Shape, op
from mxnet._runtime.context import device_for
from mxnet._runtime.dtypes import TORCH
from mxnet._runtime.random import generator
from mxnet._runtime.state import np_shape_active, state

from . import distributions
from .creation import known_shape
from .distributions import float_dtype, independent
from .draws import demand


def _empty(name: str, shape: Shape | None, ctx: str, to: torch.dtype) -> Tensor:
    if shape is None or (not shape and not np_shape_active()):
        raise ShapeError(f"{name}: shape is {shape}; expected the sizes of the result, such as shape=(2, 3)")
    return torch.empty(known_shape(name, shape), dtype=to, device=device_for(ctx))


def _floats(name: str, shape: Shape | None, ctx: str, dtype: DType | None) -> Tensor:
    return _empty(name, shape, ctx, float_dtype(name, dtype))


def _like(name: str, data: Tensor) -> Tensor:
    if not data.is_floating_point():
        raise DTypeError(f"{name}: data is {data.dtype}; this operation only supports floating point types")
    return torch.empty_like(data, memory_format=torch.contiguous_format)


# -- in a given shape -----------------------------------------------------------------------------------------------


@op("_random_uniform", aliases=("random_uniform", "uniform"), random=True)
def random_uniform(
    *,
    low: float = 0.0,
    high: float = 1.0,
    shape: Shape | None = None,
    ctx: Ctx = Ctx(""),
    dtype: DType | None = None,
) -> Tensor:
    """Numbers from [low, high), all equally likely; of half precision rounded, perhaps to high.

    Attrs:   dtype, a floating point one, float32 if None; ctx, the current context if empty
    Raises:  ShapeError without shape; MXNetError at the wait if low is above high
    """
    name = "_random_uniform"
    return distributions.uniform(name, _floats(name, shape, ctx, dtype), low, high)


@op("_random_normal", aliases=("normal", "random_normal"), random=True)
def random_normal(
    *,
    loc: float = 0.0,
    scale: float = 1.0,
    shape: Shape | None = None,
    ctx: Ctx = Ctx(""),
    dtype: DType | None = None,
) -> Tensor:
    """Normal numbers of mean ``loc`` and standard deviation ``scale``.

    Attrs:   dtype, a floating point one, float32 if None; ctx, the current context if empty
    Raises:  ShapeError without shape; MXNetError at the wait if scale is not positive
    """
    name = "_random_normal"
    return distributions.normal(name, _floats(name, shape, ctx, dtype), loc, scale)


@op("_random_gamma", aliases=("random_gamma",), random=True)
def random_gamma(
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    shape: Shape | None = None,
    ctx: Ctx = Ctx(""),
    dtype: DType | None = None,
) -> Tensor:
    """Gamma numbers of shape ``alpha`` and scale ``beta``: their mean is ``alpha * beta``.

    Attrs:   dtype, a floating point one, float32 if None; ctx, the current context if empty
    Raises:  ShapeError without shape; MXNetError at the wait if alpha or beta is not positive
    """
    name = "_random_gamma"
    return distributions.gamma(name, _floats(name, shape, ctx, dtype), alpha, beta)


@op("_random_exponential", aliases=("random_exponential",), random=True)
def random_exponential(
    *, lam: float = 1.0, shape: Shape | None = None, ctx: Ctx = Ctx(""), dtype: DType | None = None
) -> Tensor:
    """Exponential numbers of rate ``lam``: their mean is ``1 / lam``.

    Attrs:   dtype, a floating point one, float32 if None; ctx, the current context if empty
    Raises:  ShapeError without shape; MXNetError at the wait if lam is not positive
    """
    name = "_random_exponential"
    return distributions.exponential(name, _floats(name, shape, ctx, dtype), lam)


@op("_random_poisson", aliases=("random_poisson",), random=True)
def random_poisson(
    *, lam: float = 1.0, shape: Shape | None = None, ctx: Ctx = Ctx(""), dtype: DType | None = None
) -> Tensor:
    """Poisson numbers of mean ``lam``, in a floating point dtype.

    Attrs:   dtype, a floating point one, float32 if None; ctx, the current context if empty
    Raises:  ShapeError without shape; MXNetError at the wait if lam is negative
    """
    name = "_random_poisson"
    return distributions.poisson(name, _floats(name, shape, ctx, dtype), lam)


@op("_random_negative_binomial", aliases=("random_negative_binomial",), random=True)
def random_negative_binomial(
    *, k: int = 1, p: float = 1.0, shape: Shape | None = None, ctx: Ctx = Ctx(""), dtype: DType | None = None
) -> Tensor:
    """How many successes come before ``k`` failures, where a failure has probability ``p``.

    Attrs:   dtype, a floating point one, float32 if None; ctx, the current context if empty
    Raises:  ShapeError without shape; MXNetError at the wait if k is negative or p not positive
    """
    name = "_random_negative_binomial"
    return distributions.negative_binomial(name, _floats(name, shape, ctx, dtype), k, p)


@op("_random_generalized_negative_binomial", aliases=("random_generalized_negative_binomial",), random=True)
def random_generalized_negative_binomial(
    *, mu: float = 1.0, alpha: float = 1.0, shape: Shape | None = None, ctx: Ctx = Ctx(""), dtype: DType | None = None
) -> Tensor:
    """Negative binomial numbers of mean ``mu`` and variance ``mu + alpha * mu * mu``; Poisson if alpha is 0.

    Attrs:   dtype, a floating point one, float32 if None; ctx, the current context if empty
    Raises:  ShapeError without shape; MXNetError at the wait if mu or alpha is negative
    """
    name = "_random_generalized_negative_binomial"
    return distributions.generalized(name, _floats(name, shape, ctx, dtype), mu, alpha)


@op("_random_randint", aliases=("random_randint",), random=True)
def random_randint(
    *, low: int, high: int, shape: Shape | None = None, ctx: Ctx = Ctx(""), dtype: DType | None = None
) -> Tensor:
    """Integers from [low, high), all equally likely.

    Attrs:   dtype, int32 (if None) or int64; ctx, the current context if empty
    Raises:  ShapeError without shape; ArgumentError if the dtype does not hold the numbers;
             MXNetError at the wait if low is not below high
    """
    name = "_random_randint"
    to = TORCH[dtype or "int32"]
    if to not in (torch.int32, torch.int64):
        raise ArgumentError(f"{name}: Invalid Input: {dtype!r}, valid values are: int32, int64")
    span = torch.iinfo(to)
    if low < span.min or high - 1 > span.max:
        raise ArgumentError(f"{name}: low {low} or high {high} is beyond {to}; use dtype='int64'")
    out = _empty(name, shape, ctx, to)
    demand(low < high, name, f"low is {low} and high {high}; low must be less than high")
    return out if state.tracing else out.random_(low, high, generator=generator(out.device))


# -- like an array --------------------------------------------------------------------------------------------------


@op("_random_uniform_like", random=True)
def random_uniform_like(data: Tensor, *, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Numbers from [low, high) in the shape and dtype of ``data``."""
    name = "_random_uniform_like"
    return independent(distributions.uniform(name, _like(name, data), low, high), data)


@op("_random_normal_like", random=True)
def random_normal_like(data: Tensor, *, loc: float = 0.0, scale: float = 1.0) -> Tensor:
    """Normal numbers of mean ``loc`` and deviation ``scale`` in the shape and dtype of ``data``."""
    name = "_random_normal_like"
    return independent(distributions.normal(name, _like(name, data), loc, scale), data)


@op("_random_gamma_like", random=True)
def random_gamma_like(data: Tensor, *, alpha: float = 1.0, beta: float = 1.0) -> Tensor:
    """Gamma numbers of shape ``alpha`` and scale ``beta`` in the shape and dtype of ``data``."""
    name = "_random_gamma_like"
    return independent(distributions.gamma(name, _like(name, data), alpha, beta), data)


@op("_random_exponential_like", random=True)
def random_exponential_like(data: Tensor, *, lam: float = 1.0) -> Tensor:
    """Exponential numbers of rate ``lam`` in the shape and dtype of ``data``."""
    name = "_random_exponential_like"
    return independent(distributions.exponential(name, _like(name, data), lam), data)


@op("_random_poisson_like", random=True)
def random_poisson_like(data: Tensor, *, lam: float = 1.0) -> Tensor:
    """Poisson numbers of mean ``lam`` in the shape and dtype of ``data``."""
    name = "_random_poisson_like"
    return independent(distributions.poisson(name, _like(name, data), lam), data)


@op("_random_negative_binomial_like", random=True)
def random_negative_binomial_like(data: Tensor, *, k: int = 1, p: float = 1.0) -> Tensor:
    """Successes before ``k`` failures of probability ``p``, in the shape and dtype of ``data``."""
    name = "_random_negative_binomial_like"
    return independent(distributions.negative_binomial(name, _like(name, data), k, p), data)


@op("_random_generalized_negative_binomial_like", random=True)
def random_generalized_negative_binomial_like(data: Tensor, *, mu: float = 1.0, alpha: float = 1.0) -> Tensor:
    """Negative binomial numbers of mean ``mu`` and dispersion ``alpha`` in the shape and dtype of ``data``."""
    name = "_random_generalized_negative_binomial_like"
    return independent(distributions.generalized(name, _like(name, data), mu, alpha), data)
