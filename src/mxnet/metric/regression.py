"""Metrics of distance and correlation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy
import torch

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._ops.types import plain
from mxnet.ndarray import NDArray

from .base import EvalMetric, alias, check_label_shapes, floating, host, ready, register

_Names = Sequence[str] | None


class _PerBatch(EvalMetric):
    """A distance averaged over each label and prediction, and then over those pairs."""

    def _distance(self, label: torch.Tensor, pred: torch.Tensor) -> torch.Tensor:
        raise ArgumentError(f"{type(self).__name__} must define _distance(label, pred)")

    def update(self, labels: Any, preds: Any) -> None:
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds, strict=True):
            got = floating(pred)
            wanted = floating(label).to(got.device)
            wanted = wanted.reshape(-1, 1) if wanted.ndim == 1 else wanted
            got = got.reshape(-1, 1) if got.ndim == 1 else got
            try:
                numpy.broadcast_shapes(wanted.shape, got.shape)
            except ValueError:
                raise ShapeError(
                    f"{self.name}: labels {tuple(wanted.shape)} do not go with predictions {tuple(got.shape)}; "
                    "expected equal shapes"
                ) from None
            self._add(self._distance(wanted, got), 1)


@register
class MAE(_PerBatch):
    """Mean absolute error.

    Args:
        name, output_names, label_names: as for :class:`EvalMetric`.

    Inputs:  labels and predictions of any one shape; (N,) counts as (N, 1)

    >>> import mxnet as mx
    >>> mae = MAE()
    >>> mae.update([mx.nd.array([1, 2])], [mx.nd.array([1, 5])])
    >>> mae.get()
    ('mae', 1.5)
    """

    def __init__(self, name: str = "mae", output_names: _Names = None, label_names: _Names = None) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def _distance(self, label: torch.Tensor, pred: torch.Tensor) -> torch.Tensor:
        return (label - pred).abs().mean()


@register
class MSE(_PerBatch):
    """Mean squared error.

    Args:
        name, output_names, label_names: as for :class:`EvalMetric`.

    Inputs:  labels and predictions of any one shape; (N,) counts as (N, 1)

    >>> import mxnet as mx
    >>> mse = MSE()
    >>> mse.update([mx.nd.array([1, 2])], [mx.nd.array([1, 5])])
    >>> mse.get()
    ('mse', 4.5)
    """

    def __init__(self, name: str = "mse", output_names: _Names = None, label_names: _Names = None) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def _distance(self, label: torch.Tensor, pred: torch.Tensor) -> torch.Tensor:
        return (label - pred).square().mean()


@register
class RMSE(_PerBatch):
    """Square root of the mean squared error, averaged over batches.

    Args:
        name, output_names, label_names: as for :class:`EvalMetric`.

    Inputs:  labels and predictions of any one shape; (N,) counts as (N, 1)

    >>> import mxnet as mx
    >>> rmse = RMSE()
    >>> rmse.update([mx.nd.array([1, 2])], [mx.nd.array([1, 5])])
    >>> round(rmse.get()[1], 4)
    2.1213
    """

    def __init__(self, name: str = "rmse", output_names: _Names = None, label_names: _Names = None) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def _distance(self, label: torch.Tensor, pred: torch.Tensor) -> torch.Tensor:
        return (label - pred).square().mean().sqrt()


@register
class Loss(EvalMetric):
    """Mean of the predictions, which are losses; there are no labels.

    Args:
        name, output_names, label_names: as for :class:`EvalMetric`.

    Inputs:  no labels; predictions of any shape

    >>> import mxnet as mx
    >>> loss = Loss()
    >>> loss.update(None, [mx.nd.array([1, 2])])
    >>> loss.get()
    ('loss', 1.5)
    """

    def __init__(self, name: str = "loss", output_names: _Names = None, label_names: _Names = None) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def update(self, _: Any, preds: Any) -> None:
        for pred in [preds] if isinstance(preds, NDArray) else preds:
            self._add(ready(pred).sum(), pred.size)


@register
class Torch(Loss):
    """Loss under the name it has in the Torch plugin.

    Args:
        name, output_names, label_names: as for :class:`EvalMetric`.

    Inputs:  no labels; predictions of any shape

    >>> import mxnet as mx
    >>> torch = Torch()
    >>> torch.update(None, [mx.nd.array([1, 2])])
    >>> torch.get()
    ('torch', 1.5)
    """

    def __init__(self, name: str = "torch", output_names: _Names = None, label_names: _Names = None) -> None:
        super().__init__(name, output_names, label_names)


@register
class Caffe(Loss):
    """Loss under the name it has in the Caffe plugin.

    Args:
        name, output_names, label_names: as for :class:`EvalMetric`.

    Inputs:  no labels; predictions of any shape

    >>> import mxnet as mx
    >>> caffe = Caffe()
    >>> caffe.update(None, [mx.nd.array([1, 2])])
    >>> caffe.get()
    ('caffe', 1.5)
    """

    def __init__(self, name: str = "caffe", output_names: _Names = None, label_names: _Names = None) -> None:
        super().__init__(name, output_names, label_names)


class _Moments:
    """Means, variances and covariance of pairs that arrive in batches (Welford)."""

    def __init__(self) -> None:
        self.count = 0
        self.mean_x = self.mean_y = self.square_x = self.square_y = self.product = 0.0

    def update(self, x: numpy.ndarray, y: numpy.ndarray) -> None:
        n = self.count + x.size
        dx, dy = x.mean() - self.mean_x, y.mean() - self.mean_y
        weight = self.count * x.size / n
        self.square_x += ((x - x.mean()) ** 2).sum() + dx * dx * weight
        self.square_y += ((y - y.mean()) ** 2).sum() + dy * dy * weight
        self.product += ((x - x.mean()) * (y - y.mean())).sum() + dx * dy * weight
        self.mean_x += dx * x.size / n
        self.mean_y += dy * y.size / n
        self.count = n

    def correlation(self) -> float:
        return float(self.product / math.sqrt(self.square_x * self.square_y))


_PICKLED = {
    **{"_label_nums": "count", "_mean_l": "mean_x", "_sse_l": "square_x"},
    **{"_pred_nums": "count", "_mean_p": "mean_y", "_sse_p": "square_y"},
    "_conv": "product",
}
"""Moments by the names that 1.9.1's pickles have for them."""


