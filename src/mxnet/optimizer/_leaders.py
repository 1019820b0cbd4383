"""Optimizers that follow a leader: the weights that were best for all gradients so far."""

from __future__ import annotations

from typing import Any

from mxnet._kernels import update_lists as lists
from mxnet._kernels import update_rules as rules
from mxnet._kernels.update_rules import single

from ._adaptive import _TwoAverages
from ._arrays import zeros_like
from ._base import Optimizer
from ._numbers import number


class Ftrl(_TwoAverages):
    """Follow the regularised leader; weights with little evidence are exactly 0. See ``ftrl_update``.

    Args:
        lamda1: coefficient of the L1 penalty.
        beta: added to the root of the sum of squares.
        kwargs: those of :class:`Optimizer`; ``wd`` is the coefficient of the L2 penalty.

    Source: doi:10.1145/2487575.2488200

    >>> import mxnet as mx
    >>> ftrl = Ftrl(learning_rate=0.5, lamda1=1.5)
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> ftrl.update(0, w, g, ftrl.create_state(0, w))
    >>> w.asnumpy().round(4)
    array([0.  , 0.75], dtype=float32)
    """

    lamda1: float = number()
    beta: float = number()

    _stored_like_weight = True

    def __init__(self, lamda1: float = 0.01, learning_rate: float = 0.1, beta: float = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lamda1 = lamda1
        self.beta = beta
        self.lr = learning_rate

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        self._apply(rules.ftrl, weights, grads, states, lrs, wds, lamda1=self.lamda1, beta=self.beta)


class FTML(Optimizer):
    """Follow the moving leader. See ``ftml_update``. A learning rate of 0 changes nothing (in 1.9.1 it gives NaN).

    Args:
        beta1: around 0.5.
        beta2: near 1.
        epsilon: against division by zero.
        kwargs: those of :class:`Optimizer`.

    Source: proceedings.mlr.press/v70/zheng17a

    >>> import mxnet as mx
    >>> ftml = FTML(learning_rate=0.5)
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> ftml.update(0, w, g, ftml.create_state(0, w))
    >>> w.asnumpy().round(4)
    array([0.5, 1.5], dtype=float32)
    """

    beta1: float = number()
    beta2: float = number()
    epsilon: float = number()

    def __init__(self, beta1: float = 0.6, beta2: float = 0.999, epsilon: float = 1e-8, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon

    def create_state(self, index: Any, weight: Any) -> Any:
        return tuple(zeros_like(weight) for _ in range(3))

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        moved = [i for i, rate in enumerate(lrs) if rate]  # the rule divides by it
        indices, lrs, wds, weights, grads, states = (
            lists.take(moved, all_of) for all_of in (indices, lrs, wds, weights, grads, states)
        )
        settings = {"beta1": single(self.beta1), "beta2": single(self.beta2), "epsilon": self.epsilon}
        self._apply(rules.ftml, weights, grads, states, lrs, wds, self._counts(indices), **settings)
