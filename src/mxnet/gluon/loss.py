"""Losses: one number a sample."""

from __future__ import annotations

import math
import warnings
from typing import Any

from mxnet import ndarray
from mxnet._base.errors import ArgumentError, DTypeError
from mxnet.base import numeric_types
from mxnet.ndarray import NDArray
from mxnet.util import is_np_array

from ._errors import RejectedError
from .block import HybridBlock

__all__ = [
    "CTCLoss",
    "CosineEmbeddingLoss",
    "HingeLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "L2Loss",
    "LogisticLoss",
    "Loss",
    "PoissonNLLLoss",
    "SDMLLoss",
    "SigmoidBCELoss",
    "SigmoidBinaryCrossEntropyLoss",
    "SoftmaxCELoss",
    "SoftmaxCrossEntropyLoss",
    "SquaredHingeLoss",
    "TripletLoss",
    "is_np_array",
    "ndarray",
    "numeric_types",
]


def _apply_weighting(F: Any, loss: Any, weight: Any = None, sample_weight: Any = None) -> Any:
    """``loss`` times the weight of each sample and that of the whole.

    Raises:
        DTypeError: ``weight`` is not a number.
    """
    if sample_weight is not None:
        loss = F.broadcast_mul(loss, sample_weight)
    if weight is not None:
        if not isinstance(weight, numeric_types):
            raise DTypeError(f"weight must be a number, got {weight!r}")
        loss = loss * weight
    return loss


def _reshape_like(F: Any, x: Any, y: Any) -> Any:
    """``x`` in the shape of ``y``; losses of other packages use it.

    Args:
        F: ``mx.nd`` or ``mx.sym``.

    >>> import mxnet as mx
    >>> _reshape_like(mx.nd, mx.nd.zeros(6), mx.nd.zeros((2, 3))).shape
    (2, 3)
    """
    if is_np_array():
        F = F.npx
    return F.reshape_like(x, y)


class Loss(HybridBlock):
    """Base of all losses.

    Args:
        weight: factor of the whole; None for 1.
        batch_axis: the axis of samples.
    """

    def __init__(self, weight: float | None, batch_axis: int, **kwargs: Any) -> None:
        if weight is not None and not isinstance(weight, numeric_types):
            raise DTypeError(f"{type(self).__name__}: weight must be a number or None, got {weight!r}")
        super().__init__(**kwargs)
        self._weight = weight
        self._batch_axis = batch_axis

    def __repr__(self) -> str:
        return f"{type(self).__name__}(batch_axis={self._batch_axis}, w={self._weight})"

    def _mean(self, F: Any, loss: Any) -> Any:
        return F.mean(loss, axis=self._batch_axis, exclude=True)


