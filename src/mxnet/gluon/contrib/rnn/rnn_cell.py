"""A cell with a projection, dropout that is the same at every step, and loops over sequences of any length."""

from __future__ import annotations

from typing import Any

from mxnet.gluon._errors import RejectedError
from mxnet.gluon.rnn import BidirectionalCell, HybridRecurrentCell, ModifierCell
from mxnet.gluon.rnn._containers import has_bidirectional
from mxnet.gluon.rnn._sequences import (
    _as_list,
    _format_sequence,
    _get_begin_state,
    _mask_sequence_variable_length,
)
from mxnet.ndarray import NDArray
from mxnet.symbol import Symbol

__all__ = ["LSTMPCell", "VariationalDropoutCell", "dynamic_unroll"]


class VariationalDropoutCell(ModifierCell):
    """Dropout with one mask for all steps of a sequence (arXiv:1512.05287).

    Masks are drawn at the first step, and kept until ``reset``; ``unroll`` resets by itself.

    Args:
        base_cell: the cell it is done to.
        drop_inputs: share of the inputs that is dropped in training.
        drop_states: share of the first state that is dropped.
        drop_outputs: share of the outputs that is dropped.

    Raises:
        RejectedError: states of a bidirectional cell are to be dropped.

    >>> import mxnet as mx
    >>> cell = VariationalDropoutCell(mx.gluon.rnn.GRUCell(4), drop_inputs=0.2)
    >>> cell.initialize()
    >>> outputs, states = cell.unroll(3, mx.nd.ones((2, 3, 5)), merge_outputs=True)
    >>> outputs.shape
    (2, 3, 4)
    """

    def __init__(
        self, base_cell: Any, drop_inputs: float = 0.0, drop_states: float = 0.0, drop_outputs: float = 0.0
    ) -> None:
        if drop_states and has_bidirectional(base_cell):
            what = "" if isinstance(base_cell, BidirectionalCell) else f"{type(base_cell).__name__} with a "
            raise RejectedError(
                f"{what}BidirectionalCell doesn't support variational state dropout. Please add "
                "VariationalDropoutCell to the cells underneath instead."
            )
        super().__init__(base_cell)
        self.drop_inputs = drop_inputs
        self.drop_states = drop_states
        self.drop_outputs = drop_outputs

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p_out = {self.drop_outputs}, p_state = {self.drop_states})"

    def _alias(self) -> str:
        return "vardrop"

    def _carries_over(self) -> bool:
        return True

    def reset(self) -> None:
        """Forget the masks."""
        super().reset()
        self._masks: dict[str, Any] = {}

    def _masked(self, F: Any, what: str, data: Any, share: float) -> Any:
        """``data`` through the mask of inputs, states or outputs, which is drawn if there is none yet."""
        if not share:
            return data
        mask = self._masks.get(what)
        if mask is None or isinstance(mask, Symbol) != isinstance(data, Symbol):
            mask = self._masks[what] = F.Dropout(F.ones_like(data), p=share)
        elif isinstance(data, NDArray) and mask.shape != data.shape:
            raise RejectedError(
                f"{type(self).__name__} {self.name}: {what} have shape {data.shape}, those of the step before had "
                f"{mask.shape}; call reset() before another sequence"
            )
        return data * mask

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        if self.drop_states:
            first, *others = states
            states = [self._masked(F, "states", first, self.drop_states), *others]
        inputs = self._masked(F, "inputs", inputs, self.drop_inputs)
        output, after = self.base_cell(inputs, states)
        return self._masked(F, "outputs", output, self.drop_outputs), after

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Run over a sequence, with masks for it alone; see :meth:`mxnet.gluon.rnn.RecurrentCell.unroll`.

        Without dropout of states all steps are dropped from at once, and ``merge_outputs=None`` gives one array.
        """
        if self.drop_states:
            return super().unroll(length, inputs, begin_state, layout, merge_outputs, valid_length)
        merge_outputs = True if merge_outputs is None else merge_outputs
        self.reset()
        inputs, axis, F, batch_size = _format_sequence(length, inputs, layout, True)
        states = _get_begin_state(self, F, begin_state, inputs, batch_size)
        if self.drop_inputs:
            inputs = F.Dropout(inputs, p=self.drop_inputs, axes=(axis,))
        self.base_cell._modified = False
        try:
            outputs, states = self.base_cell.unroll(
                length,
                inputs,
                states,
                layout,
                merge_outputs=True if self.drop_outputs else merge_outputs,
                valid_length=valid_length,
            )
        finally:
            self.base_cell._modified = True
        if self.drop_outputs:
            outputs = F.Dropout(outputs, p=self.drop_outputs, axes=(axis,))
        outputs = _format_sequence(length, outputs, layout, merge_outputs)[0]
        if valid_length is not None:
            outputs = _mask_sequence_variable_length(F, outputs, length, valid_length, axis, merge_outputs)
        return outputs, states


class LSTMPCell(HybridRecurrentCell):
    """Long short-term memory whose output is a projection of the hidden units (arXiv:1402.1128).

    Args:
        hidden_size: units of the memory.
        projection_size: units of the output, and of the first state.
        i2h_weight_initializer, h2h_weight_initializer, h2r_weight_initializer: initializers of the weights of input,
            state and projection; rows of the first two are those of the gates: input, forget, cell, output.
        i2h_bias_initializer, h2h_bias_initializer: initializers of the biases of input and state.
        input_size: size of the input; 0 to derive it from the first one.
        prefix: put before the names of parameters; automatic if None.
        params: parameters to share with another cell.

    Inputs:  input (N, input_size); states [(N, projection_size), memory (N, hidden_size)]
    Outputs: output (N, projection_size); states [output, memory]

    >>> import mxnet as mx
    >>> cell = LSTMPCell(6, 4)
    >>> cell.initialize()
    >>> output, (r, c) = cell(mx.nd.ones((2, 3)), cell.begin_state(2))
    >>> output.shape, c.shape
    ((2, 4), (2, 6))
    """

    def __init__(
        self,
        hidden_size: int,
        projection_size: int,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        h2r_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._hidden_size = hidden_size
        self._projection_size = projection_size
        self._input_size = input_size
        rows = 4 * hidden_size
        for name, shape, init in (
            ("i2h_weight", (rows, input_size), i2h_weight_initializer),
            ("h2h_weight", (rows, projection_size), h2h_weight_initializer),
            ("h2r_weight", (projection_size, hidden_size), h2r_weight_initializer),
            ("i2h_bias", (rows,), i2h_bias_initializer),
            ("h2h_bias", (rows,), h2h_bias_initializer),
        ):
            setattr(self, name, self.params.get(name, shape=shape, init=init, allow_deferred_init=True))

    i2h_weight: Any

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Shape and layout of each state: output and memory."""
        sizes = (self._projection_size, self._hidden_size)
        return [{"shape": (batch_size, size), "__layout__": "NC"} for size in sizes]

    def _alias(self) -> str:
        return "lstmp"

    def __repr__(self) -> str:
        rows, columns = self.i2h_weight.shape
        return f"{type(self).__name__}({columns or None} -> {rows} -> {self._projection_size})"

    def hybrid_forward(
        self,
        F: Any,
        inputs: Any,
        states: Any,
        i2h_weight: Any,
        h2h_weight: Any,
        h2r_weight: Any,
        i2h_bias: Any,
        h2h_bias: Any,
    ) -> Any:
        step, rows = f"t{self._counter}_", 4 * self._hidden_size
        i2h = F.FullyConnected(data=inputs, weight=i2h_weight, bias=i2h_bias, num_hidden=rows, name=step + "i2h")
        h2h = F.FullyConnected(data=states[0], weight=h2h_weight, bias=h2h_bias, num_hidden=rows, name=step + "h2h")
        parts = F.SliceChannel(i2h + h2h, num_outputs=4, name=step + "slice")
        write = F.Activation(parts[0], act_type="sigmoid", name=step + "i")
        keep = F.Activation(parts[1], act_type="sigmoid", name=step + "f")
        new = F.Activation(parts[2], act_type="tanh", name=step + "c")
        read = F.Activation(parts[3], act_type="sigmoid", name=step + "o")
        memory = F.elemwise_add(keep * states[1], write * new, name=step + "state")
        hidden = F.elemwise_mul(read, F.Activation(memory, act_type="tanh"), name=step + "hidden")
        output = F.FullyConnected(
            data=hidden, num_hidden=self._projection_size, weight=h2r_weight, no_bias=True, name=step + "out"
        )
        return output, [output, memory]


