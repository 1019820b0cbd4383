"""Metrics made of others, of functions and of texts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mxnet import registry
from mxnet._base.errors import ArgumentError
from mxnet.ndarray import NDArray

from .base import BadIndex, EvalMetric, _pairs, alias, check_label_shapes, register

_create = registry.get_create_func(EvalMetric, "metric")


class NotSerialisable(ArgumentError, NotImplementedError):
    """A metric that is made from a function cannot be written as text."""


def create(metric: Any, *args: Any, **kwargs: Any) -> EvalMetric:
    """A metric from a name, a function of labels and predictions, JSON, a metric, or a list of these.

    Raises:
        ArgumentError: there is no metric of that name.

    >>> create("acc").get()
    ('accuracy', nan)
    """
    if callable(metric) and not isinstance(metric, EvalMetric):
        return CustomMetric(metric, *args, **kwargs)
    if isinstance(metric, list):
        composite = CompositeEvalMetric()
        for each in metric:
            composite.add(create(each, *args, **kwargs))
        return composite
    return _create(metric, *args, **kwargs)


@alias("composite")
@register
class CompositeEvalMetric(EvalMetric):
    """Several metrics updated together.

    Args:
        metrics: metrics, or what :func:`create` makes them from.
        name, output_names, label_names: as for :class:`EvalMetric`.

    >>> CompositeEvalMetric(["acc", "mse"]).get()
    (['accuracy', 'mse'], [nan, nan])
    """

    def __init__(
        self,
        metrics: Sequence[Any] | None = None,
        name: str = "composite",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        self.metrics: list[EvalMetric] = [create(m) for m in metrics or []]
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def add(self, metric: Any) -> None:
        """Add a metric."""
        self.metrics.append(create(metric))

    def get_metric(self, index: int) -> EvalMetric:
        """The metric at ``index``.

        Raises:
            BadIndex: there is none. (1.9.1 returns the exception instead of raising it.)
        """
        try:
            return self.metrics[index]
        except IndexError:
            raise BadIndex(f"Metric index {index} is out of range 0 and {len(self.metrics)}") from None

    def update_dict(self, labels: Mapping[str, NDArray], preds: Mapping[str, NDArray]) -> None:
        if self.label_names is not None:
            labels = OrderedDict((k, v) for k, v in labels.items() if k in self.label_names)
        if self.output_names is not None:
            preds = OrderedDict((k, v) for k, v in preds.items() if k in self.output_names)
        for metric in self.metrics:
            metric.update_dict(labels, preds)

    def update(self, labels: Any, preds: Any) -> None:
        for metric in self.metrics:
            metric.update(labels, preds)

    def reset(self) -> None:
        for metric in self.metrics:
            metric.reset()

    def reset_local(self) -> None:
        for metric in self.metrics:
            metric.reset_local()

    def _all(self, results: list[tuple[Any, Any]]) -> tuple[list[str], list[Any]]:
        pairs = [p for name, value in results for p in _pairs(name, value)]
        return [n for n, _ in pairs], [v for _, v in pairs]

    def get(self) -> tuple[Any, Any]:
        return self._all([m.get() for m in self.metrics])

    def get_global(self) -> tuple[Any, Any]:
        return self._all([m.get_global() for m in self.metrics])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "metrics": [m.get_config() for m in self.metrics]}


@register
class CustomMetric(EvalMetric):
    """A function of a label and a prediction, both NumPy arrays, that returns a value, or a sum and a count.

    Args:
        feval: the function.
        name: name of the metric; that of the function if None.
        allow_extra_outputs: allow different numbers of labels and predictions.
        output_names, label_names: as for :class:`EvalMetric`.

    >>> import mxnet as mx
    >>> off = mx.metric.CustomMetric(lambda label, pred: abs(label - pred).max(), name="off")
    >>> off.update([mx.nd.array([1, 2])], [mx.nd.array([1, 5])])
    >>> off.get()
    ('off', 3.0)
    """

    def __init__(
        self,
        feval: Callable[..., Any],
        name: str | None = None,
        allow_extra_outputs: bool = False,
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        if name is None:
            name = getattr(feval, "__name__", type(feval).__name__)
            if "<" in name:
                name = f"custom({name})"
        self._feval = feval
        self._allow_extra_outputs = allow_extra_outputs
        super().__init__(
            name,
            output_names,
            label_names,
            feval=feval,
            allow_extra_outputs=allow_extra_outputs,
            has_global_stats=True,
        )

    def update(self, labels: Any, preds: Any) -> None:
        if not self._allow_extra_outputs:
            labels, preds = check_label_shapes(labels, preds, True)
        for pred, label in zip(preds, labels, strict=False):
            found = self._feval(label.asnumpy(), pred.asnumpy())
            total, count = found if isinstance(found, tuple) else (found, 1)
            self._add(total, count)

    def get_config(self) -> dict[str, Any]:
        raise NotSerialisable("CustomMetric cannot be serialized")


def np(numpy_feval: Callable[..., Any], name: str | None = None, allow_extra_outputs: bool = False) -> CustomMetric:
    """A metric from a function of NumPy arrays: see :class:`CustomMetric`.

    Args:
        numpy_feval: the function.
        name, allow_extra_outputs: as for :class:`CustomMetric`.

    >>> import mxnet as mx
    >>> def off(label, pred):
    ...     return abs(label - pred).max()
    >>> metric = mx.metric.np(off)
    >>> metric.update([mx.nd.array([1, 2])], [mx.nd.array([1, 5])])
    >>> metric.get()
    ('off', 3.0)
    """

    def feval(label: Any, pred: Any) -> Any:
        return numpy_feval(label, pred)

    feval.__name__ = numpy_feval.__name__
    return CustomMetric(feval, name, allow_extra_outputs)