class L2Loss(Loss):
    """Half the squared difference, ``weight / 2 * (label - pred) ** 2``, its mean over each sample.

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
    """The absolute difference ``|label - pred|``, its mean over each sample.

    Inputs:  pred of any shape; label of as many elements; sample_weight that broadcasts to pred
    Outputs: (N,)
    """

    def __init__(self, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        label = F.reshape_like(label, pred)
        loss = F.abs(label - pred)
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))


class SigmoidBinaryCrossEntropyLoss(Loss):
    """Cross entropy of two classes, for labels from 0 to 1.

    Args:
        from_sigmoid: whether pred are probabilities; otherwise they are what goes into a sigmoid, which is the safer.

    Inputs:  pred of any shape; label of as many elements; sample_weight that broadcasts to pred; pos_weight, a factor
             of the part of positive labels, that broadcasts to pred
    Outputs: (N,)
    """

    def __init__(
        self, from_sigmoid: bool = False, weight: float | None = None, batch_axis: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_sigmoid = from_sigmoid

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None, pos_weight: Any = None) -> Any:
        label = F.reshape_like(label, pred)
        if self._from_sigmoid:
            loss = self._of_probabilities(F, pred, label, pos_weight)
        elif pos_weight is None:
            # log(1 + exp(-x)) without overflow
            loss = F.relu(pred) - pred * label + F.Activation(-F.abs(pred), act_type="softrelu")
        else:
            factor = 1 + F.broadcast_mul(pos_weight - 1, label)
            loss = pred - pred * label + factor * (F.Activation(-F.abs(pred), act_type="softrelu") + F.relu(-pred))
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))

    @staticmethod
    def _of_probabilities(F: Any, pred: Any, label: Any, pos_weight: Any) -> Any:
        eps = 1e-12
        positive = F.log(pred + eps) * label
        if pos_weight is not None:
            positive = F.broadcast_mul(positive, pos_weight)
        return -(positive + F.log(1.0 - pred + eps) * (1.0 - label))


SigmoidBCELoss = SigmoidBinaryCrossEntropyLoss


class SoftmaxCrossEntropyLoss(Loss):
    """Cross entropy of classes.

    Args:
        axis: the axis of classes.
        sparse_label: whether labels are numbers of classes; otherwise they are distributions, of pred's shape.
        from_logits: whether pred are log-probabilities; otherwise they are what goes into a softmax.

    Inputs:  pred (N, ..., C); label (N, ...) or like pred; sample_weight that broadcasts to pred with C = 1
    Outputs: (N,)

    >>> import mxnet as mx
    >>> SoftmaxCrossEntropyLoss()(mx.nd.zeros((2, 4)), mx.nd.array([0, 3])).asnumpy().round(4)
    array([1.3863, 1.3863], dtype=float32)
    """

    def __init__(
        self,
        axis: int = -1,
        sparse_label: bool = True,
        from_logits: bool = False,
        weight: float | None = None,
        batch_axis: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._axis = axis
        self._sparse_label = sparse_label
        self._from_logits = from_logits
        self._calls = 0

    def forward(self, x: Any, *args: Any) -> Any:
        """Compute the loss; on CPUs, look whether labels are numbers of classes: often at first, then now and then."""
        if self._sparse_label and len(args) == 1:  # with weights, labels of no class may be meant to count for nothing
            if self._calls < 64 or self._calls % 16 == 0:
                self._look_at_labels(x, args[0])
            self._calls += 1
        return super().forward(x, *args)

    def _look_at_labels(self, pred: Any, label: Any) -> None:
        if not isinstance(label, NDArray) or label.size == 0 or label.ctx.device_type == "gpu":
            return
        low, high = (v.item() for v in label._data.aminmax())
        classes = pred.shape[self._axis]
        if low < 0 or high >= classes:
            warnings.warn(
                f"SoftmaxCrossEntropyLoss '{self.name}': label has values from {low:g} to {high:g}, expected 0 to "
                f"{classes - 1} as pred has {classes} classes, shape {pred.shape}; they are taken as the nearest "
                "class. Let the last layer have as many units as there are classes, and count classes from 0.",
                stacklevel=4,
            )

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        if not self._from_logits:
            pred = F.log_softmax(pred, axis=self._axis)
        if self._sparse_label:
            loss = -F.pick(pred, label, axis=self._axis, keepdims=True)
        else:
            label = F.reshape_like(label, pred)
            loss = -F.sum(pred * label, axis=self._axis, keepdims=True)
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))


SoftmaxCELoss = SoftmaxCrossEntropyLoss


class KLDivLoss(Loss):
    """Divergence of a distribution from another, ``label * (log(label) - pred)``, summed over each sample.

    Args:
        from_logits: whether pred are log-probabilities; otherwise they are what goes into a softmax.
        axis: the axis of that softmax.

    Inputs:  pred of any shape; label, probabilities, of the same; sample_weight that broadcasts to pred
    Outputs: (N,)
    """

    def __init__(
        self,
        from_logits: bool = True,
        axis: int = -1,
        weight: float | None = None,
        batch_axis: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_logits = from_logits
        self._axis = axis

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        if not self._from_logits:
            pred = F.log_softmax(pred, self._axis)
        loss = label * (F.log(label + 1e-12) - pred)
        loss = _apply_weighting(F, loss, self._weight, sample_weight)
        return F.sum(loss, axis=self._batch_axis, exclude=True)


class CTCLoss(Loss):
    """Connectionist temporal classification (Graves et al., ICML 2006): sequences without alignment.

    Args:
        layout: order of the axes of pred, ``NTC`` or ``TNC``: N samples, T steps, C classes, the last being the blank.
        label_layout: order of the axes of label, ``NT`` or ``TN``.

    Inputs:  pred (N, T, C), what goes into a softmax; label (N, L), padded by -1 unless label_lengths are given;
             pred_lengths (N,) and label_lengths (N,); sample_weight that broadcasts to (N,)
    Outputs: (N,)

    Raises:
        RejectedError: a layout is not one of those.
    """

    def __init__(
        self, layout: str = "NTC", label_layout: str = "NT", weight: float | None = None, **kwargs: Any
    ) -> None:
        if layout not in ("NTC", "TNC"):
            raise RejectedError(f"Only 'NTC' and 'TNC' layouts for pred are supported. Got: {layout}")
        if label_layout not in ("NT", "TN"):
            raise RejectedError(f"Only 'NT' and 'TN' layouts for label are supported. Got: {label_layout}")
        self._layout = layout
        self._label_layout = label_layout
        super().__init__(weight, label_layout.find("N"), **kwargs)

    def hybrid_forward(
        self,
        F: Any,
        pred: Any,
        label: Any,
        pred_lengths: Any = None,
        label_lengths: Any = None,
        sample_weight: Any = None,
    ) -> Any:
        if self._layout == "NTC":
            pred = F.swapaxes(pred, 0, 1)
        if self._batch_axis == 1:
            label = F.swapaxes(label, 0, 1)
        loss = F.CTCLoss(
            pred,
            label,
            pred_lengths,
            label_lengths,
            use_data_lengths=pred_lengths is not None,
            use_label_lengths=label_lengths is not None,
            blank_label="last",
        )
        return _apply_weighting(F, loss, self._weight, sample_weight)


class HuberLoss(Loss):
    """Squared difference up to ``rho``, absolute difference beyond, its mean over each sample.

    Args:
        rho: where one goes over to the other.

    Inputs:  pred of any shape; label of as many elements; sample_weight that broadcasts to pred
    Outputs: (N,)
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
    """``max(0, margin - pred * label)`` for labels -1 and 1, its mean over each sample.

    Args:
        margin: how far on the right side is far enough.

    Inputs:  pred of any shape; label of as many elements; sample_weight that broadcasts to pred
    Outputs: (N,)
    """

    def __init__(self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        label = F.reshape_like(label, pred)
        loss = F.relu(self._margin - pred * label)
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))


