"""Events of training, which handlers derive from, and the count of batches and epochs."""

from __future__ import annotations

from typing import Any

from mxnet._base.errors import ArgumentError


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
    """Called when training begins."""

    def train_begin(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Do nothing; subclasses define it."""


class TrainEnd(EventHandler):
    """Called when training has ended."""

    def train_end(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Do nothing; subclasses define it."""


class EpochBegin(EventHandler):
    """Called when an epoch begins."""

    def epoch_begin(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Do nothing; subclasses define it."""


class EpochEnd(EventHandler):
    """Called when an epoch has ended; training stops if ``epoch_end`` returns True."""

    def epoch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> bool:
        """Go on; subclasses define it."""
        return False


class BatchBegin(EventHandler):
    """Called when a batch begins, with ``batch``."""

    def batch_begin(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
        """Do nothing; subclasses define it."""


class BatchEnd(EventHandler):
    """Called when a batch has ended, with ``batch``, ``pred``, ``label`` and ``loss``; the epoch ends if ``batch_end``
    returns True."""

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
    """Counts of batches and epochs since training began."""

    current_batch = 0
    current_epoch = 0

    def _restart(self) -> None:
        self.current_batch = 0
        self.current_epoch = 0
