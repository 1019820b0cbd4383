"""Losses of predictions that are numbers: their distance from labels, or on which side they are."""

from __future__ import annotations

import math
from typing import Any

from mxnet._base.errors import ArgumentError

from ._base import Loss, _apply_weighting


class L2Loss(Loss):
    """Half the squared difference, ``weight / 2 * (label - pred) ** 2``, averaged over each sample.

    Args:
        weight, batch_axis: as for :class:`Loss`.

    Inputs:  pred of any shape; label of as many elements; sample_weight that broadcasts to pred
    Outputs: (N,)

    >>> import mxnet as mx
    >>> L2Loss()(mx.nd.array([[1], [2]]), mx.nd.array([[0], [0]])).asnumpy()
    array([0.5, 2. ], dtype=float32)
    """

    def __init__(self, weight: float | None = 1.0, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        label = F.reshape_like(label, pred)
        loss = F.square(label - pred)
        half = None if self._weight is None else self._weight / 2
        return self._mean(F, _apply_weighting(F, loss, half, sample_weight))


class L1Loss(Loss):
    """The absolute difference ``|label - pred|``, averaged over each sample.

    Args:
        weight, batch_axis: as for :class:`Loss`.

    Inputs:  pred of any shape; label of as many elements; sample_weight that broadcasts to pred
    Outputs: (N,)

    >>> import mxnet as mx
    >>> L1Loss()(mx.nd.array([[1], [2]]), mx.nd.array([[0], [0]])).asnumpy()
    array([1., 2.], dtype=float32)
    """

    def __init__(self, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        label = F.reshape_like(label, pred)
        loss = F.abs(label - pred)
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))


class HuberLoss(Loss):
    """Squared difference up to ``rho``, absolute difference beyond, averaged over each sample.

    Args:
        rho: the difference from which on it is absolute.
        weight, batch_axis: as for :class:`Loss`.

    Inputs:  pred of any shape; label of as many elements; sample_weight that broadcasts to pred
    Outputs: (N,)

    Source:  doi:10.1214/aoms/1177703732

    >>> import mxnet as mx
    >>> HuberLoss()(mx.nd.array([[0.5], [3]]), mx.nd.array([[0], [0]])).asnumpy()
    array([0.125, 2.5  ], dtype=float32)
    """

    def __init__(self, rho: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._rho = rho

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        label = F.reshape_like(label, pred)
        loss = F.abs(label - pred)
        loss = F.where(loss > self._rho, loss - 0.5 * self._rho, (0.5 / self._rho) * F.square(loss))
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))


class HingeLoss(Loss):
    """``max(0, margin - pred * label)`` for labels -1 and 1, averaged over each sample.

    Args:
        margin: the distance on the right side from which on there is no loss.
        weight, batch_axis: as for :class:`Loss`.

    Inputs:  pred of any shape; label of as many elements; sample_weight that broadcasts to pred
    Outputs: (N,)

    >>> import mxnet as mx
    >>> HingeLoss()(mx.nd.array([[0.5], [-2]]), mx.nd.array([[1], [1]])).asnumpy()
    array([0.5, 3. ], dtype=float32)
    """

    def __init__(self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        label = F.reshape_like(label, pred)
        loss = F.relu(self._margin - pred * label)
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))


class SquaredHingeLoss(Loss):
    """``max(0, margin - pred * label) ** 2`` for labels -1 and 1, averaged over each sample.

    Args:
        margin: the distance on the right side from which on there is no loss.
        weight, batch_axis: as for :class:`Loss`.

    Inputs:  pred of any shape; label of as many elements; sample_weight that broadcasts to pred
    Outputs: (N,)

    >>> import mxnet as mx
    >>> SquaredHingeLoss()(mx.nd.array([[0.5], [-2]]), mx.nd.array([[1], [1]])).asnumpy()
    array([0.25, 9.  ], dtype=float32)
    """

    def __init__(self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        label = F.reshape_like(label, pred)
        loss = F.square(F.relu(self._margin - pred * label))
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))


class LogisticLoss(Loss):
    """``log(1 + exp(-pred * label))`` for labels -1 and 1, averaged over each sample.

    Args:
        label_format: ``signed`` for labels -1 and 1, ``binary`` for 0 and 1.
        weight, batch_axis: as for :class:`Loss`.

    Inputs:  pred of any shape; label of as many elements; sample_weight that broadcasts to pred
    Outputs: (N,)

    Raises:
        ArgumentError: ``label_format`` is neither of these.

    >>> import mxnet as mx
    >>> LogisticLoss()(mx.nd.array([[0], [3]]), mx.nd.array([[1], [-1]])).asnumpy().round(4)
    array([0.6931, 3.0486], dtype=float32)
    """

    def __init__(
        self, weight: float | None = None, batch_axis: int = 0, label_format: str = "signed", **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._label_format = label_format
        if label_format not in ("signed", "binary"):
            raise ArgumentError(f"label_format can only be signed or binary, recieved {label_format}.")

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        label = F.reshape_like(label, pred)
        if self._label_format == "signed":
            label = (label + 1.0) / 2.0
        loss = F.relu(pred) - pred * label + F.Activation(-F.abs(pred), act_type="softrelu")
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))


class PoissonNLLLoss(Loss):
    """Negative log likelihood of counts that are Poisson distributed, averaged over all of them.

    Args:
        from_logits: whether pred are logarithms of the means: ``exp(pred) - target * pred``; otherwise
            ``pred - target * log(pred + epsilon)``.
        compute_full: add Stirling's approximation of ``log(target!)`` for targets above 1.
        weight, batch_axis: as for :class:`Loss`.

    Inputs:  pred of any shape; target of as many elements; sample_weight that broadcasts to pred; epsilon, a number
    Outputs: (1,)

    >>> import mxnet as mx
    >>> PoissonNLLLoss()(mx.nd.array([0, 1]), mx.nd.array([1, 2])).asnumpy().round(4)
    array([0.8591], dtype=float32)
    """

    def __init__(
        self,
        weight: float | None = None,
        from_logits: bool = True,
        batch_axis: int = 0,
        compute_full: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_logits = from_logits
        self._compute_full = compute_full

    def hybrid_forward(self, F: Any, pred: Any, target: Any, sample_weight: Any = None, epsilon: float = 1e-08) -> Any:
        target = F.reshape_like(target, pred)
        if self._from_logits:
            loss = F.exp(pred) - target * pred
        else:
            loss = pred - target * F.log(pred + epsilon)
        if self._compute_full:
            # without the mask inside the logarithm its gradient at zero would be nan
            large = target > 1
            safe = F.where(large, target, F.ones_like(target))
            stirling = safe * F.log(safe) - safe + 0.5 * F.log(2 * safe * math.pi)
            loss = loss + stirling * large
        loss = _apply_weighting(F, loss, self._weight, sample_weight)
        return F.mean(loss)
