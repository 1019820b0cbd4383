"""What all metrics share: sums over the whole run and since the last local reset, kept on the device."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy
import torch

from mxnet import registry
from mxnet._base.errors import ArgumentError, InputTypeError, NotDefined, ShapeError
from mxnet.ndarray import NDArray

_PENDING_LIMIT = 64


class BadIndex(ArgumentError, IndexError):
    """What is not there: a metric of a composite, a class among the predictions."""


class RejectedShape(ShapeError, AssertionError):
    """Labels and predictions that do not fit together; some metrics of 1.9.1 check them with ``assert``."""


class NotAnArray(InputTypeError, AttributeError):
    """What is no array of this package: 1.9.1 finds that out by ``assert`` in some metrics, by a method in others."""


_SUMS = ("sum_metric", "num_inst", "global_sum_metric", "global_num_inst")
_WAYS_TO_SUMS = {
    *("_pending", "_pending_counts", "_doubts"),
    *("_local_sum", "_local_count", "_global_sum", "_global_count"),
}


class EvalMetric:
    """A measure that is updated batch by batch.

    Args:
        name: its name in results.
        output_names, label_names: which outputs and labels ``update_dict`` uses; all, in order, if None.
        kwargs: further arguments, for ``get_config``.

    ``get`` divides ``sum_metric`` by ``num_inst``. Sums given to ``_add`` as tensors stay on their device until someone
    reads them. A metric of your own defines ``update``.

    >>> import mxnet as mx
    >>> class Largest(mx.metric.EvalMetric):
    ...     def update(self, labels, preds):
    ...         for pred in preds:
    ...             self.sum_metric += pred.max().asscalar()
    ...             self.num_inst += 1
    >>> largest = Largest("largest")
    >>> largest.update([], [mx.nd.array([1, 3]), mx.nd.array([2, 1])])
    >>> largest.get()
    ('largest', 2.5)
    """

    def __init__(
        self,
        name: str,
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.name = str(name)
        self.output_names = output_names
        self.label_names = label_names
        self._has_global_stats = kwargs.pop("has_global_stats", False)
        self._kwargs = kwargs
        self._forget()
        self._local_sum: Any = 0.0
        self._global_sum: Any = 0.0
        self._local_count: Any = 0
        self._global_count: Any = 0
        self.reset()

    def __str__(self) -> str:
        return f"EvalMetric: {dict(self.get_name_value())}"

    def __getstate__(self) -> dict[str, Any]:
        """The attributes that 1.9.1 pickles too, with its sums in place of what is still to be added up."""
        self._flush()
        kept = {k: v for k, v in vars(self).items() if k not in _WAYS_TO_SUMS}
        return {**kept, **{name: getattr(self, name) for name in _SUMS}}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self._forget()
        self._local_sum = self._global_sum = 0.0
        self._local_count = self._global_count = 0
        for name, value in state.items():
            setattr(self, name, value.item() if isinstance(value, numpy.generic) else value)

    # -- sums ---------------------------------------------------------------------------------------------------

    def _add(self, value: Any, count: Any) -> None:
        """Add to both sums and both counts. Tensors are taken as they are, without waiting for them."""
        if isinstance(value, torch.Tensor):
            self._pending = _kept(self._pending, value)
        else:
            value = value.item() if isinstance(value, numpy.generic) else value
            self._local_sum += value
            self._global_sum += value
        if isinstance(count, torch.Tensor):
            self._pending_counts = _kept(self._pending_counts, count)
        else:
            self._local_count += count
            self._global_count += count

    def _require(self, sound: torch.Tensor, error: Exception) -> None:
        """Raise ``error`` unless ``sound``: at once for values on the host, for others when they are next read."""
        if sound.device.type == "cpu":
            if not sound:
                raise error
            return
        self._doubts.append((sound, error))

    def _flush(self) -> None:
        doubts, self._doubts = self._doubts, []
        for sound, error in doubts:
            if not sound:
                raise error
        if self._pending:
            total = sum(float(p) for p in self._pending)
            self._pending = []
            self._local_sum += total
            self._global_sum += total
        if self._pending_counts:
            count = sum(int(p) for p in self._pending_counts)
            self._pending_counts = []
            self._local_count += count
            self._global_count += count

    @property
    def sum_metric(self) -> Any:
        """The sum since the last local reset."""
        self._flush()
        return self._local_sum

    @sum_metric.setter
    def sum_metric(self, value: Any) -> None:
        self._flush()
        self._local_sum = value

    @property
    def global_sum_metric(self) -> Any:
        """The sum since the last reset."""
        self._flush()
        return self._global_sum

    @global_sum_metric.setter
    def global_sum_metric(self, value: Any) -> None:
        self._flush()
        self._global_sum = value

    @property
    def num_inst(self) -> Any:
        """The number of instances since the last local reset."""
        self._flush()
        return self._local_count

    @num_inst.setter
    def num_inst(self, value: Any) -> None:
        self._flush()
        self._local_count = value

    @property
    def global_num_inst(self) -> Any:
        """The number of instances since the last reset."""
        self._flush()
        return self._global_count

    @global_num_inst.setter
    def global_num_inst(self, value: Any) -> None:
        self._flush()
        self._global_count = value

    def _forget(self) -> None:
        self._pending: list[torch.Tensor] = []
        self._pending_counts: list[torch.Tensor] = []
        self._doubts: list[tuple[torch.Tensor, Exception]] = []

    def reset(self) -> None:
        """Begin again."""
        self._forget()
        self.num_inst = 0
        self.sum_metric = 0.0
        self.global_num_inst = 0
        self.global_sum_metric = 0.0

    def reset_local(self) -> None:
        """Begin the local sums again; the global ones go on."""
        self.num_inst = 0
        self.sum_metric = 0.0

    # -- updates and results ------------------------------------------------------------------------------------

    def update_dict(self, label: Mapping[str, NDArray], pred: Mapping[str, NDArray]) -> None:
        """Update from labels and outputs by name."""
        labels = [label[n] for n in self.label_names] if self.label_names is not None else list(label.values())
        preds = [pred[n] for n in self.output_names] if self.output_names is not None else list(pred.values())
        self.update(labels, preds)

    def update(self, labels: Any, preds: Any) -> None:
        """Update from lists of labels and predictions, or one of each."""
        raise NotDefined(f"{type(self).__name__} must define update(labels, preds)")

    def _value(self, total: Any, count: Any) -> Any:
        """The result for a sum over a number of instances."""
        return total / count

    def get(self) -> tuple[Any, Any]:
        """Name and value since the last local reset; nan before any update."""
        if self.num_inst == 0:
            return self.name, float("nan")
        return self.name, self._value(self.sum_metric, self.num_inst)

    def get_global(self) -> tuple[Any, Any]:
        """Name and value since the last reset, for metrics that keep both; else as :meth:`get`."""
        if not self._has_global_stats:
            return self.get()
        if self.global_num_inst == 0:
            return self.name, float("nan")
        return self.name, self._value(self.global_sum_metric, self.global_num_inst)

    def get_name_value(self) -> list[tuple[str, Any]]:
        """:meth:`get` as a list of pairs."""
        return _pairs(*self.get())

    def get_global_name_value(self) -> list[tuple[str, Any]]:
        """:meth:`get_global` as a list of pairs."""
        return _pairs(*self.get_global())

    def get_config(self) -> dict[str, Any]:
        """The configuration from which :func:`create` makes the metric again."""
        return {
            **self._kwargs,
            "metric": type(self).__name__,
            "name": self.name,
            "output_names": self.output_names,
            "label_names": self.label_names,
        }


def _kept(pending: list[torch.Tensor], value: torch.Tensor) -> list[torch.Tensor]:
    """The list with one more number; its numbers are added up on their devices before it grows long."""
    pending.append(value)
    if len(pending) < _PENDING_LIMIT:
        return pending
    devices = {p.device for p in pending}
    return [torch.stack([p.double() for p in pending if p.device == d]).sum() for d in devices]


def _pairs(name: Any, value: Any) -> list[tuple[str, Any]]:
    names = name if isinstance(name, list) else [name]
    values = value if isinstance(value, list) else [value]
    return list(zip(names, values, strict=True))


def check_label_shapes(labels: Any, preds: Any, wrap: bool = False, shape: bool = False) -> tuple[Any, Any]:
    """Labels and predictions, after a look at their number.

    Args:
        wrap: make lists of single arrays.
        shape: compare shapes rather than lengths.
        labels, preds: arrays or lists of them.

    Raises:
        ShapeError: they differ.

    >>> check_label_shapes([1, 2], [3, 4])
    ([1, 2], [3, 4])
    """
    left, right = (labels.shape, preds.shape) if shape else (len(labels), len(preds))
    if left != right:
        hint = "" if left else "; there are no labels: give the data iterator, or the batch, some"
        raise ShapeError(f"Shape of labels {left} does not match shape of predictions {right}{hint}")
    if wrap:
        labels = [labels] if isinstance(labels, NDArray) else labels
        preds = [preds] if isinstance(preds, NDArray) else preds
    return labels, preds


def ready(array: Any) -> torch.Tensor:
    """The tensor of an array.

    Raises:
        NotAnArray: it is something else.
    """
    if not isinstance(array, NDArray):
        raise NotAnArray(
            f"labels and predictions must have NDArray type, but got {reprlib.repr(array)}; mx.nd.array() makes one"
        )
    return array._ready()


def host(array: Any) -> numpy.ndarray:
    """The values as a NumPy array; read-only, and without a copy where possible."""
    if isinstance(array, NDArray):
        data = array._ready()
        if data.device.type == "cpu" and data.dtype is not torch.bfloat16:
            return data.numpy()
        return array.asnumpy()
    return numpy.asarray(array)


def floating(array: Any) -> torch.Tensor:
    """The tensor of an array, in a dtype that NumPy has too, float64 for integers; without waiting for it."""
    data = array._ready() if isinstance(array, NDArray) else torch.as_tensor(numpy.asarray(array))
    if data.dtype is torch.bfloat16:
        return data.float()
    return data if data.is_floating_point() else data.double()


register = registry.get_register_func(EvalMetric, "metric")
alias = registry.get_alias_func(EvalMetric, "metric")
