"""All layers and steps of a recurrent network as one operator."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mxnet import initializer, ndarray, symbol
from mxnet._base.errors import ArgumentError
from mxnet.symbol import Symbol

from ._base import BaseRNNCell, RNNParams, States, sequence
from ._cells import GRUCell, LSTMCell, RNNCell
from ._containers import BidirectionalCell, SequentialRNNCell
from ._errors import CannotStep, CellError
from ._modifiers import DropoutCell

_GATES: dict[str, list[str]] = {
    "rnn_relu": [""],
    "rnn_tanh": [""],
    "lstm": ["_i", "_f", "_c", "_o"],
    "gru": ["_r", "_z", "_o"],
}


class FusedRNNCell(BaseRNNCell):
    """Layers of recurrent cells, run over the sequence by one operator; its parameters are one vector.

    Args:
        num_hidden: units of each layer and direction.
        num_layers: how many layers.
        mode: ``rnn_relu``, ``rnn_tanh``, ``lstm`` or ``gru``.
        bidirectional: run each layer in both directions; outputs have twice the features.
        dropout: share of values dropped between layers in training.
        get_next_state: also return the states after the last step.
        forget_bias: initial value of the bias of LSTM forget gates.
        prefix: what the names of layers and weights begin with; the mode and an underscore if None.
        params: variables shared with other cells.

    Raises:
        ArgumentError: ``mode`` is none of these. 1.9.1 says so only when the cell is unrolled.

    >>> import mxnet as mx
    >>> cell = FusedRNNCell(4, num_layers=2, mode="gru")
    >>> outputs, _ = cell.unroll(3, mx.sym.Variable("data"), layout="TNC")
    >>> outputs.infer_shape(data=(3, 2, 5))[1]
    [(3, 2, 4)]
    """

    _no_zoneout = "FusedRNNCell doesn't support zoneout. Please unfuse first."

    def __init__(
        self,
        num_hidden: int,
        num_layers: int = 1,
        mode: str = "lstm",
        bidirectional: bool = False,
        dropout: float = 0.0,
        get_next_state: bool = False,
        forget_bias: float = 1.0,
        prefix: str | None = None,
        params: RNNParams | None = None,
    ) -> None:
        if mode not in _GATES:
            raise ArgumentError(f"FusedRNNCell: got mode={mode!r}, expected one of {', '.join(_GATES)}")
        super().__init__(prefix=f"{mode}_" if prefix is None else prefix, params=params)
        self._num_hidden = num_hidden
        self._num_layers = num_layers
        self._mode = mode
        self._bidirectional = bidirectional
        self._dropout = dropout
        self._get_next_state = get_next_state
        self._forget_bias = forget_bias
        self._directions = ["l", "r"] if bidirectional else ["l"]
        first = initializer.FusedRNN(None, num_hidden, num_layers, mode, bidirectional, forget_bias)
        self._parameter = self.params.get("parameters", init=first)

    @property
    def state_info(self) -> list[dict[str, Any]]:
        shape = (self._num_layers * len(self._directions), 0, self._num_hidden)
        return [{"shape": shape, "__layout__": "LNC"} for _ in range(2 if self._mode == "lstm" else 1)]

    @property
    def _gate_names(self) -> Sequence[str]:
        return _GATES[self._mode]

    @property
    def _num_gates(self) -> int:
        return len(self._gate_names)

    def _slice_weights(self, arr: Any, li: int, lh: int) -> dict[str, Any]:
        """Views into the vector of parameters by name, for ``li`` features and ``lh`` units."""
        found = {}
        at = 0
        for kind in ("weight", "bias"):
            for layer in range(self._num_layers):
                for direction in self._directions:
                    below = li if layer == 0 else lh * len(self._directions)
                    for group, width in (("i2h", below), ("h2h", lh)):
                        shape = (lh, width) if kind == "weight" else (lh,)
                        size = lh * width if kind == "weight" else lh
                        for gate in self._gate_names:
                            name = f"{self._prefix}{direction}{layer}_{group}{gate}_{kind}"
                            found[name] = arr[at : at + size].reshape(shape)
                            at += size
        if at != arr.size:
            raise CellError(
                f"Invalid parameters size for FusedRNNCell: got {arr.size}, expected {at} from {li} features"
            )
        return found

    def unpack_weights(self, args: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(args)
        arr = self._take(found, self._parameter.name)
        rows = self._num_hidden * self._num_gates
        below = self._num_hidden * len(self._directions)
        per_direction = arr.size // len(self._directions) // rows
        features = per_direction - (self._num_layers - 1) * (self._num_hidden + below + 2) - self._num_hidden - 2
        if features < 0:
            raise CellError(f"Invalid parameters size for FusedRNNCell: got {arr.size}, too few for any input")
        found.update({k: v.copy() for k, v in self._slice_weights(arr, features, self._num_hidden).items()})
        return found

    def pack_weights(self, args: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(args)
        name = f"{self._prefix}l0_i2h{self._gate_names[0]}_weight"
        first = self._take(dict(found), name)
        features = first.shape[1]
        rows = self._num_hidden * self._num_gates * len(self._directions)
        below = self._num_hidden * len(self._directions)
        total = rows * (features + self._num_hidden + 2)
        total += rows * (self._num_layers - 1) * (self._num_hidden + below + 2)
        arr = ndarray.zeros((total,), ctx=first.context, dtype=first.dtype)
        for key, view in self._slice_weights(arr, features, self._num_hidden).items():
            view[:] = self._take(found, key)
        found[self._parameter.name] = arr
        return found

    def __call__(self, inputs: Symbol, states: States) -> tuple[Symbol, States]:
        raise CannotStep("FusedRNNCell cannot be stepped. Please use unroll")

    def unroll(
        self,
        length: int,
        inputs: Symbol | Sequence[Symbol],
        begin_state: States | None = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Any, States]:
        """As :meth:`BaseRNNCell.unroll`; states are returned only with ``get_next_state``, otherwise [].

        Layout NTC costs two transpositions, and gives a warning about them.
        """
        self.reset()
        inputs, axis = sequence(length, inputs, layout, True)
        if axis not in (0, 1):
            raise CellError(f"Unsupported layout {layout}: T must be first or second, as in TNC and NTC")
        if axis == 1:
            warnings.warn("NTC layout detected. Consider using TNC for FusedRNNCell for faster speed", stacklevel=2)
            inputs = symbol.swapaxes(inputs, dim1=0, dim2=1)
        begin = self.begin_state() if begin_state is None else begin_state
        named = dict(zip(("state", "state_cell"), begin, strict=False))
        made = symbol.RNN(
            data=inputs,
            parameters=self._parameter,
            state_size=self._num_hidden,
            num_layers=self._num_layers,
            bidirectional=self._bidirectional,
            p=self._dropout,
            state_outputs=self._get_next_state,
            mode=self._mode,
            name=f"{self._prefix}rnn",
            **named,
        )
        outputs, states = made, []
        if self._get_next_state:
            outputs, *states = made
            for state in states:
                state._set_attr(__layout__="LNC")
        if axis == 1:
            outputs = symbol.swapaxes(outputs, dim1=0, dim2=1)
        outputs, _ = sequence(length, outputs, layout, merge_outputs)
        return outputs, states

    def unfuse(self) -> SequentialRNNCell:
        """The same network of separate cells, whose unpacked weights have the same names.

        The forget bias goes to the LSTM cells; in 1.9.1 theirs is 1 whatever this one's is.
        """
        make: Callable[[str], BaseRNNCell] = {
            "rnn_relu": lambda p: RNNCell(self._num_hidden, activation="relu", prefix=p),
            "rnn_tanh": lambda p: RNNCell(self._num_hidden, activation="tanh", prefix=p),
            "lstm": lambda p: LSTMCell(self._num_hidden, prefix=p, forget_bias=self._forget_bias),
            "gru": lambda p: GRUCell(self._num_hidden, prefix=p),
        }[self._mode]
        stack = SequentialRNNCell()
        for i in range(self._num_layers):
            cells = [make(f"{self._prefix}{d}{i}_") for d in self._directions]
            if self._bidirectional:
                stack.add(BidirectionalCell(*cells, output_prefix=f"{self._prefix}bi_l{i}_"))
            else:
                stack.add(cells[0])
            if self._dropout > 0 and i != self._num_layers - 1:
                stack.add(DropoutCell(self._dropout, prefix=f"{self._prefix}_dropout{i}_"))
        return stack
