"""Optimizers whose step adapts to each element."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mxnet._kernels import update_lists as lists
from mxnet._kernels import update_rules as rules
from mxnet._kernels.update_rules import single

from ._arrays import zeros_like, zeros_stored_like
from ._base import Optimizer
from ._numbers import number


class _TwoAverages(Optimizer):
    """The state is two arrays of zeros."""

    _stored_like_weight: ClassVar[bool] = False
    """Whether those of a sparse weight are sparse; with ``lazy_update=False`` they never are."""

    def create_state(self, index: Any, weight: Any) -> Any:
        sparse = self._stored_like_weight and getattr(self, "lazy_update", True)
        make = zeros_stored_like if sparse else zeros_like
        return make(weight), make(weight)


class Adam(_TwoAverages):
    """Steps by the moving averages of the gradient and of its square.

    ``g = clip(rescale_grad * grad + wd * w)``, ``m = beta1 * m + (1 - beta1) * g``,
    ``v = beta2 * v + (1 - beta2) * g * g``,
    ``w = w - lr * sqrt(1 - beta2**t) / (1 - beta1**t) * m / (sqrt(v) + epsilon)``.

    All parameters of one list take their steps in one call.

    Args:
        lazy_update: for row-sparse gradients, update only the rows they have; no effect with dense ones.
        beta1, beta2: decay rates of the averages of the gradient and of its square.
        epsilon: against division by zero.
        kwargs: those of :class:`Optimizer`.

    Source: arXiv:1412.6980

    >>> import mxnet as mx
    >>> adam = Adam(learning_rate=0.5)
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> adam.update(0, w, g, adam.create_state(0, w))
    >>> w.asnumpy().round(4)
    array([0.5, 1.5], dtype=float32)
    """

    beta1: float = number()
    beta2: float = number()
    epsilon: float = number()

    _stored_like_weight = True

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        lazy_update: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.lazy_update = lazy_update

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        counts = self._index_update_count
        factors: dict[int, float] = {}
        corrected = []
        for index, lr in zip(indices, lrs, strict=True):
            t = counts[index]
            if t not in factors:
                factors[t] = math.sqrt(1 - self.beta2**t) / (1 - self.beta1**t)
            corrected.append(lr * factors[t])
        lists.adam(
            weights,
            grads,
            [s[0] for s in states],
            [s[1] for s in states],
            corrected,
            wds,
            self.beta1,
            self.beta2,
            self.epsilon,
            self.rescale_grad,
            self._clip,
        )


class AdaGrad(Optimizer):
    """Steps divided by the root of the sum of all squared gradients.

    ``h = h + g * g``, ``w = w - lr * (g / sqrt(h + eps) + wd * w)``.

    Args:
        eps: against division by zero.
        kwargs: those of :class:`Optimizer`.

    Source: jmlr.org/papers/v12/duchi11a

    >>> import mxnet as mx
    >>> adagrad = AdaGrad(learning_rate=0.5)
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> adagrad.update(0, w, g, adagrad.create_state(0, w))
    >>> w.asnumpy().round(4)
    array([0.5, 1.5], dtype=float32)
    """

    float_stable_eps: float = number("eps")

    def __init__(self, eps: float = 1e-7, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.float_stable_eps = eps

    def create_state(self, index: Any, weight: Any) -> Any:
        return zeros_stored_like(weight)

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        self._apply(rules.adagrad, weights, grads, states, lrs, wds, epsilon=self.float_stable_eps)


class AdaDelta(_TwoAverages):
    """AdaGrad with moving averages; its steps need no learning rate.

    ``h = rho * h + (1 - rho) * g * g``, ``s = sqrt(d + epsilon) / sqrt(h + epsilon) * g``,
    ``d = rho * d + (1 - rho) * s * s``, ``w = w - s - wd * w``. The learning rate has no effect.

    Args:
        rho: decay rate of the averages.
        epsilon: against division by zero.
        kwargs: those of :class:`Optimizer`.

    Source: arXiv:1212.5701

    >>> import mxnet as mx
    >>> adadelta = AdaDelta()
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> adadelta.update(0, w, g, adadelta.create_state(0, w))
    >>> w.asnumpy().round(4)
    array([0.99, 1.01], dtype=float32)
    """

    rho: float = number()
    epsilon: float = number()

    def __init__(self, rho: float = 0.9, epsilon: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rho = rho
        self.epsilon = epsilon

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        self._apply(rules.adadelta, weights, grads, states, wds, rho=self.rho, epsilon=self.epsilon)


class RMSProp(Optimizer):
    """Steps divided by the root of the moving average of squared gradients.

    With ``centered``, the average of the gradients is kept too, and steps have momentum; see ``rmspropalex_update``.

    Args:
        gamma1: decay rate of the averages.
        gamma2: momentum, if ``centered``.
        epsilon: against division by zero.
        clip_weights: limit of the weights; None or 0 for none.
        kwargs: those of :class:`Optimizer`.

    Source: arXiv:1308.0850, equations (38) to (45), for ``centered``

    >>> import mxnet as mx
    >>> rmsprop = RMSProp(learning_rate=0.5)
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> rmsprop.update(0, w, g, rmsprop.create_state(0, w))
    >>> w.asnumpy().round(4)
    array([-0.5811,  2.5811], dtype=float32)
    """

    gamma1: float = number()
    gamma2: float = number()
    epsilon: float = number()
    clip_weights: float | None = number(optional=True)

    def __init__(
        self,
        learning_rate: float = 0.001,
        gamma1: float = 0.9,
        gamma2: float = 0.9,
        epsilon: float = 1e-8,
        centered: bool = False,
        clip_weights: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.gamma1 = gamma1
        self.gamma2 = 0.0 if gamma2 is None and not centered else gamma2  # 1.9.1 takes None where it does not use it
        self.centered = centered
        self.epsilon = epsilon
        self.clip_weights = clip_weights

    def create_state(self, index: Any, weight: Any) -> Any:
        return tuple(zeros_stored_like(weight) for _ in range(3 if self.centered else 1))

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        common: dict[str, Any] = {
            "gamma1": single(self.gamma1),
            "epsilon": self.epsilon,
            "clip_weights": self.clip_weights or -1.0,
        }
        if self.centered:
            gamma2 = single(self.gamma2)
            self._apply(rules.rmsprop_centered, weights, grads, states, lrs, wds, gamma2=gamma2, **common)
        else:
            self._apply(rules.rmsprop, weights, grads, states, lrs, wds, **common)


class Adamax(_TwoAverages):
    """Adam with the largest gradient in place of the root of the squares.

    ``u = max(beta2 * u, |g|)``, ``w = w - lr / (1 - beta1**t) * m / u``.

    Args:
        beta1: decay rate of the average of the gradients.
        beta2: decay rate of the largest gradient.
        kwargs: those of :class:`Optimizer`.

    Source: arXiv:1412.6980, section 7

    >>> import mxnet as mx
    >>> adamax = Adamax(learning_rate=0.5)
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> adamax.update(0, w, g, adamax.create_state(0, w))
    >>> w.asnumpy().round(4)
    array([0.5, 1.5], dtype=float32)
    """

    beta1: float = number()
    beta2: float = number()

    def __init__(self, learning_rate: float = 0.002, beta1: float = 0.9, beta2: float = 0.999, **kwargs: Any) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        self._apply(
            rules.adamax, weights, grads, states, lrs, wds, self._counts(indices), beta1=self.beta1, beta2=self.beta2
        )


class Nadam(_TwoAverages):
    """Adam with Nesterov's momentum, which follows a schedule.

    As in 1.9.1, the schedule advances with every update of every parameter, not once per step.

    Args:
        schedule_decay: how fast the momentum grows.
        beta1, beta2: decay rates of the averages of the gradient and of its square.
        epsilon: against division by zero.
        kwargs: those of :class:`Optimizer`.

    Source: cs229.stanford.edu/proj2015/054_report.pdf

    >>> import mxnet as mx
    >>> nadam = Nadam(learning_rate=0.5)
    >>> w, g = mx.nd.ones((2,)), mx.nd.array([1, -2])
    >>> nadam.update(0, w, g, nadam.create_state(0, w))
    >>> w.asnumpy().round(4)
    array([0.4718, 1.5282], dtype=float32)
    """

    beta1: float = number()
    beta2: float = number()
    epsilon: float = number()
    schedule_decay: float = number()

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        schedule_decay: float = 0.004,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.schedule_decay = schedule_decay
        self.m_schedule = 1.0

    def _momentum(self, t: int) -> float:
        return self.beta1 * (1 - 0.5 * 0.96 ** (t * self.schedule_decay))

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        counts = self._counts(indices)
        of_grad, of_mean = [], []
        for t in counts:
            now, after = self._momentum(t), self._momentum(t + 1)
            self.m_schedule *= now
            of_grad.append((1 - now) / (1 - self.m_schedule))
            of_mean.append(after / (1 - self.m_schedule * after))
        settings = {"beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon}
        self._apply(rules.nadam, weights, grads, states, lrs, wds, counts, each=(of_grad, of_mean), **settings)
