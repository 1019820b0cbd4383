"""Handlers of events: what an Estimator does besides computing gradients."""

from __future__ import annotations

from mxnet._base.names import at_home
from mxnet.metric import CompositeEvalMetric, EvalMetric

from ._checkpoint import CheckpointHandler
from ._events import (
    BatchBegin,
    BatchEnd,
    EpochBegin,
    EpochEnd,
    EventHandler,
    TrainBegin,
    TrainEnd,
    _check_event_handlers,
)
from ._handlers import (
    EarlyStoppingHandler,
    GradientUpdateHandler,
    MetricHandler,
    StoppingHandler,
    ValidationHandler,
    metric_loss,
)
from ._logging import LoggingHandler
from ._nan import NaNLossError
from .utils import _check_metrics

__all__ = [
    "BatchBegin",
    "BatchEnd",
    "CheckpointHandler",
    "CompositeEvalMetric",
    "EarlyStoppingHandler",
    "EpochBegin",
    "EpochEnd",
    "EvalMetric",
    "EventHandler",
    "GradientUpdateHandler",
    "LoggingHandler",
    "MetricHandler",
    "NaNLossError",
    "StoppingHandler",
    "TrainBegin",
    "TrainEnd",
    "ValidationHandler",
    "_check_event_handlers",
    "_check_metrics",
    "metric_loss",
]

at_home(vars())
