"""Cells that change what another cell does, and dropout as a cell."""

from __future__ import annotations

from typing import Any

from mxnet import symbol
from mxnet.gluon._errors import RejectedError
from mxnet.symbol import Symbol

from ._base import CannotStepError, HybridRecurrentCell
from ._containers import BidirectionalCell, has_bidirectional
from ._sequences import TENSORS, _format_sequence, _mask_sequence_variable_length


class DropoutCell(HybridRecurrentCell):
    """Dropout of its input, between the cells of a stack; it has no state.

    Args:
        rate: the share that is dropped in training, from 0 to 1.
        axes: axes along which elements are dropped or kept together.
        prefix: put before names; automatic if None.
        params: has no effect, there are no parameters.

    Inputs:  inputs (N, C); states []
    Outputs: (N, C) and []

    Raises:
        RejectedError: the rate is no number.

    >>> import mxnet as mx
    >>> stack = mx.gluon.rnn.HybridSequentialRNNCell()
    >>> for cell in mx.gluon.rnn.GRUCell(4), DropoutCell(0.5), mx.gluon.rnn.GRUCell(4):
    ...     stack.add(cell)
    >>> stack.initialize()
    >>> stack.unroll(3, mx.nd.ones((2, 3, 5)), merge_outputs=True)[0].shape
    (2, 3, 4)
    """

    def __init__(self, rate: float, axes: Any = (), prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)
        if isinstance(rate, bool) or not isinstance(rate, (int, float)):
            raise RejectedError(f"DropoutCell: rate must be a number, got {rate!r} of type {type(rate)}")
        self._rate = rate
        self._axes = axes

    def _alias(self) -> str:
        return "dropout"

    def __repr__(self) -> str:
        return f"{type(self).__name__}(rate={self._rate}, axes={self._axes})"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Nothing: it has no state."""
        return []

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        if self._rate > 0:
            inputs = F.Dropout(data=inputs, p=self._rate, axes=self._axes, name=f"t{self._counter}_fwd")
        return inputs, states

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Drop from a whole sequence, at once if it is one array; see :meth:`RecurrentCell.unroll`.

        ``valid_length`` has no effect: padding is not treated differently.
        """
        self.reset()
        inputs, _, F, _ = _format_sequence(length, inputs, layout, merge_outputs)
        if isinstance(inputs, TENSORS):
            return self.hybrid_forward(F, inputs, begin_state if begin_state else [])
        return super().unroll(
            length, inputs, begin_state=begin_state, layout=layout, merge_outputs=merge_outputs, valid_length=None
        )


