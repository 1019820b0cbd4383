"""The registered operators, and what they take."""

from __future__ import annotations

from collections import namedtuple

import mxnet._kernels  # noqa: F401  registers the operators

from . import _ops

__all__ = ["OperatorArguments", "get_all_registered_operators", "get_operator_arguments"]

OperatorArguments = namedtuple("OperatorArguments", ["narg", "names", "types"])
"""How many arguments an operator takes, inputs and attributes together, their names and their types as text."""


def get_all_registered_operators() -> list[str]:
    """Every operator's names, aliases included.

    >>> "Convolution" in get_all_registered_operators()
    True
    """
    return _ops.all_names()


def get_operator_arguments(op_name: str) -> OperatorArguments:
    """Names and types of the inputs and attributes of an operator.

    Raises:
        UnknownOperatorError: there is none of that name.

    >>> get_operator_arguments("Activation").names
    ['data', 'act_type']
    """
    op = _ops.get(op_name)
    inputs = [op.variadic] if op.variadic is not None else list(op.inputs)
    kind = "NDArray-or-Symbol[]" if op.variadic is not None else "NDArray-or-Symbol"
    names = [*inputs, *op.attrs]
    types = [kind] * len(inputs) + [a.describe() for a in op.attrs.values()]
    return OperatorArguments(len(names), names, types)
