"""Cells one after the other, and two in opposite directions."""

from __future__ import annotations

from typing import Any

from mxnet.gluon._block import _indent

from ._base import CannotStepError, HybridRecurrentCell, RecurrentCell
from ._sequences import (
    TENSORS,
    _cells_begin_state,
    _cells_state_info,
    _format_sequence,
    _get_begin_state,
    _mask_sequence_variable_length,
    _reverse_sequences,
)


class _OfCells(RecurrentCell):
    """A cell whose states are those of its children."""

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Shape and layout of each state, those of the first child first."""
        return _cells_state_info(list(self._children.values()), batch_size)

    def begin_state(self, **kwargs: Any) -> list[Any]:
        """States to begin with, those of the first child first; see :meth:`RecurrentCell.begin_state`."""
        self._refuse_modified()
        return _cells_begin_state(list(self._children.values()), **kwargs)


class _Stack(_OfCells):
    """What a stack of cells does, hybrid or not."""

    def __repr__(self) -> str:
        lines = "\n".join(f"({i}): {_indent(repr(cell), 2)}" for i, cell in self._children.items())
        return f"{type(self).__name__}(\n{lines}\n)"

    def add(self, cell: Any) -> None:
        """Put a cell on top of the stack."""
        self.register_child(cell)

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Run each cell over the whole sequence; see :meth:`RecurrentCell.unroll`."""
        self.reset()
        inputs, _, F, batch_size = _format_sequence(length, inputs, layout, None)
        begin_state = _get_begin_state(self, F, begin_state, inputs, batch_size)
        first, ends = 0, []
        cells = list(self._children.values())
        for cell in cells:
            count = len(cell.state_info())  # type: ignore[attr-defined]
            inputs, states = cell.unroll(  # type: ignore[attr-defined]
                length,
                inputs=inputs,
                begin_state=begin_state[first : first + count],
                layout=layout,
                merge_outputs=merge_outputs if cell is cells[-1] else None,
                valid_length=valid_length,
            )
            first += count
            ends.extend(states)
        return inputs, ends

    def _step(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        first, after = 0, []
        for cell in self._children.values():
            count = len(cell.state_info())  # type: ignore[attr-defined]
            inputs, state = cell(inputs, states[first : first + count])
            first += count
            after.extend(state)
        return inputs, after

    def __getitem__(self, i: int) -> Any:
        return list(self._children.values())[i]

    def __len__(self) -> int:
        return len(self._children)


class SequentialRNNCell(_Stack):
    """Cells one after the other: each one's output is the next one's input.

    >>> import mxnet as mx
    >>> stack = SequentialRNNCell()
    >>> stack.add(mx.gluon.rnn.LSTMCell(4))
    >>> stack.add(mx.gluon.rnn.GRUCell(2))
    >>> stack.initialize()
    >>> outputs, states = stack.unroll(3, mx.nd.ones((5, 3, 7)), merge_outputs=True)
    >>> outputs.shape, [state.shape for state in states]
    ((5, 3, 2), [(5, 4), (5, 4), (5, 2)])
    """

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)

    def __call__(self, inputs: Any, states: Any) -> Any:
        """One step of every cell."""
        self._counter += 1
        return self._step(inputs, states)

    def forward(self, inputs: Any, states: Any) -> Any:
        """One step of every cell."""
        return self._step(inputs, states)

    def hybrid_forward(self, *args: Any, **kwargs: Any) -> Any:
        """Not possible: this stack is not traced; use HybridSequentialRNNCell."""
        raise CannotStepError(
            f"{type(self).__name__} '{self.name}' has no hybrid_forward; use HybridSequentialRNNCell for graphs"
        )


