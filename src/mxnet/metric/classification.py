"""Metrics of classifiers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy

from mxnet._base.errors import ArgumentError, ShapeError

from .base import EvalMetric, RejectedShape, alias, check_label_shapes, host, register

_Names = Sequence[str] | None


@alias("acc")
@register
class Accuracy(EvalMetric):
    """How many labels are the class with the largest score along ``axis``, or are predicted themselves.

    >>> import mxnet as mx
    >>> acc = Accuracy()
    >>> acc.update([mx.nd.array([1, 0])], [mx.nd.array([[0.1, 0.9], [0.2, 0.8]])])
    >>> acc.get()
    ('accuracy', 0.5)
    """

    def __init__(
        self, axis: int = 1, name: str = "accuracy", output_names: _Names = None, label_names: _Names = None
    ) -> None:
        super().__init__(name, output_names, label_names, axis=axis, has_global_stats=True)
        self.axis = axis

    def update(self, labels: Any, preds: Any) -> None:
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds, strict=True):
            scores, wanted = pred._ready(), label._ready()
            if scores.shape != wanted.shape:
                scores = scores.argmax(dim=self.axis)
            chosen, wanted = scores.reshape(-1).long(), wanted.reshape(-1).long().to(scores.device)
            if chosen.numel() != wanted.numel():
                raise ShapeError(
                    f"Shape of labels {wanted.numel()} does not match shape of predictions {chosen.numel()}"
                )
            self._add((chosen == wanted).sum(), chosen.numel())


@alias("top_k_accuracy", "top_k_acc")
@register
class TopKAccuracy(EvalMetric):
    """How many labels are among the ``top_k`` classes with the largest scores.

    Raises:
        ArgumentError: ``top_k`` is 1 or less: Accuracy does that.
    """

    def __init__(
        self,
        top_k: int = 1,
        name: str = "top_k_accuracy",
        output_names: _Names = None,
        label_names: _Names = None,
    ) -> None:
        super().__init__(name, output_names, label_names, top_k=top_k, has_global_stats=True)
        self.top_k = top_k
        if top_k <= 1:
            raise TopKTooSmall("Please use Accuracy if top_k is no more than 1")
        self.name += f"_{top_k}"

    def get_config(self) -> dict[str, Any]:
        # the number is put behind the name when it is made again
        return super().get_config()

    def update(self, labels: Any, preds: Any) -> None:
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds, strict=True):
            scores, wanted = pred._ready(), label._ready().long().reshape(-1)
            if scores.ndim > 2:
                raise RejectedShape(f"Predictions should be no more than 2 dims, got {tuple(scores.shape)}")
            if scores.shape[0] != wanted.numel():
                raise ShapeError(
                    f"Shape of labels {wanted.numel()} does not match shape of predictions {scores.shape[0]}"
                )
            wanted = wanted.to(scores.device)
            if scores.ndim == 1:
                hits = scores.long() == wanted
            else:
                best = scores.topk(min(self.top_k, scores.shape[1]), dim=1).indices
                hits = (best == wanted[:, None]).any(dim=1)
            self._add(hits.sum(), scores.shape[0])


class TopKTooSmall(ArgumentError, AssertionError):
    """A ``top_k`` for which Accuracy is meant."""


class _Counts:
    """True and false positives and negatives of a binary classifier."""

    def __init__(self) -> None:
        self.tp = self.fp = self.fn = self.tn = 0

    def update(self, label: Any, pred: Any, who: str) -> None:
        wanted, scores = host(label), host(pred)
        chosen = numpy.argmax(scores, axis=1)
        check_label_shapes(wanted, scores)
        if len(numpy.unique(wanted)) > 2:
            raise ArgumentError(f"{who} currently only supports binary classification.")
        true, positive = wanted.reshape(-1) == 1, chosen == 1
        self.tp += int((positive & true).sum())
        self.fp += int((positive & ~true).sum())
        self.fn += int((~positive & true).sum())
        self.tn += int((~positive & ~true).sum())

    @property
    def total(self) -> int:
        return self.tp + self.fp + self.fn + self.tn

    def f1(self) -> float:
        precision = self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0
        recall = self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def mcc(self) -> float:
        if not self.total:
            return 0.0
        product = 1.0
        for term in (self.tp + self.fp, self.tp + self.fn, self.tn + self.fp, self.tn + self.fn):
            product *= term or 1.0
        return (self.tp * self.tn - self.fp * self.fn) / math.sqrt(product)


class _Binary(EvalMetric):
    """A score of counts: averaged over updates (``macro``), or of the counts of all (``micro``)."""

    def __init__(self, name: str, output_names: _Names, label_names: _Names, average: str) -> None:
        if average not in ("macro", "micro"):
            raise ArgumentError(f"{type(self).__name__}: average is {average!r}; expected 'macro' or 'micro'")
        self.average = average
        self._local, self._global = _Counts(), _Counts()
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def _score(self, counts: _Counts) -> float:
        raise ArgumentError(f"{type(self).__name__} must define _score(counts)")

    def update(self, labels: Any, preds: Any) -> None:
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds, strict=True):
            self._local.update(label, pred, type(self).__name__)
            self._global.update(label, pred, type(self).__name__)
        if self.average == "macro":
            self._add(self._score(self._local), 1)
            self._local, self._global = _Counts(), _Counts()
            return
        self.sum_metric = self._score(self._local) * self._local.total
        self.num_inst = self._local.total
        self.global_sum_metric = self._score(self._global) * self._global.total
        self.global_num_inst = self._global.total

    def reset(self) -> None:
        self._local, self._global = _Counts(), _Counts()
        super().reset()

    def reset_local(self) -> None:
        self._local = _Counts()
        super().reset_local()


@register
class F1(_Binary):
    """Harmonic mean of precision and recall of a binary classifier, class 1 being the positive one."""

    def __init__(
        self, name: str = "f1", output_names: _Names = None, label_names: _Names = None, average: str = "macro"
    ) -> None:
        super().__init__(name, output_names, label_names, average)

    def _score(self, counts: _Counts) -> float:
        return counts.f1()


@register
class MCC(_Binary):
    """Matthews correlation coefficient of a binary classifier, class 1 being the positive one."""

    def __init__(
        self, name: str = "mcc", output_names: _Names = None, label_names: _Names = None, average: str = "macro"
    ) -> None:
        super().__init__(name, output_names, label_names, average)

    def _score(self, counts: _Counts) -> float:
        return counts.mcc()


@register
class PCC(EvalMetric):
    """Correlation of labels and predictions from the confusion matrix: MCC for any number of classes."""

    def __init__(
        self,
        name: str = "pcc",
        output_names: _Names = None,
        label_names: _Names = None,
        has_global_stats: bool = True,
    ) -> None:
        self.k = 2
        self.lcm = self.gcm = numpy.zeros((2, 2))
        super().__init__(name, output_names, label_names, has_global_stats=has_global_stats)

    def _grow(self, classes: int) -> None:
        extra = classes - self.k
        self.lcm = numpy.pad(self.lcm, ((0, extra), (0, extra)))
        self.gcm = numpy.pad(self.gcm, ((0, extra), (0, extra)))
        self.k = classes

    @staticmethod
    def _correlation(matrix: numpy.ndarray) -> float:
        count = matrix.sum()
        rows, columns = matrix.sum(axis=1), matrix.sum(axis=0)
        by_label = numpy.sum(rows * (count - rows))
        by_pred = numpy.sum(columns * (count - columns))
        if by_label == 0 or by_pred == 0:
            return float("nan")
        both = numpy.sum(matrix.diagonal() * count - rows * columns)
        return float(both / (by_label * by_pred) ** 0.5)

    def update(self, labels: Any, preds: Any) -> None:
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds, strict=True):
            wanted, chosen = host(label), host(pred)
            if chosen.shape != wanted.shape:
                chosen = chosen.argmax(axis=1)
            wanted, chosen = wanted.astype(numpy.int64).reshape(-1), chosen.astype(numpy.int64).reshape(-1)
            classes = int(max(chosen.max(), wanted.max())) + 1
            if classes > self.k:
                self._grow(classes)
            counts = numpy.zeros((self.k, self.k))
            numpy.add.at(counts, (chosen, wanted), 1)
            self.lcm = self.lcm + counts
            self.gcm = self.gcm + counts
        self.num_inst += 1
        self.global_num_inst += 1

    @property
    def sum_metric(self) -> Any:
        return self._correlation(self.lcm) * self.num_inst

    @sum_metric.setter
    def sum_metric(self, value: Any) -> None:
        """The sum follows from the counts; resets set it to 0, which the counts then say too."""

    @property
    def global_sum_metric(self) -> Any:
        return self._correlation(self.gcm) * self.global_num_inst

    @global_sum_metric.setter
    def global_sum_metric(self, value: Any) -> None:
        """As for ``sum_metric``."""

    def reset(self) -> None:
        self.num_inst = self.global_num_inst = 0
        self.gcm = numpy.zeros((self.k, self.k))
        self.lcm = numpy.zeros((self.k, self.k))

    def reset_local(self) -> None:
        self.num_inst = 0
        self.lcm = numpy.zeros((self.k, self.k))
