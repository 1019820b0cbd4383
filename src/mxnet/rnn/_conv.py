"""Recurrent cells over images: convolutions in place of matrix products."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from mxnet import symbol
from mxnet.symbol import Symbol

from ._base import BaseRNNCell, RNNParams, States
from ._cells import gru_step, lstm_step
from ._errors import CellError

_leaky = functools.partial(symbol.LeakyReLU, act_type="leaky", slope=0.2)


class BaseConvRNNCell(BaseRNNCell):
    """Base of convolutional cells.

    Args:
        input_shape: shape of the input, batch first; its image size determines that of the state.
        num_hidden: channels of the state.
        h2h_kernel: of the state's convolution; must be odd, because the state keeps its size.
        h2h_dilate: of the state's convolution.
        i2h_kernel, i2h_stride, i2h_pad, i2h_dilate: of the input's convolution.
        i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: initializers, or
            their names.
        activation: a name, or a function of a symbol.
        prefix: what the names of layers and weights begin with.
        params: variables shared with other cells.
        conv_layout: layout of input and state, such as NCHW.

    Raises:
        CellError: a size of ``h2h_kernel`` is even.
    """

    def __init__(
        self,
        input_shape: Sequence[int],
        num_hidden: int,
        h2h_kernel: Sequence[int],
        h2h_dilate: Sequence[int],
        i2h_kernel: Sequence[int],
        i2h_stride: Sequence[int],
        i2h_pad: Sequence[int],
        i2h_dilate: Sequence[int],
        i2h_weight_initializer: Any,
        h2h_weight_initializer: Any,
        i2h_bias_initializer: Any,
        h2h_bias_initializer: Any,
        activation: Any,
        prefix: str = "",
        params: RNNParams | None = None,
        conv_layout: str = "NCHW",
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        if any(k % 2 == 0 for k in h2h_kernel):
            raise CellError(f"Only support odd number, get h2h_kernel= {tuple(h2h_kernel)}")
        self._h2h_kernel = h2h_kernel
        self._h2h_pad = tuple(d * (k - 1) // 2 for k, d in zip(h2h_kernel, h2h_dilate, strict=True))
        self._h2h_dilate = h2h_dilate
        self._i2h_kernel = i2h_kernel
        self._i2h_stride = i2h_stride
        self._i2h_pad = i2h_pad
        self._i2h_dilate = i2h_dilate
        self._num_hidden = num_hidden
        self._input_shape = input_shape
        self._conv_layout = conv_layout
        self._activation = activation
        self._state_shape = self._shape_of_state()
        self._iW = self.params.get("i2h_weight", init=i2h_weight_initializer)
        self._hW = self.params.get("h2h_weight", init=h2h_weight_initializer)
        self._iB = self.params.get("i2h_bias", init=i2h_bias_initializer)
        self._hB = self.params.get("h2h_bias", init=h2h_bias_initializer)

    def _shape_of_state(self) -> tuple[int, ...]:
        made = symbol.Convolution(
            data=symbol.Variable("data"),
            num_filter=self._num_hidden,
            kernel=self._i2h_kernel,
            stride=self._i2h_stride,
            pad=self._i2h_pad,
            dilate=self._i2h_dilate,
            layout=self._conv_layout,
        )
        return (0, *made.infer_shape(data=tuple(self._input_shape))[1][0][1:])

    @property
    def _num_gates(self) -> int:
        return len(self._gate_names)

    @property
    def state_info(self) -> list[dict[str, Any]]:
        return [{"shape": self._state_shape, "__layout__": self._conv_layout}]

    @property
    def _channels(self) -> dict[str, int]:
        """The attribute for splitting gates, if channels are not on the default axis."""
        axis = self._conv_layout.find("C")
        return {} if axis == 1 else {"axis": axis}

    def _conv_forward(self, inputs: Symbol, states: States, name: str) -> tuple[Symbol, Symbol]:
        filters = self._num_hidden * self._num_gates
        i2h = symbol.Convolution(
            name=f"{name}i2h",
            data=inputs,
            num_filter=filters,
            kernel=self._i2h_kernel,
            stride=self._i2h_stride,
            pad=self._i2h_pad,
            dilate=self._i2h_dilate,
            weight=self._iW,
            bias=self._iB,
            layout=self._conv_layout,
        )
        h2h = symbol.Convolution(
            name=f"{name}h2h",
            data=states[0],
            num_filter=filters,
            kernel=self._h2h_kernel,
            stride=(1,) * len(self._h2h_kernel),
            pad=self._h2h_pad,
            dilate=self._h2h_dilate,
            weight=self._hW,
            bias=self._hB,
            layout=self._conv_layout,
        )
        return i2h, h2h


class _ConvCell(BaseConvRNNCell):
    """The defaults of all three, but for the prefix."""

    def __init__(
        self,
        input_shape: Sequence[int],
        num_hidden: int,
        h2h_kernel: Sequence[int] = (3, 3),
        h2h_dilate: Sequence[int] = (1, 1),
        i2h_kernel: Sequence[int] = (3, 3),
        i2h_stride: Sequence[int] = (1, 1),
        i2h_pad: Sequence[int] = (1, 1),
        i2h_dilate: Sequence[int] = (1, 1),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        activation: Any = _leaky,
        prefix: str | None = None,
        params: RNNParams | None = None,
        conv_layout: str = "NCHW",
    ) -> None:
        super().__init__(
            input_shape,
            num_hidden,
            h2h_kernel,
            h2h_dilate,
            i2h_kernel,
            i2h_stride,
            i2h_pad,
            i2h_dilate,
            i2h_weight_initializer,
            h2h_weight_initializer,
            i2h_bias_initializer,
            h2h_bias_initializer,
            activation,
            f"{type(self).__name__.removesuffix('Cell')}_" if prefix is None else prefix,
            params,
            conv_layout,
        )


class ConvRNNCell(_ConvCell):
    """:class:`RNNCell` with convolutions. Arguments are those of :class:`BaseConvRNNCell`.

    >>> ConvRNNCell(input_shape=(1, 3, 16, 10), num_hidden=4).state_shape
    [(0, 4, 16, 10)]
    """

    @property
    def _gate_names(self) -> Sequence[str]:
        return ("",)

    def __call__(self, inputs: Symbol, states: States) -> tuple[Symbol, States]:
        self._counter += 1
        name = f"{self._prefix}t{self._counter}_"
        i2h, h2h = self._conv_forward(inputs, states, name)
        output = self._get_activation(i2h + h2h, self._activation, name=f"{name}out")
        return output, [output]


class ConvLSTMCell(_ConvCell):
    """:class:`LSTMCell` with convolutions, arXiv:1506.04214. Arguments are those of :class:`BaseConvRNNCell`.

    >>> ConvLSTMCell(input_shape=(1, 3, 16, 10), num_hidden=4).state_shape
    [(0, 4, 16, 10), (0, 4, 16, 10)]
    """

    @property
    def state_info(self) -> list[dict[str, Any]]:
        return super().state_info * 2

    @property
    def _gate_names(self) -> Sequence[str]:
        return ["_i", "_f", "_c", "_o"]

    def __call__(self, inputs: Symbol, states: States) -> tuple[Symbol, States]:
        self._counter += 1
        name = f"{self._prefix}t{self._counter}_"
        i2h, h2h = self._conv_forward(inputs, states, name)
        axis = self._conv_layout.find("C")
        return lstm_step(self, i2h + h2h, states[1], name, self._activation, axis=axis)


class ConvGRUCell(_ConvCell):
    """:class:`GRUCell` with convolutions. Arguments are those of :class:`BaseConvRNNCell`.

    Gates are split along the channels in every layout; 1.9.1 always splits them along axis 1.

    >>> ConvGRUCell(input_shape=(1, 3, 16, 10), num_hidden=4).state_shape
    [(0, 4, 16, 10)]
    """

    @property
    def _gate_names(self) -> Sequence[str]:
        return ["_r", "_z", "_o"]

    def __call__(self, inputs: Symbol, states: States) -> tuple[Symbol, States]:
        self._counter += 1
        name = f"{self._prefix}t{self._counter}_"
        i2h, h2h = self._conv_forward(inputs, states, name)
        return gru_step(self, i2h, h2h, states[0], name, self._activation, **self._channels)