class SquaredHingeLoss(Loss):
    """``max(0, margin - pred * label) ** 2`` for labels -1 and 1, its mean over each sample.

    Args:
        margin: how far on the right side is far enough.

    Inputs:  pred of any shape; label of as many elements; sample_weight that broadcasts to pred
    Outputs: (N,)
    """

    def __init__(self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        label = F.reshape_like(label, pred)
        loss = F.square(F.relu(self._margin - pred * label))
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))


class LogisticLoss(Loss):
    """``log(1 + exp(-pred * label))`` for labels -1 and 1, its mean over each sample.

    Args:
        label_format: ``signed`` for labels -1 and 1, ``binary`` for 0 and 1.

    Inputs:  pred of any shape; label of as many elements; sample_weight that broadcasts to pred
    Outputs: (N,)

    Raises:
        ArgumentError: ``label_format`` is neither.
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


class TripletLoss(Loss):
    """Pulls pred to positive and away from negative: ``max(0, |pos - pred|^2 - |neg - pred|^2 + margin)``.

    Args:
        margin: by how much negative has to be farther.

    Inputs:  pred, positive, negative of the same shape
    Outputs: (N,)
    """

    def __init__(self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, positive: Any, negative: Any) -> Any:
        positive = F.reshape_like(positive, pred)
        negative = F.reshape_like(negative, pred)
        loss = F.sum(F.square(positive - pred) - F.square(negative - pred), axis=self._batch_axis, exclude=True)
        return _apply_weighting(F, F.relu(loss + self._margin), self._weight)


class PoissonNLLLoss(Loss):
    """Negative log likelihood of counts that are Poisson distributed, the mean of all.

    Args:
        from_logits: whether pred are logarithms of the means: ``exp(pred) - target * pred``; otherwise
            ``pred - target * log(pred + epsilon)``.
        compute_full: add Stirling's approximation of ``log(target!)`` for targets above 1.

    Inputs:  pred of any shape; target of as many elements; sample_weight that broadcasts to pred; epsilon, a number
    Outputs: (1,)
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
            # without the mask in the logarithm its gradient at zero would be no number
            large = target > 1
            safe = F.where(large, target, F.ones_like(target))
            stirling = safe * F.log(safe) - safe + 0.5 * F.log(2 * safe * math.pi)
            loss = loss + stirling * large
        loss = _apply_weighting(F, loss, self._weight, sample_weight)
        return F.mean(loss)


