"""Layers for inference: in one kernel with what follows them, and with weights put into the kernel's order once.

A batch normalisation by moving statistics is a factor and a shift for each channel: both go into the weights. An
addition is done to values before they leave the kernel; an activation is not, since oneDNN's turn NaN into zero. oneDNN
has its own orders of weights, into which it would otherwise put ours at each call. So a copy of the weights in that
order is kept beside them, until they are written to. The order depends on the sizes of the data, and to get from one
such order to another oneDNN takes ten times as long as for the convolution: there is a copy for each order needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import is_not
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mxnet._kernels.conv_product import Axis, axes, products, taps_first
from mxnet._kernels.conv_tiny import convolve_tiny, tiny
from mxnet._kernels.layout import channels_in_memory_last
from mxnet._runtime import writes
from mxnet._runtime.state import state

_MOST_SHAPES, _MOST_ORDERS = 1024, 4
"""What a layer remembers: then it starts afresh."""
_AS_THEY_ARE = b""
"""The order of weights that are in none of oneDNN's."""
_FEWEST_IMAGES, _MOST_PIXELS = 4, 16
"""For fewer images than this, and for larger ones, products take longer, however many weights there are."""


class Window(NamedTuple):
    """The kernel and where it goes, in oneDNN's order."""

    kernel: tuple[int, ...]
    pad: tuple[int, ...]
    stride: tuple[int, ...]
    dilate: tuple[int, ...]
    groups: int


class Norm(NamedTuple):
    """A batch normalisation: gamma, beta, mean and variance come after the parameters of the convolution."""

    eps: float
    fix_gamma: bool


class _Kept:
    """The parameters of a layer, and what was made from them: weights in another order, or packed."""

    __slots__ = ("parameters", "versions", "bias", "weight", "orders", "ways")

    def __init__(self, parameters: Sequence[Tensor], versions: list[int]) -> None:
        self.parameters = parameters
        self.versions = versions
        self.bias: Tensor | None = None
        self.weight: Tensor | None = None
        self.orders: dict[bytes, Tensor] = {}
        self.ways: dict[torch.Size, _Way] = {}


def _current(kept: _Kept | None, values: Sequence[Tensor], parameters: Sequence[Tensor]) -> _Kept | None:
    """``kept`` if its parameters are these and unchanged, else a new one; None if nothing can be kept."""
    for value in values:
        if value.requires_grad or not value.is_cpu or value.dtype is not torch.float32:
            return None
    if any([p.is_inference() for p in parameters]):  # torch does not count versions of these
        return None
    versions = [p._version for p in parameters]
    if kept is not None and kept.versions == versions and not any(map(is_not, kept.parameters, parameters)):
        return kept
    return _Kept(parameters, versions) if all(map(writes.can_be_known, parameters)) else None


def order(packed: Tensor) -> bytes:
    """The order of weights that oneDNN holds, as it describes it."""
    description: Tensor = torch.ops.mkldnn._get_mkldnn_serialized_md(packed)
    return description.numpy()[_SAME_FOR_ALL:].tobytes()


class _Way(NamedTuple):
    """For data of one shape: the size of the convolution, none if there is none, and the parameters it is done with."""

    size: Sequence[int]
    axes: tuple[Axis, Axis] | None
    """Of the products that it is done by, if it is."""
    weight: Tensor | None
    """Else the weights, in oneDNN's order unless it is tiny."""
    tiny: bool = False


