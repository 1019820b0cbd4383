"""Eve, which 1.9.1 lacks, but tutorials of its time use."""

from __future__ import annotations

from typing import Any

import torch

from mxnet._base.errors import ArgumentError
from mxnet._kernels import update_rules as rules
from mxnet._runtime.array import Array
from mxnet._runtime.context import of_tensor
from mxnet.ndarray import NDArray

from ._adaptive import _TwoAverages
from ._arrays import tensor_of
from ._numbers import number


class Eve(_TwoAverages):
    """Adam whose learning rate follows the loss: smaller where the loss fluctuates, larger where it stagnates.

    ``d = clip(|f - f_before| / (min(f, f_before) - minimum), 1 / c, c)``, ``D = beta3 * D + (1 - beta3) * d``, and
    the step is Adam's divided by ``D``, which is 1 before there are two losses. Tell it the loss of each step before
    the step with :meth:`set_loss`; it is not waited for, and without it Eve is Adam.

    Args:
        beta3: decay rate of the average of the changes of the loss.
        c: limit of a change, at least 1.
        minimum: the smallest value that the loss can take.
        beta1, beta2, epsilon: as of Adam.
        kwargs: those of :class:`Optimizer`.

    Raises:
        ArgumentError: ``c`` is less than 1.

    >>> import mxnet as mx
    >>> eve = mx.optimizer.create("eve", learning_rate=0.1)
    >>> w = mx.nd.ones((1,))
    >>> state = eve.create_state(0, w)
    >>> for loss in (4.0, 2.0):
    ...     eve.set_loss(loss)
    ...     eve.update(0, w, mx.nd.ones((1,)), state)
    >>> eve.feedback.shape
    (1,)

    Source: arXiv:1611.01505, algorithm 1
    """

    beta1: float = number()
    beta2: float = number()
    beta3: float = number()
    c: float = number()
    epsilon: float = number()
    minimum: float = number()

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        beta3: float = 0.999,
        c: float = 10.0,
        epsilon: float = 1e-8,
        minimum: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.beta3 = beta3
        self.c = c
        if self.c < 1:
            raise ArgumentError(f"Eve: c is {c}, expected at least 1: changes of the loss are clipped to [1 / c, c]")
        self.epsilon = epsilon
        self.minimum = minimum
        self.feedback: Any = None
        self.last_loss: Any = None

    def set_loss(self, loss: Any) -> None:
        """Set the loss of this step: a number, or an array, whose mean counts."""
        data = tensor_of(loss) if isinstance(loss, Array) else torch.tensor(float(loss))
        now = data.detach().float().mean().reshape(1)
        if self.last_loss is not None:
            before = tensor_of(self.last_loss)
            change = ((now - before).abs() / (torch.minimum(now, before) - self.minimum)).clamp(1 / self.c, self.c)
            kept = 1.0 if self.feedback is None else tensor_of(self.feedback)
            self.feedback = NDArray(self.beta3 * kept + (1 - self.beta3) * change, of_tensor(now))
        self.last_loss = NDArray(now, of_tensor(now))

    def _step(self, indices: Any, lrs: Any, wds: Any, weights: Any, grads: Any, states: Any) -> None:
        settings = {"beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon}
        feedback = None if self.feedback is None else tensor_of(self.feedback)
        self._apply(rules.eve, weights, grads, states, lrs, wds, self._counts(indices), feedback=feedback, **settings)
