"""Functions of one array, element by element.

Integer arrays keep their dtype, as in 1.9.1: the function is computed in float and cut back.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._kernels import result_shapes
from mxnet._ops import DType, op
from mxnet._runtime.dtypes import TORCH, fitting
from mxnet._runtime.integers import carry

_Fn = Callable[[Tensor], Tensor]

_BYTES = (torch.int8, torch.uint8)
"""Dtypes that floats are cut to by way of int32: converted directly, the result would be up to the compiler."""


def _declare(name: str, text: str, fn: _Fn, exact: bool, aliases: tuple[str, ...] = ()) -> None:
    """Register a unary operator; ``exact`` ones take integers as they are."""

    if exact:

        def kernel(data: Tensor) -> Tensor:
            return fn(data)
    else:

        def kernel(data: Tensor) -> Tensor:
            if data.is_floating_point():
                return fn(data)
            made = fn(data.to(torch.float64))
            if data.dtype in _BYTES and not data.is_meta:
                made = made.to(torch.int32)
            return cast_like(made, data)

    kernel.__name__ = kernel.__qualname__ = name
    kernel.__doc__ = f"""{text}, element by element.

    Inputs:  data, any shape and dtype
    Outputs: like data; integers are computed in float64 and cut to their dtype
    Source:  behaviour of MXNet 1.9.1
    """
    op(name, aliases=aliases, told=result_shapes.of_all)(kernel)


def cast_like(result: Tensor, like: Tensor) -> Tensor:
    """``result`` in the dtype of ``like``."""
    return result if result.dtype is like.dtype else result.to(like.dtype)


def _round(x: Tensor) -> Tensor:
    """Halves go away from zero; torch's own rounding takes them to even numbers."""
    if not x.is_floating_point():
        return x
    even, exact = torch.round(x), x.detach()
    return torch.where((exact - even.detach()).abs() == 0.5, exact + exact.sign() * 0.5, even)


def _rint(x: Tensor) -> Tensor:
    """Halves go down, as 1.9.1 does, not to even."""
    if not x.is_floating_point():
        return x
    even = torch.round(x)
    return torch.where(even.detach() - x.detach() == 0.5, even - 1, even)


class _Cbrt(torch.autograd.Function):
    """The gradient is made from the value: infinite at zero, as it should be, where that of a power of |x| is NaN."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        value = torch.copysign(x.abs().pow(1.0 / 3.0), x)
        ctx.save_for_backward(value)
        return value

    @staticmethod
    def backward(ctx: Any, head: Tensor) -> Tensor:  # type: ignore[override]
        (value,) = ctx.saved_tensors
        return head / (3.0 * value * value)


def _cbrt(x: Tensor) -> Tensor:
    return _Cbrt.apply(x)  # type: ignore[no-any-return]


def _gamma_value(x: Tensor) -> Tensor:
    value = torch.exp(torch.lgamma(x))
    below = torch.floor(x)
    # exp(lgamma) is |gamma|, which is negative between every other pair of poles
    value = torch.where((x < 0) & (below % 2 != 0), -value, value)
    value = torch.where(x == 0, 1 / x, value)  # of zero's sign
    value = torch.where(below == x, torch.round(value), value)  # a factorial, exactly
    return value.masked_fill((x < 0) & (below == x), math.nan)


def _digamma(x: Tensor) -> Tensor:
    """Infinite, above zero, at its poles, as in 1.9.1; torch has NaN there."""
    return torch.where((x <= 0) & (torch.floor(x) == x), math.inf, torch.digamma(x))


class _Gamma(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return _gamma_value(x)

    @staticmethod
    def backward(ctx: Any, head: Tensor) -> Tensor:  # type: ignore[override]
        (x,) = ctx.saved_tensors
        return head * (_gamma(x) * _digamma(x))


class _LogGamma(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return torch.lgamma(x)

    @staticmethod
    def backward(ctx: Any, head: Tensor) -> Tensor:  # type: ignore[override]
        return head * _digamma(ctx.saved_tensors[0])


def _gamma(x: Tensor) -> Tensor:
    return _Gamma.apply(x)  # type: ignore[no-any-return]


def _gammaln(x: Tensor) -> Tensor:
    return _LogGamma.apply(x)  # type: ignore[no-any-return]


def _keep(x: Tensor, fn: _Fn) -> Tensor:
    return fn(x) if x.is_floating_point() else x


class _Relu(torch.autograd.Function):
    """torch's own gradient passes through where the value is NaN; 1.9.1's is NaN there."""

    @staticmethod
    def forward(ctx: Any, data: Tensor) -> Tensor:
        out = torch.relu(data)
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:  # type: ignore[override]
        (out,) = ctx.saved_tensors
        # 1, 0 or NaN: a product with it is ten times faster on CPUs than a choice between two
        return grad * out.detach().clamp_max(1).ceil_()


def _relu(data: Tensor) -> Tensor:
    out: Tensor = _Relu.apply(data) if data.requires_grad else torch.relu(data)
    return out


class _Softsign(torch.autograd.Function):
    """``x / (1 + |x|)`` with a gradient in two passes: torch's takes eight."""

    @staticmethod
    def forward(ctx: Any, data: Tensor) -> Tensor:
        below = data.abs().add_(1)
        ctx.save_for_backward(data, below)
        return data / below

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:  # type: ignore[override]
        data, below = ctx.saved_tensors
        if torch.is_grad_enabled():
            below = 1 + data.abs()
        return grad / (below * below)


