"""Batches of sequences of different lengths: mask what is beyond the end, take the last element, reverse.

``axis`` is the one of time, 0 or 1; the other of the two is the batch.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, InputTypeError, ShapeError
from mxnet._ops import Shape, op
from mxnet._runtime.dtypes import fitting


def _inputs(a: Any) -> tuple[str, ...]:
    return ("data", "sequence_length") if a.use_sequence_length else ("data",)


def _lengths(who: str, data: Tensor, lengths: Tensor | None, use: bool, axis: int) -> Tensor | None:
    """The lengths as integers, None if all are full."""
    if data.dim() < 2 or axis not in (0, 1):
        raise ShapeError(f"{who}: data {tuple(data.shape)}, axis={axis}; expected rank 2 at least and axis 0 or 1")
    if not use:
        if lengths is not None:
            raise ArgumentError(f"{who}: sequence_length is given but not used; set use_sequence_length=True")
        return None
    if lengths is None:
        raise InputTypeError(f"{who}: input sequence_length is missing, and use_sequence_length=True needs it")
    if lengths.dim() != 1 or lengths.shape[0] != data.shape[1 - axis]:
        raise ShapeError(
            f"{who}: sequence_length has shape {tuple(lengths.shape)}, expected ({data.shape[1 - axis]},) "
            f"from data {tuple(data.shape)}, axis={axis}"
        )
    return lengths.to(torch.int64)


def _told(data: Shape, *lengths: Shape, use_sequence_length: bool, axis: int, **_: Any) -> Shape | None:
    if len(data) < 2 or axis not in (0, 1) or 0 in data:
        return None
    return data if lengths == ((data[1 - axis],),) * use_sequence_length else None


def _told_last(*shapes: Shape, axis: int, **attrs: Any) -> Shape | None:
    data = _told(*shapes, axis=axis, **attrs)
    return None if data is None else data[:axis] + data[axis + 1 :]


def _told_reverse(*shapes: Shape, axis: int, **attrs: Any) -> Shape | None:
    return _told(*shapes, axis=axis, **attrs) if axis == 0 else None


_BITS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def _masked(data: Tensor, bits: Tensor) -> Tensor:
    return (data.view(bits.dtype) & bits).view(data.dtype)


class _Masked(torch.autograd.Function):
    """``data`` where ``bits`` are all set, zero where none is: one pass, two thirds of the time of filling a copy."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, bits: Tensor) -> Tensor:
        ctx.bits = bits
        return _masked(data, bits)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        return _Masked.apply(grad, ctx.bits), None


@op("SequenceMask", inputs=_inputs, told=_told)
def sequence_mask(
    data: Tensor,
    sequence_length: Tensor | None = None,
    *,
    use_sequence_length: bool = False,
    value: float = 0.0,
    axis: int = 0,
) -> Tensor:
    """Put ``value`` in place of all elements beyond the end of their sequence.

    Inputs:  data (time, batch, ...) or with axis=1 (batch, time, ...); sequence_length (batch,)
    Attrs:   use_sequence_length, else data is returned as it is; value; axis of time
    Outputs: like data
    Raises:  ShapeError for other shapes and axes; ArgumentError, InputTypeError if sequence_length is given but not
             used, or the other way round
    """
    lengths = _lengths("SequenceMask", data, sequence_length, use_sequence_length, axis)
    if lengths is None:
        return data
    value = fitting(value, data.dtype)
    time = torch.arange(data.shape[axis], device=data.device)
    beyond = time[:, None] >= lengths if axis == 0 else time >= lengths[:, None]
    if data.is_cpu and value == 0:
        bits = beyond.to(_BITS[data.element_size()]).sub_(1).reshape(*beyond.shape, *[1] * (data.dim() - 2))
        return cast(Tensor, _Masked.apply(data, bits)) if data.requires_grad else _masked(data, bits)
    if data.is_cpu and data.dim() > 2:  # whole rows at a time
        rows = beyond.reshape(-1).nonzero().squeeze(1)
        return data.flatten(0, 1).index_fill(0, rows, value).view(data.shape)
    return data.masked_fill(beyond.reshape(*beyond.shape, *[1] * (data.dim() - 2)), value)


@op("SequenceLast", inputs=_inputs, told=_told_last)
def sequence_last(
    data: Tensor, sequence_length: Tensor | None = None, *, use_sequence_length: bool = False, axis: int = 0
) -> Tensor:
    """The last element of each sequence. Inputs, attributes and errors as of ``SequenceMask``.

    Outputs: (batch, ...)

    Lengths beyond the data count as the nearest one within it. 1.9.1 then reads other memory, and ends the process when
    it computes the gradient without lengths.
    """
    lengths = _lengths("SequenceLast", data, sequence_length, use_sequence_length, axis)
    if lengths is None:
        return data.select(axis, -1).clone()
    places = (lengths - 1).clamp(0, data.shape[axis] - 1)
    places = places.reshape([-1 if i == 1 - axis else 1 for i in range(data.dim())])
    shape = [1 if i == axis else s for i, s in enumerate(data.shape)]
    return torch.gather(data, axis, places.expand(shape)).squeeze(axis)


@op("SequenceReverse", inputs=_inputs, told=_told_reverse)
def sequence_reverse(
    data: Tensor, sequence_length: Tensor | None = None, *, use_sequence_length: bool = False, axis: int = 0
) -> Tensor:
    """Reverse each sequence in time; what lies beyond its end stays. Inputs and errors as of ``SequenceMask``.

    Attrs:   axis of time, 0 only
    Outputs: like data
    """
    if axis != 0:
        raise ShapeError(f"SequenceReverse: got axis={axis}, expected 0; use swapaxes")
    lengths = _lengths("SequenceReverse", data, sequence_length, use_sequence_length, axis)
    if lengths is None:
        return torch.flip(data, (0,))
    time = torch.arange(data.shape[0], device=data.device)[:, None]
    places = torch.where(time < lengths, lengths - 1 - time, time).clamp(0, data.shape[0] - 1)
    return torch.gather(data, 0, places.reshape(*places.shape, *[1] * (data.dim() - 2)).expand(data.shape))
