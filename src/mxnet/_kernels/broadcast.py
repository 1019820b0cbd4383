"""Functions of two arrays, and of an array and a number.

Each function is registered in its three forms of 1.9.1: ``elemwise`` (equal shapes), ``broadcast_*`` and ``*_scalar``
with its mirror. Both arrays must have one dtype; numbers are first cut to the array's dtype. Comparisons answer in the
dtype of their inputs, not in bool.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mxnet._base.errors import DTypeError, ShapeError
from mxnet._kernels import result_shapes
from mxnet._ops import numbered, op
from mxnet._runtime.integers import of_integers

_Two = Callable[[Tensor, Tensor], Tensor]


def same_dtype(name: str, lhs: Tensor, rhs: Tensor) -> None:
    """Raise ``DTypeError`` unless both inputs of operator ``name`` have one dtype."""
    if lhs.dtype is not rhs.dtype:
        left, right = (str(t.dtype).removeprefix("torch.") for t in (lhs, rhs))
        raise DTypeError(f"{name}: rhs has dtype {right}, expected {left} as lhs; use astype() on one of them")


def _whole_steps(value: Tensor, a: Tensor, b: Tensor, by_a: Tensor, by_b: Tensor) -> Tensor:
    """``value``, of what stands for integers, with derivatives cut to whole numbers: so 1.9.1 computes them there."""
    value, by_a, by_b = (t.detach().nan_to_num(0, 0, 0) for t in (value, by_a, by_b))
    return value + (a - a.detach()) * by_a.trunc() + (b - b.detach()) * by_b.trunc()


def divide(a: Tensor, b: Tensor) -> Tensor:
    """True division; integers are cut towards zero, and what is divided by zero is zero."""
    if of_integers(a) or of_integers(b):
        return _whole_steps(a / b, a, b, 1 / b, -a / (b * b))
    if a.is_floating_point():
        return torch.div(a, b)
    return torch.where(b == 0, torch.zeros_like(a), torch.div(a, torch.where(b == 0, 1, b), rounding_mode="trunc"))


class _Remainder(torch.autograd.Function):
    """A remainder whose gradients are 1.9.1's: where the divisor is zero that of what is divided is one there too."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, value: Tensor) -> Tensor:
        ctx.save_for_backward(a, b)
        return value

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        a, b = ctx.saved_tensors
        left, right, _ = ctx.needs_input_grad
        return (
            grad.sum_to_size(a.shape) if left else None,
            (grad * -(a / b).floor()).sum_to_size(b.shape) if right else None,
            None,
        )


def modulo(a: Tensor, b: Tensor) -> Tensor:
    """Remainder with the sign of the divisor; zero where the divisor is zero. Gradients of integers are zero.

    The gradient of what is divided is one, that of the divisor minus the quotient rounded down: infinite where it is
    zero. Zeros are positive: torch's keep the sign of what was divided.
    """
    if of_integers(a) or of_integers(b):
        none = torch.zeros_like(a)
        return _whole_steps(torch.remainder(a, b), a, b, none, none)
    left, right = a.detach(), b.detach()
    by_zero = right == 0
    safe = torch.where(by_zero, torch.ones_like(right), right)
    value = torch.where(by_zero, torch.zeros_like(left), torch.remainder(left, safe) + 0)
    return _Remainder.apply(a, b, value) if a.requires_grad or b.requires_grad else value  # type: ignore[no-any-return]


def power(a: Tensor, b: Tensor) -> Tensor:
    if a.is_floating_point():
        return torch.pow(a, b)
    return torch.pow(a.to(torch.float64), b.to(torch.float64)).to(a.dtype)


def hypotenuse(a: Tensor, b: Tensor) -> Tensor:
    if of_integers(a) or of_integers(b):
        made = torch.hypot(a, b).detach()
        return _whole_steps(made, a, b, a / made, b / made)
    if a.is_floating_point():
        return torch.hypot(a, b)
    return torch.hypot(a.to(torch.float64), b.to(torch.float64)).to(a.dtype)


