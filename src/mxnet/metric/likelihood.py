"""Metrics of the probabilities that are predicted for labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from mxnet._base.errors import CallError

from .base import BadIndex, EvalMetric, RejectedShape, alias, check_label_shapes, floating, register

_Names = Sequence[str] | None


class _Likelihood(EvalMetric):
    """Minus the logarithm of the probability predicted for each label, averaged over labels."""

    def __init__(self, eps: float, name: str, output_names: _Names, label_names: _Names) -> None:
        if not isinstance(eps, (int, float, np.number)):
            raise CallError(f"{type(self).__name__}: eps is {eps!r}, expected a number")
        super().__init__(name, output_names, label_names, eps=eps, has_global_stats=True)
        self.eps = eps

    def update(self, labels: Any, preds: Any) -> None:
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds, strict=True):
            probs = floating(pred)
            wanted = floating(label).reshape(-1).to(probs.device).long()
            if probs.ndim < 2:
                raise BadIndex(
                    f"{type(self).__name__}: predictions have shape {tuple(probs.shape)}, expected (N, C), the "
                    "probabilities of C classes"
                )
            if wanted.shape[0] != probs.shape[0]:
                raise RejectedShape(f"Shape of labels {wanted.shape[0]} does not match predictions {probs.shape[0]}")
            self._add(self._loss(probs, wanted), wanted.shape[0])

    def _loss(self, probs: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        classes = probs.shape[1]
        sound = ((wanted >= -classes) & (wanted < classes)).all()
        self._require(sound, BadIndex(f"{type(self).__name__}: a label is not one of the {classes} classes"))
        wanted = wanted.remainder(classes)  # negative ones count from the end; none may lie outside on a GPU
        chosen = probs[torch.arange(wanted.shape[0], device=probs.device), wanted]
        return (chosen + self.eps).log().neg().sum()


@alias("ce")
@register
class CrossEntropy(_Likelihood):
    """Cross entropy of labels (class numbers) and probabilities (N, classes).

    Args:
        eps: added to probabilities, so that none is zero.
        name, output_names, label_names: as for :class:`EvalMetric`.

    >>> import mxnet as mx
    >>> ce = CrossEntropy()
    >>> ce.update([mx.nd.array([0])], [mx.nd.array([[1.0, 0.0]])])
    >>> abs(round(float(ce.get()[1]), 6))
    0.0
    """

    def __init__(
        self,
        eps: float = 1e-12,
        name: str = "cross-entropy",
        output_names: _Names = None,
        label_names: _Names = None,
    ) -> None:
        super().__init__(eps, name, output_names, label_names)


@alias("nll_loss")
@register
class NegativeLogLikelihood(_Likelihood):
    """Negative log likelihood of labels (class numbers) under probabilities (N, classes).

    Args:
        eps: added to probabilities, so that none is zero.
        name, output_names, label_names: as for :class:`EvalMetric`.

    Raises:
        RejectedShape: when updated with different numbers of labels and predictions.
        BadIndex: when updated with a label that is not one of the classes; on a GPU, when the value is read.

    >>> import mxnet as mx
    >>> nll = NegativeLogLikelihood()
    >>> nll.update([mx.nd.array([0, 1])], [mx.nd.array([[0.5, 0.5], [0.2, 0.8]])])
    >>> round(nll.get()[1], 4)
    0.4581
    """

    def __init__(
        self,
        eps: float = 1e-12,
        name: str = "nll-loss",
        output_names: _Names = None,
        label_names: _Names = None,
    ) -> None:
        super().__init__(eps, name, output_names, label_names)


@register
class Perplexity(EvalMetric):
    """Exponential of the mean negative log likelihood.

    Args:
        ignore_label: a label that does not count, or None.
        axis: the axis of classes.
        name, output_names, label_names: as for :class:`EvalMetric`.

    Inputs:  labels (N,), class numbers; predictions (N, classes), probabilities

    Raises:
        RejectedShape: when updated with different numbers of labels and predictions.

    >>> import mxnet as mx
    >>> perplexity = Perplexity(ignore_label=None)
    >>> perplexity.update([mx.nd.array([0, 1])], [mx.nd.array([[0.5, 0.5], [0.5, 0.5]])])
    >>> round(perplexity.get()[1], 4)
    2.0
    """

    def __init__(
        self,
        ignore_label: int | None,
        axis: int = -1,
        name: str = "perplexity",
        output_names: _Names = None,
        label_names: _Names = None,
    ) -> None:
        super().__init__(name, output_names, label_names, ignore_label=ignore_label, has_global_stats=True)
        self.ignore_label = ignore_label
        self.axis = axis

    def update(self, labels: Any, preds: Any) -> None:
        if len(labels) != len(preds):
            raise RejectedShape(f"Perplexity: got {len(labels)} labels and {len(preds)} predictions, expected as many")
        for label, pred in zip(labels, preds, strict=True):
            probs = floating(pred)
            if not -probs.ndim <= self.axis < probs.ndim:
                raise BadIndex(f"Perplexity: axis is {self.axis}, predictions have shape {tuple(probs.shape)}")
            probs = probs.movedim(self.axis, -1)
            wanted = floating(label).reshape(-1).to(probs.device).long()
            if wanted.numel() != probs.numel() // probs.shape[-1]:
                raise RejectedShape(f"shape mismatch: {tuple(label.shape)} vs. {tuple(probs.shape)}")
            # labels out of range take the nearest class, as the operator ``pick`` does
            nearest = wanted.clamp(0, probs.shape[-1] - 1)[:, None]
            chosen = probs.reshape(-1, probs.shape[-1]).gather(1, nearest)[:, 0]
            count: Any = wanted.numel()
            if self.ignore_label is not None:
                counted = wanted != self.ignore_label
                count = counted.sum()
                chosen = chosen.where(counted, 1.0)
            self._add(chosen.clamp_min(1e-10).log().sum().neg(), count)

    def _value(self, total: Any, count: Any) -> Any:
        return math.exp(total / count)
