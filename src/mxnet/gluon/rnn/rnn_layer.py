"""Recurrent layers: whole sequences at once, by one operator."""

from __future__ import annotations

from typing import Any

from ._layer import _RNNLayer

__all__ = ["GRU", "LSTM", "RNN"]


class RNN(_RNNLayer):
    """Elman's network (doi:10.1207/s15516709cog1402_1) over whole sequences: ``h' = activation(W x + b + V h + c)``.

    Args:
        hidden_size: units of state and output.
        num_layers: number of stacked layers.
        activation: ``relu`` or ``tanh``.
        layout: axes of inputs and outputs, ``TNC`` or ``NTC``: T steps, N samples, C features.
        dropout: share that is dropped, in training, of the outputs of every layer but the last.
        bidirectional: run forward and backward, and join the outputs.
        i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: initializers of
            the weights and biases of input and state.
        input_size: size of the input; 0 to derive it from the first one.
        dtype: of parameters and states.
        kwargs: ``use_sequence_length``, ``prefix``, ``params``.

    Inputs:  sequence (T, N, C); optionally states [(num_layers * directions, N, hidden_size)], and with
             ``use_sequence_length`` sequence_length (N,)
    Outputs: (T, N, directions * hidden_size); and if states were given, the states after the last step

    Raises:
        RejectedError: the layout is another.
        UnknownActivation: the activation is another.

    >>> import mxnet as mx
    >>> layer = RNN(4, 2)
    >>> layer.initialize()
    >>> output, states = layer(mx.nd.ones((5, 3, 10)), mx.nd.zeros((2, 3, 4)))
    >>> output.shape, states[0].shape
    ((5, 3, 4), (2, 3, 4))
    """

    def __init__(
        self,
        hidden_size: int,
        num_layers: int = 1,
        activation: str = "relu",
        layout: str = "TNC",
        dropout: float = 0,
        bidirectional: bool = False,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        dtype: Any = "float32",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            hidden_size,
            num_layers,
            layout,
            dropout,
            bidirectional,
            input_size,
            i2h_weight_initializer,
            h2h_weight_initializer,
            i2h_bias_initializer,
            h2h_bias_initializer,
            f"rnn_{activation}",
            dtype=dtype,
            **kwargs,
        )


class LSTM(_RNNLayer):
    """Long short-term memory (doi:10.1162/neco.1997.9.8.1735) over whole sequences.

    Args:
        hidden_size: units of the memory, and without projection of the output.
        num_layers: number of stacked layers.
        layout: axes of inputs and outputs, ``TNC`` or ``NTC``: T steps, N samples, C features.
        dropout: share that is dropped, in training, of the outputs of every layer but the last.
        bidirectional: run forward and backward, and join the outputs.
        input_size: size of the input; 0 to derive it from the first one.
        i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: initializers of
            the weights and biases of input and state; rows are those of the gates: input, forget, cell, output.
        projection_size: size of the output, if a matrix projects the hidden units to it (arXiv:1402.1128).
        h2r_weight_initializer: initializer of that matrix.
        state_clip_min, state_clip_max: bounds of the memory at every step; None for no bound.
        state_clip_nan: replace nan by a bound.
        dtype: of parameters and states.
        kwargs: ``use_sequence_length``, ``prefix``, ``params``.

    Inputs:  sequence (T, N, C); optionally states [(num_layers * directions, N, output size), (num_layers *
             directions, N, hidden_size)], and with ``use_sequence_length`` sequence_length (N,)
    Outputs: (T, N, directions * output size); and if states were given, the states after the last step

    Raises:
        RejectedError: the layout is another.

    >>> import mxnet as mx
    >>> layer = LSTM(4, layout="NTC", bidirectional=True)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((3, 5, 10))).shape
    (3, 5, 8)
    """

    def __init__(
        self,
        hidden_size: int,
        num_layers: int = 1,
        layout: str = "TNC",
        dropout: float = 0,
        bidirectional: bool = False,
        input_size: int = 0,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        projection_size: int | None = None,
        h2r_weight_initializer: Any = None,
        state_clip_min: float | None = None,
        state_clip_max: float | None = None,
        state_clip_nan: bool = False,
        dtype: Any = "float32",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            hidden_size,
            num_layers,
            layout,
            dropout,
            bidirectional,
            input_size,
            i2h_weight_initializer,
            h2h_weight_initializer,
            i2h_bias_initializer,
            h2h_bias_initializer,
            "lstm",
            projection_size,
            h2r_weight_initializer,
            state_clip_min,
            state_clip_max,
            state_clip_nan,
            dtype,
            **kwargs,
        )

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Shape, layout and dtype of each state: output and memory."""
        stacked = self._num_layers * self._dir
        sizes = (self._projection_size or self._hidden_size, self._hidden_size)
        return [{"shape": (stacked, batch_size, s), "__layout__": "LNC", "dtype": self._dtype} for s in sizes]


class GRU(_RNNLayer):
    """Gated recurrent units (arXiv:1406.1078) over whole sequences; the reset gate acts after the state's weight.

    Args:
        hidden_size: units of state and output.
        num_layers: number of stacked layers.
        layout: axes of inputs and outputs, ``TNC`` or ``NTC``: T steps, N samples, C features.
        dropout: share that is dropped, in training, of the outputs of every layer but the last.
        bidirectional: run forward and backward, and join the outputs.
        input_size: size of the input; 0 to derive it from the first one.
        i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: initializers of
            the weights and biases of input and state; rows are those of the gates: reset, update, new.
        dtype: of parameters and states.
        kwargs: ``use_sequence_length``, ``prefix``, ``params``.

    Inputs:  sequence (T, N, C); optionally states [(num_layers * directions, N, hidden_size)], and with
             ``use_sequence_length`` sequence_length (N,)
    Outputs: (T, N, directions * hidden_size); and if states were given, the states after the last step

    Raises:
        RejectedError: the layout is another.

    >>> import mxnet as mx
    >>> layer = GRU(4, use_sequence_length=True)
    >>> layer.initialize()
    >>> output = layer(mx.nd.ones((5, 2, 10)), sequence_length=mx.nd.array([2, 5]))
    >>> bool((output[2:, 0] == 0).min().asscalar())
    True
    """

    def __init__(
        self,
        hidden_size: int,
        num_layers: int = 1,
        layout: str = "TNC",
        dropout: float = 0,
        bidirectional: bool = False,
        input_size: int = 0,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        dtype: Any = "float32",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            hidden_size,
            num_layers,
            layout,
            dropout,
            bidirectional,
            input_size,
            i2h_weight_initializer,
            h2h_weight_initializer,
            i2h_bias_initializer,
            h2h_bias_initializer,
            "gru",
            dtype=dtype,
            **kwargs,
        )
