"""The Estimator: training and evaluation of a model."""

from __future__ import annotations

import copy
import logging
import sys
import warnings
from typing import Any

from mxnet._base.errors import ArgumentError, MXNetError
from mxnet.context import Context, cpu, gpu, num_gpus
from mxnet.gluon import loss as gluon_loss
from mxnet.gluon._errors import RejectedError
from mxnet.gluon.data import DataLoader
from mxnet.gluon.trainer import Trainer
from mxnet.metric import EvalMetric
from mxnet.metric import Loss as metric_loss

from ._nan import LossWatch
from .batch_processor import BatchProcessor
from .event_handler import (
    BatchBegin,
    BatchEnd,
    EpochBegin,
    EpochEnd,
    GradientUpdateHandler,
    LoggingHandler,
    MetricHandler,
    StoppingHandler,
    TrainBegin,
    TrainEnd,
    ValidationHandler,
    _check_event_handlers,
)
from .utils import _check_handler_metric_ref, _check_metrics, _suggest_metric_for_loss

__all__ = ["Estimator"]


class Estimator:
    """Trains and evaluates a model.

    Args:
        net: the model.
        loss: the loss, computed of prediction and label.
        train_metrics: metrics of training; by default the loss, and the accuracy of a SoftmaxCrossEntropyLoss. Their
            names are made to begin with ``training``.
        val_metrics: metrics of validation; by default copies of those of training.
        initializer: initializes the parameters that are not yet.
        trainer: applies the gradients; by default SGD with a learning rate of 0.001, with a warning.
        context: contexts to train on; by default those the model is on, or else the first GPU, or the CPU.
        val_net: the model to evaluate, by default ``net``; it shares parameters, ``Net(params=net.collect_params())``.
        val_loss: the loss of validation, by default ``loss``.
        batch_processor: how to train and evaluate on a batch, by default :class:`BatchProcessor`.

    Raises:
        ArgumentError: an argument is something else.
        AssertionError: there is no such context.

    Attributes: those arguments, ``logger``, and while it is trained ``max_epoch``, ``max_batch`` and ``batch_axis``.

    >>> import mxnet as mx
    >>> net = mx.gluon.nn.Dense(1)
    >>> net.initialize("zeros")
    >>> trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    >>> estimator = Estimator(net, mx.gluon.loss.L2Loss(), train_metrics=mx.metric.MSE(), trainer=trainer)
    >>> estimator.logger.setLevel("WARNING")
    >>> data = mx.gluon.data.ArrayDataset(mx.nd.ones((8, 2)), mx.nd.ones((8, 1)))
    >>> estimator.fit(mx.gluon.data.DataLoader(data, batch_size=4), epochs=20)
    >>> estimator.train_metrics[0].get()[1] < 0.01
    True
    """

    def __init__(
        self,
        net: Any,
        loss: Any,
        train_metrics: Any = None,
        val_metrics: Any = None,
        initializer: Any = None,
        trainer: Any = None,
        context: Any = None,
        val_net: Any = None,
        val_loss: Any = None,
        batch_processor: Any = None,
    ) -> None:
        self.net = net
        self.loss = self._check_loss(loss)
        self._train_metrics = _check_metrics(train_metrics)
        self._val_metrics = _check_metrics(val_metrics)
        self._add_default_training_metrics()
        self._add_validation_metrics()
        self.val_loss = self.loss if val_loss is None else self._check_loss(val_loss)
        self.val_net = net if val_net is None else val_net
        self.logger = logging.Logger(name="Estimator", level=logging.INFO)
        self.logger.addHandler(logging.StreamHandler(sys.stdout))
        self.context = self._check_context(context)
        self._initialize(initializer)
        self.trainer = self._check_trainer(trainer)
        self.batch_processor = self._check_batch_processor(batch_processor)
        self.max_epoch: int | None = None
        self.max_batch: int | None = None
        self.batch_axis = 0
        self._epoch_batches: int | None = None

    # -- arguments ----------------------------------------------------------------------------------------------

    def _check_loss(self, loss: Any) -> gluon_loss.Loss:
        if not isinstance(loss, gluon_loss.Loss):
            raise ArgumentError(f"loss must be a Loss, refer to gluon.loss.Loss:{loss}")
        return loss

    def _check_context(self, context: Any) -> list[Context]:
        if not context:
            return self._own_contexts() or [gpu(0) if num_gpus() else cpu()]
        contexts = list(context) if isinstance(context, (list, tuple)) else [context]
        if not all(isinstance(c, Context) for c in contexts):
            raise ArgumentError(
                "context must be a Context or a list of Context, for example mx.cpu() or [mx.gpu(0), mx.gpu(1)], refer "
                f"to mxnet.Context:{context}"
            )
        for ctx in contexts:
            if ctx.device_type == "gpu" and ctx.device_id >= num_gpus():
                there = ", ".join(["mx.cpu()", *(f"mx.gpu({i})" for i in range(num_gpus()))])
                raise RejectedError(f"{ctx} is not available, please make sure your context is in one of: {there}")
        return contexts

    def _own_contexts(self) -> list[Context]:
        """The contexts the model's parameters are on already."""
        for param in self.net.collect_params().values():
            try:
                return param.list_ctx()
            except MXNetError:
                continue
        return []

    def _check_batch_processor(self, batch_processor: Any) -> Any:
        if batch_processor is None:
            return BatchProcessor()
        if not (hasattr(batch_processor, "fit_batch") and hasattr(batch_processor, "evaluate_batch")):
            raise ArgumentError("Customized Batch Processor must contain fit_batch() and evaluate_batch() methods")
        return batch_processor

    def _is_initialized(self) -> bool:
        try:
            for param in self.net.collect_params().values():
                param.list_ctx()
        except MXNetError:
            return False
        return True

    def _initialize(self, initializer: Any) -> None:
        if not self._is_initialized():
            self.net.initialize(ctx=self.context, **({"init": initializer} if initializer else {}))
        elif initializer:
            warnings.warn(
                "Network already fully initialized, skipping initialization. You don't need to pass initializer if you "
                "already initialized your net. You can use net.initialize(init=your_initializer, force_reinit=True) "
                "to force re-initialize.",
                stacklevel=3,
            )

    def _check_trainer(self, trainer: Any) -> Trainer:
        if not trainer:
            warnings.warn("No trainer specified, default SGD optimizer with learning rate 0.001 is used.", stacklevel=3)
            return Trainer(self.net.collect_params(), "sgd", {"learning_rate": 0.001})
        if not isinstance(trainer, Trainer):
            raise ArgumentError(f"Trainer must be a Gluon Trainer instance, refer to gluon.Trainer:{trainer}")
        return trainer

    # -- metrics ------------------------------------------------------------------------------------------------

    def _add_default_training_metrics(self) -> None:
        if not self._train_metrics:
            suggested = _suggest_metric_for_loss(self.loss)
            name = self.loss.name.rstrip("1234567890")
            self._train_metrics = [*([suggested] if suggested else []), metric_loss(name)]
        for metric in self._train_metrics:
            if "training" not in metric.name:
                metric.name = "training " + metric.name

    def _add_validation_metrics(self) -> None:
        if not self._val_metrics:
            self._val_metrics = [copy.deepcopy(metric) for metric in self._train_metrics]
        for metric in self._val_metrics:
            if "training" in metric.name:
                metric.name = metric.name.replace("training", "validation")
            elif "validation" not in metric.name:
                metric.name = "validation " + metric.name

    @property
    def train_metrics(self) -> list[EvalMetric]:
        """The metrics of training."""
        return self._train_metrics

    @property
    def val_metrics(self) -> list[EvalMetric]:
        """The metrics of validation."""
        return self._val_metrics

    # -- running ------------------------------------------------------------------------------------------------

    def evaluate(self, val_data: Any, batch_axis: int = 0, event_handlers: Any = None) -> None:
        """Compute the metrics of validation on data.

        Args:
            val_data: a DataLoader of data and label.
            batch_axis: along which batches are split over the contexts.
            event_handlers: handlers of epoch and batch; a MetricHandler and a LoggingHandler are added where there is
                none.

        Raises:
            ArgumentError: an argument is something else.
        """
        _check_loader(val_data, "gluon.data.DataLoader")
        self.batch_axis = batch_axis
        handlers = self._prepare_default_validation_handlers(event_handlers)
        _, epoch_begin, batch_begin, batch_end, epoch_end, _ = self._categorize_handlers(handlers)
        outer, self._epoch_batches = self._epoch_batches, len(val_data)
        for handler in epoch_begin:
            handler.epoch_begin(self)
        for batch in val_data:
            for handler in batch_begin:
                handler.batch_begin(self, batch=batch)
            _, label, pred, loss = self.batch_processor.evaluate_batch(self, batch, batch_axis)
            for handler in batch_end:
                handler.batch_end(self, batch=batch, pred=pred, label=label, loss=loss)
        for handler in epoch_end:
            handler.epoch_end(self)
        self._epoch_batches = outer

    def fit(
        self,
        train_data: Any,
        val_data: Any = None,
        epochs: int | None = None,
        event_handlers: Any = None,
        batches: int | None = None,
        batch_axis: int = 0,
    ) -> None:
        """Train the model.

        Args:
            train_data: a DataLoader of data and label.
            val_data: another one, to evaluate after each epoch.
            epochs, batches: for how many; one of the two.
            event_handlers: handlers of events; a StoppingHandler is added, and where there is none a
                GradientUpdateHandler, MetricHandler, LoggingHandler, and for ``val_data`` a ValidationHandler. They
                run in the order of their ``priority``, lowest first, 0 where they have none.
            batch_axis: along which batches are split over the contexts.

        Raises:
            ArgumentError: an argument is something else, both or none of ``epochs`` and ``batches`` are given, or a
                handler has metrics that are not the estimator's.
            NaNLossError: the loss is not a number; says in which epoch and batch. 1.9.1 goes on.
        """
        _check_loader(train_data, "gluon.data.dataloader")
        if bool(epochs) == bool(batches):
            raise ArgumentError(
                "Fit only support exactly one type of iteration, train by number of epochs or number of batches. "
                f"Please specify one and only one of: epochs or batches, got epochs={epochs} and batches={batches}."
            )
        self.max_epoch = epochs
        self.max_batch = batches
        self.batch_axis = batch_axis
        self._epoch_batches = len(train_data)
        handlers = self._prepare_default_handlers(val_data, event_handlers)
        try:
            self._run(train_data, self._categorize_handlers(handlers))
        finally:
            for handler in handlers:
                if isinstance(handler, LoggingHandler):
                    handler._close_bar()

    def _run(self, train_data: Any, handlers: tuple[list[Any], ...]) -> None:
        train_begin, epoch_begin, batch_begin, batch_end, epoch_end, train_end = handlers
        watch = LossWatch(self.loss.name)
        for handler in train_begin:
            handler.train_begin(self)
        epoch = 0
        stopped = False
        while not stopped:
            for handler in epoch_begin:
                handler.epoch_begin(self)
            for number, batch in enumerate(train_data):
                for handler in batch_begin:
                    handler.batch_begin(self, batch=batch)
                _, label, pred, loss = self.batch_processor.fit_batch(self, batch, self.batch_axis)
                watch.see(epoch, number, loss, batch)
                # all of them are told, whatever one of them says
                ends = [h.batch_end(self, batch=batch, pred=pred, label=label, loss=loss) for h in batch_end]
                if any(ends):
                    break
            watch.check()
            stopped = any([handler.epoch_end(self) for handler in epoch_end])
            epoch += 1
        for handler in train_end:
            handler.train_end(self)

    # -- handlers -----------------------------------------------------------------------------------------------

    def _prepare_default_handlers(self, val_data: Any, event_handlers: Any) -> list[Any]:
        """The handlers given and those that are added, in order."""
        handlers = _check_event_handlers(event_handlers)
        added: list[Any] = [StoppingHandler(self.max_epoch, self.max_batch)]
        # it has to go by what is left of them when training is resumed
        added[0]._own = (None, None)
        if not any(isinstance(h, GradientUpdateHandler) for h in handlers):
            added.append(GradientUpdateHandler())
        if not any(isinstance(h, MetricHandler) for h in handlers):
            added.append(MetricHandler(self.train_metrics))
        if val_data is not None and not any(isinstance(h, ValidationHandler) for h in handlers):
            _check_loader(val_data, "gluon.data.dataloader")
            added.append(ValidationHandler(val_data, self.evaluate))
        if not any(isinstance(h, LoggingHandler) for h in handlers):
            added.append(LoggingHandler(metrics=self.train_metrics))
        return self._in_order(handlers, added, self.train_metrics + self.val_metrics)

    def _prepare_default_validation_handlers(self, event_handlers: Any) -> list[Any]:
        handlers = _check_event_handlers(event_handlers)
        added: list[Any] = []
        if not any(isinstance(h, MetricHandler) for h in handlers):
            added.append(MetricHandler(self.val_metrics))
        if not any(isinstance(h, LoggingHandler) for h in handlers):
            added.append(LoggingHandler(metrics=self.val_metrics))
        return self._in_order(handlers, added, self.val_metrics)

    def _in_order(self, given: list[Any], added: list[Any], metrics: list[Any]) -> list[Any]:
        for handler in given:
            _check_handler_metric_ref(handler, metrics)
        return sorted([*given, *added], key=lambda handler: getattr(handler, "priority", 0))

    def _categorize_handlers(self, event_handlers: list[Any]) -> tuple[list[Any], ...]:
        """The handlers of each event: train begin, epoch begin, batch begin, batch end, epoch end and train end."""
        events = (TrainBegin, EpochBegin, BatchBegin, BatchEnd, EpochEnd, TrainEnd)
        return tuple([h for h in event_handlers if isinstance(h, event)] for event in events)


def _check_loader(data: Any, where: str) -> None:
    if not isinstance(data, DataLoader):
        raise ArgumentError(
            f"Estimator only support input as Gluon DataLoader, got {type(data).__name__}. Alternatively, you can "
            f"transform your DataIter or any NDArray into Gluon DataLoader. Refer to {where}"
        )
