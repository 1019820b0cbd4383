"""Networks that are ready to use."""

from __future__ import annotations

from . import model_store, vision
from ._torchvision import import_torchvision

__all__ = ["import_torchvision", "model_store", "vision"]
