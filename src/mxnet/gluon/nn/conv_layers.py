"""Convolutions, and padding; transposed ones come from ``_conv_transposed``, pooling from ``_pooling``."""

from __future__ import annotations

from typing import Any

import numpy as np

from mxnet.gluon._errors import RejectedError
from mxnet.gluon.block import HybridBlock

from ._conv import _Conv
from ._conv_transposed import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
from ._pooling import (
    AvgPool1D,
    AvgPool2D,
    AvgPool3D,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalAvgPool3D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
    _Pooling,
)

__all__ = [
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "ReflectionPad2D",
    "_Pooling",
]


class Conv1D(_Conv):
    """Convolution over one axis.

    Args:
        channels: output channels.
        kernel_size, strides, padding, dilation: a number, or one in a tuple.
        groups: how many groups the channels are split into, each convolved by itself.
        layout: ``NCW`` or ``NWC``.
        activation: name of an activation function; None for none.
        use_bias: whether there is a bias.
        weight_initializer, bias_initializer: initializers.
        in_channels: input channels; 0 to derive them from the first input.

    Inputs:  data (N, in_channels, W)
    Outputs: (N, channels, (W + 2 padding - dilation (kernel_size - 1) - 1) // strides + 1)

    >>> import mxnet as mx
    >>> layer = Conv1D(8, kernel_size=3, strides=2)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((1, 3, 9))).shape
    (1, 8, 4)
    """

    _layouts = ("NCW", "NWC")

    def __init__(
        self,
        channels: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = 0,
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
            weight_initializer, bias_initializer, **kwargs,
        )  # fmt: skip


class Conv2D(_Conv):
    """Convolution over two axes, usually those of images.

    Args:
        channels: output channels.
        kernel_size, strides, padding, dilation: a number, or one for each axis.
        groups: how many groups the channels are split into, each convolved by itself.
        layout: ``NCHW`` or ``NHWC``.
        activation: name of an activation function; None for none.
        use_bias: whether there is a bias.
        weight_initializer, bias_initializer: initializers.
        in_channels: input channels; 0 to derive them from the first input.

    Inputs:  data (N, in_channels, H, W)
    Outputs: (N, channels, H', W'), H' being (H + 2 padding - dilation (kernel_size - 1) - 1) // strides + 1

    >>> import mxnet as mx
    >>> layer = Conv2D(8, kernel_size=3, padding=1)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((1, 3, 5, 5))).shape
    (1, 8, 5, 5)
    """

    _layouts = ("NCHW", "NHWC")

    def __init__(
        self,
        channels: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: Any = (0, 0),
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
            weight_initializer, bias_initializer, **kwargs,
        )  # fmt: skip


class Conv3D(_Conv):
    """Convolution over three axes, of volumes or films.

    Args:
        layout: ``NCDHW`` or ``NDHWC``.
        channels, kernel_size, strides, padding, dilation, groups, activation, use_bias, weight_initializer,
            bias_initializer, in_channels: as for :class:`Conv2D`.

    Inputs:  data (N, in_channels, D, H, W)
    Outputs: (N, channels, D', H', W'), sizes as for :class:`Conv2D`

    >>> import mxnet as mx
    >>> layer = Conv3D(8, kernel_size=3, padding=1)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((1, 3, 4, 5, 6))).shape
    (1, 8, 4, 5, 6)
    """

    _layouts = ("NCDHW", "NDHWC")

    def __init__(
        self,
        channels: int,
        kernel_size: Any,
        strides: Any = (1, 1, 1),
        padding: Any = (0, 0, 0),
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
            weight_initializer, bias_initializer, **kwargs,
        )  # fmt: skip


class ReflectionPad2D(HybridBlock):
    """Pads images with their reflections at the edges.

    Args:
        padding: how many pixels at each of the four sides; or eight numbers, before and after each of the four axes,
            of which the first four are 0.

    Inputs:  data (N, C, H, W)
    Outputs: (N, C, H + 2 padding, W + 2 padding)

    Raises:
        RejectedError: ``padding`` is neither one number nor eight.

    >>> import mxnet as mx
    >>> ReflectionPad2D(1)(mx.nd.array([[[[1, 2], [3, 4]]]])).asnumpy()
    array([[[[4., 3., 4., 3.],
             [2., 1., 2., 1.],
             [4., 3., 4., 3.],
             [2., 1., 2., 1.]]]], dtype=float32)
    """

    def __init__(self, padding: Any = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(padding, (int, np.integer)):
            padding = (0, 0, 0, 0, padding, padding, padding, padding)
        if len(padding) != 8:
            raise RejectedError(f"padding has {len(padding)} numbers, expected one for all sides, or 8")
        self._padding = tuple(padding)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.pad(x, mode="reflect", pad_width=self._padding)
