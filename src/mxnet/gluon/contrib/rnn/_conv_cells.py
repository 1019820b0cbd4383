"""What convolutional cells compute, in any number of dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mxnet.gluon._errors import RejectedError
from mxnet.gluon.rnn import HybridRecurrentCell

_LAYOUTS = {1: ("NCW", "NWC"), 2: ("NCHW", "NHWC"), 3: ("NCDHW", "NDHWC")}


class _BaseConvRNNCell(HybridRecurrentCell):
    """A cell whose gates all come from one convolution of the input and one of the state."""

    _gates = 1

    def __init__(
        self,
        input_shape: Sequence[int],
        hidden_channels: int,
        i2h_kernel: int | Sequence[int],
        h2h_kernel: int | Sequence[int],
        i2h_pad: int | Sequence[int],
        i2h_dilate: int | Sequence[int],
        h2h_dilate: int | Sequence[int],
        i2h_weight_initializer: Any,
        h2h_weight_initializer: Any,
        i2h_bias_initializer: Any,
        h2h_bias_initializer: Any,
        dims: int,
        conv_layout: str,
        activation: Any,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        if conv_layout not in _LAYOUTS[dims]:
            raise RejectedError(
                f"{type(self).__name__}: conv_layout is {conv_layout!r}, expected {' or '.join(_LAYOUTS[dims])}"
            )
        if len(input_shape) != dims + 1:
            raise RejectedError(
                f"{type(self).__name__}: input_shape is {tuple(input_shape)}, expected {dims + 1} sizes, those of "
                f"{conv_layout[1:]} without the batch"
            )
        self._hidden_channels = hidden_channels
        self._input_shape = tuple(input_shape)
        self._conv_layout = conv_layout
        self._activation = activation
        self._channel_axis = conv_layout.find("C")
        self._stride = (1,) * dims
        self._i2h_kernel = self._sizes("i2h_kernel", i2h_kernel)
        self._i2h_pad = self._sizes("i2h_pad", i2h_pad)
        self._i2h_dilate = self._sizes("i2h_dilate", i2h_dilate)
        self._h2h_kernel = self._sizes("h2h_kernel", h2h_kernel)
        self._h2h_dilate = self._sizes("h2h_dilate", h2h_dilate)
        if any(k % 2 == 0 for k in self._h2h_kernel):
            raise RejectedError(f"Only support odd number, get h2h_kernel= {h2h_kernel}")
        # the convolution of the state keeps its size
        self._h2h_pad = tuple(d * (k - 1) // 2 for d, k in zip(self._h2h_dilate, self._h2h_kernel, strict=True))
        self._state_shape = self._with_channels(hidden_channels, self._spatial_sizes())
        self._make_parameters(
            i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        )

    i2h_weight: Any

    def _make_parameters(self, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any) -> None:
        """Make them with these initializers."""
        rows = self._gates * self._hidden_channels
        in_channels = self._input_shape[self._channel_axis - 1]
        for name, shape, init in (
            ("i2h_weight", (rows, *self._with_channels(in_channels, self._i2h_kernel)), i2h_weight),
            ("h2h_weight", (rows, *self._with_channels(self._hidden_channels, self._h2h_kernel)), h2h_weight),
            ("i2h_bias", (rows,), i2h_bias),
            ("h2h_bias", (rows,), h2h_bias),
        ):
            setattr(self, name, self.params.get(name, shape=shape, init=init, allow_deferred_init=True))

    def _sizes(self, name: str, given: int | Sequence[int]) -> tuple[int, ...]:
        dims = len(self._stride)
        sizes = (given,) * dims if isinstance(given, int) else tuple(given)
        if len(sizes) != dims:
            raise RejectedError(
                f"For {dims}D convolution, the convolution settings can only be either int or list/tuple of length "
                f"{dims}; {type(self).__name__} got {name}={given!r}"
            )
        return sizes

    def _with_channels(self, channels: int, sizes: Sequence[int]) -> tuple[int, ...]:
        return (channels, *sizes) if self._channel_axis == 1 else (*sizes, channels)

    def _spatial_sizes(self) -> tuple[int, ...]:
        """Sizes of the image that the convolution of the input makes, 0 where the input's sizes are not known."""
        before = self._input_shape[1:] if self._channel_axis == 1 else self._input_shape[:-1]
        after = tuple(
            size + 2 * p - d * (k - 1) if size else 0
            for size, p, d, k in zip(before, self._i2h_pad, self._i2h_dilate, self._i2h_kernel, strict=True)
        )
        if any(a <= 0 < b for a, b in zip(after, before, strict=True)):
            raise RejectedError(
                f"{type(self).__name__}: i2h_kernel {self._i2h_kernel} with i2h_dilate {self._i2h_dilate} is larger "
                f"than the input of sizes {before} with i2h_pad {self._i2h_pad}; use a smaller kernel or more padding"
            )
        return after

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Shape and layout of each state."""
        return [{"shape": (batch_size, *self._state_shape), "__layout__": self._conv_layout}]

    def __repr__(self) -> str:
        shape = self.i2h_weight.shape
        mapping = f"{shape[self._channel_axis] or None} -> {shape[0]}"
        return f"{type(self).__name__}({mapping}, {self._activation}, {self._conv_layout})"

    def _convolutions(self, F: Any, inputs: Any, state: Any, params: tuple[Any, ...]) -> tuple[Any, Any, str]:
        """What the gates get from the input and from the state, and the beginning of this step's names."""
        i2h_weight, h2h_weight, i2h_bias, h2h_bias = params
        step = f"t{self._counter}_"
        both = {
            "num_filter": self._gates * self._hidden_channels,
            "stride": self._stride,
            "layout": self._conv_layout,
        }
        i2h = F.Convolution(
            data=inputs,
            weight=i2h_weight,
            bias=i2h_bias,
            kernel=self._i2h_kernel,
            pad=self._i2h_pad,
            dilate=self._i2h_dilate,
            name=step + "i2h",
            **both,
        )
        h2h = F.Convolution(
            data=state,
            weight=h2h_weight,
            bias=h2h_bias,
            kernel=self._h2h_kernel,
            pad=self._h2h_pad,
            dilate=self._h2h_dilate,
            name=step + "h2h",
            **both,
        )
        return i2h, h2h, step


