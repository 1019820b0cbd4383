"""Convolutions, and padding; pooling comes from ``_pooling``."""

from __future__ import annotations

from typing import Any

import numpy as np

from mxnet.gluon._errors import RejectedError
from mxnet.gluon.block import HybridBlock

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
    sizes,
)
from .activations import Activation

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


def _check_layout(layout: str, allowed: tuple[str, ...]) -> None:
    if layout not in allowed:
        raise RejectedError(f"Only supports {' and '.join(repr(a) for a in allowed)} layout for now, got {layout!r}")


def _weight_shape(
    transposed: bool, layout: str, channels: int, in_channels: int, groups: int, kernel: tuple[int, ...]
) -> tuple[int, ...]:
    """The shape of the weight: output channels, input channels and kernel where the layout has N, C and the rest."""
    if channels % groups:
        raise RejectedError(f"channels is {channels}, expected a multiple of groups={groups}")
    if in_channels % groups:
        raise RejectedError(f"in_channels is {in_channels}, expected a multiple of groups={groups}")
    if transposed:
        outer, inner = in_channels, channels // groups
    else:
        outer, inner = channels, in_channels // groups
    return (outer, inner, *kernel) if layout[1] == "C" else (outer, *kernel, inner)


class _Conv(HybridBlock):
    """What all convolutions have in common.

    Args:
        channels: output channels.
        kernel_size, strides, padding, dilation: a number an axis.
        groups: in how many groups the channels are convolved, each by itself.
        layout: order of the axes.
        in_channels: input channels; 0 to derive them from the first input.
        activation: name of an activation function; None for none.
        use_bias: whether there is a bias.
        weight_initializer, bias_initializer: initializers.
        op_name: ``Convolution`` or ``Deconvolution``.
        adj: added to one side of the output of a transposed convolution; None otherwise.
    """

    def __init__(
        self,
        channels: int,
        kernel_size: tuple[int, ...],
        strides: Any,
        padding: Any,
        dilation: Any,
        groups: int,
        layout: str,
        in_channels: int = 0,
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        op_name: str = "Convolution",
        adj: Any = None,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        n = len(kernel_size)
        with self.name_scope():
            self._channels = channels
            self._in_channels = in_channels
            self._op_name = op_name
            self._kwargs: dict[str, Any] = {
                "kernel": kernel_size,
                "stride": sizes("strides", strides, n),
                "dilate": sizes("dilation", dilation, n),
                "pad": sizes("padding", padding, n),
                "num_filter": channels,
                "num_group": groups,
                "no_bias": not use_bias,
                "layout": layout,
            }
            if adj is not None:
                self._kwargs["adj"] = sizes("output_padding", adj, n)
            shape = _weight_shape(adj is not None, layout, channels, in_channels, groups, kernel_size)
            self.weight = self.params.get("weight", shape=shape, init=weight_initializer, allow_deferred_init=True)
            if use_bias:
                self.bias = self.params.get("bias", shape=(channels,), init=bias_initializer, allow_deferred_init=True)
            else:
                self.bias = None
            self.act = None if activation is None else Activation(activation, prefix=activation + "_")

    def _alias(self) -> str:
        return "conv"

    def hybrid_forward(self, F: Any, x: Any, weight: Any, bias: Any = None) -> Any:
        out = getattr(F, self._op_name)(x, weight, bias, name="fwd", **self._kwargs)
        return out if self.act is None else self.act(out)

    def __repr__(self) -> str:
        k = self._kwargs
        shape = self.weight.shape or (0, 0)
        inner = shape[-1] if k["layout"][1] != "C" else shape[1]
        if self._op_name == "Convolution":
            text = f"{inner or None} -> {shape[0]}"
        else:
            text = f"{inner} -> {shape[0]}"
        text += f", kernel_size={k['kernel']}, stride={k['stride']}"
        if k["pad"] != (0,) * len(k["kernel"]):
            text += f", padding={k['pad']}"
        if k["dilate"] != (1,) * len(k["kernel"]):
            text += f", dilation={k['dilate']}"
        if k["num_group"] != 1:
            text += f", groups={k['num_group']}"
        if self.bias is None:
            text += ", bias=False"
        if self.act is not None:
            text += f", {self.act}"
        return f"{type(self).__name__}({text})"


class Conv1D(_Conv):
    """Convolution over one axis.

    Args:
        channels: output channels.
        kernel_size, strides, padding, dilation: a number, or one in a tuple.
        groups: in how many groups the channels are convolved, each by itself.
        layout: ``NCW`` or ``NWC``.
        activation: name of an activation function; None for none.
        use_bias: whether there is a bias.
        weight_initializer, bias_initializer: initializers.
        in_channels: input channels; 0 to derive them from the first input.

    Inputs:  data (N, in_channels, W)
    Outputs: (N, channels, (W + 2 padding - dilation (kernel_size - 1) - 1) // strides + 1)
    """

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
        _check_layout(layout, ("NCW", "NWC"))
        kernel = sizes("kernel_size", kernel_size, 1)
        super().__init__(
            channels, kernel, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
            weight_initializer, bias_initializer, **kwargs,
        )  # fmt: skip


class Conv2D(_Conv):
    """Convolution over two axes, of images as a rule.

    Args:
        channels: output channels.
        kernel_size, strides, padding, dilation: a number, or one an axis.
        groups: in how many groups the channels are convolved, each by itself.
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
        _check_layout(layout, ("NCHW", "NHWC"))
        kernel = sizes("kernel_size", kernel_size, 2)
        super().__init__(
            channels, kernel, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
            weight_initializer, bias_initializer, **kwargs,
        )  # fmt: skip


class Conv3D(_Conv):
    """Convolution over three axes; arguments as of :class:`Conv2D`, ``layout`` being ``NCDHW`` or ``NDHWC``."""

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
        _check_layout(layout, ("NCDHW", "NDHWC"))
        kernel = sizes("kernel_size", kernel_size, 3)
        super().__init__(
            channels, kernel, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
            weight_initializer, bias_initializer, **kwargs,
        )  # fmt: skip


class Conv1DTranspose(_Conv):
    """Transposed convolution over one axis: what a convolution's gradient does.

    Args:
        output_padding: added to one side of the output.
        channels, kernel_size, strides, padding, dilation, groups, layout, activation, use_bias, weight_initializer,
            bias_initializer, in_channels: as of :class:`Conv1D`.

    Inputs:  data (N, in_channels, W)
    Outputs: (N, channels, (W - 1) strides - 2 padding + dilation (kernel_size - 1) + output_padding + 1)
    """

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
        _check_layout(layout, ("NCW", "NWC"))
        kernel = sizes("kernel_size", kernel_size, 1)
        adj = sizes("output_padding", output_padding, 1)
        super().__init__(
            channels, kernel, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
            weight_initializer, bias_initializer, op_name="Deconvolution", adj=adj, **kwargs,
        )  # fmt: skip
        self.outpad = adj


class Conv2DTranspose(_Conv):
    """Transposed convolution over two axes: what a convolution's gradient does.

    Args:
        output_padding: added to one side of the output.
        channels, kernel_size, strides, padding, dilation, groups, layout, activation, use_bias, weight_initializer,
            bias_initializer, in_channels: as of :class:`Conv2D`.

    >>> import mxnet as mx
    >>> layer = Conv2DTranspose(8, kernel_size=4, strides=2, padding=1)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((1, 3, 5, 5))).shape
    (1, 8, 10, 10)
    """

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
        _check_layout(layout, ("NCHW", "NHWC"))
        kernel = sizes("kernel_size", kernel_size, 2)
        adj = sizes("output_padding", output_padding, 2)
        super().__init__(
            channels, kernel, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
            weight_initializer, bias_initializer, op_name="Deconvolution", adj=adj, **kwargs,
        )  # fmt: skip
        self.outpad = adj


class Conv3DTranspose(_Conv):
    """Transposed convolution over three axes; arguments as of :class:`Conv2DTranspose`."""

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
        _check_layout(layout, ("NCDHW", "NDHWC"))
        kernel = sizes("kernel_size", kernel_size, 3)
        adj = sizes("output_padding", output_padding, 3)
        super().__init__(
            channels, kernel, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
            weight_initializer, bias_initializer, op_name="Deconvolution", adj=adj, **kwargs,
        )  # fmt: skip
        self.outpad = adj


class ReflectionPad2D(HybridBlock):
    """Pads images by what they would show in a mirror at the edge.

    Args:
        padding: how many pixels at each of the four sides; or eight numbers, before and after each of the four axes,
            of which the first four are 0.

    Inputs:  data (N, C, H, W)
    Outputs: (N, C, H + 2 padding, W + 2 padding)
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
