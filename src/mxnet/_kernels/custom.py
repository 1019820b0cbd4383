"""Operators in Python: ``Custom``, which the user registers, and the older ``_NDArray`` and ``_Native``.

What such an operator takes and gives is known only from its attributes, so each set of them has an operator of its
own, made from the user's property object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from mxnet._base.errors import ArgumentError, UnknownOperatorError
from mxnet._ops import Op, op
from mxnet._ops.types import write

from .custom_calls import guarded
from .custom_operator import CustomOperator

PROPS: dict[str, Callable[..., Any]] = {}
"""What ``mx.operator.register`` was given, by name."""
INSTANCES: dict[str, Any] = {}
"""Property objects of operators that are instances in this process, by the text that stands for them in files."""


def _texts(attrs: Mapping[str, Any]) -> dict[str, str]:
    return {k: write(v) for k, v in attrs.items() if not (k.startswith("__") and k.endswith("__"))}


def _registered(attrs: Mapping[str, Any]) -> Op:
    texts = _texts(attrs)
    op_type = texts.get("op_type")
    if not op_type:
        raise ArgumentError("Custom: Required argument `op_type` is missing")
    make = PROPS.get(op_type)
    if make is None:
        names = ", ".join(sorted(PROPS)) or "there are none"
        raise UnknownOperatorError(
            f"Cannot find custom operator {op_type}; registered are: {names}; register it by mx.operator.register"
        )
    prop = guarded(f"{op_type}.__init__", lambda: make(**{k: v for k, v in texts.items() if k != "op_type"}))
    return CustomOperator(custom, "Custom", prop, op_type, texts)


def _instance(name: str) -> Callable[[Mapping[str, Any]], Op]:
    def family(attrs: Mapping[str, Any]) -> Op:
        texts = _texts(attrs)
        prop = INSTANCES.get(texts.get("info", ""))
        if prop is None:
            raise UnknownOperatorError(
                f"{name}: no operator {texts.get('info')!r} is in this process; it lives in the one that made it"
            )
        return CustomOperator(custom, name, prop, name.lstrip("_"), texts)

    return family


@op("Custom", family=_registered)
def custom(*data: Tensor, op_type: str) -> Any:
    """Run an operator that was registered by ``mx.operator.register``.

    Inputs:  data, its arguments and then its auxiliary states, by position or by name
    Attrs:   op_type, its name; all others go to its property class as text
    Outputs: as the operator says
    Raises:  UnknownOperatorError if there is none of that name; CustomOpError if user code raises, with its error as
             the cause
    Source:  behaviour of MXNet 1.9.1
    """
    return _registered({"op_type": op_type}).bind((), {}).run(*data)


@op("_NDArray", family=_instance("_NDArray"))
def ndarray_op(*data: Tensor, info: str) -> Any:
    """Run an instance of ``mx.operator.NDArrayOp``; made by its ``get_symbol``.

    Attrs:   info, which instance of this process
    Source:  behaviour of MXNet 1.9.1
    """
    return _instance("_NDArray")({"info": info}).bind((), {}).run(*data)


@op("_Native", family=_instance("_Native"))
def numpy_op(*data: Tensor, info: str, need_top_grad: bool = True) -> Any:
    """Run an instance of ``mx.operator.NumpyOp``; made by its ``get_symbol``.

    Attrs:   info, which instance of this process; need_top_grad, for the reader: the instance knows
    Source:  behaviour of MXNet 1.9.1
    """
    return _instance("_Native")({"info": info}).bind((), {}).run(*data)
