"""Learning rate schedules of the first releases; those of :mod:`mxnet.lr_scheduler` took their place.

As in 1.9.1 this module is there once it has been imported: ``import mxnet.misc``.
"""

from __future__ import annotations

import logging

from ._base.errors import ArgumentError, NotDefined

__all__ = ["FactorScheduler", "LearningRateScheduler"]


class LearningRateScheduler:
    """Gives the learning rate of an iteration. An optimizer puts its own rate into ``base_lr``, 0.01 at first.

    >>> class Halving(LearningRateScheduler):
    ...     def __call__(self, iteration):
    ...         return self.base_lr / 2**iteration
    >>> Halving()(1)
    0.005
    """

    def __init__(self) -> None:
        self.base_lr = 0.01

    def __call__(self, iteration: int) -> float:
        """The rate of an iteration, for a subclass to say."""
        raise NotDefined(f"{type(self).__name__}.__call__ is not defined; a subclass must override this")


class FactorScheduler(LearningRateScheduler):
    """Multiplies the rate by a factor after every so many iterations, and logs it when it changes.

    Args:
        step: so many iterations.
        factor: the factor, less than 1.

    Raises:
        ArgumentError: a step below 1, or a factor that does not lower the rate.

    >>> schedule = FactorScheduler(step=2, factor=0.5)
    >>> [schedule(iteration) for iteration in range(4)]
    [0.01, 0.01, 0.005, 0.005]
    """

    def __init__(self, step: int, factor: float = 0.1) -> None:
        super().__init__()
        if step < 1:
            raise ArgumentError(f"Schedule step must be greater or equal than 1 round, got {step}")
        if factor >= 1.0:
            raise ArgumentError(f"Factor must be less than 1 to make lr reduce, got {factor}")
        self.step = step
        self.factor = factor
        self.old_lr = self.base_lr
        self.init = False

    def __call__(self, iteration: int) -> float:
        """The rate of ``iteration``, counted from 0."""
        if not self.init:
            self.old_lr = self.base_lr
            self.init = True
        rate = float(self.base_lr * self.factor ** int(iteration / self.step))
        if rate != self.old_lr:
            self.old_lr = rate
            logging.info("At Iteration [%d]: Switch to new learning rate %.5f", iteration, rate)
        return rate
