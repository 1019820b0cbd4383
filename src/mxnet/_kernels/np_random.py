"""Random numbers of ``mx.np``: parameters are numbers or arrays, to which gradients flow where there are any."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as onp
import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, ShapeError
from mxnet._ops import Ctx, DType, Floats, Shape, op
from mxnet._runtime.context import device_for
from mxnet._runtime.dtypes import TORCH
from mxnet._runtime.engine import ValueFailure
from mxnet._runtime.random import generator
from mxnet._runtime.state import state

from .distributions import HALF, float_dtype
from .draws import fill_exponential

_HERE = Ctx("")
_FLOAT = DType("float32")
OptFloat = float | None
OptShape = Shape | None
HIDDEN: dict[str, Any] = {"outputs": ("output0", "output1"), "visible": 1, "random": True}
"""Options of operators whose second output, the noise that was drawn, is not shown."""


class BadParameter(ValueFailure, ValueError):
    """A parameter outside of the distribution's range."""


def _given(*names: str) -> Callable[[Any], tuple[str, ...]]:
    """The inputs of an operator: one for each parameter that is not a number."""

    def inputs(a: Any) -> tuple[str, ...]:
        return ("input1", "input2")[: sum(getattr(a, n) is None for n in names)]

    return inputs


def _demand(holds: Any, text: str) -> None:
    if not state.tracing and not bool(holds):
        raise BadParameter(text)


def _together(shapes: Iterable[Shape]) -> Shape:
    """The shape to which all are broadcast; torch's own function loads its compiler."""
    shapes = [*map(tuple, shapes)]
    try:
        return onp.broadcast_shapes(*shapes)
    except ValueError:
        raise ShapeError(f"shapes {', '.join(map(str, shapes))} could not be broadcast together") from None


class _Draw:
    """Parameters of a draw as tensors, and where and in which shape to draw."""

    def __init__(
        self, inputs: tuple[Tensor | None, ...], numbers: tuple[OptFloat, ...], size: OptShape, ctx: str
    ) -> None:
        arrays = iter([i for i in inputs if i is not None])
        self.parameters: list[Any] = [next(arrays) if n is None else n for n in numbers]
        tensors = [p for p in self.parameters if isinstance(p, Tensor)]
        self.device = tensors[0].device if tensors else device_for(Ctx(ctx))
        self.own = _together([p.shape for p in tensors])
        self.size = tuple(self.own if size is None else size)
        if size is not None and _together([self.own, self.size]) != self.size:
            raise ShapeError(f"parameters of shape {self.own} could not be broadcast together with size {size}")

    def noise(self, dtype: torch.dtype, fill: str, *args: float) -> Tensor:
        """Random numbers that do not depend on the parameters."""
        out = torch.empty(self.size, dtype=dtype, device=self.device)
        if state.tracing:
            return out
        if fill == "exponential_" and out.is_cpu:  # a third of the time
            return fill_exponential(out, *args or (1.0,))
        made: Tensor = getattr(out, fill)(*args, generator=generator(out.device))
        return made

    def not_negative(self, which: int, name: str) -> None:
        """Refuse a parameter below 0."""
        least = self._least(which)
        _demand(least is None or least >= 0, f"{name} is {least}: expect {name} >= 0")

    def positive(self, which: int, name: str) -> None:
        """Refuse a parameter that is not above 0."""
        least = self._least(which)
        _demand(least is None or least > 0, f"{name} is {least}: expect {name} > 0")

    def _least(self, which: int) -> float | None:
        """The least value of a parameter; None if it has no values, or they are not known."""
        value: Any = self.parameters[which]
        if not isinstance(value, Tensor):
            return value
        if state.tracing or value.is_meta or not value.numel():
            return None
        return float(value.detach().min())


def _in_batches(size: OptShape, inputs: tuple[Tensor | None, ...]) -> OptShape:
    """The shape of ``size`` draws for each element of the parameters."""
    own = _together([i.shape for i in inputs if i is not None])
    return None if size is None else (*size, *own)


