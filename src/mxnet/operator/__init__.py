"""Operators in Python, and what operators there are."""

from __future__ import annotations

import ctypes
from collections import namedtuple

import mxnet._kernels  # noqa: F401  registers the operators
from mxnet import _ops
from mxnet._base.lazy import attach
from mxnet._base.names import at_home

from ._custom import CustomOp, CustomOpProp, register
from ._instances import NDArrayOp, NumpyOp, PythonOp

__getattr__ = attach(  # names that programs reach through this module because 1.9.1 imports them in it
    __name__,
    {"context": "mxnet.context", "symbol": "mxnet.symbol"},
    {"Lock": "threading", "MXCallbackList": "mxnet.base", "NDArray": "mxnet.ndarray", "POINTER": "ctypes"}
    | {"NDArrayHandle": "mxnet.base", "is_np_array": "mxnet.util", "pointer": "ctypes", "py_str": "mxnet.base"},
)

__all__ = [
    "CustomOp",
    "CustomOpProp",
    "NDArray",  # this, NDArrayHandle and py_str are found by __getattr__
    "NDArrayHandle",
    "NDArrayOp",
    "NumpyOp",
    "OperatorArguments",
    "PythonOp",
    "ctypes",
    "get_all_registered_operators",
    "get_operator_arguments",
    "py_str",
    "register",
]


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

    Args:
        op_name: a name of the operator.

    Raises:
        UnknownOperatorError: there is none of that name.

    >>> get_operator_arguments("Activation").names
    ['data', 'act_type']
    """
    op = _ops.get(op_name)
    graphs = list(op.schema.graphs)
    inputs = [op.variadic] if op.variadic is not None else list(op.inputs)
    kind = "NDArray-or-Symbol[]" if op.variadic is not None else "NDArray-or-Symbol"
    names = [*graphs, *inputs, *op.attrs]
    types = ["Symbol"] * len(graphs) + [kind] * len(inputs) + [a.describe() for a in op.attrs.values()]
    return OperatorArguments(len(names), names, types)


at_home(vars())
