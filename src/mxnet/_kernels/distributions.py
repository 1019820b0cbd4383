"""One function a distribution: it writes numbers to ``out``, drawn by our own generator of the device.

``name`` is the operator's, for errors. Parameters that are numbers are checked here. The ``draw_`` functions take
arrays of them, which are not looked through, as that would mean waiting for the device.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError
from mxnet._ops import DType
from mxnet._runtime.dtypes import TORCH
from mxnet._runtime.random import generator
from mxnet._runtime.state import state

from .draws import demand, fill_by_sums, fill_exponential, fill_gamma, fill_uniform, partial_sums

HALF = (torch.float16, torch.bfloat16)


def float_dtype(name: str, dtype: DType | None, default: torch.dtype = torch.float32) -> torch.dtype:
    """The floating point dtype asked for, ``default`` if none is.

    Raises:
        ArgumentError: it is of integers.
    """
    if dtype is None:
        return default
    to = TORCH[dtype]
    if not to.is_floating_point:
        raise ArgumentError(f"{name}: Invalid Input: {dtype!r}, valid values are: float16, float32, float64, bfloat16")
    return to


def uniform(name: str, out: Tensor, low: float, high: float) -> Tensor:
    demand(low <= high, name, f"low is {low} and high {high}; low must be less or equal to high")
    return out if state.tracing else fill_uniform(out, low, high)


def normal(name: str, out: Tensor, loc: float, scale: float) -> Tensor:
    demand(scale > 0, name, f"scale is {scale}; the scale of a normal distribution has to be positive")
    return out if state.tracing else out.normal_(loc, scale, generator=generator(out.device))


def exponential(name: str, out: Tensor, lam: float) -> Tensor:
    demand(lam > 0, name, f"lam is {lam}; the rate of an exponential distribution has to be positive")
    if state.tracing:
        return out
    return fill_exponential(out, lam) if out.is_cpu else out.exponential_(lam, generator=generator(out.device))


def gamma(name: str, out: Tensor, alpha: float, beta: float) -> Tensor:
    demand(alpha > 0, name, f"alpha is {alpha}; the shape of a gamma distribution has to be positive")
    demand(beta > 0, name, f"beta is {beta}; the scale of a gamma distribution has to be positive")
    if out.is_meta or fill_gamma(out, alpha, beta):
        return out
    return out.copy_(draw_gamma(_filled(out, alpha), beta))


def poisson(name: str, out: Tensor, lam: float) -> Tensor:
    demand(lam >= 0, name, f"lam is {lam}; the rate of a Poisson distribution has to be non-negative")
    if out.is_meta:
        return out
    sums = partial_sums(lam, out.numel()) if out.is_cpu else None
    return out.copy_(draw_poisson(_filled(out, lam))) if sums is None else fill_by_sums(out, sums)


def negative_binomial(name: str, out: Tensor, k: int, p: float) -> Tensor:
    demand(k >= 0, name, f"k is {k}; the limit of failures has to be non-negative")
    demand(p > 0, name, f"p is {p}; the probability of a failure has to be positive")
    return out if out.is_meta else out.copy_(draw_negative_binomial(_filled(out, k), _filled(out, p)))


def generalized(name: str, out: Tensor, mu: float, alpha: float) -> Tensor:
    demand(mu >= 0, name, f"mu is {mu}; the mean has to be non-negative")
    demand(alpha >= 0, name, f"alpha is {alpha}; the dispersion has to be non-negative")
    return out if out.is_meta else out.copy_(draw_generalized(_filled(out, mu), _filled(out, alpha)))


def _filled(like: Tensor, value: float) -> Tensor:
    """Parameters of single draws; torch has no gamma distribution in half precision."""
    return torch.full(like.shape, value, dtype=torch.float32 if like.dtype in HALF else like.dtype, device=like.device)


def _room(like: Tensor) -> Tensor:
    # not empty_like: parameters are expanded, and each draw needs a place of its own
    return torch.empty(like.shape, dtype=like.dtype, device=like.device)


def draw_uniform(low: Tensor, high: Tensor) -> Tensor:
    return fill_uniform(_room(low)).mul_(high - low).add_(low)


def draw_normal(mu: Tensor, sigma: Tensor) -> Tensor:
    return _room(mu).normal_(generator=generator(mu.device)).mul_(sigma).add_(mu)


def draw_exponential(rate: Tensor) -> Tensor:
    return exponential("_sample_exponential", _room(rate), 1.0).div_(rate)


def draw_gamma(alpha: Tensor, beta: Tensor | float) -> Tensor:
    return torch._standard_gamma(alpha, generator=generator(alpha.device)).mul_(beta)


def draw_poisson(rate: Tensor) -> Tensor:
    return torch.poisson(rate.clamp_min(0), generator=generator(rate.device))


def draw_negative_binomial(k: Tensor, p: Tensor) -> Tensor:
    return torch.where(k > 0, draw_poisson(draw_gamma(k.clamp_min(1e-30), (1 - p) / p)), 0.0)


def draw_generalized(mu: Tensor, alpha: Tensor) -> Tensor:
    """Poisson draws whose rates are gamma draws of mean ``mu`` and variance ``alpha * mu * mu``."""
    spread = alpha.clamp_min(1e-30)
    rate = torch.where(alpha > 0, draw_gamma(1 / spread, spread * mu), mu)
    return draw_poisson(rate)


class _Independent(torch.autograd.Function):
    """What was drawn does not depend on the parameters: their gradient is zero, and is there."""

    @staticmethod
    def forward(ctx: Any, drawn: Tensor, *parameters: Tensor) -> Tensor:
        ctx.shapes = [(p.shape, p.dtype, p.device) for p in parameters]
        return drawn.view_as(drawn)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:  # type: ignore[override]
        return None, *(torch.zeros(s, dtype=d, device=w) for s, d, w in ctx.shapes)


def independent(drawn: Tensor, *parameters: Tensor) -> Tensor:
    """``drawn``, with a gradient of zero for ``parameters``."""
    for p in parameters:
        if p.requires_grad:
            return cast(Tensor, _Independent.apply(drawn, *parameters))
    return drawn
