"""Random numbers, from our own generator of the device; ``mx.random.seed`` seeds them.

Three forms of each distribution: ``_random_`` takes numbers and a shape, ``_like`` numbers and an array whose shape and
dtype the result has, ``_sample_`` arrays of parameters, each of which gets ``shape`` draws. Numbers that are no
parameters of the distribution make a failed result; arrays of them are not looked through, as that would wait for
the device, and what is drawn for such an element means nothing. No gradient flows into parameters.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, ShapeError
from mxnet._ops import Ctx, DType, Shape, op
from mxnet._runtime.context import device_for
from mxnet._runtime.dtypes import TORCH
from mxnet._runtime.random import generator
from mxnet._runtime.state import np_shape_active, state

from .creation import known_shape
from .draws import choose, fill_by_sums, fill_exponential, fill_gamma, partial_sums
from .draws import demand as _demand

_HALF = (torch.float16, torch.bfloat16)


def _empty(name: str, shape: Shape | None, ctx: str, to: torch.dtype) -> Tensor:
    if shape is None or (not shape and not np_shape_active()):
        raise ShapeError(f"{name}: shape is {shape}; expected the sizes of the result, such as shape=(2, 3)")
    return torch.empty(known_shape(name, shape), dtype=to, device=device_for(ctx))


def _float(name: str, dtype: DType | None, default: torch.dtype = torch.float32) -> torch.dtype:
    if dtype is None:
        return default
    to = TORCH[dtype]
    if not to.is_floating_point:
        raise ArgumentError(f"{name}: Invalid Input: {dtype!r}, valid values are: float16, float32, float64, bfloat16")
    return to


def _like(name: str, data: Tensor) -> Tensor:
    if not data.is_floating_point():
        raise DTypeError(f"{name}: data is {data.dtype}; this operation only supports floating point types")
    return torch.empty_like(data, memory_format=torch.contiguous_format)


# -- one filler a distribution: the numbers are written to ``out`` ---------------------------------------------------


def _uniform(name: str, out: Tensor, low: float, high: float) -> Tensor:
    _demand(low <= high, name, f"low is {low} and high {high}; low must be less or equal to high")
    return out if state.tracing else out.uniform_(low, high, generator=generator(out.device))


def _normal(name: str, out: Tensor, loc: float, scale: float) -> Tensor:
    _demand(scale > 0, name, f"scale is {scale}; the scale of a normal distribution has to be positive")
    return out if state.tracing else out.normal_(loc, scale, generator=generator(out.device))


def _exponential(name: str, out: Tensor, lam: float) -> Tensor:
    _demand(lam > 0, name, f"lam is {lam}; the rate of an exponential distribution has to be positive")
    if state.tracing:
        return out
    return fill_exponential(out, lam) if out.is_cpu else out.exponential_(lam, generator=generator(out.device))


def _gamma(name: str, out: Tensor, alpha: float, beta: float) -> Tensor:
    _demand(alpha > 0, name, f"alpha is {alpha}; the shape of a gamma distribution has to be positive")
    _demand(beta > 0, name, f"beta is {beta}; the scale of a gamma distribution has to be positive")
    if out.is_meta or fill_gamma(out, alpha, beta):
        return out
    return out.copy_(_draw_gamma(_filled(out, alpha)).mul_(beta))


def _poisson(name: str, out: Tensor, lam: float) -> Tensor:
    _demand(lam >= 0, name, f"lam is {lam}; the rate of a Poisson distribution has to be non-negative")
    if out.is_meta:
        return out
    sums = partial_sums(lam, out.numel()) if out.is_cpu else None
    return out.copy_(_draw_poisson(_filled(out, lam))) if sums is None else fill_by_sums(out, sums)


def _negative_binomial(name: str, out: Tensor, k: int, p: float) -> Tensor:
    _demand(k >= 0, name, f"k is {k}; the limit of failures has to be non-negative")
    _demand(p > 0, name, f"p is {p}; the probability of a failure has to be positive")
    return out if out.is_meta else out.copy_(_draw_negative_binomial(_filled(out, k), _filled(out, p)))


def _generalized(name: str, out: Tensor, mu: float, alpha: float) -> Tensor:
    _demand(mu >= 0, name, f"mu is {mu}; the mean has to be non-negative")
    _demand(alpha >= 0, name, f"alpha is {alpha}; the dispersion has to be non-negative")
    return out if out.is_meta else out.copy_(_draw_generalized(_filled(out, mu), _filled(out, alpha)))


def _filled(like: Tensor, value: float) -> Tensor:
    """Parameters of single draws; torch has no gamma distribution in half precision."""
    return torch.full(like.shape, value, dtype=torch.float32 if like.dtype in _HALF else like.dtype, device=like.device)


def _draw_gamma(alpha: Tensor) -> Tensor:
    return torch._standard_gamma(alpha, generator=generator(alpha.device))


def _draw_poisson(rate: Tensor) -> Tensor:
    return torch.poisson(rate.clamp_min(0), generator=generator(rate.device))


def _draw_negative_binomial(k: Tensor, p: Tensor) -> Tensor:
    return torch.where(k > 0, _draw_poisson(_draw_gamma(k.clamp_min(1e-30)).mul_((1 - p) / p)), 0.0)


def _draw_generalized(mu: Tensor, alpha: Tensor) -> Tensor:
    """Poisson draws whose rates are gamma draws of mean ``mu`` and variance ``alpha * mu * mu``."""
    spread = alpha.clamp_min(1e-30)
    rate = torch.where(alpha > 0, _draw_gamma(1 / spread).mul_(spread * mu), mu)
    return _draw_poisson(rate)


# -- from numbers ----------------------------------------------------------------------------------------------------


@op("_random_uniform", aliases=("random_uniform", "uniform"), random=True)
def random_uniform(
    *,
    low: float = 0.0,
    high: float = 1.0,
    shape: Shape | None = None,
    ctx: Ctx = Ctx(""),
    dtype: DType | None = None,
) -> Tensor:
    """Numbers from [low, high), all equally likely.

    Attrs:   dtype, a floating point one, float32 if None; ctx, the current context if empty
    Raises:  ShapeError without shape; MXNetError at the wait if low is above high
    """
    return _uniform(
        "_random_uniform", _empty("_random_uniform", shape, ctx, _float("_random_uniform", dtype)), low, high
    )


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
    return _normal("_random_normal", _empty("_random_normal", shape, ctx, _float("_random_normal", dtype)), loc, scale)


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
    return _gamma("_random_gamma", _empty("_random_gamma", shape, ctx, _float("_random_gamma", dtype)), alpha, beta)


@op("_random_exponential", aliases=("random_exponential",), random=True)
def random_exponential(
    *, lam: float = 1.0, shape: Shape | None = None, ctx: Ctx = Ctx(""), dtype: DType | None = None
) -> Tensor:
    """Exponential numbers of rate ``lam``: their mean is ``1 / lam``.

    Attrs:   dtype, a floating point one, float32 if None; ctx, the current context if empty
    Raises:  ShapeError without shape; MXNetError at the wait if lam is not positive
    """
    name = "_random_exponential"
    return _exponential(name, _empty(name, shape, ctx, _float(name, dtype)), lam)


@op("_random_poisson", aliases=("random_poisson",), random=True)
def random_poisson(
    *, lam: float = 1.0, shape: Shape | None = None, ctx: Ctx = Ctx(""), dtype: DType | None = None
) -> Tensor:
    """Poisson numbers of mean ``lam``, in a floating point dtype.

    Attrs:   dtype, a floating point one, float32 if None; ctx, the current context if empty
    Raises:  ShapeError without shape; MXNetError at the wait if lam is negative
    """
    return _poisson("_random_poisson", _empty("_random_poisson", shape, ctx, _float("_random_poisson", dtype)), lam)


@op("_random_negative_binomial", aliases=("random_negative_binomial",), random=True)
def random_negative_binomial(
    *, k: int = 1, p: float = 1.0, shape: Shape | None = None, ctx: Ctx = Ctx(""), dtype: DType | None = None
) -> Tensor:
    """How many successes come before ``k`` failures, where a failure has probability ``p``.

    Attrs:   dtype, a floating point one, float32 if None; ctx, the current context if empty
    Raises:  ShapeError without shape; MXNetError at the wait if k is negative or p not positive
    """
    name = "_random_negative_binomial"
    return _negative_binomial(name, _empty(name, shape, ctx, _float(name, dtype)), k, p)


@op("_random_generalized_negative_binomial", aliases=("random_generalized_negative_binomial",), random=True)
def random_generalized_negative_binomial(
    *, mu: float = 1.0, alpha: float = 1.0, shape: Shape | None = None, ctx: Ctx = Ctx(""), dtype: DType | None = None
) -> Tensor:
    """Negative binomial numbers of mean ``mu`` and variance ``mu + alpha * mu * mu``; Poisson if alpha is 0.

    Attrs:   dtype, a floating point one, float32 if None; ctx, the current context if empty
    Raises:  ShapeError without shape; MXNetError at the wait if mu or alpha is negative
    """
    name = "_random_generalized_negative_binomial"
    return _generalized(name, _empty(name, shape, ctx, _float(name, dtype)), mu, alpha)


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
    _demand(low < high, name, f"low is {low} and high {high}; low must be less than high")
    return out if state.tracing else out.random_(low, high, generator=generator(out.device))


# -- like an array ---------------------------------------------------------------------------------------------------


@op("_random_uniform_like", random=True)
def random_uniform_like(data: Tensor, *, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Numbers from [low, high) in the shape and dtype of ``data``."""
    return _constant(_uniform("_random_uniform_like", _like("_random_uniform_like", data), low, high), data)


