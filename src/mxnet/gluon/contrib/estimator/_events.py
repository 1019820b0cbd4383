"""Events of training and the handlers that stop, measure, validate and update."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from mxnet._base.errors import ArgumentError
from mxnet.metric import EvalMetric
from mxnet.metric import Loss as metric_loss

from .utils import _check_metrics


class EventHandler:
    """Base of all handlers; they derive from the events they handle.

    >>> import mxnet as mx
    >>> from mxnet.gluon.contrib import estimator
    >>> class Told(estimator.TrainBegin, estimator.EpochEnd, estimator.BatchEnd):
    ...     def train_begin(self, estimator, *args, **kwargs):
    ...         print("begins")
    ...
    ...     def batch_end(self, estimator, *args, **kwargs):
    ...         print("a batch of", len(kwargs["label"][0]))
    ...
    ...     def epoch_end(self, estimator, *args, **kwargs):
    ...         print("an epoch")
    >>> net = mx.gluon.nn.Dense(1)
    >>> net.initialize()
    >>> trainer = mx.gluon.Trainer(net.collect_params(), "sgd")
    >>> fitter = estimator.Estimator(net, mx.gluon.loss.L2Loss(), train_metrics=mx.metric.MSE(), trainer=trainer)
    >>> fitter.logger.setLevel("WARNING")
    >>> data = mx.gluon.data.DataLoader(mx.gluon.data.ArrayDataset(mx.nd.ones((8, 2)), mx.nd.ones((8, 1))), 4)
    >>> fitter.fit(data, epochs=1, event_handlers=[Told()])
    begins
    a batch of 4
    a batch of 4
    an epoch
    """


class TrainBegin(EventHandler):
    """Is told when training begins."""

    def train_begin(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Do nothing; subclasses define it."""


class TrainEnd(EventHandler):
    """Is told when training has ended."""

    def train_end(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Do nothing; subclasses define it."""


class EpochBegin(EventHandler):
    """Is told when an epoch begins."""

    def epoch_begin(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Do nothing; subclasses define it."""


class EpochEnd(EventHandler):
    """Is told when an epoch has ended; training stops where ``epoch_end`` returns True."""

    def epoch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Go on; subclasses define it."""
        return False


class BatchBegin(EventHandler):
    """Is told when a batch begins, with ``batch``."""

    def batch_begin(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Do nothing; subclasses define it."""


class BatchEnd(EventHandler):
    """Is told when a batch has ended, with ``batch``, ``pred``, ``label`` and ``loss``; the epoch ends where
    ``batch_end`` returns True."""

    def batch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Go on; subclasses define it."""
        return False


def _check_event_handlers(handlers: Any) -> list[EventHandler]:
    """``handlers`` as a list.

    Raises:
        ArgumentError: there is something else among them.
    """
    if isinstance(handlers, EventHandler):
        return [handlers]
    listed = list(handlers) if isinstance(handlers, (list, tuple)) else [handlers] if handlers else []
    if not all(isinstance(h, EventHandler) for h in listed):
        raise ArgumentError(f"handlers must be an EventHandler or a list of EventHandler, got: {handlers}")
    return listed


class Progress:
    """What counts batches and epochs from the beginning of training on."""

    current_batch = 0
    current_epoch = 0

    def _restart(self) -> None:
        self.current_batch = 0
        self.current_epoch = 0


class StoppingHandler(Progress, TrainBegin, BatchEnd, EpochEnd):
    """Stops after a number of epochs or batches.

    Args:
        max_epoch, max_batch: how many; those that ``fit`` was given where they are None. 1.9.1 takes those of ``fit``
            in any case.
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
        """Whether the last batch was it."""
        self.current_batch += 1
        if self.current_batch == self.max_batch:
            self.stop_training = True
        return self.stop_training

    def epoch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Whether the last epoch, or batch, was it."""
        self.current_epoch += 1
        if self.current_epoch == self.max_epoch:
            self.stop_training = True
        return self.stop_training


class MetricHandler(EpochBegin, BatchEnd):
    """Resets metrics when an epoch begins and updates them after each batch.

    Args:
        metrics: the metrics; a :class:`mxnet.metric.Loss` gets the losses, others label and prediction.
        priority: handlers run in the order of theirs, lowest first; without one it is 0.
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
        eval_fn: called with ``val_data``, ``batch_axis`` and ``event_handlers``; ``Estimator.evaluate`` in general.
        epoch_period, batch_period: every how many epochs and batches; None for never.
        priority: handlers run in the order of theirs, lowest first; without one it is 0.
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
        priority: handlers run in the order of theirs, lowest first; without one it is 0.
    """

    def __init__(self, priority: float = -2000) -> None:
        self.priority = priority

    def batch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Step."""
        losses = kwargs["loss"]
        estimator.trainer.step(sum(len(part) for part in (losses if isinstance(losses, (list, tuple)) else [losses])))
        return False


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
        """What every value is better than."""
        return float("inf") if self.less else -float("inf")

    def better(self, value: float, best: float, margin: float = 0) -> bool:
        """Whether ``value`` is, by more than ``margin``."""
        return value + margin < best if self.less else value - margin > best


_ERRORS = ("loss", "error", "mae", "mse", "rmse", "cross-entropy", "crossentropy", "nll", "perplexity")


def _is_error(metric: EvalMetric) -> bool:
    """Whether less of it is better, by class or name."""
    name = metric.name.lower()
    return isinstance(metric, metric_loss) or any(word in name for word in _ERRORS)


class EarlyStoppingHandler(TrainBegin, EpochEnd, TrainEnd):
    """Stops when a metric no longer becomes better.

    Args:
        monitor: one of the estimator's metrics.
        min_delta: a change of less is no improvement.
        patience: how many epochs without improvement to wait for one.
        mode: ``min`` if less is better, ``max`` if more is, ``auto`` to tell by the metric: less of losses and errors,
            more of others. 1.9.1 takes more for all of them, in spite of what it says.
        baseline: what the metric has to be better than at first.

    Raises:
        ArgumentError: ``monitor`` is no metric.

    The epoch in which it stopped is its ``stopped_epoch``.

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
