"""Whether states are those of the optimizer that is to use them: files may hold another one's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mxnet._base.errors import ArgumentError, Unfit
from mxnet._runtime.array import Array

from ._arrays import is_list, is_low

if TYPE_CHECKING:
    from ._base import Optimizer


def check_lengths(optimizer: Optimizer, *lists: Sequence[Any]) -> None:
    """Refuse indices, weights, gradients and states of which there are not as many."""
    counts = [len(given) for given in lists]
    if len(set(counts)) > 1:
        raise ArgumentError(
            "{}: got {} indices, {} weights, {} gradients and {} states, expected as many of each".format(
                type(optimizer).__name__, *counts
            )
        )


def check_loaded(optimizer: Optimizer, index: Any, weight: Any, state: Any) -> None:
    """Refuse a state unlike that which the optimizer makes for the parameter, unless it uses none."""
    if not optimizer._steps_by_rule():
        return
    made = optimizer.create_state_multi_precision(index, weight)
    pairs = [(made, state)]
    if optimizer.multi_precision and is_low(weight) and is_list(state) and len(state) == 2:
        pairs = list(zip(optimizer._parted(made), optimizer._parted(state), strict=True))
    if any(wanted is not None and _form(wanted) != _form(got) for wanted, got in pairs):
        raise _unfit(optimizer, index, state, made)


def check_states(
    optimizer: Optimizer, index: Sequence[Any], weight: Sequence[Any], grad: Sequence[Any], state: Sequence[Any]
) -> None:
    """The same for the arguments of an ``update`` that failed, for which this may be why."""
    check_lengths(optimizer, index, weight, grad, state)
    for i, w, s in zip(index, weight, state, strict=True):
        made = optimizer.create_state(i, w)
        if made is not None and _form(made) != _form(s):
            raise _unfit(optimizer, i, s, made)


def _unfit(optimizer: Optimizer, index: Any, state: Any, made: Any) -> Unfit:
    return Unfit(
        f"{type(optimizer).__name__}: the state of parameter {index} is {_form(state)}, expected {_form(made)}; was it "
        "saved by another optimizer?"
    )


def _form(state: Any) -> str:
    """What a state is made of: ``None``, ``array``, or ``(array, array)``."""
    if isinstance(state, Array):
        return "array"
    if is_list(state):
        return f"({', '.join(_form(s) for s in state)}{',' * (len(state) == 1)})"
    return "None" if state is None else type(state).__name__