class ModifierCell(HybridRecurrentCell):
    """Base of cells that run another cell, whose parameters and states they have, and change its inputs or outputs.

    Args:
        base_cell: the other cell, which then cannot be run by itself.

    Raises:
        RejectedError: it is inside another modifier cell already.

    >>> import mxnet as mx
    >>> class Doubled(ModifierCell):
    ...     def hybrid_forward(self, F, inputs, states):
    ...         output, states = self.base_cell(inputs, states)
    ...         return output * 2, states
    >>> cell = Doubled(mx.gluon.rnn.RNNCell(4, i2h_weight_initializer="zeros", i2h_bias_initializer="ones"))
    >>> cell.initialize()
    >>> cell.unroll(1, mx.nd.ones((1, 1, 3)), merge_outputs=True)[0].asnumpy().round(3)
    array([[[1.523, 1.523, 1.523, 1.523]]], dtype=float32)
    """

    def __init__(self, base_cell: Any) -> None:
        if base_cell._modified:
            raise RejectedError(f"Cell {base_cell.name} is already modified. One cell cannot be modified twice")
        base_cell._modified = True
        super().__init__(prefix=base_cell.prefix + self._alias(), params=None)
        self.base_cell = base_cell

    @property
    def params(self) -> Any:
        """The parameters of the cell inside."""
        return self.base_cell.params

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Shape and layout of each state of the cell inside."""
        return self.base_cell.state_info(batch_size)

    def begin_state(self, func: Any = symbol.zeros, **kwargs: Any) -> list[Any]:
        """States to begin with; unlike those of other cells, symbols if ``func`` is not given.

        Args:
            func: makes a state, given its shape; ``mx.nd.zeros`` for arrays.
            kwargs: ``batch_size``, and what is for ``func``.
        """
        self._refuse_modified()
        self.base_cell._modified = False
        try:
            return self.base_cell.begin_state(func=func, **kwargs)
        finally:
            self.base_cell._modified = True

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        """One step; subclasses define it."""
        raise CannotStepError(f"{type(self).__name__} must define hybrid_forward(self, F, inputs, states)")


class ZoneoutCell(ModifierCell):
    """In training, some outputs and states keep their values from the step before (arXiv:1606.01305).

    1.9.1 zones out to zeros when the cell is hybridized and unrolled step by step; here it is to what was before.

    Args:
        base_cell: the cell to change.
        zoneout_outputs: share of the outputs that keep their values.
        zoneout_states: share of the states that keep their values.

    Raises:
        RejectedError: the cell is bidirectional.

    >>> import mxnet as mx
    >>> cell = ZoneoutCell(mx.gluon.rnn.GRUCell(4), zoneout_states=0.2)
    >>> cell
    ZoneoutCell(p_out=0.0, p_state=0.2, GRUCell(None -> 12))
    """

    def __init__(self, base_cell: Any, zoneout_outputs: float = 0.0, zoneout_states: float = 0.0) -> None:
        if isinstance(base_cell, BidirectionalCell):
            raise RejectedError(
                "BidirectionalCell doesn't support zoneout since it doesn't support step. Please add ZoneoutCell to "
                "the cells underneath instead."
            )
        if has_bidirectional(base_cell):
            raise RejectedError(
                f"{type(base_cell).__name__} has a BidirectionalCell inside and doesn't support zoneout. Please add "
                "ZoneoutCell to the cells underneath instead."
            )
        super().__init__(base_cell)
        self.zoneout_outputs = zoneout_outputs
        self.zoneout_states = zoneout_states
        self._prev_output: Any = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p_out={self.zoneout_outputs}, p_state={self.zoneout_states}, {self.base_cell!r})"

    def _alias(self) -> str:
        return "zoneout"

    def _carries_over(self) -> bool:
        return True

    def reset(self) -> None:
        """Forget the last output."""
        super().reset()
        self._prev_output = None

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        output, after = self.base_cell(inputs, states)

        def mixed(share: float, new: Any, old: Any) -> Any:
            return F.where(F.Dropout(F.ones_like(new), p=share), new, old)

        before = self._prev_output
        if before is None or isinstance(before, Symbol) != isinstance(output, Symbol):
            before = F.zeros_like(output)
        if self.zoneout_outputs:
            output = mixed(self.zoneout_outputs, output, before)
        if self.zoneout_states:
            after = [mixed(self.zoneout_states, new, old) for new, old in zip(after, states, strict=True)]
        self._prev_output = output
        return output, after


class ResidualCell(ModifierCell):
    """Adds the input to the output (arXiv:1609.08144), which must have its size.

    Args:
        base_cell: the cell to change.

    >>> import mxnet as mx
    >>> cell = ResidualCell(mx.gluon.rnn.GRUCell(4))
    >>> cell.initialize()
    >>> cell.unroll(3, mx.nd.ones((2, 3, 4)), merge_outputs=True)[0].shape
    (2, 3, 4)
    """

    def __init__(self, base_cell: Any) -> None:
        super().__init__(base_cell)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_cell!r})"

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        output, states = self.base_cell(inputs, states)
        return F.elemwise_add(output, inputs, name=f"t{self._counter}_fwd"), states

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Run the cell inside over the sequence and add the inputs; see :meth:`RecurrentCell.unroll`."""
        self.reset()
        self.base_cell._modified = False
        try:
            outputs, states = self.base_cell.unroll(
                length,
                inputs=inputs,
                begin_state=begin_state,
                layout=layout,
                merge_outputs=merge_outputs,
                valid_length=valid_length,
            )
        finally:
            self.base_cell._modified = True
        merge_outputs = isinstance(outputs, TENSORS) if merge_outputs is None else merge_outputs
        inputs, axis, F, _ = _format_sequence(length, inputs, layout, merge_outputs)
        if valid_length is not None:
            inputs = _mask_sequence_variable_length(F, inputs, length, valid_length, axis, merge_outputs)
        if merge_outputs:
            return F.elemwise_add(outputs, inputs), states
        return [F.elemwise_add(out, step) for out, step in zip(outputs, inputs, strict=True)], states
