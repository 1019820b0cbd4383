"""Metrics of classifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy
import torch

from mxnet._base.errors import ArgumentError, ShapeError

from .base import BadIndex, EvalMetric, RejectedShape, alias, check_label_shapes, floating, host, ready, register

_Names = Sequence[str] | None


@alias("acc")
@register
class Accuracy(EvalMetric):
    """The share of labels that are the class with the largest score, or that are predicted themselves.

    Args:
        axis: the axis of classes in predictions.
        name, output_names, label_names: as for :class:`EvalMetric`.

    Inputs:  labels (N, ...), class numbers; predictions (N, classes, ...), or class numbers in the shape of the labels

    Raises:
        ShapeError: when updated with different numbers of labels and predictions.

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
            scores, wanted = ready(pred), ready(label)
            if scores.shape != wanted.shape:
                if not -scores.ndim <= self.axis < scores.ndim:
                    raise ShapeError(f"axis {self.axis} exceeds the predictions' {scores.ndim} dimensions")
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
    """The share of labels that are among the ``top_k`` classes with the largest scores.

    Args:
        top_k: how many classes, 2 or more.
        name, output_names, label_names: as for :class:`EvalMetric`.

    Inputs:  labels (N,), class numbers; predictions (N, classes), or (N,) class numbers

    Raises:
        ArgumentError: ``top_k`` is 1 or less: Accuracy does that.
        ShapeError: when updated with different numbers of labels and predictions, or with predictions of three axes.

    >>> import mxnet as mx
    >>> best = TopKAccuracy(top_k=2)
    >>> best.update([mx.nd.array([2, 1])], [mx.nd.array([[0.5, 0.2, 0.3], [0.5, 0.1, 0.4]])])
    >>> best.get()
    ('top_k_accuracy_2', 0.5)
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

    def update(self, labels: Any, preds: Any) -> None:
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds, strict=True):
            scores, wanted = ready(pred), ready(label).long().reshape(-1)
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
    """A ``top_k`` that is a case for Accuracy."""


def _confusion(wanted: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """True and false positives, false and true negatives, (4,) float64, class 1 being the positive one."""
    true, positive = wanted.reshape(-1) == 1, chosen == 1
    return torch.stack([(positive & true).sum(), (positive & ~true).sum(), (~positive & true).sum(),
                        (~positive & ~true).sum()]).double()  # fmt: skip


def _ratio(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """``one / other``, 0 where that is 0 / 0."""
    return torch.where(other == 0, 0.0, one / other)


class _BinaryClassificationMetrics:
    """The counts of 1.9.1's scores of two classes, in whose pickles it is."""

    def __init__(self, local: torch.Tensor | None, everything: torch.Tensor | None) -> None:
        for prefix, counts in (("", local), ("global_", everything)):
            numbers = [0] * 4 if counts is None else [int(n) for n in counts]
            vars(self).update({prefix + name: n for name, n in zip(_COUNTED, numbers, strict=True)})

    def counts(self, prefix: str) -> torch.Tensor:
        """Those whose names begin so, as :func:`_confusion` has them."""
        return torch.tensor([float(vars(self)[prefix + name]) for name in _COUNTED], dtype=torch.float64)


_COUNTED = ("true_positives", "false_positives", "false_negatives", "true_negatives")


class _Binary(EvalMetric):
    """A score of counts: averaged over updates (``macro``), or of the counts of all (``micro``)."""

    _PICKLED = ("average", "metrics")
    """Names that the average and the counts have in pickles."""

    def __init__(self, name: str, output_names: _Names, label_names: _Names, average: str) -> None:
        if average not in ("macro", "micro"):
            raise ArgumentError(f"{type(self).__name__}: average is {average!r}; expected 'macro' or 'micro'")
        self.average = average
        self._local: torch.Tensor | None = None
        self._global: torch.Tensor | None = None
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def __getstate__(self) -> dict[str, Any]:
        own = {"average", "_local", "_global"}
        state = {k: v for k, v in super().__getstate__().items() if k not in own}
        average, counts = self._PICKLED
        return {**state, average: self.average, counts: _BinaryClassificationMetrics(self._local, self._global)}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        average, counts = self._PICKLED
        self._local = self._global = None
        super().__setstate__({k: v for k, v in state.items() if k not in self._PICKLED})
        self.average = state[average]
        if self.average == "micro":
            self._local, self._global = state[counts].counts(""), state[counts].counts("global_")

    def _score(self, counts: torch.Tensor) -> torch.Tensor:
        raise ArgumentError(f"{type(self).__name__} must define _score(counts)")

    def update(self, labels: Any, preds: Any) -> None:
        """Update without waiting; on a GPU, labels of more than two classes raise when the value is read."""
        labels, preds = check_label_shapes(labels, preds, True)
        counts = None
        for label, pred in zip(labels, preds, strict=True):
            scores = floating(pred)
            wanted = floating(label).to(scores.device)
            if scores.ndim != 2:
                raise BadIndex(
                    f"{type(self).__name__}: predictions have shape {tuple(scores.shape)}, expected (N, 2), the scores "
                    "of both classes"
                )
            if wanted.numel() != len(scores):
                raise ShapeError(
                    f"Shape of labels {tuple(wanted.shape)} does not match shape of predictions {tuple(scores.shape)}; "
                    "expected one label for each"
                )
            if wanted.numel():
                sound = ((wanted == wanted.min()) | (wanted == wanted.max())).all()
                who = type(self).__name__
                self._require(sound, ArgumentError(f"{who} currently only supports binary classification."))
            found = _confusion(wanted, scores.argmax(dim=1))
            counts = found if counts is None else counts + found.to(counts.device)
        if counts is None:
            counts = torch.zeros(4, dtype=torch.float64)
        if self.average == "macro":
            self._add(self._score(counts), 1)
            return
        self._local = counts if self._local is None else self._local.to(counts.device) + counts
        self._global = counts if self._global is None else self._global.to(counts.device) + counts

    def _flush(self) -> None:
        super()._flush()
        if self._local is not None:
            self._local_count = int(self._local.sum())
            self._local_sum = float(self._score(self._local)) * self._local_count
        if self._global is not None:
            self._global_count = int(self._global.sum())
            self._global_sum = float(self._score(self._global)) * self._global_count

    def reset(self) -> None:
        self._local = self._global = None
        super().reset()

    def reset_local(self) -> None:
        self._flush()
        self._local = None
        super().reset_local()