def dynamic_unroll(
    cell: Any,
    inputs: Any,
    begin_state: Any,
    drop_inputs: float = 0,
    drop_outputs: float = 0,
    layout: str = "TNC",
    valid_length: Any = None,
) -> tuple[Any, list[Any]]:
    """Run a cell over a sequence in a loop of the graph, so that the same graph takes sequences of any length.

    Args:
        cell: the cell.
        inputs: an array or symbol (T, N, ...), or (N, T, ...) with that layout.
        begin_state: states to begin with.
        drop_inputs, drop_outputs: share that is dropped in training, the same at every step.
        layout: axes of inputs and outputs, ``TNC`` or ``NTC``; the first is faster.
        valid_length: how many steps each sample has, (N,). Outputs after them are zero, and the states returned are
            those after each sample's last step.

    Returns:
        Outputs in ``layout``, and the states after the last step.

    Raises:
        RejectedError: the inputs are a symbol, and the cell carries more than states from step to step.

    >>> import mxnet as mx
    >>> cell = mx.gluon.rnn.GRUCell(4)
    >>> cell.initialize()
    >>> outputs, states = dynamic_unroll(cell, mx.nd.ones((3, 2, 5)), cell.begin_state(2))
    >>> outputs.shape, states[0].shape
    ((3, 2, 4), (2, 4))
    """
    inputs, axis, F, _ = _format_sequence(None, inputs, layout, True)
    if isinstance(inputs, Symbol) and cell._carries_over():
        raise RejectedError(
            f"dynamic_unroll: {cell.name} carries masks or outputs from step to step, which a loop of a graph can not; "
            "use its unroll"
        )
    if drop_inputs:
        inputs = F.Dropout(inputs, p=drop_inputs, axes=(axis,))
    if axis != 0:
        inputs = F.swapaxes(inputs, dim1=0, dim2=axis)
    cell.reset()
    if valid_length is None:
        outputs, states = F.contrib.foreach(cell, inputs, begin_state)
    else:

        def step(data: Any, before: Any) -> Any:
            output, after = cell(data, before)
            return [output, *_as_list(after)], after

        (outputs, *every), _ = F.contrib.foreach(step, inputs, begin_state)
        states = [F.SequenceLast(s, sequence_length=valid_length, use_sequence_length=True, axis=0) for s in every]
        outputs = F.SequenceMask(outputs, sequence_length=valid_length, use_sequence_length=True, axis=0)
    if axis != 0:
        outputs = F.swapaxes(outputs, dim1=0, dim2=axis)
    if drop_outputs:
        outputs = F.Dropout(outputs, p=drop_outputs, axes=(axis,))
    return outputs, states
