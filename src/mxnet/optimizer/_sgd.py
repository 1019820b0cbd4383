"""Stochastic gradient descent and its variants."""

from __future__ import annotations

import math
from typing import Any

import torch

from mxnet._kernels import update_lists as lists
from mxnet._kernels import update_rules as rules
from mxnet._kernels.update_rules import single
from mxnet._runtime.random import generator

from ._arrays import zeros_like, zeros_stored_like
from ._base import Optimizer, aggregation
from ._numbers import number


class _WithMomentum(Optimizer):
    """The state is the momentum, or None; in multi-precision it comes before the float32 copy."""

    momentum: float = number()
    lazy_update = False

    def create_state(self, index: Any, weight: Any) -> Any:
        if self.momentum == 0:
            return None
        return zeros_stored_like(weight) if self.lazy_update else zeros_like(weight)

    def _joined(self, master: Any, state: Any) -> Any:
        return state, master

    def _parted(self, state: Any) -> tuple[Any, Any]:
        return state[1], state[0]


class SGD(_WithMomentum):
    """``w = w - lr * (g + wd * w)``; with momentum ``m = momentum * m - lr * (g + wd * w)``, ``w = w + m``.

    All parameters of one list take their steps in one call. A subclass with an ``update_multi_precision`` of its own
    gets ``aggregate_num`` parameters of one dtype at a time from the updater, as tuples (and the states as a list), as
    in 1.9.1; this also holds for LARS and LAMB. The ``update`` of a subclass gets them one by one; 1.9.1 never calls
    it.

    Args:
        momentum: share of the last step that is added to the next.
        lazy_update: for row-sparse gradients, update only the rows they have; no effect with dense ones.
        kwargs: those of :class:`Optimizer`.

    >>> import mxnet as mx
    >>> sgd = SGD(learning_rate=0.5, momentum=0.9)
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> state = sgd.create_state(0, w)
    >>> for _ in range(2):
    ...     sgd.update(0, w, g, state)
    >>> w.asnumpy()
    array([-0.45,  3.9 ], dtype=float32)
    """

    def __init__(self, momentum: float = 0.0, lazy_update: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.lazy_update = lazy_update
        self.aggregate_num = aggregation(4)

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        if self.momentum == 0:
            lists.sgd(weights, grads, lrs, wds, self.rescale_grad, self._clip)
        else:
            moms = [s[0] for s in states]
            lists.momentum(weights, grads, moms, lrs, wds, self.momentum, self.rescale_grad, self._clip)


class ccSGD(SGD):
    """SGD, under the name of an old version written in C++.

    >>> import mxnet as mx
    >>> ccsgd = ccSGD(learning_rate=0.5)
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> ccsgd.update(0, w, g, ccsgd.create_state(0, w))
    >>> w.asnumpy()
    array([0.5, 2. ], dtype=float32)
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class NAG(_WithMomentum):
    """Nesterov's accelerated gradient: a step of ``momentum`` beyond that of :class:`SGD`.

    Args:
        momentum: share of the last step that is added to the next; 0 makes it SGD.
        kwargs: those of :class:`Optimizer`.

    >>> import mxnet as mx
    >>> nag = NAG(learning_rate=0.5, momentum=0.9)
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> nag.update(0, w, g, nag.create_state(0, w))
    >>> w.asnumpy().round(4)
    array([0.05, 2.9 ], dtype=float32)
    """

    def __init__(self, momentum: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        if self.momentum == 0:
            lists.sgd(weights, grads, lrs, wds, self.rescale_grad, self._clip)
        else:
            self._apply(rules.nesterov, weights, grads, states, lrs, wds, momentum=self.momentum)


class Signum(Optimizer):
    """Steps of constant size in the direction of the sign of the gradient or, with momentum, of its average.

    ``m = momentum * m - (1 - momentum) * (g + wd * w)``, ``w = (1 - lr * wd_lh) * w + lr * sign(m)``; without momentum
    ``w = (1 - lr * (wd + wd_lh)) * w - lr * sign(g)``.

    Args:
        wd_lh: weight decay separate from the gradient. 1.9.1 fails on it without momentum.
        kwargs: those of :class:`Optimizer`.

    Source: arXiv:1802.04434

    >>> import mxnet as mx
    >>> signum = Signum(learning_rate=0.5)
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> signum.update(0, w, g, signum.create_state(0, w))
    >>> w.asnumpy()
    array([0.5, 1.5], dtype=float32)
    """

    momentum: float = number()
    wd_lh: float | None = number(optional=True)

    def __init__(self, learning_rate: float = 0.01, momentum: float = 0.9, wd_lh: float = 0.0, **kwargs: Any) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.momentum = momentum
        self.wd_lh = wd_lh

    def create_state(self, index: Any, weight: Any) -> Any:
        return None if self.momentum == 0 else zeros_stored_like(weight)

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        if self.momentum == 0:
            decays = [wd + (self.wd_lh or 0.0) for wd in wds]
            lists.apply(rules.signsgd, weights, grads, [() for _ in weights], (lrs, decays))
            return
        self._apply(
            rules.signum, weights, grads, states, lrs, wds, momentum=single(self.momentum), wd_lh=self.wd_lh or 0.0
        )


class SGLD(Optimizer):
    """Langevin dynamics: half a step of SGD plus normal noise of variance ``lr``.

    The noise is that of ``mx.random.normal(0, sqrt(lr), ...)``, and follows ``mx.random.seed``.

    Args:
        kwargs: those of :class:`Optimizer`.

    Source: icml.cc/2011/papers/398_icmlpaper.pdf

    >>> import mxnet as mx
    >>> sgld = SGLD(learning_rate=1e-4)
    >>> w, g = mx.nd.zeros((1000,)), mx.nd.zeros((1000,))
    >>> sgld.update(0, w, g, sgld.create_state(0, w))
    >>> 0.009 < w.asnumpy().std() < 0.011
    True
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        noises = []
        for lr, w in zip(lrs, weights, strict=True):
            noise = torch.empty_like(w, memory_format=torch.contiguous_format)
            noises.append(noise.normal_(0, math.sqrt(lr), generator=generator(w.device)))
        lists.sgd(weights, grads, [lr / 2 for lr in lrs], wds, self.rescale_grad, self._clip)
        torch._foreach_add_(weights, noises)


class DCASGD(Optimizer):
    """SGD with compensation for delayed gradients.

    ``m = momentum * m - lr * (g + wd * w + lamda * g * g * (w - w_before))``, where ``w_before`` is the weight before
    the last update. 1.9.1 fails on it with momentum.

    Args:
        lamda: weight of the compensation.
        kwargs: those of :class:`Optimizer`.

    Source: arXiv:1609.08326

    >>> import mxnet as mx
    >>> dcasgd = DCASGD(learning_rate=0.5)
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> dcasgd.update(0, w, g, dcasgd.create_state(0, w))
    >>> w.asnumpy()
    array([0.5, 2. ], dtype=float32)
    """

    momentum: float = number()
    lamda: float = number()

    def __init__(self, momentum: float = 0.0, lamda: float = 0.04, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.weight_previous: dict[Any, Any] = {}
        self.lamda = lamda

    def create_state(self, index: Any, weight: Any) -> Any:
        return (None if self.momentum == 0 else zeros_like(weight)), weight.copy()

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        self._apply(rules.delayed, weights, grads, states, lrs, wds, lamda=self.lamda, momentum=self.momentum)
