"""Losses with ordinary gradients: cross entropy, smooth L1, connectionist temporal classification."""

from __future__ import annotations

from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from mxnet._base.errors import InputTypeError, ShapeError
from mxnet._kernels import result_shapes
from mxnet._kernels.indexing import picked_places
from mxnet._kernels.nn import Sizes
from mxnet._kernels.outputs import same_dtype
from mxnet._ops import Op, Shape, op
from mxnet._runtime.engine import ValueFailure
from mxnet._runtime.state import state

_NONE = -(1 << 62)
"""Stands for no label: torch skips these."""

_LEAST = 1e-8
"""Probabilities are not let below this, so that the loss stays finite."""


class _CrossEntropy(torch.autograd.Function):
    """Sum of -log(softmax) at the labels. Its gradient goes on where the loss has reached its ceiling."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, index: Tensor) -> Tensor:
        # at least float32: the least probability is none of float16
        probability = torch.softmax(data, 1, torch.promote_types(data.dtype, torch.float32))
        ctx.save_for_backward(probability, index)
        return -probability.gather(1, index).clamp(min=_LEAST).log().sum().reshape(1).to(data.dtype)

    @staticmethod
    def backward(ctx: Any, head: Tensor) -> tuple[Tensor, None]:
        probability, index = ctx.saved_tensors
        grad = probability.scatter_add(1, index, probability.new_full(index.shape, -1.0))
        return (grad * head).to(head.dtype), None


def _told_cross_entropy(data: Shape, label: Shape) -> Shape | None:
    return (1,) if len(data) == 2 and label == data[:1] and 0 not in data else None


@op("softmax_cross_entropy", told=_told_cross_entropy)
def softmax_cross_entropy(data: Tensor, label: Tensor) -> Tensor:
    """The sum over rows of the cross entropy between the softmax of ``data`` and the classes of ``label``.

    Inputs:  data (N, K); label (N,), numbers of classes in data's dtype; one outside of [0, K) means the nearest
    Outputs: (1,). A row adds 18.42 (a probability of 1e-8) at most
    Raises:  ShapeError, DTypeError if label does not fit data
    Source:  behaviour of MXNet 1.9.1
    """
    same_dtype("softmax_cross_entropy", data, label)
    if data.dim() != 2 or label.shape != data.shape[:1]:
        raise ShapeError(
            f"softmax_cross_entropy: data has shape {tuple(data.shape)} and label {tuple(label.shape)}, expected "
            "(N, K) and (N,)"
        )
    return _CrossEntropy.apply(data, label.detach().to(torch.int64).clamp(0, data.shape[1] - 1).unsqueeze(1))


def _loss_of_labels(data: Tensor, label: Tensor, *, keepdims: bool, average: bool) -> Tensor:
    """``-pick(log_softmax(data), label)`` along the last axis; with ``average`` the mean over all but the first."""
    rows = data.shape[:-1]
    if label.shape != rows or not rows:
        label = picked_places(data, label, data.dim() - 1, "clip")
    if len(rows) != 1:
        data, label = data.reshape(-1, data.shape[-1]), label.reshape(-1)
    lost = _cross_entropy(data, label)
    if average:
        return lost.view(rows[0], -1).mean(1) if len(rows) > 1 else lost
    return lost.view(*rows, 1) if keepdims or not rows else lost.view(rows)


def _cross_entropy(data: Tensor, label: Tensor) -> Tensor:
    """That of rows; a label that is no class means the nearest."""
    if data.is_cpu:
        try:
            return F.cross_entropy(data, label.long(), ignore_index=_NONE, reduction="none")
        except IndexError:  # torch checks each label anyway: labels that are classes need no clamping
            pass
    return F.cross_entropy(data, label.long().clamp(0, data.shape[-1] - 1), ignore_index=_NONE, reduction="none")


LOSS_OF_LABELS = Op(_loss_of_labels, "_loss_of_labels")
"""Programs put it in the place of these operators: its gradient takes a third of the steps."""


@op("smooth_l1", told=result_shapes.of_only)
def smooth_l1(data: Tensor, *, scalar: float = 1.0) -> Tensor:
    """Square near zero, absolute value beyond: with s = scalar, (s x)^2 / 2 for |x| < 1 / s^2, else |x| - 0.5 / s^2.

    Outputs: like data
    Source:  arXiv:1504.08083; behaviour of MXNet 1.9.1
    """
    if not data.is_floating_point():
        return smooth_l1(data.to(torch.float64), scalar=scalar).to(data.dtype)
    square = scalar * scalar
    if square == 0:  # the bound is at infinity
        return data * 0.0
    zeros = torch.zeros((), dtype=data.dtype, device=data.device).expand_as(data)
    return F.smooth_l1_loss(data, zeros, reduction="none", beta=1 / square)


def _ctc_inputs(a: Any) -> tuple[str, ...]:
    lengths = ("data_lengths",) * a.use_data_lengths + ("label_lengths",) * a.use_label_lengths
    return ("data", "label", *lengths)


def _fill_ctc(
    data: Sizes, label: Sizes = None, data_lengths: Sizes = None, label_lengths: Sizes = None, **_: Any
) -> tuple[Sizes, ...]:
    lengths = (data[1],) if data and len(data) == 3 else None
    return data, label, lengths, lengths


def _ctc_lengths(
    data: Tensor, label: Tensor, data_lengths: Tensor | None, label_lengths: Tensor | None, padding: int
) -> tuple[Tensor, Tensor]:
    """How much of each sequence and of each label counts."""
    if data_lengths is None:
        steps = torch.full((data.shape[1],), data.shape[0], device=data.device)
    else:
        steps = data_lengths.detach().to(torch.int64)
    if label_lengths is None:
        counts = (label != padding).long().cumprod(1).sum(1)
    else:
        counts = label_lengths.detach().to(torch.int64)
    return steps, counts


def _check_ctc_values(data: Tensor, label: Tensor, steps: Tensor, counts: Tensor, last: bool) -> None:
    # the blank itself may stand in a label, as 1.9.1 lets it, though nothing sensible is learnt from it
    low, high = 0, data.shape[2] - 1
    counted = torch.arange(label.shape[1], device=label.device) < counts.unsqueeze(1)
    wrong = ((label < low) | (label > high)) & counted
    if bool(wrong.any()):
        raise ValueFailure(
            f"CTCLoss: label has the class {int(label[wrong][0])}, expected {low} to {high} from data "
            f"{tuple(data.shape)} with blank_label={'last' if last else 'first'}"
        )
    for name, lengths, most in (("data_lengths", steps, data.shape[0]), ("label_lengths", counts, label.shape[1])):
        if bool(((lengths < 0) | (lengths > most)).any()):
            raise ValueFailure(f"CTCLoss: {name} is {lengths.tolist()}, expected numbers from 0 to {most}")


def _too_short(label: Tensor, steps: Tensor, counts: Tensor) -> Tensor:
    """Which labels have no alignment: each class takes a step, and repeated ones need a blank between them."""
    places = torch.arange(1, label.shape[1], device=label.device)
    repeated = (label[:, 1:] == label[:, :-1]) & (places < counts.unsqueeze(1))
    return counts + repeated.sum(1) > steps


@op(
    "CTCLoss",
    aliases=("_contrib_CTCLoss", "_contrib_ctc_loss", "ctc_loss"),
    inputs=_ctc_inputs,
    fill=_fill_ctc,
    outputs=("output0", "output1"),
    visible=1,
)
def ctc_loss(
    data: Tensor,
    label: Tensor,
    data_lengths: Tensor | None = None,
    label_lengths: Tensor | None = None,
    *,
    use_data_lengths: bool = False,
    use_label_lengths: bool = False,
    blank_label: Literal["first", "last"] = "first",
) -> tuple[Tensor, ...]:
    """Connectionist temporal classification: -log of the probability of ``label`` under all alignments.

    Inputs:  data (T, N, C), activations before softmax; label (N, L), L <= T; data_lengths and label_lengths (N,),
             each only with its ``use_`` attribute
    Attrs:   blank_label, which class is the blank: first (0, classes count from 1, labels are padded with 0) or last
             (C - 1, classes count from 0, labels are padded with -1). Without label_lengths a label ends where its
             padding begins
    Outputs: (N,); zero, as is its gradient, where there are not enough steps for the label
    Raises:  ShapeError if label does not fit data; at the wait, MXNetError for a class or a length out of range
    Source:  Graves et al., ICML 2006; behaviour of MXNet 1.9.1
    """
    if use_label_lengths and not use_data_lengths and label_lengths is None:
        data_lengths, label_lengths = None, data_lengths
    for use, lengths, name in (
        (use_data_lengths, data_lengths, "data_lengths"),
        (use_label_lengths, label_lengths, "label_lengths"),
    ):
        if use and lengths is None:
            raise InputTypeError(f"CTCLoss: input {name} is missing; use_{name}=True reads it")
    if data.dim() != 3 or label.dim() != 2 or data.shape[1] != label.shape[0] or data.shape[0] < label.shape[1]:
        raise ShapeError(
            f"CTCLoss: data has shape {tuple(data.shape)} and label {tuple(label.shape)}, expected (T, N, C) and "
            "(N, L) with L not above T"
        )
    if state.tracing or data.is_meta:
        return (data.new_empty(data.shape[1]),)
    last = blank_label == "last"
    index = label.detach().to(torch.int64)
    steps, counts = _ctc_lengths(
        data,
        index,
        data_lengths if use_data_lengths else None,
        label_lengths if use_label_lengths else None,
        -1 if last else 0,
    )
    _check_ctc_values(data, index, steps, counts, last)
    if use_data_lengths:  # values beyond the end may be anything, even infinite, and have a gradient of zero
        beyond = torch.arange(data.shape[0], device=data.device).unsqueeze(1) >= steps
        data = data.masked_fill(beyond.unsqueeze(2), 0)
    log_probability = torch.log_softmax(data, 2)
    if data.dtype not in (torch.float32, torch.float64):
        log_probability = log_probability.float()
    blank = data.shape[2] - 1 if last else 0
    short = _too_short(index, steps, counts)
    counts = counts.masked_fill(short, 0)
    loss = torch.ctc_loss(log_probability, index.clamp(min=0), steps, counts, blank, 0, False)
    return (loss.masked_fill(short, 0).to(data.dtype),)