@op("_random_normal_like", random=True)
def random_normal_like(data: Tensor, *, loc: float = 0.0, scale: float = 1.0) -> Tensor:
    """Normal numbers of mean ``loc`` and deviation ``scale`` in the shape and dtype of ``data``."""
    return _constant(_normal("_random_normal_like", _like("_random_normal_like", data), loc, scale), data)


@op("_random_gamma_like", random=True)
def random_gamma_like(data: Tensor, *, alpha: float = 1.0, beta: float = 1.0) -> Tensor:
    """Gamma numbers of shape ``alpha`` and scale ``beta`` in the shape and dtype of ``data``."""
    return _constant(_gamma("_random_gamma_like", _like("_random_gamma_like", data), alpha, beta), data)


@op("_random_exponential_like", random=True)
def random_exponential_like(data: Tensor, *, lam: float = 1.0) -> Tensor:
    """Exponential numbers of rate ``lam`` in the shape and dtype of ``data``."""
    return _constant(_exponential("_random_exponential_like", _like("_random_exponential_like", data), lam), data)


@op("_random_poisson_like", random=True)
def random_poisson_like(data: Tensor, *, lam: float = 1.0) -> Tensor:
    """Poisson numbers of mean ``lam`` in the shape and dtype of ``data``."""
    return _constant(_poisson("_random_poisson_like", _like("_random_poisson_like", data), lam), data)


