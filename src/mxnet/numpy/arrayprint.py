"""How arrays are shown."""

from __future__ import annotations

from typing import Any

import numpy as onp

__all__ = ["set_printoptions"]


def set_printoptions(precision: int | None = None, threshold: int | None = None, **kwarg: Any) -> None:
    """How arrays are shown: NumPy's own options, which are set for it too."""
    onp.set_printoptions(precision=precision, threshold=threshold, **kwarg)
