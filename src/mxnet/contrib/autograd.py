"""The first interface of autograd, replaced by ``mx.autograd``.

>>> import mxnet as mx
>>> gradients, loss = grad_and_loss(lambda x: x * x)(mx.nd.array([3]))
>>> gradients[0].asscalar(), loss.asscalar()
(6.0, 9.0)
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from mxnet import autograd
from mxnet._base.errors import InputTypeError
from mxnet.ndarray import NDArray, zeros_like

__all__ = [
    "NDArray",
    "TrainingStateScope",
    "backward",
    "compute_gradient",
    "grad",
    "grad_and_loss",
    "mark_variables",
    "set_is_training",
    "test_section",
    "train_section",
    "zeros_like",
]


def set_is_training(is_train: bool) -> bool:
    """Turn recording and training mode on or off together; returns whether recording was on."""
    autograd.set_training(is_train)
    return autograd.set_recording(is_train)


class TrainingStateScope:
    """``with TrainingStateScope(True):`` records in training mode, with False it neither records nor trains.

    Args:
        enter_state: which of the two.
    """

    def __init__(self, enter_state: bool) -> None:
        self._enter_state = enter_state
        self._before: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self._before.append((autograd.is_recording(), autograd.is_training()))
        set_is_training(self._enter_state)

    def __exit__(self, ptype: Any, value: Any, trace: Any) -> None:
        recording, training = self._before.pop()
        autograd.set_recording(recording)
        autograd.set_training(training)


def train_section() -> TrainingStateScope:
    """``with train_section():`` records what is computed within, in training mode."""
    return TrainingStateScope(True)


def test_section() -> TrainingStateScope:
    """``with test_section():`` computes without recording, in prediction mode."""
    return TrainingStateScope(False)


def mark_variables(
    variables: Sequence[NDArray], gradients: Sequence[NDArray], grad_reqs: str | Sequence[str] = "write"
) -> None:
    """As :func:`mxnet.autograd.mark_variables`."""
    autograd.mark_variables(variables, gradients, grad_reqs)


def backward(
    outputs: Sequence[NDArray], out_grads: Sequence[NDArray | None] | None = None, retain_graph: bool = False
) -> None:
    """Write the gradients of ``outputs`` to the buffers of all marked arrays they were computed from.

    Args:
        outputs: a list of arrays.
        out_grads: gradients to start from, one for each output; ones if None.
        retain_graph: keep the graph for another backward.

    Raises:
        InputTypeError: ``outputs`` is no list.
        AutogradError: an output was not recorded.
    """
    if not isinstance(outputs, (list, tuple)):
        raise InputTypeError(f"outputs must be a list or tuple of NDArrays, got {type(outputs).__name__}")
    autograd.backward(outputs, out_grads, retain_graph)


def compute_gradient(outputs: Sequence[NDArray]) -> None:
    """:func:`backward` from ones."""
    backward(outputs)


def grad_and_loss(
    func: Callable[..., Any], argnum: int | Sequence[int] | None = None
) -> Callable[..., tuple[list[NDArray], Any]]:
    """A function that gives the gradients of ``func`` with respect to its arguments, and what ``func`` gives.

    Args:
        func: a function of arrays.
        argnum: which arguments, by number; all if None.

    Raises:
        InputTypeError: raised by the returned function, if one of these arguments is no array.
    """

    @functools.wraps(func)
    def wrapped(*args: Any) -> tuple[list[NDArray], Any]:
        numbers = range(len(args)) if argnum is None else [argnum] if isinstance(argnum, int) else argnum
        variables = [args[i] for i in numbers]
        for variable in variables:
            if not isinstance(variable, NDArray):
                raise InputTypeError(f"type of autograd input should be NDArray, got {variable!r}; choose by argnum")
        gradients = [zeros_like(x) for x in variables]
        mark_variables(variables, gradients)
        with train_section():
            outputs = func(*args)
        backward([outputs] if isinstance(outputs, NDArray) else outputs)
        return gradients, outputs

    return wrapped


def grad(func: Callable[..., Any], argnum: int | Sequence[int] | None = None) -> Callable[..., list[NDArray]]:
    """A function that gives the gradients of ``func`` with respect to its arguments; see :func:`grad_and_loss`."""
    both = grad_and_loss(func, argnum)

    @functools.wraps(func)
    def wrapped(*args: Any) -> list[NDArray]:
        return both(*args)[0]

    return wrapped
