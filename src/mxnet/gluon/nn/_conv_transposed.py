"""Transposed convolutions."""

from __future__ import annotations

from typing import Any

from ._conv import _Conv


class Conv1DTranspose(_Conv):
    """Transposed convolution over one axis: what a convolution's gradient does.

    Args:
        output_padding: added to one side of the output.
        channels, kernel_size, strides, padding, dilation, groups, layout, activation, use_bias, weight_initializer,
            bias_initializer, in_channels: as for :class:`Conv1D`.

    Inputs:  data (N, in_channels, W)
    Outputs: (N, channels, (W - 1) strides - 2 padding + dilation (kernel_size - 1) + output_padding + 1)

    >>> import mxnet as mx
    >>> layer = Conv1DTranspose(8, kernel_size=4, strides=2, padding=1)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((1, 3, 5))).shape
    (1, 8, 10)
    """

    _layouts = ("NCW", "NWC")

    def __init__(
        self,
        channels: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        layout: str = "NCW",
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            channels, kernel_size, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
            weight_initializer, bias_initializer, op_name="Deconvolution", adj=output_padding, **kwargs,
        )  # fmt: skip


class Conv2DTranspose(_Conv):
    """Transposed convolution over two axes: what a convolution's gradient does.

    Args:
        output_padding: added to one side of the output.
        channels, kernel_size, strides, padding, dilation, groups, layout, activation, use_bias, weight_initializer,
            bias_initializer, in_channels: as for :class:`Conv2D`.

    Inputs:  data (N, in_channels, H, W)
    Outputs: (N, channels, H', W'), sizes as for :class:`Conv1DTranspose`

    >>> import mxnet as mx
    >>> layer = Conv2DTranspose(8, kernel_size=4, strides=2, padding=1)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((1, 3, 5, 5))).shape
    (1, 8, 10, 10)
    """

    _layouts = ("NCHW", "NHWC")

    def __init__(
        self,
        channels: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: Any = (0, 0),
        output_padding: Any = (0, 0),
        dilation: Any = (1, 1),
        groups: int = 1,
        layout: str = "NCHW",
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            channels, kernel_size, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
            weight_initializer, bias_initializer, op_name="Deconvolution", adj=output_padding, **kwargs,
        )  # fmt: skip


class Conv3DTranspose(_Conv):
    """Transposed convolution over three axes: what a convolution's gradient does.

    Args:
        output_padding: added to one side of the output.
        layout: ``NCDHW`` or ``NDHWC``.
        channels, kernel_size, strides, padding, dilation, groups, activation, use_bias, weight_initializer,
            bias_initializer, in_channels: as for :class:`Conv2D`.

    Inputs:  data (N, in_channels, D, H, W)
    Outputs: (N, channels, D', H', W'), sizes as for :class:`Conv1DTranspose`

    >>> import mxnet as mx
    >>> layer = Conv3DTranspose(8, kernel_size=4, strides=2, padding=1)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((1, 3, 2, 3, 4))).shape
    (1, 8, 4, 6, 8)
    """

    _layouts = ("NCDHW", "NDHWC")

    def __init__(
        self,
        channels: int,
        kernel_size: Any,
        strides: Any = (1, 1, 1),
        padding: Any = (0, 0, 0),
        output_padding: Any = (0, 0, 0),
        dilation: Any = (1, 1, 1),
        groups: int = 1,
        layout: str = "NCDHW",
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            channels, kernel_size, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
            weight_initializer, bias_initializer, op_name="Deconvolution", adj=output_padding, **kwargs,
        )  # fmt: skip


for _layer in (Conv1DTranspose, Conv2DTranspose, Conv3DTranspose):
    _layer.__module__ = "mxnet.gluon.nn.conv_layers"
