"""Handlers that stop, measure, validate and update."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mxnet.metric import Loss as metric_loss

from ._events import BatchEnd, EpochBegin, EpochEnd, Progress, TrainBegin, TrainEnd
from ._improvement import Improvement
from .utils import _check_metrics


class StoppingHandler(Progress, TrainBegin, BatchEnd, EpochEnd):
    """Stops after a number of epochs or batches.

    Args:
        max_epoch, max_batch: how many; if None, the numbers given to ``fit``, which 1.9.1 always takes.
    """

    def __init__(self, max_epoch: int | None = None, max_batch: int | None = None) -> None:
        self.max_epoch = max_epoch
        self.max_batch = max_batch
        self._own = (max_epoch, max_batch)
        self._restart()
        self.stop_training = False

    def train_begin(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Count from the beginning."""
        epochs, batches = self._own
        self.max_epoch = estimator.max_epoch if epochs is None else epochs
        self.max_batch = estimator.max_batch if batches is None else batches
        self._restart()
        self.stop_training = False

    def batch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Whether that was the last batch."""
        self.current_batch += 1
        if self.current_batch == self.max_batch:
            self.stop_training = True
        return self.stop_training

    def epoch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Whether that was the last epoch, or batch."""
        self.current_epoch += 1
        if self.current_epoch == self.max_epoch:
            self.stop_training = True
        return self.stop_training


class MetricHandler(EpochBegin, BatchEnd):
    """Resets metrics when an epoch begins and updates them after each batch.

    Args:
        metrics: the metrics; a :class:`mxnet.metric.Loss` gets the losses, others label and prediction.
        priority: handlers with lower numbers run first; those without one have 0.
    """

    def __init__(self, metrics: Any, priority: float = -1000) -> None:
        self.metrics = _check_metrics(metrics)
        self.priority = priority

    def epoch_begin(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Reset the metrics."""
        for metric in self.metrics:
            metric.reset()

    def batch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Update the metrics."""
        for metric in self.metrics:
            if isinstance(metric, metric_loss):
                metric.update(0, kwargs["loss"])
            else:
                metric.update(kwargs["label"], kwargs["pred"])
        return False


class ValidationHandler(Progress, TrainBegin, BatchEnd, EpochEnd):
    """Evaluates the model while it is trained.

    Args:
        val_data: a DataLoader.
        eval_fn: called with ``val_data``, ``batch_axis`` and ``event_handlers``; usually ``Estimator.evaluate``.
        epoch_period, batch_period: number of epochs, or batches, from one evaluation to the next; None for never.
        priority: handlers with lower numbers run first; those without one have 0.
        event_handlers: handlers for ``eval_fn``.
    """

    def __init__(
        self,
        val_data: Any,
        eval_fn: Callable[..., Any],
        epoch_period: int | None = 1,
        batch_period: int | None = None,
        priority: float = -1000,
        event_handlers: Any = None,
    ) -> None:
        self.val_data = val_data
        self.eval_fn = eval_fn
        self.epoch_period = epoch_period
        self.batch_period = batch_period
        self.priority = priority
        self.event_handlers = event_handlers
        self._restart()

    def train_begin(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Count from the beginning."""
        self._restart()

    def _evaluate(self, estimator: Any) -> None:
        self.eval_fn(val_data=self.val_data, batch_axis=estimator.batch_axis, event_handlers=self.event_handlers)

    def batch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Evaluate, where it is time to."""
        self.current_batch += 1
        if self.batch_period and self.current_batch % self.batch_period == 0:
            self._evaluate(estimator)
        return False

    def epoch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Evaluate, where it is time to."""
        self.current_epoch += 1
        if self.epoch_period and self.current_epoch % self.epoch_period == 0:
            self._evaluate(estimator)
        return False


class GradientUpdateHandler(BatchEnd):
    """Applies the gradients after each batch, scaled by the number of losses in it.

    Args:
        priority: handlers with lower numbers run first; those without one have 0.
    """

    def __init__(self, priority: float = -2000) -> None:
        self.priority = priority

    def batch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Step."""
        losses = kwargs["loss"]
        estimator.trainer.step(sum(len(part) for part in (losses if isinstance(losses, (list, tuple)) else [losses])))
        return False


class EarlyStoppingHandler(TrainBegin, EpochEnd, TrainEnd):
    """Stops when a metric no longer becomes better.

    Args:
        monitor: one of the estimator's metrics.
        min_delta: the least change that counts as an improvement.
        patience: how many epochs without improvement to wait for one.
        mode: ``min`` if less is better, ``max`` if more is, ``auto`` to decide by the metric: less is better for losses
            and errors, more for others. In 1.9.1 more is better for all of them, contrary to its documentation.
        baseline: the value that the metric has to be better than at first.

    Raises:
        ArgumentError: ``monitor`` is no metric.

    The epoch in which it stopped is in ``stopped_epoch``.

    >>> import mxnet as mx
    >>> EarlyStoppingHandler(mx.metric.Accuracy(), patience=3).wait
    0
    """

    def __init__(
        self, monitor: Any, min_delta: float = 0, patience: int = 0, mode: str = "auto", baseline: float | None = None
    ) -> None:
        self._improvement = Improvement("EarlyStopping", monitor, mode)
        self.monitor = monitor
        self.baseline = baseline
        self.patience = patience
        self.min_delta = min_delta
        self._restart()

    def _restart(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.current_epoch = 0
        self.stop_training = False
        self.best = self._improvement.worst() if self.baseline is None else self.baseline

    def train_begin(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Begin to wait."""
        self._restart()

    def epoch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Whether it has waited long enough."""
        value = self._improvement.value()
        if value is not None and self._improvement.better(value, self.best, abs(self.min_delta)):
            self.best = value
            self.wait = 0
        elif value is not None:
            self.wait += 1
            if self.wait >= self.patience:
                self.stopped_epoch = self.current_epoch
                self.stop_training = True
        self.current_epoch += 1
        return self.stop_training

    def train_end(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Say why it stopped."""
        if self.stop_training:
            estimator.logger.info(
                "[Epoch %d] EarlyStoppingHanlder: early stopping due to %s not improving",
                self.stopped_epoch,
                self.monitor.get()[0],
            )