@op("_npi_uniform", inputs=_given("low", "high"), random=True, types="_ -> dtype")
def uniform(
    input1: Tensor | None = None,
    input2: Tensor | None = None,
    *,
    low: OptFloat,
    high: OptFloat,
    size: OptShape = None,
    ctx: Ctx = _HERE,
    dtype: DType = _FLOAT,
) -> Tensor:
    """Uniform on [low, high): of each a number, or None and an array in its place; no gradient.

    Attrs:   size, the shape of the result; that of the arrays if None
    """
    draw = _Draw((input1, input2), (low, high), size, ctx)
    to = float_dtype("uniform", dtype)
    share = draw.noise(torch.float32 if to in HALF else to, "uniform_")
    left, right = (p.detach() if isinstance(p, Tensor) else p for p in draw.parameters)
    return (left + (right - left) * share).to(to)


@op("_npi_uniform_n", inputs=_given("low", "high"), random=True, types="_ -> dtype")
def uniform_n(
    input1: Tensor | None = None,
    input2: Tensor | None = None,
    *,
    low: OptFloat,
    high: OptFloat,
    size: OptShape = None,
    ctx: Ctx = _HERE,
    dtype: DType = _FLOAT,
) -> Tensor:
    """As ``_npi_uniform``, with ``size`` numbers for each element of the arrays."""
    size = _in_batches(size, (input1, input2))
    return uniform(input1, input2, low=low, high=high, size=size, ctx=ctx, dtype=dtype)


@op("_npi_normal", inputs=_given("loc", "scale"), types="_ -> dtype", **HIDDEN)
def normal(
    input1: Tensor | None = None,
    input2: Tensor | None = None,
    *,
    loc: OptFloat,
    scale: OptFloat,
    size: OptShape = None,
    ctx: Ctx = _HERE,
    dtype: DType = _FLOAT,
) -> tuple[Tensor, Tensor]:
    """Normal: mean ``loc`` and standard deviation ``scale`` are numbers, or None and arrays in their place."""
    draw = _Draw((input1, input2), (loc, scale), size, ctx)
    draw.not_negative(1, "scale")
    noise = draw.noise(float_dtype("normal", dtype), "normal_")
    return (draw.parameters[0] + draw.parameters[1] * noise).to(noise.dtype), noise


@op("_npi_normal_n", inputs=_given("loc", "scale"), types="_ -> dtype", **HIDDEN)
def normal_n(
    input1: Tensor | None = None,
    input2: Tensor | None = None,
    *,
    loc: OptFloat,
    scale: OptFloat,
    size: OptShape = None,
    ctx: Ctx = _HERE,
    dtype: DType = _FLOAT,
) -> tuple[Tensor, Tensor]:
    """As ``_npi_normal``, with ``size`` numbers for each element of the arrays."""
    size = _in_batches(size, (input1, input2))
    return normal(input1, input2, loc=loc, scale=scale, size=size, ctx=ctx, dtype=dtype)


@op("_npi_logistic", inputs=_given("loc", "scale"), types="_ -> float32", **HIDDEN)
def logistic(
    input1: Tensor | None = None,
    input2: Tensor | None = None,
    *,
    loc: OptFloat,
    scale: OptFloat,
    size: OptShape = None,
    ctx: Ctx = _HERE,
) -> tuple[Tensor, Tensor]:
    """Logistic with mean ``loc`` and ``scale``, as of ``_npi_normal``."""
    draw = _Draw((input1, input2), (loc, scale), size, ctx)
    draw.not_negative(1, "scale")
    share = _open_share(draw)
    noise = torch.log(share) - torch.log1p(-share)
    return draw.parameters[0] + draw.parameters[1] * noise, noise


def _open_share(draw: _Draw) -> Tensor:
    """Uniform on (0, 1), neither end included."""
    return draw.noise(torch.float32, "uniform_").clamp(torch.finfo(torch.float32).tiny, 1 - 2**-24)


@op("_npi_gumbel", inputs=_given("loc", "scale"), types="_ -> float32", **HIDDEN)
def gumbel(
    input1: Tensor | None = None,
    input2: Tensor | None = None,
    *,
    loc: OptFloat,
    scale: OptFloat,
    size: OptShape = None,
    ctx: Ctx = _HERE,
) -> tuple[Tensor, Tensor]:
    """Gumbel with mode ``loc`` and ``scale``, as of ``_npi_normal``."""
    draw = _Draw((input1, input2), (loc, scale), size, ctx)
    draw.not_negative(1, "scale")
    noise = -torch.log(-torch.log(_open_share(draw)))
    return draw.parameters[0] + draw.parameters[1] * noise, noise


