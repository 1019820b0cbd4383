"""What all recurrent cells have in common: states, steps, unrolling."""

from __future__ import annotations

from typing import Any

from mxnet import ndarray
from mxnet._base.errors import MXNetError
from mxnet.gluon import _tracing
from mxnet.gluon._errors import RejectedError
from mxnet.gluon.block import Block, HybridBlock
from mxnet.gluon.nn import LeakyReLU

from ._sequences import _format_sequence, _get_begin_state


class CannotStepError(MXNetError, NotImplementedError):
    """A cell that has no single step, or a subclass that lacks a method every cell must have."""


class RecurrentCell(Block):
    """Base of recurrent cells: one step, from an input and states to an output and the next states.

    A subclass has ``state_info`` and computes in ``forward``, or if hybrid in ``hybrid_forward``.

    Args:
        prefix: put before the names of parameters and children; automatic if None.
        params: parameters to share with another cell.

    >>> import mxnet as mx
    >>> class Sum(RecurrentCell):
    ...     def state_info(self, batch_size=0):
    ...         return [{"shape": (batch_size, 1), "__layout__": "NC"}]
    ...
    ...     def forward(self, inputs, states):
    ...         total = inputs + states[0]
    ...         return total, [total]
    >>> outputs, states = Sum().unroll(3, mx.nd.array([[[1], [2], [3]]]), merge_outputs=True)
    >>> outputs.asnumpy().ravel()
    array([1., 3., 6.], dtype=float32)
    """

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self._modified = False
        self.reset()

    def reset(self) -> None:
        """Forget the steps so far, before another sequence begins."""
        self._init_counter = -1
        self._counter = -1
        for child in self._children.values():
            if isinstance(child, RecurrentCell):
                child.reset()

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Shape and layout of each state."""
        raise CannotStepError(f"{type(self).__name__} must define state_info(self, batch_size=0)")

    def begin_state(self, batch_size: int = 0, func: Any = ndarray.zeros, **kwargs: Any) -> list[Any]:
        """States to begin with.

        Args:
            batch_size: how many samples; arrays need it.
            func: makes a state, given its shape; ``mx.nd.zeros``, ``mx.sym.zeros``, ``mx.sym.var``...
            kwargs: for ``func``, such as ``ctx`` and ``dtype``.

        Raises:
            RejectedError: the cell is inside a modifier cell; ask that one instead.

        >>> from mxnet.gluon import rnn
        >>> [state.shape for state in rnn.LSTMCell(4).begin_state(batch_size=3)]
        [(3, 4), (3, 4)]
        """
        self._refuse_modified()
        states = []
        for info in self.state_info(batch_size):
            self._init_counter += 1
            states.append(func(name=f"{self._prefix}begin_state_{self._init_counter}", **{**info, **kwargs}))
        return states

    def _refuse_modified(self) -> None:
        if self._modified:
            raise RejectedError(
                "After applying modifier cells (e.g. ZoneoutCell) the base cell cannot be called directly. Call the "
                "modifier cell instead."
            )

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Run over a sequence.

        Args:
            length: how many steps.
            inputs: an array or symbol in ``layout``, or a list with one (N, C) a step.
            begin_state: states to begin with; zeros if None.
            layout: axes of inputs and outputs, ``NTC`` or ``TNC``.
            merge_outputs: True for outputs as one array, False for a list with one a step, None for a list, or
                with ``valid_length`` one array.
            valid_length: how many steps each sample has, (N,). Outputs after them are zero, and the states returned
                are those after each sample's last step.

        Returns:
            Outputs, and the states after the last step.

        Raises:
            RejectedError: the sequence is not ``length`` steps long.

        >>> import mxnet as mx
        >>> cell = mx.gluon.rnn.GRUCell(4)
        >>> cell.initialize()
        >>> outputs, states = cell.unroll(3, mx.nd.ones((2, 3, 5)), merge_outputs=True)
        >>> outputs.shape, states[0].shape
        ((2, 3, 4), (2, 4))
        """
        self.reset()
        inputs, axis, F, batch_size = _format_sequence(length, inputs, layout, False)
        states = _get_begin_state(self, F, begin_state, inputs, batch_size)
        outputs: Any = []
        after = []
        for step in inputs:
            output, states = self(step, states)
            outputs.append(output)
            after.append(states)
        if valid_length is not None:
            states = [
                F.SequenceLast(F.stack(*steps, axis=0), sequence_length=valid_length, use_sequence_length=True, axis=0)
                for steps in zip(*after, strict=True)
            ]
            outputs = F.SequenceMask(
                F.stack(*outputs, axis=axis), sequence_length=valid_length, use_sequence_length=True, axis=axis
            )
        return _format_sequence(length, outputs, layout, merge_outputs)[0], states

    def _get_activation(self, F: Any, inputs: Any, activation: Any, **kwargs: Any) -> Any:
        """``inputs`` through ``activation``, the name of a function, a block, or a function."""
        if isinstance(activation, str):
            if activation in ("tanh", "relu", "sigmoid", "softsign"):
                return getattr(F, activation)(inputs, **kwargs)
            return F.Activation(inputs, act_type=activation, **kwargs)
        if isinstance(activation, LeakyReLU):
            return F.LeakyReLU(inputs, act_type="leaky", slope=activation._alpha, **kwargs)
        return activation(inputs) if isinstance(activation, Block) else activation(inputs, **kwargs)

    def _carries_over(self) -> bool:
        """Whether more than the states is passed from step to step, so that a single step cannot become a graph."""
        return any(isinstance(c, RecurrentCell) and c._carries_over() for c in self._children.values())

    def forward(self, inputs: Any, states: Any) -> Any:
        """One step: from the input (N, C) and the states to the output and the next states."""
        self._counter += 1
        return super().forward(inputs, states)


class HybridRecurrentCell(RecurrentCell, HybridBlock):
    """Base of recurrent cells that can be hybridized; subclasses compute in ``hybrid_forward``.

    Args:
        prefix, params: as for :class:`RecurrentCell`.

    >>> import mxnet as mx
    >>> class Largest(HybridRecurrentCell):
    ...     def state_info(self, batch_size=0):
    ...         return [{"shape": (batch_size, 1), "__layout__": "NC"}]
    ...
    ...     def hybrid_forward(self, F, inputs, states):
    ...         largest = F.maximum(inputs, states[0])
    ...         return largest, [largest]
    >>> cell = Largest()
    >>> cell.hybridize()
    >>> cell.unroll(3, mx.nd.array([[[1], [3], [2]]]), merge_outputs=True)[0].asnumpy().ravel()
    array([1., 3., 3.], dtype=float32)
    """

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)

    def _call_cached_op(self, *args: Any) -> Any:
        if self._carries_over():  # such cells have no parameters of their own; their children run as graphs
            return self.hybrid_forward(_tracing.face_of(args[0], args[1:]), *args)
        return super()._call_cached_op(*args)

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        """One step with the functions of ``F``; subclasses define it."""
        raise CannotStepError(f"{type(self).__name__} must define hybrid_forward(self, F, inputs, states, **params)")