@alias("pearsonr")
@register
class PearsonCorrelation(EvalMetric):
    """Pearson's correlation of labels and predictions.

    Args:
        name, output_names, label_names: as for :class:`EvalMetric`.
        average: ``macro`` for the mean of the correlations of the updates, ``micro`` for the correlation of all values.

    Inputs:  labels and predictions of one shape

    Raises:
        ArgumentError: ``average`` is neither of these.
        ShapeError: when updated with labels and predictions of different shapes.

    >>> import mxnet as mx
    >>> correlation = PearsonCorrelation()
    >>> correlation.update([mx.nd.array([1, 2, 3])], [mx.nd.array([2, 4, 7])])
    >>> round(correlation.get()[1], 4)
    0.9934
    """

    def __init__(
        self,
        name: str = "pearsonr",
        output_names: _Names = None,
        label_names: _Names = None,
        average: str = "macro",
    ) -> None:
        if average not in ("macro", "micro"):
            raise ArgumentError(f"PearsonCorrelation: average is {average!r}; expected 'macro' or 'micro'")
        self.average = average
        self._moments = _Moments()
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        moments = state.pop("_moments")
        if self.average == "micro":
            state |= {name: plain(getattr(moments, own)) for name, own in _PICKLED.items()}
        return state

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        super().__setstate__({k: v for k, v in state.items() if k not in _PICKLED})
        self._moments = _Moments()
        for name in _PICKLED.keys() & state.keys():
            setattr(self._moments, _PICKLED[name], state[name])

    def reset(self) -> None:
        self._moments = _Moments()
        super().reset()

    def reset_micro(self) -> None:
        """Begin the moments of ``micro`` again."""
        self._moments = _Moments()

    def update_variance(self, new_values: Any, *aggregate: Any) -> tuple[int, Any, Any]:
        """The number of values, their mean and the sum of squares around it, after adding ``new_values``.

        Args:
            new_values: a NumPy array.
            aggregate: number, mean and sum of squares of the values before.

        >>> import numpy
        >>> PearsonCorrelation().update_variance(numpy.array([3.0, 5.0]), 0, 0, 0)
        (2, 4.0, 2.0)
        """
        count, mean, squares = aggregate
        away = new_values - mean
        total = count + len(new_values)
        after = mean + (away / total).sum()
        return total, float(after), float(squares + (away * (new_values - after)).sum())

    def update_cov(self, label: Any, pred: Any) -> None:
        """Add the products of two NumPy arrays, taken around the means so far, to those of ``micro``."""
        moments = self._moments
        moments.product += ((label - moments.mean_x) * (pred - moments.mean_y)).sum()

    def update(self, labels: Any, preds: Any) -> None:
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds, strict=True):
            check_label_shapes(label, pred, False, True)
            wanted = host(label).ravel().astype(numpy.float64)
            got = host(pred).ravel().astype(numpy.float64)
            if self.average == "macro":
                self._add(numpy.corrcoef(got, wanted)[0, 1], 1)
                continue
            self._moments.update(wanted, got)
            self.num_inst += 1
            self.global_num_inst += 1

    def get(self) -> tuple[Any, Any]:
        if self.average == "micro" and self.num_inst:
            return self.name, self._moments.correlation()
        return super().get()