def _of_one(name: str, parameter: str, text: str, default: OptFloat, make: Callable[[Any, Tensor], Tensor]) -> None:
    """A distribution of one parameter, from exponential noise."""

    def draw_it(number: OptFloat, input1: Tensor | None, size: OptShape, ctx: str) -> tuple[Tensor, Tensor]:
        draw = _Draw((input1,), (number,), size, ctx)
        (draw.not_negative if parameter == "scale" else draw.positive)(0, parameter)
        noise = draw.noise(torch.float32, "exponential_")
        if state.tracing:
            return noise, noise
        return make(draw.parameters[0], noise), noise

    def of_scale(
        input1: Tensor | None = None, *, scale: OptFloat = default, size: OptShape = None, ctx: Ctx = _HERE
    ) -> tuple[Tensor, Tensor]:
        return draw_it(scale, input1, size, ctx)

    def of_a(
        input1: Tensor | None = None, *, a: OptFloat = default, size: OptShape = None, ctx: Ctx = _HERE
    ) -> tuple[Tensor, Tensor]:
        return draw_it(a, input1, size, ctx)

    kernel = of_scale if parameter == "scale" else of_a
    kernel.__name__ = kernel.__qualname__ = name
    kernel.__doc__ = f"{text}; ``{parameter}`` is a number, or None and an array in its place."
    op(f"_npi_{name}", inputs=_given(parameter), types="_ -> float32", **HIDDEN)(kernel)


_of_one("exponential", "scale", "Exponential with mean ``scale``", 1.0, lambda scale, e: scale * e)
_of_one("rayleigh", "scale", "Rayleigh with mode ``scale``", 1.0, lambda scale, e: scale * torch.sqrt(2 * e))
_of_one("weibull", "a", "Weibull of shape ``a``", None, lambda a, e: torch.pow(e, 1 / a))
_of_one("pareto", "a", "Pareto (Lomax) of shape ``a``", None, lambda a, e: torch.expm1(e / a))


@op("_npi_powerd", inputs=_given("a"), random=True, types="_ -> float32")
def powerd(input1: Tensor | None = None, *, a: OptFloat = None, size: OptShape = None) -> Tensor:
    """On [0, 1] with a density like ``x ** (a - 1)``; no gradient. ``a`` is a number, or None and an array."""
    draw = _Draw((input1,), (a,), size, "")
    draw.positive(0, "a")
    (shape,) = draw.parameters
    return torch.pow(
        draw.noise(torch.float32, "uniform_"), 1 / (shape.detach() if isinstance(shape, Tensor) else shape)
    )


@op("_npi_gamma", inputs=_given("shape", "scale"), random=True, types="_ -> dtype")
def gamma(
    input1: Tensor | None = None,
    input2: Tensor | None = None,
    *,
    shape: OptFloat,
    scale: OptFloat,
    size: OptShape = None,
    ctx: Ctx = _HERE,
    dtype: DType = _FLOAT,
) -> Tensor:
    """Gamma of ``shape`` and ``scale``: of each a number, or None and an array in its place; no gradient."""
    draw = _Draw((input1, input2), (shape, scale), size, ctx)
    draw.positive(0, "shape")
    draw.positive(1, "scale")
    to = float_dtype("gamma", dtype)
    work = torch.float64 if to is torch.float64 else torch.float32
    alpha, beta = (
        p.detach().to(work).expand(draw.size)
        if isinstance(p, Tensor)
        else torch.full(draw.size, p, dtype=work, device=draw.device)
        for p in draw.parameters
    )
    if alpha.is_meta or state.tracing:
        return torch.empty(draw.size, dtype=to, device=alpha.device)
    return (torch._standard_gamma(alpha.contiguous(), generator=generator(alpha.device)) * beta).to(to)


