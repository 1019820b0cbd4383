"""Optimizers: how gradients change parameters."""

from . import contrib, optimizer
from .optimizer import *  # noqa: F403

__all__ = ["contrib", "optimizer"]
__all__ += optimizer.__all__