class CosineEmbeddingLoss(Loss):
    """``1 - cos(input1, input2)`` where label is 1, ``max(0, cos - margin)`` where it is -1.

    Args:
        margin: from -1 to 1.

    Inputs:  input1, input2 (N, D); label (N,); sample_weight that broadcasts to (N, 1)
    Outputs: (N, 1)
    """

    def __init__(self, weight: float | None = None, batch_axis: int = 0, margin: float = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, input1: Any, input2: Any, label: Any, sample_weight: Any = None) -> Any:
        input1 = F.reshape_like(input1, input2)
        cosine = self._cosine_similarity(F, input1, input2)
        label = label.reshape((-1, 1))
        zero = F.zeros_like(cosine)
        loss = F.where(label == 1, 1 - cosine, F.broadcast_maximum(zero, cosine - self._margin))
        return _apply_weighting(F, loss, self._weight, sample_weight)

    @staticmethod
    def _cosine_similarity(F: Any, x: Any, y: Any, axis: int = -1) -> Any:
        lengths = F.norm(x, axis=axis).reshape((-1, 1)) * F.norm(y, axis=axis).reshape((-1, 1))
        product = F.sum(x * y, axis=axis).reshape((-1, 1))
        # the smallest length that divides without loss in float32
        return product / F.broadcast_maximum(F.ones_like(lengths) * 1e-12, lengths)


class SDMLLoss(Loss):
    """Smoothed deep metric learning (arXiv:1905.12786): pairs that belong together against the rest of the batch.

    Args:
        smoothing_parameter: how much of the distribution is spread over pairs that do not belong together.
        weight: factor of the whole; 1.9.1 took it and left it out.

    Inputs:  x1, x2 (N, D), rows that belong together
    Outputs: (N,)
    """

    def __init__(
        self, smoothing_parameter: float = 0.3, weight: float | None = 1.0, batch_axis: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self.kl_loss = KLDivLoss(from_logits=True)
        self.smoothing_parameter = smoothing_parameter

    def _compute_distances(self, F: Any, x1: Any, x2: Any) -> Any:
        """Squared distances of all rows of ``x1`` from all rows of ``x2``: (N, N)."""
        return F.sum(F.broadcast_sub(F.expand_dims(x1, 1), F.expand_dims(x2, 0)) ** 2, axis=2)

    def _compute_labels(self, F: Any, distances: Any) -> Any:
        """The smoothed identity, in which rows sum to one.

        Sizes come from the distances, so that it works for symbols too.
        """
        ones = F.ones_like(distances)
        count = F.sum(ones, axis=1, keepdims=True)
        row = F.cumsum(ones, axis=0)
        column = F.cumsum(ones, axis=1)
        gold = F.broadcast_equal(row, column)
        spread = F.broadcast_div(self.smoothing_parameter * (ones - gold), count - 1)
        return gold * (1 - self.smoothing_parameter) + spread

    def hybrid_forward(self, F: Any, x1: Any, x2: Any) -> Any:
        distances = self._compute_distances(F, x1, x2)
        log_probabilities = F.log_softmax(-distances, axis=1)
        labels = self._compute_labels(F, distances)
        return _apply_weighting(F, self.kl_loss(log_probabilities, labels), self._weight)
