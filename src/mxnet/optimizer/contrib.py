"""Optimizers of ``mx.optimizer.contrib``."""

from __future__ import annotations

from typing import Any

from mxnet._base.errors import ArgumentError, ShapeError
from mxnet._kernels import update_lists as lists
from mxnet.ndarray import zeros

from ._arrays import tensor_of
from ._base import Optimizer
from ._numbers import number

__all__ = ["GroupAdaGrad"]


@Optimizer.register
class GroupAdaGrad(Optimizer):
    """AdaGrad with one learning rate for each row of a matrix, for embeddings. It has no weight decay.

    ``h = h + mean(g * g)`` over a row, ``w = w - lr * g / sqrt(h + eps)``.

    Args:
        eps: against division by zero.
        kwargs: those of :class:`Optimizer`.

    >>> import mxnet as mx
    >>> groupadagrad = GroupAdaGrad(learning_rate=0.5)
    >>> w, g = mx.nd.ones((2, 2)), mx.nd.array([[1, -1], [2, 0]])
    >>> groupadagrad.update(0, w, g, groupadagrad.create_state(0, w))
    >>> w.asnumpy().round(4)
    array([[0.5   , 1.5   ],
           [0.2929, 1.    ]], dtype=float32)
    """

    float_stable_eps: float = number("eps")

    def __init__(self, eps: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.float_stable_eps = eps

    def create_state(self, index: Any, weight: Any) -> Any:
        data = tensor_of(weight)
        if data.dim() != 2:
            raise ShapeError(f"GroupAdaGrad: weight {index} has shape {tuple(data.shape)}, expected two dimensions")
        return zeros((data.shape[0], 1), weight._ctx, weight.dtype, stype=weight.stype)

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        if any(wds):
            raise ArgumentError(f"GroupAdaGrad: weight decay is {max(wds)}, but is not supported; expected wd=0")
        histories = [s[0] for s in states]
        lists.group_adagrad(weights, grads, histories, lrs, self.float_stable_eps, self.rescale_grad, self._clip)
