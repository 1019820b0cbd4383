"""Random numbers of distributions whose parameters are arrays: so many draws for each element.

What is drawn for an element that can not be a parameter of the distribution means nothing. Gradients of parameters
are zero.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from mxnet._base.errors import DTypeError, ShapeError
from mxnet._ops import DType, Shape, op

from . import distributions
from .distributions import HALF, float_dtype, independent


def _sample(
    name: str, draw: Callable[..., Tensor], parameters: tuple[Tensor, ...], shape: Shape, dtype: DType | None
) -> Tensor:
    """``shape`` draws for each element of the parameters, computed in float32 at least."""
    first = parameters[0]
    for p in parameters[1:]:
        if p.shape != first.shape:
            raise ShapeError(
                f"{name}: parameters have shapes {[tuple(q.shape) for q in parameters]}; expected equal ones"
            )
        if p.dtype != first.dtype:
            raise DTypeError(f"{name}: parameters are {[q.dtype for q in parameters]}; expected equal dtypes")
    if any(d < 1 for d in shape):
        raise ShapeError(f"{name}: shape is {shape}; expected positive sizes")
    to = float_dtype(name, dtype)  # float32 is the default, whatever the parameters are of
    size = (*first.shape, *shape)
    if first.is_meta:
        return torch.empty(size, dtype=to, device=first.device)
    compute = torch.float32 if to in HALF else to
    ones = (1,) * len(shape)
    spread = [p.detach().to(compute).reshape((*p.shape, *ones)).expand(size) for p in parameters]
    return independent(draw(*spread).to(to), *parameters)


@op("_sample_uniform", aliases=("sample_uniform",), random=True)
def sample_uniform(low: Tensor, high: Tensor, *, shape: Shape = (), dtype: DType | None = None) -> Tensor:
    """``shape`` numbers from each [low, high).

    Inputs:  low, high (S); outputs: (S + shape), float32 if dtype is None
    Raises:  ShapeError, DTypeError if low and high differ in shape or dtype
    """
    return _sample("_sample_uniform", distributions.draw_uniform, (low, high), shape, dtype)


@op("_sample_normal", aliases=("sample_normal",), random=True)
def sample_normal(mu: Tensor, sigma: Tensor, *, shape: Shape = (), dtype: DType | None = None) -> Tensor:
    """``shape`` normal numbers of each mean ``mu`` and standard deviation ``sigma``.

    Inputs:  mu, sigma (S); outputs: (S + shape), float32 if dtype is None
    """
    return _sample("_sample_normal", distributions.draw_normal, (mu, sigma), shape, dtype)


@op("_sample_gamma", aliases=("sample_gamma",), random=True)
def sample_gamma(alpha: Tensor, beta: Tensor, *, shape: Shape = (), dtype: DType | None = None) -> Tensor:
    """``shape`` gamma numbers of each shape ``alpha`` and scale ``beta``.

    Inputs:  alpha, beta (S); outputs: (S + shape), float32 if dtype is None
    """
    return _sample("_sample_gamma", distributions.draw_gamma, (alpha, beta), shape, dtype)


@op("_sample_exponential", aliases=("sample_exponential",), random=True)
def sample_exponential(lam: Tensor, *, shape: Shape = (), dtype: DType | None = None) -> Tensor:
    """``shape`` exponential numbers of each rate ``lam``.

    Inputs:  lam (S); outputs: (S + shape), float32 if dtype is None
    """
    return _sample("_sample_exponential", distributions.draw_exponential, (lam,), shape, dtype)


@op("_sample_poisson", aliases=("sample_poisson",), random=True)
def sample_poisson(lam: Tensor, *, shape: Shape = (), dtype: DType | None = None) -> Tensor:
    """``shape`` Poisson numbers of each mean ``lam``.

    Inputs:  lam (S); outputs: (S + shape), float32 if dtype is None
    """
    return _sample("_sample_poisson", distributions.draw_poisson, (lam,), shape, dtype)


@op("_sample_negative_binomial", aliases=("sample_negative_binomial",), random=True)
def sample_negative_binomial(k: Tensor, p: Tensor, *, shape: Shape = (), dtype: DType | None = None) -> Tensor:
    """``shape`` times the successes before each ``k`` failures of probability ``p``.

    Inputs:  k, p (S); outputs: (S + shape), float32 if dtype is None
    """
    return _sample("_sample_negative_binomial", distributions.draw_negative_binomial, (k, p), shape, dtype)


@op("_sample_generalized_negative_binomial", aliases=("sample_generalized_negative_binomial",), random=True)
def sample_generalized_negative_binomial(
    mu: Tensor, alpha: Tensor, *, shape: Shape = (), dtype: DType | None = None
) -> Tensor:
    """``shape`` negative binomial numbers of each mean ``mu`` and dispersion ``alpha``.

    Inputs:  mu, alpha (S); outputs: (S + shape), float32 if dtype is None
    """
    return _sample("_sample_generalized_negative_binomial", distributions.draw_generalized, (mu, alpha), shape, dtype)
