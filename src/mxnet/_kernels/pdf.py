"""Probability densities and masses of samples, or their logarithms, with gradients.

The shape of the parameters is that of the samples, or of their first axes: each distribution then has several samples.
The gradient of samples of discrete distributions is zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import DTypeError, ShapeError
from mxnet._kernels.nn import Sizes
from mxnet._ops import op

_Log = Callable[..., Tensor]


def _fill(sample: Sizes, *parameters: Sizes, **_: Any) -> tuple[Sizes, ...]:
    """The shape of one parameter is that of the other."""
    known = next((p for p in parameters if p), None)
    return sample, *[known for _p in parameters]


def _check(who: str, sample: Tensor, parameters: tuple[Tensor, ...], leading: tuple[int, ...]) -> None:
    """Raise unless the parameters have one shape, that of the first of the ``leading`` axes, and the samples' dtype."""
    if not sample.is_floating_point():
        raise DTypeError(f"{who}: sample is {sample.dtype}, expected a floating point type; use astype()")
    for each in parameters:
        if each.dtype is not sample.dtype:
            raise DTypeError(f"{who}: sample is {sample.dtype} and a parameter {each.dtype}, expected one dtype")
        if each.shape != parameters[0].shape or each.shape != leading[: each.dim()]:
            raise ShapeError(
                f"{who}: Shape inconsistent, a parameter has shape {tuple(each.shape)}, expected all to have that of "
                f"the first axes of sample {tuple(sample.shape)}"
            )


def _density(who: str, log_density: _Log, is_log: bool, sample: Tensor, *parameters: Tensor) -> Tensor:
    _check(who, sample, parameters, tuple(sample.shape))
    missing = (None,) * (sample.dim() - parameters[0].dim())
    wide = [p[(..., *missing)] for p in parameters] if missing else list(parameters)
    if sample.dtype.itemsize < 4:  # the logarithms of factorials cancel each other: 11 bits are too few
        value = log_density(sample.float(), *[p.float() for p in wide])
        return (value if is_log else value.exp()).to(sample.dtype)
    value = log_density(sample, *wide)
    return value if is_log else value.exp()


def _within(value: Tensor, inside: Tensor) -> Tensor:
    """Log density ``value`` inside the support, minus infinity outside."""
    return torch.where(inside, value, -math.inf)


def _normal(x: Tensor, mu: Tensor, sigma: Tensor) -> Tensor:
    return -0.5 * ((x - mu) / sigma).square() - sigma.log() - 0.5 * math.log(2 * math.pi)


