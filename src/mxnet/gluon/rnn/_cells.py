"""The plain, long short-term memory and gated recurrent cells."""

from __future__ import annotations

from typing import Any

from ._base import HybridRecurrentCell


class _DenseCell(HybridRecurrentCell):
    """A cell whose gates all come from one fully connected layer of the input and one of the state."""

    _gates = 1

    def _own_parameters(self, hidden_size: int, input_size: int, initializers: tuple[Any, Any, Any, Any]) -> None:
        self._hidden_size = hidden_size
        self._input_size = input_size
        rows = self._gates * hidden_size
        shapes = ((rows, input_size), (rows, hidden_size), (rows,), (rows,))
        names = ("i2h_weight", "h2h_weight", "i2h_bias", "h2h_bias")
        for name, shape, init in zip(names, shapes, initializers, strict=True):
            setattr(self, name, self.params.get(name, shape=shape, init=init, allow_deferred_init=True))

    i2h_weight: Any
    h2h_weight: Any
    i2h_bias: Any
    h2h_bias: Any

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Shape and layout of each state."""
        return [{"shape": (batch_size, self._hidden_size), "__layout__": "NC"}]

    def _mapping(self) -> str:
        rows, columns = self.i2h_weight.shape
        return f"{columns or None} -> {rows}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._mapping()})"

    def _dense(self, F: Any, inputs: Any, state: Any, params: tuple[Any, Any, Any, Any]) -> tuple[Any, Any, str]:
        """What the gates get from the input and from the state, and the beginning of this step's names."""
        i2h_weight, h2h_weight, i2h_bias, h2h_bias = params
        rows = self._gates * self._hidden_size
        step = f"t{self._counter}_"
        i2h = F.FullyConnected(data=inputs, weight=i2h_weight, bias=i2h_bias, num_hidden=rows, name=step + "i2h")
        h2h = F.FullyConnected(data=state, weight=h2h_weight, bias=h2h_bias, num_hidden=rows, name=step + "h2h")
        return i2h, h2h, step


class RNNCell(_DenseCell):
    """Elman's cell: ``h' = activation(W x + b + V h + c)`` (doi:10.1207/s15516709cog1402_1).

    Args:
        hidden_size: units of state and output.
        activation: a name such as ``tanh`` or ``relu``, or a block.
        i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: initializers of
            the weights and biases of input and state.
        input_size: size of the input; 0 to derive it from the first one.
        prefix: put before the names of parameters; automatic if None.
        params: parameters to share with another cell.

    Inputs:  input (N, input_size); states [(N, hidden_size)]
    Outputs: output (N, hidden_size); states [output]

    >>> import mxnet as mx
    >>> cell = RNNCell(4)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 3)), cell.begin_state(2))
    >>> output.shape
    (2, 4)
    """

    def __init__(
        self,
        hidden_size: int,
        activation: Any = "tanh",
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._activation = activation
        self._own_parameters(
            hidden_size,
            input_size,
            (i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer),
        )

    def _alias(self) -> str:
        return "rnn"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._mapping()}, {self._activation})"

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> Any:
        i2h, h2h, step = self._dense(F, inputs, states[0], (i2h_weight, h2h_weight, i2h_bias, h2h_bias))
        both = F.elemwise_add(i2h, h2h, name=step + "plus0")
        output = self._get_activation(F, both, self._activation, name=step + "out")
        return output, [output]


