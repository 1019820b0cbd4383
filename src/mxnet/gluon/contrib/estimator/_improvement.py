"""Whether a metric becomes better."""

from __future__ import annotations

import warnings
from typing import Any

from mxnet._base.errors import ArgumentError
from mxnet.metric import EvalMetric
from mxnet.metric import Loss as metric_loss


class Improvement:
    """Whether a metric has become better. The metric's kind says which way, unless ``mode`` does."""

    def __init__(self, who: str, monitor: Any, mode: str) -> None:
        if not isinstance(monitor, EvalMetric):
            raise ArgumentError(
                f"{who}: monitor is {monitor!r}, expected a metric. Please provide one of the metric objects from "
                "estimator.train_metrics and estimator.val_metrics as monitor."
            )
        self.monitor = monitor
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{who} mode {mode} is unknown, fallback to auto mode, which takes the less for losses and errors "
                "and the greater for other metrics",
                RuntimeWarning,
                stacklevel=4,
            )
            mode = "auto"
        self.less = mode == "min" or (mode == "auto" and _is_error(monitor))

    def value(self) -> float | None:
        """The metric's value; None, with a warning, where it was not updated."""
        value = self.monitor.get()[1]
        if value == value:  # not NaN
            return float(value)
        warnings.warn(
            f"{self.monitor.get()[0]} is not updated, make sure you pass one of the metric objects from "
            "estimator.train_metrics and estimator.val_metrics as monitor.",
            RuntimeWarning,
            stacklevel=3,
        )
        return None

    def worst(self) -> float:
        """The value that every other one is better than."""
        return float("inf") if self.less else -float("inf")

    def better(self, value: float, best: float, margin: float = 0) -> bool:
        """Whether ``value`` is better than ``best`` by more than ``margin``."""
        return value + margin < best if self.less else value - margin > best


_ERRORS = ("loss", "error", "mae", "mse", "rmse", "cross-entropy", "crossentropy", "nll", "perplexity")


def _is_error(metric: EvalMetric) -> bool:
    """Whether less of it is better, judged by class or name."""
    name = metric.name.lower()
    return isinstance(metric, metric_loss) or any(word in name for word in _ERRORS)
