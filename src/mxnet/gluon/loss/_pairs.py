"""Losses of embeddings: those that belong together should be near each other, and others far apart."""

from __future__ import annotations

from typing import Any

from mxnet.gluon._errors import RejectedError
from mxnet.ndarray import NDArray

from ._base import Loss, _apply_weighting
from ._classes import KLDivLoss


class TripletLoss(Loss):
    """Pulls pred to positive and away from negative: ``max(0, |pos - pred|^2 - |neg - pred|^2 + margin)``.

    Args:
        margin: by how much negative has to be farther away than positive.
        weight, batch_axis: as for :class:`Loss`.

    Inputs:  pred, positive, negative of the same shape
    Outputs: (N,)

    Source:  arXiv:1503.03832

    >>> import mxnet as mx
    >>> TripletLoss()(mx.nd.array([[0.]]), mx.nd.array([[1.]]), mx.nd.array([[0.5]])).asnumpy()
    array([1.75], dtype=float32)
    """

    def __init__(self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, positive: Any, negative: Any) -> Any:
        positive = F.reshape_like(positive, pred)
        negative = F.reshape_like(negative, pred)
        loss = F.sum(F.square(positive - pred) - F.square(negative - pred), axis=self._batch_axis, exclude=True)
        return _apply_weighting(F, F.relu(loss + self._margin), self._weight)


class CosineEmbeddingLoss(Loss):
    """``1 - cos(input1, input2)`` where label is 1, ``max(0, cos - margin)`` where it is -1, 0 elsewhere.

    Args:
        margin: from -1 to 1.
        weight, batch_axis: as for :class:`Loss`.

    Inputs:  input1, input2 (N, D); label (N,); sample_weight that broadcasts to (N, 1)
    Outputs: (N, 1)

    >>> import mxnet as mx
    >>> x, y = mx.nd.array([[1, 0], [1, 0]]), mx.nd.array([[0, 2], [3, 0]])
    >>> CosineEmbeddingLoss()(x, y, mx.nd.array([1, -1])).asnumpy()
    array([[1.],
           [1.]], dtype=float32)
    """

    def __init__(self, weight: float | None = None, batch_axis: int = 0, margin: float = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, input1: Any, input2: Any, label: Any, sample_weight: Any = None) -> Any:
        input1 = F.reshape_like(input1, input2)
        cosine = self._cosine_similarity(F, input1, input2)
        label = label.reshape((-1, 1))
        zero = F.zeros_like(cosine)
        apart = F.where(label == -1, F.broadcast_maximum(zero, cosine - self._margin), zero)
        loss = F.where(label == 1, 1 - cosine, apart)
        return _apply_weighting(F, loss, self._weight, sample_weight)

    @staticmethod
    def _cosine_similarity(F: Any, x: Any, y: Any, axis: int = -1) -> Any:
        lengths = F.norm(x, axis=axis).reshape((-1, 1)) * F.norm(y, axis=axis).reshape((-1, 1))
        product = F.sum(x * y, axis=axis).reshape((-1, 1))
        # the smallest length by which float32 can be divided without loss
        return product / F.broadcast_maximum(F.ones_like(lengths) * 1e-12, lengths)


class SDMLLoss(Loss):
    """Smoothed deep metric learning (arXiv:1905.12786): pairs that belong together, against the rest of the batch.

    Args:
        smoothing_parameter: share of the target distribution that is spread over pairs that do not belong together.
        weight: factor of the whole; 1.9.1 accepts and ignores it.
        batch_axis: as for :class:`Loss`.

    Inputs:  x1, x2 (N, D), rows that belong together
    Outputs: (N,)
    Raises:  RejectedError if the shapes of arrays differ

    >>> import mxnet as mx
    >>> x = mx.nd.array([[0, 0], [3, 0]])
    >>> SDMLLoss()(x, x).asnumpy().round(3)
    array([2.089, 2.089], dtype=float32)
    """

    def __init__(
        self, smoothing_parameter: float = 0.3, weight: float | None = 1.0, batch_axis: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self.kl_loss = KLDivLoss(from_logits=True)
        self.smoothing_parameter = smoothing_parameter

    def __call__(self, x1: Any, x2: Any, *args: Any, **kwargs: Any) -> Any:
        # here and not in hybrid_forward, whose symbols have no shapes
        if isinstance(x1, NDArray) and isinstance(x2, NDArray) and x1.shape != x2.shape:
            raise RejectedError(
                f"{type(self).__name__} '{self.name}': x1 has shape {x1.shape} and x2 {x2.shape}, expected equal ones: "
                "their rows are pairs"
            )
        return super().__call__(x1, x2, *args, **kwargs)

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
