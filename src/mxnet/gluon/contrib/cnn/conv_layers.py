"""Convolutions whose kernels reach to places that another convolution computes."""

from __future__ import annotations

import math
from typing import Any

from mxnet.gluon._errors import RejectedError
from mxnet.gluon.block import HybridBlock
from mxnet.gluon.nn._pooling import sizes
from mxnet.gluon.nn.activations import Activation

__all__ = ["DeformableConvolution", "ModulatedDeformableConvolution"]


class _Deformable(HybridBlock):
    """What both have in common.

    ``_per_place`` is how many numbers a place of the kernel needs, its move and mask; ``_order`` that of the
    parameters.
    """

    _per_place = 2
    _order = ("offset", "deformable_conv")
    offset_weight: Any
    offset_bias: Any
    deformable_conv_weight: Any
    deformable_conv_bias: Any

    def __init__(
        self,
        channels: int,
        kernel_size: Any = (1, 1),
        strides: Any = (1, 1),
        padding: Any = (0, 0),
        dilation: Any = (1, 1),
        groups: int = 1,
        num_deformable_group: int = 1,
        layout: str = "NCHW",
        use_bias: bool = True,
        in_channels: int = 0,
        activation: str | None = None,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        offset_weight_initializer: Any = "zeros",
        offset_bias_initializer: Any = "zeros",
        offset_use_bias: bool = True,
        op_name: str = "DeformableConvolution",
        adj: Any = None,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        if layout != "NCHW":
            raise RejectedError(f"{type(self).__name__}: layout is {layout!r}, expected 'NCHW'")
        if adj is not None:
            raise RejectedError(f"{type(self).__name__}: adj is {adj!r}, expected None; no convolution here has one")
        for name, value in (("channels", channels), ("in_channels", in_channels)):
            if value % groups:
                raise RejectedError(f"{type(self).__name__}: {name} is {value}, expected a multiple of groups={groups}")
        kernel = sizes("kernel_size", kernel_size, 2)
        with self.name_scope():
            self._channels = channels
            self._in_channels = in_channels
            self._op_name = op_name
            common = {
                "kernel": kernel,
                "stride": sizes("strides", strides, 2),
                "dilate": sizes("dilation", dilation, 2),
                "pad": sizes("padding", padding, 2),
                "num_group": groups,
                "layout": layout,
            }
            moves = self._per_place * math.prod(kernel) * num_deformable_group
            self._kwargs_offset = {**common, "num_filter": moves, "no_bias": not offset_use_bias}
            self._kwargs_deformable_conv = {
                **common,
                "num_filter": channels,
                "num_deformable_group": num_deformable_group,
                "no_bias": not use_bias,
            }
            inner = in_channels // groups
            inits = {
                "offset": (moves, offset_weight_initializer, offset_use_bias, offset_bias_initializer),
                "deformable_conv": (channels, weight_initializer, use_bias, bias_initializer),
            }
            for role in self._order:
                self._make_parameters(role, (inner, *kernel), *inits[role])
            self.act = Activation(activation, prefix=activation + "_") if activation else None

    def _make_parameters(
        self, role: str, shape: tuple[int, ...], size: int, weight_init: Any, has_bias: bool, bias_init: Any
    ) -> None:
        """Weight and bias of one of the two convolutions; ``shape`` is that of a weight for one of its channels."""
        bias = None
        weight = self.params.get(role + "_weight", shape=(size, *shape), init=weight_init, allow_deferred_init=True)
        if has_bias:
            bias = self.params.get(role + "_bias", shape=(size,), init=bias_init, allow_deferred_init=True)
        setattr(self, role + "_weight", weight)
        setattr(self, role + "_bias", bias)

    def _offset(self, F: Any, x: Any, weight: Any, bias: Any) -> Any:
        return F.Convolution(x, weight, bias, cudnn_off=True, **self._kwargs_offset)

    def __repr__(self) -> str:
        k = self._kwargs_deformable_conv
        shape = self.deformable_conv_weight.shape or (self._channels, 0)
        inner = shape[1] * k["num_group"]
        parts = [f"{inner or None} -> {self._channels}", f"kernel_size={k['kernel']}", f"stride={k['stride']}"]
        if k["pad"] != (0, 0):
            parts.append(f"padding={k['pad']}")
        if k["dilate"] != (1, 1):
            parts.append(f"dilation={k['dilate']}")
        if k["num_group"] != 1:
            parts.append(f"groups={k['num_group']}")
        if self.deformable_conv_bias is None:
            parts.append("bias=False")
        if self.act is not None:
            parts.append(str(self.act))
        return f"{type(self).__name__}({', '.join(parts)})"


class DeformableConvolution(_Deformable):
    """Convolution whose kernel is applied at places that a convolution of the input computes (arXiv:1703.06211).

    Args:
        channels: output channels.
        kernel_size, strides, padding, dilation: a number, or two.
        groups: how many groups the channels are split into, each convolved by itself, also in the convolution for the
            places.
        num_deformable_group: how many groups of input channels have places of their own.
        layout: ``NCHW``.
        use_bias, bias_initializer, weight_initializer: of the convolution itself.
        in_channels: input channels; 0 to derive them from the first input.
        activation: name of an activation function; None for none.
        offset_weight_initializer, offset_bias_initializer, offset_use_bias: of the convolution for the places.
        op_name: kept as ``_op_name``, without other effect.
        adj: None.

    Raises:
        RejectedError: channels are not a multiple of ``groups``, or ``layout`` or ``adj`` is something else. For the
            latter two, 1.9.1 fails when the layer is called.

    Inputs:  (N, in_channels, H, W)
    Outputs: (N, channels, h, w), of the size that Conv2D gives

    >>> import mxnet as mx
    >>> layer = DeformableConvolution(4, kernel_size=(3, 3), padding=(1, 1))
    >>> layer.initialize()
    >>> layer(mx.nd.ones((1, 2, 5, 5))).shape
    (1, 4, 5, 5)
    """

    def _alias(self) -> str:
        return "deformable_conv"

    def hybrid_forward(
        self,
        F: Any,
        x: Any,
        offset_weight: Any,
        deformable_conv_weight: Any,
        offset_bias: Any = None,
        deformable_conv_bias: Any = None,
    ) -> Any:
        offset = self._offset(F, x, offset_weight, offset_bias)
        out = F.contrib.DeformableConvolution(
            x, offset, deformable_conv_weight, deformable_conv_bias, name="fwd", **self._kwargs_deformable_conv
        )
        return out if self.act is None else self.act(out)


class ModulatedDeformableConvolution(_Deformable):
    """DeformableConvolution that also learns how much each place counts, from 0 to 2 (arXiv:1811.11168).

    Arguments, inputs, outputs and errors are those of :class:`DeformableConvolution`. The first outputs of the
    convolution for the places are their moves; the others become, by a sigmoid, their weights.

    >>> import mxnet as mx
    >>> layer = ModulatedDeformableConvolution(4, kernel_size=(3, 3), padding=(1, 1))
    >>> layer.initialize()
    >>> layer(mx.nd.ones((1, 2, 5, 5))).shape
    (1, 4, 5, 5)
    """

    _per_place = 3
    _order = ("deformable_conv", "offset")

    def __init__(
        self,
        channels: int,
        kernel_size: Any = (1, 1),
        strides: Any = (1, 1),
        padding: Any = (0, 0),
        dilation: Any = (1, 1),
        groups: int = 1,
        num_deformable_group: int = 1,
        layout: str = "NCHW",
        use_bias: bool = True,
        in_channels: int = 0,
        activation: str | None = None,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        offset_weight_initializer: Any = "zeros",
        offset_bias_initializer: Any = "zeros",
        offset_use_bias: bool = True,
        op_name: str = "ModulatedDeformableConvolution",
        adj: Any = None,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(
            channels,
            kernel_size,
            strides,
            padding,
            dilation,
            groups,
            num_deformable_group,
            layout,
            use_bias,
            in_channels,
            activation,
            weight_initializer,
            bias_initializer,
            offset_weight_initializer,
            offset_bias_initializer,
            offset_use_bias,
            op_name,
            adj,
            prefix,
            params,
        )
        self._moves = self._kwargs_offset["num_filter"] * 2 // 3

    def _alias(self) -> str:
        return "modulated_deformable_conv"

    def hybrid_forward(
        self,
        F: Any,
        x: Any,
        offset_weight: Any,
        deformable_conv_weight: Any,
        offset_bias: Any = None,
        deformable_conv_bias: Any = None,
    ) -> Any:
        both = self._offset(F, x, offset_weight, offset_bias)
        offset = F.slice_axis(both, axis=1, begin=0, end=self._moves)
        mask = F.sigmoid(F.slice_axis(both, axis=1, begin=self._moves, end=None)) * 2
        out = F.contrib.ModulatedDeformableConvolution(
            x, offset, mask, deformable_conv_weight, deformable_conv_bias, name="fwd", **self._kwargs_deformable_conv
        )
        return out if self.act is None else self.act(out)
