"""What all convolutions have in common."""

from __future__ import annotations

import operator
from typing import Any, ClassVar

from mxnet.gluon._errors import RejectedError
from mxnet.gluon.block import HybridBlock

from ._pooling import sizes
from .activations import Activation


def _whole(name: str, value: Any) -> int:
    """``value`` as a number; 1.9.1 also takes a number's text, as a program has it from its command line.

    Raises:
        RejectedError: it is neither; 4.0 is none.
    """
    try:
        return int(value) if isinstance(value, str) else operator.index(value)
    except (TypeError, ValueError):
        raise RejectedError(f"{name} is {value!r}, expected a whole number") from None


def _weight_shape(
    transposed: bool, layout: str, channels: int, in_channels: int, groups: int, kernel: tuple[int, ...]
) -> tuple[int, ...]:
    """The shape of the weight: output channels, input channels and kernel where the layout has N, C and the rest."""
    if groups < 1:
        raise RejectedError(f"groups is {groups}, expected 1 or more")
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
        kernel_size, strides, padding, dilation: a number, or one for each axis.
        groups: how many groups the channels are split into, each convolved by itself.
        layout: order of the axes.
        in_channels: input channels; 0 to derive them from the first input.
        activation: name of an activation function; None for none.
        use_bias: whether there is a bias.
        weight_initializer, bias_initializer: initializers.
        op_name: ``Convolution`` or ``Deconvolution``.
        adj: added to one side of the output of a transposed convolution; None otherwise.

    Raises:
        RejectedError: the layout is not one of the class's, ``channels`` is no whole number, a size has another number
            of axes, or ``groups`` does not divide the channels.
    """

    _layouts: ClassVar[tuple[str, ...]] = ()
    """Those allowed; any where there are none."""

    def __init__(
        self,
        channels: int,
        kernel_size: Any,
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
        if self._layouts and layout not in self._layouts:
            allowed = " and ".join(map(repr, self._layouts))
            raise RejectedError(f"Only supports {allowed} layout for now, got {layout!r}")
        channels, in_channels = _whole("channels", channels), _whole("in_channels", in_channels)
        groups = _whole("groups", groups)
        n = len(layout) - 2
        kernel = sizes("kernel_size", kernel_size, n)
        if adj is not None:
            adj = sizes("output_padding", adj, n)
        super().__init__(prefix=prefix, params=params)
        with self.name_scope():
            self._channels = channels
            self._in_channels = in_channels
            self._op_name = op_name
            self._kwargs: dict[str, Any] = {
                "kernel": kernel,
                "stride": sizes("strides", strides, n),
                "dilate": sizes("dilation", dilation, n),
                "pad": sizes("padding", padding, n),
                "num_filter": channels,
                "num_group": groups,
                "no_bias": not use_bias,
                "layout": layout,
            }
            if adj is not None:
                self._kwargs["adj"] = self.outpad = adj
            shape = _weight_shape(adj is not None, layout, channels, in_channels, groups, kernel)
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


_Conv.__module__ = "mxnet.gluon.nn.conv_layers"
