"""Gradients of operators outside the core that 1.9.1 has functions for, under names that begin with ``backward``."""

from __future__ import annotations

from typing import Any, NoReturn

from torch import Tensor

from mxnet import _ops
from mxnet._base.errors import InputTypeError
from mxnet._ops import op


@op("_contrib_backward_gradientmultiplier")
def backward_gradientmultiplier(data: Tensor, *, scalar: float = 1.0, is_int: bool = True) -> Tensor:
    """``data * scalar``: what gradientmultiplier does to a gradient.

    Attrs:   scalar; is_int, whether it is whole: if not, integers become float64
    Outputs: like data
    Source:  behaviour of MXNet 1.9.1
    """
    made: Tensor = _ops.get("_mul_scalar").fn(data, scalar=scalar, is_int=is_int)
    return made


def _register(name: str, of: str, count: int) -> None:
    """A gradient that only autograd can ask for: the function takes no inputs, and always says how many it needs."""

    def refuse(attrs: Any = None) -> NoReturn:
        raise InputTypeError(
            f"Operator {name} expects {count} inputs, but got 0 instead: it is the gradient of {of}, which nothing but "
            "autograd can call; use autograd.record() and backward()"
        )

    def kernel() -> Tensor:
        refuse()

    kernel.__doc__ = f"""The gradient of {of}, for autograd.

    Raises:  InputTypeError, always: as in MXNet 1.9.1 the function has no parameters for the {count} inputs it needs
    Source:  behaviour of MXNet 1.9.1
    """
    op(name, inputs=refuse)(kernel)


for _name, _of, _count in (
    ("hawkesll", "hawkesll", 10),
    ("index_copy", "index_copy", 4),
    ("quadratic", "quadratic", 2),
):
    _register(f"_contrib_backward_{_name}", _of, _count)
