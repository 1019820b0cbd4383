"""What is known of an operator's results before they are computed."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
    if op.name == "Concat":
        return _joined(bound.attrs["dim"], shapes)
    if op.name == "Pooling" and bound.attrs["global_pool"]:
        kernel, layout = bound.attrs["kernel"], bound.attrs["layout"]
        plain = len(first) > 2 and len(kernel) in (0, len(first) - 2) and str(layout)[:2] in ("No", "NC")
        return (*first[:2], *[1] * (len(first) - 2)) if plain else None
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