@op(
    "_npi_bernoulli",
    inputs=lambda a: ("input1",)[: a.prob is None and a.logit is None],
    random=True,
    types="_ -> dtype",
)
def bernoulli(
    input1: Tensor | None = None,
    *,
    prob: OptFloat,
    logit: OptFloat,
    is_logit: bool,
    size: OptShape = None,
    ctx: Ctx = _HERE,
    dtype: DType = _FLOAT,
) -> Tensor:
    """1 with the probability ``prob``, or with the one whose log-odds are ``logit``, else 0; no gradient.

    Attrs:   prob, logit, one of which is a number, or both None and an array in their place; is_logit, which it is
    """
    draw = _Draw((input1,), (logit if is_logit else prob,), size, ctx)
    (value,) = draw.parameters
    chance = value.detach() if isinstance(value, Tensor) else torch.tensor(value, device=draw.device)
    if is_logit:
        chance = torch.sigmoid(chance)
    elif not chance.is_meta and chance.numel():
        _demand(0 <= float(chance.min()) and float(chance.max()) <= 1, "expect probs >= 0 && probs <= 1")
    return (draw.noise(torch.float32, "uniform_") < chance).to(TORCH[dtype])


def _chosen(a: Any) -> tuple[str, ...]:
    return ("input1", "input2")[: (a.a is None) + a.weighted]


@op("_npi_choice", inputs=_chosen, random=True, types="_ -> int64")
def choice(
    input1: Tensor | None = None,
    input2: Tensor | None = None,
    *,
    a: int | None,
    size: OptShape,
    ctx: Ctx = _HERE,
    replace: bool = True,
    weighted: bool = False,
) -> Tensor:
    """Indices drawn from range(a), or of an array's first axis; int64.

    Inputs:  an array, if ``a`` is None; its probabilities, if ``weighted``
    Attrs:   size, the shape of the result, one number if None; replace, whether an index can come twice
    Raises:  ArgumentError for more indices than there are, without ``replace``
    """
    inputs = [i for i in (input1, input2) if i is not None]
    device = inputs[0].device if inputs else device_for(Ctx("" if ctx == "None" else ctx))
    count = inputs[0].shape[0] if a is None else a
    shape = size or ()
    wanted = math.prod(shape)
    if not replace and wanted > count:
        raise ArgumentError(f"choice: cannot take {wanted} of {count} without replacement")
    if state.tracing or device.type == "meta":
        return torch.empty(shape, dtype=torch.int64, device="meta")
    if weighted:
        chance = inputs[-1].detach().reshape(-1)
        drawn = torch.multinomial(chance, wanted, replace, generator=generator(device)) if wanted else None
    elif replace:
        drawn = torch.randint(count, (wanted,), generator=generator(device), device=device)
    else:
        drawn = torch.randperm(count, generator=generator(device), device=device)[:wanted]
    return torch.empty(shape, dtype=torch.int64, device=device) if drawn is None else drawn.reshape(shape)


@op("_npi_multinomial", inputs=lambda a: ("a",)[: a.pvals is None], random=True, types="_ -> int64")
def multinomial(a: Tensor | None = None, *, n: int, pvals: Floats | None = None, size: OptShape = None) -> Tensor:
    """How often each outcome occurs in ``n`` draws; int64.

    Inputs:  a, the probabilities, unless pvals says them
    Attrs:   n; pvals; size, how many times to do so, once if None
    Outputs: size, then an axis of the outcomes
    Raises:  BadParameter if the probabilities add up to more than 1
    """
    if a is None and pvals is None:
        raise DTypeError("multinomial: pvals is missing")
    chance = torch.tensor(pvals, dtype=torch.float64) if a is None else a.detach()
    if chance.dim() != 1:
        raise ShapeError(f"multinomial: pvals has shape {tuple(chance.shape)}, expected one axis")
    shape = tuple(size or ())
    outcomes = chance.shape[0]
    if chance.is_meta or state.tracing:
        return torch.empty((*shape, outcomes), dtype=torch.int64, device=chance.device)
    _demand(float(chance[:-1].sum()) <= 1 + 1e-12, "sum(pvals[:-1]) > 1.0")
    times = math.prod(shape)
    found = torch.zeros((times, outcomes), dtype=torch.int64, device=chance.device)
    if n and times and outcomes:
        drawn = torch.multinomial(chance, n * times, True, generator=generator(chance.device)).reshape(times, n)
        found.scatter_add_(1, drawn, torch.ones_like(drawn))
    return found.reshape((*shape, outcomes))
