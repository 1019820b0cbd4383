"""Windows that slide over planes: where they lie; sums and maxima over them, one axis after the other, and some planes
at a time.

torch's own pooling is not vectorised unless channels are last. Sums of whole arrays are, and their results for a few
planes stay in a core's cache until the next axis needs them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._kernels.layout import per_axis
from mxnet._ops import Shape

Margins = tuple[tuple[int, int], ...]
"""Padding before and after each axis."""


class Windows(NamedTuple):
    """Where the windows of a pooling lie."""

    stride: Shape
    pad: Shape
    out: Shape
    margins: Margins
    native: bool
    """Whether torch's own padding does it."""


@lru_cache(1024)
def windows_of(sizes: Shape, kernel: Shape, stride: Shape, pad: Shape, convention: str) -> Windows:
    """The windows of ``Pooling`` over axes of these ``sizes``."""
    axes = len(sizes)
    stride = per_axis("Pooling", "stride", stride, axes, 1)
    if convention == "same":
        if any(pad):
            raise ArgumentError(f"Pooling: pad is {pad}, expected none, as pooling_convention='same' chooses it")
        pad = ()  # 1.9.1 wants three zeros, whatever the data
    pad = per_axis("Pooling", "pad", pad, axes, 0)
    out, margins = [], []
    native = convention != "same"
    for x, k, s, p in zip(sizes, kernel, stride, pad, strict=True):
        if k > x + 2 * p and convention != "same":
            raise ShapeError(f"Pooling: kernel size ({k}) exceeds input ({x} padded to {x + 2 * p})")
        if convention == "same":
            o = -(-x // s)
        elif convention == "full":
            o = -(-(x + 2 * p - k) // s) + 1
            native &= (o - 1) * s < x + p  # torch leaves out windows that begin beyond data and left padding
        else:
            o = (x + 2 * p - k) // s + 1
        native &= 2 * p <= k and (k <= x or axes < 3)  # means in space leave padding out when they look at sizes
        out.append(o)
        margins.append((p, max((o - 1) * s + k - x - p, 0)))
    return Windows(stride, pad, tuple(out), tuple(margins), native)


_BYTES = 3 << 18
"""Elements of data that a thread takes at a time: with all that is made from them, they fit into a core's cache."""


class _Steps:
    """Calls that are made for a few planes at a time.

    Views are cut before the first call: that would take longer than the calls do.
    """

    def __init__(self, planes: int, size: int) -> None:
        room = _BYTES * torch.get_num_threads()
        self.count = planes if planes * size <= 4 * room else max(room // size, 1)  # a few parts are not worth it
        self._planes = planes
        self._calls: list[tuple[Any, ...]] = []

    def room(self, like: Tensor, sizes: list[int]) -> Tensor:
        """Memory for as many planes as are worked on at a time; it is used again for the next ones."""
        return like.new_empty((self.count, *sizes))

    def add(self, function: Callable[..., Any], out: Tensor, *inputs: Tensor | float) -> None:
        """Call ``function(*inputs, out=out)`` in ``run``, or at once if that is a single time.

        Tensors are of all planes, rooms, or of one plane for all.
        """
        if self.count == self._planes:
            function(*inputs, out=out)
        else:
            self._calls.append((function, self._parts(out), [self._parts(i) for i in inputs]))

    def _parts(self, value: Tensor | float) -> tuple[Any, ...]:
        if isinstance(value, Tensor) and len(value) == self._planes:
            return value.split(self.count)
        full, rest = divmod(self._planes, self.count)
        short = value[:rest] if isinstance(value, Tensor) and len(value) == self.count else value
        return (value,) * full + (short,) * bool(rest)

    def run(self) -> None:
        for i in range(-(-self._planes // self.count) if self._calls else 0):
            for function, out, inputs in self._calls:
                function(*[parts[i] for parts in inputs], out=out[i])


def _copy(source: Tensor, out: Tensor) -> None:
    out.copy_(source)


def _zero(out: Tensor) -> None:
    out.zero_()


def _inner(padded: Tensor, sizes: Shape, margins: Margins) -> Tensor:
    return padded[(slice(None), *[slice(low, low + n) for n, (low, _) in zip(sizes, margins, strict=True)])]


def combined(
    data: Tensor,
    kernel: Shape,
    stride: Shape,
    margins: Margins,
    value: float,
    combine: Callable[..., Any],
    scale: Tensor | float | None = None,
) -> Tensor:
    """``combine`` of the elements of each window of data (N, C, ...) with ``value`` around it, times ``scale``."""
    planes, sizes = data.flatten(0, 1), [n + sum(pads) for n, pads in zip(data.shape[2:], margins, strict=True)]
    windows = [(n - k) // s + 1 for n, k, s in zip(sizes, kernel, stride, strict=True)]
    made = data.new_empty((len(planes), *windows))
    steps = _Steps(len(planes), math.prod(sizes) * data.element_size())
    source = planes
    if any(map(any, margins)):
        source = steps.room(data, sizes).fill_(value)
        steps.add(_copy, _inner(source, data.shape[2:], margins), planes)
    for axis, (k, s) in enumerate(zip(kernel, stride, strict=True), 1):
        if axis < len(kernel) and k == s == 1:
            continue
        sizes[axis - 1] = windows[axis - 1]
        out = made if axis == len(kernel) else steps.room(data, sizes)
        _combine_axis(steps, source, out, axis, k, s, combine, source is not planes)
        source = out
    if scale is not None:
        steps.add(torch.mul, made, made, scale[None] if isinstance(scale, Tensor) else scale)
    steps.run()
    return made.view((*data.shape[:2], *windows))


def _combine_axis(
    steps: _Steps,
    source: Tensor,
    out: Tensor,
    axis: int,
    kernel: int,
    stride: int,
    combine: Callable[..., Any],
    room: bool,
) -> None:
    """The steps that combine the elements of each window of one axis; ``room``, whether source is one."""
    sizes, strides = (len(source), *out.shape[1:]), list(source.stride())
    step = strides[axis]
    strides[axis] *= stride
    parts = [source.as_strided(sizes, strides, source.storage_offset() + i * step) for i in range(kernel)]
    if kernel == 1:
        steps.add(_copy, out, parts[0])
        return
    if room and kernel > 2 and stride > 1 and axis == source.dim() - 1:
        # of all neighbours in memory but the last of a window, wherever windows begin: that is vectorised
        flat, near = source.view(1, -1), torch.empty_like(source)
        count = flat.shape[1] - kernel + 2
        total = near.view(1, -1)[:, :count]
        steps.add(combine, total, flat[:, :count], flat[:, 1 : count + 1])
        for i in range(2, kernel - 1):
            steps.add(combine, total, total, flat[:, i : count + i])
        parts = [near.as_strided(sizes, strides), parts[-1]]
    steps.add(combine, out, parts[0], parts[1])
    for other in parts[2:]:
        steps.add(combine, out, out, other)


def _spread(
    grad: Tensor, shape: Shape, kernel: Shape, stride: Shape, margins: Margins, scale: Tensor | float | None
) -> Tensor:
    """The gradient of ``combined`` for sums: each element goes to all of its window."""
    sizes = list(grad.shape[2:])
    data = grad.new_empty((math.prod(shape[:2]), *shape[2:]))
    steps = _Steps(len(data), math.prod(shape[2:]) * grad.element_size())
    stages: list[tuple[int, int, Tensor, Tensor]] = []
    for axis in range(len(kernel), 0, -1):
        k, s, count = kernel[axis - 1], stride[axis - 1], sizes[axis - 1]
        if axis > 1 and k == s == 1:
            continue
        size = shape[axis + 1] + sum(margins[axis - 1])
        # with zeros before and after it, as all elements that lie at one place of the stride are made in the same way
        low, high = -(-k // s) - 1, max(-(-size // s) - count, 0)
        sizes[axis - 1] = low + count + high
        room = steps.room(grad, sizes).zero_()
        stages.append((axis, low, room, room.narrow(axis, low, count)))
        sizes[axis - 1] = size
    if scale is None:
        steps.add(_copy, stages[0][-1], grad.flatten(0, 1))
    else:
        scale = scale[None] if isinstance(scale, Tensor) else scale
        steps.add(torch.mul, stages[0][-1], grad.flatten(0, 1), scale)
    padded = any(map(any, margins))
    last = steps.room(grad, sizes) if padded else data
    for (axis, low, room, _), out in zip(stages, [*[stage[-1] for stage in stages[1:]], last], strict=True):
        _spread_axis(steps, room, low, out, axis, kernel[axis - 1], stride[axis - 1])
    if padded:
        steps.add(_copy, data, _inner(last, shape[2:], margins))
    steps.run()
    return data.view(shape)


def _spread_axis(steps: _Steps, grad: Tensor, low: int, data: Tensor, axis: int, kernel: int, stride: int) -> None:
    """The steps that give each element of ``grad``, from number ``low`` on, to its window of one axis.

    The elements of data that lie at one place of the stride are written together, once if two windows share them at
    most: neither zeros first nor sums in several rounds.
    """
    for place in range(min(stride, data.shape[axis])):
        part = data[(slice(None),) * axis + (slice(place, None, stride),)]
        shared = [grad.narrow(axis, low - i, part.shape[axis]) for i in range(len(range(place, kernel, stride)))]
        if not shared:
            steps.add(_zero, part)
        elif len(shared) == 1:
            steps.add(_copy, part, shared[0])
        else:
            steps.add(torch.add, part, shared[0], shared[1])
        for other in shared[2:]:
            steps.add(torch.add, part, part, other)


class WindowSum(torch.autograd.Function):
    """Sums over windows of data with zeros of ``margins`` around it, times ``scale``."""

    @staticmethod
    def forward(
        ctx: Any,
        data: Tensor,
        kernel: Shape,
        stride: Shape,
        margins: Margins | None = None,
        scale: Tensor | float | None = None,
    ) -> Tensor:
        margins = margins or ((0, 0),) * len(kernel)
        ctx.window = data.shape, kernel, stride, margins, scale
        return combined(data, kernel, stride, margins, 0, torch.add, scale)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        return _Spread.apply(grad, *ctx.window), None, None, None, None


class _Spread(torch.autograd.Function):
    """The gradient of ``WindowSum``, whose gradient is ``WindowSum``."""

    @staticmethod
    def forward(
        ctx: Any,
        grad: Tensor,
        shape: Shape,
        kernel: Shape,
        stride: Shape,
        margins: Margins,
        scale: Tensor | float | None,
    ) -> Tensor:
        ctx.window = kernel, stride, margins, scale
        return _spread(grad, shape, kernel, stride, margins, scale)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        return WindowSum.apply(grad, *ctx.window), None, None, None, None, None