@op("_random_negative_binomial_like", random=True)
def random_negative_binomial_like(data: Tensor, *, k: int = 1, p: float = 1.0) -> Tensor:
    """Successes before ``k`` failures of probability ``p``, in the shape and dtype of ``data``."""
    name = "_random_negative_binomial_like"
    return _constant(_negative_binomial(name, _like(name, data), k, p), data)


@op("_random_generalized_negative_binomial_like", random=True)
def random_generalized_negative_binomial_like(data: Tensor, *, mu: float = 1.0, alpha: float = 1.0) -> Tensor:
    """Negative binomial numbers of mean ``mu`` and dispersion ``alpha`` in the shape and dtype of ``data``."""
    name = "_random_generalized_negative_binomial_like"
    return _constant(_generalized(name, _like(name, data), mu, alpha), data)


# -- from arrays of parameters ---------------------------------------------------------------------------------------


class _Constant(torch.autograd.Function):
    """What was drawn does not depend on the parameters: their gradient is zero, and is there."""

    @staticmethod
    def forward(ctx: Any, drawn: Tensor, *parameters: Tensor) -> Tensor:
        ctx.shapes = [(p.shape, p.dtype, p.device) for p in parameters]
        return drawn.view_as(drawn)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:  # type: ignore[override]
        return None, *(torch.zeros(s, dtype=d, device=w) for s, d, w in ctx.shapes)


def _constant(drawn: Tensor, *parameters: Tensor) -> Tensor:
    for p in parameters:
        if p.requires_grad:
            return _Constant.apply(drawn, *parameters)
    return drawn


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
    to = _float(name, dtype, first.dtype if first.is_floating_point() else torch.float32)
    size = (*first.shape, *shape)
    if first.is_meta:
        return torch.empty(size, dtype=to, device=first.device)
    compute = torch.float32 if to in _HALF else to
    ones = (1,) * len(shape)
    spread = [p.detach().to(compute).reshape(*p.shape, *ones).expand(size) for p in parameters]
    return _constant(draw(*spread).to(to), *parameters)


def _sample_uniformly(low: Tensor, high: Tensor) -> Tensor:
    return torch.empty_like(low).contiguous().uniform_(generator=generator(low.device)).mul_(high - low).add_(low)


