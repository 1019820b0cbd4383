"""Random numbers: the seed, and the functions of ``mx.nd.random``."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._base.errors import ArgumentError, UnknownDeviceError
from ._runtime import random as _core
from ._runtime.context import Context
from .ndarray.random import (
    exponential,
    gamma,
    generalized_negative_binomial,
    multinomial,
    negative_binomial,
    normal,
    poisson,
    randint,
    randn,
    shuffle,
    uniform,
)

__all__ = [
    "exponential",
    "gamma",
    "generalized_negative_binomial",
    "multinomial",
    "negative_binomial",
    "normal",
    "poisson",
    "randint",
    "randn",
    "seed",
    "shuffle",
    "uniform",
]


def seed(seed_state: int, ctx: Any = "all") -> None:
    """Seed the generators, one for each device. Those of NumPy, Python and torch are left alone.

    Args:
        seed_state: an integer.
        ctx: the context to seed, or ``all``.

    Raises:
        ArgumentError: the seed is not an integer.
        UnknownDeviceError: ``ctx`` is neither.

    >>> import mxnet as mx
    >>> drawn = []
    >>> for _ in range(2):
    ...     mx.random.seed(1)
    ...     drawn.append(mx.nd.random.uniform(shape=(3,)).asnumpy().tolist())
    >>> drawn[0] == drawn[1]
    True
    """
    if not isinstance(ctx, Context) and ctx != "all":
        raise UnknownDeviceError(f"seed: ctx is {ctx!r}, expected a Context, like mx.cpu(), or 'all'")
    if not isinstance(seed_state, (int, np.integer)):
        raise ArgumentError(f"sd must be int, got {seed_state!r}")
    _core.seed(int(seed_state), ctx)
