"""Every operator, one file a family: declaration and code together.

Importing the package registers them all, but those of NumPy, which are when the first of them is asked for.
"""

from __future__ import annotations

import pkgutil

from mxnet._base.lazy import import_module
from mxnet._ops import later

_FAMILIES = sorted(m.name for m in pkgutil.iter_modules(__path__))


def _import(numpy: bool) -> None:
    for family in _FAMILIES:
        if family.startswith("np_") is numpy:
            import_module(f"{__name__}.{family}")


later("_np", lambda: _import(numpy=True))
_import(numpy=False)