def _sample_normally(mu: Tensor, sigma: Tensor) -> Tensor:
    return (
        torch.empty(mu.shape, dtype=mu.dtype, device=mu.device)
        .normal_(generator=generator(mu.device))
        .mul_(sigma)
        .add_(mu)
    )


@op("_sample_uniform", aliases=("sample_uniform",), random=True)
def sample_uniform(low: Tensor, high: Tensor, *, shape: Shape = (), dtype: DType | None = None) -> Tensor:
    """``shape`` numbers from each [low, high).

    Inputs:  low, high (S); outputs: (S + shape), of their dtype if that is floating point and dtype is None
    Raises:  ShapeError, DTypeError if low and high differ in shape or dtype
    """
    return _sample("_sample_uniform", _sample_uniformly, (low, high), shape, dtype)


@op("_sample_normal", aliases=("sample_normal",), random=True)
def sample_normal(mu: Tensor, sigma: Tensor, *, shape: Shape = (), dtype: DType | None = None) -> Tensor:
    """``shape`` normal numbers of each mean ``mu`` and standard deviation ``sigma``.

    Inputs:  mu, sigma (S); outputs: (S + shape), of their dtype if that is floating point and dtype is None
    """
    return _sample("_sample_normal", _sample_normally, (mu, sigma), shape, dtype)


@op("_sample_gamma", aliases=("sample_gamma",), random=True)
def sample_gamma(alpha: Tensor, beta: Tensor, *, shape: Shape = (), dtype: DType | None = None) -> Tensor:
    """``shape`` gamma numbers of each shape ``alpha`` and scale ``beta``.

    Inputs:  alpha, beta (S); outputs: (S + shape), of their dtype if that is floating point and dtype is None
    """
    return _sample("_sample_gamma", lambda a, b: _draw_gamma(a).mul_(b), (alpha, beta), shape, dtype)


@op("_sample_exponential", aliases=("sample_exponential",), random=True)
def sample_exponential(lam: Tensor, *, shape: Shape = (), dtype: DType | None = None) -> Tensor:
    """``shape`` exponential numbers of each rate ``lam``.

    Inputs:  lam (S); outputs: (S + shape), of its dtype if that is floating point and dtype is None
    """

    def draw(rate: Tensor) -> Tensor:
        unit = torch.empty(rate.shape, dtype=rate.dtype, device=rate.device)
        return _exponential("_sample_exponential", unit, 1.0).div_(rate)

    return _sample("_sample_exponential", draw, (lam,), shape, dtype)


@op("_sample_poisson", aliases=("sample_poisson",), random=True)
def sample_poisson(lam: Tensor, *, shape: Shape = (), dtype: DType | None = None) -> Tensor:
    """``shape`` Poisson numbers of each mean ``lam``.

    Inputs:  lam (S); outputs: (S + shape), of its dtype if that is floating point and dtype is None
    """
    return _sample("_sample_poisson", _draw_poisson, (lam,), shape, dtype)


@op("_sample_negative_binomial", aliases=("sample_negative_binomial",), random=True)
def sample_negative_binomial(k: Tensor, p: Tensor, *, shape: Shape = (), dtype: DType | None = None) -> Tensor:
    """``shape`` times the successes before each ``k`` failures of probability ``p``.

    Inputs:  k, p (S); outputs: (S + shape), of their dtype if that is floating point and dtype is None
    """
    return _sample("_sample_negative_binomial", _draw_negative_binomial, (k, p), shape, dtype)


@op("_sample_generalized_negative_binomial", aliases=("sample_generalized_negative_binomial",), random=True)
def sample_generalized_negative_binomial(
    mu: Tensor, alpha: Tensor, *, shape: Shape = (), dtype: DType | None = None
) -> Tensor:
    """``shape`` negative binomial numbers of each mean ``mu`` and dispersion ``alpha``.

    Inputs:  mu, alpha (S); outputs: (S + shape), of their dtype if that is floating point and dtype is None
    """
    return _sample("_sample_generalized_negative_binomial", _draw_generalized, (mu, alpha), shape, dtype)


# -- from given elements ---------------------------------------------------------------------------------------------

_EXACT = {"uint8": 2**8, "float16": 2**11, "float32": 2**24, "int32": 2**31, "float64": 2**53}