def in_dtype(fn: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Comparison or logical function ``fn`` of torch with its truth in the dtype of the first array, not in bool."""

    def run(a: Tensor, *rest: Tensor | float) -> Tensor:
        # Written as floats directly it is vectorized: five times faster than through bool.
        rest = tuple(b.detach() if isinstance(b, Tensor) else b for b in rest)
        return fn(a.detach(), *rest, out=a.new_empty(0))

    return run


class _Extreme(torch.autograd.Function):
    """Maximum and minimum, NaN where either is NaN. Where both are equal the gradient goes to ``lhs`` alone."""

    @staticmethod
    def forward(ctx: Any, lhs: Tensor, rhs: Tensor, pick: _Two, is_lhs: _Two, is_rhs: _Two) -> Tensor:
        ctx.save_for_backward(lhs, rhs)
        ctx.is_lhs, ctx.is_rhs = is_lhs, is_rhs
        return pick(lhs, rhs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        lhs, rhs = ctx.saved_tensors
        left, right, *_ = ctx.needs_input_grad
        return (  # in place: the comparison's result is ours, and without fresh memory this takes a quarter less
            ctx.is_lhs(lhs, rhs).mul_(grad).sum_to_size(lhs.shape) if left else None,
            ctx.is_rhs(lhs, rhs).mul_(grad).sum_to_size(rhs.shape) if right else None,
            *(None, None, None),
        )


def _extreme(pick: _Two, is_lhs: _Two, is_rhs: _Two) -> _Two:
    def run(lhs: Tensor, rhs: Tensor) -> Tensor:
        if not (lhs.requires_grad or rhs.requires_grad):
            return pick(lhs, rhs)
        made: Tensor = _Extreme.apply(lhs, rhs, pick, is_lhs, is_rhs)
        return made

    return run


_EQUAL, _NOT_EQUAL = in_dtype(torch.eq), in_dtype(torch.ne)
_GREATER, _GREATER_EQUAL = in_dtype(torch.gt), in_dtype(torch.ge)
_LESSER, _LESSER_EQUAL = in_dtype(torch.lt), in_dtype(torch.le)
_ORDERED = {_EQUAL, _NOT_EQUAL, _GREATER, _GREATER_EQUAL, _LESSER, _LESSER_EQUAL}
_AND, _OR, _XOR = (in_dtype(fn) for fn in (torch.logical_and, torch.logical_or, torch.logical_xor))
_MAXIMUM = _extreme(torch.maximum, _GREATER_EQUAL, _LESSER)
_MINIMUM = _extreme(torch.minimum, _LESSER_EQUAL, _GREATER)


def number(data: Tensor, scalar: float) -> Tensor:
    """``scalar`` as a tensor of the dtype of ``data``, cut towards zero for integers.

    What the registers of x86-64 have no integer for becomes their least one, as in 1.9.1; of that dtypes of 8 bits keep
    the last ones, zeros.
    """
    if data.is_floating_point():
        return torch.tensor(scalar, dtype=data.dtype, device=data.device)
    dtype = torch.int64 if data.dtype in (torch.int64, torch.bool) else torch.int32
    known = torch.iinfo(dtype)
    whole = int(scalar) if known.min <= scalar <= known.max else known.min
    made = torch.tensor(whole, dtype=dtype, device=data.device)
    return made if data.dtype is torch.bool else made.to(data.dtype)


def _declare(text: str, fn: _Two, elemwise: tuple[str, ...], broadcast: tuple[str, ...]) -> None:
    """Register ``fn`` with equal shapes under the names ``elemwise``, with broadcasting under ``broadcast``."""
    if elemwise:

        def equal_shapes(lhs: Tensor, rhs: Tensor) -> Tensor:
            if lhs.shape != rhs.shape:
                raise ShapeError(
                    f"{elemwise[0]}: rhs has shape {tuple(rhs.shape)}, expected {tuple(lhs.shape)} as lhs; "
                    "the broadcast_* operators take shapes that differ"
                )
            same_dtype(elemwise[0], lhs, rhs)
            return fn(lhs, rhs)

        equal_shapes.__name__ = equal_shapes.__qualname__ = elemwise[0]
        equal_shapes.__doc__ = f"""{text}, element by element.

    Inputs:  lhs, rhs of one shape and dtype
    Outputs: like lhs
    Raises:  ShapeError, DTypeError if the two differ
    Source:  behaviour of MXNet 1.9.1
    """
        alike = op(
            elemwise[0],
            aliases=elemwise[1:],
            fill=lambda lhs, rhs, **_: (lhs or rhs, rhs or lhs),
            told=result_shapes.of_all,
        )
        alike(equal_shapes)

    def broadcasting(lhs: Tensor, rhs: Tensor) -> Tensor:
        same_dtype(broadcast[0], lhs, rhs)
        return fn(lhs, rhs)

    broadcasting.__name__ = broadcasting.__qualname__ = broadcast[0]
    broadcasting.__doc__ = f"""{text}, element by element; axes of size 1 are repeated to fit.

    Inputs:  lhs, rhs of one dtype, shapes equal or 1 on each axis
    Outputs: the larger size on each axis, dtype of the inputs
    Raises:  ShapeError, DTypeError
    Source:  behaviour of MXNet 1.9.1
    """
    op(broadcast[0], aliases=broadcast[1:], told=result_shapes.broadcast)(broadcasting)


def _declare_scalar(text: str, names: tuple[str, ...], fn: _Two, mirrored: bool = False, fast: bool = False) -> None:
    def kernel(data: Tensor, *, scalar: float = 1.0, is_int: bool = True) -> Tensor:
        if fast and data.is_floating_point():
            return fn(data, scalar)  # type: ignore[arg-type]
        if not is_int and not data.is_floating_point():
            data = data.to(torch.float64)
        value = number(data, scalar)
        if data.dtype is torch.bool:
            data = data.to(torch.int64)
        if not math.isfinite(scalar) and fn in _ORDERED:
            return fn(data, scalar)  # type: ignore[arg-type]  # as numbers, where 1.9.1 compares with the least integer
        return fn(value, data) if mirrored else fn(data, value)

    kernel.__name__ = kernel.__qualname__ = names[0]
    order = "``scalar`` first" if mirrored else "``data`` first"
    kernel.__doc__ = f"""{text} of an array and a number, {order}.

    Inputs:  data, any shape and dtype
    Attrs:   scalar, cut to the dtype of data; is_int=False makes integers float64 instead
    Outputs: like data (int64 for bool)
    Source:  behaviour of MXNet 1.9.1
    """
    op(names[0], aliases=names[1:], told=result_shapes.of_all)(kernel)


for _text, _fn, _elemwise, _broadcast in (
    ("Sum", torch.add, ("elemwise_add", "_Plus", "_add", "_plus"), ("broadcast_add", "broadcast_plus")),
    ("Difference", torch.sub, ("elemwise_sub", "_Minus", "_minus", "_sub"), ("broadcast_sub", "broadcast_minus")),
    ("Product", torch.mul, ("elemwise_mul", "_Mul", "_mul"), ("broadcast_mul",)),
    ("Quotient", divide, ("elemwise_div", "_Div", "_div"), ("broadcast_div",)),
    ("Remainder with the sign of ``rhs``", modulo, ("_mod", "_Mod"), ("broadcast_mod",)),
    ("``lhs`` to the power of ``rhs``", power, ("_power", "_Power"), ("broadcast_power",)),
    ("Larger of two", _MAXIMUM, ("_maximum", "_Maximum"), ("broadcast_maximum",)),
    ("Smaller of two", _MINIMUM, ("_minimum", "_Minimum"), ("broadcast_minimum",)),
    ("Hypotenuse ``sqrt(lhs^2 + rhs^2)``", hypotenuse, ("_hypot", "_Hypot"), ("broadcast_hypot",)),
    ("1 where equal, else 0", _EQUAL, ("_equal", "_Equal"), ("broadcast_equal",)),
    ("1 where different, else 0", _NOT_EQUAL, ("_not_equal", "_Not_Equal"), ("broadcast_not_equal",)),
    ("1 where ``lhs > rhs``, else 0", _GREATER, ("_greater", "_Greater"), ("broadcast_greater",)),
    (
        "1 where ``lhs >= rhs``, else 0",
        _GREATER_EQUAL,
        ("_greater_equal", "_Greater_Equal"),
        ("broadcast_greater_equal",),
    ),
    ("1 where ``lhs < rhs``, else 0", _LESSER, ("_lesser", "_Lesser"), ("broadcast_lesser",)),
    (
        "1 where ``lhs <= rhs``, else 0",
        _LESSER_EQUAL,
        ("_lesser_equal", "_Lesser_Equal"),
        ("broadcast_lesser_equal",),
    ),
    (
        "1 where both are not 0",
        _AND,
        ("_logical_and", "_Logical_And"),
        ("broadcast_logical_and",),
    ),
    ("1 where one is not 0", _OR, ("_logical_or", "_Logical_Or"), ("broadcast_logical_or",)),
    (
        "1 where just one is not 0",
        _XOR,
        ("_logical_xor", "_Logical_Xor"),
        ("broadcast_logical_xor",),
    ),
):
    _declare(_text, _fn, _elemwise, _broadcast)

for _text, _names, _fn, _fast in (
    ("Sum", ("_plus_scalar", "_PlusScalar"), torch.add, True),
    ("Difference", ("_minus_scalar", "_MinusScalar"), torch.sub, True),
    ("Product", ("_mul_scalar", "_MulScalar"), torch.mul, True),
    ("Quotient", ("_div_scalar", "_DivScalar"), divide, False),
    ("Remainder", ("_mod_scalar", "_ModScalar"), modulo, False),
    ("Power", ("_power_scalar", "_PowerScalar"), power, True),
    ("Larger", ("_maximum_scalar", "_MaximumScalar"), _MAXIMUM, False),
    ("Smaller", ("_minimum_scalar", "_MinimumScalar"), _MINIMUM, False),
    ("Hypotenuse", ("_hypot_scalar", "_HypotScalar"), hypotenuse, False),
    ("Equality", ("_equal_scalar", "_EqualScalar"), _EQUAL, True),
    ("Inequality", ("_not_equal_scalar", "_NotEqualScalar"), _NOT_EQUAL, True),
    ("Whether ``data > scalar``", ("_greater_scalar", "_GreaterScalar"), _GREATER, True),
    ("Whether ``data >= scalar``", ("_greater_equal_scalar", "_GreaterEqualScalar"), _GREATER_EQUAL, True),
    ("Whether ``data < scalar``", ("_lesser_scalar", "_LesserScalar"), _LESSER, True),
    ("Whether ``data <= scalar``", ("_lesser_equal_scalar", "_LesserEqualScalar"), _LESSER_EQUAL, True),
    ("Logical and", ("_logical_and_scalar", "_LogicalAndScalar"), _AND, False),
    ("Logical or", ("_logical_or_scalar", "_LogicalOrScalar"), _OR, False),
    ("Logical xor", ("_logical_xor_scalar", "_LogicalXorScalar"), _XOR, False),
):
    _declare_scalar(_text, _names, _fn, fast=_fast)

for _text, _names, _fn in (
    ("Difference", ("_rminus_scalar", "_RMinusScalar"), torch.sub),
    ("Quotient", ("_rdiv_scalar", "_RDivScalar"), divide),
    ("Remainder", ("_rmod_scalar", "_RModScalar"), modulo),
    ("Power", ("_rpower_scalar", "_RPowerScalar"), power),
):
    _declare_scalar(_text, _names, _fn, mirrored=True)


@op("_grad_add", told=result_shapes.of_all)
def grad_add(lhs: Tensor, rhs: Tensor) -> Tensor:
    """Sum of two gradients of one array."""
    return torch.add(lhs, rhs)


def _fill_alike(*args: tuple[int, ...] | None, **_: object) -> tuple[tuple[int, ...] | None, ...]:
    known = next((a for a in args if a is not None), None)
    return (known,) * len(args)


@op("add_n", aliases=("ElementWiseSum",), num_args="num_args", fill=_fill_alike, told=result_shapes.of_all)
def add_n(*args: Tensor) -> Tensor:
    """Sum of any number of arrays of one shape and dtype.

    Raises:  ShapeError if the shapes differ
    """
    first = args[0]
    for i, other in enumerate(args[1:], 1):
        if other.shape != first.shape:
            raise ShapeError(f"add_n: input {i} has shape {tuple(other.shape)}, expected {tuple(first.shape)}")
    if len(args) == 1:
        return first.clone()
    total = first + args[1]
    for other in args[2:]:
        total += other
    return total


@op("amp_multicast", outputs=lambda a: numbered(a.num_outputs))
def amp_multicast(*data: Tensor, num_outputs: int, cast_narrow: bool = False) -> tuple[Tensor, ...]:
    """Cast all floats among the inputs to the widest of their dtypes, or with ``cast_narrow`` to the narrowest."""
    floats = [d.dtype for d in data if d.is_floating_point()]
    if not floats:
        return data
    to = (min if cast_narrow else max)(floats, key=lambda t: t.itemsize)
    return tuple(d.to(to) if d.is_floating_point() else d for d in data)