class HybridSequentialRNNCell(_Stack, HybridRecurrentCell):
    """Cells one after the other, all of which can be hybridized.

    >>> import mxnet as mx
    >>> stack = HybridSequentialRNNCell()
    >>> stack.add(mx.gluon.rnn.LSTMCell(4))
    >>> stack.add(mx.gluon.rnn.GRUCell(2))
    >>> stack.initialize()
    >>> stack.hybridize()
    >>> output, states = stack(mx.nd.ones((5, 7)), stack.begin_state(batch_size=5))
    >>> output.shape, len(states)
    ((5, 2), 3)
    """

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)

    def __call__(self, inputs: Any, states: Any) -> Any:
        """One step of every cell; a tuple of the output and the list of states, hybridized or not."""
        output, after = super().__call__(inputs, states)
        return output, after

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        return self._step(inputs, states)


class BidirectionalCell(_OfCells, HybridRecurrentCell):
    """One cell over a sequence, another over it from the end; outputs are joined. It can only be unrolled.

    Args:
        l_cell: runs forward.
        r_cell: runs backward.
        output_prefix: what names of the joined outputs begin with.

    >>> import mxnet as mx
    >>> both = BidirectionalCell(mx.gluon.rnn.GRUCell(4), mx.gluon.rnn.GRUCell(4))
    >>> both.initialize()
    >>> outputs, states = both.unroll(3, mx.nd.ones((2, 3, 5)), merge_outputs=True)
    >>> outputs.shape
    (2, 3, 8)
    """

    def __init__(self, l_cell: Any, r_cell: Any, output_prefix: str = "bi_") -> None:
        super().__init__(prefix="", params=None)
        self.register_child(l_cell, "l_cell")
        self.register_child(r_cell, "r_cell")
        self._output_prefix = output_prefix

    def __call__(self, inputs: Any, states: Any) -> Any:
        """Not possible: the output of a step depends on the whole sequence."""
        raise CannotStepError("Bidirectional cannot be stepped. Please use unroll")

    def __repr__(self) -> str:
        forward, backward = self._children.values()
        return f"{type(self).__name__}(forward={forward!r}, backward={backward!r})"

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Run over a sequence in both directions; see :meth:`RecurrentCell.unroll`."""
        self.reset()
        inputs, axis, F, batch_size = _format_sequence(length, inputs, layout, False)
        turned = _reverse_sequences(inputs, length, valid_length)
        begin_state = _get_begin_state(self, F, begin_state, inputs, batch_size)
        l_cell, r_cell = self._children.values()
        count = len(l_cell.state_info(batch_size))  # type: ignore[attr-defined]
        l_outputs, l_states = l_cell.unroll(  # type: ignore[attr-defined]
            length,
            inputs=inputs,
            begin_state=begin_state[:count],
            layout=layout,
            merge_outputs=merge_outputs,
            valid_length=valid_length,
        )
        r_outputs, r_states = r_cell.unroll(  # type: ignore[attr-defined]
            length,
            inputs=turned,
            begin_state=begin_state[count:],
            layout=layout,
            merge_outputs=False,
            valid_length=valid_length,
        )
        r_outputs = _reverse_sequences(r_outputs, length, valid_length)
        if merge_outputs is None:
            merge_outputs = isinstance(l_outputs, TENSORS)
        l_outputs = _format_sequence(None, l_outputs, layout, merge_outputs)[0]
        r_outputs = _format_sequence(None, r_outputs, layout, merge_outputs)[0]
        outputs: Any
        if merge_outputs:
            outputs = F.concat(l_outputs, r_outputs, dim=2, name=f"{self._output_prefix}out")
        else:
            outputs = [
                F.concat(a, b, dim=1, name=f"{self._output_prefix}t{i}")
                for i, (a, b) in enumerate(zip(l_outputs, r_outputs, strict=True))
            ]
        if valid_length is not None:
            outputs = _mask_sequence_variable_length(F, outputs, length, valid_length, axis, merge_outputs)
        return outputs, [*l_states, *r_states]


def has_bidirectional(cell: Any) -> bool:
    """Whether ``cell`` is, or contains, a cell that has no single step."""
    return isinstance(cell, BidirectionalCell) or any(has_bidirectional(c) for c in cell._children.values())