@op(
    "_sample_multinomial",
    aliases=("sample_multinomial",),
    random=True,
    outputs=lambda a: ("output0", "output1") if a.get_prob else ("output",),
)
def sample_multinomial(
    data: Tensor,
    *,
    shape: Shape = (),
    get_prob: bool = False,
    dtype: Literal["float16", "float32", "float64", "int32", "uint8"] = "int32",
) -> Any:
    """Indices into the last axis of ``data``, which holds their probabilities.

    Inputs:  data (..., K) floating point; rows that do not add up to 1 are scaled, where 1.9.1 gives wrong indices
    Outputs: indices (..., shape), or (1,) for one distribution and no shape, of ``dtype``; with get_prob also the
             logarithms of ``data`` at these indices, through which gradients flow
    Raises:  DTypeError for integer data; ArgumentError if ``dtype`` can not hold K - 1 (1.9.1 checks float32 alone);
             on the CPU, MXNetError at the wait for a row that is negative somewhere or adds up to 0
    """
    name = "_sample_multinomial"
    if not data.is_floating_point():
        raise DTypeError(f"{name}: data is {data.dtype}; this operation only supports floating point types")
    if data.dim() == 0 or data.shape[-1] == 0:
        raise ShapeError(f"{name}: data has shape {tuple(data.shape)}; expected a last axis of probabilities")
    classes = data.shape[-1]
    if classes > _EXACT[dtype]:
        raise ArgumentError(f"{name}: indices up to {classes - 1} do not fit into {dtype}; choose a wider dtype")
    batch = data.shape[:-1]
    size = (*batch, *shape) or (() if np_shape_active() else (1,))
    if data.is_meta:
        index = torch.empty(size, dtype=TORCH[dtype], device=data.device)
        return (index, torch.empty(size, dtype=data.dtype, device=data.device)) if get_prob else index
    flat = data.detach().reshape(-1, classes)
    index = choose(name, flat, math.prod(shape))
    drawn = index.reshape(size).to(TORCH[dtype])
    if not get_prob:
        return drawn
    return drawn, data.reshape(-1, classes).gather(1, index).reshape(size).log()


@op("_shuffle", aliases=("shuffle",), random=True)
def shuffle(data: Tensor) -> Tensor:
    """The slices of ``data`` along its first axis in random order."""
    if data.is_meta or data.dim() == 0:
        return torch.empty_like(data) if data.is_meta else data.clone()
    return data.index_select(0, torch.randperm(data.shape[0], generator=generator(data.device), device=data.device))


@op(
    "_sample_unique_zipfian",
    outputs=("output0", "output1"),
    random=True,
    types=lambda: ([], [torch.int64, torch.int64]),
)
def sample_unique_zipfian(*, range_max: int, shape: Shape | None = None) -> tuple[Tensor, Tensor]:
    """For each row different classes below ``range_max``, drawn by P(c) = log((c + 2) / (c + 1)) / log(range_max + 1).

    Attrs:   shape, (rows, classes a row)
    Outputs: the classes, int64; how many draws each row took, (rows,) int64
    Raises:  ShapeError if shape is not two sizes; ArgumentError if there are not that many classes
    """
    name = "_sample_unique_zipfian"
    if shape is None or len(shape) != 2:
        raise ShapeError(f"{name}: shape is {shape}; expected (rows, classes a row)")
    rows, count = known_shape(name, shape)
    if count > range_max:
        raise ArgumentError(f"{name}: {count} different classes do not exist below range_max={range_max}")
    device = device_for("")
    if device.type == "meta":
        return torch.empty(shape, dtype=torch.int64, device=device), torch.empty(rows, dtype=torch.int64, device=device)
    found = [_first_different(count, range_max) for _ in range(rows)]
    classes = torch.stack([f[0] for f in found]).to(device)
    return classes, torch.tensor([f[1] for f in found], dtype=torch.int64, device=device)


def _first_different(count: int, range_max: int) -> tuple[Tensor, int]:
    """The first ``count`` different classes of a sequence of draws, and how many draws that took."""
    host = torch.device("cpu")
    draws = torch.empty(0, dtype=torch.int64)
    while True:
        more = torch.empty(max(2 * count, draws.numel()), dtype=torch.float64).uniform_(generator=generator(host))
        fresh = more.mul_(math.log(range_max + 1)).exp_().to(torch.int64).sub_(1).clamp_(0, range_max - 1)
        draws = torch.cat([draws, fresh])
        values, inverse = draws.unique(return_inverse=True)
        if values.numel() >= count:
            place = torch.arange(draws.numel())
            first = torch.full(values.shape, draws.numel()).scatter_reduce_(0, inverse, place, "amin").sort().values
            first = first[:count]
            return draws[first], int(first[-1]) + 1
