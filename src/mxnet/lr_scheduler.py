"""Learning rates that change with the number of updates."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from math import cos, pi

from ._base.errors import ArgumentError, NotDefined

__all__ = ["CosineScheduler", "FactorScheduler", "LRScheduler", "MultiFactorScheduler", "PolyScheduler", "pi"]


class WrongKind(ArgumentError, AssertionError):
    """An argument of another type; 1.9.1 checks them with ``assert``."""


class LRScheduler:
    """Gives the learning rate for a number of updates, after a warm-up.

    Args:
        base_lr: the rate at the end of the warm-up.
        warmup_steps: number of updates over which the rate rises from ``warmup_begin_lr``.
        warmup_begin_lr: the rate at the start.
        warmup_mode: ``linear``, or ``constant`` to stay at ``warmup_begin_lr``.

    Raises:
        ArgumentError: the warm-up does not rise, or the mode is another one.

    >>> class Halving(LRScheduler):
    ...     def __call__(self, num_update):
    ...         return self.base_lr / 2**num_update
    >>> [Halving(base_lr=1.0)(n) for n in range(3)]
    [1.0, 0.5, 0.25]
    """

    def __init__(
        self,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        if not isinstance(warmup_steps, int):
            raise WrongKind(f"warmup_steps must be an int, got {warmup_steps!r}")
        if warmup_steps < 0:
            raise ArgumentError(f"Warmup steps has to be positive or 0, got {warmup_steps}")
        if warmup_begin_lr > base_lr:
            raise ArgumentError(f"Base lr has to be higher than warmup_begin_lr, got {base_lr} and {warmup_begin_lr}")
        if warmup_mode not in ("linear", "constant"):
            raise ArgumentError(f"Supports only linear and constant modes of warmup, got {warmup_mode!r}")
        self.base_lr = base_lr
        self.warmup_steps = warmup_steps
        self.warmup_begin_lr = warmup_begin_lr
        self.warmup_final_lr = base_lr
        self.warmup_mode = warmup_mode

    def get_warmup_lr(self, num_update: int) -> float:
        """The rate at an update of the warm-up."""
        if self.warmup_mode == "constant":
            return self.warmup_begin_lr
        rise = (self.warmup_final_lr - self.warmup_begin_lr) * float(num_update) / float(self.warmup_steps)
        return self.warmup_begin_lr + rise

    def __call__(self, num_update: int) -> float:
        """The rate for the given number of updates so far, the largest over all weights; subclasses define it."""
        raise NotDefined(f"{type(self).__name__} must define __call__(num_update)")


class FactorScheduler(LRScheduler):
    """A rate that is multiplied by ``factor`` every ``step`` updates, down to ``stop_factor_lr``.

    Args:
        step: updates from one change to the next.
        factor: at most 1.
        stop_factor_lr: the least rate.
        base_lr: the rate at the start.
        warmup_steps, warmup_begin_lr, warmup_mode: as for :class:`LRScheduler`.

    Raises:
        ArgumentError: ``step`` is less than 1, or ``factor`` more.

    >>> lr = FactorScheduler(2, factor=0.5, base_lr=1.0)
    >>> [lr(n) for n in range(6)]
    [1.0, 1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(
        self,
        step: int,
        factor: float = 1,
        stop_factor_lr: float = 1e-8,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if step < 1:
            raise ArgumentError(f"Schedule step must be greater or equal than 1 round, got {step}")
        if factor > 1.0:
            raise ArgumentError(f"Factor must be no more than 1 to make lr reduce, got {factor}")
        self.step = step
        self.factor = factor
        self.stop_factor_lr = stop_factor_lr
        self.count = 0

    def __call__(self, num_update: int) -> float:
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        while num_update > self.count + self.step:
            self.count += self.step
            self.base_lr *= self.factor
            if self.base_lr < self.stop_factor_lr:
                self.base_lr = self.stop_factor_lr
                logging.info(
                    "Update[%d]: now learning rate arrived at %0.5e, will not change in the future",
                    num_update,
                    self.base_lr,
                )
            else:
                logging.info("Update[%d]: Change learning rate to %0.5e", num_update, self.base_lr)
        return self.base_lr


class MultiFactorScheduler(LRScheduler):
    """A rate that is multiplied by ``factor`` after each of the updates in ``step``.

    Args:
        step: a rising list of numbers of updates.
        factor: at most 1.
        base_lr: the rate at the start.
        warmup_steps, warmup_begin_lr, warmup_mode: as for :class:`LRScheduler`.

    Raises:
        WrongKind: ``step`` is no list, or empty.
        ArgumentError: it is not increasing from 1 or more, or ``factor`` is more than 1.

    >>> lr = MultiFactorScheduler([2, 4], factor=0.5, base_lr=1.0)
    >>> [lr(n) for n in range(6)]
    [1.0, 1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(
        self,
        step: Sequence[int],
        factor: float = 1,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if not isinstance(step, list) or not step:
            raise WrongKind(f"Schedule step must be a list of at least one number, got {step!r}")
        if any(a >= b for a, b in zip(step, step[1:], strict=False)):
            raise ArgumentError(f"Schedule step must be an increasing integer list, got {step}")
        if step[0] < 1:
            raise ArgumentError(f"Schedule step must be greater or equal than 1 round, got {step}")
        if factor > 1.0:
            raise ArgumentError(f"Factor must be no more than 1 to make lr reduce, got {factor}")
        self.step = step
        self.cur_step_ind = 0
        self.factor = factor
        self.count = 0

    def __call__(self, num_update: int) -> float:
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        while self.cur_step_ind < len(self.step) and num_update > self.step[self.cur_step_ind]:
            self.count = self.step[self.cur_step_ind]
            self.cur_step_ind += 1
            self.base_lr *= self.factor
            logging.info("Update[%d]: Change learning rate to %0.5e", num_update, self.base_lr)
        return self.base_lr


class _Falling(LRScheduler):
    """From ``base_lr`` to ``final_lr`` along a curve that ends at ``max_update``."""

    def __init__(
        self,
        max_update: int,
        base_lr: float,
        final_lr: float,
        warmup_steps: int,
        warmup_begin_lr: float,
        warmup_mode: str,
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if not isinstance(max_update, int):
            raise WrongKind(f"max_update must be an int, got {max_update!r}")
        if max_update < 1:
            raise ArgumentError(f"maximum number of updates must be strictly positive, got {max_update}")
        self.base_lr_orig = base_lr
        self.max_update = max_update
        self.final_lr = final_lr
        self.max_steps = max_update - warmup_steps

    def _left(self, done: float) -> float:
        """The share of the fall that is left, 1 to 0, when the share ``done`` is over, 0 to 1."""
        raise NotDefined(f"{type(self).__name__} must define _left(done)")

    def __call__(self, num_update: int) -> float:
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        if num_update <= self.max_update:
            # nothing is left to fall where the warm-up lasts to the end
            done = float(num_update - self.warmup_steps) / float(self.max_steps) if self.max_steps else 1.0
            self.base_lr = self.final_lr + (self.base_lr_orig - self.final_lr) * self._left(done)
        return self.base_lr


class PolyScheduler(_Falling):
    """A rate that falls to ``final_lr`` at ``max_update`` like ``(1 - n / max_update) ** pwr``.

    Args:
        max_update: when the fall ends.
        base_lr, final_lr: the rates at the start and at the end.
        pwr: the power.
        warmup_steps, warmup_begin_lr, warmup_mode: as for :class:`LRScheduler`.

    Raises:
        WrongKind: ``max_update`` is no int.
        ArgumentError: it is less than 1.

    >>> lr = PolyScheduler(4, base_lr=1.0)
    >>> [lr(n) for n in range(6)]
    [1.0, 0.5625, 0.25, 0.0625, 0.0, 0.0]
    """

    def __init__(
        self,
        max_update: int,
        base_lr: float = 0.01,
        pwr: int = 2,
        final_lr: float = 0,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(max_update, base_lr, final_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        self.power = pwr

    def _left(self, done: float) -> float:
        return (1 - done) ** self.power


class CosineScheduler(_Falling):
    """A rate that falls to ``final_lr`` at ``max_update`` along half a cosine (arXiv:1608.03983).

    Args:
        max_update: when the fall ends.
        base_lr, final_lr: the rates at the start and at the end.
        warmup_steps, warmup_begin_lr, warmup_mode: as for :class:`LRScheduler`.

    Raises:
        WrongKind: ``max_update`` is no int.
        ArgumentError: it is less than 1.

    >>> lr = CosineScheduler(4, base_lr=1.0)
    >>> [round(lr(n), 3) for n in range(6)]
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """

    def __init__(
        self,
        max_update: int,
        base_lr: float = 0.01,
        final_lr: float = 0,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(max_update, base_lr, final_lr, warmup_steps, warmup_begin_lr, warmup_mode)

    def _left(self, done: float) -> float:
        return (1 + cos(pi * done)) / 2