def _uniform(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    return _within(-(high - low).log().expand_as(x), (x >= low) & (x <= high))


def _gamma(x: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
    inside = x >= 0
    kept = torch.where(inside, x, 1)
    return _within(alpha * beta.log() - torch.lgamma(alpha) + torch.xlogy(alpha - 1, kept) - beta * kept, inside)


def _exponential(x: Tensor, lam: Tensor) -> Tensor:
    return _within(lam.log() - lam * x, x >= 0)


def _poisson(x: Tensor, lam: Tensor) -> Tensor:
    x = x.detach()
    return torch.xlogy(x, lam) - lam - torch.lgamma(x + 1)


def _negative_binomial(x: Tensor, k: Tensor, p: Tensor) -> Tensor:
    x = x.detach()
    choose = torch.lgamma(x + k) - torch.lgamma(x + 1) - torch.lgamma(k)
    return choose + k * p.log() + torch.xlogy(x, 1 - p)


def _generalized_negative_binomial(x: Tensor, mu: Tensor, alpha: Tensor) -> Tensor:
    return _negative_binomial(x, 1 / alpha, 1 / (mu * alpha + 1))


@op("_random_pdf_normal", aliases=("random_pdf_normal",), fill=_fill)
def random_pdf_normal(sample: Tensor, mu: Tensor, sigma: Tensor, *, is_log: bool = False) -> Tensor:
    """Density of normal distributions.

    Inputs:  sample, (...) or with more axes; mu, the means, and sigma, the standard deviations (...)
    Attrs:   is_log, return the logarithm
    Outputs: like sample
    Raises:  ShapeError, DTypeError if the inputs do not fit each other
    Source:  behaviour of MXNet 1.9.1
    """
    return _density("random_pdf_normal", _normal, is_log, sample, mu, sigma)


@op("_random_pdf_uniform", aliases=("random_pdf_uniform",), fill=_fill)
def random_pdf_uniform(sample: Tensor, low: Tensor, high: Tensor, *, is_log: bool = False) -> Tensor:
    """Density of uniform distributions; zero outside of their ranges.

    Inputs:  sample, (...) or with more axes; low and high, their ends, (...)
    Attrs:   is_log, return the logarithm
    Outputs: like sample
    Raises:  ShapeError, DTypeError if the inputs do not fit each other
    Source:  behaviour of MXNet 1.9.1, which does not look whether a sample can occur
    """
    return _density("random_pdf_uniform", _uniform, is_log, sample, low, high)


@op("_random_pdf_gamma", aliases=("random_pdf_gamma",), fill=_fill)
def random_pdf_gamma(sample: Tensor, alpha: Tensor, beta: Tensor, *, is_log: bool = False) -> Tensor:
    """Density of gamma distributions; zero below zero.

    Inputs:  sample, (...) or with more axes; alpha, the shapes, and beta, the rates (...)
    Attrs:   is_log, return the logarithm
    Outputs: like sample
    Raises:  ShapeError, DTypeError if the inputs do not fit each other
    Source:  behaviour of MXNet 1.9.1, which gives NaN below zero
    """
    return _density("random_pdf_gamma", _gamma, is_log, sample, alpha, beta)


@op("_random_pdf_exponential", aliases=("random_pdf_exponential",), fill=_fill)
def random_pdf_exponential(sample: Tensor, lam: Tensor, *, is_log: bool = False) -> Tensor:
    """Density of exponential distributions; zero below zero.

    Inputs:  sample, (...) or with more axes; lam, the rates (...)
    Attrs:   is_log, return the logarithm
    Outputs: like sample
    Raises:  ShapeError, DTypeError if the inputs do not fit each other
    Source:  behaviour of MXNet 1.9.1, which does not look whether a sample can occur
    """
    return _density("random_pdf_exponential", _exponential, is_log, sample, lam)


@op("_random_pdf_poisson", aliases=("random_pdf_poisson",), fill=_fill)
def random_pdf_poisson(sample: Tensor, lam: Tensor, *, is_log: bool = False) -> Tensor:
    """Probability of counts in Poisson distributions.

    Inputs:  sample, whole numbers as floats, (...) or with more axes; lam, the means (...)
    Attrs:   is_log, return the logarithm
    Outputs: like sample
    Raises:  ShapeError, DTypeError if the inputs do not fit each other
    Source:  behaviour of MXNet 1.9.1
    """
    return _density("random_pdf_poisson", _poisson, is_log, sample, lam)


@op("_random_pdf_negative_binomial", aliases=("random_pdf_negative_binomial",), fill=_fill)
def random_pdf_negative_binomial(sample: Tensor, k: Tensor, p: Tensor, *, is_log: bool = False) -> Tensor:
    """Probability of so many failures before ``k`` successes.

    Inputs:  sample, whole numbers as floats, (...) or with more axes; k, how many successes, and p, how
             probable each is, (...)
    Attrs:   is_log, return the logarithm
    Outputs: like sample
    Raises:  ShapeError, DTypeError if the inputs do not fit each other
    Source:  behaviour of MXNet 1.9.1
    """
    return _density("random_pdf_negative_binomial", _negative_binomial, is_log, sample, k, p)


@op("_random_pdf_generalized_negative_binomial", aliases=("random_pdf_generalized_negative_binomial",), fill=_fill)
def random_pdf_generalized_negative_binomial(
    sample: Tensor, mu: Tensor, alpha: Tensor, *, is_log: bool = False
) -> Tensor:
    """Probability of counts in Poisson distributions whose mean is drawn from a gamma distribution.

    Inputs:  sample, whole numbers as floats, (...) or with more axes; mu, the means, and alpha, the dispersions (...)
    Attrs:   is_log, return the logarithm
    Outputs: like sample
    Raises:  ShapeError, DTypeError if the inputs do not fit each other
    Source:  behaviour of MXNet 1.9.1
    """
    return _density(
        "random_pdf_generalized_negative_binomial", _generalized_negative_binomial, is_log, sample, mu, alpha
    )


def _fill_dirichlet(sample: Sizes, alpha: Sizes = None, **_: Any) -> tuple[Sizes, Sizes]:
    return sample, alpha


@op("_random_pdf_dirichlet", aliases=("random_pdf_dirichlet",), fill=_fill_dirichlet)
def random_pdf_dirichlet(sample: Tensor, alpha: Tensor, *, is_log: bool = False) -> Tensor:
    """Density of Dirichlet distributions.

    Inputs:  sample, (..., K) or with more axes before the last; alpha, the concentrations (..., K)
    Attrs:   is_log, return the logarithm
    Outputs: sample without its last axis. Samples are not checked to add up to one
    Raises:  ShapeError, DTypeError if the inputs do not fit each other
    Source:  behaviour of MXNet 1.9.1
    """
    who = "random_pdf_dirichlet"
    if not alpha.dim() or alpha.shape[-1:] != sample.shape[-1:] or alpha.shape[:-1] != sample.shape[: alpha.dim() - 1]:
        raise ShapeError(
            f"{who}: Shape inconsistent, alpha has shape {tuple(alpha.shape)}, expected the first axes and the last of "
            f"sample {tuple(sample.shape)}"
        )
    _check(who, sample, (alpha,), tuple(alpha.shape))
    for _axis in range(sample.dim() - alpha.dim()):
        alpha = alpha.unsqueeze(-2)
    value = torch.xlogy(alpha - 1, sample).sum(-1) + torch.lgamma(alpha.sum(-1)) - torch.lgamma(alpha).sum(-1)
    value = value.to(sample.dtype)
    return value if is_log else value.exp()