class _ConvRNNCell(_BaseConvRNNCell):
    """Elman's cell with convolutions."""

    def _alias(self) -> str:
        return "conv_rnn"

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> Any:
        i2h, h2h, step = self._convolutions(F, inputs, states[0], (i2h_weight, h2h_weight, i2h_bias, h2h_bias))
        output = self._get_activation(F, i2h + h2h, self._activation, name=step + "out")
        return output, [output]


class _ConvLSTMCell(_BaseConvRNNCell):
    """Long short-term memory with convolutions."""

    _gates = 4

    def _alias(self) -> str:
        return "conv_lstm"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Shape and layout of each state: output and memory."""
        return super().state_info(batch_size) * 2

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> Any:
        i2h, h2h, step = self._convolutions(F, inputs, states[0], (i2h_weight, h2h_weight, i2h_bias, h2h_bias))
        parts = F.SliceChannel(i2h + h2h, num_outputs=4, axis=self._channel_axis, name=step + "slice")
        write = F.Activation(parts[0], act_type="sigmoid", name=step + "i")
        keep = F.Activation(parts[1], act_type="sigmoid", name=step + "f")
        new = self._get_activation(F, parts[2], self._activation, name=step + "c")
        read = F.Activation(parts[3], act_type="sigmoid", name=step + "o")
        memory = F.elemwise_add(keep * states[1], write * new, name=step + "state")
        output = F.elemwise_mul(read, self._get_activation(F, memory, self._activation), name=step + "out")
        return output, [output, memory]


class _ConvGRUCell(_BaseConvRNNCell):
    """Gated recurrent unit with convolutions; the reset gate acts after the state's convolution."""

    _gates = 3

    def _alias(self) -> str:
        return "conv_gru"

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> Any:
        i2h, h2h, step = self._convolutions(F, inputs, states[0], (i2h_weight, h2h_weight, i2h_bias, h2h_bias))
        axis = self._channel_axis
        i2h_r, i2h_z, i2h_o = F.SliceChannel(i2h, num_outputs=3, axis=axis, name=step + "i2h_slice")
        h2h_r, h2h_z, h2h_o = F.SliceChannel(h2h, num_outputs=3, axis=axis, name=step + "h2h_slice")
        reset = F.Activation(i2h_r + h2h_r, act_type="sigmoid", name=step + "r_act")
        update = F.Activation(i2h_z + h2h_z, act_type="sigmoid", name=step + "z_act")
        new = self._get_activation(F, i2h_o + reset * h2h_o, self._activation, name=step + "h_act")
        output = F.elemwise_add((1.0 - update) * new, update * states[0], name=step + "out")
        return output, [output]


for _cell in (_BaseConvRNNCell, _ConvRNNCell, _ConvLSTMCell, _ConvGRUCell):
    _cell.__module__ = "mxnet.gluon.contrib.rnn.conv_rnn_cell"