class Layer:
    """A convolution, perhaps normalised, added to something and rectified: called with all their inputs.

    In training, where a gradient is wanted, where oneDNN can not do it and where something does not fit, which they
    report, ``steps`` run one after the other.

    Args:
        steps: each a kernel and which inputs it takes: those of the layer by number, the result of the step before by
            -1.
        inputs: how many are data and parameters of the convolution; those of the normalisation follow.
    """

    __slots__ = ("_steps", "_inputs", "_end", "_window", "_norm", "_relu", "_kept")

    def __init__(
        self,
        steps: Sequence[tuple[Callable[..., Any], tuple[int, ...]]],
        inputs: int,
        window: Window,
        norm: Norm | None,
        relu: bool,
    ) -> None:
        self._steps = tuple(steps)
        self._inputs = inputs
        self._end = inputs + (4 if norm else 0)
        self._window = window
        self._norm = norm
        self._relu = relu
        self._kept: _Kept | None = None

    def __call__(self, *values: Tensor) -> Tensor:
        if not (state.training or state.tracing) and _AVAILABLE:
            kept = _current(self._kept, values, values[1 : self._end])
            if kept is not None and (kept is self._kept or self._whole(kept.parameters)):
                self._kept = kept
                way = kept.ways.get(values[0].shape) or self._way(kept, values[0].shape)
                if way.size and (len(values) == self._end or values[-1].shape == way.size):
                    out = self._run(kept, way, values)
                    return out.relu_() if self._relu else out
        made: Any = None
        for run, takes in self._steps:
            made = run(*[made if i < 0 else values[i] for i in takes])
            if made.__class__ is tuple:
                made = made[0]
        return made  # type: ignore[no-any-return]

    def _whole(self, parameters: Sequence[Tensor]) -> bool:
        """Whether the parameters fit each other."""
        weight, *rest = parameters
        return weight.shape[2:] == self._window.kernel and all(p.shape == weight.shape[:1] for p in rest)

    def _way(self, kept: _Kept, data: torch.Size) -> _Way:
        weight, window = kept.parameters[0].shape, self._window
        way = _Way((), None, None)
        if len(data) == 4 and data.numel() and data[1] == weight[1] * window.groups:
            both = axes(data, weight, window.stride, window.pad, window.dilate)
            size = torch.Size((data[0], weight[0], *(axis.positions for axis in both)))
            few = data[0] >= _FEWEST_IMAGES and size[2:].numel() <= _MOST_PIXELS and weight.numel() >= data.numel()
            if min(size) > 0 and tiny(data, weight, window.groups, window.dilate):
                weights, kept.bias = self._weight_and_bias(kept.parameters)
                way = _Way(size, None, kept.orders.setdefault(_AS_THEY_ARE, weights), tiny=True)
            elif min(size) > 0 and few and window.groups == 1:
                way = _Way(size, both, None)
            elif min(size) > 0:
                way = _Way(size, None, self._packed(kept, data))
        if len(kept.ways) >= _MOST_SHAPES:
            kept.ways.clear()
        kept.ways[data] = way
        return way

    def _packed(self, kept: _Kept, data: torch.Size) -> Tensor:
        """The weights in the order in which oneDNN wants them for data of this shape."""
        weight, kept.bias = self._weight_and_bias(kept.parameters)
        packed: Tensor = torch.ops.mkldnn._reorder_convolution_weight(weight, *self._window[1:], data)
        known = order(packed)
        if known not in kept.orders and len(kept.orders) >= _MOST_ORDERS:
            kept.orders.clear()
            kept.ways.clear()
        return kept.orders.setdefault(known, packed)

    def _run(self, kept: _Kept, way: _Way, values: tuple[Tensor, ...]) -> Tensor:
        data, other = values[0], values[-1] if len(values) > self._end else None
        if way.axes is not None:
            if kept.weight is None:
                weight, kept.bias = self._weight_and_bias(kept.parameters)
                kept.weight = taps_first(weight)
            made = products(data, kept.weight, *way.axes)
            if kept.bias is not None:
                made += kept.bias.view(-1, 1, 1)
            if other is not None:
                made += other
            return made
        if way.tiny:
            made = convolve_tiny(data, way.weight, kept.bias, self._window.stride, self._window.pad)  # type: ignore[arg-type]
            return made if other is None else made.add_(other)
        data, held = channels_in_memory_last(data), (way.weight, kept.bias, *self._window[1:])
        if other is None:
            return torch.ops.mkldnn._convolution_pointwise(data, *held, "none", (), "")  # type: ignore[no-any-return]
        return torch.ops.mkldnn._convolution_pointwise.binary(  # type: ignore[no-any-return]
            data, other, *held, "add", 1.0, None, (), ""
        )

    def _weight_and_bias(self, parameters: Sequence[Tensor]) -> tuple[Tensor, Tensor | None]:
        """The weight and bias of a convolution that does what convolution and normalisation do together."""
        weight, *rest = parameters
        bias = rest[0] if self._inputs == 3 else None
        if self._norm is None:
            return weight, bias
        gamma, beta, mean, var = (t.double() for t in rest[-4:])
        scale = (var + self._norm.eps).rsqrt()
        if not self._norm.fix_gamma:
            scale *= gamma
        moved = -mean if bias is None else bias - mean
        return weight * scale.float().view(-1, 1, 1, 1), (beta + moved * scale).float()


def rectified(linear: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """``linear`` with a rectifier after it: in place, unless a gradient will need the values before."""

    def run(*values: Tensor) -> Tensor:
        out = linear(*values)
        return torch.relu(out) if out.requires_grad else out.relu_()

    return run


_AVAILABLE = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_get_mkldnn_serialized_md")
_SAME_FOR_ALL = 112
"""Bytes with which oneDNN's description of an array begins, before it comes to the order: the number of axes, twelve
sizes, the dtype, and four bytes that are not set.
"""
