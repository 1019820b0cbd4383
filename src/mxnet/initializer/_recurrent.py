"""Initializers of recurrent layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mxnet import ndarray
from mxnet._base.errors import ArgumentError
from mxnet.ndarray import NDArray

from ._base import InitDesc, Initializer, create, register
from ._values import Uniform


@register
class LSTMBias(Initializer):
    """Zeros, except for ``forget_bias`` in the second quarter, which is the forget gate.

    Args:
        forget_bias: that value.

    >>> import mxnet as mx
    >>> bias = mx.gluon.Parameter("lstm_bias", shape=(4,), init=LSTMBias())
    >>> bias.initialize()
    >>> bias.data().asnumpy()
    array([0., 1., 0., 0.], dtype=float32)
    """

    def __init__(self, forget_bias: float = 1.0) -> None:
        super().__init__(forget_bias=forget_bias)
        self.forget_bias = forget_bias

    def _init_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0
        quarter = arr.shape[0] // 4
        arr[quarter : 2 * quarter] = self.forget_bias


_GATES = {"rnn_relu": ("",), "rnn_tanh": ("",), "lstm": ("_i", "_f", "_c", "_o"), "gru": ("_r", "_z", "_o")}


@register
class FusedRNN(Initializer):
    """The packed parameters of a fused recurrent layer: each gate's part is filled as a separate weight or bias.

    Args:
        init: an initializer or its JSON; the global one if None. Parts have names like ``l0_i2h_f_weight``: direction
            (``l`` or ``r``), layer, input or state, gate.
        num_hidden, num_layers, mode, bidirectional: those of the layer.
        forget_bias: value of both biases of LSTM forget gates.

    Raises:
        ArgumentError: there is no such mode.

    >>> import mxnet as mx
    >>> packed = mx.nd.zeros((56,))
    >>> FusedRNN("ones", num_hidden=2, num_layers=1, mode="lstm")(mx.init.InitDesc("lstm_weight"), packed)
    >>> packed[:40].min().asscalar(), packed[40:].asnumpy().reshape(2, 8)
    (1.0, array([[0., 0., 1., 1., 0., 0., 0., 0.],
           [0., 0., 1., 1., 0., 0., 0., 0.]], dtype=float32))
    """

    def __init__(
        self,
        init: Any,
        num_hidden: int,
        num_layers: int,
        mode: str,
        bidirectional: bool = False,
        forget_bias: float = 1.0,
    ) -> None:
        if mode not in _GATES:
            raise ArgumentError(f"FusedRNN: mode is {mode!r}, expected one of {', '.join(_GATES)}")
        made = create(init) if isinstance(init, str) else init
        super().__init__(
            init=made.dumps() if made is not None else None,
            num_hidden=num_hidden,
            num_layers=num_layers,
            mode=mode,
            bidirectional=bidirectional,
            forget_bias=forget_bias,
        )
        self._init = made
        self._layout = (num_hidden, num_layers, mode, bidirectional, forget_bias)

    def _init_weight(self, desc: Any, arr: NDArray) -> None:
        *_, mode, _, forget_bias = self._layout
        whole = getattr(desc, "global_init", None)
        inner = self._init or whole or Uniform(0.07)
        flat = np.empty(arr.size, np.float32)
        at = 0
        for name, shape in self._pieces(arr.size):
            piece = ndarray.zeros(shape)
            if mode == "lstm" and name.endswith("_f_bias"):
                piece[:] = forget_bias
            else:
                inner(InitDesc(name, global_init=whole), piece)
            flat[at : at + piece.size] = piece.asnumpy().ravel()
            at += piece.size
        arr[:] = flat.reshape(arr.shape)

    def _pieces(self, size: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Name and shape of each gate's weights and, after those of all layers, biases, in their order in memory."""
        hidden, layers, mode, bidirectional, _ = self._layout
        gates = _GATES[mode]
        directions = "lr" if bidirectional else "l"
        rows = len(gates) * hidden
        first = (size - self._after_first()) // (len(directions) * rows) - hidden - 2
        for kind in ("weight", "bias"):
            for layer in range(layers):
                width = first if layer == 0 else hidden * len(directions)
                for direction in directions:
                    for source, columns in (("i2h", width), ("h2h", hidden)):
                        shape = (hidden, columns) if kind == "weight" else (hidden,)
                        for gate in gates:
                            yield f"{direction}{layer}_{source}{gate}_{kind}", shape

    def _after_first(self) -> int:
        """How many parameters the layers after the first have."""
        hidden, layers, mode, bidirectional, _ = self._layout
        rows = len(_GATES[mode]) * hidden
        directions = 2 if bidirectional else 1
        return (layers - 1) * directions * rows * (hidden * directions + hidden + 2)
