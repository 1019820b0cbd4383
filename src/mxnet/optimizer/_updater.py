"""Updater: an optimizer together with the states of its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mxnet._runtime.array import Array

from ._arrays import is_list
from ._base import Optimizer
from ._fitting import check_loaded
from ._states import dump_states, load_states


class Updater:
    """Applies an optimizer to parameters by index, and makes their states when it first sees them.

    This is what kvstores, Module and Trainer call.

    Args:
        optimizer: the optimizer; it can be replaced by setting the attribute of that name.

    >>> import mxnet as mx
    >>> updater = mx.optimizer.get_updater(mx.optimizer.create("sgd", learning_rate=1.0))
    >>> w = mx.nd.ones((2,))
    >>> updater(0, mx.nd.ones((2,)), w)
    >>> w.asnumpy()
    array([0., 0.], dtype=float32)
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.states: dict[Any, Any] = {}
        self.states_synced: dict[Any, bool] = {}
        self.aggregate_updates = optimizer.aggregate_num > 0

    def __call__(self, index: Any, grad: Any, weight: Any) -> None:
        """Update one parameter, or a list of them, for which the optimizers of this package step all at once.

        Subclasses with an update of their own get one at a time or, if their ``aggregate_num`` is more than 0, so many
        of one dtype: a tuple of indices, one of weights, one of gradients, and a list of states, even for a single
        parameter.
        """
        optimizer, states = self.optimizer, self.states
        single = not is_list(index)
        if single:
            index, grad, weight = [index], [grad], [weight]
        if weight:
            optimizer._set_current_context(weight[0].context.device_id)
        keys = [i.decode() if isinstance(i, bytes) else i for i in index]
        for i, w in zip(keys, weight, strict=True):
            if i not in states:
                states[i] = optimizer.create_state_multi_precision(i, w)
                self.states_synced[i] = True
            elif not self.states_synced[i]:
                check_loaded(optimizer, i, w, states[i])
                states[i] = self.sync_state_context(states[i], w.context)
                self.states_synced[i] = True
        at_once = optimizer._steps_at_once()
        if at_once and not single:
            optimizer.update_multi_precision(keys, list(weight), list(grad), [states[i] for i in keys])
        elif self.aggregate_updates and not at_once:
            for chosen in _some_of_each_dtype(weight, optimizer.aggregate_num):
                some = [tuple([of[i] for i in chosen]) for of in (keys, weight, grad)]
                optimizer.update_multi_precision(*some, [states[keys[i]] for i in chosen])
        else:
            for i, w, g in zip(keys, weight, grad, strict=True):
                optimizer.update_multi_precision(i, w, g, states[i])

    def sync_state_context(self, state: Any, context: Any) -> Any:
        """The state, on the device of its weight; states from a file are on the device they were saved from."""
        if isinstance(state, Array):
            return state.as_in_context(context)
        if isinstance(state, (tuple, list)):
            return type(state)(self.sync_state_context(s, context) for s in state)
        return state

    def set_states(self, states: bytes) -> None:
        """Take states from the bytes that :meth:`get_states` made, here or in 1.9.1.

        If they contain an optimizer, it replaces the present one.

        Raises:
            FormatError: the bytes are something else, or ask for something that states do not need. Code in them is
                never run.
        """
        self.states, optimizer = load_states(states)
        if optimizer is not None:
            self.optimizer = optimizer
            self.aggregate_updates = optimizer.aggregate_num > 0
        self.states_synced = dict.fromkeys(self.states, False)

    def get_states(self, dump_optimizer: bool = False) -> bytes:
        """The states as bytes; with ``dump_optimizer`` also the optimizer's settings and counts.

        The format is our own (see ``_states.py``), and 1.9.1 cannot read it. 1.9.1 writes pickles, which can run code
        when they are loaded.

        Raises:
            ArgumentError: a state is neither an array, number or text, nor a tuple, list or dict of these.
        """
        return dump_states(self.states, self.optimizer if dump_optimizer else None)


def _some_of_each_dtype(weights: Sequence[Any], most: int) -> Iterator[list[int]]:
    """The indices of the weights, so many at a time, those of one dtype together."""
    by_dtype: dict[Any, list[int]] = {}
    for i, weight in enumerate(weights):
        by_dtype.setdefault(weight.dtype, []).append(i)
    size = max(most, 1)
    for members in by_dtype.values():
        for start in range(0, len(members), size):
            yield members[start : start + size]


def get_updater(optimizer: Optimizer) -> Updater:
    """An updater with that optimizer.

    >>> import mxnet as mx
    >>> updater = get_updater(mx.optimizer.SGD(learning_rate=1.0))
    >>> w = mx.nd.ones((2,))
    >>> updater(0, mx.nd.ones((2,)), w)
    >>> w.asnumpy()
    array([0., 0.], dtype=float32)
    """
    return Updater(optimizer)