@register
class F1(_Binary):
    """Harmonic mean of precision and recall of a binary classifier, class 1 being the positive one.

    Args:
        name, output_names, label_names: as for :class:`EvalMetric`.
        average: ``macro`` for the mean of the scores of the updates, ``micro`` for the score of all their counts.

    Inputs:  labels (N,), 0 or 1; predictions (N, 2), a score for each class

    Raises:
        ArgumentError: ``average`` is neither ``macro`` nor ``micro``.
        ArgumentError: when updated with more than two classes; on a GPU, when the value is read.

    >>> import mxnet as mx
    >>> f1 = F1()
    >>> f1.update([mx.nd.array([1, 0, 1])], [mx.nd.array([[0.1, 0.9], [0.2, 0.8], [0.3, 0.7]])])
    >>> round(f1.get()[1], 4)
    0.8
    """

    def __init__(
        self, name: str = "f1", output_names: _Names = None, label_names: _Names = None, average: str = "macro"
    ) -> None:
        super().__init__(name, output_names, label_names, average)

    def _score(self, counts: torch.Tensor) -> torch.Tensor:
        tp, fp, fn, _ = counts.unbind()
        precision, recall = _ratio(tp, tp + fp), _ratio(tp, tp + fn)
        return _ratio(2 * precision * recall, precision + recall)


@register
class MCC(_Binary):
    """Matthews correlation coefficient of a binary classifier, class 1 being the positive one.

    Args:
        name, output_names, label_names: as for :class:`EvalMetric`.
        average: ``macro`` for the mean of the scores of the updates, ``micro`` for the score of all their counts.

    Inputs:  labels (N,), 0 or 1; predictions (N, 2), a score for each class

    Raises:
        ArgumentError: ``average`` is neither ``macro`` nor ``micro``.
        ArgumentError: when updated with more than two classes; on a GPU, when the value is read.

    >>> import mxnet as mx
    >>> mcc = MCC()
    >>> mcc.update([mx.nd.array([1, 0, 1])], [mx.nd.array([[0.1, 0.9], [0.6, 0.4], [0.3, 0.7]])])
    >>> round(mcc.get()[1], 4)
    1.0
    """

    _PICKLED = ("_average", "_metrics")

    def __init__(
        self, name: str = "mcc", output_names: _Names = None, label_names: _Names = None, average: str = "macro"
    ) -> None:
        super().__init__(name, output_names, label_names, average)

    def _score(self, counts: torch.Tensor) -> torch.Tensor:
        tp, fp, fn, tn = counts.unbind()
        terms = torch.stack([tp + fp, tp + fn, tn + fp, tn + fn])
        return (tp * tn - fp * fn) / torch.where(terms == 0, 1.0, terms).prod().sqrt()


@register
class PCC(EvalMetric):
    """Correlation of labels and predictions from the confusion matrix: MCC for any number of classes.

    Args:
        name, output_names, label_names: as for :class:`EvalMetric`.
        has_global_stats: whether ``get_global`` gives the value since the last reset, rather than what ``get`` gives.

    Inputs:  labels (N,), class numbers; predictions (N, classes), or class numbers in the shape of the labels

    >>> import mxnet as mx
    >>> pcc = PCC()
    >>> pcc.update([mx.nd.array([0, 1, 2])], [mx.nd.array([0, 1, 1])])
    >>> round(pcc.get()[1], 4)
    0.6124
    """

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
        """Nothing to do: the sum follows from the counts, which resets clear too."""

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
