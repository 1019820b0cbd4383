"""What is known of an operator's results before they are computed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from mxnet._ops import Bound, Op, Shape

from .context import Context, current_context, parse_context
from .state import state

_ELEMENTWISE = ("mxnet._kernels.elemwise", "mxnet._kernels.broadcast")
_CASTS = ("Cast", "amp_cast", "amp_multicast")


def infer(bound: Bound, metas: Sequence[Any]) -> tuple[torch.Tensor, ...]:
    """Output shapes and dtypes, as tensors without storage, from those of the inputs.

    The operators that nearly every network has are not run: for tensors without storage torch would compute them in
    Python, and load its compiler before the first, a second's work.
    """
    shape = _shape_of_result(bound, metas)
    if shape is not None:
        return (torch.empty(shape, dtype=metas[0].dtype, device="meta"),)
    before, state.tracing = state.tracing, True
    try:
        with torch.no_grad():
            result = bound.run(*[None if m is None else m.to("meta") for m in metas])
    finally:
        state.tracing = before
    return result if isinstance(result, tuple) else (result,)


def _shape_of_result(bound: Bound, metas: Sequence[Any]) -> Shape | None:
    """The shape of the only result, whose dtype is that of the first input; None if the operator has to be run."""
    if not metas or not isinstance(bound.op, Op) or any([m is None for m in metas]):
        return None
    dtype, shapes = metas[0].dtype, [tuple(m.shape) for m in metas]
    op, first = bound.op, shapes[0]
    if bound.visible != 1 or not dtype.is_floating_point:
        return None
    if op.name == "BatchNorm":
        axis = bound.attrs["axis"]
        channels = (first[axis],) if 1 < len(first) and -len(first) <= axis < len(first) else ()
        return first if all([s == channels for s in shapes[1:]]) else None
    if any([m.dtype != dtype for m in metas]):
        return None
    if op.name == "FullyConnected":
        return _product(bound.attrs["flatten"], bound.attrs["num_hidden"], shapes)
    if op.name == "Convolution":
        return _convolved(bound.attrs, shapes)
    if op.name == "Concat":
        return _joined(bound.attrs["dim"], shapes)
    if op.name == "Pooling":
        return _pooled(bound.attrs, first)
    if op.name == "SoftmaxOutput":
        attrs = bound.attrs
        plain = len(first) == 2 and not attrs["multi_output"] and not attrs["preserve_shape"]
        return first if plain and shapes[1] == first[:1] else None
    if op.name in ("softmax", "log_softmax"):
        plain = len(shapes) == 1 and bound.attrs["dtype"] is None
        return first if plain and -len(first) <= bound.attrs["axis"] < len(first) else None
    if op.name in ("Activation", "LeakyReLU", "Dropout"):
        return first if len(shapes) == 1 and bound.attrs.get("act_type") != "rrelu" else None
    if op.fn.__module__ in _ELEMENTWISE and op.name not in _CASTS and "dtype" not in bound.attrs:
        return _together(shapes) if op.name.startswith("broadcast_") else first if len(set(shapes)) == 1 else None
    return None


def _product(flatten: bool, hidden: int, shapes: list[Shape]) -> Shape | None:
    data, weight, *bias = shapes
    if len(data) < 2 or len(weight) != 2 or any([b != (hidden,) for b in bias]):
        return None
    rows, size = (data[:1], math.prod(data[1:])) if flatten else (data[:-1], data[-1])
    return (*rows, hidden) if weight == (hidden, size) else None


def _convolved(attrs: Mapping[str, Any], shapes: list[Shape]) -> Shape | None:
    data, weight, *bias = shapes
    kernel, filters, groups = attrs["kernel"], attrs["num_filter"], attrs["num_group"]
    fits = (
        len(data) == len(kernel) + 2
        and str(attrs["layout"])[:2] in ("No", "NC")
        and data[1] % groups == filters % groups == 0
        and weight == (filters, data[1] // groups, *kernel)
        and all([b == (filters,) for b in bias])
    )
    if not fits:
        return None
    sizes = _slid(data[2:], kernel, attrs, attrs["dilate"])
    return None if sizes is None else (data[0], filters, *sizes)


def _pooled(attrs: Mapping[str, Any], data: Shape) -> Shape | None:
    kernel, axes = attrs["kernel"], len(data) - 2
    if axes < 1 or str(attrs["layout"])[:2] not in ("No", "NC"):
        return None
    if attrs["global_pool"]:
        return (*data[:2], *[1] * axes) if len(kernel) in (0, axes) else None
    if len(kernel) != axes or attrs["pooling_convention"] != "valid":
        return None
    sizes = _slid(data[2:], kernel, attrs, ())
    return None if sizes is None else (*data[:2], *sizes)


def _slid(sizes: Shape, kernel: Shape, attrs: Mapping[str, Any], dilate: Shape) -> Shape | None:
    """How often a window of the size ``kernel`` fits in along each axis."""
    ones = (1,) * len(kernel)
    strides, dilations, pads = attrs["stride"] or ones, dilate or ones, attrs["pad"] or (0,) * len(kernel)
    if not len(strides) == len(dilations) == len(pads) == len(kernel) or min(strides) < 1 or 0 in sizes:
        return None
    made = [
        (size + 2 * pad - dilation * (width - 1) - 1) // stride + 1
        for size, width, stride, dilation, pad in zip(sizes, kernel, strides, dilations, pads, strict=True)
    ]
    return tuple(made) if min(made) > 0 else None


def _joined(axis: int, shapes: list[Shape]) -> Shape | None:
    first = shapes[0]
    if not -len(first) <= axis < len(first):
        return None
    axis %= len(first)
    before, after = first[:axis], first[axis + 1 :]
    if any([len(s) != len(first) or s[:axis] != before or s[axis + 1 :] != after for s in shapes]):
        return None
    return (*before, sum([s[axis] for s in shapes]), *after)


def _together(shapes: list[Shape]) -> Shape | None:
    if len({len(s) for s in shapes}) != 1:
        return None
    sizes = [set(of_axis) - {1} for of_axis in zip(*shapes, strict=True)]
    return None if any([len(s) > 1 for s in sizes]) else tuple([s.pop() if s else 1 for s in sizes])


def context_of(bound: Bound) -> Context:
    """Where an operator without inputs puts its output."""
    text = bound.attrs.get("ctx")
    return parse_context(text) if text else current_context()
