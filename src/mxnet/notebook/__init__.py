"""What goes with notebooks: ``mx.notebook.callback``."""

from __future__ import annotations

from . import callback

__all__ = ["callback"]