class LSTMCell(_DenseCell):
    """Long short-term memory (doi:10.1162/neco.1997.9.8.1735).

    Args:
        hidden_size: units of states and output.
        i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: initializers of
            the weights and biases of input and state; rows are those of the gates: input, forget, cell, output.
            ``mx.init.LSTMBias`` keeps the forget gate open at first.
        input_size: size of the input; 0 to derive it from the first one.
        prefix: put before the names of parameters; automatic if None.
        params: parameters to share with another cell.
        activation: of what is written to and read from the memory.
        recurrent_activation: of the gates.

    Inputs:  input (N, input_size); states [(N, hidden_size), memory (N, hidden_size)]
    Outputs: output (N, hidden_size); states [output, memory]

    >>> import mxnet as mx
    >>> cell = LSTMCell(4)
    >>> cell.initialize()
    >>> output, (h, c) = cell(mx.nd.ones((2, 3)), cell.begin_state(2))
    >>> output.shape, c.shape
    ((2, 4), (2, 4))
    """

    _gates = 4

    def __init__(
        self,
        hidden_size: int,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        prefix: str | None = None,
        params: Any = None,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._own_parameters(
            hidden_size,
            input_size,
            (i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer),
        )
        self._activation = activation
        self._recurrent_activation = recurrent_activation

    def _alias(self) -> str:
        return "lstm"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Shape and layout of each state."""
        return [{"shape": (batch_size, self._hidden_size), "__layout__": "NC"} for _ in range(2)]

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> Any:
        i2h, h2h, step = self._dense(F, inputs, states[0], (i2h_weight, h2h_weight, i2h_bias, h2h_bias))
        gates = F.elemwise_add(i2h, h2h, name=step + "plus0")
        parts = F.SliceChannel(gates, num_outputs=4, name=step + "slice")
        write = self._get_activation(F, parts[0], self._recurrent_activation, name=step + "i")
        keep = self._get_activation(F, parts[1], self._recurrent_activation, name=step + "f")
        new = self._get_activation(F, parts[2], self._activation, name=step + "c")
        read = self._get_activation(F, parts[3], self._recurrent_activation, name=step + "o")
        memory = F.elemwise_add(
            F.elemwise_mul(keep, states[1], name=step + "mul0"),
            F.elemwise_mul(write, new, name=step + "mul1"),
            name=step + "state",
        )
        if isinstance(self._activation, str):
            shown = F.Activation(memory, act_type=self._activation, name=step + "activation0")
        else:
            shown = self._get_activation(F, memory, self._activation, name=step + "activation0")
        output = F.elemwise_mul(read, shown, name=step + "out")
        return output, [output, memory]


class GRUCell(_DenseCell):
    """Gated recurrent unit (arXiv:1406.1078), in the variant of cuDNN: the reset gate acts after the state's weight.

    Args:
        hidden_size: units of state and output.
        i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: initializers of
            the weights and biases of input and state; rows are those of the gates: reset, update, new.
        input_size: size of the input; 0 to derive it from the first one.
        prefix: put before the names of parameters; automatic if None.
        params: parameters to share with another cell.

    Inputs:  input (N, input_size); states [(N, hidden_size)]
    Outputs: output (N, hidden_size); states [output]

    >>> import mxnet as mx
    >>> cell = GRUCell(4)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 3)), cell.begin_state(2))
    >>> output.shape
    (2, 4)
    """

    _gates = 3

    def __init__(
        self,
        hidden_size: int,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._own_parameters(
            hidden_size,
            input_size,
            (i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer),
        )

    def _alias(self) -> str:
        return "gru"

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> Any:
        state = states[0]
        i2h, h2h, step = self._dense(F, inputs, state, (i2h_weight, h2h_weight, i2h_bias, h2h_bias))
        i2h_r, i2h_z, i2h_o = F.SliceChannel(i2h, num_outputs=3, name=step + "i2h_slice")
        h2h_r, h2h_z, h2h_o = F.SliceChannel(h2h, num_outputs=3, name=step + "h2h_slice")
        reset = F.Activation(F.elemwise_add(i2h_r, h2h_r, name=step + "plus0"), act_type="sigmoid", name=step + "r_act")
        update = F.Activation(
            F.elemwise_add(i2h_z, h2h_z, name=step + "plus1"), act_type="sigmoid", name=step + "z_act"
        )
        remembered = F.elemwise_mul(reset, h2h_o, name=step + "mul0")
        new = F.Activation(F.elemwise_add(i2h_o, remembered, name=step + "plus2"), act_type="tanh", name=step + "h_act")
        rest = F.elemwise_sub(F.ones_like(update, name=step + "ones_like0"), update, name=step + "minus0")
        output = F.elemwise_add(
            F.elemwise_mul(rest, new, name=step + "mul1"),
            F.elemwise_mul(update, state, name=step + "mul20"),
            name=step + "out",
        )
        return output, [output]