def softsign(data: Tensor) -> Tensor:
    if data.requires_grad:
        out: Tensor = _Softsign.apply(data)
        return out
    return data / data.abs().add_(1)


for _name, _text, _fn in (
    ("sqrt", "Square root", torch.sqrt),
    ("rsqrt", "One over the square root", torch.rsqrt),
    ("cbrt", "Cube root", _cbrt),
    ("rcbrt", "One over the cube root", lambda x: 1.0 / _cbrt(x)),
    ("exp", "e to the power of ``data``", torch.exp),
    ("log", "Natural logarithm", torch.log),
    ("log10", "Logarithm to base 10", torch.log10),
    ("log2", "Logarithm to base 2", torch.log2),
    ("log1p", "Logarithm of ``1 + data``, exact near zero", torch.log1p),
    ("expm1", "``exp(data) - 1``, exact near zero", torch.expm1),
    ("sin", "Sine of an angle in radians", torch.sin),
    ("cos", "Cosine of an angle in radians", torch.cos),
    ("tan", "Tangent of an angle in radians", torch.tan),
    ("arcsin", "Inverse sine, in radians", torch.asin),
    ("arccos", "Inverse cosine, in radians", torch.acos),
    ("arctan", "Inverse tangent, in radians", torch.atan),
    ("sinh", "Hyperbolic sine", torch.sinh),
    ("cosh", "Hyperbolic cosine", torch.cosh),
    ("tanh", "Hyperbolic tangent", torch.tanh),
    ("arcsinh", "Inverse hyperbolic sine", torch.asinh),
    ("arccosh", "Inverse hyperbolic cosine", torch.acosh),
    ("arctanh", "Inverse hyperbolic tangent", torch.atanh),
    ("degrees", "Radians to degrees", torch.rad2deg),
    ("radians", "Degrees to radians", torch.deg2rad),
    ("reciprocal", "One over ``data``", torch.reciprocal),
    ("gamma", "Gamma function", _gamma),
    ("gammaln", "Logarithm of the absolute value of the gamma function", _gammaln),
    ("erf", "Error function", torch.erf),
    ("erfinv", "Inverse error function", torch.erfinv),
    ("sigmoid", "Logistic function ``1 / (1 + exp(-data))``", torch.sigmoid),
    ("softsign", "``data / (1 + |data|)``", softsign),
):
    _declare(_name, _text, _fn, exact=False)

for _name, _text, _fn, _aliases in (
    ("abs", "Absolute value", torch.abs, ()),
    ("sign", "-1, 0 or 1", torch.sign, ()),
    ("negative", "``-data``", torch.neg, ()),
    ("square", "``data * data``", torch.square, ()),
    ("round", "Nearest integer, halves away from zero", _round, ()),
    ("rint", "Nearest integer, halves down", _rint, ()),
    ("ceil", "Least integer not below ``data``", lambda x: _keep(x, torch.ceil), ()),
    ("floor", "Greatest integer not above ``data``", lambda x: _keep(x, torch.floor), ()),
    ("trunc", "Integer part, towards zero", lambda x: _keep(x, torch.trunc), ()),
    ("fix", "Integer part, towards zero", lambda x: _keep(x, torch.trunc), ()),
    ("relu", "``max(data, 0)``; NaN, and its gradient NaN, where ``data`` is", _relu, ()),
    ("logical_not", "1 where ``data`` is 0, else 0", lambda x: torch.eq(x.detach(), 0, out=x.new_empty(0)), ()),
    ("_copy", "A copy", torch.clone, ("identity",)),
    ("zeros_like", "Zeros in the shape and dtype of ``data``", torch.zeros_like, ()),
    ("ones_like", "Ones in the shape and dtype of ``data``", torch.ones_like, ()),
):
    _declare(_name, _text, _fn, exact=True, aliases=_aliases)


