"""Training and prediction of symbols: ``mx.mod``."""

from .base_module import BaseModule
from .module import Module

__all__ = ["BaseModule", "Module"]
