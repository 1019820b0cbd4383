"""Losses of predictions that are probabilities of classes."""

from __future__ import annotations

import warnings
from typing import Any

from mxnet.gluon._errors import RejectedError
from mxnet.ndarray import NDArray

from ._base import Loss, _apply_weighting


class SigmoidBinaryCrossEntropyLoss(Loss):
    """Cross entropy of two classes, for labels from 0 to 1.

    Args:
        from_sigmoid: whether pred are probabilities; otherwise they are inputs of a sigmoid, which is numerically
            safer.
        weight, batch_axis: as for :class:`Loss`.

    Inputs:  pred of any shape; label of as many elements; sample_weight that broadcasts to pred; pos_weight, a factor
             of the part of positive labels, that broadcasts to pred
    Outputs: (N,)

    >>> import mxnet as mx
    >>> SigmoidBinaryCrossEntropyLoss()(mx.nd.array([[0], [3]]), mx.nd.array([[1], [1]])).asnumpy().round(4)
    array([0.6931, 0.0486], dtype=float32)
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
        from_logits: whether pred are log-probabilities; otherwise they are inputs of a softmax.
        weight, batch_axis: as for :class:`Loss`.

    Inputs:  pred (N, ..., C); label (N, ...) or like pred; sample_weight that broadcasts to pred with C = 1
    Outputs: (N,)

    >>> import mxnet as mx
    >>> SoftmaxCrossEntropyLoss()(mx.nd.zeros((2, 4)), mx.nd.array([0, 3])).asnumpy().round(4)
    array([1.3863, 1.3863], dtype=float32)
    """

    _calls = 0

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

    def forward(self, x: Any, *args: Any) -> Any:
        """Compute the loss; on CPUs, check that labels are numbers of classes: often at first, later now and then."""
        if self._sparse_label and len(args) == 1:  # with weights, labels that are no class may be meant not to count
            calls = self._calls
            if calls < 64 or calls % 16 == 0:
                self._look_at_labels(x, args[0])
            object.__setattr__(self, "_calls", calls + 1)  # a block looks closely at what else is set
        return super().forward(x, *args)

    def _look_at_labels(self, pred: Any, label: Any) -> None:
        if not isinstance(label, NDArray) or label.size == 0 or not label._data.is_cpu:
            return
        if not -len(pred.shape) <= self._axis < len(pred.shape):
            return  # what computes the loss says so
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
        from_logits: whether pred are log-probabilities; otherwise they are inputs of a softmax.
        axis: the axis of that softmax.
        weight, batch_axis: as for :class:`Loss`.

    Inputs:  pred of any shape; label, probabilities, of the same; sample_weight that broadcasts to pred
    Outputs: (N,)

    >>> import mxnet as mx
    >>> pred, label = mx.nd.array([[0.5, 0.5]]), mx.nd.array([[1, 0]])
    >>> KLDivLoss()(pred.log(), label).asnumpy().round(4)
    array([0.6931], dtype=float32)
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
        weight: as for :class:`Loss`.

    Inputs:  pred (N, T, C), inputs of a softmax; label (N, L), padded by -1 unless label_lengths are given;
             pred_lengths (N,) and label_lengths (N,); sample_weight that broadcasts to (N,)
    Outputs: (N,)

    Raises:
        RejectedError: a layout is none of these.

    >>> import mxnet as mx
    >>> pred, label = mx.nd.zeros((2, 5, 4)), mx.nd.array([[0, 1, -1], [2, 2, 0]])
    >>> CTCLoss()(pred, label).asnumpy().round(3)
    array([3.376, 4.986], dtype=float32)
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