@op("hard_sigmoid", told=result_shapes.of_all)
def hard_sigmoid(data: Tensor, *, alpha: float = 0.2, beta: float = 0.5) -> Tensor:
    """``alpha * data + beta``, kept between 0 and 1, element by element."""
    if not data.is_floating_point():
        return torch.clamp(data * alpha + beta, 0, 1)
    line = torch.add(data.new_tensor(beta), data, alpha=alpha)
    # not clamp, whose gradient at the bounds themselves is not zero, and slow
    return F.hardtanh(line, 0, 1) if line.requires_grad else line.clamp_(0, 1)


@functools.lru_cache(64)
def _next_to(low: float, high: float) -> tuple[float, float]:
    """The float32 below ``low`` and that above ``high``: hardtanh's gradient is 0 at its bounds, clip's is 1."""
    bounds, beyond = torch.tensor([low, high], dtype=torch.float32), torch.tensor([-math.inf, math.inf])
    below, above = torch.nextafter(bounds, beyond.to(bounds)).tolist()
    return below, above


class _Clip(torch.autograd.Function):
    """``torch.clamp`` with a gradient in one pass; torch's own takes ten times as long."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, low: float, high: float) -> Tensor:
        ctx.save_for_backward(data)
        ctx.beyond = _next_to(low, high)
        return torch.clamp(data, low, high)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[override]
        (data,) = ctx.saved_tensors
        return torch.ops.aten.hardtanh_backward(grad, data, *ctx.beyond), None, None


@op("clip", told=result_shapes.of_all)
def clip(data: Tensor, *, a_min: float, a_max: float) -> Tensor:
    """Keep ``data`` between ``a_min`` and ``a_max``.

    Inputs:  data, any shape and dtype
    Attrs:   the bounds, both inclusive
    Outputs: like data; the gradient is 1 within the bounds, themselves included, and 0 outside. Of bounds in the
             wrong order ``a_max`` is looked at first
    Source:  behaviour of MXNet 1.9.1
    """
    if a_min > a_max:
        return torch.where(data > a_max, a_max, torch.clamp(data, min=a_min)).to(data.dtype)
    if data.requires_grad and data.dtype is torch.float32:
        made: Tensor = _Clip.apply(data, fitting(a_min, data.dtype), fitting(a_max, data.dtype))
        return made
    if data.is_floating_point():
        try:
            return torch.clamp(data, a_min, a_max)
        except RuntimeError:  # a bound is out of the range of the dtype
            return torch.clamp(data, fitting(a_min, data.dtype), fitting(a_max, data.dtype))
    bounds = torch.iinfo(data.dtype)
    low = max(bounds.min, math.trunc(a_min) if math.isfinite(a_min) else bounds.min)
    high = min(bounds.max, math.trunc(a_max) if math.isfinite(a_max) else bounds.max)
    return torch.clamp(data, low, high)


@op("Cast", aliases=("cast",))
def cast(data: Tensor, *, dtype: DType) -> Tensor:
    """``data`` in another dtype. Floats are cut towards zero where they become integers.

    The gradient is cast back, through integers too. Values out of range of an integer dtype wrap around, as 1.9.1's
    do on x86-64.
    """
    to = TORCH[dtype]
    if data.is_floating_point() and to in _BYTES:
        made = data.to(torch.int32).to(to)
    else:
        made = data.to(to)
    if data.requires_grad and not made.requires_grad and torch.is_grad_enabled():
        return carry(data, made)
    return made


@op("amp_cast")
def amp_cast(data: Tensor, *, dtype: DType) -> Tensor:
    """``data`` in ``dtype`` if it is a float; integers stay. Inserted by automatic mixed precision."""
    return data.to(TORCH[dtype]) if data.is_floating_point() else data


@op("_contrib_div_sqrt_dim", told=functools.partial(result_shapes.of_rank, 1))
def div_sqrt_dim(data: Tensor) -> Tensor:
    """``data / sqrt(d)`` with d the size of the last axis, as attention scores are scaled; of integers both cut off."""
    root = math.sqrt(data.shape[-1])
    if data.is_floating_point():
        return data / root
    return torch.div(data, max(int(root), 1), rounding_mode="trunc")
