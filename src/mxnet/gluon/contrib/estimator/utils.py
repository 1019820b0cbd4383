"""Checks of metrics, and which ones to take by default."""

from __future__ import annotations

from typing import Any

from mxnet._base.errors import ArgumentError
from mxnet.gluon.loss import SoftmaxCrossEntropyLoss
from mxnet.metric import Accuracy, CompositeEvalMetric, EvalMetric


def _suggest_metric_for_loss(loss: Any) -> EvalMetric | None:
    """Accuracy for classification, None for other losses."""
    return Accuracy() if isinstance(loss, SoftmaxCrossEntropyLoss) else None


def _check_metrics(metrics: Any) -> list[EvalMetric]:
    """``metrics`` as a list of single metrics.

    Raises:
        ArgumentError: there is something else among them.
    """
    if isinstance(metrics, CompositeEvalMetric):
        metrics = metrics.metrics
    listed = list(metrics) if isinstance(metrics, (list, tuple)) else [metrics] if metrics else []
    if not all(isinstance(m, EvalMetric) for m in listed):
        raise ArgumentError(
            f"metrics must be a Metric or a list of Metric, refer to mxnet.metric.EvalMetric: {metrics}"
        )
    return listed


def _check_handler_metric_ref(handler: Any, known_metrics: list[Any]) -> None:
    """Raise if a handler's ``metrics`` are not those that the estimator updates."""
    for name in ("metrics", "train_metrics", "val_metrics"):
        metrics = getattr(handler, name, None)
        for metric in metrics if isinstance(metrics, (list, tuple)) else [metrics]:
            if isinstance(metric, EvalMetric):
                _check_metric_known(handler, metric, known_metrics)


def _check_metric_known(handler: Any, metric: Any, known_metrics: list[Any]) -> None:
    if all(metric is not known for known in known_metrics):
        raise ArgumentError(
            f"Event handler {type(handler).__name__} refers to a metric instance {metric} outside of the known "
            "training and validation metrics. Please use the metrics from estimator.train_metrics and "
            "estimator.val_metrics instead."
        )
