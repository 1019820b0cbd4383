"""The plain, long short-term memory and gated recurrent cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mxnet import initializer, symbol
from mxnet.symbol import Symbol

from ._base import BaseRNNCell, RNNParams, States


class _DenseCell(BaseRNNCell):
    """A cell whose gates all come from one fully connected layer of the input and one of the state."""

    def __init__(self, num_hidden: int, prefix: str, params: RNNParams | None) -> None:
        super().__init__(prefix=prefix, params=params)
        self._num_hidden = num_hidden

    @property
    def state_info(self) -> list[dict[str, Any]]:
        return [{"shape": (0, self._num_hidden), "__layout__": "NC"}]

    def _dense(self, inputs: Symbol, state: Symbol, name: str) -> tuple[Symbol, Symbol]:
        rows = self._num_hidden * len(self._gate_names)
        i2h = symbol.FullyConnected(data=inputs, weight=self._iW, bias=self._iB, num_hidden=rows, name=f"{name}i2h")
        h2h = symbol.FullyConnected(data=state, weight=self._hW, bias=self._hB, num_hidden=rows, name=f"{name}h2h")
        return i2h, h2h

    _iW: Symbol
    _iB: Symbol
    _hW: Symbol
    _hB: Symbol


class RNNCell(_DenseCell):
    """Elman's cell: ``activation(W x + b + V h + c)``.

    Args:
        num_hidden: units of state and output.
        activation: a name such as ``tanh`` or ``relu``, or a function of a symbol.
        prefix: what the names of layers and weights begin with.
        params: variables shared with other cells.

    >>> import mxnet as mx
    >>> outputs, states = RNNCell(4).unroll(3, mx.sym.Variable("data"), merge_outputs=True)
    >>> outputs.infer_shape(data=(2, 3, 5))[1]
    [(2, 3, 4)]
    """

    def __init__(
        self, num_hidden: int, activation: Any = "tanh", prefix: str = "rnn_", params: RNNParams | None = None
    ) -> None:
        super().__init__(num_hidden, prefix, params)
        self._activation = activation
        self._iW = self.params.get("i2h_weight")
        self._iB = self.params.get("i2h_bias")
        self._hW = self.params.get("h2h_weight")
        self._hB = self.params.get("h2h_bias")

    @property
    def _gate_names(self) -> Sequence[str]:
        return ("",)

    def __call__(self, inputs: Symbol, states: States) -> tuple[Symbol, States]:
        self._counter += 1
        name = f"{self._prefix}t{self._counter}_"
        i2h, h2h = self._dense(inputs, states[0], name)
        output = self._get_activation(i2h + h2h, self._activation, name=f"{name}out")
        return output, [output]


class LSTMCell(_DenseCell):
    """Long short-term memory. States are the output and the memory.

    Args:
        num_hidden: units of states and output.
        prefix: what the names of layers and weights begin with.
        params: variables shared with other cells.
        forget_bias: first value of the forget gate's bias; added nowhere else.

    >>> cell = LSTMCell(4)
    >>> cell.state_shape
    [(0, 4), (0, 4)]
    """

    def __init__(
        self, num_hidden: int, prefix: str = "lstm_", params: RNNParams | None = None, forget_bias: float = 1.0
    ) -> None:
        super().__init__(num_hidden, prefix, params)
        self._iW = self.params.get("i2h_weight")
        self._hW = self.params.get("h2h_weight")
        self._iB = self.params.get("i2h_bias", init=initializer.LSTMBias(forget_bias=forget_bias))
        self._hB = self.params.get("h2h_bias")

    @property
    def state_info(self) -> list[dict[str, Any]]:
        return super().state_info * 2

    @property
    def _gate_names(self) -> Sequence[str]:
        return ["_i", "_f", "_c", "_o"]

    def __call__(self, inputs: Symbol, states: States) -> tuple[Symbol, States]:
        self._counter += 1
        name = f"{self._prefix}t{self._counter}_"
        i2h, h2h = self._dense(inputs, states[0], name)
        return lstm_step(self, i2h + h2h, states[1], name, "tanh")


def lstm_step(
    cell: BaseRNNCell, gates: Symbol, memory: Symbol, name: str, activation: Any, **axis: int
) -> tuple[Symbol, States]:
    """Output and states of an LSTM step, from the sums of its four gates."""
    parts = symbol.SliceChannel(gates, num_outputs=4, name=f"{name}slice", **axis)
    write = symbol.Activation(parts[0], act_type="sigmoid", name=f"{name}i")
    keep = symbol.Activation(parts[1], act_type="sigmoid", name=f"{name}f")
    new = cell._get_activation(parts[2], activation, name=f"{name}c")
    read = symbol.Activation(parts[3], act_type="sigmoid", name=f"{name}o")
    next_memory = symbol.elemwise_add(keep * memory, write * new, name=f"{name}state")
    output = symbol.elemwise_mul(read, cell._get_activation(next_memory, activation), name=f"{name}out")
    return output, [output, next_memory]


class GRUCell(_DenseCell):
    """Gated recurrent unit, in the variant of cuDNN: the reset gate acts after the state's weight.

    Args:
        num_hidden: units of state and output.
        prefix: what the names of layers and weights begin with.
        params: variables shared with other cells.

    >>> cell = GRUCell(4)
    >>> cell.state_shape
    [(0, 4)]
    """

    def __init__(self, num_hidden: int, prefix: str = "gru_", params: RNNParams | None = None) -> None:
        super().__init__(num_hidden, prefix, params)
        self._iW = self.params.get("i2h_weight")
        self._iB = self.params.get("i2h_bias")
        self._hW = self.params.get("h2h_weight")
        self._hB = self.params.get("h2h_bias")

    @property
    def _gate_names(self) -> Sequence[str]:
        return ["_r", "_z", "_o"]

    def __call__(self, inputs: Symbol, states: States) -> tuple[Symbol, States]:
        self._counter += 1
        name = f"{self._prefix}t{self._counter}_"
        i2h, h2h = self._dense(inputs, states[0], f"{name}_")
        return gru_step(self, i2h, h2h, states[0], name, "tanh")


def gru_step(
    cell: BaseRNNCell, i2h: Symbol, h2h: Symbol, state: Symbol, name: str, activation: Any, **axis: int
) -> tuple[Symbol, States]:
    """Output and states of a GRU step, from the parts of its three gates that come from input and state."""
    i2h_r, i2h_z, i2h_o = symbol.SliceChannel(i2h, num_outputs=3, name=f"{name}_i2h_slice", **axis)
    h2h_r, h2h_z, h2h_o = symbol.SliceChannel(h2h, num_outputs=3, name=f"{name}_h2h_slice", **axis)
    reset = symbol.Activation(i2h_r + h2h_r, act_type="sigmoid", name=f"{name}_r_act")
    update = symbol.Activation(i2h_z + h2h_z, act_type="sigmoid", name=f"{name}_z_act")
    new = cell._get_activation(i2h_o + reset * h2h_o, activation, name=f"{name}_h_act")
    output = symbol.elemwise_add((1.0 - update) * new, update * state, name=f"{name}out")
    return output, [output]
