"""What all losses have in common: how they are weighted."""

from __future__ import annotations

from typing import Any

from mxnet._base.errors import DTypeError
from mxnet.base import numeric_types
from mxnet.gluon.block import HybridBlock
from mxnet.util import is_np_array


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
    """Base of all losses; a subclass defines ``hybrid_forward``.

    Args:
        weight: factor of the whole; None for 1.
        batch_axis: the axis of samples.

    Raises:
        DTypeError: ``weight`` is not a number.

    >>> import mxnet as mx
    >>> class Cubes(Loss):
    ...     def hybrid_forward(self, F, pred, label):
    ...         return self._mean(F, F.abs(pred - label) ** 3)
    >>> Cubes(weight=None, batch_axis=0)(mx.nd.array([[1, 2]]), mx.nd.array([[0, 0]])).asnumpy()
    array([4.5], dtype=float32)
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
