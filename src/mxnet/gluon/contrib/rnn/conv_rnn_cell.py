"""Recurrent cells over sequences, images and volumes: convolutions in place of matrix products.

They differ from the cells of :mod:`mxnet.gluon.rnn` only in the products. All of them take the same arguments:

Args:
    input_shape: of one sample at one step, in ``conv_layout`` without N; 0 for channels to derive from the first
        input. The other sizes decide those of the states.
    hidden_channels: channels of states and output.
    i2h_kernel: sizes of the input's convolution, a number for all dimensions or one for each.
    h2h_kernel: sizes of the state's convolution; they must be odd, because the state keeps its size.
    i2h_pad: padding of the input's convolution.
    i2h_dilate, h2h_dilate: dilation of both.
    i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: initializers of
        the weights and biases of input and state.
    conv_layout: layout of input, states and output.
    activation: a name such as ``tanh`` or ``relu``, or a block.
    prefix: put before the names of parameters; automatic if None.
    params: parameters to share with another cell.

Raises:
    RejectedError: sizes have the wrong number of dimensions, ``h2h_kernel`` is even, a kernel is larger than the input,
        or the layout is another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._conv_cells import _BaseConvRNNCell, _ConvGRUCell, _ConvLSTMCell, _ConvRNNCell

__all__ = [
    "Conv1DGRUCell",
    "Conv1DLSTMCell",
    "Conv1DRNNCell",
    "Conv2DGRUCell",
    "Conv2DLSTMCell",
    "Conv2DRNNCell",
    "Conv3DGRUCell",
    "Conv3DLSTMCell",
    "Conv3DRNNCell",
]


class _Conv1D(_BaseConvRNNCell):
    """The arguments in 1 dimension."""

    def __init__(
        self,
        input_shape: Sequence[int],
        hidden_channels: int,
        i2h_kernel: int | Sequence[int],
        h2h_kernel: int | Sequence[int],
        i2h_pad: int | Sequence[int] = (0,),
        i2h_dilate: int | Sequence[int] = (1,),
        h2h_dilate: int | Sequence[int] = (1,),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str = "NCW",
        activation: Any = "tanh",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(
            input_shape,
            hidden_channels,
            i2h_kernel,
            h2h_kernel,
            i2h_pad,
            i2h_dilate,
            h2h_dilate,
            i2h_weight_initializer,
            h2h_weight_initializer,
            i2h_bias_initializer,
            h2h_bias_initializer,
            1,
            conv_layout,
            activation,
            prefix,
            params,
        )


class _Conv2D(_BaseConvRNNCell):
    """The arguments in 2 dimensions."""

    def __init__(
        self,
        input_shape: Sequence[int],
        hidden_channels: int,
        i2h_kernel: int | Sequence[int],
        h2h_kernel: int | Sequence[int],
        i2h_pad: int | Sequence[int] = (0, 0),
        i2h_dilate: int | Sequence[int] = (1, 1),
        h2h_dilate: int | Sequence[int] = (1, 1),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str = "NCHW",
        activation: Any = "tanh",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(
            input_shape,
            hidden_channels,
            i2h_kernel,
            h2h_kernel,
            i2h_pad,
            i2h_dilate,
            h2h_dilate,
            i2h_weight_initializer,
            h2h_weight_initializer,
            i2h_bias_initializer,
            h2h_bias_initializer,
            2,
            conv_layout,
            activation,
            prefix,
            params,
        )


class _Conv3D(_BaseConvRNNCell):
    """The arguments in 3 dimensions."""

    def __init__(
        self,
        input_shape: Sequence[int],
        hidden_channels: int,
        i2h_kernel: int | Sequence[int],
        h2h_kernel: int | Sequence[int],
        i2h_pad: int | Sequence[int] = (0, 0, 0),
        i2h_dilate: int | Sequence[int] = (1, 1, 1),
        h2h_dilate: int | Sequence[int] = (1, 1, 1),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str = "NCDHW",
        activation: Any = "tanh",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(
            input_shape,
            hidden_channels,
            i2h_kernel,
            h2h_kernel,
            i2h_pad,
            i2h_dilate,
            h2h_dilate,
            i2h_weight_initializer,
            h2h_weight_initializer,
            i2h_bias_initializer,
            h2h_bias_initializer,
            3,
            conv_layout,
            activation,
            prefix,
            params,
        )


class Conv1DRNNCell(_Conv1D, _ConvRNNCell):
    """Elman's cell with convolutions in 1 dimension: ``h' = activation(W * x + b + V * h + c)``.

    Arguments are those of :mod:`mxnet.gluon.contrib.rnn.conv_rnn_cell`; ``conv_layout`` is NCW or NWC.

    Inputs:  input (N, C, W); states [(N, hidden_channels, ...)]
    Outputs: output (N, hidden_channels, ...); states [output]

    >>> import mxnet as mx
    >>> cell = Conv1DRNNCell((3, 8), 4, i2h_kernel=3, h2h_kernel=3)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 3, 8)), cell.begin_state(2))
    >>> output.shape
    (2, 4, 6)
    """


class Conv1DLSTMCell(_Conv1D, _ConvLSTMCell):
    """Long short-term memory with convolutions in 1 dimension: arXiv:1506.04214.

    Arguments are those of :mod:`mxnet.gluon.contrib.rnn.conv_rnn_cell`; ``conv_layout`` is NCW or NWC.

    Inputs:  input (N, C, W); states [(N, hidden_channels, ...), memory of the same shape]
    Outputs: output (N, hidden_channels, ...); states [output, memory]

    >>> import mxnet as mx
    >>> cell = Conv1DLSTMCell((3, 8), 4, i2h_kernel=3, h2h_kernel=3)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 3, 8)), cell.begin_state(2))
    >>> output.shape
    (2, 4, 6)
    """


class Conv1DGRUCell(_Conv1D, _ConvGRUCell):
    """Gated recurrent unit with convolutions in 1 dimension: the reset gate acts after the state's convolution.

    Arguments are those of :mod:`mxnet.gluon.contrib.rnn.conv_rnn_cell`; ``conv_layout`` is NCW or NWC.

    Inputs:  input (N, C, W); states [(N, hidden_channels, ...)]
    Outputs: output (N, hidden_channels, ...); states [output]

    >>> import mxnet as mx
    >>> cell = Conv1DGRUCell((3, 8), 4, i2h_kernel=3, h2h_kernel=3)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 3, 8)), cell.begin_state(2))
    >>> output.shape
    (2, 4, 6)
    """


class Conv2DRNNCell(_Conv2D, _ConvRNNCell):
    """Elman's cell with convolutions in 2 dimensions: ``h' = activation(W * x + b + V * h + c)``.

    Arguments are those of :mod:`mxnet.gluon.contrib.rnn.conv_rnn_cell`; ``conv_layout`` is NCHW or NHWC.

    Inputs:  input (N, C, H, W); states [(N, hidden_channels, ...)]
    Outputs: output (N, hidden_channels, ...); states [output]

    >>> import mxnet as mx
    >>> cell = Conv2DRNNCell((3, 8, 8), 4, i2h_kernel=3, h2h_kernel=3)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 3, 8, 8)), cell.begin_state(2))
    >>> output.shape
    (2, 4, 6, 6)
    """


class Conv2DLSTMCell(_Conv2D, _ConvLSTMCell):
    """Long short-term memory with convolutions in 2 dimensions: arXiv:1506.04214.

    Arguments are those of :mod:`mxnet.gluon.contrib.rnn.conv_rnn_cell`; ``conv_layout`` is NCHW or NHWC.

    Inputs:  input (N, C, H, W); states [(N, hidden_channels, ...), memory of the same shape]
    Outputs: output (N, hidden_channels, ...); states [output, memory]

    >>> import mxnet as mx
    >>> cell = Conv2DLSTMCell((3, 8, 8), 4, i2h_kernel=3, h2h_kernel=3)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 3, 8, 8)), cell.begin_state(2))
    >>> output.shape
    (2, 4, 6, 6)
    """


class Conv2DGRUCell(_Conv2D, _ConvGRUCell):
    """Gated recurrent unit with convolutions in 2 dimensions: the reset gate acts after the state's convolution.

    Arguments are those of :mod:`mxnet.gluon.contrib.rnn.conv_rnn_cell`; ``conv_layout`` is NCHW or NHWC.

    Inputs:  input (N, C, H, W); states [(N, hidden_channels, ...)]
    Outputs: output (N, hidden_channels, ...); states [output]

    >>> import mxnet as mx
    >>> cell = Conv2DGRUCell((3, 8, 8), 4, i2h_kernel=3, h2h_kernel=3)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 3, 8, 8)), cell.begin_state(2))
    >>> output.shape
    (2, 4, 6, 6)
    """


class Conv3DRNNCell(_Conv3D, _ConvRNNCell):
    """Elman's cell with convolutions in 3 dimensions: ``h' = activation(W * x + b + V * h + c)``.

    Arguments are those of :mod:`mxnet.gluon.contrib.rnn.conv_rnn_cell`; ``conv_layout`` is NCDHW or NDHWC.

    Inputs:  input (N, C, D, H, W); states [(N, hidden_channels, ...)]
    Outputs: output (N, hidden_channels, ...); states [output]

    >>> import mxnet as mx
    >>> cell = Conv3DRNNCell((3, 6, 8, 8), 4, i2h_kernel=3, h2h_kernel=3)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 3, 6, 8, 8)), cell.begin_state(2))
    >>> output.shape
    (2, 4, 4, 6, 6)
    """


class Conv3DLSTMCell(_Conv3D, _ConvLSTMCell):
    """Long short-term memory with convolutions in 3 dimensions: arXiv:1506.04214.

    Arguments are those of :mod:`mxnet.gluon.contrib.rnn.conv_rnn_cell`; ``conv_layout`` is NCDHW or NDHWC.

    Inputs:  input (N, C, D, H, W); states [(N, hidden_channels, ...), memory of the same shape]
    Outputs: output (N, hidden_channels, ...); states [output, memory]

    >>> import mxnet as mx
    >>> cell = Conv3DLSTMCell((3, 6, 8, 8), 4, i2h_kernel=3, h2h_kernel=3)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 3, 6, 8, 8)), cell.begin_state(2))
    >>> output.shape
    (2, 4, 4, 6, 6)
    """


class Conv3DGRUCell(_Conv3D, _ConvGRUCell):
    """Gated recurrent unit with convolutions in 3 dimensions: the reset gate acts after the state's convolution.

    Arguments are those of :mod:`mxnet.gluon.contrib.rnn.conv_rnn_cell`; ``conv_layout`` is NCDHW or NDHWC.

    Inputs:  input (N, C, D, H, W); states [(N, hidden_channels, ...)]
    Outputs: output (N, hidden_channels, ...); states [output]

    >>> import mxnet as mx
    >>> cell = Conv3DGRUCell((3, 6, 8, 8), 4, i2h_kernel=3, h2h_kernel=3)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 3, 6, 8, 8)), cell.begin_state(2))
    >>> output.shape
    (2, 4, 4, 6, 6)
    """
